//! Consent: asked for where the law asks, respected where it does not, and its evidence named.

use crate::bank::{Bank, finding, last_word, matter, verdict, verdicts};
use crate::people::{customer, grant, known, offer_to_all, saying, transaction, willing, withdrawal};
use engine::decide::Verdict;
use engine::entry::Fact;
use model::{Consent, ConsentState, MessageClass};

const MARKETING: MessageClass = MessageClass::Marketing;

/// The verdict about an offer to a customer who has said this.
fn offered(said: &[Consent]) -> (Bank, engine::entry::Entry) {
    let mut bank = Bank::open();
    let report = said.iter().cloned().fold(customer("C1", "13800000001"), saying);
    bank.tell(known([report]));
    bank.launch(&offer_to_all("b1"));
    let entry = verdict(&bank.work()).clone();
    (bank, entry)
}

#[test]
fn without_consent_nothing_is_offered() {
    let (_bank, entry) = offered(&[]);
    assert_eq!(last_word(&entry).0, "consent");
    assert!(last_word(&entry).1.ends_with("no consent"), "{:?}", last_word(&entry));
}

#[test]
fn a_grant_lets_pass_and_its_evidence_is_named() {
    let (bank, entry) = offered(&[grant(MARKETING, "2026-01-01", "form-1")]);
    let finding = finding(&entry, "consent");
    assert_eq!(finding.verdict, Verdict::Pass);
    assert!(finding.detail.contains("evidence form-1"), "{finding:?}");
    let set = bank.world.pack.consent.iter().find(|set| finding.detail.starts_with(&format!("{}:", set.id)));
    assert_eq!(set.map(|set| set.revision > 0), Some(true), "{finding:?}");
    assert!(finding.revision > 0, "a law's revision is named");
}

#[test]
fn a_withdrawal_stops_it_and_is_named() {
    let said = [grant(MARKETING, "2026-01-01", "form-1"), withdrawal(MARKETING, "2026-03-01", "call-2")];
    let (_bank, entry) = offered(&said);
    assert_eq!(last_word(&entry).0, "consent");
    assert!(last_word(&entry).1.ends_with("refused, evidence call-2"), "{:?}", last_word(&entry));
}

#[test]
fn what_was_said_is_ordered_by_when_not_by_arrival() {
    let said = [withdrawal(MARKETING, "2026-03-01", "call-2"), grant(MARKETING, "2026-01-01", "form-1")];
    assert_eq!(last_word(&offered(&said).1).0, "consent");
}

#[test]
fn consent_for_a_time_ends_with_it() {
    let until = |until: &str| Consent {
        until: Some(crate::bank::time(until)),
        ..grant(MARKETING, "2026-01-01", "form-1")
    };
    assert!(last_word(&offered(&[until("2026-05-06 10:00")]).1).1.ends_with("no consent"));
    assert!(matches!(offered(&[until("2026-05-06 10:00:00.001")]).1.fact, Fact::MessageDecided(_)));
}

#[test]
fn consent_of_tomorrow_is_no_consent_today() {
    let (_bank, entry) = offered(&[grant(MARKETING, "2026-05-07", "form-1")]);
    assert!(last_word(&entry).1.ends_with("no consent"));
}

#[test]
fn consent_to_one_class_says_nothing_of_another() {
    let (_bank, entry) = offered(&[grant(MessageClass::TechnicalSupport, "2026-01-01", "form-1")]);
    assert!(last_word(&entry).1.ends_with("no consent"));
}

#[test]
fn service_needs_no_consent_but_a_refusal_is_respected() {
    let mut bank = Bank::open();
    bank.tell(known([
        customer("C1", "13800000001"),
        saying(
            customer("C2", "13800000002"),
            withdrawal(MessageClass::CustomerService, "2026-03-01", "call-2"),
        ),
    ]));
    let entries = bank.tell(transaction("E1", "C1", "10.00"));
    assert!(matches!(verdict(&entries).fact, Fact::MessageDecided(_)));
    let entries = bank.tell(transaction("E1", "C2", "10.00"));
    assert_eq!(last_word(verdict(&entries)).0, "consent");
    let entries = bank.tell(crate::people::code("E2", "C2"));
    assert!(matches!(verdict(&entries).fact, Fact::MessageDecided(_)), "a code cannot be refused");
}

#[test]
fn consent_withdrawn_during_a_hold_blocks_at_its_release() {
    let mut bank = Bank::open();
    bank.tell(known([willing(customer("C1", "13800000001"))]));
    bank.at("2026-05-06 23:00").launch(&offer_to_all("b1"));
    let held = verdict(&bank.work()).clone();
    let Fact::MessageHeld(held) = &held.fact else { panic!("{held:?}") };
    assert_eq!(held.until, crate::bank::time("2026-05-07 08:00"));
    let refused = withdrawal(MARKETING, "2026-05-07 07:00", "app-3");
    bank.at("2026-05-07 07:00").tell(known([saying(willing(customer("C1", "13800000001")), refused)]));
    let entries = bank.at("2026-05-07 08:00").work();
    assert_eq!(last_word(verdict(&entries)).0, "consent");
    assert_eq!(matter(verdict(&entries)).message, held.matter.message);
    assert!(bank.send(10).is_empty());
}

#[test]
fn whether_there_was_consent_at_a_moment_can_be_asked_years_later() {
    let state = |report: &Bank, at: &str| {
        let customer = report.customer("C1");
        model::consent_at(&customer.consents, MARKETING, crate::bank::time(at)).map(|c| c.state)
    };
    let said = [grant(MARKETING, "2026-01-01", "form-1"), withdrawal(MARKETING, "2026-03-01", "call-2")];
    let (bank, _) = offered(&said);
    assert_eq!(state(&bank, "2025-12-31"), None);
    assert_eq!(state(&bank, "2026-02-28"), Some(ConsentState::Granted));
    assert_eq!(state(&bank, "2026-03-02"), Some(ConsentState::Withdrawn));
    assert_eq!(verdicts(&bank.ledger).len(), 1);
}

#[test]
fn consent_withdrawn_while_the_message_waits_in_its_lane_stops_it() {
    let mut bank = Bank::open();
    bank.tell(known([willing(customer("C1", "13800000001"))]));
    bank.launch(&offer_to_all("b1"));
    bank.work();
    let refused = withdrawal(MARKETING, "2026-05-06 10:01", "app-3");
    bank.at("2026-05-06 10:01").tell(known([saying(willing(customer("C1", "13800000001")), refused)]));
    assert!(bank.at("2026-05-06 10:02").send(10).is_empty(), "what a customer took back wins (L5)");
    assert_eq!(last_word(bank.ledger.last().unwrap()).0, "consent");
    assert_eq!(bank.engine.state().totals.revoked, 1);
}
