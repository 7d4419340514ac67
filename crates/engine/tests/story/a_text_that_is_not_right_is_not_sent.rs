//! Lints, length, routes and classes: what is wrong is blocked, and the verdict says what.

use crate::bank::{Bank, last_word, verdict, world};
use crate::people::{crowd, customer, happening, having, known, offer_to_all, text, transaction, willing};
use engine::world::{Route, RouteTable, World};
use model::{MessageClass, Value};
use std::sync::Arc;

#[test]
fn a_missing_field_is_named() {
    let mut bank = Bank::open();
    bank.tell(known([customer("C1", "13800000001")]));
    let entries = bank.tell(happening("E1", "C1", "verification_code", vec![("code", text("482913"))]));
    assert_eq!(
        last_word(verdict(&entries)),
        ("lint", "variable \"purpose\": expected an event with purpose")
    );
}

#[test]
fn a_missing_attribute_is_named() {
    let mut bank = Bank::open();
    bank.tell(known([having(willing(customer("C1", "13800000001")), "name", None)]));
    bank.launch(&offer_to_all("b1"));
    assert_eq!(
        last_word(verdict(&bank.work())),
        ("lint", "variable \"name\": expected a customer with name")
    );
}

#[test]
fn a_value_of_another_type_is_named_without_its_content() {
    let mut bank = Bank::open();
    bank.tell(known([customer("C1", "13800000001")]));
    let fields = vec![("code", Value::Int(482_913)), ("purpose", text("登录"))];
    let entries = bank.tell(happening("E1", "C1", "verification_code", fields));
    let (rule, detail) = last_word(verdict(&entries));
    assert_eq!(rule, "lint");
    assert!(
        detail.contains("\"code\"") && detail.contains("found int") && !detail.contains("482913"),
        "{detail}"
    );
}

#[test]
fn a_text_longer_than_its_variable_allows_is_named_without_its_content() {
    let mut bank = Bank::open();
    bank.tell(known([customer("C1", "13800000001")]));
    let fields = vec![("code", text("4829134829134829")), ("purpose", text("登录"))];
    let entries = bank.tell(happening("E1", "C1", "verification_code", fields));
    let (rule, detail) = last_word(verdict(&entries));
    assert!(rule == "lint" && detail.contains("\"code\"") && !detail.contains("4829"), "{detail}");
}

/// The shipped world, changed by hand where no file could say it: the loader would refuse such files.
fn changed(change: impl FnOnce(&mut World)) -> Bank {
    let mut world = world(&[]);
    let own = Arc::get_mut(&mut world).expect("a world of our own");
    change(own);
    own.table = RouteTable::of(&own.routes);
    Bank::open_with(world)
}

#[test]
fn a_text_of_more_parts_than_allowed_is_not_sent() {
    let mut bank = changed(|world| {
        let template = world.templates.get_mut(&"spring-offer".into()).expect("shipped");
        let parts = engine::compose::TemplateParts {
            id: template.id.clone(),
            class: template.class,
            subtype: template.subtype.clone(),
            language: template.language.clone(),
            source: template.source.clone(),
            variables: template.variables.clone(),
            parts_max: 1,
            texts: Vec::new(),
            allowed: Vec::new(),
        };
        *template = Arc::new(engine::compose::Template::compile(parts).unwrap());
    });
    bank.tell(known(crowd(1)));
    bank.launch(&offer_to_all("b1"));
    assert_eq!(last_word(verdict(&bank.work())), ("length", "2 parts, 1 allowed"));
}

#[test]
fn marketing_without_the_words_of_refusal_is_not_sent() {
    let mut bank = changed(|world| {
        world.classes[usize::from(MessageClass::Marketing.code() - 1)]
            .subtypes
            .values_mut()
            .for_each(|policy| policy.opt_out_text = Some("回TD退订".to_owned()));
    });
    bank.tell(known(crowd(1)));
    bank.launch(&offer_to_all("b1"));
    assert_eq!(last_word(verdict(&bank.work())), ("lint", "the opt-out text \"回TD退订\" is missing"));
}

#[test]
fn without_a_route_for_the_class_nothing_goes() {
    let mut bank = changed(|world| {
        for route in world.routes.values_mut() {
            let mut narrower = Route::clone(route);
            narrower.classes.retain(|class| *class != MessageClass::Marketing);
            *route = Arc::new(narrower);
        }
    });
    bank.tell(known(crowd(1)));
    bank.launch(&offer_to_all("b1"));
    assert_eq!(last_word(verdict(&bank.work())), ("route", "no route may carry marketing"));
    assert!(bank.tell(transaction("E1", "C1", "1.00")).len() == 2, "service goes over it as before");
}

#[test]
fn a_class_that_is_switched_off_is_not_sent() {
    let mut bank = changed(|world| {
        let class = &mut world.classes[usize::from(MessageClass::Marketing.code() - 1)];
        class.subtypes.values_mut().for_each(|policy| policy.allowed = false);
    });
    bank.tell(known(crowd(1)));
    bank.launch(&offer_to_all("b1"));
    assert_eq!(last_word(verdict(&bank.work())), ("class-policy", "marketing is not sent"));
}

#[test]
fn the_preferred_route_is_taken_then_the_cheaper_then_by_name() {
    let routes = [("b", 2, "0.03"), ("c", 1, "0.05"), ("d", 1, "0.04"), ("e", 1, "0.04")];
    let mut bank = changed(|world| {
        let demo = Arc::clone(&world.routes[&"demo".into()]);
        world.routes.clear();
        for (id, preference, price) in routes {
            let price = model::Cost::parse_yuan(price).unwrap();
            let route = Route { id: id.into(), preference, price, ..Route::clone(&demo) };
            world.routes.insert(id.into(), Arc::new(route));
        }
    });
    bank.tell(known(crowd(1)));
    let entries = bank.tell(transaction("E1", "C1", "1.00"));
    assert_eq!(&*crate::bank::finding(verdict(&entries), "route").detail, "d");
    bank.tell(engine::Input::Credit { route: "e".into(), parts: 5 });
    bank.work();
    assert!(bank.outbox.is_empty(), "another route's room is of no use to it");
}
