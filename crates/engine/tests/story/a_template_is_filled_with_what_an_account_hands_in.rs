//! Templates ordered by accounts: values by name, under aliases, read as what the template declares, refused when they
//! are not that.

use crate::bank::Bank;
use crate::desk::{ACCOUNT, account, template_for};
use engine::decide::Ordered;
use engine::entry::Fact;
use std::sync::Arc;

const PHONE: &str = "13800000001";

fn bank(more: &str) -> Bank {
    Bank::with(&[(ACCOUNT, &account(more))])
}

const VALUES: &[(&str, &str)] = &[
    ("tail", "6222021234567890123"),
    ("at", "2026-05-06 09:58"),
    ("direction", "支出"),
    ("amount", "1,234.50"),
    ("merchant", "便利店"),
    ("balance", "8888.88"),
];

fn text_of(bank: &Bank) -> String {
    match &bank.ledger.last().unwrap().fact {
        Fact::MessageDecided(decided) => decided.text.reveal().to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn texts_become_amounts_and_moments_as_the_template_declares() {
    let mut bank = bank("");
    bank.accepted_order(template_for(PHONE, "account-change", VALUES));
    let expect = "【鸿雁银行】您尾号0123的账户支出1,234.50元（便利店），5月6日09:58，余额8,888.88元。";
    assert_eq!(text_of(&bank), expect);
    let Fact::MessageDecided(decided) = &bank.ledger.last().unwrap().fact else { unreachable!() };
    assert_eq!(
        decided.matter.subtype.as_ref().map(|s| s.as_str()),
        Some("account_change"),
        "the template's own"
    );
}

#[test]
fn an_account_may_know_a_template_by_another_name() {
    let mut bank =
        bank("[templates]\nSMS_1 = { template = \"verification-code\", values = [\"code\", \"purpose\"] }");
    bank.accepted_order(template_for(PHONE, "SMS_1", &[("code", "482913"), ("purpose", "登录")]));
    assert!(text_of(&bank).starts_with("【鸿雁银行】验证码482913，用于登录"), "{}", text_of(&bank));
    let Fact::MessageDecided(decided) = &bank.ledger.last().unwrap().fact else { unreachable!() };
    assert_eq!(decided.matter.template.as_str(), "verification-code", "the ledger names ours");
    let message = decided.matter.message;
    bank.restart();
    assert_eq!(bank.send(9)[0].message(), message);
}

#[test]
fn a_held_template_is_filled_again_with_the_same_values() {
    let mut bank = bank("");
    let mut request = template_for(PHONE, "account-change", VALUES);
    request.order.at = Some(crate::bank::time("2026-05-06 12:00"));
    bank.accepted_order(request);
    bank.restart();
    bank.at("2026-05-06 12:00").work();
    assert!(text_of(&bank).contains("支出1,234.50元"));
}

/// One value exchanged, or left out: which rule stops it, and that it names the value and not what it holds.
fn check(name: &str, value: Option<&str>) {
    let mut bank = bank("");
    let mut values: Vec<_> = VALUES.iter().copied().filter(|(other, _)| *other != name).collect();
    values.extend(value.map(|value| (name, value)));
    let Ordered::Blocked { rule, detail, .. } = bank.order(template_for(PHONE, "account-change", &values))
    else {
        panic!("{name} {value:?}: {:?}", bank.reply)
    };
    let detail: Arc<str> = detail;
    assert_eq!(rule, "lint", "{detail}");
    assert!(detail.contains(name) && value.is_none_or(|value| !detail.contains(value)), "{detail}");
}

#[test]
fn a_value_that_is_missing_or_of_another_kind_stops_the_message() {
    check("amount", Some("viel"));
    check("amount", Some("12.345"));
    check("at", Some("gestern"));
    check("merchant", Some("一家名字特别特别特别特别特别特别长的便利店"));
    check("balance", None);
}
