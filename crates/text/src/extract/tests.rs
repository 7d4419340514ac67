//! Messages as institutions write them, all of them invented here, and what must be read out of them.

use super::*;
use proptest::prelude::*;
use std::sync::LazyLock;

const TABLES: [(&str, &str); 6] = [
    ("money", include_str!("../../../../library/cues/money.cues")),
    ("en", include_str!("../../../../library/cues/en.cues")),
    ("zh", include_str!("../../../../library/cues/zh.cues")),
    ("ru", include_str!("../../../../library/cues/ru.cues")),
    ("ru-latin", include_str!("../../../../library/cues/ru-latin.cues")),
    ("others", include_str!("../../../../library/cues/others.cues")),
];

fn extractor() -> &'static Extractor {
    static EXTRACTOR: LazyLock<Extractor> = LazyLock::new(|| Extractor::new(TABLES).unwrap());
    &EXTRACTOR
}

/// Amount, currency, direction, tail and balance, `-` for what is not there.
fn line(extraction: &Extraction<'_>) -> String {
    let Some(movement) = &extraction.movement else {
        return extraction.none.map_or("nothing", Reason::as_str).to_owned();
    };
    let or = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    format!(
        "{} {} {} {} {}",
        movement.amount,
        movement.currency.unwrap_or("-"),
        movement.direction.as_str(),
        or(&movement.account_tail),
        or(&movement.balance)
    )
}

fn check(cases: &[(&str, &str)]) {
    let extractor = extractor();
    for (text, expect) in cases {
        assert_eq!(line(&extractor.extract(text)), *expect, "{text}");
    }
}

#[test]
fn chinese_movements() {
    check(&[
        (
            "您尾号0428的账户于5月6日09:58支出人民币88.50元，余额1,200.00元。【鸿雁银行】",
            "88.50 CNY debit 0428 1200.00",
        ),
        ("【鸿雁银行】您账户0428于6月1日10:02入账工资，人民币9800.00。", "9800.00 CNY credit 0428 -"),
        ("您信用卡0428消费退货/退款（某商店）56.00元，可用额度8,000元。", "56.00 CNY credit 0428 -"),
        ("【鸿雁银行】您尾号为0428的卡向张某转账￥2万元，可用余额3.5万元", "20000 CNY debit 0428 35000"),
        ("交易提醒\n交易账号:借记卡（0428）\n交易类型:支出\n交易金额:人民币 12.00", "12.00 CNY debit 0428 -"),
        (
            "付款成功\n05月06日\n30.00\n元\n付款方式：鸿雁银行储蓄卡(0428)\n交易对象：余额宝",
            "30.00 CNY transfer 0428 -",
        ),
        ("您向陈某的鸿雁银行卡6212 **** **** 0428转账170.00元，已成功到账", "170.00 CNY debit 0428 -"),
        ("您尾號0428帳戶支出１００．００元，餘額５０元", "100.00 CNY debit 0428 50"),
        (
            "消费账户：138****0001\n支付金额：34.69元\n支付方式：鸿雁银行信用卡(0428)",
            "34.69 CNY debit 0428 -",
        ),
        ("李某于6月4日向尾号为0428的账户汇入10元。", "10 CNY credit 0428 -"),
    ]);
}

#[test]
fn indian_and_english_movements() {
    check(&[
        (
            "Rs.1,23,456.78 debited from A/c XX0428 on 06-05-26. Avl Bal Rs 2,000.00",
            "123456.78 INR debit 0428 2000.00",
        ),
        ("Rs 5.000 credited to your A/c xxxx0428 by NEFT", "5.000 INR credit 0428 -"),
        (
            "Your a/c XX428 is debited for Rs 300 and a/c XX999 credited (IMPS Ref no 1)",
            "300 INR debit 428 -",
        ),
        ("INR 2.5 lakh credited to A/c 99990428. Bal INR 3 lakh", "250000 INR credit 0428 300000"),
        (
            "INR 900.00 spent on Heron Credit Card xx0428 at TEA HOUSE. Avl Lmt INR 5,000",
            "900.00 INR credit_card_spend 0428 -",
        ),
        ("Rs.500.00,06-05-2026 10:00:00 debited from Ac XX0428", "500.00 INR debit 0428 -"),
        ("Transaction Reversed! Card xx0428 Amt: Rs.80.00 by SHOP", "80.00 INR credit 0428 -"),
        (
            "Your card XX0001 linked to acc. XX0428 was used for AED 12.50. Avl.Bal AED 99.00",
            "12.50 AED debit 0428 99.00",
        ),
        ("N1,500.00 was debited. Acct:421****0428 Bal:N900.00", "1500.00 NGN debit 0428 900.00"),
        ("Purchase: TRY 342.00 (SAR 27.51) Card: *0428", "27.51 SAR debit 0428 -"),
        ("Acct CK0428 has a -$15.01 bal. We processed a withdrawal: $20.00", "20.00 USD debit 0428 -15.01"),
        ("𝖱𝗌.90.00 𝗌𝗉𝖾𝗇𝗍 𝗈𝗇 card ending 0428", "90.00 INR debit 0428 -"),
    ]);
}

#[test]
fn russian_and_other_movements() {
    check(&[
        ("Покупка, карта *0428. 1 236,49 ₽. КНИГИ. Доступно 79 826,74 ₽", "1236.49 RUB debit 0428 79826.74"),
        ("*0428 +1500р 07.03.26 09:58 Доступно 10369.58р", "1500 RUB credit 0428 10369.58"),
        (
            "Karta *0428 Popolnenie 11200.00 RUR 16.01.26 10:51 Ostatok 11355.62 RUR",
            "11200.00 RUB credit 0428 11355.62",
        ),
        ("Рokupkа *0428 252 RUR Ostаtok: 54 361,17 RUR", "252 RUB debit 0428 54361.17"),
        ("Karta*0428 SADOVAYA 9 1260.00 RUB. Ostatok 9977.34 RUB", "1260.00 RUB debit 0428 9977.34"),
        ("Konto *0428: BÜCHER: -70,85 EUR\nNeuer Saldo: 1.991,84 EUR", "70.85 EUR debit 0428 1991.84"),
        ("مبلغ ۲۵۰,۰۰۰ ریال خرید با کارت 0428 مانده: 1,500,000 ریال", "250000 IRR debit 0428 1500000"),
        ("โอนเงินออก 1,500.00 บาท บช x0428 คงเหลือ 19,320.45 บาท", "1500.00 THB debit 0428 19320.45"),
    ]);
}

#[test]
fn what_has_not_moved_is_no_movement() {
    check(&[
        ("482913 is your OTP for a transaction of INR 500.00. Do not share it.", "one_time_code"),
        (
            "OTP for online purchase of Rs. 61.33 at SHOP thru Debit Card 54*****63 is 087056.",
            "one_time_code",
        ),
        ("您正在支付人民币500元，验证码482913", "one_time_code"),
        ("Payment of INR 199.00 on card 0428 at shop.com was declined", "declined"),
        ("您尾号0428的卡支付200元失败，余额不足", "declined"),
        ("Rs. 500 will be debited from A/c XX0428 on 06-05-26", "future"),
        ("您本期账单1200元，请于5月6日前还款", "future"),
        ("Завтра будет списано 300 RUB", "future"),
        ("You have received a collect request of Rs. 500 from someone", "requested"),
        ("Get a voucher worth Rs 2000, apply now", "offer"),
        ("Payment of Rs 100 has been received on your Heron Credit Card XX0428", "told_elsewhere"),
        ("Welcome to Heron Bank", "no_amount"),
        ("Dial *150*00# or call 8-800-350-10-87", "no_amount"),
        ("Hav I sent u 1 in ages", "no_amount"),
        ("A ticket for $5 each", "no_movement"),
        ("", "no_amount"),
    ]);
}

#[test]
fn advice_behind_a_movement_refuses_nothing() {
    check(&[
        (
            "LKR 5,000.00 credited to AC **0428. Call 0112300000. Do not Share OTP",
            "5000.00 LKR credit 0428 -",
        ),
        ("Rs 10 debited from A/c XX0428. Never share Password/OTP with anyone", "10 INR debit 0428 -"),
    ]);
}

#[test]
fn codes_and_their_services() {
    let extractor = extractor();
    for (text, code, service) in [
        ("Your Heron verification code is 482913.", "482913", Some("heron")),
        ("[Heron]Your verification code: 4829", "4829", Some("heron")),
        ("Heron code: 167-262", "167262", Some("heron")),
        ("H-482913 is your Heron verification code", "H-482913", Some("heron")),
        ("【鸿雁】验证码927134，请勿泄露。", "927134", Some("鸿雁")),
        ("验证码927134，5分钟内有效。", "927134", None),
        ("Пароль: 1752 (никому не говорите)", "1752", None),
        ("388-941-4444 your code is 333222", "333222", None),
    ] {
        let found = extractor.extract(text);
        assert_eq!((found.code.as_deref(), found.service.as_deref()), (Some(code), service), "{text}");
    }
}

#[test]
fn names_references_and_times_are_given_as_they_stand() {
    let extractor = extractor();
    let found =
        extractor.extract("INR 20.00 paid to Tea House on 06-05-26 10:15, Ref no 40812345. Bal INR 5.00");
    let movement = found.movement.unwrap();
    assert_eq!(movement.merchant, Some("Tea House"));
    assert_eq!(movement.reference, Some("40812345"));
    assert_eq!(movement.time, Some("06-05-26 10:15"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_text_has_one_answer(text in any::<String>()) {
        let extractor = extractor();
        let found = extractor.extract(&text);
        prop_assert_eq!(found.movement.is_none(), found.none.is_some());
    }

    #[test]
    fn texts_made_of_tokens_have_one_answer(
        pieces in proptest::collection::vec(
            prop_oneof![
                Just("Rs."), Just("人民币"), Just("12"), Just("1,234.50"), Just("*"), Just("xx"), Just("."), Just("…"),
                Just(" "), Just("验证码"), Just("код"), Just(" is "), Just("("), Just("）"), Just("-"), Just("日"),
                Just("尾号"), Just("a/c"), Just("р"), Just("万"), Just("•"), Just("：\n"), Just("otp for"), Just("/"),
            ],
            0..24,
        ),
    ) {
        let text = pieces.concat();
        let extractor = extractor();
        let found = extractor.extract(&text);
        prop_assert_eq!(found.movement.is_none(), found.none.is_some());
    }
}
