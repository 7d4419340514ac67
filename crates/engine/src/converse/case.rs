//! How a case begins: with its term, and where it is a complaint with a stop to marketing.

use super::Heard;
use crate::entry::{CaseId, CaseKind, CaseOpened, Entry, Evidence, Fact, SuppressionCause};
use crate::measure::trial;
use crate::state::State;
use crate::world::World;
use model::{MessageClass, MessageId, Private, Subject, Timestamp};

/// How many complaints of one customer may be open at a time: more say nothing new.
const COMPLAINTS_MAX: usize = 5;

/// The entries that open a case; or what stands against it: the same request is open already, or too many complaints are.
pub(crate) fn open(
    world: &World,
    state: &State,
    subject: Subject,
    wish: (CaseKind, Option<MessageId>, Private, Evidence),
    now: Timestamp,
) -> Result<Vec<Entry>, Heard> {
    let (kind, message, text, evidence) = wish;
    let same: Vec<CaseId> = (state.cases.of(subject))
        .filter(|(_, case)| case.kind == kind && case.closed.is_none())
        .map(|(id, _)| id)
        .collect();
    match (kind, same.last()) {
        (CaseKind::Complaint, _) if same.len() >= COMPLAINTS_MAX => return Err(Heard::TooMany),
        (CaseKind::Complaint, _) | (_, None) => {}
        (_, Some(open)) => return Err(Heard::Already(*open)),
    }
    let entry = |fact| Entry { at: now, subject, fact };
    let opened = CaseOpened { kind, days: term(world, kind, now), message, text, evidence };
    let mut entries = vec![entry(Fact::CaseOpened(Box::new(opened)))];
    if kind == CaseKind::Complaint {
        let (classes, why) = (vec![MessageClass::Marketing], SuppressionCause::Complaint);
        let credited = trial::credited(world, state, subject, (why, &classes, message), now);
        entries.push(entry(Fact::SuppressionRecorded { classes, why, phone: None, credited }));
    }
    Ok(entries)
}

/// Within how many days a case of a kind must be answered: the shortest of the terms in force; none where no rule says
/// anything, so that it shows at once that nobody has said when.
fn term(world: &World, kind: CaseKind, now: Timestamp) -> u32 {
    let binds =
        |from: Timestamp, until: Option<Timestamp>| from <= now && until.is_none_or(|until| now < until);
    let terms = world.pack.terms.iter().filter(|set| set.rule.case == kind && binds(set.from, set.until));
    let days = terms.map(|set| match set.rule.workdays {
        true => calendar_days(world, set.rule.days, now),
        false => set.rule.days,
    });
    days.min().unwrap_or(0)
}

/// How many days pass until so many working days have.
fn calendar_days(world: &World, workdays: u32, now: Timestamp) -> u32 {
    let (today, _) = world.institution.zone.local(now);
    let (mut days, mut left) = (0, workdays);
    while left > 0 && days < DAYS_MAX {
        days += 1;
        left -= u32::from(world.institution.calendar.is_workday(today.plus_days(i64::from(days))));
    }
    days
}

/// No term is longer, whatever the calendar says.
const DAYS_MAX: u32 = 366;
