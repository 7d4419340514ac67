//! The shipped library loads; everything that can be wrong with it is said, where it is, all at once.

use super::*;
use crate::world::{CapScope, CapWindow, HolidayPolicy, Protocol, Trigger};
use model::{Date, Subtype, TemplateId, Timestamp};
use proptest::prelude::*;
use std::path::Path;
use std::sync::LazyLock;

type Files = Vec<(String, String)>;

/// The configuration as it ships.
static SHIPPED: LazyLock<Files> = LazyLock::new(read_library);

#[expect(clippy::disallowed_methods, reason = "the library is what this test is about, wherever it is")]
fn read_library() -> Files {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../library");
    let mut files = Files::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            if (name.ends_with(".toml") || name.starts_with("words/")) && name != "Cargo.toml" {
                files.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files.retain(|(name, _)| !name.starts_with("demo/"));
    files
}

fn is_part(path: &str) -> bool {
    !["broadcasts/", "maps/", "stories/"].iter().any(|folder| path.starts_with(folder))
}

fn shipped() -> Files {
    SHIPPED.clone()
}

fn load_shipped() -> World {
    load(&SHIPPED).unwrap_or_else(|mistakes| panic!("{}", lines(&mistakes).join("\n")))
}

/// `file:line: message` of every mistake.
fn lines(mistakes: &[Mistake]) -> Vec<String> {
    mistakes.iter().map(|m| format!("{}:{}: {}", m.file, m.line, m.message)).collect()
}

fn put(files: &mut Files, path: &str, text: &str) {
    files.retain(|(name, _)| name != path);
    files.push((path.to_owned(), text.to_owned()));
}

/// The mistakes of a configuration; empty when there is none.
fn mistakes_of(files: &Files) -> Vec<Mistake> {
    load(files).err().unwrap_or_default()
}

/// Replaces the first occurrence of a snippet in a shipped file; an empty snippet stands for the end of the file.
fn broken(files: &mut Files, path: &str, from: &str, to: &str) {
    let (_, text) = files.iter_mut().find(|(name, _)| name == path).unwrap_or_else(|| panic!("no {path}"));
    if from.is_empty() {
        text.push_str(to);
        return;
    }
    assert!(text.contains(from), "{path} has no {from:?}");
    *text = text.replacen(from, to, 1);
}

/// Breaks one shipped file in one place and compares all mistakes.
#[track_caller]
fn check(path: &str, from: &str, to: &str, expect: &[&str]) {
    let mut files = shipped();
    broken(&mut files, path, from, to);
    let found = mistakes_of(&files);
    assert_eq!(lines(&found), expect, "{path}: {from:?} to {to:?}");
}

#[test]
fn the_shipped_library_loads() {
    let world = load_shipped();
    assert_eq!(world.files, SHIPPED.iter().filter(|(path, _)| is_part(path)).count());
    assert_eq!(world.institution.jurisdiction, "cn");
    for (policy, class) in world.classes.iter().zip(MessageClass::ALL) {
        assert_eq!((policy.class, world.class(class).class), (class, class));
    }
    let service = world.class(MessageClass::CustomerService);
    let code = service.of(Some(&Subtype::new("verification_code")));
    assert_eq!((code.lane, code.validity, code.allowed), (0, Span::seconds(300), true));
    assert_eq!(service.of(None).lane, 1, "what a subtype does not say is as the class says");
    let journey = world.journeys.get("abnormal-activity").unwrap();
    assert_eq!(&*journey.reference, "abnormal-activity@1");
    assert!(matches!(&journey.trigger, Trigger::Event { kind, when: Some(_) } if **kind == *"transaction"));
    let route = &world.routes[&"demo".into()];
    let Protocol::Smpp(account) = &route.protocol else { panic!("expected smpp") };
    assert_eq!((route.price.millifen, account.password.as_str()), (3_500, "env:HONGYAN_DEMO_PASSWORD"));
    assert!(world.institution.calendar.is_workday(Date::parse("2026-10-10").unwrap()));
}

#[test]
fn every_subtype_of_the_trade_ships() {
    let world = load_shipped();
    let table: [(MessageClass, &[&str]); 5] = [
        (
            MessageClass::CustomerService,
            &[
                "account_change",
                "repayment_reminder",
                "collection",
                "verification_code",
                "application_progress",
                "opt_out_confirmed",
                "card_payment",
                "refund",
                "statement_ready",
                "policy_service",
                "maturity",
                "rate_change",
                "complaint",
                "business_digest",
                "health",
                "holdings",
                "survey",
            ],
        ),
        (MessageClass::Marketing, &["product_launch", "campaign_invitation", "offer"]),
        (
            MessageClass::RiskNotice,
            &["investment_risk", "abnormal_activity", "market_move", "fraud_warning", "card_blocked"],
        ),
        (MessageClass::TechnicalSupport, &["maintenance", "how_to", "education"]),
        (
            MessageClass::Regulatory,
            &["contract_signing", "terms_notice", "privacy_notice", "identity_document", "suitability"],
        ),
    ];
    for (class, subtypes) in table {
        let shipped: Vec<&str> = world.class(class).subtypes.keys().map(Subtype::as_str).collect();
        let mut expected = subtypes.to_vec();
        expected.sort_unstable();
        assert_eq!(shipped, expected, "{class}");
    }
}

#[test]
fn rules_come_into_force_at_midnight_of_the_institution() {
    let world = load_shipped();
    let revision_at = |time: &str| {
        let now = Timestamp::parse_rfc3339(time).unwrap();
        let rule =
            world.pack.consent.iter().find(|rule| {
                rule.id == "marketing-consent" && rule.binds(MessageClass::Marketing, None, now)
            });
        rule.map(|rule| rule.revision)
    };
    assert_eq!(revision_at("2026-04-30T23:59:59+08:00"), Some(2));
    assert_eq!(revision_at("2026-05-01T00:00:00+08:00"), Some(3));
    assert_eq!(revision_at("2026-09-30T00:00:00+08:00"), Some(4));
    assert_eq!(revision_at("1994-01-01T00:00:00+08:00"), Some(1));
    let night = world.pack.quiet.iter().find(|rule| rule.id == "collection-night").unwrap();
    assert_eq!((night.rule.open.to_string(), night.rule.close.to_string()), ("08:00".into(), "22:00".into()));
    assert_eq!(night.rule.holidays, HolidayPolicy::AsUsual);
    let week = world.pack.caps.iter().find(|rule| rule.id == "marketing-week").unwrap();
    assert_eq!((week.rule.scope, week.rule.window), (CapScope::Class, CapWindow::Week));
}

#[test]
fn the_words_of_refusal_are_understood_and_codes_cannot_be_refused() {
    let opt_out = load_shipped().opt_out;
    for typed in ["退订", "ＴＤ", "t", "r", "N", "Stop", "拒收", "qx", "0000", "我要退訂", "TDYX"] {
        let found = opt_out.words.matches(typed).unwrap_or_else(|| panic!("{typed}"));
        assert_eq!(found.tag, &[MessageClass::Marketing], "{typed}");
    }
    for typed in ["你好", "T恤", "stop loss", "1"] {
        assert!(opt_out.words.matches(typed).is_none(), "{typed}");
    }
    let all = opt_out.words.matches("全部退订").unwrap();
    assert!(!all.tag.contains(&MessageClass::CustomerService) && all.tag.len() == 2);
    assert_eq!(opt_out.confirmation.unwrap().id.as_str(), "opt-out-confirmed");
}

#[test]
fn the_hash_changes_with_any_byte_and_not_with_the_order() {
    let world = load_shipped();
    let mut files = shipped();
    files.reverse();
    assert_eq!(load(&files).unwrap().hash, world.hash);
    for nth in 0..files.len() {
        let mut files = files.clone();
        files[nth].1.push(' ');
        let is_part = is_part(&files[nth].0);
        assert_eq!(load(&files).unwrap().hash != world.hash, is_part, "{}", files[nth].0);
    }
    let mut renamed = shipped();
    renamed.iter_mut().find(|(path, _)| path == "routes/demo.toml").unwrap().0 = "routes/demo2.toml".into();
    assert_ne!(load(&renamed).unwrap().hash, world.hash);
}

#[test]
fn broken_values_are_said_where_they_stand() {
    check(
        "institution.toml",
        "country = \"86\"",
        "country = \"+86\"",
        &["institution.toml:6: country: expected a country code of 1 to 3 digits such as 86, found \"+86\""],
    );
    check(
        "institution.toml",
        "Asia/Shanghai",
        "Asia/Beijing",
        &["institution.toml:8: zone: expected a time zone such as Asia/Shanghai, found \"Asia/Beijing\""],
    );
    check(
        "institution.toml",
        "calendar = \"cn\"",
        "calendar = \"cm\"",
        &["institution.toml:14: calendar: unknown name \"cm\", the nearest is \"cn\""],
    );
    check(
        "classes/marketing.toml",
        "validity = \"72h\"",
        "validity = \"3 days\"",
        &[
            "classes/marketing.toml:6: validity: expected a length of time such as 90s, 10m, 24h or 30d, found \"3 days\"",
        ],
    );
    check(
        "classes/marketing.toml",
        "lane = 3",
        "lane = 4",
        &["classes/marketing.toml:4: lane: expected 0 to 3, found 4"],
    );
    check(
        "classes/marketing.toml",
        "allowed = true",
        "allowed = \"yes\"",
        &["classes/marketing.toml:3: allowed: expected true or false, found text"],
    );
    check(
        "routes/demo.toml",
        "\"0.035\"",
        "0.035",
        &["routes/demo.toml:3: price_yuan: expected text, found a number with a point"],
    );
    check(
        "routes/demo.toml",
        "\"0.035\"",
        "\"3.5 fen\"",
        &[
            "routes/demo.toml:3: price_yuan: expected yuan with at most five decimals such as \"0.035\", found \"3.5 fen\"",
        ],
    );
    check(
        "routes/demo.toml",
        "127.0.0.1:2775",
        "127.0.0.1",
        &["routes/demo.toml:13: address: expected host:port such as 10.0.0.1:2775, found \"127.0.0.1\""],
    );
    check(
        "routes/demo.toml",
        "env:HONGYAN_DEMO_PASSWORD",
        "a-long-password",
        &["routes/demo.toml:15: password: expected at most 8 octets, found 15"],
    );
    check(
        "calendars/cn.toml",
        "\"2026-10-10\"",
        "\"2026-10-12\"",
        &[
            "calendars/cn.toml:42: working_weekends: expected a Saturday or Sunday, found the weekday 2026-10-12",
        ],
    );
}

#[test]
fn keys_that_nobody_knows_and_keys_that_are_missing_are_named() {
    check(
        "classes/marketing.toml",
        "validity",
        "validty",
        &[
            "classes/marketing.toml:1: missing key \"validity\"",
            "classes/marketing.toml:6: unknown key \"validty\", the nearest known key is \"validity\"",
        ],
    );
    check(
        "journeys/login-warning.toml",
        "when = ",
        "colour = ",
        &[
            "journeys/login-warning.toml:9: unknown key \"colour\", known keys are again, event, date, schedule, segment, market, call, keywords, inbound, when, per",
        ],
    );
    check(
        "rules/cn/quiet_hours.toml",
        "close = \"21:00\", ",
        "",
        &["rules/cn/quiet_hours.toml:13: missing key \"close\""],
    );
    check(
        "rules/cn/quiet_hours.toml",
        "revision = 1\n",
        "",
        &["rules/cn/quiet_hours.toml:4: missing key \"revision\""],
    );
    check(
        "classes/marketing.toml",
        "opt_out_text = \"拒收请回复R\"",
        "",
        &[
            "classes/marketing.toml:2: missing key \"opt_out_text\": a marketing message must tell how to refuse it",
        ],
    );
}

#[test]
fn rules_that_cannot_work_are_refused() {
    check(
        "rules/cn/quiet_hours.toml",
        "close = \"21:00\"",
        "close = \"08:00\"",
        &["rules/cn/quiet_hours.toml:13: close: expected a time after open, which is 08:00, found 08:00"],
    );
    check(
        "rules/cn/quiet_hours.toml",
        "until = \"2026-09-30\"\n",
        "",
        &[
            "rules/cn/quiet_hours.toml:19: from: expected a date after the end of the revision before it, but quiet-hours \
         \"marketing-night\" of rules/cn/quiet_hours.toml:4 is still in force then",
        ],
    );
    check(
        "rules/cn/quiet_hours.toml",
        "revision = 2",
        "revision = 1",
        &[
            "rules/cn/quiet_hours.toml:16: revision: expected more than 1, which quiet-hours \"marketing-night\" has in \
         rules/cn/quiet_hours.toml:4, found 1",
        ],
    );
    check(
        "rules/cn/quiet_hours.toml",
        "until = \"2026-09-30\"",
        "until = \"1969-01-01\"",
        &["rules/cn/quiet_hours.toml:9: until: expected a date after the one in from"],
    );
    check(
        "rules/cn/frequency.toml",
        "window = \"24h\"",
        "window = \"36d\"",
        &["rules/cn/frequency.toml:13: window: expected a window of at most 35d, found 36d"],
    );
    check(
        "rules/cn/frequency.toml",
        "window = \"24h\"",
        "window = \"year\"",
        &[
            "rules/cn/frequency.toml:13: window: expected day, week, month or a length of time such as 24h, found \"year\"",
        ],
    );
    check(
        "rules/cn/frequency.toml",
        "subtypes = [\"collection\"]",
        "subtypes = [\"colection\"]",
        &[
            "rules/cn/frequency.toml:97: subtypes: expected a subtype of customer_service, found \"colection\", the nearest \
         is \"collection\"",
        ],
    );
    check(
        "rules/cn/frequency.toml",
        "kind = \"frequency-cap\"",
        "kind = \"cap\"",
        &[
            "rules/cn/frequency.toml:5: kind: expected one of consent, frequency-cap, quiet-hours, arbitration, holdout, \
         answer-term, suitability, best-time, found \"cap\"",
        ],
    );
}

#[test]
fn rules_of_other_files_and_jurisdictions_are_told_apart() {
    let rule = |revision: u32, from: &str| {
        format!(
            "[[rule]]\nkind = 'consent'\nid = 'advertising-consent'\nrevision = {revision}\nfrom = '{from}'\n\
             citation = 'x'\nverified = false\nset = {{ required = true }}\n"
        )
    };
    let mut files = shipped();
    put(&mut files, "rules/cn/z.toml", &rule(2, "2027-01-01"));
    let place = SHIPPED.iter().find(|(path, _)| path == "rules/cn/consent.toml").unwrap();
    let line = 1 + place
        .1
        .split("id = \"advertising-consent\"")
        .next()
        .unwrap()
        .rfind("[[rule]]")
        .map_or(0, |at| place.1[..at].matches('\n').count());
    assert_eq!(
        lines(&mistakes_of(&files)),
        [format!(
            "rules/cn/z.toml:5: from: expected a date after the end of the revision before it, but consent \
         \"advertising-consent\" of rules/cn/consent.toml:{line} is still in force then"
        )]
    );
    // The same rule of another jurisdiction is another rule, is checked all the same, and does not bind us.
    let mut files = shipped();
    put(&mut files, "rules/xx/z.toml", &rule(2, "2027-01-01"));
    let rules = |world: World| world.pack.consent.len() + world.pack.caps.len() + world.pack.quiet.len();
    assert_eq!(rules(load(&files).unwrap()), rules(load_shipped()));
    put(&mut files, "rules/xx/z.toml", &rule(0, "tomorrow"));
    assert_eq!(
        lines(&mistakes_of(&files)),
        [
            "rules/xx/z.toml:4: revision: expected 1 to 65535, found 0",
            "rules/xx/z.toml:5: from: expected a date such as 2026-05-01, found \"tomorrow\"",
        ]
    );
    broken(&mut files, "institution.toml", "jurisdiction = \"cn\"", "jurisdiction = \"us\"");
    assert!(
        lines(&mistakes_of(&files))[0].starts_with("institution.toml:12: jurisdiction: unknown name \"us\"")
    );
}

#[test]
fn templates_are_proved_before_they_are_sent() {
    let path = "templates/spring-offer.toml";
    check(
        path,
        "拒收请回复R",
        "{# 拒收请回复R #}",
        &[
            "templates/spring-offer.toml:7: text: expected the opt-out text of marketing, \"拒收请回复R\", found none",
        ],
    );
    check(
        path,
        "拒收请回复R",
        "",
        &[
            "templates/spring-offer.toml:7: text: expected the opt-out text of marketing, \"拒收请回复R\", found none",
        ],
    );
    check(
        path,
        "parts_max = 2",
        "parts_max = 1",
        &[
            "templates/spring-offer.toml:6: parts_max: expected at least the parts of the longest text with its signature, \
         2, found 1",
        ],
    );
    check(
        path,
        "{{ name }}您好",
        "{{ nmae }}您好",
        &[
            "templates/spring-offer.toml:7: text: undeclared variable \"nmae\"; declared are institution, name",
            "templates/spring-offer.toml:10: variable \"name\" is declared but not used",
        ],
    );
    check(
        path,
        "type = \"name\"",
        "type = \"naem\"",
        &[
            "templates/spring-offer.toml:10: type: expected money, percent, int, date, time, account_tail, name, code, \
         link or text(20), found \"naem\"",
        ],
    );
    check(
        path,
        "customer.name",
        "client.name",
        &[
            "templates/spring-offer.toml:10: from: expected event.<field>, got.<field>, customer.<attribute>, loan.<figure>, \
         institution.name or preferences.link, found \"client.name\"",
        ],
    );
    let mut files = shipped();
    broken(&mut files, path, "{{ name }}您好", "{{ name 您好");
    let found = mistakes_of(&files);
    assert_eq!((found[0].file.as_str(), found[0].line, found.len()), (path, 7, 1), "{found:?}");
    assert!(found[0].message.starts_with("text: not a template: syntax error"), "{found:?}");
}

/// The login warning's text put in the place of its own, with these files beside it.
fn with_text(text: &str, files: &[(&str, &str)]) -> Vec<String> {
    let mut all = shipped();
    let own = all.iter().find(|(path, _)| path == "templates/login-warning.toml").unwrap().1.clone();
    let line = own.lines().find(|line| line.starts_with("text = ")).unwrap().to_owned();
    broken(&mut all, "templates/login-warning.toml", &line, text);
    files.iter().for_each(|(path, text)| put(&mut all, path, text));
    match load(&all) {
        Ok(_) => Vec::new(),
        Err(mistakes) => {
            mistakes.iter().map(|m| format!("{}:{}:{}: {}", m.file, m.line, m.column, m.message)).collect()
        }
    }
}

#[test]
fn snippets_are_put_in_and_their_mistakes_have_a_place() {
    let text = "text = \"{{ at }}在{{ city }}登录。{% include 'hotline' %}\"";
    let hotline =
        ("snippets/hotline.toml", "id = \"hotline\"\ntext = \"请致电客服{% include \\\"number\\\" %}\"\n");
    let number = ("snippets/number.toml", "id = \"number\"\ntext = '95501'\n");
    assert_eq!(with_text(text, &[hotline, number]), [""; 0]);
    assert_eq!(
        with_text(text, &[number]),
        [
            "templates/login-warning.toml:6:31: text: expected a snippet of snippets/ (number), found \"hotline\""
        ]
    );
    assert_eq!(
        with_text(
            text,
            &[("snippets/hotline.toml", "id = \"hotline\"\ntext = '致电{% include \"number\" %}'\n")]
        ),
        ["snippets/hotline.toml:2:11: text: expected a snippet of snippets/ (hotline), found \"number\""]
    );
    let mut looping = with_text(
        text,
        &[
            ("snippets/hotline.toml", "id = \"hotline\"\ntext = '{% include \"again\" %}'\n"),
            ("snippets/again.toml", "id = \"again\"\ntext = 'x{% include \"hotline\" %}'\n"),
        ],
    );
    looping.sort();
    assert_eq!(
        looping,
        [
            "snippets/again.toml:2:10: text: expected snippets that come to an end, found hotline → again → hotline",
            "snippets/hotline.toml:2:9: text: expected snippets that come to an end, found again → hotline → again",
        ]
    );
}

#[test]
fn texts_for_channels_languages_and_variants_are_checked_like_the_first() {
    let main = "text = \"{{ at }}在{{ city }}登录。\"\n";
    let with = |texts: &str| with_text(&format!("{main}{texts}"), &[]);
    let push = "[[texts]]\nchannel = \"push\"\ntext = \"{{ city }}登录\"\n";
    assert_eq!(with(push), [""; 0]);
    for (texts, expect) in [
        (format!("{push}{push}"), "text: expected one text for push, found a second"),
        (
            "[[texts]]\ntext = \"x\"\n".to_owned(),
            "expected a channel, a language or a variant beside the text",
        ),
        ("[[texts]]\nchannel = \"fax\"\ntext = \"x\"\n".to_owned(), "channel: expected one of sms, rcs"),
        (
            "[[texts]]\nvariant = \"b\"\ntext = \"{{ cty }}\"\n".to_owned(),
            "9:12: text: undeclared variable \"cty\"",
        ),
        (
            format!("[[texts]]\nvariant = \"b\"\ntext = \"{{{{ city }}}}{}\"\n", "长".repeat(130)),
            "parts_max: expected at least the parts of the longest text with its signature, 3, found 2",
        ),
        ("[[allow]]\nlint = \"tone\"\n".to_owned(), "missing key \"reason\""),
    ] {
        let found = with(&texts);
        assert!(found.len() == 1 && found[0].contains(expect), "{expect}: {found:?}");
    }
}

#[test]
fn references_to_what_is_not_there_are_named_and_wrong_things_only_once() {
    let path = "journeys/login-warning.toml";
    check(
        path,
        "send = \"login-warning\"",
        "send = \"login-warnings\"",
        &[
            "journeys/login-warning.toml:12: send: unknown template \"login-warnings\", the nearest is \"login-warning\"",
        ],
    );
    check(
        path,
        "send = \"login-warning\"",
        "send = \"account-change\"",
        &[
            "journeys/login-warning.toml:12: send: expected a template of risk_notice/abnormal_activity, found \
         \"account-change\" of customer_service/account_change",
        ],
    );
    check(
        path,
        "risk_notice",
        "risk",
        &[
            "journeys/login-warning.toml:4: class: expected customer_service, marketing, risk_notice, technical_support or \
         regulatory, found \"risk\"",
        ],
    );
    // The journey that names the wrong template has no mistake of its own.
    check(
        "templates/login-warning.toml",
        "language = \"zh-CN\"\n",
        "",
        &["templates/login-warning.toml:1: missing key \"language\""],
    );
    check(
        "words/opt_out.toml",
        "confirmation = \"opt-out-confirmed\"",
        "confirmation = \"bye\"",
        &["words/opt_out.toml:7: confirmation: unknown template \"bye\""],
    );
    check(
        "routes/demo.toml",
        "\"marketing\", ",
        "",
        &["classes/marketing.toml:2: expected a route that carries marketing, found none in routes/"],
    );
}

#[test]
fn conditions_are_compiled_and_point_into_the_file() {
    let check = |when: &str, place: (usize, usize), words: &str| {
        let mut files = shipped();
        broken(&mut files, "journeys/login-warning.toml", "when = \"event.unusual == true\"", when);
        let found = mistakes_of(&files);
        assert_eq!((found[0].line, found[0].column, found.len()), (place.0, place.1, 1), "{found:?}");
        assert!(found[0].message.contains(words), "{found:?}");
    };
    check("when = \"event.unusual == \"", (9, 26), "when: 1:18: ");
    check(
        "when = \"evnt.unusual == true\"",
        (9, 9),
        "expected a name that begins with customer, tag, event, found evnt",
    );
    check("when = '''\nevent.unusual\n  && cust.age > 1'''", (11, 6), "found cust");
    let deep = format!("when = '{}1{} == event.unusual'", "[".repeat(900), "]".repeat(900));
    check(&deep, (9, 9), "expression recursion limit exceeded: 16");
    let long = format!("when = 'event.city == \"{}\"'", "a".repeat(2_000));
    check(&long, (9, 8), "expected at most 2000 octets, found 2016");
    check("when = 'event.city.startWith(\"A\")'", (9, 20), "expected one of the functions");
}

#[test]
fn a_plan_takes_every_channel_once() {
    check(
        "plans/push-then-sms.toml",
        "channel = \"sms\"",
        "channel = \"push\"",
        &["plans/push-then-sms.toml:4: legs: expected every channel once, found push twice"],
    );
}

#[test]
fn second_declarations_name_the_first() {
    let copies = [
        ("templates/account-change.toml", "templates/b/copy.toml", "template \"account-change\"", 1),
        ("journeys/account-change.toml", "journeys/z-copy.toml", "journey \"account-change@1\"", 2),
        ("routes/demo.toml", "routes/z-copy.toml", "route \"demo\"", 1),
        ("calendars/cn.toml", "calendars/z-copy.toml", "calendar \"cn\"", 6),
        ("classes/marketing.toml", "classes/z-copy.toml", "class \"marketing\"", 2),
    ];
    for (from, to, what, line) in copies {
        let mut files = shipped();
        let text = files.iter().find(|(path, _)| path == from).unwrap().1.clone();
        put(&mut files, to, &text);
        let expect = format!("{to}:{line}: {what} is already in {from}:{line}");
        assert_eq!(lines(&mistakes_of(&files)), [expect]);
    }
    check(
        "words/opt_out.toml",
        "",
        "\n[[word]]\ntext = \"t d\"\nclasses = [\"regulatory\"]\n[[word]]\ntext = \"!\"\nclasses = [\"marketing\"]\n",
        &[
            "words/opt_out.toml:97: text: expected words that differ after folding, found \"t d\", which reads like \"TD\" and \
         means something else",
            "words/opt_out.toml:100: text: expected a word with at least one letter or digit, found \"!\"",
        ],
    );
}

#[test]
fn files_that_are_missing_or_strange_are_said() {
    let mut files = shipped();
    files.retain(|(path, _)| {
        !["institution.toml", "words/opt_out.toml", "classes/regulatory.toml"].contains(&&**path)
    });
    put(&mut files, "notes.txt", "");
    put(&mut files, "words/blocked.toml", "");
    let stranger = "expected institution.toml, approvals.toml, links.toml, clicks.toml, words/opt_out.toml, words/NAME.words, words/spellings.txt or a .toml file in calendars/, classes/, \
                    rules/<jurisdiction>/, snippets/, templates/, targets/, journeys/, routes/, accounts/, plans/, hooks/, rates/ or numbering/, found a file of no known kind";
    assert_eq!(
        lines(&mistakes_of(&files)),
        [
            "classes/regulatory.toml:1: expected a file with class = \"regulatory\", found none in classes/"
                .to_owned(),
            "institution.toml:1: expected a file that says who we are, found none".to_owned(),
            format!("notes.txt:1: {stranger}"),
            format!("words/blocked.toml:1: {stranger}"),
            "words/opt_out.toml:1: expected the words by which customers refuse, found no such file"
                .to_owned(),
        ]
    );
    assert!(load(&[]).is_err_and(|mistakes| mistakes.len() == 7));
}

#[test]
fn lists_of_words_are_read_with_the_rest() {
    let world = load_shipped();
    assert!(world.words.rules().iter().any(|rule| &*rule.list == "words/en.words"));
    assert_eq!(world.remarks, [], "what ships says nothing that ships forbids");
    let mut files = shipped();
    put(&mut files, "words/own.words", "@own\nfrom 2026-01-01\naction stop\n");
    put(&mut files, "words/more.words", "nonsense\n");
    assert_eq!(
        lines(&mistakes_of(&files)),
        [
            "words/more.words:1: expected @id before the first line of a rule, found \"nonsense\"",
            "words/own.words:3: expected block, review or require, found \"action stop\"",
        ]
    );
    let mut files = shipped();
    files.retain(|(path, _)| path != "words/spellings.txt");
    let missing =
        "words/spellings.txt:1: expected how people hide the words of words/cn.words, found no such file";
    assert_eq!(lines(&mistakes_of(&files)), [missing]);
}

#[test]
fn a_template_is_told_what_the_lists_say_of_it_and_when() {
    let mut files = shipped();
    broken(&mut files, "templates/spring-offer.toml", "春季财富", "春季秒到账");
    broken(
        &mut files,
        "templates/spring-offer.toml",
        "理财非存款，产品有风险，投资须谨慎。",
        "年化收益更高，",
    );
    let world = load(&files).unwrap_or_else(|mistakes| panic!("{}", lines(&mistakes).join("\n")));
    let told: Vec<_> = world
        .remarks
        .iter()
        .map(|remark| {
            let Mistake { file, line, column, message } = &remark.mistake;
            (
                format!("{file}:{line}:{column}"),
                message.split(',').next().unwrap().to_owned(),
                remark.from.to_string(),
            )
        })
        .collect();
    let place = |column: usize| format!("templates/spring-offer.toml:7:{column}");
    assert_eq!(
        told,
        [
            (
                place(8),
                "text: words/cn.words @cn-ad-25-risk-phrase of 2015-09-01 asks for \"投资有风险\" or \"理财有风险\" or \"投资须谨慎\""
                    .to_owned(),
                "2015-09-01".to_owned()
            ),
            (
                place(41),
                "text: words/cn.words @cn-online-marketing-inducement of 2026-09-30 forbids \"秒到账\"".to_owned(),
                "2026-09-30".to_owned()
            ),
        ]
    );
    assert!(world.remarks[1].mistake.message.ends_with("; write \"写明产品风险等级、起购金额和到账时限\""));
}

#[test]
fn what_was_looked_at_is_a_rule_that_asks_for_a_look() {
    let at = "parts_max = 2\ntext";
    let with =
        |id: &str| format!("parts_max = 2\nallow = [{{ lint = \"words:{id}\", reason = \"so\" }}]\ntext");
    check("templates/spring-offer.toml", at, &with("cn-urgency-house"), &[]);
    check(
        "templates/spring-offer.toml",
        at,
        &with("cn-ad-25-guarantee"),
        &[
            "templates/spring-offer.toml:7: lint: expected the id of a rule of words/ that wants a person to look, \
           found \"cn-ad-25-guarantee\"",
        ],
    );
}

/// The mistakes of the shipped files with this journey beside them, without its path.
fn mistakes_of_journey(text: &str) -> Vec<String> {
    let mut files = shipped();
    put(&mut files, "journeys/x.toml", text);
    let found = mistakes_of(&files);
    lines(&found).iter().map(|line| line.replace("journeys/x.toml:", "")).collect()
}

#[test]
fn mistakes_of_experiments() {
    let journey = |arms: &str, more: &str| {
        format!(
            "id = \"x\"\nversion = 1\nclass = \"marketing\"\nsubtype = \"offer\"\ntrigger = {{ event = \"e\" }}\n\
             goal = {{ event = \"bought\" }}\n[[steps]]\nsplit = \"s\"\narms = [{arms}]\n{more}\n[[steps]]\nname = \"to\"\nsend = \"spring-offer\"\n"
        )
    };
    let arm = |name: &str, more: &str| format!("{{ name = {name:?}, weight = 1, to = \"to\"{more} }}");
    let two = format!("{}, {}", arm("a", ""), arm("b", ""));
    let silent = format!("{}, {}", arm("a", ""), arm("b", ", control = true"));
    let both = format!("{}, {}", arm("a", ", usual = true"), arm("b", ", usual = true, control = true"));
    let bandit = |goal: &str, floor: u8, every: u32| {
        format!("bandit = {{ goal = {goal:?}, floor_percent = {floor}, every = {every} }}")
    };
    let cases: [(String, &[&str]); 7] = [
        (journey(&two, "guardrail = { within = \"1d\", begun = \"finish\" }"), &[]),
        (journey(&two, &bandit("bought", 50, 50)), &[]),
        (
            journey(&both, "guardrail = false"),
            &[
                "9: arms: expected at most one arm that is usual, found 2",
                "9: arms: expected control or usual, found both: a control is sent nothing",
            ],
        ),
        (
            journey(&two, "guardrail = { begun = \"go\" }"),
            &["10: begun: expected one of leave, finish, found \"go\""],
        ),
        (
            journey(&two, &bandit("paid", 50, 50)),
            &["10: goal: expected the event of the journey's [goal], which is \"bought\", found \"paid\""],
        ),
        (
            journey(&silent, &bandit("bought", 10, 49)),
            &[
                "10: bandit: expected arms that are all sent something: the control of a bandit is its floor",
                "10: every: expected 50 to 10000000, found 49",
            ],
        ),
        (
            journey(&format!("{two}, {}", arm("c", "")), &bandit("bought", 40, 100)),
            &["10: floor_percent: expected at most 33 for 3 arms, found 40"],
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(mistakes_of_journey(&text), expected, "{text}");
    }
}

#[test]
fn mistakes_of_ways_for_those_who_want_nothing_personalised() {
    let journey = |trigger: &str, first: &str| {
        format!(
            "id = \"x\"\nversion = 1\nclass = \"marketing\"\nsubtype = \"offer\"\ngeneral = \"all\"\ntrigger = {{ {trigger} }}\n\
             [[steps]]\nname = \"all\"\n{first}\n[[steps]]\nname = \"to\"\nsend = \"spring-offer\"\n"
        )
    };
    let weekly = "schedule = \"FREQ=WEEKLY;BYDAY=TH\", at = \"10:00\", when = \"customer.age > 30\"";
    let cases: [(String, &[&str]); 6] = [
        (journey(weekly, "wait = \"1d\""), &[]),
        (
            journey(weekly, "branch = [{ when = \"customer.age > 50\", to = \"to\" }]"),
            &[
                "5: general: expected a way that looks at nobody, but at step \"all\" a branch asks about the person",
            ],
        ),
        (
            journey(weekly, "wait = { best_time = \"1d\" }"),
            &[
                "5: general: expected a way that looks at nobody, but at step \"all\" a day or an hour of theirs is waited for",
            ],
        ),
        (
            journey("event = \"e\"", "wait = \"1d\""),
            &[
                "5: general: expected no general way: nothing shows that this goes to somebody because of who they are",
            ],
        ),
        (
            journey("segment = \"customer.age > 30\"", "wait = \"1d\""),
            &[
                "5: general: expected no general way: a segment sets it off, so that whoever goes it is chosen by who they are",
            ],
        ),
        (
            journey(weekly, "wait = \"1d\"").replace("general = \"all\"", "general = \"al\""),
            &["5: general: expected the name of a step, found \"al\""],
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(mistakes_of_journey(&text), expected, "{text}");
    }
}

#[test]
fn mistakes_of_many_files_are_all_reported_in_order() {
    let mut files = shipped();
    broken(&mut files, "classes/marketing.toml", "lane = 3", "lane = 9");
    broken(&mut files, "classes/marketing.toml", "retention = \"180d\"", "retention = 180");
    broken(&mut files, "rules/cn/consent.toml", "{ required = true }", "{ required = 1 }");
    broken(&mut files, "templates/spring-offer.toml", "拒收请回复R", "");
    broken(&mut files, "templates/login-warning.toml", "parts_max = 2", "parts_max = \"2\"");
    broken(&mut files, "journeys/account-change.toml", "version = 1", "version = 0");
    broken(&mut files, "routes/demo.toml", "window = 500", "window = ");
    let found = mistakes_of(&files);
    let places: Vec<String> = found.iter().map(|m| format!("{}:{}", m.file, m.line)).collect();
    assert_eq!(
        places,
        [
            "classes/marketing.toml:4",
            "classes/marketing.toml:9",
            "journeys/account-change.toml:3",
            "routes/demo.toml:9",
            "rules/cn/consent.toml:14",
            "templates/login-warning.toml:5",
        ],
        "{found:#?}"
    );
}

#[test]
fn what_is_not_toml_is_said_once() {
    for (to, line) in [("window = ", 9), ("window = 5 0", 9), ("window 500", 9), ("[window", 9)] {
        let mut files = shipped();
        broken(&mut files, "routes/demo.toml", "window = 500", to);
        let found = mistakes_of(&files);
        assert!(found.iter().all(|m| m.file == "routes/demo.toml" && m.line == line), "{to}: {found:#?}");
        assert!(found[0].message.starts_with("not TOML: "), "{to}: {found:#?}");
    }
}

#[test]
fn the_example_broadcast_is_read_against_the_world() {
    let world = load_shipped();
    let path = "broadcasts/spring-offer.toml";
    let text = &SHIPPED.iter().find(|(name, _)| name == path).unwrap().1;
    let broadcast = broadcast_from_text(&world, path, text).unwrap();
    let reference = format!("spring-offer@{}", &Hash::of(text.as_bytes()).to_hex()[..8]);
    assert_eq!((&*broadcast.reference, broadcast.version), (&*reference, 1));
    assert_eq!(broadcast.budget, Cost::parse_yuan("600"));
    assert!(matches!(broadcast.trigger, Trigger::Broadcast { audience: Some(_) }));
    let goal = broadcast.course.goal.as_ref().unwrap();
    assert_eq!((&*goal.watch.kind, goal.within), ("link_clicked", Span::days(7)));

    let check = |from: &str, to: &str, expect: &[&str]| {
        let found = broadcast_from_text(&world, "b.toml", &text.replacen(from, to, 1)).unwrap_err();
        assert_eq!(lines(&found), expect);
    };
    check(
        "template = \"spring-link\"",
        "template = \"account-change\"",
        &[
            "b.toml:5: template: expected a template of marketing/offer, found \"account-change\" of \
         customer_service/account_change",
            "b.toml:5: template: expected a template without fields of an event, found event.account_tail in \
         \"account-change\"",
            "b.toml:5: template: expected a template without fields of an event, found event.amount in \"account-change\"",
            "b.toml:5: template: expected a template without fields of an event, found event.at in \"account-change\"",
            "b.toml:5: template: expected a template without fields of an event, found event.balance in \"account-change\"",
            "b.toml:5: template: expected a template without fields of an event, found event.direction_text in \
         \"account-change\"",
            "b.toml:5: template: expected a template without fields of an event, found event.merchant in \"account-change\"",
        ],
    );
    check(
        "customer.age >= 18",
        "event.age >= 18",
        &["b.toml:7: audience: expected a name that begins with customer, tag, found event"],
    );
    check(
        "subtype = \"offer\"",
        "subtype = \"ofer\"",
        &[
            "b.toml:4: subtype: expected a subtype of marketing, found \"ofer\", the nearest is \"offer\"",
            "b.toml:5: template: expected a template of marketing/ofer, found \"spring-link\" of marketing/offer",
        ],
    );
}

#[test]
fn links_lead_to_targets_that_are_there_and_numbers_belong_to_one() {
    let template = |to: &str| {
        format!(
            "id = \"look\"\nclass = \"technical_support\"\nlanguage = \"zh-CN\"\nparts_max = 1\ntext = \"见 {{{{ link }}}} 。\"\n\
             [variables]\nlink = {{ type = \"link\", to = \"{to}\" }}\n"
        )
    };
    let target =
        |id: &str, number: u32, url: &str| format!("id = \"{id}\"\nnumber = {number}\nurl = \"{url}\"\n");
    let mut files = shipped();
    put(&mut files, "links.toml", "url = \"https://hy.example/l/\"\nvalid = \"30d\"\n");
    put(&mut files, "targets/spring.toml", &target("spring", 7, "https://m.bank.example/a"));
    put(&mut files, "templates/look.toml", &template("spring"));
    let world = load(&files).unwrap_or_else(|mistakes| panic!("{}", lines(&mistakes).join("\n")));
    let text = world.templates[&TemplateId::from("look")].sample(0).unwrap();
    assert!(
        text.contains("https://hy.example/l/") && text.len() == "见 https://hy.example/l/ 。".len() + 15,
        "{text}"
    );
    assert_eq!(&*world.targets.numbered(7).unwrap().url, "https://m.bank.example/a");
    assert_eq!(world.tracking.unwrap().valid, Span::days(30));
    assert!(world.clicks.agents.len() > 5 && world.clicks.repeat == Span::seconds(1_800));

    put(&mut files, "links.toml", "url = \"http://hy.example\"\n");
    put(&mut files, "targets/other.toml", &target("other", 7, "https://m.bank.example/b"));
    put(&mut files, "targets/wide.toml", &target("wide", 1024, "m.bank.example"));
    put(&mut files, "templates/look.toml", &template("sprig"));
    assert_eq!(
        lines(&load(&files).unwrap_err()),
        [
            "links.toml:1: url: expected an address such as \"https://m.bank.example/offers\", found \"http://hy.example\"",
            "targets/spring.toml:2: target number \"7\" is already in targets/other.toml:2",
            "targets/wide.toml:2: number: expected 1 to 1023, found 1024",
            "targets/wide.toml:3: url: expected an address such as \"https://m.bank.example/offers\", found \"m.bank.example\"",
            "templates/look.toml:7: to: unknown name \"sprig\", the nearest is \"spring\"",
        ]
    );
}

/// The shipped files with one to be damaged. Where that is no list of words they are left out: reading them again for every
/// case is most of the time that these tests would take.
fn with_victim(nth: prop::sample::Index) -> (Files, usize) {
    let mut files = shipped();
    let path = files[nth.index(files.len())].0.clone();
    if !words::is_list(&path) {
        files.retain(|(path, _)| !words::is_list(path));
    }
    let nth = files.iter().position(|(known, _)| *known == path).unwrap();
    (files, nth)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn arbitrary_text_never_panics(text in any::<String>(), nth in any::<prop::sample::Index>()) {
        let (mut files, nth) = with_victim(nth);
        files[nth].1 = text;
        let _ = load(&files);
    }

    #[test]
    fn a_file_with_a_piece_cut_out_never_panics(
        nth in any::<prop::sample::Index>(), from in any::<prop::sample::Index>(), length in 1usize..40, put in "[\\PC\n]{0,4}",
    ) {
        let (mut files, nth) = with_victim(nth);
        let characters: Vec<char> = files[nth].1.chars().collect();
        let from = from.index(characters.len());
        let kept = characters.iter().take(from).copied();
        files[nth].1 = kept.chain(put.chars()).chain(characters.iter().skip(from + length).copied()).collect();
        if let Err(mistakes) = load(&files) {
            prop_assert!(!mistakes.is_empty() && mistakes.is_sorted());
            for mistake in mistakes {
                prop_assert!(mistake.line >= 1 && mistake.column >= 1);
            }
        }
    }

    #[test]
    fn arbitrary_broadcasts_never_panic(text in any::<String>(), condition in "[\\PC]{0,60}") {
        static WORLD: LazyLock<World> = LazyLock::new(load_shipped);
        let _ = broadcast_from_text(&WORLD, "b.toml", &text);
        let _ = broadcast_from_text(&WORLD, "b.toml", &format!("audience = '''{condition}'''"));
    }
}
