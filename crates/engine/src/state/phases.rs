//! How many messages stand where, kept as they move: whoever wants to know must not walk through millions of them.
//!
//! It follows from the messages, so it is not in the digest. Only `apply` changes it.

use super::Phase;

/// A count for each phase.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Phases([u64; 5]);

impl Phases {
    /// How many stand there.
    pub fn of(&self, phase: Phase) -> u64 {
        self.0[place(phase)]
    }

    /// A message has come.
    pub(crate) fn came(&mut self, phase: Phase) {
        self.0[place(phase)] += 1;
    }

    /// A message has gone.
    pub(crate) fn went(&mut self, phase: Phase) {
        let count = &mut self.0[place(phase)];
        *count = count.saturating_sub(1);
    }

    /// A message moves from where it stands.
    pub(crate) fn moved(&mut self, stands: &mut Phase, to: Phase) {
        self.went(*stands);
        *stands = to;
        self.came(to);
    }
}

fn place(phase: Phase) -> usize {
    match phase {
        Phase::Held => 0,
        Phase::Ready => 1,
        Phase::Claimed => 2,
        Phase::Submitted => 3,
        Phase::Uncertain => 4,
    }
}
