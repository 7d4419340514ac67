//! What the checker learns from the journal, and what must hold of it.

use super::{Checker, Known, broken, keep, no_error};
use crate::simulation::violation::Broken;
use engine::decide::{Finding, Verdict};
use engine::entry::{AfterRefusal, Decided, Entry, Fact, Late, Matter};
use model::{MessageClass, Subject, Timestamp};
use proof::entry::{Kind, Leaf};
use proof::seal::{SealKey, commitment, open};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::ControlFlow;
use std::sync::Arc;
use store::journal::{JournalReader, Record};
use store::keys::KeyReader;

impl Checker {
    /// Reads what has become durable since the last time.
    pub(crate) fn grown(&mut self, journal: &dyn JournalReader, keys: &KeyReader) -> Result<(), Broken> {
        let from = self.durable();
        let mut at_hand = HashMap::new();
        let mut found = Ok(());
        let scanned = journal.scan(from, journal.len(), &mut |index, record| {
            found = self.record(index, &record, keys, &mut at_hand);
            if found.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        no_error(scanned, "kept")?;
        found
    }

    /// After a crash: what was durable is still there, byte for byte, and at most one whole batch beside it, the one
    /// that was under way (`attempted`: how long the journal would be with it, if anybody knows).
    pub(crate) fn recovered(
        &self,
        journal: &dyn JournalReader,
        attempted: Option<u64>,
    ) -> Result<(), Broken> {
        let (durable, found) = (self.durable(), journal.len());
        let whole = attempted.is_none_or(|attempted| found == attempted.max(durable));
        keep(found == durable || (found > durable && whole), "kept", || {
            format!("expected {durable} entries, or {attempted:?} with the last batch, found {found}")
        })?;
        let mut wrong = None;
        let scanned = journal.scan(0, durable, &mut |index, record| {
            if self.prints.get(index as usize) != Some(&print(&record)) {
                wrong = Some(index);
            }
            if wrong.is_none() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        no_error(scanned, "kept")?;
        keep(wrong.is_none(), "kept", || format!("entry {wrong:?} is another one than before the crash"))
    }

    fn record(
        &mut self,
        index: u64,
        record: &Record<'_>,
        keys: &KeyReader,
        at_hand: &mut HashMap<u64, Option<SealKey>>,
    ) -> Result<(), Broken> {
        self.prints.push(print(record));
        let leaf = no_error(Leaf::decode(record.leaf), "L3")?;
        let mut detail = None;
        if let Some(expected) = leaf.commitment {
            let key = match at_hand.entry(record.subject) {
                std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
                std::collections::hash_map::Entry::Vacant(new) => {
                    let key = match keys.key(record.subject) {
                        // What an erasure that was cut off has left: nothing that opens anything.
                        Err(store::Error::Corrupt { .. }) => None,
                        key => no_error(key, "L3")?.map(SealKey),
                    };
                    new.insert(key)
                }
            };
            if let Some(key) = key {
                let opened = no_error(open(key, record.subject, record.sealed), "L3")?;
                keep(commitment(&opened.salt, &opened.detail) == expected, "L4", || {
                    format!("entry {index}: the detail does not match its commitment")
                })?;
                detail = Some(opened.detail);
            }
        }
        let entry = no_error(engine::prove::read(&leaf, Subject(record.subject), detail.as_deref()), "L3")?;
        self.leaf(index, &leaf, &entry)?;
        self.entry(index, &entry)
    }

    /// What every leaf must say.
    fn leaf(&mut self, index: u64, leaf: &Leaf<'_>, entry: &Entry) -> Result<(), Broken> {
        if matches!(leaf.kind, Kind::MessageHeld | Kind::MessageBlocked) {
            let named = leaf.rule.as_deref().is_some_and(|rule| !rule.is_empty() && rule != "unknown-rule");
            keep(named && leaf.world.is_some() && leaf.template.is_some(), "L2", || {
                format!("entry {index} does not name rule, configuration and template: {leaf:?}")
            })?;
        }
        let (Some(journey), Some(cost)) = (leaf.journey.as_deref(), leaf.cost_millifen) else {
            return Ok(());
        };
        let name: Arc<str> = journey.split('@').next().unwrap_or(journey).into();
        let spent = self.spent.entry(Arc::clone(&name)).or_default();
        *spent += cost;
        let (spent, budget) = (*spent, self.budgets.get(&name).copied());
        keep(budget.is_none_or(|budget| spent <= budget), "budget", || {
            format!("entry {index}: {name} has reserved {spent} of {budget:?} ({:?})", entry.fact.kind())
        })
    }

    fn entry(&mut self, index: u64, entry: &Entry) -> Result<(), Broken> {
        let Entry { at, subject, fact } = entry;
        if let Some(id) = fact.public().message
            && let Some(known) = self.messages.get_mut(&id)
        {
            known.story.push((index, fact.kind()));
        }
        match fact {
            Fact::ConsentRecorded(consent) => {
                self.consents.entry(*subject).or_default().push(consent.clone());
            }
            Fact::MessageDecided(decided) => self.passes(index, *subject, *at, decided)?,
            Fact::MessageHeld(held) => {
                self.begins(index, Kind::MessageHeld, *subject, &held.matter)?;
                self.counts.held += 1;
                self.stopped(index, &held.matter, |verdict| matches!(verdict, Verdict::Hold { .. }))?;
            }
            Fact::MessageBlocked(blocked) => {
                self.begins(index, Kind::MessageBlocked, *subject, &blocked.matter)?;
                self.counts.blocked += 1;
                self.stopped(index, &blocked.matter, |verdict| verdict == Verdict::Block)?;
                self.ends(index, blocked.matter.message)?;
            }
            Fact::MessageClaimed { message, .. } => {
                let known = self.messages.get_mut(message).filter(|known| known.decided.is_some());
                let Some(known) = known else {
                    return Err(broken(
                        "L1",
                        format!("entry {index} claims {message}, which nobody let pass"),
                    ));
                };
                known.claims += 1;
            }
            Fact::PartSubmitted { message, .. } => {
                self.counts.submitted += 1;
                self.messages.entry(*message).and_modify(|known| known.answered += 1);
            }
            Fact::PartUnanswered { message, .. } => {
                self.counts.unanswered += 1;
                self.messages.entry(*message).and_modify(|known| known.doubts += 1);
            }
            Fact::PartRefused { message, then: AfterRefusal::Fail(_), .. } => self.ends(index, *message)?,
            Fact::AnswerLate { .. } | Fact::CarrierAsked { .. } | Fact::MessageRerouted(_) => self.way(fact),
            Fact::MessageEnded { message, .. } | Fact::ReceiptReceived { message, ends: Some(_), .. } => {
                self.ends(index, *message)?
            }
            Fact::JourneyEntered(_) | Fact::JourneyMoved(_) | Fact::JourneyLeft { .. } => {
                self.passage(index, *subject, fact)?
            }
            Fact::SuppressionRecorded { .. } => self.counts.suppressions += 1,
            Fact::BroadcastLaunched { source, reference, .. } => {
                keep(self.launched.insert(Arc::clone(reference)), "settled", || {
                    format!("entry {index} launches {reference} again")
                })?;
                self.budget_of(source, reference);
            }
            Fact::BroadcastEnded { reference, .. } => {
                self.ended.insert(Arc::clone(reference));
            }
            Fact::CustomerErased { .. } => {
                self.erased.insert(*subject);
            }
            Fact::Redacted(redacted) => self.redacted(index, *subject, redacted)?,
            _ => {}
        }
        Ok(())
    }

    /// Nobody goes on or leaves who has not entered, or has left.
    fn passage(&mut self, index: u64, subject: Subject, fact: &Fact) -> Result<(), Broken> {
        let is_inside = match fact {
            Fact::JourneyEntered(entered) => entered.stay.is_none() || self.inside.insert((subject, index)),
            Fact::JourneyMoved(moved) => self.inside.contains(&(subject, moved.passage)),
            Fact::JourneyLeft { passage, .. } => self.inside.remove(&(subject, *passage)),
            _ => true,
        };
        keep(is_inside, "settled", || format!("entry {index} moves somebody who is not inside: {fact:?}"))
    }

    /// A message takes another way, is asked about, or is spoken of too late.
    fn way(&mut self, fact: &Fact) {
        match fact {
            Fact::AnswerLate { message, said, .. } => {
                self.counts.late += 1;
                if matches!(said, Late::Taken(_)) {
                    self.messages.entry(*message).and_modify(|known| known.answered += 1);
                }
            }
            Fact::CarrierAsked { .. } => self.counts.asked += 1,
            Fact::MessageRerouted(rerouted) => {
                self.counts.rerouted += 1;
                let leg = rerouted.way.as_ref().map_or(0, |way| u32::from(way.leg));
                self.messages.entry(rerouted.message).and_modify(|known| known.leg = leg);
            }
            _ => {}
        }
    }

    /// A message was let pass.
    fn passes(
        &mut self,
        index: u64,
        subject: Subject,
        at: Timestamp,
        decided: &Decided,
    ) -> Result<(), Broken> {
        self.begins(index, Kind::MessageDecided, subject, &decided.matter)?;
        self.counts.decided += 1;
        keep(self.is_passed(&decided.matter.findings), "L1", || {
            format!("entry {index} lets a message pass that a rule stopped")
        })?;
        if decided.matter.class == MessageClass::Marketing {
            let history = self.consents.get(&subject).map_or(&[][..], Vec::as_slice);
            keep(super::granted(history, MessageClass::Marketing, at), "consent", || {
                format!("entry {index}: {} without consent", decided.matter.message)
            })?;
        }
        let pieces = no_error(text::split(decided.text.reveal()), "L1")?;
        keep(pieces.len() == usize::from(decided.parts), "L1", || {
            format!("entry {index}: {} parts decided, {} to send", decided.parts, pieces.len())
        })?;
        for (number, piece) in (0..).zip(pieces) {
            let several = decided.parts > 1;
            // The mark of the parts of one message is the low octet of its number.
            let mark = (decided.matter.message.0 & 0xff) as u16;
            let place = several.then_some((mark, decided.parts, number + 1));
            let look = (decided.to.reveal().to_owned(), piece.text.to_owned(), place);
            let group = self.parts.entry(look).or_default();
            // A message that is held is decided a second time; parts of one message never look alike.
            if group.parts.iter().all(|(id, _)| *id != decided.matter.message) {
                group.parts.push((decided.matter.message, 0));
            }
        }
        if let Some(known) = self.messages.get_mut(&decided.matter.message) {
            known.decided = Some(at);
            known.resend = decided.resend;
        }
        Ok(())
    }

    /// The first entry about a message, or a later judgement of it.
    fn begins(&mut self, index: u64, kind: Kind, subject: Subject, matter: &Matter) -> Result<(), Broken> {
        let id = matter.message;
        if let Some(known) = self.messages.get(&id) {
            return keep(known.ended == 0 && known.subject == subject, "settled", || {
                format!("entry {index} judges {id} again, which has ended")
            });
        }
        keep(id.0 == index, "settled", || format!("entry {index} is the first about {id}"))?;
        if self.launched.contains(&matter.journey) {
            let first = self.met.insert((Arc::clone(&matter.journey), subject));
            keep(first, "settled", || {
                format!("entry {index}: {} meets a customer a second time", matter.journey)
            })?;
        }
        self.counts.messages += 1;
        self.messages.insert(id, Known::new(subject, Some(matter.class), (index, kind)));
        Ok(())
    }

    fn ends(&mut self, index: u64, message: model::MessageId) -> Result<(), Broken> {
        let Some(known) = self.messages.get_mut(&message) else {
            return Err(broken("settled", format!("entry {index} ends {message}, which never began")));
        };
        known.ended += 1;
        let ended = known.ended;
        keep(ended == 1, "settled", || format!("entry {index} ends {message} a second time"))
    }

    /// A customer's entry that was read after their erasure: only its public part counts.
    fn redacted(
        &mut self,
        index: u64,
        subject: Subject,
        redacted: &engine::entry::Redacted,
    ) -> Result<(), Broken> {
        let Some(id) = redacted.public.message else { return Ok(()) };
        let class = redacted.public.class;
        self.messages.entry(id).or_insert_with(|| Known::new(subject, class, (index, redacted.kind)));
        match redacted.kind {
            Kind::MessageBlocked | Kind::MessageEnded => self.ends(index, id),
            _ => Ok(()),
        }
    }

    fn is_passed(&self, findings: &[Finding]) -> bool {
        !findings.is_empty() && findings.iter().all(|finding| finding.verdict == Verdict::Pass)
    }

    fn stopped(&self, index: u64, matter: &Matter, by: impl Fn(Verdict) -> bool) -> Result<(), Broken> {
        let last = matter.findings.last();
        let explained = last.is_some_and(|finding| {
            by(finding.verdict) && !finding.detail.is_empty() && finding.rule.id() != "unknown-rule"
        });
        keep(explained && matter.world == self.world.hash, "L2", || {
            format!("entry {index} stops {} for no reason that it could name: {last:?}", matter.message)
        })?;
        // Rules with numbers say by which revision of them.
        let numbered = ["frequency-cap", "quiet-hours"];
        let revised =
            last.is_some_and(|finding| !numbered.contains(&finding.rule.id()) || finding.revision > 0);
        keep(revised, "L2", || format!("entry {index} names no revision: {last:?}"))
    }

    /// What a broadcast may spend, from its own file.
    fn budget_of(&mut self, source: &str, reference: &str) {
        let line = source.lines().find_map(|line| line.strip_prefix("budget_yuan = \""));
        let yuan = line.and_then(|rest| rest.strip_suffix('"')).and_then(|yuan| yuan.parse::<f64>().ok());
        if let Some(yuan) = yuan {
            let name = reference.split('@').next().unwrap_or(reference);
            // 1 yuan is 100 fen, 1 fen 1,000 millifen; budgets have one decimal here.
            self.budgets.insert(name.into(), (yuan * 10.0).round() as i64 * 10_000);
        }
    }
}

fn print(record: &Record<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    (record.partition, record.subject, record.leaf, record.sealed).hash(&mut hasher);
    hasher.finish()
}
