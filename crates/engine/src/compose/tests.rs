//! What a template becomes, and what it refuses to become.

use super::*;
use crate::world::{Concatenation, Institution, load};
use model::{Calendar, Currency, Date, MessageClass, Money, Timestamp, Value};
use proptest::prelude::*;
use text::Encoding;

macro_rules! shipped {
    ($($path:literal),* $(,)?) => {
        [$(($path.to_owned(), include_str!(concat!("../../../../library/", $path)).to_owned())),*]
    };
}

fn world() -> World {
    let files = shipped![
        "institution.toml",
        "calendars/cn.toml",
        "words/opt_out.toml",
        "rules/cn/consent.toml",
        "routes/demo.toml",
        "classes/customer_service.toml",
        "classes/marketing.toml",
        "classes/regulatory.toml",
        "classes/risk_notice.toml",
        "classes/technical_support.toml",
        "templates/account-change.toml",
        "templates/opt-out-confirmed.toml",
        "templates/verification-code-en.toml",
    ];
    load(&files).unwrap()
}

fn reader(zone: Zone) -> Reader {
    Reader { zone, key: 1, now: Timestamp(0), message: MessageId(1) }
}

fn institution() -> Institution {
    Institution {
        name: "鸿雁银行".into(),
        signature: "鸿雁".into(),
        country: "86".into(),
        zone: Zone::SHANGHAI,
        language: "zh-CN".into(),
        currency: Currency::CNY,
        rates: crate::world::Rates::default(),
        calendar: Calendar::default(),
        jurisdiction: "cn".into(),
        lender: None,
        disagreement: crate::world::Disagreement::Block,
        unreviewed: crate::world::Unreviewed::Stop,
        contacts: std::collections::BTreeMap::new(),
        preferences: crate::world::Preferences::default(),
        tasks_per_hour: std::collections::BTreeMap::new(),
    }
}

fn parts(source: &str, variables: &[(&str, &str, &str)]) -> TemplateParts {
    let declare = |(name, kind, from): &(&str, &str, &str)| Variable {
        name: (*name).into(),
        kind: VariableKind::parse(kind).unwrap(),
        from: Source::parse(from).unwrap(),
        sample: None,
    };
    TemplateParts {
        id: "t".into(),
        class: MessageClass::CustomerService,
        subtype: None,
        language: "zh-CN".into(),
        source: source.into(),
        variables: variables.iter().map(declare).collect(),
        parts_max: 2,
        texts: Vec::new(),
        allowed: Vec::new(),
    }
}

fn cny(minor: i64) -> Value {
    Value::Money(Money { minor, currency: Currency::CNY })
}

fn text(value: &str) -> Value {
    Value::Text(value.into())
}

/// A template of one variable `v` of a type, filled with one value.
fn written(kind: &str, value: Value) -> Result<String, String> {
    let template = Template::compile(parts("{{ v }}", &[("v", kind, "customer.v")])).unwrap();
    let customer = [("v".into(), value)].into();
    template
        .render(0, &institution(), &customer, None, Zone::SHANGHAI, None)
        .map_err(|error| error.to_string())
}

#[test]
fn every_type_is_written_in_its_own_way() {
    let time = Value::Time(Timestamp::parse_rfc3339("2026-05-01T00:30:00Z").unwrap());
    let table = [
        ("money", cny(123_456_789), "1,234,567.89"),
        ("money", cny(-5), "-0.05"),
        ("percent", Value::Float(3.45), "3.45%"),
        ("int", Value::Int(-7), "-7"),
        ("date", Value::Date(Date::new(2026, 5, 1).unwrap()), "5月1日"),
        ("time", time, "5月1日08:30"),
        ("account_tail", text("6222 0000 1234 5678"), "5678"),
        ("account_tail", text("5678"), "5678"),
        ("name", text("张三"), "张三"),
        ("code", text("008123"), "008123"),
        ("text(4)", text("超市购物"), "超市购物"),
        ("text(4)", text("{{v}}"), "expected a text of 1 to 4 characters, found 5"),
        ("text(9)", text("{{ v }}"), "{{ v }}"),
        ("text(9)", text("<b>&"), "<b>&"),
    ];
    for (kind, value, expect) in table {
        match written(kind, value) {
            Ok(written) => assert_eq!(written, expect, "{kind}"),
            Err(error) => assert!(error.ends_with(expect), "{kind}: {error}"),
        }
    }
}

#[test]
fn values_that_do_not_fit_are_named_and_not_repeated() {
    let table = [
        ("money", text("1.00"), "variable \"v\": expected money, found text"),
        ("money", cny(i64::MAX), "variable \"v\": expected an amount of 1 to 18 characters, found 25"),
        ("percent", Value::Float(f64::NAN), "variable \"v\": expected a finite rate"),
        ("percent", Value::Float(1e9), "variable \"v\": expected a rate of 1 to 8 characters, found 14"),
        ("int", Value::Float(1.0), "variable \"v\": expected int, found float"),
        ("int", Value::Int(i64::MIN), "variable \"v\": expected a number of 1 to 12 characters, found 20"),
        ("date", text("2026-05-01"), "variable \"v\": expected date, found text"),
        ("name", text(""), "variable \"v\": expected a name of 1 to 30 characters, found 0"),
        ("text(4)", text("超市购物卡"), "variable \"v\": expected a text of 1 to 4 characters, found 5"),
        // A rare character is two units for a carrier, so it is two here.
        ("text(3)", text("𠮷𠮷"), "variable \"v\": expected a text of 1 to 3 characters, found 4"),
    ];
    for (kind, value, expect) in table {
        assert_eq!(written(kind, value).unwrap_err(), expect, "{kind}");
    }
}

#[test]
fn a_missing_value_is_an_error_and_never_a_blank() {
    let template = Template::compile(parts(
        "{{ a }}{{ b }}{{ c }}",
        &[("a", "int", "event.a"), ("b", "name", "customer.b"), ("c", "text(9)", "institution.name")],
    ))
    .unwrap();
    let event: Fields = [("a".into(), Value::Int(1))].into();
    let customer: Fields = [("b".into(), text("李四"))].into();
    let render = |customer: &Fields, event: Option<&Fields>| {
        template
            .render(0, &institution(), customer, event, Zone::UTC, None)
            .map_err(|error| error.to_string())
    };
    assert_eq!(render(&customer, Some(&event)).as_deref(), Ok("1李四鸿雁银行"));
    assert_eq!(render(&customer, None).unwrap_err(), "variable \"a\": expected an event with a");
    assert_eq!(
        render(&Fields::new(), Some(&event)).unwrap_err(),
        "variable \"b\": expected a customer with b"
    );
    let nested = Template::compile(parts("{{ b.first }}", &[("b", "name", "customer.b")])).unwrap();
    let error = nested.render(0, &institution(), &customer, None, Zone::UTC, None).unwrap_err();
    assert!(matches!(error, TemplateError::Syntax(_)) && !error.to_string().contains("李四"), "{error}");
}

#[test]
fn names_are_checked_when_a_template_is_saved() {
    let mistakes = |source: &str, names: &[&str]| {
        let variables: Vec<_> = names.iter().map(|name| (*name, "int", "event.a")).collect();
        let errors = Template::compile(parts(source, &variables)).err().unwrap_or_default();
        errors.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(mistakes("{{ a }}{% if b %}{{ b }}{% endif %}", &["a", "b"]), [""; 0]);
    assert_eq!(
        mistakes("{{ a }}{{ c }}{{ d }}", &["a", "b"]),
        [
            "undeclared variable \"c\"; declared are a, b",
            "undeclared variable \"d\"; declared are a, b",
            "variable \"b\" is declared but not used",
        ]
    );
    for source in ["{{ a", "{% if a %}", "{{ a | nosuchfilter }}", "{% include 'a' %}{{ a }}"] {
        let found = mistakes(source, &["a"]);
        let renders = found.is_empty()
            && Template::compile(parts(source, &[("a", "int", "event.a")]))
                .is_ok_and(|t| t.worst_case(0).is_ok());
        assert!(!renders, "{source}");
    }
}

#[test]
fn no_source_is_too_deep_for_a_stack() {
    for count in [10, 100, 140, 500, 900, 1_900] {
        for (before, inner, after) in [
            ("(", "1", ")"),
            ("[", "1", "]"),
            ("{1: ", "1", "}"),
            ("not ", "1", ""),
            ("-", "1", ""),
            ("1 + ", "1", ""),
            ("1 ~ ", "1", ""),
            ("1 if 1 else ", "1", ""),
            ("", "1", " | abs"),
            ("", "a", ".b"),
            ("", "a", "[0]"),
        ] {
            let source = format!("{{{{ {}{inner}{} }}}}", before.repeat(count), after.repeat(count));
            let _ = Template::compile(parts(&source, &[])).map(|template| template.worst_case(0));
        }
        let source = format!("{}{}", "{% if 1 %}".repeat(count), "{% endif %}".repeat(count));
        let _ = Template::compile(parts(&source, &[])).map(|template| template.worst_case(0));
    }
    let error = Template::compile(parts(&"汉".repeat(667), &[])).unwrap_err();
    assert_eq!(error, [TemplateError::TooLong { found: 2_001 }]);
    let endless = "{% for a in [1, 2, 3, 4, 5, 6, 7, 8, 9] %}".repeat(9) + &"{% endfor %}".repeat(9);
    let error = Template::compile(parts(&endless, &[])).unwrap().worst_case(0).unwrap_err();
    assert!(error.to_string().contains("fuel"), "{error}");
}

#[test]
fn the_hash_names_everything_that_was_approved() {
    let hash = |change: fn(&mut TemplateParts)| {
        let mut parts = parts("{{ a }}", &[("a", "int", "event.a")]);
        change(&mut parts);
        Template::compile(parts).unwrap().hash
    };
    let same = hash(|_| {});
    let changes: [fn(&mut TemplateParts); 7] = [
        |p| p.id = "u".into(),
        |p| p.class = MessageClass::Regulatory,
        |p| p.subtype = Some(model::Subtype::new("s")),
        |p| p.language = "en".into(),
        |p| p.source.push(' '),
        |p| p.variables[0].kind = VariableKind::Code,
        |p| p.variables[0].from = Source::Customer("a".into()),
    ];
    assert_eq!(hash(|_| {}), same);
    for (nth, change) in changes.into_iter().enumerate() {
        assert_ne!(hash(change), same, "change {nth}");
    }
}

/// An event about a customer without attributes.
fn said(event: &Fields) -> Said<'_> {
    static NOTHING: Fields = Fields::new();
    Said::Event { customer: &NOTHING, event: Some(event) }
}

#[test]
fn the_route_says_where_the_signature_stands_and_what_a_part_costs() {
    let world = world();
    let event: Fields = [
        ("account_tail".into(), text("1234")),
        ("at".into(), Value::Time(Timestamp::parse_rfc3339("2026-05-01T08:30:00+08:00").unwrap())),
        ("direction_text".into(), text("支出")),
        ("amount".into(), cny(600_000)),
        ("merchant".into(), text("东方购物中心")),
        ("balance".into(), cny(1_234_567)),
    ]
    .into();
    let body = "您尾号1234的账户支出6,000.00元（东方购物中心），5月1日08:30，余额12,345.67元。";
    let check = |signature, concatenation, expect: &str, units: usize| {
        let mut route = (*world.routes[&"demo".into()]).clone();
        (route.signature, route.concatenation) = (signature, concatenation);
        let template = &world.templates[&"account-change".into()];
        let draft =
            draft(&world, template, &route, &said(&event), reader(Zone::SHANGHAI), Timestamp(0)).unwrap();
        assert_eq!(draft.text.reveal(), expect);
        assert_eq!(
            (draft.measure.encoding, draft.measure.units, draft.measure.parts),
            (Encoding::Ucs2, units, 1)
        );
        assert_eq!(draft.cost, route.price);
        assert!(!format!("{draft:?}").contains("1234"), "a draft is personal");
    };
    let units = body.chars().count();
    check(SignatureMode::Head, Concatenation::Udh, &format!("【鸿雁银行】{body}"), units + 6);
    check(SignatureMode::Tail, Concatenation::Udh, &format!("{body}【鸿雁银行】"), units + 6);
    check(SignatureMode::CarrierHead, Concatenation::Sar, body, units + 6);
    check(SignatureMode::None, Concatenation::Udh, body, units);
}

#[test]
fn long_messages_cost_every_part() {
    let mut world = world();
    world.institution.signature = "Hongyan".into();
    let template = &world.templates[&"verification-code-en".into()];
    let event: Fields = [("code".into(), text("123456"))].into();
    let mut route = (*world.routes[&"demo".into()]).clone();
    let measured = |route: &Route| {
        let draft = draft(&world, template, route, &said(&event), reader(Zone::UTC), Timestamp(0)).unwrap();
        (draft.measure.encoding, draft.measure.parts, draft.cost.to_string())
    };
    // The brackets of the signature make a Latin text a UCS-2 one.
    assert_eq!(measured(&route), (Encoding::Ucs2, 2, "¥0.07".to_owned()));
    route.signature = SignatureMode::None;
    assert_eq!(measured(&route), (Encoding::Gsm7, 1, "¥0.035".to_owned()));
}

proptest! {
    #[test]
    fn no_message_has_more_parts_than_the_worst_case(
        minor in any::<i64>(), rate in any::<f64>(), n in any::<i64>(), days in -700_000i32..700_000, at in any::<i64>(),
        word in "\\PC{0,24}",
    ) {
        let kinds = ["money", "percent", "int", "date", "time", "account_tail", "name", "code", "text(20)"];
        let values = [
            cny(minor), Value::Float(rate), Value::Int(n), Value::Date(Date::from_days(days).unwrap()),
            Value::Time(Timestamp(at)), text(&word), text(&word), text(&word), text(&word),
        ];
        for (kind, value) in kinds.into_iter().zip(values) {
            let source = "{{ v }}".repeat(9);
            let template = Template::compile(parts(&source, &[("v", kind, "customer.v")])).unwrap();
            let worst = measure(&template.worst_case(0).unwrap());
            let customer = [("v".into(), value)].into();
            if let Ok(rendered) = template.render(0, &institution(), &customer, None, Zone::SHANGHAI, None) {
                prop_assert!(measure(&rendered).parts <= worst.parts, "{}: {}", kind, rendered);
            }
        }
    }

    #[test]
    fn any_source_compiles_or_says_why(source in "(\\PC|[{}%#]){0,60}") {
        if let Ok(template) = Template::compile(parts(&source, &[])) {
            let _ = template.worst_case(0);
        }
    }
}

#[test]
fn only_text_messages_have_parts() {
    let world = world();
    let demo = &world.routes[&"demo".into()];
    let long = Private::new("汉".repeat(500));
    let said = Said::Text { text: &long, signature: None };
    let draft_on = |route: &Route| {
        let template = world.templates.values().next().unwrap();
        draft(&world, template, route, &said, reader(Zone::SHANGHAI), Timestamp(0)).unwrap()
    };
    let sms = draft_on(demo);
    assert_eq!((sms.measure.parts, sms.cost), (8, demo.price.times(8)));
    let provider = crate::world::ProviderAccount { kind: "email".into(), settings: Default::default() };
    let mail = Route {
        channel: model::Channel::Email,
        protocol: crate::world::Protocol::Provider(provider.clone()),
        ..Route::clone(demo)
    };
    assert_eq!((draft_on(&mail).measure.parts, draft_on(&mail).cost), (1, demo.price));
    let by_a_provider = Route { protocol: crate::world::Protocol::Provider(provider), ..Route::clone(demo) };
    assert_eq!(draft_on(&by_a_provider).measure.parts, 8, "a text message is one whoever carries it");
}

/// What a template of one variable `v` writes in one way.
fn through(kind: &str, filters: &str, value: Value) -> Result<String, String> {
    let source = format!("{{{{ v|{filters} }}}}");
    let template =
        Template::compile(parts(&source, &[("v", kind, "customer.v")])).map_err(|e| e[0].to_string())?;
    let customer = [("v".into(), value)].into();
    template
        .render(0, &institution(), &customer, None, Zone::SHANGHAI, None)
        .map_err(|error| error.to_string())
}

#[test]
fn filters_write_money_dates_masks_and_people() {
    let at = Value::Time(Timestamp::parse_rfc3339("2026-05-01T00:30:00Z").unwrap());
    let day = || Value::Date(Date::new(2026, 12, 3).unwrap());
    for (kind, filters, value, expect) in [
        ("money", "capitals", cny(140_950), "壹仟肆佰零玖元伍角"),
        ("money", "yuan", cny(123_400), "1,234元"),
        ("money", "wan", cny(-150_000_000), "-150万元"),
        ("date", "day", day(), "12月3日"),
        ("date", "day_long", day(), "2026年12月3日"),
        ("date", "day_iso", day(), "2026-12-03"),
        ("date", "day_en", day(), "3 Dec 2026"),
        ("date", "weekday", day(), "星期四"),
        ("time", "day_long", at.clone(), "2026年5月1日"),
        ("time", "clock", at.clone(), "08:30"),
        ("time", "string", at.clone(), "5月1日08:30"),
        ("name", "mask_name", text("张三丰"), "张**"),
        ("text(20)", "mask_phone", text("13800001234"), "138****1234"),
        ("text(20)", "mask_card", text("6222021234567890"), "7890"),
        ("text(20)", "mask_id", text("11010519491231002X"), "1****************X"),
        ("name", "honorific(\"女\")", text("欧阳娜娜"), "欧阳女士"),
        ("name", "honorific", text("李四"), "李四先生/女士"),
    ] {
        assert_eq!(through(kind, filters, value).as_deref(), Ok(expect), "{kind}|{filters}");
    }
}

#[test]
fn a_filter_that_does_not_fit_says_what_it_expected_and_no_value() {
    for (kind, filters, value, expect) in [
        ("name", "yuan", text("张三"), "expected money before the filter"),
        ("name", "day", text("张三"), "expected a date or time before the filter"),
        ("date", "clock", Value::Date(Date::new(2026, 5, 1).unwrap()), "expected a time, not a date"),
        ("money", "capital", cny(1), "unknown filter"),
    ] {
        let error = through(kind, filters, value).unwrap_err();
        assert!(error.contains(expect) && !error.contains("张三"), "{error}");
    }
}

#[test]
fn every_filter_has_a_longest_text() {
    for (kind, filter, longest) in [
        ("money", "capitals", 28),
        ("money", "yuan", 19),
        ("money", "wan", 19),
        ("date", "day_long", 11),
        ("text(20)", "mask_phone", 11),
        ("text(9)", "mask_id", 9),
        ("name", "mask_name", 3),
        ("name", "honorific(\"m\")", 35),
    ] {
        let source = format!("{{{{ v|{filter} }}}}");
        let template = Template::compile(parts(&source, &[("v", kind, "customer.v")])).unwrap();
        let worst = template.worst_case(0).unwrap();
        assert_eq!(worst.encode_utf16().count(), longest, "{filter}: {worst}");
    }
}

/// Channel, language and variant, and the text.
type Written<'a> = (Option<&'a str>, Option<&'a str>, Option<&'a str>, &'a str);

fn with_texts(texts: &[Written<'_>]) -> TemplateParts {
    let wording = |(channel, language, variant, source): &Written<'_>| Wording {
        channel: channel.and_then(Channel::parse),
        language: language.map(str::to_owned),
        variant: variant.map(Into::into),
        source: (*source).to_owned(),
    };
    let mut parts = parts("{{ a }}", &[("a", "name", "customer.a"), ("b", "name", "customer.b")]);
    parts.texts = texts.iter().map(wording).collect();
    parts
}

#[test]
fn only_what_a_text_uses_must_be_there() {
    let template = Template::compile(with_texts(&[(Some("push"), None, None, "P{{ b }}")])).unwrap();
    let customer = [("a".into(), text("甲"))].into();
    let render = |at| template.render(at, &institution(), &customer, None, Zone::UTC, None);
    assert_eq!(render(0).as_deref(), Ok("甲"));
    assert_eq!(render(1).unwrap_err().to_string(), "variable \"b\": expected a customer with b");
}

#[test]
fn a_mistake_in_any_text_is_one_of_the_template() {
    let errors = Template::compile(with_texts(&[
        (None, Some("en-US"), None, "{{ b }}{{ c }}"),
        (None, None, Some("b"), "{{ a"),
    ]))
    .unwrap_err();
    let words: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(words.len(), 2, "{words:?}");
    assert!(words[0].starts_with("not a template"), "{words:?}");
    assert_eq!(words[1], "undeclared variable \"c\"; declared are a, b");
}

#[test]
fn what_is_approved_is_every_text_and_every_excuse() {
    let hash = |texts: &[_]| Template::compile(with_texts(texts)).unwrap().hash;
    let push = hash(&[(Some("push"), None, None, "P{{ b }}")]);
    assert_ne!(push, hash(&[(Some("push"), None, None, "Q{{ b }}")]));
    assert_ne!(push, hash(&[(Some("sms"), None, None, "P{{ b }}")]));
    let mut excused = with_texts(&[(Some("push"), None, None, "P{{ b }}")]);
    excused.allowed.push(Allowed { lint: "tone".to_owned(), reason: "x".to_owned() });
    assert_ne!(push, Template::compile(excused).unwrap().hash);
    let mut sampled = with_texts(&[(Some("push"), None, None, "P{{ b }}")]);
    sampled.variables[0].sample = Some("王五".into());
    assert_eq!(push, Template::compile(sampled).unwrap().hash, "a sample changes no message");
}

#[test]
fn a_preview_shows_what_the_customer_sees_on_every_route() {
    let world = world();
    let template = &world.templates[&"account-change".into()];
    let given = [("direction", "支出"), ("merchant", "东方购物中心"), ("amount", "6,000.00")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let shown = preview(&world, template, &given, Timestamp(0)).unwrap();
    assert_eq!((shown.len(), shown[0].pieces.len(), shown[0].measure.parts), (1, 1, 1));
    let text = &shown[0].pieces[0];
    assert!(text.starts_with("【鸿雁银行】您尾号1234的账户") && text.contains("支出6,000.00元"), "{text}");
    let stranger = [("amuont".to_owned(), "1".to_owned())].into();
    let error = preview(&world, template, &stranger, Timestamp(0)).unwrap_err().to_string();
    assert!(
        error.starts_with("expected a value for one of ") && error.ends_with("found \"amuont\""),
        "{error}"
    );
    let wrong = [("amount".to_owned(), "much".to_owned())].into();
    let error = preview(&world, template, &wrong, Timestamp(0)).unwrap_err().to_string();
    assert_eq!(error, "variable \"amount\": expected money, found text");
}

#[test]
fn a_preview_masks_names_and_cuts_as_the_carrier_does() {
    let mut parts = parts("{{ a }}：{{ b }}", &[("a", "name", "customer.a"), ("b", "text(90)", "event.b")]);
    parts.class = MessageClass::CustomerService;
    let template = Template::compile(parts).unwrap();
    let given = [("a", "张三丰".to_owned()), ("b", "长".repeat(80))]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
    let shown = preview(&world(), &template, &given, Timestamp(0)).unwrap();
    assert_eq!(shown[0].pieces.len(), 2);
    assert!(shown[0].pieces[0].starts_with("【鸿雁银行】张**：长") && !shown[0].pieces[0].contains("三丰"));
    assert_eq!(shown[0].pieces[0].chars().count(), 67);
}
