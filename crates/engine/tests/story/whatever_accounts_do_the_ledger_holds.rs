//! Random days with accounts: orders, repetitions, cancellations, switches, settlements, routes that go and come, plans.
//! Whatever is told in whatever order, the audit holds (see [`crate::audit`]); budgets and keys are counted anew here.

use crate::bank::{Bank, accepted, refusal, remote, world};
use crate::desk::{ACCOUNT, a_route, account, as_offer, by_plan, keyed, template_for, text_for};
use crate::people::{customer, having, known, text, willing};
use engine::Input;
use engine::decide::{OrderError, Ordered};
use engine::deliver::{Again, Answer, Report};
use engine::entry::{Fact, ReceiptState, Scope, Settled, SwitchState};
use engine::state::Health;
use engine::world::World;
use model::{AccountId, Cost, MessageId, RouteId, Span};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

const BUDGET: &str = "0.5";
const ROUTES: [&str; 3] = ["demo", "b", "app"];
const SCOPES: [&str; 6] =
    ["all", "class:marketing", "channel:push", "route:b", "account:core", "channel:sms"];

static WORLD: LazyLock<Arc<World>> = LazyLock::new(|| {
    let institution = library::files().find(|(path, _)| *path == "institution.toml").expect("shipped").1;
    let app = a_route("app", 1, "channel = \"push\"").replace("\"0.035\"", "\"0.001\"");
    let (head, _) = app.split_once("[smpp]").expect("a link");
    world(&[
        ("institution.toml", &format!("{institution}\n[contacts]\npush = \"token\"\n")),
        (
            ACCOUNT,
            &account(&format!("consent = \"asserted\"\nextension = \"12\"\nbudget_yuan = \"{BUDGET}\"")),
        ),
        ("routes/b.toml", &a_route("b", 1, "daily_parts = 6\nfailover_after = \"10s\"")),
        ("routes/app.toml", &format!("{head}[provider]\nkind = \"fake\"\n")),
    ])
});

/// Something that happens.
#[derive(Debug, Clone)]
enum Deed {
    Order { who: u8, kind: u8, key: u8 },
    Cancel { pick: usize },
    Switch { scope: usize, state: u8 },
    Settle { how: u8, count: usize },
    Health { route: usize, how: u8 },
    Credit { route: usize, parts: u32 },
    Answer { pick: usize, how: u8 },
    Receipt { pick: usize, state: u8 },
    Write { who: u8, extension: bool },
    Erase { who: u8 },
    Wait { minutes: i64 },
    Work,
    Crash,
}

fn deed() -> impl Strategy<Value = Deed> {
    let (who, pick) = (|| 0..4_u8, || any::<usize>());
    prop_oneof![
        8 => (who(), 0..6_u8, 0..12_u8).prop_map(|(who, kind, key)| Deed::Order { who, kind, key }),
        2 => pick().prop_map(|pick| Deed::Cancel { pick }),
        1 => (0..SCOPES.len(), 0..5_u8).prop_map(|(scope, state)| Deed::Switch { scope, state }),
        2 => (0..4_u8, 1..6_usize).prop_map(|(how, count)| Deed::Settle { how, count }),
        2 => (0..ROUTES.len(), 0..4_u8).prop_map(|(route, how)| Deed::Health { route, how }),
        5 => (0..ROUTES.len(), 1..6_u32).prop_map(|(route, parts)| Deed::Credit { route, parts }),
        8 => (pick(), 0..9_u8).prop_map(|(pick, how)| Deed::Answer { pick, how }),
        6 => (pick(), 0..4_u8).prop_map(|(pick, state)| Deed::Receipt { pick, state }),
        1 => (who(), any::<bool>()).prop_map(|(who, extension)| Deed::Write { who, extension }),
        1 => who().prop_map(|who| Deed::Erase { who }),
        3 => (1..200_i64).prop_map(|minutes| Deed::Wait { minutes }),
        8 => Just(Deed::Work),
        1 => Just(Deed::Crash),
    ]
}

fn phone(who: u8) -> String {
    format!("1380000000{who}")
}

struct Day {
    bank: Bank,
    /// Which message each key of each number made.
    keys: BTreeMap<(u8, u8), MessageId>,
    /// Which of them did so for somebody who was erased since.
    spent: BTreeSet<(u8, u8)>,
    ordered: Vec<MessageId>,
}

impl Day {
    fn begin() -> Self {
        let mut bank = Bank::open_with(Arc::clone(&WORLD));
        let with_app =
            |n: u8| having(willing(customer(&format!("C{n}"), &phone(n))), "token", Some(text("t")));
        bank.tell(known([with_app(0), with_app(1)]));
        Self { bank, keys: BTreeMap::new(), spent: BTreeSet::new(), ordered: Vec::new() }
    }

    fn live(&mut self, deed: &Deed) {
        let bank = &mut self.bank;
        let core = AccountId::new("core");
        match deed {
            Deed::Order { who, kind, key } => self.order(*who, *kind, *key),
            Deed::Cancel { pick } => {
                if let Some(message) = self.ordered.get(pick % self.ordered.len().max(1)) {
                    bank.tell(Input::Cancel { account: core, message: *message });
                }
            }
            Deed::Switch { scope, state } => {
                // More often on than not, or nothing would ever go.
                let state = [SwitchState::Paused, SwitchState::Killed][usize::from(*state).min(1)];
                let scope = Scope::parse(SCOPES[*scope]).expect("a scope");
                let is_off = bank.engine.state().switches.contains_key(&scope);
                let state = if is_off { SwitchState::On } else { state };
                bank.tell(Input::Switch { scope, state, why: "a story".into() });
            }
            Deed::Settle { how, count } => {
                let how = [Settled::Told, Settled::Told, Settled::Dead, Settled::Revived][usize::from(*how)];
                let notices = bank.notices().iter().take(*count).map(|(position, _)| *position).collect();
                bank.tell(Input::Settled { account: core, notices, how });
            }
            Deed::Health { route, how } => {
                let health = match how {
                    0 => Health { down_since: Some(bank.now), ..Health::default() },
                    1 => Health {
                        suspended_until: Some(bank.now.after(Span::seconds(600))),
                        ..Health::default()
                    },
                    _ => Health::default(),
                };
                bank.health(ROUTES[*route], health);
            }
            Deed::Credit { route, parts } => {
                bank.tell(Input::Credit { route: RouteId::new(ROUTES[*route]), parts: *parts });
            }
            Deed::Answer { pick, how } => self.answer(*pick, *how),
            Deed::Receipt { pick, state } => self.receipt(*pick, *state),
            Deed::Write { who, extension } => {
                let to = if *extension { "10690000112" } else { "106900001" };
                bank.tell(Input::Inbound(vec![engine::converse::Inbound {
                    route: RouteId::new("demo"),
                    from: model::Phone::parse(&phone(*who), "86").expect("a phone number"),
                    to: to.into(),
                    text: model::Private::new("你好"),
                }]));
            }
            Deed::Erase { who } => {
                self.spent.extend(self.keys.extract_if(.., |(owner, _), _| owner == who).map(|(key, _)| key));
                // Whoever was erased and is written to again is a stranger.
                bank.erase(&format!("C{who}"));
                bank.erase(&format!("tel:+86{}", phone(*who)));
            }
            Deed::Wait { minutes } => bank.now = bank.now.after(Span::seconds(minutes * 60)),
            Deed::Work => drop(bank.work()),
            Deed::Crash => drop(bank.restart()),
        }
    }

    fn order(&mut self, who: u8, kind: u8, key: u8) {
        let request = text_for(&phone(who), "您的申请已受理");
        let request = match kind {
            0 => as_offer(request),
            1 => by_plan(request, "push-then-sms"),
            2 => by_plan(as_offer(request), "push-then-sms"),
            3 => template_for(&phone(who), "verification-code", &[("code", "482913"), ("purpose", "登录")]),
            4 => {
                let mut later = request;
                later.order.at = Some(self.bank.now.after(Span::hours(2)));
                later
            }
            _ => request,
        };
        match (self.bank.order(keyed(request, &format!("k{key}"))), self.keys.get(&(who, key))) {
            (Ordered::Accepted { message, .. }, before) => {
                assert_eq!(before, None, "the same order twice");
                assert!(!self.spent.contains(&(who, key)), "the same order again after an erasure");
                self.keys.insert((who, key), message);
                self.ordered.push(message);
            }
            (Ordered::Repeated(message), before) => assert_eq!(before, Some(&message)),
            (Ordered::Blocked { .. }, before) => assert_eq!(before, None, "stopped although it was accepted"),
            (Ordered::Refused(OrderError::Spent), _) => {
                assert!(self.spent.contains(&(who, key)), "refused, and nobody was erased");
            }
            (other @ (Ordered::Refused(_) | Ordered::Piece { .. }), _) => panic!("{other:?}"),
        }
    }

    fn answer(&mut self, pick: usize, how: u8) {
        if self.bank.outbox.is_empty() {
            return;
        }
        let place = pick % self.bank.outbox.len();
        let sendable = self.bank.outbox.remove(place);
        let message = sendable.message();
        let over = sendable.route();
        let again = |again| move |part: &u8| refusal(over, message, *part, 8, again);
        let parts = sendable.parts().iter();
        let answers: Vec<Answer> = match how {
            0 => parts.map(again(Again::No)).collect(),
            1 => parts.map(again(Again::Elsewhere)).collect(),
            2 => parts.map(again(Again::AFewTimes)).collect(),
            3 => parts.map(again(Again::WhileValid)).collect(),
            4 => parts.map(|part| Answer::Unanswered { route: over.clone(), message, part: *part }).collect(),
            _ => accepted(&sendable),
        };
        self.bank.tell(Input::Answers(answers));
    }

    fn receipt(&mut self, pick: usize, state: u8) {
        if self.ordered.is_empty() {
            return;
        }
        let message = self.ordered[pick % self.ordered.len()];
        let state = match state {
            0 => ReceiptState::Undeliverable,
            1 => ReceiptState::Enroute,
            _ => ReceiptState::Delivered,
        };
        // Every route is asked: only the one that has it under this id knows it.
        let report = |route: &str| Report {
            route: RouteId::new(route),
            remote: remote(message, 0),
            state,
            error: None,
        };
        let route = ROUTES[pick % ROUTES.len()];
        self.bank.tell(Input::Reports(vec![report(route)]));
    }
}

fn check(day: &Day) {
    let budget = Cost::parse_yuan(BUDGET).expect("an amount");
    let mut spent = Cost::ZERO;
    for entry in &day.bank.ledger {
        let public = entry.fact.public();
        if public.journey.as_deref() == Some("account:core@1") {
            spent = spent.plus(public.cost.unwrap_or(Cost::ZERO));
            assert!(spent <= budget, "overspent: {spent}");
        }
        if let Fact::MessageClaimed { message, route, .. } = &entry.fact {
            let first = day.bank.ledger.iter().any(|e| match &e.fact {
                Fact::MessageDecided(d) => d.matter.message == *message && d.route == *route,
                Fact::MessageRerouted(r) => r.message == *message && r.route == *route,
                _ => false,
            });
            assert!(first, "{message} was handed to {route}, which nobody decided");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, max_shrink_iters: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn random_days_of_accounts_break_no_promise(deeds in prop::collection::vec(deed(), 1..150)) {
        let mut day = Day::begin();
        for deed in &deeds {
            day.live(deed);
        }
        check(&day);
        drop(day);
    }
}
