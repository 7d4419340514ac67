//! What is in force for a class at a moment, in words: its policy and every rule set of the pack that binds it.
//!
//! It judges nothing; the rules of the gate read the same sets. Stories lay it to what they expect, so that no number of
//! the pack changes unseen.

use super::{Ambiguity, BestTime, CapScope, CapWindow, HolidayPolicy, Policy, RuleSet, Suitability, World};
use model::{MessageClass, Subtype, Timestamp};

impl World {
    /// What binds a class and subtype at a moment: the policy first, then `kind set@revision: numbers` of each set.
    pub fn binding(&self, class: MessageClass, subtype: Option<&Subtype>, now: Timestamp) -> Vec<String> {
        let mut all = vec![policy(self.class(class).of(subtype))];
        let pack = &self.pack;
        add(&mut all, "consent", &pack.consent, (class, subtype, now), |rule| {
            if rule.required { "required".to_owned() } else { "a refusal counts".to_owned() }
        });
        add(&mut all, "frequency-cap", &pack.caps, (class, subtype, now), |cap| {
            let scope = match cap.scope {
                CapScope::Global => "of all",
                CapScope::Class => "of the class",
                CapScope::Journey => "of the journey",
            };
            let window = match cap.window {
                CapWindow::Rolling(span) => span.to_string(),
                CapWindow::Day => "a day".to_owned(),
                CapWindow::Week => "a week".to_owned(),
                CapWindow::Month => "a month".to_owned(),
            };
            let beyond = if cap.hold { "held" } else { "blocked" };
            format!("{} {scope} in {window}, more is {beyond}", cap.max)
        });
        add(&mut all, "quiet-hours", &pack.quiet, (class, subtype, now), |hours| {
            let holidays = match hours.holidays {
                HolidayPolicy::AsUsual => "holidays too",
                HolidayPolicy::Quiet => "no holidays",
                HolidayPolicy::WorkdaysOnly => "workdays only",
            };
            format!("{} to {}, {holidays}", hours.open, hours.close)
        });
        add(&mut all, "arbitration", &pack.arbitration, (class, subtype, now), |rule| {
            format!("within {}, others are {}", rule.window, if rule.hold { "held" } else { "blocked" })
        });
        add(&mut all, "holdout", &pack.holdouts, (class, subtype, now), |rule| {
            format!("{} of a million by {:?}", rule.of_million, rule.salt)
        });
        add(&mut all, "suitability", &pack.suitability, (class, subtype, now), suitability);
        add(&mut all, "best-time", &pack.best_time, (class, subtype, now), best_time);
        add(&mut all, "answer-term", &pack.terms, (class, subtype, now), |term| {
            let days = if term.workdays { "working days" } else { "days" };
            format!("{} within {} {days}", term.case.name(), term.days)
        });
        all
    }
}

fn suitability(rule: &Suitability) -> String {
    let assessed = rule.assessed.as_ref();
    let assessed = assessed.map(|(on, days)| format!(", assessed by {on:?} for {days} days"));
    format!("by {:?}{}", rule.level, assessed.unwrap_or_default())
}

fn best_time(rule: &BestTime) -> String {
    let BestTime { days, open, close, after, of, own_from, explore_percent } = rule;
    let after = after.as_ref().map(|(day, within)| format!(", within {within} days behind {day:?}"));
    let of = of.as_ref().map(|(name, is)| format!(", where {name:?} is {is:?}"));
    let (after, of) = (after.unwrap_or_default(), of.unwrap_or_default());
    format!(
        "{open} to {close} on {days:?}{after}{of}, own habits from {own_from}, {explore_percent} % tried elsewhere"
    )
}

fn policy(policy: &Policy) -> String {
    let Policy { allowed, lane, ambiguity, validity, opt_out_text, retention, must, patient, .. } = policy;
    let sent = if *allowed { "sent" } else { "not sent" };
    let doubt = match ambiguity {
        Ambiguity::Resend => "again in doubt",
        Ambiguity::WaitThenFail => "not again in doubt",
    };
    let refusal = opt_out_text.as_ref().map_or(String::new(), |words| format!(", says {words}"));
    let owed = if must.is_some() { ", must be sent" } else { "" };
    let waits = if *patient { ", can wait" } else { "" };
    format!(
        "policy: {sent} in lane {lane}, {doubt}, worth it for {validity}, kept {retention}{refusal}{owed}{waits}"
    )
}

fn add<R>(
    all: &mut Vec<String>,
    kind: &str,
    sets: &[RuleSet<R>],
    (class, subtype, now): (MessageClass, Option<&Subtype>, Timestamp),
    numbers: impl Fn(&R) -> String,
) {
    let binding = sets.iter().filter(|set| set.binds(class, subtype, now));
    all.extend(binding.map(|set| format!("{kind} {}@{}: {}", set.id, set.revision, numbers(&set.rule))));
}
