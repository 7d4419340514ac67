//! # words
//!
//! What the finished text must not say, what it must, and what a person looks at first: the lists of `words/` that hold for
//! its class on the day of the decision, statutes and house rules, against every way of hiding a word that
//! `words/spellings.txt` knows. The whole text is read each time, templates and free texts alike, so that nothing can hide
//! where a value meets the text around it. A forbidden word or a missing one blocks. Where a list wants a person to look
//! such a text is held for one where `institution.toml` says `unreviewed = "review"`, and blocked where it says nothing, unless the
//! template says that a person has looked and why it may pass (`[[allow]]`, `lint = "words:ID"`). The verdict names list, entry and citation, never the text.

use super::{Judge, Rule, RuleCode};
use crate::compose::words::{self, Question};
use crate::decide::{Candidate, Composed, Judgement, review};
use crate::world::Unreviewed;
use std::fmt::Write as _;
use text::words::{Action, Hit, Report};

/// This rule.
pub const RULE: Rule = Rule { id: "words", code: RuleCode(16), judge: Judge::Text(judge) };

fn judge(candidate: &Candidate<'_>, composed: &Composed<'_>) -> Judgement {
    let Ok(draft) = &composed.draft else { return Judgement::pass("no text to read") };
    let institution = &candidate.world.institution;
    let (today, _) = institution.zone.local(candidate.now);
    let opt_out = candidate.policy().opt_out_text.as_deref();
    let mut question = Question::new(institution, candidate.class(), opt_out, today);
    if let Some(route) = composed.route {
        let own = candidate.order.and_then(|(_, order)| order.signature.as_deref());
        question = question.signed(own.unwrap_or(&institution.signature), route.signature);
    }
    let report = words::read(&candidate.world.words, draft.text.reveal(), &question);
    if report.action().is_none() {
        return Judgement::pass("clean");
    }
    let is_excused = |hit: &Hit<'_>| words::is_excused(candidate.template, hit);
    judge_found(report, is_excused, |said| match institution.unreviewed {
        Unreviewed::Stop => Judgement::block(format!("{said}: nobody can be asked yet")),
        Unreviewed::Send => Judgement::pass(format!("unreviewed: {said}")),
        Unreviewed::Review => review::wanted(candidate, draft.text.reveal(), &said),
    })
}

fn judge_found(
    report: Report<'_>,
    is_excused: impl Fn(&Hit<'_>) -> bool,
    ask: impl Fn(String) -> Judgement,
) -> Judgement {
    let Report { hits, missing } = report;
    let (seen, open): (Vec<_>, Vec<_>) = hits.into_iter().partition(|hit| is_excused(hit));
    let open = Report { hits: open, missing: Vec::new() };
    let worst = words::strongest(&open);
    if let Some(hit) = worst.filter(|hit| hit.action == Action::Block) {
        return Judgement::block(words::forbidden(hit));
    }
    if let Some(rule) = missing.first() {
        return Judgement::block(words::missing(rule));
    }
    match worst {
        Some(hit) => ask(words::forbidden(hit)),
        None => {
            let mut told = "looked at:".to_owned();
            for hit in &seen {
                // Writing into a text cannot fail.
                let _ = write!(told, " @{}", hit.rule.id);
            }
            Judgement::pass(told)
        }
    }
}
