//! Customers, events, consents and configuration files for stories.

use engine::Input;
use engine::converse::{Wanted, Who, Wish};
use engine::entry::{Choices, Chosen, Event, Evidence, Profile, Standing, Through};
use engine::perceive::{CustomerReport, EventReport};
use model::{
    Consent, ConsentState, Currency, CustomerId, Date, Fields, MessageClass, Money, Phone, Timestamp, Value,
    Zone,
};
use std::sync::Arc;

use crate::bank::time;

/// A text value.
pub(crate) fn text(text: &str) -> Value {
    Value::Text(text.into())
}

/// An amount in yuan.
pub(crate) fn yuan(text: &str) -> Value {
    Value::Money(Money::parse(text, Currency::CNY).unwrap())
}

/// A customer with a phone and everything the shipped templates ask for; no consent.
pub(crate) fn customer(id: &str, phone: &str) -> CustomerReport {
    let attributes = [
        ("name", text("王小明")),
        ("city", text("上海")),
        ("age", Value::Int(40)),
        ("risk_level", Value::Int(3)),
        ("balance", yuan("20000")),
        ("alert_threshold", yuan("50000")),
    ];
    CustomerReport {
        profile: Profile {
            id: CustomerId::new(id),
            phone: Some(Phone::parse(phone, "86").unwrap()),
            zone: None,
            standing: Standing::Normal,
            attributes: attributes.into_iter().map(|(name, value)| (name.into(), value)).collect(),
        },
        consents: Vec::new(),
    }
}

/// The same customer, in a zone of their own.
pub(crate) fn living_in(mut report: CustomerReport, zone: &str) -> CustomerReport {
    report.profile.zone = Some(Zone::parse(zone).unwrap());
    report
}

/// The same customer with another attribute, or without one of that name.
pub(crate) fn having(mut report: CustomerReport, name: &str, value: Option<Value>) -> CustomerReport {
    match value {
        Some(value) => report.profile.attributes.insert(name.into(), value),
        None => report.profile.attributes.remove(name),
    };
    report
}

/// The same customer, who said yes to marketing on New Year's Day (form `form-1`).
pub(crate) fn willing(report: CustomerReport) -> CustomerReport {
    saying(report, grant(MessageClass::Marketing, "2026-01-01", "form-1"))
}

/// The same customer with one more statement.
pub(crate) fn saying(mut report: CustomerReport, consent: Consent) -> CustomerReport {
    report.consents.push(consent);
    report
}

/// A grant without an end.
pub(crate) fn grant(class: MessageClass, at: &str, evidence: &str) -> Consent {
    Consent { class, state: ConsentState::Granted, at: time(at), until: None, evidence: evidence.into() }
}

/// A withdrawal.
pub(crate) fn withdrawal(class: MessageClass, at: &str, evidence: &str) -> Consent {
    Consent { state: ConsentState::Withdrawn, ..grant(class, at, evidence) }
}

/// All of somebody's choices, as they make them on their page.
pub(crate) fn choice(id: &str, choices: Choices) -> Input {
    agreeing(id, choices, &[])
}

/// The same with consents given at once.
pub(crate) fn agreeing(id: &str, choices: Choices, agreed: &[MessageClass]) -> Input {
    let evidence =
        Evidence { through: Through::Page, at: time("2026-05-06 10:00"), reference: "link".into() };
    let what = Wanted::Choices { chosen: Chosen { choices, evidence }, agreed: agreed.to_vec() };
    Input::Wish(Box::new(Wish { who: Who::Customer(CustomerId::new(id)), what }))
}

/// Customers, as an input.
pub(crate) fn known(reports: impl IntoIterator<Item = CustomerReport>) -> Input {
    Input::Customers(reports.into_iter().collect())
}

/// So many willing customers `C1`, `C2`, … with phones of their own, and a name so long that the shipped offer is
/// two parts to them.
pub(crate) fn crowd(count: usize) -> Vec<CustomerReport> {
    let member = |n| having(customer(&format!("C{n}"), &format!("138{n:08}")), "name", Some(text(LONG_NAME)));
    (1..=count).map(|n| willing(member(n))).collect()
}

/// A name with which the shipped offer is two parts.
pub(crate) const LONG_NAME: &str = "艾合买提江·阿卜杜热西提";

pub(crate) fn event(
    id: &str,
    customer: &str,
    kind: &str,
    at: Timestamp,
    fields: Vec<(&str, Value)>,
) -> Input {
    let fields: Fields = fields.into_iter().map(|(name, value)| (name.into(), value)).collect();
    let event = Arc::new(Event { id: id.into(), kind: kind.into(), at, fields });
    Input::Events(vec![EventReport { customer: CustomerId::new(customer), event }])
}

/// Money moves on an account.
pub(crate) fn transaction(id: &str, customer: &str, amount: &str) -> Input {
    let at = time("2026-05-06 09:58");
    event(
        id,
        customer,
        "transaction",
        at,
        vec![
            ("amount", yuan(amount)),
            ("balance", yuan("8888.88")),
            ("direction_text", text("支出")),
            ("merchant", text("便利店")),
            ("account_tail", text("6222021234567890123")),
            ("at", Value::Time(at)),
        ],
    )
}

/// Somebody asks for a one-time code.
pub(crate) fn code(id: &str, customer: &str) -> Input {
    let fields = vec![("code", text("482913")), ("purpose", text("登录"))];
    event(id, customer, "verification_code", time("2026-05-06 10:00"), fields)
}

/// An instalment falls due.
pub(crate) fn instalment(id: &str, customer: &str) -> Input {
    let due = Value::Date(Date::parse("2026-05-20").unwrap());
    let fields = vec![("amount", yuan("3200.00")), ("due_on", due), ("account_tail", text("0123"))];
    event(id, customer, "repayment_due", time("2026-05-06 10:00"), fields)
}

/// An event with fields of the story's own.
pub(crate) fn happening(id: &str, customer: &str, kind: &str, fields: Vec<(&str, Value)>) -> Input {
    event(id, customer, kind, time("2026-05-06 10:00"), fields)
}

/// A broadcast of the shipped offer: to whom, and what else its file says.
pub(crate) fn offer(id: &str, audience: &str, more: &str) -> String {
    format!(
        "id = \"{id}\"\nclass = \"marketing\"\nsubtype = \"offer\"\ntemplate = \"spring-offer\"\naudience = {audience:?}\n{more}\n"
    )
}

/// A broadcast of the shipped offer to everybody.
pub(crate) fn offer_to_all(id: &str) -> String {
    offer(id, "true", "")
}

/// A file of caps: id, classes, the rule's numbers.
pub(crate) fn caps(sets: &[(&str, &str, &str)]) -> String {
    rules("frequency-cap", sets)
}

/// A file of rules of one kind, in force since ever: id, classes, the rule's numbers.
pub(crate) fn rules(kind: &str, sets: &[(&str, &str, &str)]) -> String {
    let rule = |(id, classes, set): &(&str, &str, &str)| {
        format!(
            "[[rule]]\nkind = \"{kind}\"\nid = \"{id}\"\nrevision = 7\nfrom = \"1970-01-01\"\nclasses = [{classes}]\n\
             citation = \"a story\"\nverified = false\nset = {set}\n"
        )
    };
    sets.iter().map(rule).collect()
}

/// A template that asks for nothing: `templates/note.toml`.
pub(crate) const NOTE: &str = r#"
id = "note"
class = "customer_service"
language = "zh-CN"
parts_max = 1
text = "{{ who }}提醒您查收。"
[variables]
who = { type = "name", from = "institution.name" }
"#;
