//! Journeys that wait for somebody: for several events, for a customer's answer, for a system's, for people's. Whatever is said
//! twice leads on once, and after a restart everything is where it was.

use crate::bank::{Bank, kinds, matter, time, verdicts};
use crate::people::{NOTE, customer, happening, known, text};
use engine::entry::{Entry, Fact, Left, Open};
use engine::{Input, Reply, Return};
use model::{Fields, Value};

const HOOK: &str = "id = \"points\"\nurl = \"https://points.example\"\nsecret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\n";
const QUESTION: &str = r#"
id = "question"
class = "customer_service"
language = "zh-CN"
parts_max = 1
text = "{{ who }}请您打分，回复1至5。"
[variables]
who = { type = "name", from = "institution.name" }
"#;
const THANKS: &str = r#"
id = "thanks"
class = "customer_service"
language = "zh-CN"
parts_max = 1
text = "{{ who }}谢谢，已收到：{{ answer }}。"
[variables]
who = { type = "name", from = "institution.name" }
answer = { type = "int", from = "got.answer" }
"#;

fn bank(steps: &str) -> Bank {
    let journey =
        format!("id = \"j\"\nversion = 1\nclass = \"customer_service\"\n[trigger]\nevent = \"due\"\n{steps}");
    let mut bank = Bank::with(&[
        ("templates/note.toml", NOTE),
        ("templates/question.toml", QUESTION),
        ("templates/again.toml", &QUESTION.replace("\"question\"", "\"again\"")),
        ("templates/thanks.toml", THANKS),
        ("hooks/points.toml", HOOK),
        ("journeys/j.toml", &journey),
    ]);
    bank.tell(known([customer("C1", "13800000001")]));
    bank
}

fn happens(bank: &mut Bank, id: &str, kind: &str) -> Vec<&'static str> {
    kinds(&bank.tell(happening(id, "C1", kind, vec![("loan", text(id))])))
}

fn how_left(entries: &[Entry]) -> Option<Left> {
    entries.iter().find_map(|entry| match &entry.fact {
        Fact::JourneyLeft { how, .. } => Some(*how),
        _ => None,
    })
}

fn open(bank: &Bank) -> Open {
    bank.customer("C1").passages.values().next().unwrap().stay.open.clone()
}

fn templates(entries: &[Entry]) -> Vec<String> {
    verdicts(entries).into_iter().map(|entry| matter(entry).template.to_string()).collect()
}

const JOIN: &str = r#"
[[steps]]
wait_for_all = [{ event = "signed" }, { event = "paid", when = "got.loan == 'P1'" }]
timeout = "2d"
otherwise = "late"
[[steps]]
send = "note"
[[steps]]
goal = true
[[steps]]
name = "late"
exit = true
"#;

#[test]
fn several_events_are_waited_for_in_whatever_order_each_once() {
    let mut bank = bank(JOIN);
    happens(&mut bank, "E1", "due");
    assert_eq!(happens(&mut bank, "P1", "paid"), ["event_accepted", "journey_moved"]);
    assert_eq!(happens(&mut bank, "P2", "paid"), ["event_accepted"]);
    bank.restart();
    assert_eq!(open(&bank), Open::Heard(vec![1]));
    let entries = bank.tell(happening("S1", "C1", "signed", vec![]));
    assert_eq!(kinds(&entries), ["event_accepted", "message_decided", "journey_left"]);
    assert_eq!(how_left(&entries), Some(Left::Goal));
}

#[test]
fn the_first_of_several_may_do_and_silence_leads_elsewhere() {
    let mut bank = self::bank(&JOIN.replace("wait_for_all", "wait_for_any"));
    happens(&mut bank, "E1", "due");
    assert_eq!(happens(&mut bank, "S1", "signed"), ["event_accepted", "message_decided", "journey_left"]);
    let mut bank = self::bank(JOIN);
    happens(&mut bank, "E1", "due");
    happens(&mut bank, "S1", "signed");
    bank.at("2026-05-08 10:00");
    assert_eq!(how_left(&bank.work()), Some(Left::Exited));
}

const ASK: &str = r#"
[[steps]]
ask = "question"
again = "again"
answer = { number = [1, 5] }
save = "score"
timeout = "1d"
otherwise = "none"
[[steps]]
send = "thanks"
[[steps]]
exit = true
[[steps]]
name = "none"
tag = { unanswered = true }
"#;

#[test]
fn an_answer_is_noted_and_leads_on_and_what_cannot_be_read_is_asked_once_more() {
    let mut bank = bank(ASK);
    assert_eq!(happens(&mut bank, "E1", "due"), ["event_accepted", "message_decided", "journey_entered"]);
    bank.restart();
    let entries = bank.hear("13800000001", "很好");
    assert_eq!(kinds(&entries), ["inbound_received", "message_decided", "journey_moved"]);
    assert_eq!(templates(&entries), ["again"]);
    bank.restart();
    let entries = bank.hear("13800000001", "４分");
    assert_eq!(kinds(&entries), ["inbound_received", "customer_tagged", "message_decided", "journey_left"]);
    assert_eq!(bank.customer("C1").tags.get("score"), Some(&Value::Int(4)));
    let Fact::MessageDecided(decided) = &entries[2].fact else { panic!() };
    assert!(decided.text.reveal().contains("已收到：4"), "{}", decided.text.reveal());
    assert_eq!(kinds(&bank.hear("13800000001", "5")), ["inbound_received"], "nothing is open any more");
}

#[test]
fn a_second_answer_that_cannot_be_read_and_silence_count_as_none() {
    let mut bank = self::bank(ASK);
    happens(&mut bank, "E1", "due");
    bank.hear("13800000001", "很好");
    let entries = bank.hear("13800000001", "真的很好");
    assert_eq!(kinds(&entries), ["inbound_received", "customer_tagged", "journey_left"]);
    assert_eq!(bank.customer("C1").tags.get("unanswered"), Some(&Value::Bool(true)));
    let mut bank = self::bank(ASK);
    happens(&mut bank, "E1", "due");
    bank.at("2026-05-07 10:00");
    bank.work();
    assert_eq!(bank.customer("C1").tags.get("unanswered"), Some(&Value::Bool(true)));
}

#[test]
fn a_refusal_is_never_an_answer_and_a_question_that_is_stopped_is_not_waited_for() {
    let mut bank = self::bank(&ASK.replace("{ number = [1, 5] }", "\"text\""));
    happens(&mut bank, "E1", "due");
    let entries = bank.hear("13800000001", "TD");
    assert!(kinds(&entries).contains(&"suppression_recorded"));
    assert!(bank.customer("C1").tags.is_empty());
    assert!(matches!(open(&bank), Open::Question(_)));
    // All is refused: the next question is blocked, and nobody waits for its answer.
    bank.hear("13800000001", "TDQB");
    let entries = bank.tell(happening("E2", "C1", "due", vec![]));
    let stopped = kinds(&entries);
    assert!(stopped.contains(&"message_blocked") || stopped.contains(&"message_decided"), "{stopped:?}");
    if stopped.contains(&"message_blocked") {
        assert_eq!(bank.customer("C1").passages.len(), 1);
    }
}

#[test]
fn the_newest_of_several_questions_is_answered() {
    let mut bank = bank(ASK);
    happens(&mut bank, "E1", "due");
    bank.at("2026-05-06 11:00");
    happens(&mut bank, "E2", "due");
    let before: Vec<u64> = bank.customer("C1").passages.keys().copied().collect();
    bank.hear("13800000001", "5");
    let after: Vec<u64> = bank.customer("C1").passages.keys().copied().collect();
    assert_eq!(after, before[..1]);
}

const CALL: &str = r#"
[[steps]]
webhook = "points"
with = { loan = "event.loan", city = "customer.city", nothing = "tag.nothing" }
timeout = "10m"
otherwise = "none"
[[steps]]
branch = [{ when = "got.points > 100", to = "end" }]
[[steps]]
send = "note"
[[steps]]
exit = true
[[steps]]
name = "none"
tag = { unanswered = true }
"#;

fn returned(of: u64, is_done: bool, points: i64) -> Return {
    Return { of, is_done, fields: Fields::from([("points".into(), Value::Int(points))]) }
}

#[test]
fn a_system_is_called_after_the_entry_is_durable_and_its_first_answer_counts() {
    let mut bank = bank(CALL);
    happens(&mut bank, "E1", "due");
    let [at] = bank.calls[..] else { panic!("{:?}", bank.calls) };
    bank.restart();
    let calls: Vec<_> = bank.engine.calls(0).collect();
    assert_eq!(calls.len(), 1, "it is made again after a restart, under the same name");
    assert_eq!((calls[0].at, &*calls[0].hook, &*calls[0].step), (at, "points", "1"));
    let names: Vec<&str> = calls[0].values.keys().map(|name| &**name).collect();
    assert_eq!(names, ["city", "loan"]);
    let entries = bank.tell(Input::CallReturned(returned(at, true, 7)));
    assert_eq!(kinds(&entries), ["call_answered", "message_decided", "journey_left"]);
    assert_eq!(bank.reply, Reply::Returned(true));
    assert!(bank.tell(Input::CallReturned(returned(at, true, 7))).is_empty());
    assert_eq!(bank.reply, Reply::Returned(false));
    bank.restart();
    assert_eq!(bank.engine.calls(0).count(), 0);
}

#[test]
fn a_system_that_fails_or_is_silent_leads_elsewhere() {
    let mut bank = self::bank(CALL);
    happens(&mut bank, "E1", "due");
    let at = bank.calls[0];
    let entries = bank.tell(Input::CallReturned(returned(at, false, 0)));
    assert_eq!(kinds(&entries), ["call_answered", "customer_tagged", "journey_left"]);
    let mut bank = self::bank(CALL);
    happens(&mut bank, "E1", "due");
    let at = bank.calls[0];
    bank.at("2026-05-06 10:10");
    assert_eq!(kinds(&bank.work()), ["customer_tagged", "journey_left"]);
    assert!(bank.tell(Input::CallReturned(returned(at, true, 500))).is_empty(), "too late");
}

const HAND_OVER: &str = r#"
[[exits]]
event = "paid"
[[steps]]
hand_over = "collections"
what = "打电话商量还款"
timeout = "3d"
otherwise = "none"
[[steps]]
branch = [{ when = "got.promised", to = "end" }]
[[steps]]
name = "none"
send = "note"
"#;

fn done(of: u64, is_done: bool, promised: bool) -> Input {
    let fields = Fields::from([("promised".into(), Value::Bool(promised))]);
    Input::TaskReturned(Return { of, is_done, fields })
}

#[test]
fn what_is_handed_over_stands_in_a_list_until_people_have_done_it() {
    let mut bank = bank(HAND_OVER);
    assert_eq!(happens(&mut bank, "E1", "due"), ["event_accepted", "task_opened", "journey_entered"]);
    bank.restart();
    let tasks: Vec<_> = bank.engine.state().tasks.iter().map(|(at, task)| (*at, task.clone())).collect();
    let [(at, task)] = &tasks[..] else { panic!("{tasks:?}") };
    assert_eq!((&*task.opened.queue, &*task.opened.what), ("collections", "打电话商量还款"));
    assert_eq!(task.opened.due, time("2026-05-09 10:00"));
    assert_eq!(kinds(&bank.tell(done(*at, true, true))), ["task_closed", "journey_left"]);
    assert!(bank.tell(done(*at, true, true)).is_empty());
    assert!(bank.engine.state().tasks.is_empty());
}

#[test]
fn what_people_cannot_do_or_nobody_waits_for_leaves_the_list() {
    let mut bank = self::bank(HAND_OVER);
    happens(&mut bank, "E1", "due");
    let at = *bank.engine.state().tasks.keys().next().unwrap();
    assert_eq!(kinds(&bank.tell(done(at, false, true))), ["task_closed", "message_decided", "journey_left"]);
    for (event, at) in [(Some("paid"), "2026-05-06 10:00"), (None, "2026-05-09 10:00")] {
        let mut bank = self::bank(HAND_OVER);
        happens(&mut bank, "E1", "due");
        bank.at(at);
        match event {
            Some(event) => drop(happens(&mut bank, "E2", event)),
            None => drop(bank.work()),
        }
        assert!(bank.engine.state().tasks.is_empty(), "{event:?}");
    }
    let mut bank = self::bank(HAND_OVER);
    happens(&mut bank, "E1", "due");
    bank.erase("C1");
    assert!(bank.engine.state().tasks.is_empty());
}
