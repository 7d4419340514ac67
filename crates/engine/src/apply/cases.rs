//! Cases: what leaves say of them, and what only their sealed parts say.

use crate::entry::{CaseClosed, CaseId, CaseKind, CaseNoted, CaseOutcome, Public, SuppressionCause};
use crate::state::{State, Suppression};
use model::Timestamp;
use proof::entry::Kind;

/// What the leaf alone says.
pub(super) fn public(state: &mut State, at: Timestamp, kind: Kind, public: &Public) {
    let (Some(word), Some(count)) = (&public.rule, public.count) else { return };
    if let (Kind::CaseOpened, Some(kind)) = (kind, CaseKind::parse(word)) {
        state.cases.begin(CaseId(state.position), kind, at, count);
    }
    if let (Kind::CaseClosed, Some(outcome)) = (kind, CaseOutcome::parse(word)) {
        state.cases.end(CaseId(count), outcome, at);
    }
}

pub(super) fn note(state: &mut State, at: Timestamp, noted: &CaseNoted) {
    let Some(matter) = state.cases.matter(noted.case) else { return };
    if let Some(assignee) = &noted.assignee {
        matter.assignee = Some(assignee.clone());
    }
    matter.notes.push((at, noted.clone()));
}

/// Keeps the answer, and takes the stop back that the complaint has set, if that is the answer.
pub(super) fn close(state: &mut State, closed: &CaseClosed) {
    let since = state.cases.get(closed.case).map(|case| case.at);
    let Some(matter) = state.cases.matter(closed.case) else { return };
    matter.answer = Some(closed.clone());
    let (subject, since) = (matter.subject, since.filter(|_| closed.resume));
    if let (Some(since), Some(customer)) = (since, state.customers.get_mut(&subject)) {
        // Every complaint has set one: another of the same moment stays.
        let is_its = |stop: &Suppression| stop.why == SuppressionCause::Complaint && stop.at == since;
        if let Some(place) = customer.suppressions.iter().position(is_its) {
            customer.suppressions.remove(place);
        }
    }
}
