//! The rule `account`, one refusal after the other, and where it must stay silent.

use crate::bank::Bank;
use crate::desk::{ACCOUNT, account, as_offer, by_plan, named_account, template_for, text_for};
use crate::people::{customer, known, transaction};
use engine::decide::{OrderRequest, Ordered};
use engine::entry::Fact;
use model::MessageClass;

const PHONE: &str = "13800000001";

fn bank(more: &str) -> Bank {
    let other = named_account("cards", "extension = \"77\"");
    Bank::with(&[(ACCOUNT, &account(more)), ("accounts/cards.toml", &other)])
}

/// What the rule says to an order of an account whose file says `more`; nothing if it is accepted.
fn check(more: &str, request: OrderRequest, expect: &str) {
    let mut bank = bank(more);
    match bank.order(request) {
        Ordered::Blocked { rule, detail, .. } => assert_eq!((rule, &*detail), ("account", expect)),
        Ordered::Accepted { .. } => assert_eq!(expect, "", "accepted"),
        other => panic!("{other:?}"),
    }
}

fn signed(signature: &str) -> OrderRequest {
    let mut request = text_for(PHONE, "一");
    request.order.signature = Some(signature.into());
    request
}

fn from(extension: &str) -> OrderRequest {
    let mut request = text_for(PHONE, "一");
    request.order.extension = Some(extension.into());
    request
}

#[test]
fn classes() {
    let mut risk = text_for(PHONE, "一");
    risk.class = Some(MessageClass::RiskNotice);
    check("", risk, "core may not send risk_notice");
    check("consent = \"asserted\"", as_offer(text_for(PHONE, "一")), "");
}

#[test]
fn texts_of_its_own() {
    check("texts = \"templates\"", text_for(PHONE, "一"), "core may send templates only");
    let code = template_for(PHONE, "verification-code", &[("code", "482913"), ("purpose", "登录")]);
    check("texts = \"templates\"", code, "");
}

#[test]
fn signatures() {
    check("", signed("鸿雁银行"), "");
    check("", signed("别家银行"), "signature: core may not sign \"别家银行\"");
    check("signatures = [\"鸿雁信用卡\"]", signed("鸿雁信用卡"), "");
}

#[test]
fn extensions() {
    check("", from("12"), "");
    check("extension = \"12\"", from("1234"), "");
    check("extension = \"12\"", from("7701"), "extension: it is cards's");
    check("extension = \"770\"", from("7701"), "");
}

#[test]
fn plans() {
    check("", by_plan(text_for(PHONE, "一"), "no-such"), "plan: no-such is not known");
}

#[test]
fn what_no_account_handed_in_is_not_its_business() {
    let mut bank = bank("");
    bank.tell(known([customer("C1", PHONE)]));
    bank.tell(transaction("E1", "C1", "10.00"));
    assert!(matches!(bank.ledger.last().unwrap().fact, Fact::MessageDecided(_)));
}

#[test]
fn a_budget_is_the_accounts_as_a_journeys_is() {
    let mut bank = bank("budget_yuan = \"0.07\"");
    bank.accepted_order(text_for(PHONE, "一"));
    bank.accepted_order(text_for("13800000002", "一"));
    let ordered = bank.order(text_for("13800000003", "一"));
    assert!(matches!(ordered, Ordered::Blocked { rule: "budget", .. }), "{ordered:?}");
}
