//! `hongyan classify`: what kind of message a text is; and `hongyan classify train`: a model from labelled history.
//!
//! It needs no ledger and no server, unless `train --record` tells one that a model was made. A model of the institution's own lies at `models/classify.bin` of its configuration
//! folder and is used instead of the one that ships, here and by `hongyan serve`.

use super::Ended;
use crate::config::{MODEL, model};
use crate::settings::Settings;
use crate::transport::Transport;
use hyper::Method;
use serde_json::{Value, json};
use server::compose::classify::{read, write};
use server::http::body::Mistakes;
use std::io::{BufRead, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use text::classify::{CLASSES, Classifier, Corpus, Message, Options, Sample, class_index, train};

/// Which messages the corpus expands to.
const SEED: u64 = 1;
/// A labelled message of the institution's own counts as so many of the corpus: it is what really arrives there.
const OWN_WEIGHT: usize = 3;

/// Tell what kind of message a text is: one of the five classes, fraud, or something else
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    /// The text; without it, every line of the standard input is one
    text: Option<String>,
    /// Read and write JSON Lines: {"text", "sender", "signature", "template"} in; class, subtype, confidence and evidence out
    #[arg(long)]
    jsonl: bool,
    /// A model to use instead of the one that is in force
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Make a model of the shipped corpus and, with FILE, the institution's own labelled messages
    Train {
        /// JSON Lines: {"text", "class", "subtype", "sender", "signature"}; subtype, sender and signature may be absent
        file: Option<PathBuf>,
        /// Where the model goes; its card goes beside it, as TOML
        #[arg(long, value_name = "FILE", default_value = "classify.bin")]
        out: PathBuf,
        /// Record in the ledger of the running server that it was made: hashes, counts and figures
        #[arg(long)]
        record: bool,
    },
}

/// Classifies, or trains.
pub(crate) async fn run(settings: &Settings, arguments: &Arguments) -> Ended {
    if let Some(Command::Train { file, out, record }) = &arguments.command {
        let made = make(file.as_deref(), out)?;
        if *record {
            let transport = Transport::open(settings).await?;
            let answer = transport.expect(Method::POST, "/v1/trainings", made.to_string().into_bytes()).await;
            transport.close().await?;
            answer?;
            say!("recorded: in the ledger, as model_trained");
        }
        return Ok(ExitCode::SUCCESS);
    }
    let model = match &arguments.model {
        Some(path) => from_file(path)?,
        None => in_force(settings.config.as_deref())?,
    };
    if let Some(text) = &arguments.text {
        say!("{}", write(&model, &Message { text, ..Message::default() }));
        return Ok(ExitCode::SUCCESS);
    }
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for (at, line) in std::io::stdin().lock().lines().enumerate() {
        let line = line?;
        let answer = if arguments.jsonl { of_line(&model, &line, at + 1)? } else { of_text(&model, &line) };
        writeln!(out, "{answer}")?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// The model that is in force: the configuration folder's own, or the one that ships.
///
/// # Errors
/// A file that is no model.
pub(crate) fn in_force(folder: Option<&Path>) -> Result<Classifier, Box<dyn std::error::Error>> {
    let bytes = model(folder)?;
    let own = folder.map(|folder| folder.join(MODEL)).filter(|path| path.is_file());
    let name = own.unwrap_or_else(|| MODEL.into());
    Classifier::read(&bytes).map_err(|error| format!("{}: {error}", name.display()).into())
}

fn from_file(path: &Path) -> Result<Classifier, Box<dyn std::error::Error>> {
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Classifier::read(&bytes).map_err(|error| format!("{}: {error}", path.display()).into())
}

fn of_text(model: &Classifier, text: &str) -> Value {
    write(model, &Message { text, ..Message::default() })
}

fn of_line(model: &Classifier, line: &str, number: usize) -> Result<Value, Box<dyn std::error::Error>> {
    let value: Value =
        serde_json::from_str(line).map_err(|error| format!("line {number}: expected JSON: {error}"))?;
    let mut mistakes = Mistakes::default();
    let message = read(&value, String::new(), &mut mistakes);
    if let Err(problem) = mistakes.finish() {
        let told: Vec<String> =
            problem.errors.iter().map(|error| format!("{} {}", error.pointer, error.detail)).collect();
        return Err(format!("line {number}: {}", told.join("; ")).into());
    }
    let message = message.ok_or_else(|| format!("line {number}: expected an object with a text"))?;
    Ok(write(model, &message))
}

/// Trains and writes the model and its card; returns what the ledger is told of it.
fn make(file: Option<&Path>, out: &Path) -> Result<Value, Box<dyn std::error::Error>> {
    let (lexicon, corpus) =
        Corpus::of_files(library::corpus()).map_err(|(path, error)| format!("{path}: {error}"))?;
    let mut samples = corpus.expand(SEED)?;
    let shipped = samples.len();
    let history = file.map(std::fs::read_to_string).transpose()?.unwrap_or_default();
    for (at, line) in history.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let sample = labelled(line).map_err(|what| format!("line {}: {what}", at + 1))?;
        samples.extend(std::iter::repeat_n(sample, OWN_WEIGHT));
    }
    let own = (samples.len() - shipped) / OWN_WEIGHT;
    let (model, report) = train(&lexicon, &samples, &Options::default());
    let bytes = model.write();
    std::fs::write(out, &bytes)?;
    let card = out.with_extension("toml");
    std::fs::write(&card, card_of(&bytes, &history, shipped, own, &report))?;
    say!("model:    {} ({} bytes)", out.display(), bytes.len());
    say!("card:     {}", card.display());
    say!("trained:  {shipped} messages of the corpus, {own} of your own");
    say!("held out: {} messages, {:.1} % right", report.held_out, report.accuracy * 100.0);
    say!("in force: as {MODEL} in the configuration folder, at the next start");
    let held_out = report.held_out as u64;
    Ok(json!({
        "model": proof::Hash::of(&bytes).to_hex(),
        "data": (own > 0).then(|| proof::Hash::of(history.as_bytes()).to_hex()),
        "texts": shipped + own,
        "held_out": held_out,
        "right": (f64::from(report.accuracy) * held_out as f64).round() as u64,
    }))
}

/// A labelled message of the institution's own.
fn labelled(line: &str) -> Result<Sample, String> {
    let value: Value = serde_json::from_str(line).map_err(|error| format!("expected JSON: {error}"))?;
    let field = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let text = value.get("text").and_then(Value::as_str).ok_or("expected a text in \"text\"")?;
    let class = field("class");
    let class = class_index(&class)
        .ok_or_else(|| format!("expected one of {}, found {class:?}", CLASSES.join(", ")))?;
    // What reads alike must not be both trained on and measured with: the group is the text without its digits.
    let shape: String = text.chars().filter(|c| !c.is_numeric()).collect();
    let digest = proof::Hash::of(shape.as_bytes()).to_hex();
    let group = digest.get(..15).and_then(|start| u64::from_str_radix(start, 16).ok()).unwrap_or_default();
    Ok(Sample {
        text: text.to_owned(),
        sender: field("sender"),
        signature: field("signature"),
        class,
        subtype: field("subtype"),
        group,
    })
}

fn card_of(
    model: &[u8],
    history: &str,
    shipped: usize,
    own: usize,
    report: &text::classify::Report,
) -> String {
    let own_hash = if own == 0 {
        String::new()
    } else {
        format!("own_sha256 = \"{}\"\n", proof::Hash::of(history.as_bytes()).to_hex())
    };
    format!(
        "# What a classification model was made of and how it did on templates it had not seen.\n\
         model_sha256 = \"{}\"\nmade_by = \"hongyan {}\"\nseed = {SEED}\ncorpus_messages = {shipped}\n\
         own_messages = {own}\n{own_hash}held_out = {}\nheld_out_accuracy = {:.4}\ntemperature = {}\n\
         classes = [{}]\n",
        proof::Hash::of(model).to_hex(),
        env!("CARGO_PKG_VERSION"),
        report.held_out,
        report.accuracy,
        report.temperature,
        CLASSES.map(|class| format!("\"{class}\"")).join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_model_tells_the_classes_apart() {
        let model = in_force(None).unwrap();
        let class = |text: &str| model.of(&Message { text, ..Message::default() }).class;
        for (text, expected) in [
            (
                "您尾号4321的储蓄卡5月6日10:20消费人民币88.00元，余额1200.00元。【招商银行】",
                "customer_service",
            ),
            (
                "INR 450.00 debited from A/c XX1234 on 03-04-25 to SWIGGY. Avl Bal INR 2,000.00",
                "customer_service",
            ),
            ("Your bank account is blocked today. Update your KYC here bit.ly/3kYcUp", "scam"),
            ("ok see you at dinner, mum is cooking", "other"),
            ("我行将于5月6日0:00至4:00进行系统升级，届时手机银行暂停服务，敬请谅解。", "technical_support"),
        ] {
            assert_eq!(class(text), expected, "{text}");
        }
        assert!(in_force(Some(Path::new("/no/such/folder"))).is_ok());
    }

    #[test]
    fn a_labelled_line_says_what_is_wrong_with_it() {
        assert_eq!(labelled(r#"{"text":"a","class":"marketing"}"#).unwrap().class, 1);
        assert!(labelled(r#"{"text":"a","class":"advert"}"#).unwrap_err().contains("marketing"));
        assert!(labelled(r#"{"class":"marketing"}"#).unwrap_err().contains("text"));
    }
}
