//! Callers of the product: systems and employees who repeat what was not acknowledged, as a client of the HTTP interface
//! would.

use engine::Input;
use std::collections::{BTreeMap, VecDeque};

/// A call, for as long as nobody has answered it.
pub(crate) type CallId = u64;

/// The calls that wait.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    unanswered: BTreeMap<CallId, Input>,
    /// To be handed to the node in the next step.
    next: VecDeque<CallId>,
    last: CallId,
    pub(crate) answered: u64,
}

impl Calls {
    /// Somebody calls.
    pub(crate) fn call(&mut self, input: Input) {
        self.last += 1;
        self.unanswered.insert(self.last, input);
        self.next.push_back(self.last);
    }

    /// The process is another one: everybody calls again.
    pub(crate) fn again(&mut self) {
        self.next = self.unanswered.keys().copied().collect();
    }

    /// Takes what waits for the next step.
    pub(crate) fn take(&mut self) -> Vec<(CallId, Input)> {
        let ids = std::mem::take(&mut self.next);
        ids.into_iter().filter_map(|id| Some((id, self.unanswered.get(&id)?.clone()))).collect()
    }

    /// A call was answered.
    pub(crate) fn answer(&mut self, id: CallId) {
        self.unanswered.remove(&id);
        self.answered += 1;
    }

    /// Whether there is something for the next step.
    pub(crate) fn wait(&self) -> bool {
        !self.next.is_empty()
    }

    /// Whether everybody has been heard.
    pub(crate) fn all_answered(&self) -> bool {
        self.unanswered.is_empty()
    }
}
