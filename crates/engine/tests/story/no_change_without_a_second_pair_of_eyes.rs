//! Maker is not checker (L7): whatever entries are replayed, and whatever anybody asks for, nothing comes into force without
//! as many others as it needs having approved that very content in time, except by a recorded emergency.

use crate::bank::{Bank, SHIPPED, world};
use engine::entry::{
    Content, Entry, Fact, FileChange, How, Need, Proposed, Published, Reviewed, change_hash,
};
use engine::state::{POLICY_FILE, Standing, State};
use engine::{ChangeError, ChangeRequest, Input, Person, Reply};
use model::{Span, Subject, Timestamp};
use proof::Hash;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Few people, one of them under two spellings: they meet often.
const PEOPLE: [&str; 5] = ["li", "Li", "wang", "zhao", "chen"];
const ROLES: [&str; 2] = ["checker", "compliance"];
const PATHS: [&str; 3] = [POLICY_FILE, "templates/a.toml", "journeys/b.toml"];
const TEXTS: [&str; 3] = ["one", "two", "three"];

fn name() -> impl Strategy<Value = Arc<str>> {
    select(PEOPLE.to_vec()).prop_map(Arc::from)
}

fn roles() -> impl Strategy<Value = Vec<Arc<str>>> {
    prop::collection::vec(select(ROLES.to_vec()).prop_map(Arc::from), 0..3)
}

fn need() -> impl Strategy<Value = Need> {
    (0..3_u8, roles()).prop_map(|(checkers, roles)| Need { checkers, roles, why: "why".into() })
}

/// What somebody tries; how much of it is right is left to chance.
#[derive(Debug, Clone)]
enum Try {
    Propose {
        maker: Arc<str>,
        path: usize,
        text: Option<usize>,
        needs: Vec<Need>,
        from_force: bool,
        forged: bool,
    },
    Review {
        back: u64,
        checker: Arc<str>,
        roles: Vec<Arc<str>>,
        approves: bool,
        forged: bool,
    },
    Withdraw {
        back: u64,
        by: Arc<str>,
    },
    Publish {
        back: u64,
        by: Arc<str>,
        how: How,
        needs: Vec<Need>,
    },
}

fn one_try() -> impl Strategy<Value = Try> {
    let rarely = || prop::bool::weighted(0.1);
    let how = prop_oneof![
        6 => Just(How::Approved),
        1 => Just(How::Adopted),
        1 => select(vec!["", "the text is wrong"]).prop_map(|why| How::Emergency(why.into())),
    ];
    let text = prop::option::weighted(0.8, 0..TEXTS.len());
    let propose = (
        name(),
        0..PATHS.len(),
        text,
        prop::collection::vec(need(), 0..3),
        prop::bool::weighted(0.9),
        rarely(),
    );
    prop_oneof![
        2 => propose.prop_map(|(maker, path, text, needs, from_force, forged)| {
            Try::Propose { maker, path, text, needs, from_force, forged }
        }),
        6 => (0..3_u64, name(), roles(), prop::bool::weighted(0.95), rarely()).prop_map(
            |(back, checker, roles, approves, forged)| Try::Review { back, checker, roles, approves, forged }
        ),
        1 => (0..3_u64, name()).prop_map(|(back, by)| Try::Withdraw { back, by }),
        4 => (0..3_u64, name(), how, prop::collection::vec(need(), 0..2))
            .prop_map(|(back, by, how, needs)| Try::Publish { back, by, how, needs }),
    ]
}

/// The facts that somebody who may write into the ledger whatever they like would write.
fn facts(state: &State, attempt: &Try) -> Vec<Fact> {
    let newest = state.approvals.next().saturating_sub(1);
    match attempt.clone() {
        Try::Propose { maker, path, text, needs, from_force, forged } => {
            let path: Arc<str> = PATHS[path].into();
            let in_force = state.approvals.files().get(&path).map(|file| file.hash);
            let before = if from_force { in_force } else { Some(Hash::of(b"another")) };
            let after = text.map(|text| Hash::of(TEXTS[text].as_bytes()));
            let files = vec![FileChange { path, before, after }];
            let mut hash = change_hash(&maker, "title", "reason", &files);
            if forged {
                hash.0[0] ^= 1;
            }
            let (title, reason, valid_for) = ("title".into(), "reason".into(), Span(20));
            let number = newest + 1;
            let proposed = Proposed { number, maker, title, reason, files, hash, needs, valid_for };
            let content = |text: usize| {
                let text = TEXTS[text].into();
                Fact::ChangeContent(Box::new(Content { number, place: 0, text }))
            };
            std::iter::once(Fact::ChangeProposed(Box::new(proposed))).chain(text.map(content)).collect()
        }
        Try::Review { back, checker, roles, approves, forged } => {
            let number = newest.saturating_sub(back);
            let of = state.approvals.changes().get(&number);
            let hash = of.filter(|_| !forged).map_or(Hash::of(b"forged"), |change| change.proposed.hash);
            let said = Reviewed { number, checker, roles, hash, approves, remark: "".into() };
            vec![Fact::ChangeReviewed(Box::new(said))]
        }
        Try::Withdraw { back, by } => {
            vec![Fact::ChangeWithdrawn { number: newest.saturating_sub(back), by, why: "".into() }]
        }
        Try::Publish { back, by, how, needs } => {
            let number = newest.saturating_sub(back);
            vec![Fact::ChangePublished(Box::new(Published { number, by, how, needs }))]
        }
    }
}

/// Whether a publication had its right, by the ledger alone: written without a look at how the state counts.
fn had_its_right(ledger: &[Entry], published: &Published, at: Timestamp, policy_before: bool) -> bool {
    let proposal = ledger.iter().find_map(|entry| match &entry.fact {
        // A forged one is none.
        Fact::ChangeProposed(p) => {
            let is_sound = p.hash == change_hash(&p.maker, &p.title, &p.reason, &p.files);
            (is_sound && p.number == published.number).then_some(p)
        }
        _ => None,
    });
    let Some(proposed) = proposal else { return false };
    match &published.how {
        How::Emergency(why) => return !why.is_empty(),
        How::Adopted => return !policy_before,
        How::Approved => {}
    }
    let mut people: BTreeMap<String, BTreeSet<Arc<str>>> = BTreeMap::new();
    for entry in ledger {
        let Fact::ChangeReviewed(said) = &entry.fact else { continue };
        let who = said.checker.to_lowercase();
        let counts = said.number == proposed.number
            && said.approves
            && said.hash == proposed.hash
            && who != proposed.maker.to_lowercase()
            && at.since(entry.at) < proposed.valid_for;
        if counts {
            people.entry(who).or_default().extend(said.roles.iter().cloned());
        }
    }
    let met = |need: &Need| {
        let able = people.values().filter(|roles| need.roles.iter().any(|role| roles.contains(role)));
        able.count() >= usize::from(need.checkers)
    };
    !people.is_empty() && proposed.needs.iter().chain(&published.needs).all(met)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_replayed_nothing_comes_into_force_without_others(tries in prop::collection::vec((one_try(), 0..4_i64), 1..60)) {
        let (mut state, mut ledger, mut at) = (State::default(), Vec::new(), Timestamp(0));
        for (attempt, pause) in tries {
            at = at.after(Span(pause));
            for fact in facts(&state, &attempt) {
                let before = (state.approvals.generation(), state.approvals.texts(), state.approvals.is_asked_for());
                let entry = Entry { at, subject: Subject::INSTITUTION, fact };
                engine::apply(&mut state, &entry);
                ledger.push(entry);
                let moved = state.approvals.generation() != before.0;
                prop_assert!(moved || state.approvals.texts() == before.1, "only a publication puts something into force");
                if moved {
                    let Fact::ChangePublished(published) = &ledger[ledger.len() - 1].fact else {
                        return Err(TestCaseError::fail("something else put a change into force"));
                    };
                    prop_assert!(had_its_right(&ledger, published, at, before.2), "{:?} of {:#?}", published, ledger);
                    let change = &state.approvals.changes()[&published.number];
                    let standing = matches!(change.standing, Standing::Published { .. });
                    prop_assert!(standing, "{:?}", change);
                }
            }
        }
        let mut replayed = State::default();
        let nobody = BTreeSet::new();
        for entry in &ledger {
            engine::apply(&mut replayed, &crate::audit::through_the_ledger(entry, &nobody));
        }
        prop_assert_eq!(replayed.digest(), state.digest());
    }
}

/// What is tried at random must succeed now and then, or the law above says nothing.
#[test]
fn the_random_people_do_get_something_into_force() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut approved = 0;
    for _ in 0..300 {
        let tries = prop::collection::vec(one_try(), 60).new_tree(&mut runner).unwrap().current();
        let mut state = State::default();
        for (at, attempt) in (0..).zip(tries) {
            for fact in facts(&state, &attempt) {
                engine::apply(&mut state, &Entry { at: Timestamp(at), subject: Subject::INSTITUTION, fact });
            }
        }
        let is_approved =
            |standing: &Standing| matches!(standing, Standing::Published { how: How::Approved, .. });
        approved += state.approvals.changes().values().filter(|change| is_approved(&change.standing)).count();
    }
    assert!(approved > 100, "{approved}");
}

/// A policy by which one checker is enough, but for marketing, many people and much money.
pub(crate) const POLICY: &str = "checkers = 1\nroles = [\"checker\"]\nemergency = [\"emergency\"]\nvalid_for = \"3d\"\n\
    [[need]]\nclasses = [\"marketing\"]\ncheckers = 2\nroles = [\"checker\", \"compliance\"]\n\
    [[need]]\nfiles = [\"broadcasts/\"]\npeople_above = 10\ncheckers = 1\nroles = [\"director\"]\n\
    [[need]]\nyuan_above = \"100\"\ncheckers = 1\nroles = [\"treasurer\"]\n";

/// Somebody with roles.
pub(crate) fn person(name: &str, roles: &[&str]) -> Person {
    Person { name: name.into(), roles: roles.iter().map(|role| Arc::from(*role)).collect() }
}

/// Asks for something about a change; what came of it.
pub(crate) fn asked(bank: &mut Bank, request: ChangeRequest) -> Result<u64, ChangeError> {
    bank.tell(Input::Change(Box::new(request)));
    match std::mem::replace(&mut bank.reply, Reply::Done) {
        Reply::Changed(changed) => changed,
        other => panic!("{other:?}"),
    }
}

/// A bank whose approvals were asked for from the first day.
pub(crate) fn careful_bank() -> Bank {
    let mut bank = Bank::open_with(world(&[(POLICY_FILE, POLICY)]));
    let files: BTreeMap<Arc<str>, Arc<str>> = library::files()
        .filter(|(path, _)| !["broadcasts/", "maps/", "stories/"].iter().any(|other| path.starts_with(other)))
        .chain([(POLICY_FILE, POLICY)])
        .map(|(path, text)| (path.into(), text.into()))
        .collect();
    let adopt = ChangeRequest::Adopt { by: person("start", &[]), emergency: None, files };
    assert_eq!(asked(&mut bank, adopt), Ok(1));
    bank
}

pub(crate) fn propose(
    bank: &mut Bank,
    by: &str,
    path: &str,
    text: Option<&str>,
    needs: Vec<Need>,
) -> Result<u64, ChangeError> {
    let files = [(Arc::from(path), text.map(Arc::from))].into();
    let generation = bank.engine.state().approvals.generation();
    let (title, reason) = ("a change".into(), "because".into());
    let by = person(by, &["maker"]);
    asked(bank, ChangeRequest::Propose { by, title, reason, files, needs, generation })
}

pub(crate) fn review(bank: &mut Bank, number: u64, by: Person, approves: bool) -> Result<u64, ChangeError> {
    let hash = bank.engine.state().approvals.changes()[&number].proposed.hash;
    asked(bank, ChangeRequest::Review { number, by, hash, approves, remark: "".into() })
}

/// Puts a change into force, with the world that it makes.
pub(crate) fn publish(
    bank: &mut Bank,
    number: u64,
    by: Person,
    emergency: Option<&str>,
) -> Result<u64, ChangeError> {
    let approvals = &bank.engine.state().approvals;
    let files = approvals.with(&approvals.changes()[&number]).expect("every content");
    let files: Vec<(String, String)> =
        files.iter().map(|(path, text)| (path.to_string(), text.to_string())).collect();
    let world = Arc::new(engine::world::load(&files).expect("a world"));
    let generation = approvals.generation();
    let (emergency, needs) = (emergency.map(Arc::from), Vec::new());
    asked(bank, ChangeRequest::Publish { number, by, emergency, needs, generation, world })
}

#[test]
fn each_step_asks_for_its_role_and_for_somebody_else() {
    let mut bank = careful_bank();
    let path = "templates/account-change.toml";
    let text = library::file(path).unwrap().replace("您尾号", "您好，尾号");
    let stranger = ChangeRequest::Propose {
        by: person("li", &["checker"]),
        title: "x".into(),
        reason: "y".into(),
        files: [(Arc::from(path), Some(Arc::from(text.as_str())))].into(),
        needs: Vec::new(),
        generation: bank.engine.state().approvals.generation(),
    };
    let refused = asked(&mut bank, stranger).unwrap_err().to_string();
    assert!(
        refused.contains("li may not propose changes: expected a key with the role maker, found checker"),
        "{refused}"
    );
    let need = Need { checkers: 2, roles: vec!["checker".into()], why: "this".into() };
    assert_eq!(propose(&mut bank, "li", path, Some(&text), vec![need]), Ok(2));
    let checker = |name: &str| person(name, &["checker"]);
    assert_eq!(review(&mut bank, 2, checker("LI"), true), Err(ChangeError::Own("LI".into())));
    let roleless = review(&mut bank, 2, person("wang", &["maker"]), true);
    assert!(matches!(roleless, Err(ChangeError::Role { .. })), "{roleless:?}");
    assert_eq!(review(&mut bank, 2, checker("wang"), true), Ok(2));
    assert_eq!(review(&mut bank, 2, checker("wang"), true), Err(ChangeError::Twice("wang".into())));
    let early = publish(&mut bank, 2, checker("zhao"), None).unwrap_err().to_string();
    assert!(early.contains("1 of 2 with the role checker (this)"), "{early}");
    assert_eq!(review(&mut bank, 2, checker("zhao"), true), Ok(2));
    // Approvals lapse: three days later they have to be given again.
    bank.now = bank.now.after(Span::parse("3d").unwrap());
    assert!(publish(&mut bank, 2, checker("zhao"), None).is_err());
    assert_eq!(review(&mut bank, 2, checker("wang"), true), Ok(2));
    assert_eq!(review(&mut bank, 2, checker("zhao"), true), Ok(2));
    assert_eq!(publish(&mut bank, 2, checker("zhao"), None), Ok(2));
    assert_eq!(publish(&mut bank, 2, checker("zhao"), None), Err(ChangeError::Over(2, "published")));
    assert_eq!(bank.engine.state().approvals.files()[path].change, 2);
    bank.world = Arc::clone(bank.engine.world());
}

#[test]
fn what_moved_on_has_to_be_proposed_anew_and_only_its_maker_takes_it_back() {
    let mut bank = careful_bank();
    let path = "templates/account-change.toml";
    let other = |word: &str| library::file(path).unwrap().replace("您尾号", word);
    assert_eq!(propose(&mut bank, "li", path, Some(&other("甲")), Vec::new()), Ok(2));
    assert_eq!(propose(&mut bank, "li", path, Some(&other("乙")), Vec::new()), Ok(3));
    assert_eq!(
        propose(&mut bank, "li", "templates/gone.toml", None, Vec::new()).unwrap_err().to_string(),
        "expected a change, found files that are in force just so"
    );
    for number in [2, 3] {
        assert_eq!(review(&mut bank, number, person("wang", &["checker"]), true), Ok(number));
    }
    assert_eq!(publish(&mut bank, 2, person("wang", &["checker"]), None), Ok(2));
    let refused = publish(&mut bank, 3, person("wang", &["checker"]), None).unwrap_err().to_string();
    assert!(refused.contains("templates/account-change.toml (change 2)"), "{refused}");
    let withdraw = |by: &str| ChangeRequest::Withdraw { number: 3, by: person(by, &[]), why: "".into() };
    assert_eq!(asked(&mut bank, withdraw("wang")), Err(ChangeError::NotOwn("li".into())));
    assert_eq!(asked(&mut bank, withdraw("li")), Ok(3));
    bank.world = Arc::clone(bank.engine.world());
}

#[test]
fn without_the_policy_nothing_is_asked_for() {
    let mut bank = Bank::open();
    let refused = propose(&mut bank, "li", "templates/x.toml", Some("x"), Vec::new());
    assert_eq!(refused, Err(ChangeError::NotAskedFor));
    assert!(SHIPPED.approvals.is_none());
}
