//! `[customer]` and `[event]`: the members of what rows become.

use super::super::record::{
    ConsentMap, CustomerMap, EXPECTED_PHONE, EventMap, Member, Moment, Target, check_phone, check_standing,
    check_state, check_zone,
};
use super::super::source::Source;
use super::Reading;
use super::document::{Item, Table};
use super::source::{Check, Spec, anything};
use super::value::{read_time, read_type};
use model::MessageClass;

/// Reads `[customer]`.
pub(super) fn read_customer(item: Item<'_>, reading: &mut Reading) -> Option<Target> {
    let mut table = item.table()?;
    let id = table.required("id").and_then(|item| source(item, reading, "an id", &anything));
    let phone = table.optional("phone").map(|item| source(item, reading, EXPECTED_PHONE, &check_phone));
    let zone = table.optional("zone").map(|item| source(item, reading, "a time zone", &check_zone));
    let standing =
        table.optional("standing").map(|item| source(item, reading, "a standing", &check_standing));
    let attributes = read_members(table.optional("attributes"), reading);
    let consents = match table.optional("consents") {
        Some(item) => {
            // Read every one before giving up, so that the mistakes of all are told.
            let read: Vec<_> = item.tables()?.into_iter().map(|t| read_consent(t, reading)).collect();
            read.into_iter().collect()
        }
        None => Some(Vec::new()),
    };
    table.finish();
    Some(Target::Customers(Box::new(CustomerMap {
        id: id?,
        phone: phone.map_or(Some(None), |read| read.map(Some))?,
        country: reading.country.clone(),
        zone: zone.map_or(Some(None), |read| read.map(Some))?,
        standing: standing.map_or(Some(None), |read| read.map(Some))?,
        attributes: attributes?,
        consents: consents?,
    })))
}

/// Reads `[event]`.
pub(super) fn read_event(item: Item<'_>, reading: &mut Reading) -> Option<Target> {
    let mut table = item.table()?;
    let id = table.required("id").and_then(|item| source(item, reading, "an id", &anything));
    let customer =
        table.required("customer").and_then(|item| source(item, reading, "a customer's id", &anything));
    let event_type =
        table.required("type").and_then(|item| source(item, reading, "an event type", &anything));
    let at = table.required("at").and_then(|item| read_moment(item, reading));
    let fields = read_members(table.optional("fields"), reading);
    table.finish();
    let (id, customer, event_type) = (id?, customer?, event_type?);
    Some(Target::Events(Box::new(EventMap { id, customer, event_type, at: at?, fields: fields? })))
}

fn read_consent(mut table: Table<'_>, reading: &mut Reading) -> Option<ConsentMap> {
    let class = table.required("class").and_then(|item| item.parsed(str::parse::<MessageClass>));
    let state =
        table.required("state").and_then(|item| source(item, reading, "a state of consent", &check_state));
    let at = table.required("at").and_then(|item| read_moment(item, reading));
    let until = table.optional("until").map(|item| read_moment(item, reading));
    let evidence = table.required("evidence").and_then(|item| source(item, reading, "evidence", &anything));
    table.finish();
    let until = until.map_or(Some(None), |read| read.map(Some));
    Some(ConsentMap { class: class?, state: state?, at: at?, until: until?, evidence: evidence? })
}

fn read_members(item: Option<Item<'_>>, reading: &mut Reading) -> Option<Vec<Member>> {
    let Some(item) = item else { return Some(Vec::new()) };
    let read: Vec<_> = item.table()?.entries().map(|item| read_member(item, reading)).collect();
    read.into_iter().collect()
}

fn read_member(item: Item<'_>, reading: &mut Reading) -> Option<Member> {
    let mut spec = Spec::open(item)?;
    let value_type = read_type(&mut spec, reading)?;
    let source = spec.source(reading, value_type.expected(), &|text| value_type.check(text))?;
    Some(Member { name: item.key().to_owned(), source, value_type })
}

fn read_moment(item: Item<'_>, reading: &mut Reading) -> Option<Moment> {
    let mut spec = Spec::open(item)?;
    let format = read_time(&mut spec, reading)?;
    let check = |text: &str| format.read(text, None).map(drop).ok_or_else(|| format.expected());
    let source = spec.source(reading, format.expected(), &check)?;
    Some(Moment { source, format })
}

fn source(item: Item<'_>, reading: &mut Reading, expected: &str, check: Check<'_>) -> Option<Source> {
    Spec::open(item)?.source(reading, expected.to_owned(), check)
}
