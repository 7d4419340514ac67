//! How long reading a message takes: microseconds per 70 characters on one core, the best of many rounds, as one JSON
//! line. The messages are invented and of five languages; the bar is in `docs/compose.md`.
//!
//! `cargo run --release -p hongyan-text --example extract_bench`. It measures and judges nothing else.

use std::time::Instant;
use text::extract::Extractor;

const TABLES: [(&str, &str); 6] = [
    ("money", include_str!("../../../library/cues/money.cues")),
    ("en", include_str!("../../../library/cues/en.cues")),
    ("zh", include_str!("../../../library/cues/zh.cues")),
    ("ru", include_str!("../../../library/cues/ru.cues")),
    ("ru-latin", include_str!("../../../library/cues/ru-latin.cues")),
    ("others", include_str!("../../../library/cues/others.cues")),
];

const MESSAGES: [&str; 8] = [
    "您尾号0428的账户于5月6日09:58在某某超市消费人民币88.50元，可用余额1,200.00元，如有疑问请致电95588。【鸿雁银行】",
    "【鸿雁银行】您账户0428于6月1日10:02入账工资，人民币9800.00元，账户余额23,456.78元。",
    "【鸿雁银行】验证码482913，5分钟内有效，请勿告诉他人，包括银行工作人员。",
    "Rs.1,23,456.78 debited from A/c XX0428 on 06-05-26 to TEA HOUSE. Avl Bal Rs 2,000.00. Not you? Call 18000000",
    "Your card ending 0428 was used for AED 12.50 at BOOK SHOP on 06-May-2026 10:15. Avl Bal AED 99.00",
    "Payment of INR 199.00 on card 0428 at shop.com was declined due to insufficient balance.",
    "Покупка, карта *0428. 1 236,49 ₽. КНИЖНЫЙ МИР. Доступно 79 826,74 ₽",
    "Konto *0428: BÜCHER: -70,85 EUR. Neuer Saldo: 1.991,84 EUR",
];

/// The bar of issue 5, in microseconds.
const BAR_US: f64 = 10.0;
const ROUNDS: usize = 200;
const REPEATS: usize = 50;
const PART_CHARACTERS: f64 = 70.0;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let extractor = Extractor::new(TABLES)?;
    let characters: usize = MESSAGES.iter().map(|message| message.chars().count()).sum();
    let mut best = f64::INFINITY;
    let mut movements = 0_usize;
    for _ in 0..ROUNDS {
        let began = Instant::now();
        for _ in 0..REPEATS {
            for message in MESSAGES {
                movements += usize::from(extractor.extract(message).movement.is_some());
            }
        }
        best = best.min(began.elapsed().as_secs_f64());
    }
    #[expect(clippy::cast_precision_loss, reason = "a few thousand characters")]
    let parts = (characters * REPEATS) as f64 / PART_CHARACTERS;
    let microseconds = best * 1e6 / parts;
    println!(
        "{{\"bench\":\"extract\",\"us_per_70_characters\":{microseconds:.2},\"bar_us\":{BAR_US},\"movements\":{}}}",
        movements / (ROUNDS * REPEATS)
    );
    if microseconds > BAR_US {
        return Err(format!("expected at most {BAR_US} us, found {microseconds:.2}").into());
    }
    Ok(())
}
