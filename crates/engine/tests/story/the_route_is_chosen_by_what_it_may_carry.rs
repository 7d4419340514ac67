//! Which route: by country, carrier, signature, links and numbers in the text, quota, price, weight, and the customer.

use crate::bank::{Bank, last_word, verdict};
use crate::desk::{ACCOUNT, a_route, account, text_for};
use engine::decide::{OrderRequest, Ordered};
use engine::entry::SwitchState;
use std::collections::{BTreeMap, BTreeSet};

const MOBILE: &str = "13800000001";
const UNICOM: &str = "13000000001";

/// A bank with these routes in the place of the demo route, which is on the last place.
fn bank(routes: &[(&str, u32, &str)]) -> Bank {
    let files: Vec<(String, String)> = routes
        .iter()
        .map(|(id, preference, more)| (format!("routes/{id}.toml"), a_route(id, *preference, more)))
        .chain([("routes/demo.toml".to_owned(), a_route("demo", 999, ""))])
        .chain([(ACCOUNT.to_owned(), account("signatures = [\"鸿雁信用卡\"]"))])
        .collect();
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    Bank::with(&files)
}

/// The route that an order takes.
fn taken(bank: &mut Bank, request: OrderRequest) -> String {
    let message = bank.accepted_order(request);
    bank.route_of(message)
}

/// Whether one route with these keys may carry an order, or the demo route must.
fn check(more: &str, request: OrderRequest, expect: bool) {
    let mut bank = bank(&[("a", 1, more)]);
    let route = taken(&mut bank, request);
    assert_eq!(route == "a", expect, "{more}: {route}");
}

#[test]
fn countries_and_carriers() {
    let countries = "serves = { countries = [\"86\", \"852\"] }";
    check(countries, text_for(MOBILE, "一"), true);
    check(countries, text_for("+85251234567", "一"), true);
    check(countries, text_for("+420601123456", "一"), false);
    let carriers = "serves = { carriers = [\"cmcc\", \"cbn\"] }";
    check(carriers, text_for(MOBILE, "一"), true);
    check(carriers, text_for(UNICOM, "一"), false);
    check(carriers, text_for("17050000001", "一"), true);
    check(carriers, text_for("+420601123456", "一"), false);
}

#[test]
fn signatures_by_carrier() {
    let signed = |phone: &str| {
        let mut request = text_for(phone, "一");
        request.order.signature = Some("鸿雁信用卡".into());
        request
    };
    let filed =
        "filed = [{ signature = \"鸿雁银行\" }, { signature = \"鸿雁信用卡\", carriers = [\"cmcc\"] }]";
    check(filed, text_for(UNICOM, "一"), true);
    check(filed, signed(MOBILE), true);
    check(filed, signed(UNICOM), false);
    check(filed, signed("+420601123456"), true);
    check("filed = [{ signature = \"别的\" }]", text_for(MOBILE, "一"), false);
}

#[test]
fn links_and_numbers_in_the_text() {
    let links = "links = [\"bank.example\"]";
    check(links, text_for(MOBILE, "详情见https://m.bank.example/a"), true);
    check(links, text_for(MOBILE, "没有链接"), true);
    check(links, text_for(MOBILE, "详情见t.cn/a"), false);
    let numbers = "numbers = [\"95588\", \"400-800-1234\"]";
    check(numbers, text_for(MOBILE, "请致电4008001234或95588"), true);
    check(numbers, text_for(MOBILE, "请致电13911112222"), false);
}

#[test]
fn a_number_that_was_taken_along_counts_with_its_new_carrier() {
    let route = a_route("a", 0, "serves = { carriers = [\"unicom\"] }");
    let mut bank = Bank::with(&[
        (ACCOUNT, &account("")),
        ("routes/a.toml", &route),
        ("numbering/ported.csv", "# number, carrier, day\n8613800000001,unicom,2026-05-07\n"),
    ]);
    assert_eq!(taken(&mut bank, text_for(MOBILE, "一")), "demo");
    bank.at("2026-05-07 10:00");
    assert_eq!(taken(&mut bank, text_for(MOBILE, "一")), "a");
}

#[test]
fn where_none_may_carry_it_the_verdict_says_why_of_each() {
    let mut bank = bank(&[
        ("a", 1, "serves = { carriers = [\"unicom\"] }"),
        ("b", 2, "filed = [{ signature = \"鸿雁银行\", carriers = [\"telecom\"] }]"),
        ("c", 3, "links = [\"bank.example\"]"),
    ]);
    let scope = engine::entry::Scope::parse("route:demo").unwrap();
    bank.tell(engine::Input::Switch { scope, state: SwitchState::Killed, why: "a story".into() });
    let ordered = bank.order(text_for(MOBILE, "见t.cn/a"));
    let Ordered::Blocked { rule, detail, .. } = ordered else { panic!("{ordered:?}") };
    assert_eq!(rule, "route");
    let expect = "no route may carry customer_service: a: does not serve cmcc; b: signature not filed for cmcc; \
                  c: link to t.cn not filed; demo: stopped";
    assert_eq!(&*detail, expect);
}

#[test]
fn among_equals_the_cheapest_at_the_moment() {
    let dear = "prices = [{ from = \"2026-05-07T00:00:00+08:00\", price_yuan = \"0.05\" }]";
    let mut bank = bank(&[("a", 1, dear), ("b", 1, "")]);
    assert_eq!(taken(&mut bank, text_for(MOBILE, "一")), "a", "the first by name");
    bank.at("2026-05-07 10:00");
    assert_eq!(taken(&mut bank, text_for(MOBILE, "一")), "b");
}

#[test]
fn weights_share_what_there_is() {
    let mut bank = bank(&[("a", 1, "weight = 3"), ("b", 1, "weight = 1"), ("c", 1, "")]);
    let mut shares = BTreeMap::new();
    for n in 0..400 {
        let route = taken(&mut bank, text_for(&format!("138{n:08}"), "一"));
        *shares.entry(route).or_insert(0) += 1;
    }
    assert_eq!(shares.keys().collect::<Vec<_>>(), ["a", "b"], "who names no weight gets nothing of it");
    assert!((260..340).contains(&shares["a"]), "{shares:?}");
}

#[test]
fn a_customer_stays_with_a_sticky_route_as_long_as_it_can() {
    let mut bank = bank(&[("a", 1, "sticky = true"), ("b", 1, "sticky = true")]);
    let mut firsts = BTreeMap::new();
    for n in 0..40 {
        let phone = format!("138{n:08}");
        let first = taken(&mut bank, text_for(&phone, "一"));
        assert_eq!(taken(&mut bank, text_for(&phone, "二")), first);
        firsts.insert(phone, first);
    }
    assert_eq!(firsts.values().collect::<BTreeSet<_>>().len(), 2, "both have customers");
    bank.goes_down("a");
    for (phone, first) in &firsts {
        assert_eq!(taken(&mut bank, text_for(phone, "三")), "b", "{first}");
    }
    bank.health("a", engine::state::Health::default());
    for (phone, first) in &firsts {
        assert_eq!(&taken(&mut bank, text_for(phone, "四")), first, "and comes back");
    }
}

#[test]
fn a_quota_of_the_day_is_used_to_the_part_and_no_further() {
    let mut bank = bank(&[("a", 1, "daily_parts = 3")]);
    let messages: Vec<_> =
        (0..4).map(|n| bank.accepted_order(text_for(&format!("138{n:08}"), "一"))).collect();
    assert_eq!(bank.send_over("a", 9).len(), 3, "its contract allows no more");
    bank.work();
    assert_eq!(bank.route_of(messages[3]), "demo", "what waits goes elsewhere");
    assert_eq!(taken(&mut bank, text_for("13900000001", "一")), "demo", "what is new as well");
    bank.at("2026-05-07 00:00");
    assert_eq!(taken(&mut bank, text_for("13900000002", "一")), "a", "the institution's midnight");
}

#[test]
fn what_is_offered_again_counts_once() {
    let mut bank = bank(&[("a", 1, "daily_parts = 2")]);
    let message = bank.accepted_order(text_for(MOBILE, "一"));
    for _ in 0..5 {
        assert_eq!(bank.send_over("a", 1), [message]);
        bank.outbox.clear();
        bank.tell(crate::bank::refused_over("a", message, 0, engine::deliver::Again::WhileValid));
    }
    assert_eq!(taken(&mut bank, text_for(MOBILE, "二")), "a", "one part of two is left");
}

#[test]
fn where_only_quotas_are_in_the_way_it_waits_for_the_next_day() {
    let mut bank = bank(&[("a", 1, "daily_parts = 1")]);
    let scope = engine::entry::Scope::parse("route:demo").unwrap();
    bank.tell(engine::Input::Switch { scope, state: SwitchState::Killed, why: "a story".into() });
    bank.accepted_order(text_for(MOBILE, "一"));
    bank.send_over("a", 1);
    let message = bank.accepted_order(text_for(MOBILE, "二"));
    let (rule, detail) = last_word(bank.ledger.last().unwrap());
    let expect = "no route may carry customer_service: a: quota of the day used up; demo: stopped";
    assert_eq!((rule, detail), ("route", expect));
    let entries = bank.at("2026-05-07 00:00").work();
    assert!(matches!(verdict(&entries).fact, engine::entry::Fact::MessageDecided(_)));
    assert_eq!(bank.send_over("a", 9), [message]);
}
