//! Changes as JSON: in a line, and with everything that somebody who decides about one has to see.

use super::judge::Judged;
use engine::entry::{How, Need};
use engine::lacking;
use engine::state::{Approvals, Change, Standing};
use model::Timestamp;
use serde_json::{Value, json};
use text::diff::unified;

/// What stands for a value that nobody needs to see.
const HIDDEN: &str = "••••";

/// The word for how a change stands.
pub(super) fn state(change: &Change, now: Timestamp) -> &'static str {
    match change.standing {
        Standing::Open if change.is_approved(&[], now) => "approved",
        ref standing => standing.name(),
    }
}

/// A change in a line.
pub(super) fn line(approvals: &Approvals, change: &Change, now: Timestamp) -> Value {
    let proposed = &change.proposed;
    let is_open = change.standing == Standing::Open;
    let conflicts = if is_open { approvals.conflicts(change) } else { Vec::new() };
    let mut shown = json!({
        "number": proposed.number, "title": &*proposed.title, "maker": &*proposed.maker, "at": change.at.to_string(),
        "state": state(change, now), "files": proposed.files.len(), "hash": proposed.hash.to_hex(),
        "approved_by": change.approvals(now).iter().map(|review| &*review.said.checker).collect::<Vec<_>>(),
        "lacks": if is_open { lacking(change, &[], now).unwrap_or_default() } else { Vec::new() },
        "conflicts": conflicts.iter().map(|(path, by)| json!({ "path": &**path, "change": by })).collect::<Vec<_>>(),
    });
    match &change.standing {
        Standing::Published { at, by, how } => {
            shown["published"] = json!({ "at": at.to_string(), "by": &**by, "how": how.name() });
            // Approvals as they were then.
            let then = change.approvals(*at);
            shown["approved_by"] = then.iter().map(|review| Value::from(&*review.said.checker)).collect();
            if let How::Emergency(why) = how {
                shown["emergency"] =
                    json!({ "reason": &**why, "reviewed": !change.is_unreviewed_emergency() });
            }
        }
        Standing::Withdrawn { why } => shown["withdrawn"] = json!({ "why": &**why }),
        Standing::Open | Standing::Rejected => {}
    }
    shown
}

/// A change with everything but what it would do.
pub(super) fn whole(approvals: &Approvals, change: &Change, now: Timestamp) -> Value {
    let proposed = &change.proposed;
    let mut shown = line(approvals, change, now);
    shown["reason"] = json!(&*proposed.reason);
    shown["needs"] = needs(&proposed.needs);
    let files = proposed.files.iter().zip(&change.texts);
    let files: Vec<Value> = files
        .map(|(file, (before, after))| {
            let is_kept = before.is_some() || after.is_some();
            let diff = is_kept.then(|| diff(before.as_deref().unwrap_or(""), after.as_deref().unwrap_or("")));
            json!({
                "path": &*file.path, "before": file.before.map(|hash| hash.to_hex()),
                "after": file.after.map(|hash| hash.to_hex()), "diff": diff,
            })
        })
        .collect();
    shown["changes"] = json!(files);
    let reviews = change.reviews.iter().map(|review| {
        let lapses = review.at.after(proposed.valid_for).to_string();
        json!({
            "at": review.at.to_string(), "by": &*review.said.checker,
            "says": if review.said.approves { "approved" } else { "rejected" },
            "remark": &*review.said.remark, "counts_until": lapses,
        })
    });
    shown["reviews"] = reviews.collect();
    shown
}

fn needs(needs: &[Need]) -> Value {
    let one = |need: &Need| json!({ "checkers": need.checkers, "roles": need.roles.iter().map(|role| &**role).collect::<Vec<_>>(), "why": &*need.why });
    needs.iter().map(one).collect()
}

/// What a change would do, beside what it says.
pub(super) fn effect(judged: &Judged) -> Value {
    let touch = &judged.effect.touch;
    let words = |map: &std::collections::BTreeMap<std::sync::Arc<str>, &'static str>| -> Value {
        map.iter().map(|(name, word)| json!({ "id": &**name, "is": word })).collect()
    };
    json!({
        "templates": words(&judged.effect.templates), "journeys": words(&judged.effect.journeys),
        "classes": touch.classes.iter().map(|class| class.name()).collect::<Vec<_>>(),
        "people": touch.people, "cost": touch.cost.to_string(), "world": judged.whole.hash.to_hex(),
        "remarks": judged.remarks.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "broadcasts": judged.broadcasts.iter().map(|(path, preview)| json!({ "path": &**path, "preview": preview })).collect::<Vec<_>>(),
        "needs": needs(&judged.needs),
    })
}

/// The differences of two files, with passwords hidden: who approves a route need not know how it logs in.
fn diff(before: &str, after: &str) -> String {
    let lines = unified(before, after);
    lines.lines().map(|line| hidden(line) + "\n").collect()
}

fn hidden(line: &str) -> String {
    let Some((key, value)) = line.split_once('=') else { return line.to_owned() };
    let name = key.trim_start_matches(['+', '-', ' ']).trim();
    let is_secret = ["password", "secret", "token", "api_key"].iter().any(|word| name.ends_with(word));
    let is_elsewhere = value.trim().trim_matches('"').starts_with("env:");
    if is_secret && !is_elsewhere { format!("{key}= {HIDDEN}") } else { line.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_shown() {
        let shown =
            diff("password = \"old\"\n", "password = \"new\"\ncallback_secret = \"x\"\nuser = \"u\"\n");
        assert!(!shown.contains("old") && !shown.contains("new") && !shown.contains("\"x\""), "{shown}");
        assert!(shown.contains("+user = \"u\""), "{shown}");
        assert!(diff("", "password = \"env:P\"\n").contains("env:P"));
    }
}
