//! What a message costs others, on the same machine in the same run: scikit-learn to classify, npm `transaction-sms-parser` to
//! extract.
//!
//! Each is installed by its own tool into a folder that is kept; what cannot be had is said with its reason and measured
//! nowhere. `bench_compose` calls it.

use crate::bench::Error;
use crate::bench::figures::Figures;
use crate::packages::{Kind, install};
use serde_json::{Value, json};
use std::path::Path;

/// Longest that a peer may take, in seconds.
const SECONDS_MAX: u64 = 300;

/// Measures scikit-learn on texts with their classes.
///
/// # Errors
/// A folder that cannot be written.
pub fn classify(rows: &[(&str, &str)], figures: &mut Figures) -> Result<(), Error> {
    let lines: Vec<Value> =
        rows.iter().map(|(text, label)| json!({ "text": text, "label": label })).collect();
    let found = run("scikit-learn", Kind::Python, "scikit-learn==1.7.2", "classify_peer.py", &lines)?;
    if let Some(found) = found {
        for (name, of) in [("single", "one at a time"), ("batch", "all at once")] {
            let micros = found[name].as_f64().ok_or("expected microseconds")?;
            figures.add_rounded(&format!("scikit_learn_micros_{name}"), micros);
            eprintln!("scikit-learn {}, {of}: {micros:.0} microseconds for 70 characters", found["version"]);
        }
    }
    Ok(())
}

/// Measures `transaction-sms-parser` on texts.
///
/// # Errors
/// A folder that cannot be written.
pub fn extract(texts: &[&str], figures: &mut Figures) -> Result<(), Error> {
    let lines: Vec<Value> = texts.iter().map(|text| json!({ "text": text })).collect();
    let package = "transaction-sms-parser@3.3.0";
    if let Some(found) = run("transaction-sms-parser", Kind::Node, package, "extract_peer.js", &lines)? {
        let micros = found["single"].as_f64().ok_or("expected microseconds")?;
        figures.add_rounded("transaction_sms_parser_micros", micros);
        figures.add("transaction_sms_parser_found", found["found"].clone());
        eprintln!("transaction-sms-parser {}: {micros:.1} microseconds for 70 characters", found["version"]);
    }
    Ok(())
}

/// What a peer's script says; none when the peer cannot be had.
fn run(name: &str, kind: Kind, package: &str, script: &str, lines: &[Value]) -> Result<Option<Value>, Error> {
    let installed = match install(name, kind, &[package]) {
        Ok(installed) => installed,
        Err(why) => {
            eprintln!("{name}: skipped: {why}");
            return Ok(None);
        }
    };
    let path = std::env::temp_dir().join(format!("hongyan-bench-{name}-{}.jsonl", std::process::id()));
    let text: Vec<String> = lines.iter().map(Value::to_string).collect();
    std::fs::write(&path, text.join("\n"))?;
    let done = installed.command(Some(script), SECONDS_MAX).arg(&path).output();
    remove(&path);
    let done = done?;
    if !done.status.success() {
        return Err(format!("{name}: {}", String::from_utf8_lossy(&done.stderr).trim()).into());
    }
    Ok(Some(serde_json::from_slice(&done.stdout)?))
}

/// What is left behind in the temporary folder costs nobody anything.
fn remove(path: &Path) {
    let _ = std::fs::remove_file(path);
}
