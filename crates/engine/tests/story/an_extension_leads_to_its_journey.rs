//! Digits behind a route's number belong to a journey: its messages go out under them, and what is answered there reaches it
//! and no other. A broadcast's answers go to the journey that its file names.

use crate::bank::{Bank, kinds, matter, verdicts, world};
use crate::desk::a_route;
use crate::people::{NOTE, customer, happening, known, text};
use engine::entry::{Entry, Fact};
use engine::world::broadcast_from_text;

const NUMBER: &str = "106900001";
const SURVEY: &str = r#"
id = "survey"
version = 1
class = "customer_service"
extension = "81"
[trigger]
event = "due"
[[steps]]
ask = "question"
answer = { number = [1, 5] }
save = "score"
timeout = "1d"
otherwise = "end"
[[steps]]
send = "note"
"#;
const QUESTION: &str = r#"
id = "question"
class = "customer_service"
language = "zh-CN"
parts_max = 1
text = "{{ who }}请您打分，回复1至5。"
[variables]
who = { type = "name", from = "institution.name" }
"#;
/// Hears whatever is written to its own digits.
const CAMPAIGN: &str = r#"
id = "campaign"
version = 1
class = "customer_service"
extension = "820"
[trigger]
inbound = true
[[steps]]
branch = [{ when = "event.text == '1'", to = "yes" }]
otherwise = "no"
[[steps]]
name = "yes"
tag = { joins = true }
[[steps]]
exit = true
[[steps]]
name = "no"
tag = { joins = false }
"#;
/// Hears a word at every number.
const BALANCE: &str = r#"
id = "balance"
version = 1
class = "customer_service"
[trigger]
keywords = ["余额", "1"]
[[steps]]
send = "note"
"#;

fn files() -> Vec<(&'static str, &'static str)> {
    vec![
        ("templates/note.toml", NOTE),
        ("templates/question.toml", QUESTION),
        ("journeys/survey.toml", SURVEY),
        ("journeys/campaign.toml", CAMPAIGN),
        ("journeys/balance.toml", BALANCE),
    ]
}

fn bank() -> Bank {
    let mut bank = Bank::with(&files());
    bank.tell(known([customer("C1", "13800000001")]));
    bank
}

fn write(bank: &mut Bank, extension: &str, text: &str) -> Vec<Entry> {
    bank.hear_at(&format!("{NUMBER}{extension}"), "13800000001", text)
}

/// What is sent because of what was written: the journeys of the messages.
fn journeys(entries: &[Entry]) -> Vec<&str> {
    verdicts(entries).into_iter().map(|entry| &*matter(entry).journey).collect()
}

fn heard_by(entries: &[Entry]) -> Option<&str> {
    entries.iter().find_map(|entry| match &entry.fact {
        Fact::InboundReceived { journey, .. } => journey.as_deref(),
        _ => None,
    })
}

#[test]
fn a_journeys_messages_go_out_under_its_extension_also_after_a_restart() {
    let mut bank = bank();
    bank.tell(happening("E1", "C1", "due", vec![("loan", text("L1"))]));
    bank.restart();
    let sent = bank.send(1);
    assert_eq!(sent[0].extension(), Some("81"));
    bank.accept();
    assert_eq!(bank.message().extension().map(|digits| &**digits), Some("81"));
}

#[test]
fn an_answer_at_the_extension_is_its_own_journeys() {
    let mut bank = bank();
    bank.tell(happening("E1", "C1", "due", vec![("loan", text("L1"))]));
    let elsewhere = write(&mut bank, "820", "4");
    assert_eq!(heard_by(&elsewhere), Some("campaign@1"));
    assert!(!kinds(&elsewhere).contains(&"journey_moved"), "a question of another journey is not answered");
    let entries = write(&mut bank, "81", "4");
    assert_eq!(heard_by(&entries), Some("survey@1"));
    assert_eq!(bank.customer("C1").tags.get("score"), Some(&model::Value::Int(4)));
}

#[test]
fn an_answer_to_the_bare_number_is_still_an_answer() {
    let mut bank = bank();
    bank.tell(happening("E1", "C1", "due", vec![("loan", text("L1"))]));
    let entries = write(&mut bank, "", "5");
    assert_eq!(heard_by(&entries), None);
    assert_eq!(bank.customer("C1").tags.get("score"), Some(&model::Value::Int(5)));
}

#[test]
fn whatever_is_written_to_a_journeys_number_sets_it_off_with_the_words_at_hand() {
    let mut bank = bank();
    let entries = write(&mut bank, "820", "1");
    assert_eq!(bank.customer("C1").tags.get("joins"), Some(&model::Value::Bool(true)));
    assert_eq!(journeys(&entries), [] as [&str; 0], "the word of another journey was meant for this one");
    write(&mut bank, "8207", "不了");
    assert_eq!(bank.customer("C1").tags.get("joins"), Some(&model::Value::Bool(false)), "digits may follow");
}

#[test]
fn words_for_everybody_are_heard_where_they_mean_nothing_to_the_journey() {
    let mut bank = bank();
    assert_eq!(journeys(&write(&mut bank, "", "余额")), ["balance@1"]);
    assert_eq!(journeys(&write(&mut bank, "81", "余额")), ["balance@1"]);
    assert_eq!(journeys(&write(&mut bank, "820", "余额")), [] as [&str; 0]);
}

#[test]
fn a_refusal_counts_at_every_extension() {
    let mut bank = bank();
    assert!(kinds(&write(&mut bank, "81", "TD")).contains(&"suppression_recorded"));
}

#[test]
fn the_carrier_is_asked_about_the_number_that_was_used() {
    let route = a_route("demo", 1, "").replace("[smpp]", "[smpp]\nqueries = true");
    let mut files = files();
    files.push(("routes/demo.toml", &route));
    let mut bank = Bank::with(&files);
    bank.tell(known([customer("C1", "13800000001")]));
    bank.tell(happening("E1", "C1", "due", vec![("loan", text("L1"))]));
    bank.send(1);
    bank.accept();
    bank.at("2026-05-10 10:00");
    bank.work();
    let [(_, extension)] = &bank.questions[..] else { panic!("{:?}", bank.questions) };
    assert_eq!(extension.as_deref(), Some("81"));
}

const OFFER: &str = r#"
id = "spring"
class = "customer_service"
template = "question"
replies_to = "campaign"
"#;

#[test]
fn a_broadcasts_answers_go_to_the_journey_it_names() {
    let mut bank = bank();
    bank.launch(OFFER);
    bank.work();
    assert_eq!(bank.send(1)[0].extension(), Some("820"));
}

/// The mistakes of the files with one of them changed, or another beside them.
fn mistakes(path: &str, source: &str) -> String {
    let mut files: Vec<(&str, &str)> = files();
    files.retain(|(known, _)| *known != path);
    files.push((path, source));
    crate::bank::mistakes(&files)
}

#[test]
fn an_extension_has_one_owner_and_a_number_to_follow() {
    let taken = mistakes("journeys/balance.toml", &SURVEY.replace("\"survey\"", "\"balance\""));
    assert!(taken.contains("expected digits of its own, found \"81\", which the journey"), "{taken}");
    let account = mistakes("accounts/core.toml", &crate::desk::account("extension = \"81\""));
    assert!(account.contains("found \"81\", which the account core has"), "{account}");
    let words = mistakes("journeys/survey.toml", &SURVEY.replace("\"81\"", "\"8x\""));
    assert!(words.contains("expected 1 to 12 digits, found \"8x\""), "{words}");
    let nowhere = mistakes("journeys/campaign.toml", &CAMPAIGN.replace("extension = \"820\"\n", ""));
    assert!(nowhere.contains("expected an extension that somebody could write to, found none"), "{nowhere}");
    let name = mistakes("routes/demo.toml", &a_route("demo", 1, "").replace(NUMBER, "HONGYAN"));
    assert!(name.contains("expected a route for customer_service whose number \"81\" can follow"), "{name}");
    let version = mistakes("journeys/survey-2.toml", &SURVEY.replace("version = 1", "version = 2"));
    assert_eq!(version, "", "versions of a journey share their digits");
}

#[test]
fn a_broadcast_names_a_journey_that_can_be_written_to() {
    let world = world(&files());
    let mistake = |name: &str| {
        let source = OFFER.replace("campaign", name);
        broadcast_from_text(&world, "broadcasts/spring.toml", &source).unwrap_err()[0].to_string()
    };
    assert!(mistake("nobody").contains("expected a journey, found \"nobody\", which is none"));
    assert!(mistake("balance").contains("expected a journey with an extension, found \"balance\""));
}
