//! From a form to choices, or to a case. What the page does not show of somebody's choices stays as it was.

use super::view::Person;
use engine::entry::{CaseKind, Choices, ClassChoice, Frequency, Hours, Per};
use engine::world::World;
use model::{Channel, ClockTime, Date, MessageClass, MessageId, Private, Timestamp, Zone};
use std::collections::HashMap;

/// Which choices somebody sent, and to which classes they agreed by switching them on.
///
/// # Errors
/// What is wrong, as the word of the page for it.
pub(super) fn choices(
    body: &str,
    person: &Person,
    world: &World,
    now: Timestamp,
) -> Result<(Choices, Vec<MessageClass>), &'static str> {
    let fields: HashMap<String, String> = wire::http::encode::form(body).into_iter().collect();
    let mut choices = person.chosen.as_ref().map(|chosen| chosen.choices.clone()).unwrap_or_default();
    let mut agreed = Vec::new();
    for class in person.offered(world) {
        let standing = person.standing(world, class, now);
        let choice = choices.classes.entry(class).or_default();
        if !standing.is_locked() {
            let is_on = fields.contains_key(&format!("c_{class}"));
            if is_on && standing.must_agree() {
                agreed.push(class);
            }
            // Whoever never agreed and leaves it so has switched nothing off.
            choice.off = !is_on && (choice.off || standing.is_on());
        }
        of_class(choice, class, &fields, person, world)?;
    }
    choices.hours = hours(&fields)?;
    choices.impersonal = !fields.contains_key("personalised");
    for name in world.institution.preferences.uses.keys() {
        match fields.contains_key(&format!("u_{name}")) {
            true => choices.unused.remove(name),
            false => choices.unused.insert(name.clone()),
        };
    }
    Ok((choices.tidied(), agreed))
}

fn of_class(
    choice: &mut ClassChoice,
    class: MessageClass,
    fields: &HashMap<String, String>,
    person: &Person,
    world: &World,
) -> Result<(), &'static str> {
    for channel in channels(world, class) {
        match fields.contains_key(&format!("x_{class}_{channel}")) {
            true => choice.channels_off.remove(&channel),
            false => choice.channels_off.insert(channel),
        };
    }
    if let Some(most) = fields.get(&format!("m_{class}")) {
        choice.at_most = frequency(most)?;
    }
    if let Some(day) = fields.get(&format!("p_{class}")) {
        let was = choice.paused_until.map(|until| day_of(until, person.zone)).unwrap_or_default();
        if *day != was {
            choice.paused_until = match day.as_str() {
                "" => None,
                text => {
                    Some(person.zone.instant(Date::parse(text).map_err(|_| "form")?, ClockTime::MIDNIGHT))
                }
            };
        }
    }
    Ok(())
}

/// The day of a moment on somebody's clock, as forms write it.
pub(super) fn day_of(at: Timestamp, zone: Zone) -> String {
    zone.local(at).0.to_string()
}

/// The channels that one can choose among for a class: none where there is only one.
pub(super) fn channels(world: &World, class: MessageClass) -> Vec<Channel> {
    let offered = |channel: &Channel| {
        world.routes.values().any(|route| route.channel == *channel && route.classes.contains(&class))
    };
    let channels: Vec<Channel> = Channel::ALL.into_iter().filter(offered).collect();
    if channels.len() > 1 { channels } else { Vec::new() }
}

/// `2/week`; nothing: no limit.
fn frequency(text: &str) -> Result<Option<Frequency>, &'static str> {
    if text.is_empty() {
        return Ok(None);
    }
    let (count, per) = text.split_once('/').ok_or("form")?;
    let messages = count.parse().ok().filter(|count| *count > 0).ok_or("form")?;
    Ok(Some(Frequency { messages, per: Per::parse(per).ok_or("form")? }))
}

fn hours(fields: &HashMap<String, String>) -> Result<Option<Hours>, &'static str> {
    let read = |name: &str| match fields.get(name).map(String::as_str) {
        None | Some("") => Ok(None),
        Some(text) => ClockTime::parse(text).map(Some).map_err(|_| "form"),
    };
    match (read("from")?, read("to")?) {
        (None, None) => Ok(None),
        (from, to) => {
            let open = from.unwrap_or(ClockTime::MIDNIGHT);
            let close = to.or(ClockTime::from_minutes(1_440)).ok_or("form")?;
            if open < close { Ok(Some(Hours { open, close })) } else { Err("hours") }
        }
    }
}

/// The most that somebody may write, in bytes: a form's thousand characters.
const TEXT_BYTES_MAX: usize = 4_000;

/// What case somebody opens, about which message, in which words; none where the form is not one of ours. A complaint and a
/// correction need words, a right does not.
pub(super) fn case(body: &str) -> Option<(CaseKind, Option<MessageId>, Private)> {
    let fields: HashMap<String, String> = wire::http::encode::form(body).into_iter().collect();
    let kind = CaseKind::parse(fields.get("kind")?)?;
    let text = fields.get("text").map(|text| text.trim()).unwrap_or_default();
    let needs_words = matches!(kind, CaseKind::Complaint | CaseKind::Correction);
    if (needs_words && text.is_empty()) || text.len() > TEXT_BYTES_MAX {
        return None;
    }
    let message = match fields.get("message").map(String::as_str) {
        None | Some("") => None,
        Some(id) => Some(id.parse().ok()?),
    };
    Some((kind, message, Private::new(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_needs_a_kind_and_a_complaint_its_words() {
        let (kind, message, text) = case("kind=complaint&message=m-12&text=%E5%A4%AA%E5%A4%9A").unwrap();
        assert_eq!((kind, message, text.reveal()), (CaseKind::Complaint, Some(MessageId(12)), "太多"));
        assert_eq!(case("kind=erasure").unwrap().0, CaseKind::Erasure);
        for bad in
            ["", "kind=complaint", "kind=complaint&text=+", "kind=praise&text=x", "kind=access&message=x"]
        {
            assert!(case(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn limits_and_hours_are_read_or_refused() {
        assert_eq!(frequency("2/week"), Ok(Some(Frequency { messages: 2, per: Per::Week })));
        assert_eq!(frequency(""), Ok(None));
        assert!(["0/week", "2", "x/day", "2/year"].iter().all(|text| frequency(text).is_err()));
        let fields = |from: &str, to: &str| {
            HashMap::from([("from".to_owned(), from.to_owned()), ("to".to_owned(), to.to_owned())])
        };
        let clock = |text| ClockTime::parse(text).unwrap();
        assert_eq!(hours(&fields("", "")), Ok(None));
        assert_eq!(
            hours(&fields("09:00", "")),
            Ok(Some(Hours { open: clock("09:00"), close: clock("24:00") }))
        );
        assert_eq!(hours(&fields("20:00", "09:00")), Err("hours"));
        assert_eq!(hours(&fields("soon", "")), Err("form"));
    }
}
