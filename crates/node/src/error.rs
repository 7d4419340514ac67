//! What can go wrong between the engine and the disk. After any of these the node must stop: what is in memory may
//! be ahead of what is durable.

/// A fault of the node.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The journal, the key table or the views failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// An entry cannot be written as a leaf.
    #[error("entry {index}: {why}")]
    Leaf {
        /// Its position.
        index: u64,
        /// What is wrong with it.
        why: proof::entry::Error,
    },
    /// A sealed part cannot be made or opened.
    #[error("entry {index}: {why}")]
    Seal {
        /// Its position.
        index: u64,
        /// What is wrong with it.
        why: proof::seal::Error,
    },
    /// A line of the journal cannot be read.
    #[error("entry {index}: {why}")]
    Read {
        /// Its position.
        index: u64,
        /// What is wrong with it.
        why: engine::prove::ReadError,
    },
    /// The detail does not match the commitment in its leaf.
    #[error("entry {index}: the sealed detail does not match its commitment")]
    Commitment {
        /// Its position.
        index: u64,
    },
    /// The journal gave another position than the engine counted.
    #[error("expected the journal at entry {expected}, found it at {found}")]
    OutOfStep {
        /// By the engine's count.
        expected: u64,
        /// By the journal's.
        found: u64,
    },
    /// Something that was grown from the journal knows more than the journal: durable entries were lost.
    #[error(
        "{what} covers {covers} entries, the journal holds {journal}: entries that were durable are missing"
    )]
    Behind {
        /// What knows more.
        what: &'static str,
        /// How many entries it covers.
        covers: u64,
        /// How many the journal has.
        journal: u64,
    },
    /// The tree or its tiles are not what the journal says.
    #[error("the tree: {0}")]
    Tree(String),
}
