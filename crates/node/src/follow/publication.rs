//! The public side of the ledger: tlog-tiles files and signed checkpoints (C2SP tlog-tiles, tlog-checkpoint).

use crate::Error;
use model::Timestamp;
use proof::checkpoint::Checkpoint;
use proof::note::SignerKey;
use proof::tile::TileSource;
use proof::tree::TileBuilder;
use std::sync::Arc;

/// Where tiles and checkpoints are kept: a directory, or memory in the simulator.
pub trait TileStore: TileSource + Send + Sync {
    /// Writes a file, all or nothing; `path` as tlog-tiles names it.
    fn write(&self, path: &str, content: &[u8]) -> std::io::Result<()>;
    /// Reads the `checkpoint` file; `None` if there is none yet.
    fn checkpoint(&self) -> std::io::Result<Option<Vec<u8>>>;
}

/// The tree of one log.
pub struct Publication {
    tree: TileBuilder,
    store: Arc<dyn TileStore>,
    signer: SignerKey,
    origin: String,
    signed: u64,
}

impl Publication {
    /// Goes on from the last checkpoint in `store`; begins anew if there is none or `journal_len` is behind it.
    ///
    /// # Errors
    /// A checkpoint that is not ours, tiles that do not give its root.
    pub fn open(store: Arc<dyn TileStore>, signer: SignerKey, origin: &str) -> Result<Self, Error> {
        let io = |e: std::io::Error| Error::Tree(e.to_string());
        let (tree, signed) = match store.checkpoint().map_err(io)? {
            None => (TileBuilder::new(), 0),
            Some(note) => {
                let note = proof::note::parse(&note).map_err(|e| Error::Tree(e.to_string()))?;
                note.verify(std::slice::from_ref(signer.verifier()))
                    .map_err(|e| Error::Tree(e.to_string()))?;
                let last = Checkpoint::parse(note.text()).map_err(|e| Error::Tree(e.to_string()))?;
                let tree = TileBuilder::restore(&*store, last.size, last.root)
                    .map_err(|e| Error::Tree(e.to_string()))?;
                (tree, last.size)
            }
        };
        Ok(Self { tree, store, signer, origin: origin.to_owned(), signed })
    }

    /// How many entries the tree has.
    pub fn size(&self) -> u64 {
        self.tree.size()
    }

    pub(super) fn append(&mut self, leaf: &[u8]) -> Result<(), Error> {
        self.tree.append(leaf).map(|_| ()).map_err(|e| Error::Tree(e.to_string()))
    }

    pub(super) fn write_tiles(&mut self) -> Result<(), Error> {
        for (id, content) in self.tree.drain() {
            self.store.write(&id.to_string(), &content).map_err(|e| Error::Tree(format!("{id}: {e}")))?;
        }
        Ok(())
    }

    /// Signs the tree as it is and writes the `checkpoint` file, if it has grown since the last one.
    pub(super) fn checkpoint(&mut self, now: Timestamp) -> Result<(), Error> {
        if self.tree.size() == self.signed {
            return Ok(());
        }
        self.write_tiles()?;
        let checkpoint =
            Checkpoint { origin: self.origin.clone(), size: self.tree.size(), root: self.tree.root() };
        let mut note =
            proof::note::Note::new(checkpoint.to_text()).map_err(|e| Error::Tree(e.to_string()))?;
        let seconds = u64::try_from(now.0 / 1_000).unwrap_or(0);
        let signature = self.signer.sign(note.text(), seconds);
        note.add(signature);
        self.store.write("checkpoint", note.to_text().as_bytes()).map_err(|e| Error::Tree(e.to_string()))?;
        self.signed = checkpoint.size;
        Ok(())
    }
}
