//! An account for tests.

use engine::world::{Access, Account};
use model::{AccountId, MessageClass};
use std::collections::BTreeMap;

/// One that may do nothing special, changed.
pub(super) fn account(change: impl FnOnce(&mut Account)) -> Account {
    let mut account = Account {
        id: AccountId::from("core"),
        reference: "account:core@1".into(),
        department: "IT".into(),
        classes: vec![MessageClass::CustomerService],
        class: Some(MessageClass::CustomerService),
        disagreement: None,
        subtype: None,
        free: None,
        signatures: Vec::new(),
        asserts_consent: false,
        strangers: true,
        extension: None,
        tps: None,
        budget: None,
        basis: engine::world::Basis::default(),
        weight: 1,
        aliases: BTreeMap::new(),
        plan: None,
        access: Access::default(),
    };
    change(&mut account);
    account
}
