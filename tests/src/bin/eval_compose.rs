//! `eval_compose`: how right messages are read, on labelled messages of real institutions.
//!
//! They lie in a folder that does not ship with us; nothing of them is kept. Started by `cargo xtask eval compose`.
//!
//! `eval_compose --data DIR [--train-part] [--no-bar]`

use hongyan_tests::bench::Error;
use hongyan_tests::bench::compose::{classify, data, extract, words};
use hongyan_tests::bench::figures::{Arguments, EXIT_SKIPPED, Figures};
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("eval_compose: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode, Error> {
    let mut arguments = Arguments::from_env();
    let bars = !arguments.flag("--no-bar");
    let train_part = arguments.flag("--train-part");
    let folder = arguments.value("--data")?.map(PathBuf::from);
    arguments.finish()?;
    let folder =
        folder.ok_or("expected --data DIR, the folder with train.csv.gz and extraction_cases.jsonl.gz")?;
    let mut figures = Figures::new("eval-compose");
    let rows = data::messages(&folder)?;
    let missing = |file: &str, what: &str| {
        eprintln!("eval_compose: no {file} in {}: {what} not judged", folder.display());
    };
    match &rows {
        Some(rows) => {
            classify::evaluate(rows, train_part, &mut figures)?;
            words::evaluate(rows, &mut figures)?;
        }
        None => missing("train.csv.gz", "classification and words are"),
    }
    let extracted = extract::evaluate(&folder, &mut figures)?;
    if !extracted {
        missing("extraction_cases.jsonl.gz", "extraction is");
    }
    if rows.is_none() && !extracted {
        return Ok(ExitCode::from(EXIT_SKIPPED));
    }
    Ok(figures.finish(bars))
}
