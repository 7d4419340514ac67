//! A bank to tell stories about: the shipped configuration with a few files exchanged, an engine, a clock that the
//! story sets, and the ledger of everything that happened. It decides nothing itself.
//!
//! When a story is over, its whole ledger is audited (see [`crate::audit`]): what holds always is asserted there,
//! so that a story only says what is particular to it.

use crate::audit;
use engine::converse::LinkKey;
use engine::decide::{ConditionFailure, Finding, Sendable, Verdict};
use engine::deliver::{Again, Answer, Report};
use engine::entry::{Entry, Fact, Matter, ReceiptState};
use engine::state::{Customer, Message};
use engine::world::{World, load_with};
use engine::{Action, Engine, Input, Output, Reply};
use model::{CustomerId, MessageId, Phone, Private, RemoteId, RouteId, Subject, Timestamp, Zone};
use std::sync::{Arc, LazyLock};

/// More rounds of background work than any story needs: beyond it, the engine is going round in circles.
const ROUNDS_MAX: usize = 10_000;
/// How many entries one round of background work may write.
const ROUND_ENTRIES: usize = 500;

/// The configuration as it ships.
pub(crate) static SHIPPED: LazyLock<Arc<World>> = LazyLock::new(|| world(&[]));

/// The shipped configuration with these files put in the place of, or beside, its own.
pub(crate) fn world(exchanged: &[(&str, &str)]) -> Arc<World> {
    read(&merged(exchanged), None)
}

/// The same with the model that ships.
pub(crate) fn world_with_model(exchanged: &[(&str, &str)]) -> Arc<World> {
    read(&merged(exchanged), library::bytes("models/classify.bin"))
}

/// What is wrong with the shipped configuration once these files stand in it, a mistake a line.
pub(crate) fn mistakes(exchanged: &[(&str, &str)]) -> String {
    let mistakes = load_with(&merged(exchanged), None).err().unwrap_or_default();
    mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn merged(exchanged: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = library::files()
        .filter(|(path, _)| !exchanged.iter().any(|(other, _)| other == path))
        // What is due by the calendar, whatever happens, would stand in the way of every other story.
        .filter(|(path, text)| !(path.starts_with("journeys/") && text.contains("\nschedule = ")))
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .collect();
    files.extend(exchanged.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())));
    files
}

fn read(files: &[(String, String)], model: Option<&[u8]>) -> Arc<World> {
    match load_with(files, model) {
        Ok(world) => Arc::new(World { links: Some(LinkKey::derived_from(&[7; 32])), ..world }),
        Err(mistakes) => {
            panic!("{}", mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        }
    }
}

/// The instant at which the clock in Shanghai shows this.
pub(crate) fn time(local: &str) -> Timestamp {
    Zone::SHANGHAI.parse_local(local).unwrap()
}

/// A bank, its engine, its clock and its ledger.
pub(crate) struct Bank {
    pub(crate) world: Arc<World>,
    pub(crate) engine: Engine,
    pub(crate) now: Timestamp,
    /// Everything that happened since the first entry.
    pub(crate) ledger: Vec<Entry>,
    /// What was handed to carriers and is not answered.
    pub(crate) outbox: Vec<Sendable>,
    /// The carrier's ids that it was asked about, with what followed the route's number in the sender.
    pub(crate) questions: Vec<(RemoteId, Option<Arc<str>>)>,
    /// The calls to systems that were asked for.
    pub(crate) calls: Vec<u64>,
    /// Whose keys were to be destroyed.
    pub(crate) destroyed: Vec<Subject>,
    /// Conditions that had no answer.
    pub(crate) failures: Vec<ConditionFailure>,
    /// What the last input was answered with.
    pub(crate) reply: Reply,
}

impl Bank {
    /// A bank with the shipped configuration, on an ordinary Wednesday at ten.
    pub(crate) fn open() -> Self {
        Self::open_with(Arc::clone(&SHIPPED))
    }

    /// The same with files exchanged.
    pub(crate) fn with(exchanged: &[(&str, &str)]) -> Self {
        Self::open_with(world(exchanged))
    }

    /// The same with a world at hand.
    pub(crate) fn open_with(world: Arc<World>) -> Self {
        let mut bank = Self {
            engine: Engine::new(Arc::clone(&world)),
            world,
            now: time("2026-05-06 10:00"),
            ledger: Vec::new(),
            outbox: Vec::new(),
            questions: Vec::new(),
            calls: Vec::new(),
            destroyed: Vec::new(),
            failures: Vec::new(),
            reply: Reply::Done,
        };
        bank.step(|engine, now, out| engine.publish(now, out));
        bank
    }

    /// Sets the clock, by the wall in Shanghai.
    pub(crate) fn at(&mut self, local: &str) -> &mut Self {
        self.now = time(local);
        self
    }

    /// Tells the engine something; returns the entries that followed.
    pub(crate) fn tell(&mut self, input: Input) -> Vec<Entry> {
        let mut reply = Reply::Done;
        let entries = self.step(|engine, now, out| reply = engine.handle(&input, now, out));
        self.reply = reply;
        entries
    }

    /// Lets the engine do what needs no input until there is nothing more to do.
    pub(crate) fn work(&mut self) -> Vec<Entry> {
        let mut all = Vec::new();
        for _ in 0..ROUNDS_MAX {
            let mut more = false;
            all.extend(self.step(|engine, now, out| more = engine.work(now, ROUND_ENTRIES, out)));
            if !more {
                return all;
            }
        }
        panic!("still busy after {ROUNDS_MAX} rounds: {:?}", kinds(&all[all.len().saturating_sub(8)..]));
    }

    /// Does one thing with the engine and keeps the ledger; returns the entries that followed.
    pub(crate) fn step(&mut self, act: impl FnOnce(&mut Engine, Timestamp, &mut Output)) -> Vec<Entry> {
        let mut out = Output::default();
        act(&mut self.engine, self.now, &mut out);
        self.ledger.extend(out.entries.iter().cloned());
        self.failures.extend(out.failures);
        for action in out.actions {
            match action {
                Action::Submit(sendable) => self.outbox.push(sendable),
                Action::DestroyKey(subject) => self.destroyed.push(subject),
                // What was handed over stands in the outbox until the test answers it.
                Action::Query { remote, extension, .. } => self.questions.push((remote, extension)),
                Action::Call(at) => self.calls.push(at),
                Action::Withdraw(scope) => self.outbox.retain(|sendable| !sendable.is_of(&scope)),
            }
        }
        out.entries
    }

    /// The process dies and starts again: all that is left is the ledger.
    pub(crate) fn restart(&mut self) -> Vec<Entry> {
        self.engine = audit::replay(&self.world, &self.ledger);
        self.outbox.clear();
        self.step(|engine, now, out| {
            engine.publish(now, out);
            engine.recover(now, out);
        })
    }

    /// Gives the demo route room for so many parts and lets the engine work; returns what it handed over.
    pub(crate) fn send(&mut self, parts: u32) -> Vec<Sendable> {
        let already = self.outbox.len();
        self.tell(Input::Credit { route: route(), parts });
        self.work();
        self.outbox[already..].to_vec()
    }

    /// The carrier takes everything that was handed to it, as `m<message>.<part>`.
    pub(crate) fn accept(&mut self) -> Vec<Entry> {
        let answers = std::mem::take(&mut self.outbox).iter().flat_map(accepted).collect();
        self.tell(Input::Answers(answers))
    }

    /// The carrier reports every part of a message so.
    pub(crate) fn report(&mut self, message: MessageId, part: u8, state: ReceiptState) -> Vec<Entry> {
        let report = Report { route: route(), remote: remote(message, part), state, error: None };
        self.tell(Input::Reports(vec![report]))
    }

    /// Something is written to us from a phone.
    pub(crate) fn hear(&mut self, from: &str, text: &str) -> Vec<Entry> {
        self.hear_at("106900001", from, text)
    }

    /// The same, to this number.
    pub(crate) fn hear_at(&mut self, to: &str, from: &str, text: &str) -> Vec<Entry> {
        self.tell(Input::Inbound(vec![engine::converse::Inbound {
            route: route(),
            from: Phone::parse(from, "86").unwrap(),
            to: to.into(),
            text: Private::new(text),
        }]))
    }

    /// A broadcast is launched; it must be accepted.
    pub(crate) fn launch(&mut self, source: &str) -> Vec<Entry> {
        let entries = self.tell(Input::Launch(source.into()));
        assert!(matches!(self.reply, Reply::Launched(_)), "{:?}", self.reply);
        entries
    }

    /// A customer is erased.
    pub(crate) fn erase(&mut self, id: &str) -> Vec<Entry> {
        self.tell(Input::Erase { customer: CustomerId::new(id), basis: "PIPL art. 47".into() })
    }

    /// The only message that is on its way.
    pub(crate) fn message(&self) -> &Message {
        let mut messages = self.engine.state().messages.values();
        let first = messages.next().expect("a message on its way");
        assert!(messages.next().is_none(), "more than one message is on its way");
        first
    }

    /// A customer.
    pub(crate) fn customer(&self, id: &str) -> &Customer {
        self.engine.state().customer(&CustomerId::new(id)).expect("a known customer")
    }

    /// The number of a customer.
    pub(crate) fn subject(&self, id: &str) -> Subject {
        self.customer(id).subject
    }
}

impl Drop for Bank {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            audit::audit(&self.world, self.engine.state(), &self.ledger);
        }
    }
}

/// The one route of the shipped configuration.
pub(crate) fn route() -> RouteId {
    RouteId::new("demo")
}

/// The name that [`Bank::accept`] gives a part.
pub(crate) fn remote(message: MessageId, part: u8) -> RemoteId {
    RemoteId::new(format!("m{}.{part}", message.0))
}

/// The answers of a carrier that takes everything.
pub(crate) fn accepted(sendable: &Sendable) -> Vec<Answer> {
    let message = sendable.message();
    let route = sendable.route();
    sendable.parts().iter().map(|part| taken(route, message, *part, remote(message, *part))).collect()
}

/// The carrier behind a route takes a part under a name.
pub(crate) fn taken(route: &RouteId, message: MessageId, part: u8, remote: RemoteId) -> Answer {
    Answer::Submitted { route: route.clone(), message, part, remote }
}

/// The carrier behind a route refuses a part with a status.
pub(crate) fn refusal(route: &RouteId, message: MessageId, part: u8, status: u32, again: Again) -> Answer {
    Answer::Refused { route: route.clone(), message, part, status, word: None, again }
}

/// The carrier of the demo route refuses a part.
pub(crate) fn refused(message: MessageId, part: u8, again: Again) -> Input {
    Input::Answers(vec![refusal(&route(), message, part, 0x58, again)])
}

/// The carrier of the demo route never answers about a part.
pub(crate) fn unanswered(message: MessageId, part: u8) -> Input {
    Input::Answers(vec![Answer::Unanswered { route: route(), message, part }])
}

/// The carrier behind a route refuses a part.
pub(crate) fn refused_over(over: &str, message: MessageId, part: u8, again: Again) -> Input {
    Input::Answers(vec![refusal(&RouteId::new(over), message, part, 0x58, again)])
}

/// The carrier behind a route never answers about a part.
pub(crate) fn unanswered_over(over: &str, message: MessageId, part: u8) -> Input {
    Input::Answers(vec![Answer::Unanswered { route: RouteId::new(over), message, part }])
}

/// The words for what happened, in order.
pub(crate) fn kinds(entries: &[Entry]) -> Vec<&'static str> {
    entries.iter().map(|entry| entry.fact.kind().name()).collect()
}

/// What a verdict's entry is about; it must be one.
pub(crate) fn matter(entry: &Entry) -> &Matter {
    match &entry.fact {
        Fact::MessageDecided(decided) => &decided.matter,
        Fact::MessageHeld(held) => &held.matter,
        Fact::MessageBlocked(blocked) => &blocked.matter,
        other => panic!("expected a verdict, found {}", other.kind().name()),
    }
}

/// What a rule said in a verdict; it must have been asked.
pub(crate) fn finding<'e>(entry: &'e Entry, rule: &str) -> &'e Finding {
    let findings = &matter(entry).findings;
    findings.iter().find(|finding| finding.rule.id() == rule).unwrap_or_else(|| panic!("{findings:?}"))
}

/// The rule that had the last word, and its word.
pub(crate) fn last_word(entry: &Entry) -> (&'static str, &str) {
    let finding = matter(entry).findings.last().expect("a finding");
    assert_ne!(finding.verdict, Verdict::Pass, "{finding:?}");
    (finding.rule.id(), &finding.detail)
}

/// The verdicts among entries.
pub(crate) fn verdicts(entries: &[Entry]) -> Vec<&Entry> {
    let is_verdict = |entry: &&Entry| {
        matches!(entry.fact, Fact::MessageDecided(_) | Fact::MessageHeld(_) | Fact::MessageBlocked(_))
    };
    entries.iter().filter(is_verdict).collect()
}

/// The only verdict among entries.
pub(crate) fn verdict(entries: &[Entry]) -> &Entry {
    let verdicts = verdicts(entries);
    assert_eq!(verdicts.len(), 1, "{:?}", kinds(entries));
    verdicts[0]
}
