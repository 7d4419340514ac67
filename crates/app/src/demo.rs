//! The demo bank: the shipped generator's customers and events, fed into the loop as a core system would.
//!
//! A day of events is told in ten minutes and then another day begins; a few seconds after the start a marketing
//! broadcast goes out. Everything takes the ordinary way in.

use engine::Input;
use engine::entry::{Event, Profile, Standing};
use engine::perceive::{CustomerReport, EventReport};
use library::demo::{Bank, Customer, Value as DemoValue};
use model::{
    Consent, ConsentState, Currency, CustomerId, Date, EvidenceId, Fields, MessageClass, Money, Phone, Span,
    Timestamp, Value, Zone,
};
use server::core::{Handle, Stopped};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// How many customers the demo bank has.
pub(crate) const CUSTOMERS: usize = 10_000;
/// The seed of everything in it.
pub(crate) const SEED: u64 = 20_261_122;
/// How long a day of events takes.
const DAY: Duration = Duration::from_secs(600);
/// How long after the start the broadcast goes out.
const BROADCAST_AFTER: Duration = Duration::from_secs(5);
/// How many customers are reported at once.
const BATCH: usize = 1_000;
/// The broadcast that goes out.
const BROADCAST: &str = "broadcasts/spring-offer.toml";
/// The length of a day.
const DAY_LENGTH: Span = Span::days(1);

/// Feeds the demo bank until the server stops.
///
/// # Errors
/// The server has stopped.
pub(crate) async fn feed(core: Handle) -> Result<(), Stopped> {
    let bank = Bank::new(SEED, CUSTOMERS);
    let (today, _) = Zone::SHANGHAI.local(server::now());
    let mut homes = HashMap::new();
    let mut batch = Vec::with_capacity(BATCH);
    for customer in bank.customers() {
        homes.insert(customer.id.clone(), customer.city);
        batch.push(report(&customer, today));
        if batch.len() == BATCH {
            core.decide(Input::Customers(std::mem::take(&mut batch))).await?;
        }
    }
    core.decide(Input::Customers(batch)).await?;
    let broadcasting = core.clone();
    tokio::spawn(async move {
        tokio::time::sleep(BROADCAST_AFTER).await;
        if let Some(source) = library::file(BROADCAST) {
            // A second start finds that it has been launched before, and leaves it at that.
            let _ = broadcasting.decide(Input::Launch(source.into())).await;
        }
    });
    let mut day = today;
    loop {
        let midnight = Zone::SHANGHAI.instant(day, model::ClockTime::MIDNIGHT);
        tell(&core, &bank, &homes, midnight).await?;
        day = day.plus_days(1);
    }
}

/// Tells one day's events, spread over [`DAY`].
async fn tell(
    core: &Handle,
    bank: &Bank,
    homes: &HashMap<String, &str>,
    midnight: Timestamp,
) -> Result<(), Stopped> {
    let began = tokio::time::Instant::now();
    for event in bank.events(midnight.0) {
        let share = Timestamp(event.at_ms).since(midnight).0 as f64 / DAY_LENGTH.0 as f64;
        tokio::time::sleep_until(began + DAY.mul_f64(share.clamp(0.0, 1.0))).await;
        core.decide(Input::Events(vec![event_report(event, homes)])).await?;
    }
    Ok(())
}

fn money(fen: i64) -> Value {
    Value::Money(Money { minor: fen, currency: Currency::CNY })
}

/// Whole years between two days.
fn age(born: Date, today: Date) -> i64 {
    (i64::from(today.to_days()) - i64::from(born.to_days())) * 400 / DAYS_IN_400_YEARS
}

/// The Gregorian calendar repeats after so many days.
const DAYS_IN_400_YEARS: i64 = 146_097;

fn report(customer: &Customer, today: Date) -> CustomerReport {
    let text = |s: &str| Value::Text(s.into());
    let attributes: Fields = [
        ("name", text(&customer.name)),
        ("gender", text(customer.gender.as_str())),
        ("city", text(customer.city)),
        ("occupation", text(customer.occupation)),
        ("income", money(customer.income_fen)),
        ("balance", money(customer.balance_fen)),
        ("alert_threshold", money(customer.alert_threshold_fen)),
        ("risk_level", Value::Int(i64::from(customer.risk_level))),
        ("products", text(&customer.products.join(","))),
        ("segment", text(segment(customer))),
    ]
    .into_iter()
    .map(|(name, value)| (name.into(), value))
    .chain(Date::parse(&customer.birth_date).into_iter().flat_map(|day| {
        [("birth_date".into(), Value::Date(day)), ("age".into(), Value::Int(age(day, today)))]
    }))
    .collect();
    CustomerReport {
        profile: Profile {
            id: CustomerId::new(customer.id.as_str()),
            phone: Phone::parse(&customer.phone, "86").ok(),
            zone: Zone::parse(customer.zone).ok(),
            standing: Standing::Normal,
            attributes,
        },
        consents: consents(customer),
    }
}

/// A segment by income, as banks cut them.
fn segment(customer: &Customer) -> &'static str {
    match customer.income_fen {
        i64::MIN..800_000 => "basic",
        800_000..2_500_000 => "silver",
        _ => "gold",
    }
}

fn consents(customer: &Customer) -> Vec<Consent> {
    let Some(given) = &customer.marketing_consent else { return Vec::new() };
    let say = |state, at, until: Option<i64>| Consent {
        class: MessageClass::Marketing,
        state,
        at: Timestamp(at),
        until: until.map(Timestamp),
        evidence: EvidenceId::new(given.evidence.as_str()),
    };
    let mut said = vec![say(ConsentState::Granted, given.at_ms, given.until_ms)];
    said.extend(given.withdrawn_at_ms.map(|at| say(ConsentState::Withdrawn, at, None)));
    said
}

fn event_report(event: library::demo::Event, homes: &HashMap<String, &str>) -> EventReport {
    let at = Timestamp(event.at_ms);
    let mut fields: Fields = [("at".into(), Value::Time(at))].into();
    for (name, value) in &event.fields {
        let (name, value) = match (*name, value) {
            (name, DemoValue::Int(fen)) if name.ends_with("_fen") => {
                (name.trim_end_matches("_fen"), money(*fen))
            }
            (name, DemoValue::Int(n)) => (name, Value::Int(*n)),
            ("direction", DemoValue::Text(way)) => {
                ("direction_text", Value::Text(if way == "in" { "转入" } else { "支出" }.into()))
            }
            ("due_date", DemoValue::Text(day)) => match Date::parse(day) {
                Ok(day) => ("due_on", Value::Date(day)),
                Err(_) => continue,
            },
            (name, DemoValue::Text(text)) => (name, Value::Text(text.as_str().into())),
        };
        fields.insert(name.into(), value);
    }
    if let (Some(DemoValue::Text(city)), Some(home)) = (event.field("city"), homes.get(&event.customer_id)) {
        fields.insert("unusual".into(), Value::Bool(city != home));
    }
    let id: Arc<str> = event.id.into();
    EventReport {
        customer: CustomerId::new(event.customer_id),
        event: Arc::new(Event { id, kind: event.kind.into(), at, fields }),
    }
}
