//! # ask
//!
//! The step that asks a customer something by a message and waits for the answer: a number, one of some words, or any text. What
//! they write is laid to their newest open question; words that refuse are never an answer. What cannot be read is asked
//! once more, where the step says by which text, and then counts as no answer. The answer is `got.answer`, and a tag where the
//! step says so. The time to answer begins when the question may leave; a question that is stopped is not waited for.

use super::{Next, Scene, Walker};
use crate::compose::Template;
use crate::decide::{Candidate, judge, plan, until};
use crate::entry::{Event, Fact, Open};
use crate::state::{Customer, State};
use crate::world::{Answer, Ask, World};
use model::{MessageId, Timestamp, Value};
use std::sync::Arc;

pub(super) fn take(scene: &Scene<'_>, walker: &Walker, ask: &Ask) -> Next {
    // A wait that cannot be reckoned must show before the question is asked.
    if let Err(missing) = until::due(scene.world, scene.customer, &ask.timeout, scene.now) {
        return Next::Stuck(missing);
    }
    let fact = question(scene.world, scene.state, scene.customer, walker, &ask.template, scene.now);
    let leaves = match &fact {
        Fact::MessageDecided(_) => scene.now,
        Fact::MessageHeld(held) => held.until,
        _ => return Next::Record(Box::new(fact), ask.otherwise),
    };
    let message = MessageId(scene.state.position);
    match until::due(scene.world, scene.customer, &ask.timeout, leaves) {
        Ok(due) if due > scene.now => Next::RecordAndOpen(Box::new(fact), due, Open::Question(message)),
        _ => Next::Record(Box::new(fact), ask.otherwise),
    }
}

fn question(
    world: &World,
    state: &State,
    customer: &Customer,
    walker: &Walker,
    template: &Template,
    now: Timestamp,
) -> Fact {
    let event = walker.speaks_of(template);
    let candidate = Candidate {
        event: event.as_ref(),
        variant: walker.variant.as_deref(),
        ..Candidate::new(world, state, customer, &walker.journey, template, now)
    };
    plan::judge_by_plan(&candidate, judge)
}

/// What follows from an answer that cannot be read.
#[derive(Debug)]
pub(crate) enum Asked {
    /// It is asked once more: the message that does, and its id.
    Again(Box<Fact>, MessageId),
    /// It counts as no answer.
    NoAnswer,
}

/// Asks once more, if the step says by which text and it has not been asked twice already.
pub(crate) fn ask_again(
    world: &World,
    state: &State,
    customer: &Customer,
    walker: &mut Walker,
    ask: &Ask,
    now: Timestamp,
) -> Asked {
    let Some(template) = &ask.again else { return Asked::NoAnswer };
    let Some(step) = walker.journey.steps.get(walker.at).map(|step| Arc::clone(&step.name)) else {
        return Asked::NoAnswer;
    };
    if walker.jumps.iter().any(|(name, _)| *name == step) {
        return Asked::NoAnswer;
    }
    walker.jumps.push((step, 1));
    let fact = question(world, state, customer, walker, template, now);
    match fact {
        Fact::MessageBlocked(_) => Asked::NoAnswer,
        fact => Asked::Again(Box::new(fact), MessageId(state.position)),
    }
}

/// What somebody wrote, as an answer; none if it is no answer to that.
pub(crate) fn read(answer: &Answer, written: &str) -> Option<Value> {
    let written = written.trim();
    match answer {
        Answer::Number(low, high) => {
            let number = number(written).filter(|number| (low..=high).contains(&number));
            number.map(Value::Int)
        }
        Answer::Choice(words) => words.matches(written).map(|found| found.tag.clone()),
        Answer::Text => {
            let length = written.chars().count();
            (1..=TEXT_MAX).contains(&length).then(|| Value::Text(written.into()))
        }
    }
}

/// The longest answer that is kept, in characters.
const TEXT_MAX: usize = 500;

/// The one number in a text: `5`, `５分`, `我打 4 分`; a single character may be written 一 to 十.
fn number(written: &str) -> Option<i64> {
    const WORDS: [char; 11] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九', '十'];
    let folded: String = written
        .chars()
        .map(|c| match c {
            // Digits of full width.
            '０'..='９' => char::from_u32(c as u32 - '０' as u32 + '0' as u32).unwrap_or(c),
            other => other,
        })
        .collect();
    let bare = folded.trim_end_matches('分');
    let mut characters = bare.chars();
    if let (Some(only), None) = (characters.next(), characters.next())
        && let Some(place) = WORDS.iter().position(|word| *word == only)
    {
        return i64::try_from(place).ok();
    }
    let mut numbers = folded.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty());
    let first = numbers.next()?;
    let is_alone = numbers.next().is_none() && !folded.contains(['-', '.', '－']);
    first.parse().ok().filter(|_| is_alone)
}

/// What is known of an answer, as conditions read it: `got.answer` and `got.text`.
pub(crate) fn answered(
    question: MessageId,
    value: Option<Value>,
    written: &str,
    now: Timestamp,
) -> Arc<Event> {
    let mut fields = model::Fields::new();
    if let Some(value) = value {
        fields.insert("answer".into(), value);
    }
    let text: String = written.chars().take(TEXT_MAX).collect();
    fields.insert("text".into(), Value::Text(text.into()));
    Arc::new(Event { id: format!("answer/{question}").into(), kind: "answer".into(), at: now, fields })
}

#[cfg(test)]
mod tests {
    use super::*;
    use text::{Keywords, Reach};

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (written, expected) in [
            ("5", Some(5)),
            (" ５ ", Some(5)),
            ("4分", Some(4)),
            ("我打3分", Some(3)),
            ("四", Some(4)),
            ("十分", Some(10)),
            ("给五分", None),
            ("4-5", None),
            ("4 5", None),
            ("-3", None),
            ("3.5", None),
            ("11", None),
            ("好", None),
            ("", None),
        ] {
            assert_eq!(read(&Answer::Number(1, 10), written), expected.map(Value::Int), "{written:?}");
        }
    }

    #[test]
    fn words_stand_for_what_the_journey_says() {
        let words = [("是", Value::Bool(true), Reach::Whole), ("N", Value::Bool(false), Reach::Whole)];
        let answer = Answer::Choice(Keywords::new(words).unwrap());
        assert_eq!(read(&answer, "是"), Some(Value::Bool(true)));
        assert_eq!(read(&answer, "ｎ"), Some(Value::Bool(false)));
        assert_eq!(read(&answer, "是不是"), None);
    }

    #[test]
    fn a_text_of_any_kind_is_an_answer_up_to_its_length() {
        assert_eq!(read(&Answer::Text, "  很好 "), Some(Value::Text("很好".into())));
        assert_eq!(read(&Answer::Text, "  "), None);
        assert_eq!(read(&Answer::Text, &"长".repeat(501)), None);
    }
}
