//! The demo bank is the same everywhere, and plausible.

use super::*;
use std::collections::{BTreeMap, BTreeSet};

/// Midnight of 2026-06-02 in Shanghai.
const DAY_MS: i64 = 1_780_329_600_000;

/// FNV-1a over the debug form of every item: any change of any field of any item changes it.
fn digest<T: std::fmt::Debug>(items: impl Iterator<Item = T>) -> u64 {
    items.fold(0xCBF2_9CE4_8422_2325, |hash, item| {
        format!("{item:?}\n")
            .bytes()
            .fold(hash, |hash, b| (hash ^ u64::from(b)).wrapping_mul(0x100_0000_01B3))
    })
}

fn int(event: &Event, field: &str) -> i64 {
    match event.field(field) {
        Some(Value::Int(number)) => *number,
        other => panic!("expected a number in {field} of {}, found {other:?}", event.id),
    }
}

fn text<'a>(event: &'a Event, field: &str) -> &'a str {
    match event.field(field) {
        Some(Value::Text(text)) => text,
        other => panic!("expected a text in {field} of {}, found {other:?}", event.id),
    }
}

fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

/// When this fails, the demo bank of every user and the figures of every benchmark change: say so in the changelog.
#[test]
fn the_same_seed_gives_the_same_bank_on_every_platform() {
    let bank = Bank::new(7, 1_000);
    let found = (
        digest(bank.customers()),
        digest(bank.events(DAY_MS)),
        digest((0..20_000).filter_map(|seq| replies(7).reply_to(seq, "拒收请回复R"))),
    );
    let golden = (0xede8_f69a_d972_599b, 0x0765_6369_bf61_dc98, 0x60a1_7ba8_0498_0ee1);
    assert_eq!(found, golden, "found {found:#x?}");
}

#[test]
fn another_seed_or_day_gives_another_bank_and_a_bigger_bank_has_the_smaller_one() {
    let small: Vec<Customer> = Bank::new(7, 50).customers().collect();
    assert_ne!(small, Bank::new(8, 50).customers().collect::<Vec<_>>());
    assert_eq!(small, Bank::new(7, 500).customers().take(50).collect::<Vec<_>>());
    let ids = |day_ms| Bank::new(7, 200).events(day_ms).map(|event| event.id).collect::<BTreeSet<_>>();
    assert!(ids(DAY_MS).is_disjoint(&ids(DAY_MS + 86_400_000)));
    assert_eq!(Bank::new(7, 0).events(DAY_MS).count(), 0);
    assert!(Bank::new(7, 0).is_empty());
    assert_eq!(Bank::new(7, usize::MAX).len(), CUSTOMERS_MAX);
}

#[test]
fn customers_are_well_formed_and_no_two_share_a_phone() {
    let mut phones = BTreeSet::new();
    for (index, customer) in Bank::new(u64::MAX, 20_000).customers().enumerate() {
        assert_eq!(customer.id, format!("C{:07}", index + 1));
        assert!(customer.phone.len() == 11 && customer.phone.starts_with("154"), "{}", customer.phone);
        assert!(customer.phone.bytes().all(|b| b.is_ascii_digit()));
        assert!(phones.insert(customer.phone));
        assert!((2..=13).contains(&customer.name.chars().count()), "{}", customer.name);
        assert!((1..=5).contains(&customer.risk_level));
        assert_eq!(customer.account_tail.len(), 4);
        assert_eq!(customer.birth_date.len(), 10);
        assert!(customer.income_fen > 0 && customer.balance_fen > 0);
        assert!(
            customer.alert_threshold_fen >= 500_000 && customer.alert_threshold_fen >= customer.income_fen
        );
        assert_eq!(customer.products[0], "借记卡");
        if let Some(consent) = &customer.marketing_consent {
            assert!(consent.until_ms.is_none_or(|until| until > consent.at_ms));
            assert!(consent.withdrawn_at_ms.is_none_or(|withdrawn| withdrawn > consent.at_ms));
        }
    }
}

#[test]
fn the_mix_of_customers_is_a_bank_s() {
    let all: Vec<Customer> = Bank::new(7, 20_000).customers().collect();
    let part = |is: &dyn Fn(&Customer) -> bool| share(all.iter().filter(|c| is(c)).count(), all.len());
    let holds = |c: &Customer| c.marketing_consent.as_ref().is_some_and(|consent| consent.holds_at(DAY_MS));
    assert!((0.68..0.72).contains(&part(&holds)));
    assert!((0.10..0.14).contains(&part(&|c| c.marketing_consent.is_some() && !holds(c))));
    assert!((0.16..0.20).contains(&part(&|c| c.marketing_consent.is_none())));
    assert!((0.04..0.10).contains(&part(&|c| c.opted_out_before)));
    assert!((0.93..0.97).contains(&part(&|c| c.zone == "Asia/Shanghai")));
    assert!((0.02..0.06).contains(&part(&|c| c.zone == "Asia/Urumqi")));
    assert!((0.005..0.02).contains(&part(&|c| c.zone == "Europe/London")));
    assert!((0.3..0.5).contains(&part(&|c| c.products.contains(&"信用卡"))));
    assert!((0.47..0.51).contains(&part(&|c| c.gender == Gender::Female)));
    let names: BTreeSet<&str> = all.iter().map(|c| c.name.as_str()).collect();
    assert!(names.len() > 10_000, "{} different names", names.len());
}

#[test]
fn a_day_has_its_curve_and_its_order() {
    let events: Vec<Event> = Bank::new(7, 10_000).events(DAY_MS).collect();
    assert!((23_000..27_000).contains(&events.len()), "{} events", events.len());
    assert!(events.is_sorted_by_key(|event| event.at_ms));
    assert!(events.iter().all(|event| (DAY_MS..DAY_MS + 86_400_000).contains(&event.at_ms)));
    assert_eq!(events.iter().map(|event| &event.id).collect::<BTreeSet<_>>().len(), events.len());
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let mut hours = [0_usize; 24];
    for event in &events {
        *kinds.entry(event.kind).or_default() += 1;
        hours[((event.at_ms - DAY_MS) / 3_600_000) as usize] += 1;
    }
    assert!((14_000..19_000).contains(&kinds["transaction"]), "{kinds:?}");
    assert!((4_000..6_500).contains(&kinds["login"]), "{kinds:?}");
    assert!((2_500..5_000).contains(&kinds["verification_code"]), "{kinds:?}");
    assert!((100..400).contains(&kinds["repayment_due"]), "{kinds:?}");
    assert!(hours[12] > 4 * hours[6] && hours[12] > 15 * hours[3] && hours[19] > hours[15], "{hours:?}");
    assert!(hours.iter().all(|count| *count > 0), "somebody is always awake: {hours:?}");
}

#[test]
fn balances_follow_from_transactions_and_few_are_abnormal() {
    let bank = Bank::new(7, 10_000);
    let customers: BTreeMap<String, Customer> = bank.customers().map(|c| (c.id.clone(), c)).collect();
    let mut balances: BTreeMap<String, i64> =
        customers.iter().map(|(id, c)| (id.clone(), c.balance_fen)).collect();
    let (mut transactions, mut abnormal, mut incoming) = (0, 0, 0);
    for event in bank.events(DAY_MS).filter(|event| event.kind == "transaction") {
        let customer = &customers[&event.customer_id];
        let amount = int(&event, "amount_fen");
        assert!(amount > 0);
        let balance = balances.get_mut(&event.customer_id).unwrap();
        match text(&event, "direction") {
            "in" => *balance += amount,
            "out" => *balance -= amount,
            other => panic!("{other}"),
        }
        assert_eq!(int(&event, "balance_fen"), *balance, "{}", event.id);
        assert!(*balance >= 0, "{} is overdrawn", event.id);
        assert_eq!(text(&event, "account_tail"), customer.account_tail);
        assert!(!text(&event, "merchant").is_empty() && !text(&event, "channel").is_empty());
        transactions += 1;
        incoming += usize::from(text(&event, "direction") == "in");
        abnormal += usize::from(amount > customer.alert_threshold_fen);
    }
    assert!((0.002..0.012).contains(&share(abnormal, transactions)), "{abnormal} of {transactions}");
    assert!((0.12..0.22).contains(&share(incoming, transactions)), "{incoming} of {transactions}");
}

#[test]
fn logins_codes_and_repayments_carry_their_fields() {
    let bank = Bank::new(7, 10_000);
    let customers: BTreeMap<String, Customer> = bank.customers().map(|c| (c.id.clone(), c)).collect();
    let (mut logins, mut elsewhere) = (0, 0);
    for event in bank.events(DAY_MS) {
        let customer = &customers[&event.customer_id];
        match event.kind {
            "login" => {
                logins += 1;
                elsewhere += usize::from(text(&event, "city") != customer.city);
            }
            "verification_code" => {
                let code = text(&event, "code");
                assert!(code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()), "{code}");
                assert!(["登录手机银行", "网上支付"].contains(&text(&event, "purpose")));
            }
            "repayment_due" => {
                assert_eq!(text(&event, "due_date"), "2026-06-05");
                assert!(customer.products.contains(&text(&event, "product")), "{}", event.id);
                assert!(int(&event, "amount_fen") > 0);
            }
            _ => {}
        }
    }
    assert!((0.003..0.02).contains(&share(elsewhere, logins)), "{elsewhere} of {logins}");
}

#[test]
fn few_answer_and_those_who_do_answer_the_kind_of_message() {
    const MESSAGES: u64 = 200_000;
    let replies = replies(7);
    let count = |message: &str, is: &dyn Fn(&str) -> bool| {
        let answers = (0..MESSAGES).filter_map(|seq| replies.reply_to(seq, message));
        share(answers.filter(|answer| is(answer)).count(), MESSAGES as usize)
    };
    let refuses = |answer: &str| {
        ["R", "r", "T", "Ｔ", "N"].contains(&answer)
            || ["退", "TD", "td", "Td", "ＴＤ", "回复R"].iter().any(|word| answer.contains(word))
    };
    let marketing = "【鸿雁银行】贷款优惠，拒收请回复R";
    assert!((0.016..0.021).contains(&count(marketing, &refuses)));
    assert!((0.033..0.040).contains(&count(marketing, &|_| true)));
    assert!((0.0005..0.0015).contains(&count("您的验证码是123456", &|_| true)));
    assert!((0.008..0.012).contains(&count("您尾号1234的账户支出10元", &|_| true)));
    assert_eq!(replies.reply_to(5, marketing), replies.reply_to(5, marketing));
}
