//! What must hold when all is quiet, and of customers who were erased.

use super::{Checker, Known, keep, no_error};
use crate::Dice;
use crate::simulation::desk::Desk;
use crate::simulation::violation::Broken;
use engine::state::State;
use model::{MessageId, Subject};
use proof::note::{Algorithm, Note, SignerKey};
use proof::tile::{SourceError, TileId, TileSource};
use proof::tree::{TileBuilder, Tiles};
use proof::{Certificate, Checkpoint};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use store::disk::{Disk, SimulatedDisk};
use store::journal::JournalReader;
use store::keys::KeyReader;

/// How many messages' certificates are verified.
const SAMPLES: u64 = 5;
const ORIGIN: &str = "sim.example/log";

impl Checker {
    /// Everything has come to its end, and all counts agree.
    pub(crate) fn settled(&self, state: &State, taken: u64) -> Result<(), Broken> {
        keep(state.messages.is_empty(), "settled", || {
            let open: Vec<String> =
                state.messages.values().map(|m| format!("{} {:?}", m.id, m.phase)).collect();
            format!("after days of quiet these are not: {}", open.join(", "))
        })?;
        let open: Vec<_> =
            self.messages.iter().filter(|(_, known)| known.ended != 1).map(|(id, _)| id).collect();
        keep(open.is_empty() || !self.erased.is_empty(), "settled", || {
            format!("{open:?} have no end in the journal")
        })?;
        let running: Vec<_> = self.launched.difference(&self.ended).collect();
        keep(running.is_empty(), "settled", || format!("{running:?} are still under way"))?;
        let counts = self.counts;
        let candidates = state.totals.candidates;
        keep(candidates == counts.messages, "settled", || {
            format!("{candidates} messages in the totals, {} in the journal", counts.messages)
        })?;
        keep(counts.submitted <= taken, "settled", || {
            format!("{} parts were answered, the carriers took {taken}", counts.submitted)
        })?;
        let mut unknown = self.messages.iter().filter(|(_, known)| {
            known.taken > known.answered + known.doubts && !self.erased.contains(&known.subject)
        });
        let worse = unknown.next();
        keep(worse.is_none(), "settled", || match worse {
            None => String::new(),
            Some((id, Known { taken, answered, doubts, story, .. })) => format!(
                "the carriers took {taken} parts of {id}, {answered} were answered and {doubts} are doubts on record; \
                 entries {story:?}"
            ),
        })
    }

    /// The account has been told of everything that it was promised.
    pub(crate) fn told(&self, desk: &Desk) -> Result<(), Broken> {
        desk.knows_all(|id| self.messages.get(&id).map(|known| known.subject), &self.erased)
    }

    /// Some messages' certificates verify, with nothing but the proof crate and the log's key.
    pub(crate) fn certified(
        &self,
        journal: &dyn JournalReader,
        keys: &KeyReader,
        dice: &mut Dice,
    ) -> Result<u64, Broken> {
        let mut builder = TileBuilder::new();
        let mut fault = Ok(0);
        let scanned = journal.scan(0, journal.len(), &mut |_, record| {
            fault = builder.append(record.leaf);
            if fault.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        no_error(scanned, "L4")?;
        no_error(fault, "L4")?;
        let checkpoint = Checkpoint { origin: ORIGIN.to_owned(), size: builder.size(), root: builder.root() };
        let signer = no_error(SignerKey::from_seed(ORIGIN, Algorithm::Ed25519, &[7; 32]), "L4")?;
        let mut note = no_error(Note::new(checkpoint.to_text()), "L4")?;
        note.add(signer.sign(note.text(), 0));
        let source = Memory(builder.drain().into_iter().collect());
        let tiles = Tiles::new(&source, checkpoint.size);
        let ids: Vec<MessageId> = self.messages.keys().copied().collect();
        let mut verified = 0;
        for _ in 0..SAMPLES {
            let Some(known) = dice.pick(&ids).and_then(|id| self.messages.get(id)) else { break };
            let indices: Vec<u64> = known.story.iter().map(|(index, _)| *index).collect();
            let mut leaves = Vec::new();
            for &index in &indices {
                let record = no_error(journal.read(index), "L4")?;
                leaves.extend(record.map(|record| (index, record.leaf)));
            }
            let borrowed: Vec<(u64, &[u8])> = leaves.iter().map(|(i, leaf)| (*i, leaf.as_slice())).collect();
            let certificate = no_error(Certificate::build(&tiles, note.clone(), &borrowed), "L4")?;
            let read = no_error(Certificate::parse(certificate.to_text().as_bytes()), "L4")?;
            let mut report = no_error(read.verify(signer.verifier(), &[], 0), "L4")?;
            let opened = no_error(node::inquiry::opened(journal, keys, &indices), "L4")?;
            no_error(report.open(&opened), "L4")?;
            verified += 1;
        }
        Ok(verified)
    }

    /// An erasure was acknowledged: no file holds the person's words, and no key is left.
    pub(crate) fn forgotten(
        &self,
        subject: Subject,
        words: &[&str],
        disks: &[&SimulatedDisk],
        keys: &KeyReader,
    ) -> Result<(), Broken> {
        let key = no_error(keys.key(subject.0), "L8")?;
        keep(key.is_none(), "L8", || format!("the key of subject {} is still there", subject.0))?;
        for disk in disks {
            for name in no_error(disk.list(), "L8")? {
                let content = disk.contents(&name).unwrap_or_default();
                for word in words {
                    let found = content.windows(word.len()).any(|window| window == word.as_bytes());
                    keep(!found, "L8", || format!("file {name} holds words of an erased customer"))?;
                }
            }
        }
        Ok(())
    }
}

struct Memory(BTreeMap<TileId, Vec<u8>>);

impl TileSource for Memory {
    fn tile(&self, id: TileId) -> Result<Vec<u8>, SourceError> {
        self.0.get(&id).cloned().ok_or(SourceError::Missing(id))
    }
}
