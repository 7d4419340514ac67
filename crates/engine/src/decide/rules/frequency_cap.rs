//! # frequency-cap
//!
//! At most so many messages in a window, rolling ("the last 24 hours") or by the recipient's calendar (day, week,
//! month), counted over everything, over the class or over the journey. The count is exact: a message that is let
//! pass is counted in the same step, and given back if it is never handed to a carrier. Holds until there is room
//! or blocks, as the cap says.

use super::{Judge, Rule, RuleCode};
use crate::decide::{Candidate, Judgement};
use crate::state::Contact;
use crate::world::{Cap, CapScope, CapWindow, RuleSet, reference};
use model::{ClockTime, Span, Timestamp};

/// This rule.
pub const RULE: Rule = Rule { id: "frequency-cap", code: RuleCode(6), judge: Judge::Person(judge) };

fn judge(candidate: &Candidate<'_>) -> Judgement {
    let binding = candidate
        .world
        .pack
        .caps
        .iter()
        .filter(|set| set.binds(candidate.class(), candidate.subtype(), candidate.now));
    let mut tightest: Option<(u32, u32, &RuleSet<Cap>)> = None;
    for set in binding {
        let (start, end) = window(candidate, set.rule.window);
        let counted: Vec<Timestamp> = candidate
            .customer
            .contacts
            .iter()
            .filter(|c| c.at >= start && c.message != candidate.message && together(candidate, set, c))
            .map(|c| c.at)
            .collect();
        let count = counted.len() as u32;
        if count >= set.rule.max {
            return full(set, count, end.unwrap_or_else(|| room(set, &counted, candidate.now)))
                .by(set.revision);
        }
        let left = set.rule.max - count;
        if tightest.is_none_or(|(least, ..)| left < least) {
            tightest = Some((left, count, set));
        }
    }
    match tightest {
        Some((_, count, set)) => {
            Judgement::pass(format!("{}: {count} of {}", set.id, set.rule.max)).by(set.revision)
        }
        None => Judgement::pass("no cap"),
    }
}

fn full(set: &RuleSet<Cap>, count: u32, room: Timestamp) -> Judgement {
    let detail = format!("{}: {count} of {}", set.id, set.rule.max);
    if set.rule.hold { Judgement::hold(room, detail) } else { Judgement::block(detail) }
}

/// Where the window begins and, for a calendar window, where it ends.
fn window(candidate: &Candidate<'_>, window: CapWindow) -> (Timestamp, Option<Timestamp>) {
    let zone = candidate.zone();
    let (today, _) = zone.local(candidate.now);
    let (first, next) = match window {
        // A contact exactly one window ago does not count any more.
        CapWindow::Rolling(span) => return (Timestamp(candidate.now.before(span).0 + 1), None),
        CapWindow::Day => (today, today.plus_days(1)),
        CapWindow::Week => (today.week_start(), today.week_start().plus_days(7)),
        CapWindow::Month => (today.month_start(), today.month_start().plus_days(31).month_start()),
    };
    (zone.instant(first, MIDNIGHT), Some(zone.instant(next, MIDNIGHT)))
}

const MIDNIGHT: ClockTime = ClockTime::MIDNIGHT;

/// When a rolling window has room again: when enough of its contacts, oldest first, have left it.
fn room(set: &RuleSet<Cap>, counted: &[Timestamp], now: Timestamp) -> Timestamp {
    let CapWindow::Rolling(span) = set.rule.window else { return now };
    room_in(span, set.rule.max as usize, counted, now)
}

/// When a rolling window that is full has room for one more again. `counted` is ascending.
pub(super) fn room_in(span: Span, max: usize, counted: &[Timestamp], now: Timestamp) -> Timestamp {
    let too_many = counted.len().saturating_sub(max);
    counted.get(too_many).map_or(now.after(span), |at| at.after(span))
}

fn together(candidate: &Candidate<'_>, set: &RuleSet<Cap>, contact: &Contact) -> bool {
    match set.rule.scope {
        CapScope::Global => set.classes.is_empty() || set.classes.contains(&contact.about.class),
        CapScope::Class => contact.about.class == candidate.class(),
        CapScope::Journey => {
            reference::name(&contact.about.journey) == reference::name(&candidate.journey.reference)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::MessageClass;

    fn cap(window: CapWindow, max: u32) -> RuleSet<Cap> {
        RuleSet {
            id: "c".to_owned(),
            revision: 1,
            from: Timestamp(0),
            until: None,
            classes: vec![MessageClass::Marketing],
            subtypes: Vec::new(),
            citation: String::new(),
            verified: false,
            rule: Cap { scope: CapScope::Class, window, max, hold: true },
        }
    }

    #[test]
    fn a_rolling_window_has_room_when_enough_have_left_it() {
        let set = |max| cap(CapWindow::Rolling(Span::seconds(60)), max);
        let counted: Vec<Timestamp> = [10_000, 20_000, 30_000].map(Timestamp).into();
        let now = Timestamp(40_000);
        assert_eq!(room(&set(3), &counted, now), Timestamp(70_000), "the first makes room");
        assert_eq!(
            room(&set(2), &counted, now),
            Timestamp(80_000),
            "two must go where three are one too many"
        );
        assert_eq!(room(&set(1), &counted, now), Timestamp(90_000));
    }

    #[test]
    fn a_full_cap_holds_or_blocks_as_it_says() {
        let mut set = cap(CapWindow::Day, 2);
        let room = Timestamp(5);
        assert_eq!(full(&set, 2, room).verdict, crate::decide::Verdict::Hold { until: room });
        set.rule.hold = false;
        assert_eq!(full(&set, 2, room), Judgement::block("c: 2 of 2"));
    }
}
