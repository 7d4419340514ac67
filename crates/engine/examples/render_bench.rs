//! How long it takes to make one message's text and to look at its values: microseconds on one core. Prints one line of JSON; exits with
//! status 1 above its bar, unless `--no-bar` is given.
//!
//! `cargo run --release -p hongyan-engine --example render_bench -- [--no-bar]`
//!
//! A text is made as the gate makes it (values written, signed, counted, priced) and looked at for numbers that no message may
//! hold. The word lists are measured where they are (`hongyan-text`, `words_bench`). It is no part of the product; nobody calls it.

use engine::compose::lint::value_fault;
use engine::compose::{Reader, Said, draft};
use engine::world::load;
use model::{Currency, Fields, MessageId, Money, Timestamp, Value, Zone};
use std::error::Error;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

/// Microseconds that one message may take.
const BAR: f64 = 5.0;
/// Messages in a round.
const MESSAGES: i64 = 50_000;
/// The figure is the best of so many rounds.
const ROUNDS: usize = 7;

#[allow(clippy::disallowed_methods, reason = "a bench reads the clock; the engine does not")]
fn main() -> Result<ExitCode, Box<dyn Error>> {
    let files: Vec<(String, String)> =
        library::files().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
    let world =
        load(&files).map_err(|mistakes| mistakes.iter().map(ToString::to_string).collect::<String>())?;
    let template = world.templates.get(&"account-change".into()).ok_or("no template account-change ships")?;
    let route = world.routes.values().next().ok_or("no route ships")?;
    let text = |words: &str| Value::Text(words.into());
    let customer = Fields::new();
    let mut event: Fields = [
        ("account_tail".into(), text("6222021234567890")),
        ("at".into(), Value::Time(Timestamp(1_777_595_400_000))),
        ("direction_text".into(), text("支出")),
        ("merchant".into(), text("东方购物中心")),
        ("balance".into(), Value::Money(Money { minor: 1_234_567, currency: Currency::CNY })),
    ]
    .into();
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for minor in 0..MESSAGES {
            event.insert("amount".into(), Value::Money(Money { minor, currency: Currency::CNY }));
            let said = Said::Event { customer: &customer, event: Some(&event) };
            let reader = Reader {
                zone: Zone::SHANGHAI,
                key: minor.unsigned_abs(),
                now: Timestamp(0),
                message: MessageId(minor.unsigned_abs()),
            };
            let draft = draft(&world, template, route, &said, reader, Timestamp(0))?;
            if let Some(fault) = black_box(value_fault(draft.text.reveal())) {
                return Err(format!("expected a text with nothing wrong, found a {fault}").into());
            }
        }
        best = best.min(start.elapsed().as_secs_f64() * 1e6 / MESSAGES as f64);
    }
    println!(
        "{{\"bench\":\"render\",\"messages\":{MESSAGES},\"render_and_lint_us\":{best:.2},\"bar_us\":{BAR}}}"
    );
    if best > BAR && !std::env::args().any(|argument| argument == "--no-bar") {
        eprintln!("does not hold: expected at most {BAR} microseconds, found {best:.2}");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}
