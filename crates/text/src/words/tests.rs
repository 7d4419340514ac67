//! What the shipped lists say of texts, hidden ones and honest ones; and what a list must not be.

use super::*;
use proptest::prelude::*;
use std::sync::LazyLock;

const SPELLINGS: (&str, &str) = ("spellings.txt", include_str!("../../../../library/words/spellings.txt"));

static SHIPPED: LazyLock<Checker> = LazyLock::new(|| {
    let lists = [
        ("cn.words", include_str!("../../../../library/words/cn.words")),
        ("en.words", include_str!("../../../../library/words/en.words")),
    ];
    Checker::new(lists, SPELLINGS).unwrap()
});

fn on(day: &str) -> Context<'static> {
    let on = Day::parse(day).unwrap();
    Context { class: Some("marketing"), on, opt_out: None, signature: Signature::Any, lender: None }
}

fn hits(text: &str) -> Vec<(String, &'static str, Action, How)> {
    let report = SHIPPED.check(text, &on("2026-11-01"));
    report
        .hits
        .iter()
        .map(|hit| (text[hit.place.clone()].to_owned(), hit.word, hit.action, hit.how))
        .collect()
}

#[test]
fn hidden_words_are_found_where_they_stand() {
    use Action::{Block, Review};
    use How::{Disguised, Plain, Resembles};
    for (text, piece, word, action, how) in [
        ("本期保本，欢迎", "保本", "保本", Block, Plain),
        ("本期 保 * 本 ！", "保 * 本", "保本", Block, Disguised),
        ("稳\u{200B}賺不賠", "稳\u{200B}賺不賠", "稳赚不赔", Block, Disguised),
        ("０風險投資", "０風險", "零风险", Block, Disguised),
        ("葆夲产品", "葆夲", "保本", Review, Resembles),
        ("亻呆本产品", "亻呆本", "保本", Block, Disguised),
        ("宝本的", "宝本", "保本", Review, Resembles),
        ("wenzhuan不赔", "wenzhuan不赔", "稳赚不赔", Review, Resembles),
        ("bao ben 的", "bao ben", "保本", Review, Resembles),
        ("文转布陪", "文转布陪", "稳赚不赔", Review, Resembles),
        ("国家に级", "", "", Review, Plain),
        ("囯家級产品", "囯家級", "国家级", Block, Disguised),
        ("全网第１！", "第１", "第一", Review, Disguised),
        ("秒。到账", "秒。到账", "秒到账", Review, Resembles),
        ("A Guaranteed Return!", "Guaranteed Return", "guaranteed return", Block, Disguised),
        (
            "g u a r a n t e e d r e t u r n s",
            "g u a r a n t e e d r e t u r n s",
            "guaranteed returns",
            Block,
            Disguised,
        ),
        ("guaranteеd profit", "guaranteеd profit", "guaranteed profit", Block, Disguised),
    ] {
        let found = hits(text);
        if piece.is_empty() {
            assert_eq!(found, [], "{text}");
        } else {
            assert_eq!(found, [(piece.to_owned(), word, action, how)], "{text}");
        }
    }
}

#[test]
fn what_is_denied_warned_of_or_excepted_passes() {
    for text in [
        "本产品为非保本浮动收益型",
        "本产品不承诺保本收益",
        "不保证本金和收益，不保本、不保收益",
        "不承诺保本和保收益",
        "并不是无风险，也不等于保本",
        "本理财不承諾保 本",
        "警惕“保本高收益”骗局",
        "谨防高收益陷阱",
        "謹防高收益",
        "以稳赚不赔为诱饵",
        "请确保本人操作",
        "担保本息由保险公司承担",
        "风险等级：中低风险",
        "最高可借20万元，第一期还款",
        "请第一时间致电客服",
        "nonguaranteed returnsx",
        "your risk, freedom",
        "not a guaranteed return",
    ] {
        assert_eq!(hits(text), [], "{text}");
    }
}

#[test]
fn what_only_looks_like_a_denial_does_not_help() {
    for text in [
        "不但保本，而且方便",
        "不仅保本",
        "不僅保本",
        "绝不亏损，保本",
        "警惕通胀，保本理财",
        "非常保本",
        "不是不保本",
        "除非保本",
        "不要错过：保本",
    ] {
        assert!(
            hits(text).iter().any(|(_, word, action, _)| *word == "保本" && *action == Action::Block),
            "{text}"
        );
    }
}

#[test]
fn a_rule_speaks_from_its_day_and_for_its_class() {
    let text = "秒到账";
    assert!(SHIPPED.check(text, &on("2026-09-29")).hits.is_empty());
    assert_eq!(SHIPPED.check(text, &on("2026-09-30")).hits[0].rule.id, "cn-online-marketing-inducement");
    let service = Context { class: Some("customer_service"), ..on("2026-11-01") };
    assert!(SHIPPED.check(text, &service).hits.is_empty());
    assert_eq!(SHIPPED.check("爆通讯录", &service).hits[0].action, Action::Block);
    let any = Context { class: None, ..service };
    assert_eq!(SHIPPED.check(text, &any).hits[0].action, Action::Block);
}

#[test]
fn what_must_be_there_is_asked_for() {
    let missing = |text: &str, context: &Context<'_>| -> Vec<String> {
        SHIPPED.check(text, context).missing.iter().map(|rule| rule.id.clone()).collect()
    };
    let plain = on("2026-11-01");
    let whole = "【鸿雁银行】本期理财业绩比较基准3%，投资有风险。拒收请回复R";
    assert_eq!(missing(whole, &plain), [""; 0]);
    assert_eq!(missing(&whole.replace("投资有风险", "欢迎选购"), &plain), ["cn-ad-25-risk-phrase"]);
    assert_eq!(missing(&whole.replace("拒收请回复R", ""), &plain), ["cn-opt-out"]);
    assert_eq!(missing(&whole.replace("【鸿雁银行】", ""), &plain), ["cn-signature"]);
    assert_eq!(missing(whole, &Context { opt_out: Some("退订回TD"), ..plain }), ["cn-opt-out"]);
    assert_eq!(missing(whole, &Context { signature: Signature::Filed("鸿雁"), ..plain }), ["cn-signature"]);
    let loan = "【鸿雁银行】消费贷款可借5万。拒收请回复R";
    assert_eq!(missing(loan, &plain), [""; 0]);
    assert_eq!(missing(loan, &Context { lender: Some("鸿雁消费金融"), ..plain }), ["cn-lender-name"]);
    assert_eq!(SHIPPED.check("", &plain).action(), Some(Action::Require));
    assert_eq!(SHIPPED.check(whole, &plain).action(), None);
}

#[test]
fn a_list_that_cannot_work_is_refused_with_its_line() {
    let rule = "@a\nfrom 2026-01-01\naction block\ncite c\nverified no\nwords 保本\n";
    let error = |list: &str| Checker::new([("l", list)], SPELLINGS).map(|_| ()).unwrap_err();
    for (list, line, expected) in [
        ("words x\n".to_owned(), 1, "@id before the first line of a rule"),
        ("@A\n".to_owned(), 1, "an id of lower-case letters, digits and dashes after @"),
        (rule.replace("2026-01-01", "2026-02-29"), 2, "a day as YYYY-MM-DD"),
        (rule.replace("block", "stop"), 3, "block, review or require"),
        (rule.replace("cite c", "until 2026-01-01\ncite c"), 1, "`until` after `from`"),
        (rule.replace("cite c\n", ""), 1, "lines `words` and `cite`"),
        (rule.replace("words", "classes advert\nwords"), 6, "message classes with | between them"),
        (rule.replace("保本", "保本 |  | x"), 6, "items of 1 to 40 characters with | between them"),
        (format!("{rule}{rule}"), 7, "one revision of a rule for one day"),
        (rule.replace("保本", "！！"), 6, "words with at least one letter or digit"),
    ] {
        let errors = error(&list);
        let found: Vec<_> = errors.iter().map(|error| (error.line, error.expected)).collect();
        assert_eq!(found, [(line, expected)], "{list}");
    }
    let both = Checker::new([("a", "@A\n"), ("b", "@b\nnonsense\n")], SPELLINGS).map(|_| ()).unwrap_err();
    let both: Vec<_> = both.iter().map(|error| (error.file.as_str(), error.line)).collect();
    assert_eq!(both, [("a", 1), ("b", 2)], "each file says its own first mistake");
    let later = rule.replace("from 2026-01-01", "from 2026-06-01").replace("保本", "稳赚");
    let revised = rule.replace("cite", "until 2026-06-01\ncite") + &later;
    assert_eq!(Checker::new([("l", revised.as_str())], SPELLINGS).unwrap().rules().len(), 2);
    assert!(Checker::new([("l", rule)], ("s", "[same]\n保本 x\n")).is_err());
    assert!(Checker::new([("l", rule)], ("s", "[odd]\n保 x\n")).is_err());
}

#[test]
fn days_are_days() {
    assert_eq!(Day::new(2026, 5, 6), Day::parse("2026-05-06"));
    assert_eq!(Day::new(2026, 2, 29), None);
    for (text, sound) in [
        ("2024-02-29", true),
        ("2026-02-29", false),
        ("2026-13-01", false),
        ("2026-1-01", false),
        ("2026-04-31", false),
        ("2026-01-01-", false),
        ("+026-01-01", false),
    ] {
        assert_eq!(Day::parse(text).map(|day| day.to_string()), sound.then(|| text.to_owned()), "{text}");
    }
}

#[test]
fn a_long_text_made_to_be_slow_ends_soon() {
    let report = SHIPPED.check(&"bao1yi零ling保".repeat(2_000), &on("2026-11-01"));
    assert!(report.hits.len() < 20_000);
}

proptest! {
    #[test]
    fn any_text_is_judged_and_places_are_pieces_of_it(text in any::<String>()) {
        for hit in &SHIPPED.check(&text, &on("2026-11-01")).hits {
            prop_assert!(text.get(hit.place.clone()).is_some_and(|piece| !piece.is_empty()));
        }
    }

    #[test]
    fn texts_of_words_and_marks_are_judged(pieces in prop::collection::vec(
        prop::sample::select(vec!["保", "本", "不", "非", "承诺", "，", " ", "bao", "ben", "骗局", "亻呆", "警惕", "1", "第", "r", "isk"]), 0..24,
    )) {
        let text = pieces.concat();
        for hit in &SHIPPED.check(&text, &on("2026-11-01")).hits {
            prop_assert!(text.get(hit.place.clone()).is_some());
        }
    }

    #[test]
    fn signs_between_the_characters_hide_nothing(
        signs in prop::collection::vec("[ .*·_★\u{200B}\u{FEFF}\u{3000}-]{0,3}", 4),
        before in "[ 。！]{0,3}",
    ) {
        let text = format!("{before}稳{}赚{}不{}赔{}。", signs[0], signs[1], signs[2], signs[3]);
        let report = SHIPPED.check(&text, &on("2026-11-01"));
        let hit = &report.hits[0];
        prop_assert_eq!((hit.word, hit.action), ("稳赚不赔", Action::Block));
        let expect = before.len()..text.rfind('赔').unwrap() + '赔'.len_utf8();
        prop_assert_eq!(&hit.place, &expect);
    }
}
