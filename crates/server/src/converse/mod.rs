//! CONVERSE over HTTP: what customers choose, complain of and ask for, and their own page.

pub mod cases;
pub mod export;
pub(crate) mod page;
pub mod preferences;
