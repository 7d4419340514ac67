//! A bank's customers and events, as its systems report them over HTTP.

use model::Timestamp;
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// The present moment.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp(i64::try_from(since.as_millis()).unwrap())
}

/// A customer's phone, as the bank writes it.
pub fn phone(n: usize) -> String {
    format!("138{n:08}")
}

/// The same, as carriers see it.
pub fn dialled(n: usize) -> String {
    format!("86{}", phone(n))
}

/// A customer's id.
pub fn id(n: usize) -> String {
    format!("c-{n}")
}

/// A customer who can be reached, is warned above 5,000 yuan, and has not said anything about marketing.
pub fn customer(n: usize) -> Value {
    json!({
        "id": id(n),
        "phone": phone(n),
        "attributes": {
            "name": "李雷", "age": 30, "risk_level": 3,
            "balance": { "money": "88000.00" }, "alert_threshold": { "money": "5000.00" },
        },
    })
}

/// A customer who has agreed to marketing.
pub fn willing(n: usize) -> Value {
    let mut customer = customer(n);
    customer["consents"] = json!([consent("granted", "2026-01-05T09:00:00+08:00")]);
    customer
}

/// A customer who says one thing more about marketing.
pub fn saying(mut customer: Value, consent: Value) -> Value {
    customer["consents"].as_array_mut().unwrap().push(consent);
    customer
}

/// What a customer said about marketing.
pub fn consent(state: &str, at: &str) -> Value {
    json!({ "class": "marketing", "state": state, "at": at, "evidence": format!("form-{state}") })
}

/// A movement on an account, just now.
pub fn movement(event: &str, n: usize, amount: &str, merchant: &str) -> Value {
    json!({
        "id": event, "customer": id(n), "type": "transaction", "at": now().to_string(),
        "fields": {
            "account_tail": "6688", "direction_text": "支出", "merchant": merchant,
            "amount": { "money": amount }, "balance": { "money": "86000.00" },
        },
    })
}

/// Somebody asks for a code.
pub fn code(event: &str, n: usize, code: &str) -> Value {
    json!({
        "id": event, "customer": id(n), "type": "verification_code", "at": now().to_string(),
        "fields": { "code": code, "purpose": "登录" },
    })
}

/// An instalment falls due.
pub fn instalment(event: &str, n: usize) -> Value {
    json!({
        "id": event, "customer": id(n), "type": "repayment_due", "at": now().to_string(),
        "fields": { "account_tail": "6688", "amount": { "money": "1200.00" }, "due_on": { "date": "2027-01-15" } },
    })
}

/// A broadcast of the shipped offer to everybody of age.
pub fn offer(id: &str, budget_yuan: &str) -> String {
    format!(
        "id = \"{id}\"\nclass = \"marketing\"\nsubtype = \"offer\"\ntemplate = \"spring-offer\"\n\
         audience = \"customer.age >= 18\"\nbudget_yuan = \"{budget_yuan}\"\nvalidity = \"48h\"\n"
    )
}
