//! The examples in docs/configuration.md are read by the loader, as a reader would copy them.

use crate::bank::world;
use engine::world::load;
use model::{AccountId, RouteId};

const CHAPTER: &str = include_str!("../../../../docs/configuration.md");

/// The examples under a heading, in order.
fn examples(heading: &str) -> Vec<&'static str> {
    let (_, section) = CHAPTER.split_once(&format!("### {heading}\n")).expect("the heading");
    let section = section.split("\n### ").next().unwrap_or_default();
    let blocks = section.split("```toml\n").skip(1);
    blocks.filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn a_route_with_everything_that_sets_it_apart() {
    let examples = examples("A route");
    let [plain, more] = examples[..] else { panic!("{}", examples.len()) };
    let (head, link) = plain.split_once("[smpp]").expect("the table of the link");
    let file = format!("{}{more}[smpp]{link}", head.replace("1069…", "10690001"));
    let world = world(&[("routes/carrier-a.toml", &file)]);
    let route = &world.routes[&RouteId::new("carrier-a")];
    assert_eq!((route.weight, route.daily_parts, route.binds, route.errors.len()), (3, Some(500_000), 2, 5));
    assert!(route.sticky && route.asks_number() && route.asks_text());
    assert_eq!((route.filed.len(), route.prices.len()), (1, 1));
}

#[test]
fn an_account() {
    let world = world(&[("accounts/core.toml", examples("An account")[0])]);
    let account = &world.accounts[&AccountId::new("core")];
    assert_eq!((account.weight, account.extension.as_deref()), (3, Some("12")));
    assert!(account.access.smpp.is_some() && account.access.cmpp.is_some());
    assert_eq!(account.plan.as_deref(), Some("push-then-sms"), "a shipped plan");
}

/// The mistakes that these files make beside the shipped ones.
fn mistakes(files: &[(&str, &str)]) -> Vec<String> {
    let owned = |(path, text): (&str, &str)| (path.to_owned(), text.to_owned());
    let mut all: Vec<_> = library::files().map(owned).collect();
    all.extend(files.iter().copied().map(owned));
    load(&all).err().unwrap_or_default().iter().map(|m| m.message.clone()).collect()
}

#[test]
fn what_only_one_account_may_have_is_said_when_two_have_it() {
    let other =
        examples("An account")[0].replace("\"core\"\ndep", "\"other\"\ndep").replace("901234", "901235");
    let found =
        mistakes(&[("accounts/core.toml", examples("An account")[0]), ("accounts/other.toml", &other)]);
    let expect = ["extension 12", "system_id core"]
        .map(|what| format!("account with \"{what}\" is already in accounts/core.toml:1"));
    assert_eq!(found, expect);
}

#[test]
fn a_plan_that_is_not_there_is_said_where_it_is_named() {
    let account = examples("An account")[0].replace("\"push-then-sms\"", "\"push-then-sm\"");
    let found = mistakes(&[("accounts/core.toml", &account)]);
    assert_eq!(found, ["plan: unknown name \"push-then-sm\", the nearest is \"push-then-sms\""]);
}

#[test]
fn a_line_of_numbers_taken_along_that_cannot_be_read_is_said_without_the_number() {
    let found = mistakes(&[("numbering/ported.csv", "8613800000001,unicom\n8613800000002\nx,unicom\n")]);
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(found[0], "expected number,carrier or number,carrier,day, found no carrier");
    assert!(found.iter().all(|message| !message.contains("000002")), "{found:?}");
}

#[test]
fn a_plan() {
    let world = world(&[("plans/app-then-text.toml", examples("A plan")[0])]);
    assert_eq!(world.plans["app-then-text"].legs.len(), 2);
}

#[test]
fn a_policy_of_approvals() {
    let example = examples("Approvals")[0];
    let world = world(&[("approvals.toml", example)]);
    let policy = world.approvals.as_ref().expect("a policy");
    assert_eq!((policy.checkers, policy.asks.len(), policy.asks[0].people_above), (1, 1, Some(10_000)));
    let found = mistakes(&[("approvals.toml", &example.replace("checkers = 2", "checkers = 0"))]);
    assert_eq!(found, ["checkers: expected 1 to 9, found 0"]);
}
