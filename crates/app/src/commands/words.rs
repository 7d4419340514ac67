//! `hongyan words [TEXT] [--class CLASS] [--on DAY] [--jsonl]`: what the lists say of texts, one JSON object a line, in the
//! order in which they came.
//!
//! It asks the lists that are in force, the institution's own among them, as the gate does. It needs no server and keeps
//! nothing. It does not fail when a list speaks: whoever reads the answer decides.

use super::Ended;
use crate::config;
use crate::settings::Settings;
use engine::compose::words::{Question, day};
use engine::world::World;
use model::{Date, MessageClass};
use serde::{Deserialize, Serialize};
use std::io::{BufRead, BufWriter, Write};
use std::process::ExitCode;
use text::words::{Action, Context, Hit, How, Rule, Signature};

/// Longest line that is read, in bytes: as `extract` has it.
const LINE_BYTES_MAX: usize = 64 * 1024;

/// Find words that must not be said, however they are hidden, and those that must be
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// One text; without it, every line on stdin is one
    text: Option<String>,
    /// The class of the texts; without it every class's forbidden words are looked for, and none is asked for
    #[arg(long)]
    class: Option<MessageClass>,
    /// The day whose lists count, such as 2026-09-30; without it, today
    #[arg(long, value_name = "DAY", value_parser = Date::parse)]
    on: Option<Date>,
    /// Every line on stdin is a JSON object with "text" and, if it has one, "class"; other fields are allowed
    #[arg(long, conflicts_with = "text")]
    jsonl: bool,
}

/// A line of input.
#[derive(Debug, Deserialize)]
struct Asked {
    text: String,
    class: Option<String>,
}

/// A line of output.
#[derive(Debug, Default, Serialize)]
struct Told<'a> {
    /// The strongest of what is said: `block`, `review`, `require`, or `none`.
    action: &'static str,
    hits: Vec<Found<'a>>,
    missing: Vec<Wanted<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// A word that stands in the text. Places count characters (code points) of the text.
#[derive(Debug, Serialize)]
struct Found<'a> {
    #[serde(flatten)]
    by: By<'a>,
    action: &'static str,
    word: &'a str,
    how: &'static str,
    start: usize,
    end: usize,
    text: &'a str,
}

/// A requirement that is not met.
#[derive(Debug, Serialize)]
struct Wanted<'a> {
    #[serde(flatten)]
    by: By<'a>,
    words: &'a [String],
}

/// Which rule says so.
#[derive(Debug, Serialize)]
struct By<'a> {
    rule: &'a str,
    list: &'a str,
    from: String,
    cite: &'a str,
    verified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    rewrite: Option<&'a str>,
}

/// Answers every text; fails at the end when a line could not be read.
pub(crate) fn run(settings: &Settings, arguments: &Arguments) -> Ended {
    let world = config::world(settings.config.as_deref(), &[])?;
    let on = arguments.on.unwrap_or_else(|| world.institution.zone.local(server::now()).0);
    let mut output = BufWriter::new(std::io::stdout().lock());
    if let Some(text) = &arguments.text {
        tell(&mut output, &told(&world, text, arguments.class, on))?;
        output.flush()?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut unread = 0_usize;
    for (line, number) in std::io::stdin().lock().lines().zip(1_usize..) {
        let line = line.map_err(|error| format!("stdin, line {number}: expected UTF-8: {error}"))?;
        match read(&line, arguments.jsonl) {
            Ok((text, class)) => tell(&mut output, &told(&world, &text, class.or(arguments.class), on))?,
            Err(found) => {
                unread += 1;
                complain!("stdin, line {number}: {found}");
                tell(&mut output, &Told { action: "none", error: Some(found), ..Told::default() })?;
            }
        }
    }
    output.flush()?;
    Ok(if unread == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn read(line: &str, is_json: bool) -> Result<(String, Option<MessageClass>), String> {
    if line.len() > LINE_BYTES_MAX {
        return Err(format!("expected a line of at most {LINE_BYTES_MAX} bytes, found {}", line.len()));
    }
    if !is_json {
        return Ok((line.to_owned(), None));
    }
    let Asked { text, class } = serde_json::from_str(line)
        .map_err(|error| format!("expected a JSON object with \"text\": {error}"))?;
    let class = class.map(|name| name.parse::<MessageClass>().map_err(|error| error.to_string()));
    Ok((text, class.transpose()?))
}

/// A reader who has gone away ends the writing without being a failure.
fn tell(output: &mut impl Write, told: &Told<'_>) -> std::io::Result<()> {
    serde_json::to_writer(&mut *output, told)?;
    output.write_all(b"\n")
}

fn told<'a>(world: &'a World, text: &'a str, class: Option<MessageClass>, on: Date) -> Told<'a> {
    let report = match class {
        Some(class) => {
            let opt_out = world.class(class).common.opt_out_text.as_deref();
            let question = Question::new(&world.institution, class, opt_out, on);
            engine::compose::words::read(&world.words, text, &question)
        }
        None => {
            let any = Context {
                class: None,
                on: day(on),
                opt_out: None,
                signature: Signature::Apart,
                lender: None,
            };
            let report = world.words.check(text, &any);
            // What must be there depends on the class.
            text::words::Report { missing: Vec::new(), ..report }
        }
    };
    let action = report.action().map_or("none", name);
    let hits = report.hits.iter().map(|hit| found(text, hit)).collect();
    let missing = report.missing.iter().map(|rule| Wanted { by: by(rule), words: &rule.words }).collect();
    Told { action, hits, missing, error: None }
}

fn found<'a>(text: &'a str, hit: &Hit<'a>) -> Found<'a> {
    let characters = |to: usize| text.get(..to).map_or(0, |before| before.chars().count());
    Found {
        by: by(hit.rule),
        action: name(hit.action),
        word: hit.word,
        how: match hit.how {
            How::Plain => "plain",
            How::Disguised => "disguised",
            How::Resembles => "resembles",
        },
        start: characters(hit.place.start),
        end: characters(hit.place.end),
        text: text.get(hit.place.clone()).unwrap_or_default(),
    }
}

fn by(rule: &Rule) -> By<'_> {
    By {
        rule: &rule.id,
        list: &rule.list,
        from: rule.from.to_string(),
        cite: &rule.citation,
        verified: rule.verified,
        rewrite: rule.rewrite.as_deref(),
    }
}

fn name(action: Action) -> &'static str {
    match action {
        Action::Block => "block",
        Action::Review => "review",
        Action::Require => "require",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_names_word_place_list_and_citation() {
        let world = config::world(None, &[]).unwrap();
        let on = Date::parse("2026-11-01").unwrap();
        let of = |text: &str, class| serde_json::to_value(told(&world, text, class, on)).unwrap();
        let answer = of("本期 保 * 本 ！", Some(MessageClass::Marketing));
        let hit = &answer["hits"][0];
        assert_eq!(
            (&answer["action"], &hit["word"], &hit["how"]),
            (&"block".into(), &"保本".into(), &"disguised".into())
        );
        assert_eq!((&hit["start"], &hit["end"], &hit["text"]), (&3.into(), &8.into(), &"保 * 本".into()));
        assert_eq!((&hit["list"], &hit["verified"]), (&"words/cn.words".into(), &true.into()));
        assert!(hit["cite"].as_str().unwrap().contains("第二十五条"));
        assert_eq!(answer["missing"][0]["rule"], "cn-opt-out");
        let service = of("本期保本", Some(MessageClass::CustomerService));
        assert_eq!(service, serde_json::json!({ "action": "none", "hits": [], "missing": [] }));
        assert_eq!(of("本期保本", None)["missing"], serde_json::json!([]));
    }

    #[test]
    fn a_line_brings_its_class_or_is_told() {
        assert_eq!(read("保本", false).unwrap(), ("保本".to_owned(), None));
        let line = r#"{"text":"a","class":"marketing","id":7}"#;
        assert_eq!(read(line, true).unwrap(), ("a".to_owned(), Some(MessageClass::Marketing)));
        assert!(read(r#"{"text":"a","class":"advert"}"#, true).unwrap_err().contains("advert"));
        assert!(read("{}", true).unwrap_err().contains("text"));
    }
}
