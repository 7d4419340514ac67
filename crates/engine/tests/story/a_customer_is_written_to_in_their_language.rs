//! One template, several texts: by language and channel, and variants that share the customers.

use crate::bank::{Bank, finding, verdict};
use crate::people::{customer, having, known, text, transaction};
use engine::entry::Fact;

const TEMPLATE: &str = r#"
id = "account-change"
class = "customer_service"
subtype = "account_change"
language = "zh-CN"
parts_max = 2
text = "您尾号{{ tail }}的账户{{ direction }}{{ amount|yuan }}。"

[[texts]]
language = "en-US"
text = "Account ending {{ tail }}: {{ amount }} yuan."

[[texts]]
variant = "b"
text = "{{ direction }}{{ amount|yuan }}，账户尾号{{ tail }}。"

[variables]
tail = { type = "account_tail", from = "event.account_tail" }
direction = { type = "text(4)", from = "event.direction_text" }
amount = { type = "money", from = "event.amount" }
"#;

fn told(bank: &mut Bank, id: &str, who: &str) -> (String, String) {
    let entries = bank.tell(transaction(id, who, "1250.00"));
    let Fact::MessageDecided(decided) = &entries.last().unwrap().fact else { panic!("{entries:?}") };
    let detail = finding(verdict(&entries), "lint").detail.to_string();
    (decided.text.reveal().to_owned(), detail)
}

#[test]
fn the_text_in_the_customers_language_is_taken_and_the_verdict_names_it() {
    let mut bank = Bank::with(&[("templates/account-change.toml", TEMPLATE)]);
    let english = having(customer("C1", "13800000001"), "language", Some(text("en-GB")));
    bank.tell(known([english]));
    let (said, detail) = told(&mut bank, "E1", "C1");
    assert!(said.starts_with("【鸿雁银行】Account ending ") && said.ends_with(": 1,250.00 yuan."), "{said}");
    assert_eq!(detail, "clean, text en-US");
}

#[test]
fn variants_share_the_customers_and_each_keeps_theirs() {
    let mut bank = Bank::with(&[("templates/account-change.toml", TEMPLATE)]);
    let ids: Vec<String> = (0..40).map(|n| format!("C{n}")).collect();
    bank.tell(known(ids.iter().enumerate().map(|(n, id)| customer(id, &format!("138{n:08}")))));
    let mut seen = std::collections::BTreeMap::new();
    for id in &ids {
        let (_, first) = told(&mut bank, &format!("{id}-1"), id);
        let (_, second) = told(&mut bank, &format!("{id}-2"), id);
        assert_eq!(first, second, "{id} keeps the text they had");
        *seen.entry(first).or_insert(0) += 1;
    }
    assert_eq!(seen.len(), 2, "{seen:?}");
    assert!(seen["clean"] >= 8 && seen["clean, text b"] >= 8, "{seen:?}");
}
