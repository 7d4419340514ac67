//! What is derived from the journal, grown behind it: the tree with its tiles and checkpoints, and the views.
//!
//! A follower reads the journal from where it stopped, never holds up the committing thread, and can be thrown away
//! and grown again: `hongyan rebuild` is a follower that begins at 0.

mod figures;
mod projector;
mod publication;

pub use figures::{Figures, Latency, RouteFigures};
pub use projector::{phase_name, stage};
pub use publication::{Publication, TileStore};

use crate::Error;
use crate::replay::Opener;
use model::{Subject, Timestamp};
use projector::Projector;
use proof::entry::{Kind, Leaf};
use std::ops::ControlFlow;
use std::sync::Arc;
use store::journal::{JournalReader, Record};
use store::keys::KeyReader;
use store::views::Views;

/// How many entries a follower takes before it writes.
const PIECE: u64 = 20_000;

/// Follows one journal.
pub struct Follower {
    journal: Arc<dyn JournalReader>,
    opener: Opener,
    publication: Publication,
    projector: Projector,
    views: Box<dyn Views>,
    index_key: [u8; 32],
}

impl Follower {
    /// A follower of `journal` that goes on where the publication and the views stand.
    ///
    /// # Errors
    /// Views or tiles that cannot be read, or that are ahead of the journal.
    pub fn new(
        journal: Arc<dyn JournalReader>,
        keys: KeyReader,
        publication: Publication,
        views: Box<dyn Views>,
        index_key: [u8; 32],
    ) -> Result<Self, Error> {
        let position = views.position()?;
        let len = journal.len();
        if publication.size() > len {
            return Err(Error::Behind {
                what: "the last signed checkpoint",
                covers: publication.size(),
                journal: len,
            });
        }
        if position > len {
            return Err(Error::Behind { what: "the views' position", covers: position, journal: len });
        }
        let mut follower = Self {
            journal,
            opener: Opener::new(keys),
            publication,
            projector: Projector::new(views.reader()?),
            views,
            index_key,
        };
        follower.projector.recount(&*follower.journal, position)?;
        Ok(follower)
    }

    /// What the operator sees of each route; goes on counting.
    pub fn figures(&self) -> Figures {
        self.projector.figures()
    }

    /// How many entries the last checkpoint covers.
    pub fn covered(&self) -> u64 {
        self.publication.size()
    }

    /// Takes in everything that is durable by now: writes tiles and views, and signs a checkpoint if the tree grew.
    /// Returns how many entries are covered.
    ///
    /// # Errors
    /// A journal that cannot be read, tiles or views that cannot be written.
    pub fn catch_up(&mut self, now: Timestamp) -> Result<u64, Error> {
        let end = self.journal.len();
        loop {
            let from = self.publication.size().min(self.projector.position());
            if from >= end {
                break;
            }
            self.take(from, end.min(from + PIECE))?;
            let changes = self.projector.changes();
            self.views.apply(&changes)?;
            self.publication.write_tiles()?;
        }
        self.publication.checkpoint(now)?;
        Ok(end)
    }

    fn take(&mut self, from: u64, to: u64) -> Result<(), Error> {
        let Self { journal, opener, publication, projector, index_key, .. } = self;
        let mut failed = None;
        journal.scan(from, to, &mut |index, record| {
            let taken = (|| {
                if index >= publication.size() {
                    publication.append(record.leaf)?;
                }
                if index >= projector.position() {
                    let leaf = Leaf::decode(record.leaf).map_err(|why| Error::Leaf { index, why })?;
                    let lookup = lookup(opener, index_key, index, &record, &leaf)?;
                    projector.take(index, Subject(record.subject), &leaf, lookup)?;
                }
                Ok(())
            })();
            match taken {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failed = Some(error);
                    ControlFlow::Break(())
                }
            }
        })?;
        failed.map_or(Ok(()), Err)
    }
}

/// The keyed hash under which a customer is found in the views: HMAC of the institution's id for them.
fn lookup(
    opener: &mut Opener,
    index_key: &[u8; 32],
    index: u64,
    record: &Record<'_>,
    leaf: &Leaf<'_>,
) -> Result<Option<[u8; 32]>, Error> {
    match leaf.kind {
        Kind::CustomerErased => opener.forget(Subject(record.subject)),
        Kind::CustomerRecorded => {
            if let engine::entry::Fact::CustomerRecorded(profile) = opener.entry(index, record)?.fact {
                return Ok(Some(store::keys::keyed_hash(index_key, profile.id.reveal().as_bytes())));
            }
        }
        _ => {}
    }
    Ok(None)
}
