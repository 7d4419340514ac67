//! Reading text: count the parts a carrier bills, fold what people type, match it against word lists, mask what
//! must not be shown.
//!
//! Pure: no clock, no files, no randomness, and no other crate of ours. It does not send, store or log anything,
//! and it decides nothing: the engine's compose stage asks for counts, its converse stage for matches, and every
//! stage that shows a person's data asks for a mask.

pub mod parts;
pub mod normalise;
pub mod keyword;
pub mod mask;
pub mod phone;
pub mod found;
pub mod extract;
pub mod classify;
pub mod words;
pub mod money;
pub mod diff;
mod honorific;

pub use honorific::honorific;
pub use keyword::{Keywords, Match, Reach, WordError};
pub use normalise::fold;
pub use parts::{
    Encoding, MAX_PARTS, Measure, Piece, Position, TooManyParts, first_non_gsm7, measure, measure_as_ucs2,
    split, split_as_ucs2, with_signature,
};
