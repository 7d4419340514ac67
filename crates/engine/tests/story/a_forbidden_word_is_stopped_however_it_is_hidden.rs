//! The rule `words`: statutes' words, the institution's own, in free texts, in values and across the border of both; and
//! where it must stay silent.

use crate::bank::{Bank, finding, kinds, verdict, world};
use crate::desk::{ACCOUNT, a_route, account, as_offer, template_for, text_for};
use crate::people::{crowd, customer, having, known, offer, offer_to_all, transaction, willing};
use engine::decide::{OrderRequest, Ordered, Verdict};
use engine::entry::ReceiptState;
use model::Value;

const PHONE: &str = "13800000001";
/// Whose word is 金桂: in no statute, and nobody's business but this bank's.
const OWN: &str = "@own-project-name\nfrom 2026-05-01\nuntil 2026-06-01\naction block\ncite 本机构自定：未公开的项目名称\n\
                   verified yes\nwords 金桂\nexcept 金桂花\nrewrite 写公开的产品名称\n";

/// Somebody has looked at what the rule wants looked at.
const ALLOWED: &str = "allow = [{ lint = \"words:cn-urgency-house\", reason = \"商城确有名额\" }]";

fn bank(files: &[(&str, &str)]) -> Bank {
    let account = account("consent = \"asserted\"");
    let mut files = files.to_vec();
    files.push((ACCOUNT, &account));
    Bank::with(&files)
}

/// What the gate says to an order: the last rule and its words, or nothing when it is accepted.
fn said(bank: &mut Bank, request: OrderRequest) -> Option<(&'static str, String)> {
    match bank.order(request) {
        Ordered::Blocked { rule, detail, .. } => Some((rule, detail.to_string())),
        Ordered::Accepted { .. } => None,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_offer_that_promises_what_the_law_forbids_is_stopped_with_list_entry_and_citation() {
    for text in
        ["本期产品保本，欢迎选购。", "本期产品 保 * 本 ，", "本期产品\u{200B}緥\u{200B}夲，", "亻呆本产品，"]
    {
        let (rule, detail) = said(&mut bank(&[]), as_offer(text_for(PHONE, text))).expect(text);
        assert_eq!(rule, "words", "{text}");
        assert_eq!(
            detail,
            "words/cn.words @cn-ad-25-guarantee of 2015-09-01 forbids \"保本\", \
             广告法第二十五条（一）：不得明示或者暗示保本、无风险或者保收益"
        );
    }
    let denied = "本期理财为非保本浮动收益，投资有风险。";
    assert_eq!(said(&mut bank(&[]), as_offer(text_for(PHONE, denied))), None);
    let service = "您申请的保本型产品已到期，本金已转入您的账户。";
    assert_eq!(said(&mut bank(&[]), text_for(PHONE, service)), None, "the clause is about advertising");
}

#[test]
fn a_verdict_says_nothing_of_the_text_but_the_entry() {
    let mut bank = bank(&[]);
    let text = "王小明先生，您的尾号6222账户专享稳·赚·不·赔，";
    let (_, detail) = said(&mut bank, as_offer(text_for(PHONE, text))).expect("stopped");
    assert!(detail.contains("\"稳赚不赔\""), "{detail}");
    assert!(["王小明", "6222", "稳·赚"].iter().all(|piece| !detail.contains(piece)), "{detail}");
}

#[test]
fn the_institutions_own_list_binds_every_class_from_its_first_day_to_its_last() {
    let files = [("words/own.words", OWN)];
    let text = "您参加的金桂计划已生效。";
    for (at, stopped) in
        [("2026-04-30", false), ("2026-05-01", true), ("2026-05-31", true), ("2026-06-01", false)]
    {
        let mut bank = bank(&files);
        bank.at(&format!("{at} 10:00"));
        let found = said(&mut bank, text_for(PHONE, text));
        assert_eq!(found.is_some(), stopped, "{at}: {found:?}");
    }
    assert_eq!(said(&mut bank(&files), text_for(PHONE, "您订购的金桂花已发货。")), None);
    assert_ne!(world(&files).hash, world(&[]).hash, "what binds us is in the hash");
}

#[test]
fn a_value_is_read_together_with_the_text_around_it() {
    let template = "id = \"note\"\nclass = \"customer_service\"\nlanguage = \"zh-CN\"\nparts_max = 1\n\
                    text = \"您参加的金{{ name }}计划已生效。\"\n[variables]\n\
                    name = { type = \"text(8)\", from = \"event.name\" }\n";
    let files = [("words/own.words", OWN), ("templates/note.toml", template)];
    let mut bank = bank(&files);
    assert!(bank.world.remarks.is_empty(), "the template says nothing forbidden itself");
    let order = |value| template_for(PHONE, "note", &[("name", value)]);
    assert_eq!(said(&mut bank, order("秋")), None);
    for value in ["桂", "\u{200B} 桂", "秋，金桂", "gui"] {
        assert_eq!(said(&mut bank, order(value)).expect(value).0, "words", "{value}");
    }
}

#[test]
fn what_an_offer_of_a_return_must_say_is_asked_for() {
    let mut bank = bank(&[]);
    let (rule, detail) =
        said(&mut bank, as_offer(text_for(PHONE, "新发理财，业绩比较基准3%。"))).expect("stopped");
    assert_eq!(rule, "words");
    assert!(
        detail.starts_with("words/cn.words @cn-ad-25-risk-phrase of 2015-09-01 asks for \"投资有风险\" or"),
        "{detail}"
    );
    let whole = "新发理财，业绩比较基准3%，投资有风险。";
    assert_eq!(said(&mut bank, as_offer(text_for(PHONE, whole))), None);
}

#[test]
fn who_lends_is_named_where_the_institution_says_who_does() {
    let shipped = library::files().find(|(path, _)| *path == "institution.toml").expect("shipped").1;
    let institution = format!("{shipped}\nlender = \"鸿雁消费金融有限公司\"\n");
    let text = "您有一笔消费贷额度可借，最高可借5万元。";
    for (files, at, stopped) in [
        (vec![], "2026-10-08 10:00", false),
        (vec![("institution.toml", institution.as_str())], "2026-10-08 10:00", true),
        (vec![("institution.toml", institution.as_str())], "2026-09-29 10:00", false),
    ] {
        let mut bank = bank(&files);
        bank.at(at);
        let found = said(&mut bank, as_offer(text_for(PHONE, text)));
        assert_eq!(found.is_some(), stopped, "{at}: {found:?}");
        let named = format!("由鸿雁消费金融有限公司提供。{text}");
        assert_eq!(said(&mut bank, as_offer(text_for("13800000002", &named))), None);
    }
}

#[test]
fn what_a_person_should_look_at_is_stopped_until_somebody_can_be_asked() {
    let text = "本行积分商城全新上线，名额有限。";
    let (rule, detail) = said(&mut bank(&[]), as_offer(text_for(PHONE, text))).expect("stopped");
    assert_eq!(rule, "words");
    assert!(
        detail.contains("wants a person to look at \"名额有限\"")
            && detail.ends_with("nobody can be asked yet"),
        "{detail}"
    );
    let shipped = library::files().find(|(path, _)| *path == "institution.toml").expect("shipped").1;
    let sends = format!("{shipped}\nunreviewed = \"send\"\n");
    let mut bank = bank(&[("institution.toml", &sends)]);
    assert_eq!(said(&mut bank, as_offer(text_for(PHONE, text))), None);
    let passed = bank.ledger.last().expect("a verdict");
    assert!(finding(passed, "words").detail.starts_with("unreviewed: words/cn.words @cn-urgency-house"));
}

#[test]
fn a_template_that_somebody_has_looked_at_passes_and_the_verdict_says_so() {
    let offer_of = |allowed: &str| {
        format!(
            "id = \"limited\"\nclass = \"marketing\"\nsubtype = \"offer\"\nlanguage = \"zh-CN\"\nparts_max = 2\n{allowed}\n\
             text = \"{{{{ name }}}}您好，积分商城全新上线，名额有限。拒收请回复R\"\n\
             [variables]\nname = {{ type = \"name\", from = \"customer.name\" }}\n"
        )
    };
    let launch = offer("b1", "true", "").replace("spring-offer", "limited");
    for (allowed, verdict_is) in [("", Verdict::Block), (ALLOWED, Verdict::Pass)] {
        let template = offer_of(allowed);
        let mut bank = bank(&[("templates/limited.toml", &template)]);
        bank.tell(known(crowd(1)));
        bank.launch(&launch);
        let entries = bank.work();
        let found = finding(verdict(&entries), "words");
        assert_eq!(found.verdict, verdict_is, "{allowed}");
        if verdict_is == Verdict::Pass {
            assert_eq!(&*found.detail, "looked at: @cn-urgency-house");
        }
    }
}

#[test]
fn a_text_for_the_next_leg_of_a_plan_is_read_before_it_goes() {
    let shipped = library::files().find(|(path, _)| *path == "institution.toml").expect("shipped").1;
    let institution = format!("{shipped}\n[contacts]\npush = \"token\"\n");
    let smpp = a_route("app", 1, "channel = \"push\"");
    let app = smpp.split_once("[smpp]").expect("a link").0.to_owned() + "[provider]\nkind = \"fake\"\n";
    let launch = offer("b1", "true", "plan = \"push-then-sms\"").replace("spring-offer", "both");
    for (word, legs) in [("积分", 2), ("金桂", 1)] {
        let template = format!(
            "id = \"both\"\nclass = \"marketing\"\nsubtype = \"offer\"\nlanguage = \"zh-CN\"\nparts_max = 2\n\
             text = \"{{{{ name }}}}您好，{word}商城已上线。拒收请回复R\"\n\
             texts = [{{ channel = \"push\", text = \"{{{{ name }}}}您好，商城已上线。拒收请回复R\" }}]\n\
             [variables]\nname = {{ type = \"name\", from = \"customer.name\" }}\n"
        );
        let files = [
            ("institution.toml", institution.as_str()),
            ("routes/app.toml", &app),
            ("words/own.words", OWN),
            ("templates/both.toml", &template),
        ];
        let mut bank = bank(&files);
        let reader = having(willing(customer("C1", PHONE)), "token", Some(Value::Text("t-1".into())));
        bank.tell(known([reader]));
        bank.launch(&launch);
        bank.work();
        let sent = bank.send_over("app", 9);
        assert_eq!(sent.len(), 1, "{word}: the push says nothing forbidden");
        bank.accept();
        let entries = bank.report_over("app", sent[0], ReceiptState::Undeliverable);
        assert_eq!(kinds(&entries).contains(&"message_rerouted"), legs == 2, "{word}: {:?}", kinds(&entries));
    }
}

#[test]
fn what_ships_passes() {
    let mut bank = Bank::open();
    bank.at("2026-11-02 10:00");
    bank.tell(known(crowd(1)));
    bank.launch(&offer_to_all("b1"));
    let entries = bank.work();
    assert_eq!(&*finding(verdict(&entries), "words").detail, "clean");
    let entries = bank.tell(transaction("E1", "C1", "10.00"));
    assert_eq!(&*finding(verdict(&entries), "words").detail, "clean");
    assert!(bank.world.remarks.is_empty(), "{:?}", bank.world.remarks);
}
