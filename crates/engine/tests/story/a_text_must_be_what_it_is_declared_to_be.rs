//! The rule `declared-class`, and orders whose account leaves the class to the model.

use crate::bank::{Bank, finding, verdict, world_with_model};
use crate::desk::{ACCOUNT, account, as_offer, template_for, text_for};
use crate::people::{code, crowd, customer, instalment, known, offer_to_all, transaction};
use engine::decide::{OrderError, OrderRequest, Ordered, Verdict};
use engine::world::World;
use model::MessageClass;
use std::sync::Arc;

const PHONE: &str = "13800000001";
const OFFER: &str = "【鸿雁银行】新春特惠！信用卡分期手续费5折，消费满1000元送50元立减券，名额先到先得，点击 hy.cn/a 立即抢购。";
const MOVEMENT: &str = "您尾号0428的储蓄卡5月6日09:58消费人民币88.50元，余额1,200.00元。";
const SHORT: &str = "一";

fn bank(more: &str) -> Bank {
    Bank::open_with(world_with_model(&[(ACCOUNT, &account(&format!("consent = \"asserted\"\n{more}")))]))
}

/// An account that says which classes it may send and not which one a text is.
fn unlabelled(more: &str) -> Bank {
    let file = account(more).replace("class = \"customer_service\"\n", "");
    Bank::open_with(world_with_model(&[(ACCOUNT, &file)]))
}

fn as_class(mut request: OrderRequest, class: MessageClass) -> OrderRequest {
    request.class = Some(class);
    request
}

fn rule(ordered: &Ordered) -> &'static str {
    match ordered {
        Ordered::Blocked { rule, .. } => rule,
        Ordered::Accepted { .. } => "",
        other => panic!("{other:?}"),
    }
}

#[test]
fn marketing_that_is_declared_service_is_stopped() {
    let ordered = bank("").order(text_for(PHONE, OFFER));
    let Ordered::Blocked { rule, detail, .. } = &ordered else { panic!("{ordered:?}") };
    assert_eq!(*rule, "declared-class");
    assert!(
        detail.starts_with("reads as marketing (") && detail.ends_with("declared customer_service"),
        "{detail}"
    );
    assert!(!detail.contains("信用卡"), "the verdict says nothing of the text");
    assert_eq!(rule_of_offer(), "", "declared what it is, it goes");
}

fn rule_of_offer() -> &'static str {
    let text = OFFER.replace("名额先到先得，", "").replace("立即抢购", "了解详情");
    rule(&bank("").order(as_offer(text_for(PHONE, &text))))
}

#[test]
fn service_passes_under_every_class_and_what_is_unsure_does_too() {
    assert_eq!(rule(&bank("").order(text_for(PHONE, MOVEMENT))), "");
    assert_eq!(rule(&bank("").order(text_for(PHONE, SHORT))), "");
    assert_eq!(
        rule(&bank("").order(as_offer(text_for(PHONE, MOVEMENT)))),
        "",
        "declared marketing: the stricter"
    );
}

#[test]
fn an_account_may_be_let_pass_with_a_note() {
    let mut bank = bank("disagreement = \"note\"");
    assert_eq!(rule(&bank.order(text_for(PHONE, OFFER))), "");
    let noted = finding(bank.ledger.last().expect("a verdict"), "declared-class");
    assert!(noted.verdict == Verdict::Pass && noted.detail.starts_with("reads as marketing ("), "{noted:?}");
    let shipped = library::files().find(|(path, _)| *path == "institution.toml").expect("shipped").1;
    let notes = format!("{shipped}\ndisagreement = \"note\"\n");
    let world = |more: &str| {
        Bank::open_with(world_with_model(&[("institution.toml", &notes), (ACCOUNT, &account(more))]))
    };
    assert_eq!(rule(&world("").order(text_for(PHONE, OFFER))), "");
    let strict = world("disagreement = \"block\"").order(text_for(PHONE, OFFER));
    assert_eq!(rule(&strict), "declared-class", "the account's own word counts");
}

#[test]
fn what_ships_is_what_it_says() {
    let world = world_with_model(&[]);
    assert_eq!(world.remarks, []);
    assert_eq!(
        world.readings.len(),
        world.templates.len(),
        "no shipped template has room for another message"
    );
    let mut bank = Bank::open_with(world);
    bank.tell(known(crowd(1)));
    for (id, event) in
        [transaction("E1", "C1", "10.00"), code("E2", "C1"), instalment("E3", "C1")].into_iter().enumerate()
    {
        let entries = bank.tell(event);
        assert_eq!(&*finding(verdict(&entries), "declared-class").detail, "agrees", "{id}");
    }
    bank.launch(&offer_to_all("b1"));
    assert_eq!(&*finding(verdict(&bank.work()), "declared-class").detail, "agrees");
}

/// A template of service, with one variable of so much room.
fn template(source: &str, room: u16) -> Arc<World> {
    let file = format!(
        "id = \"note\"\nclass = \"customer_service\"\nlanguage = \"zh-CN\"\nparts_max = 3\ntext = \"{source}\"\n\
         [variables]\nwords = {{ type = \"text({room})\", from = \"event.words\" }}\n"
    );
    world_with_model(&[("templates/note.toml", &file), (ACCOUNT, &account(""))])
}

#[test]
fn a_template_is_read_once_and_one_with_room_for_a_message_each_time() {
    let dressed = template(
        "新春特惠！信用卡分期手续费5折，消费满1000元送{{ words }}立减券，名额先到先得，点击 hy.cn/a 立即抢购。拒收请回复R",
        10,
    );
    let said = &dressed.remarks[0].mistake;
    assert!(
        said.message.starts_with("text: reads as marketing (")
            && said.file == "templates/note.toml"
            && said.line == 5,
        "{said}"
    );
    let ordered = Bank::open_with(dressed).order(template_for(PHONE, "note", &[("words", "50元")]));
    assert_eq!(rule(&ordered), "declared-class");
    let open = template("{{ words }}", 90);
    assert_eq!(open.remarks, []);
    let mut bank = Bank::open_with(open);
    assert_eq!(rule(&bank.order(template_for(PHONE, "note", &[("words", MOVEMENT)]))), "");
    assert_eq!(rule(&bank.order(template_for("13800000002", "note", &[("words", OFFER)]))), "declared-class");
}

#[test]
fn a_text_without_a_class_gets_the_one_it_surely_is() {
    let mut bank = unlabelled("");
    assert_eq!(rule(&bank.order(text_for(PHONE, MOVEMENT))), "");
    let class = bank.engine.state().messages.values().next().expect("a message").class;
    assert_eq!(class, MessageClass::CustomerService);
    let offered = unlabelled("").order(text_for(PHONE, OFFER));
    assert_eq!(rule(&offered), "consent", "it is marketing, and nobody has asked for it");
}

#[test]
fn a_text_whose_class_is_not_plain_is_refused_and_never_guessed() {
    for text in [
        SHORT,
        "ok see you at dinner, mum is cooking",
        "Your bank account is blocked today. Update your KYC here bit.ly/3kYcUp",
    ] {
        let mut bank = unlabelled("");
        let ordered = bank.order(text_for(PHONE, text));
        let Ordered::Refused(OrderError::Unclassed(found)) = &ordered else { panic!("{text}: {ordered:?}") };
        assert!(!found.contains(text), "{found}");
        assert!(bank.engine.state().messages.is_empty(), "no message came of it");
        let labelled = as_class(text_for(PHONE, SHORT), MessageClass::CustomerService);
        assert_eq!(rule(&bank.order(labelled)), "", "with its class it goes");
    }
    let file = account("").replace("class = \"customer_service\"\n", "");
    let ordered = Bank::with(&[(ACCOUNT, &file)]).order(text_for(PHONE, MOVEMENT));
    assert!(matches!(ordered, Ordered::Refused(OrderError::Unclassed(_))), "without a model: {ordered:?}");
}

#[test]
fn the_hash_covers_the_model_and_what_is_none_is_refused() {
    let with = world_with_model(&[]);
    assert_ne!(with.hash, crate::bank::world(&[]).hash);
    let files: Vec<(String, String)> =
        library::files().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
    let mistakes = engine::world::load_with(&files, Some(b"no model")).err().unwrap_or_default();
    assert_eq!(mistakes.len(), 1);
    assert!(
        mistakes[0].to_string().starts_with("models/classify.bin:1:1: not a classification model"),
        "{}",
        mistakes[0]
    );
}

#[test]
fn without_a_model_nothing_is_compared() {
    let mut bank = Bank::open();
    bank.tell(known([customer("C1", PHONE)]));
    let entries = bank.tell(transaction("E1", "C1", "10.00"));
    assert_eq!(&*finding(verdict(&entries), "declared-class").detail, "no model");
}
