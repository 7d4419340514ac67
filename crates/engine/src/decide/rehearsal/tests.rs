//! A rehearsal against the same thing in earnest.

use super::*;
use crate::perceive::CustomerReport;
use crate::world::load;
use crate::{Input, Output};
use model::{Consent, ConsentState, CustomerId, MessageClass, Phone, Value, Zone};

const JOURNEY: &str = r#"
id = "trial"
version = 1
class = "marketing"
subtype = "offer"
[trigger]
call = true
when = "customer.age >= 18"

[[steps]]
send = "spring-offer"

[[steps]]
wait = "1d"

[[steps]]
branch = [{ when = "customer.risk_level >= 4", to = "people" }]

[[steps]]
send = "spring-offer"

[[steps]]
exit = true

[[steps]]
name = "people"
hand_over = "advice"
what = "call"
timeout = "2d"
otherwise = "late"

[[steps]]
name = "late"
send = "spring-offer"
"#;

fn world(more: &str) -> Arc<World> {
    let files: Vec<(String, String)> = library::files()
        .map(|(path, text)| {
            let own = if path == "institution.toml" { "\ntasks_per_hour.advice = 3\n" } else { "" };
            (path.to_owned(), format!("{text}{own}"))
        })
        .chain([(
            "journeys/trial.toml".to_owned(),
            JOURNEY.replace("[trigger]", &format!("{more}\n[trigger]")),
        )])
        .collect();
    Arc::new(load(&files).unwrap())
}

fn noon() -> Timestamp {
    Zone::SHANGHAI.parse_local("2026-05-06 12:00").unwrap()
}

/// A minor, somebody without consent, and the others by their appetite for risk.
fn customer(n: u64) -> CustomerReport {
    let attributes = [
        ("name", Value::Text("王小明".into())),
        ("age", Value::Int(if n == 0 { 12 } else { 40 })),
        ("risk_level", Value::Int(i64::try_from(n % 5).unwrap() + 1)),
    ];
    let consent = Consent {
        class: MessageClass::Marketing,
        state: ConsentState::Granted,
        at: Timestamp(0),
        until: None,
        evidence: "form".into(),
    };
    CustomerReport {
        profile: crate::entry::Profile {
            id: CustomerId::new(format!("C{n}")),
            phone: Phone::parse(&format!("139{n:08}"), "86").ok(),
            zone: None,
            standing: crate::entry::Standing::Normal,
            attributes: attributes.into_iter().map(|(name, value)| (name.into(), value)).collect(),
        },
        consents: if n == 1 { Vec::new() } else { vec![consent] },
    }
}

fn known(world: &Arc<World>, customers: u64) -> Engine {
    let mut engine = Engine::new(Arc::clone(world));
    let mut out = Output::default();
    engine.publish(noon(), &mut out);
    engine.handle(&Input::Customers((0..customers).map(customer).collect()), noon(), &mut out);
    engine
}

fn rehearsal(world: &Arc<World>) -> Rehearsal {
    let journey = world.journeys.get("trial").unwrap();
    let event = Event { id: "dry-run".into(), kind: "journey/trial".into(), at: noon(), fields: [].into() };
    let wish = Wish { now: noon(), within: Span::days(10), event: Some(Arc::new(event)), instrument: None };
    Rehearsal::new(world, journey, wish).unwrap()
}

fn played(engine: &Engine, rehearsal: &Rehearsal, piece: usize) -> Figures {
    let (mut figures, mut from, mut spent) = (Figures::default(), Some(Subject(0)), None);
    while let Some(start) = from {
        let (cut, next) = Rehearsal::cut(engine.state(), start, piece);
        figures.merge(rehearsal.play(cut, spent));
        spent = rehearsal.is_shared().then_some(figures.spent);
        from = next;
    }
    figures
}

#[test]
fn a_rehearsal_is_what_comes_of_it_in_earnest() {
    let world = world("");
    let engine = known(&world, 42);
    let digest = engine.state().digest();
    let figures = played(&engine, &rehearsal(&world), 10);
    assert_eq!(engine.state().digest(), digest, "nothing is recorded");
    assert_eq!((figures.customers, figures.not_met, figures.entered), (42, 1, 41));
    // Everybody of age gets two: one of them never agreed.
    assert_eq!((figures.messages, figures.to_send), (82, 80), "{figures:?}");
    assert_eq!(figures.blocked.iter().collect::<Vec<_>>(), [(&"consent", &2)]);
    assert_eq!(figures.parts, figures.routes.values().map(Load::total).sum::<u64>());
    let tasks = (0..42).filter(|n| n % 5 >= 3).count() as u64;
    assert_eq!(figures.tasks["advice"].total(), tasks);
    assert_eq!(figures.tasks["advice"].busiest(), Some((noon().after(Span::days(1)), tasks)));
    assert_eq!(figures.left.values().sum::<u64>() + figures.inside, 41);

    // In earnest, on the same stage.
    let mut stage = Stage::new(engine, noon());
    for n in 0..42 {
        let event = crate::perceive::EventReport {
            customer: CustomerId::new(format!("C{n}")),
            event: Arc::new(Event {
                id: format!("E{n}").into(),
                kind: "journey/trial".into(),
                at: noon(),
                fields: [].into(),
            }),
        };
        let input = Input::Enter { journey: "trial".into(), report: event };
        stage.step(|engine, now, out| {
            engine.handle(&input, now, out);
        });
    }
    stage.play_until(noon().after(Span::days(10)));
    let totals = &stage.engine.state().totals.journeys["trial@1"];
    assert_eq!((totals.candidates, totals.decided, totals.parts), (82, 80, figures.parts));
}

#[test]
fn money_is_shared_by_all_pieces() {
    // A part is 0.035 yuan: the budget is for 21 messages of two parts.
    let world = world("budget_yuan = \"1.50\"");
    let engine = known(&world, 42);
    for piece in [5, 42] {
        let figures = played(&engine, &rehearsal(&world), piece);
        assert_eq!(figures.to_send + figures.blocked["budget"], 80, "{figures:?}");
        assert!(figures.cost <= Cost::parse_yuan("1.50").unwrap(), "{figures:?}");
        assert!(figures.cost > Cost::parse_yuan("1.40").unwrap(), "{figures:?}");
    }
}

#[test]
fn the_night_holds_and_is_counted() {
    let world = world("");
    let engine = known(&world, 3);
    let mut rehearsal = rehearsal(&world);
    rehearsal.wish.now = Zone::SHANGHAI.parse_local("2026-05-06 23:00").unwrap();
    let figures = played(&engine, &rehearsal, 10);
    let holds = figures.held["quiet-hours"];
    // The second offer comes on the day of the first, which the cap stops before the night is asked.
    assert_eq!((holds.count, holds.least, holds.most), (1, Span::hours(9), Span::hours(9)), "{holds:?}");
    assert_eq!(figures.blocked["frequency-cap"], 1);
    assert_eq!(figures.waiting, 0);
}

#[test]
fn one_customers_way_is_told_step_by_step() {
    let world = world("");
    let engine = known(&world, 10);
    let of = |n: u64| {
        let customer = engine.state().customer(&CustomerId::new(format!("C{n}"))).unwrap();
        rehearsal(&world).follow(Rehearsal::cut_one(engine.state(), customer))
    };
    let minor = of(0);
    let [Line::Came { asked, entered: false, said, .. }] = &minor[..] else { panic!("{minor:?}") };
    assert!(said.contains("not met"));
    assert_eq!(asked[0].met, Ok(false));
    assert_eq!(asked[0].values, [("customer.age".to_owned(), Some(Value::Int(12)))]);

    let bold = of(4);
    let steps: Vec<(&str, &str)> = bold
        .iter()
        .filter_map(
            |line| if let Line::Stood(stood) = line { Some((&*stood.step, stood.does)) } else { None },
        )
        .collect();
    let does: Vec<&str> = steps.iter().map(|(_, does)| *does).collect();
    assert_eq!(does, ["send", "wait", "branch", "hand_over", "send", "end"]);
    let branch = bold.iter().find_map(|line| match line {
        Line::Stood(stood) if stood.does == "branch" => Some(stood),
        _ => None,
    });
    let branch = branch.unwrap();
    assert_eq!(branch.at, noon().after(Span::days(1)));
    assert_eq!(branch.asked[0].met, Ok(true));
    assert_eq!(branch.asked[0].values, [("customer.risk_level".to_owned(), Some(Value::Int(5)))]);
    // What a step leads to stands behind it.
    let first_send = bold.iter().position(|line| matches!(line, Line::Stood(s) if s.does == "send")).unwrap();
    let decided =
        |line: &Line| matches!(line, Line::Happened(e) if matches!(e.fact, Fact::MessageDecided(_)));
    assert!(decided(&bold[first_send + 1]), "{bold:?}");
}

#[test]
fn what_sets_it_off_must_be_there() {
    let world = world("");
    let journey =
        world.journeys.get("card-payment").or_else(|| world.journeys.get("account-change")).unwrap();
    let wish = Wish { now: noon(), within: Span::days(1), event: None, instrument: None };
    let error = Rehearsal::new(&world, journey, wish).unwrap_err();
    assert!(error.to_string().contains("expected an event"), "{error}");
}
