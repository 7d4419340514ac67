//! Tracked links: each message has its own short address, a person's click counts once, machines and floods are told apart, and what
//! was recorded is the same after a restart and an erasure. And the goals of broadcasts, which a click may be.

use crate::bank::{Bank, kinds};
use crate::people::{NOTE, crowd, customer, happening, known, offer, willing, yuan};
use engine::converse::Short;
use engine::entry::{Entry, Fact, Follower};
use engine::measure::click::Click;
use engine::{Input, Reply};
use model::{MessageClass, MessageId, Span, Timestamp};

const LINKS: &str = "url = \"https://hy.example/l\"\n";
const TEMPLATE: &str = r#"
id = "look"
class = "marketing"
subtype = "offer"
language = "zh-CN"
parts_max = 1
text = "活动见 {{ link }} 。拒收请回复R"
[variables]
link = { type = "link", to = "spring-offer" }
"#;
const JOURNEY: &str = r#"
id = "look"
version = 1
class = "marketing"
subtype = "offer"
[trigger]
event = "asked"
[goal]
event = "link_clicked"
within = "2d"
[[steps]]
send = "look"
"#;

fn bank(more: &[(&str, &str)]) -> Bank {
    let files =
        [&[("links.toml", LINKS), ("templates/look.toml", TEMPLATE), ("journeys/look.toml", JOURNEY)], more]
            .concat();
    let mut bank = Bank::with(&files);
    bank.tell(known([willing(customer("C1", "13800000001"))]));
    bank
}

/// The short address of the message that somebody gets who asks.
fn asks(bank: &mut Bank) -> Short {
    let id = format!("asked-{}", bank.ledger.len());
    bank.tell(happening(&id, "C1", "asked", Vec::new()));
    bank.work();
    address(bank, "https://hy.example/l/")
}

/// Where the address leads that stands in the last text.
fn address(bank: &Bank, prefix: &str) -> Short {
    let text = bank.ledger.iter().rev().find_map(|entry| match &entry.fact {
        Fact::MessageDecided(decided) => Some(decided.text.reveal()),
        _ => None,
    });
    let text = text.expect("a message");
    let at = text.find(prefix).unwrap_or_else(|| panic!("no address in {text:?}")) + prefix.len();
    let key = bank.world.links.as_ref().unwrap();
    key.open_short(&text[at..at + 15]).unwrap_or_else(|| panic!("{text:?} opens nothing"))
}

fn follows(bank: &mut Bank, short: Short, machine: Option<Follower>) -> Vec<Entry> {
    let Short { message, target } = short;
    let (subject, class) = (model::Subject(1), MessageClass::Marketing);
    let click = Click { message, target, subject, class, journey: "look@1".into(), machine };
    bank.tell(Input::Click(click))
}

fn by(entries: &[Entry]) -> Option<Follower> {
    entries.iter().find_map(|entry| match &entry.fact {
        Fact::LinkClicked(clicked) => Some(clicked.by),
        _ => None,
    })
}

fn later(bank: &mut Bank, span: Span) {
    bank.now = bank.now.after(span);
}

#[test]
fn a_person_counts_once_in_half_an_hour_and_not_before_anybody_could_read() {
    let mut bank = bank(&[]);
    let short = asks(&mut bank);
    let target = &bank.world.targets.numbered(short.target).unwrap().id;
    assert_eq!(&**target, "spring-offer");
    let entries = follows(&mut bank, short, None);
    assert_eq!(by(&entries), Some(Follower::Early));
    assert_eq!(kinds(&entries), ["link_clicked"], "no goal of a machine's");
    later(&mut bank, Span::seconds(2));
    let entries = follows(&mut bank, short, None);
    assert_eq!(
        (by(&entries), kinds(&entries)),
        (Some(Follower::Human), vec!["link_clicked", "goal_reached"])
    );
    later(&mut bank, Span::seconds(1_799));
    bank.restart();
    assert_eq!(by(&follows(&mut bank, short, None)), Some(Follower::Repeat));
    later(&mut bank, Span::seconds(1));
    assert_eq!(by(&follows(&mut bank, short, None)), Some(Follower::Human), "half an hour since it counted");
    assert_eq!(by(&follows(&mut bank, short, Some(Follower::Preview))), Some(Follower::Preview));
    let totals = bank.engine.state().totals.clone();
    let of = |by| totals.clicked(by);
    assert_eq!((of(Follower::Human), of(Follower::Repeat), of(Follower::Early)), (2, 1, 1));
    assert_eq!(totals.journeys["look@1"].clicks, 2);
}

#[test]
fn each_message_has_an_address_of_its_own_and_a_goal_is_credited_to_the_one_that_was_followed() {
    let mut bank = bank(&[]);
    let first = asks(&mut bank);
    later(&mut bank, Span::seconds(90_000));
    let second = asks(&mut bank);
    assert_ne!(first.message, second.message);
    assert_eq!(first.target, second.target);
    later(&mut bank, Span::seconds(60));
    let credited = |entries: &[Entry]| {
        entries.iter().find_map(|entry| match &entry.fact {
            Fact::GoalReached { message, .. } => Some(*message),
            _ => None,
        })
    };
    assert_eq!(credited(&follows(&mut bank, first, None)), Some(first.message));
    assert_eq!(credited(&follows(&mut bank, second, None)), Some(second.message));
}

#[test]
fn a_flood_fills_no_ledger() {
    let mut bank = bank(&[]);
    let short = asks(&mut bank);
    let recorded = |bank: &mut Bank, start: Timestamp| {
        (0..1_000)
            .filter(|n| {
                bank.now = start.after(Span::seconds(n % 1_700));
                follows(bank, short, Some(Follower::Preview).filter(|_| n % 2 == 0));
                bank.reply == Reply::Clicked(true)
            })
            .count()
    };
    let start = bank.now.after(Span::seconds(60));
    assert_eq!(recorded(&mut bank, start), 6);
    assert_eq!(recorded(&mut bank, start.after(Span::seconds(3_600))), 6, "and as many an hour later");
}

#[test]
fn what_an_erased_customer_follows_is_not_recorded_and_what_was_stays_counted() {
    let mut bank = bank(&[]);
    let short = asks(&mut bank);
    later(&mut bank, Span::seconds(60));
    follows(&mut bank, short, None);
    let before = bank.engine.state().totals.clicks.clone();
    bank.erase("C1");
    assert_eq!(follows(&mut bank, short, None), []);
    assert_eq!(bank.reply, Reply::Clicked(false));
    bank.restart();
    assert_eq!(bank.engine.state().totals.clicks, before);
}

#[test]
fn without_an_address_of_the_institutions_own_the_target_stands_in_the_text() {
    let mut bank = Bank::with(&[("templates/look.toml", TEMPLATE), ("journeys/look.toml", JOURNEY)]);
    bank.tell(known([willing(customer("C1", "13800000001"))]));
    bank.tell(happening("asked", "C1", "asked", Vec::new()));
    let Some(Fact::MessageDecided(decided)) = bank.ledger.last().map(|entry| &entry.fact) else {
        panic!("{:?}", kinds(&bank.ledger));
    };
    let text = decided.text.reveal();
    assert!(text.contains("活动见 https://m.bank.example/spring 。"), "{text}");
}

#[test]
fn a_target_that_is_over_is_not_sent_out_any_more() {
    let over = "id = \"spring-offer\"\nnumber = 7\nurl = \"https://m.bank.example/spring\"\nuntil = \"2026-05-05\"\n";
    let mut bank = bank(&[("targets/spring-offer.toml", over)]);
    bank.tell(happening("asked", "C1", "asked", Vec::new()));
    let Some(Fact::MessageBlocked(blocked)) = bank.ledger.last().map(|entry| &entry.fact) else {
        panic!("{:?}", kinds(&bank.ledger));
    };
    let finding = blocked.matter.findings.last().unwrap();
    assert_eq!(finding.rule.id(), "lint");
    assert!(finding.detail.contains("was until 2026-05-05"), "{}", finding.detail);
}

#[test]
fn a_route_that_has_not_filed_the_short_address_does_not_carry_it() {
    let shipped = library::file("routes/demo.toml").unwrap();
    for (filed, goes) in [("hy.example", true), ("bank.example", false)] {
        let route = shipped.replace("[smpp]", &format!("links = [\"{filed}\"]\n[smpp]"));
        let mut bank = bank(&[("routes/demo.toml", &route)]);
        bank.tell(happening("asked", "C1", "asked", Vec::new()));
        let last = bank.ledger.last().unwrap();
        assert_eq!(matches!(last.fact, Fact::MessageDecided(_)), goes, "{filed}: {:?}", last.fact.kind());
        if !goes {
            let (rule, said) = crate::bank::last_word(last);
            assert!(rule == "route" && said.contains("hy.example"), "{rule}: {said}");
        }
    }
}

#[test]
fn a_broadcasts_goal_is_credited_once_to_the_youngest_of_its_messages() {
    const GOAL: &str = "[goal]\nevent = \"bought\"\nvalue = \"amount\"\nwithin = \"2d\"";
    let mut bank = Bank::with(&[("templates/note.toml", NOTE)]);
    bank.tell(known(crowd(2)));
    bank.launch(&offer("b1", "true", GOAL));
    bank.work();
    let buys = |bank: &mut Bank, id: &str, who: &str| {
        let entries = bank.tell(happening(id, who, "bought", vec![("amount", yuan("12.50"))]));
        entries.iter().find_map(|entry| match &entry.fact {
            Fact::GoalReached { message, journey, value, .. } => {
                Some((*message, journey.to_string(), *value))
            }
            _ => None,
        })
    };
    let (message, journey, value) = buys(&mut bank, "e1", "C1").expect("a goal");
    assert!(journey.starts_with("b1@") && value == 1_250, "{journey} {value}");
    bank.restart();
    assert_eq!(buys(&mut bank, "e2", "C1"), None, "credited before");
    // The same campaign again, from another file: only the younger message is credited.
    bank.at("2026-05-07 10:00");
    bank.launch(&offer("b1", "true", &format!("{GOAL}\n# again")));
    bank.work();
    let (second, _, _) = buys(&mut bank, "e3", "C2").expect("a goal");
    assert!(second > message && second != MessageId(0));
    bank.at("2026-05-09 10:01");
    assert_eq!(buys(&mut bank, "e4", "C1"), None, "two days have passed");
}
