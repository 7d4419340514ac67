//! Changes of the configuration: proposed by one person, looked at by others, put into force. Who said what about which
//! content is a fact; what counts of it is `apply`'s business.

use model::Span;
use proof::Hash;
use std::sync::Arc;

/// A change of the configuration that somebody proposes. The contents follow, one entry for each file.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposed {
    /// Its number: changes count up from 1.
    pub number: u64,
    /// Who proposes it: the name of an API key.
    pub maker: Arc<str>,
    /// What it is, in a line.
    pub title: Arc<str>,
    /// Why.
    pub reason: Arc<str>,
    /// The files, by path.
    pub files: Vec<FileChange>,
    /// What a checker approves: see [`change_hash`].
    pub hash: Hash,
    /// Whose approval it needs, by the policy and the effect at the proposal.
    pub needs: Vec<Need>,
    /// How long an approval counts.
    pub valid_for: Span,
}

/// One file of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Its path in the configuration.
    pub path: Arc<str>,
    /// SHA-256 of what it holds before; none if it is new.
    pub before: Option<Hash>,
    /// SHA-256 of what it is to hold; none if it goes.
    pub after: Option<Hash>,
}

/// What is needed before a change may come into force: so many people, each with one of some roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// How many.
    pub checkers: u8,
    /// One of these roles each.
    pub roles: Vec<Arc<str>>,
    /// Why, in words: which rule of the policy asks for it.
    pub why: Arc<str>,
}

/// What a file of a change is to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Of which change.
    pub number: u64,
    /// The file's place in the change's list, from 0.
    pub place: u32,
    /// The file.
    pub text: Arc<str>,
}

/// What somebody says of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewed {
    /// Of which change.
    pub number: u64,
    /// Who.
    pub checker: Arc<str>,
    /// Their roles at that moment.
    pub roles: Vec<Arc<str>>,
    /// The hash of the change that they saw.
    pub hash: Hash,
    /// Whether they approve it; if not, they reject it.
    pub approves: bool,
    /// What they have to say about it.
    pub remark: Arc<str>,
}

/// A change that is put into force.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// Which.
    pub number: u64,
    /// Who put it into force.
    pub by: Arc<str>,
    /// By what right.
    pub how: How,
    /// Whose approval it needs, by the policy and the effect at this moment; beside those of the proposal.
    pub needs: Vec<Need>,
}

/// By what right a change came into force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// Others approved it.
    Approved,
    /// In an emergency: without approval, for this reason.
    Emergency(Arc<str>),
    /// It is what the folder said when approvals began to be asked for.
    Adopted,
}

impl How {
    /// The word for it, as leaves show it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Emergency(_) => "emergency",
            Self::Adopted => "adopted",
        }
    }
}

/// What a checker approves: SHA-256 over the maker, the words, and every file with its hashes before and after. Each field is
/// hashed with its length, so that no two changes have the same fields.
pub fn change_hash(maker: &str, title: &str, reason: &str, files: &[FileChange]) -> Hash {
    let mut fields: Vec<Vec<u8>> =
        [maker, title, reason].iter().map(|text| text.as_bytes().to_vec()).collect();
    let shown = |hash: Option<Hash>| hash.map_or(Vec::new(), |hash| hash.0.to_vec());
    for file in files {
        fields.extend([file.path.as_bytes().to_vec(), shown(file.before), shown(file.after)]);
    }
    proof::hash_fields("hongyan/change/v1", fields.iter().map(Vec::as_slice))
}
