//! What a customer received, or did not, and why, in their own words.

use super::view::{Person, day_and_time};
use super::words::Language;
use crate::http::Site;
use crate::http::problem::Problem;
use crate::now;
use engine::decide::{Finding, Verdict};
use engine::entry::{Fact, Matter};
use engine::world::{Trigger, World};
use model::{Channel, ConsentState, MessageClass, MessageId, Span, Timestamp, consent_at};
use node::inquiry::{self, Line};
use store::views::MessageRow;

/// How far back the page goes.
const SHOWN_DAYS: Span = Span::days(90);
/// How many messages it shows at most.
const SHOWN_MAX: usize = 50;
/// How many are looked through for those that were sent.
const LOOKED_MAX: usize = 300;

/// One message, as far as it is known.
pub(super) struct Story {
    row: MessageRow,
    lines: Vec<Line>,
}

/// A message as the page shows it.
#[derive(Debug, serde::Serialize)]
pub(super) struct Shown {
    id: String,
    when: String,
    class: String,
    channel: String,
    text: String,
    gone: bool,
    state: String,
    mood: &'static str,
    question: String,
    why: Vec<String>,
}

/// The messages of the last days, newest first; with `all` also those that were not sent.
///
/// # Errors
/// Views or a journal that cannot be read.
pub(super) async fn of(site: &Site, person: &Person, all: bool) -> Result<Vec<Story>, Problem> {
    site.follow.catch_up().await;
    let (subject, since) = (person.subject.0, now().before(SHOWN_DAYS).0);
    let rows = site.on_views(move |views| views.messages_of(subject, LOOKED_MAX, None)).await?;
    let recent = rows.into_iter().filter(|row| row.decided_ms >= since);
    let rows: Vec<MessageRow> = recent.filter(|row| all || was_sent(row)).take(SHOWN_MAX).collect();
    site.blocking(move |site| {
        let story = |row: MessageRow| {
            let lines = inquiry::lines(&*site.journal, &site.keys, &row.entries)?;
            Ok(Story { row, lines })
        };
        rows.into_iter().map(story).collect()
    })
    .await
}

/// Whether a carrier has had it, or may have.
fn was_sent(row: &MessageRow) -> bool {
    matches!(node::phase_name(row.phase), "claimed" | "submitted" | "unanswered" | "delivered" | "failed")
}

impl Story {
    /// As the page shows it.
    pub(super) fn shown(&self, world: &World, person: &Person, language: Language) -> Shown {
        let phase = node::phase_name(self.row.phase);
        let (state, mood) = match phase {
            "delivered" => ("delivered", "good"),
            "claimed" | "submitted" | "unanswered" => ("sent", ""),
            "failed" => ("failed", "warn"),
            "blocked" => ("unsent", ""),
            _ => ("waits", ""),
        };
        let text = self.lines.iter().rev().find_map(|line| match &line.entry.fact {
            Fact::MessageDecided(decided) => Some(decided.text.reveal()),
            Fact::MessageRerouted(rerouted) => Some(rerouted.text.reveal()),
            _ => None,
        });
        let question = match state {
            "unsent" => "why_unsent",
            "waits" => "why_waits",
            _ => "why_sent",
        };
        let class = MessageClass::from_code(self.row.class).unwrap_or(MessageClass::CustomerService);
        Shown {
            id: MessageId(self.row.id).to_string(),
            when: day_and_time(Timestamp(self.row.decided_ms), person.zone),
            class: language.say(&format!("short_{class}")),
            channel: language.say(&format!("channel_{}", self.channel(world))),
            text: text.map_or_else(|| language.say("no_text"), |text| hidden(text, &person.name)),
            gone: text.is_none(),
            state: language.say(&format!("state_{state}")),
            mood,
            question: language.say(question),
            why: self.why(world, person, language, class, matches!(state, "unsent" | "waits")),
        }
    }

    fn channel(&self, world: &World) -> Channel {
        let route = world.routes.iter().find(|(id, _)| id.as_str() == self.row.route);
        route.map_or(Channel::Sms, |(_, route)| route.channel)
    }

    fn why(
        &self,
        world: &World,
        person: &Person,
        language: Language,
        class: MessageClass,
        is_stopped: bool,
    ) -> Vec<String> {
        let matter = self.lines.iter().rev().find_map(|line| matter(&line.entry.fact));
        let stopped = matter.and_then(|m| m.findings.iter().rev().find(|f| f.verdict != Verdict::Pass));
        if let (true, Some(finding)) = (is_stopped, stopped) {
            return vec![against(finding, language)];
        }
        let policy = world.class(class).of(matter.and_then(|matter| matter.subtype.as_ref()));
        if let Some(must) = &policy.must {
            let words = if language == Language::Chinese { &must.zh } else { &must.en };
            return vec![words.clone()];
        }
        let mut why = Vec::new();
        let at = Timestamp(self.row.decided_ms);
        match consent_at(&person.consents, class, at).filter(|said| said.state == ConsentState::Granted) {
            Some(said) => {
                let day = super::form::day_of(said.at, person.zone);
                why.push(language.tell("by_consent", &[&day, &said.evidence.to_string()]));
            }
            None => why.push(language.say("by_service")),
        }
        if self.row.journey.starts_with("account:") {
            why.push(language.say("by_system"));
        }
        if let Some(chosen) = world.journeys.version(&self.row.journey) {
            let by_word = matches!(chosen.trigger, Trigger::Keyword(_) | Trigger::Inbound);
            let word = match (by_word, chosen.basis.personalised, class == MessageClass::Marketing) {
                (true, ..) => "by_asked",
                (_, true, _) => "by_person",
                (_, _, true) => "by_everybody",
                _ => "",
            };
            why.extend((!word.is_empty()).then(|| language.say(word)));
        }
        why.push(language.say("can_stop"));
        why
    }
}

/// What the gate was asked about.
fn matter(fact: &Fact) -> Option<&Matter> {
    match fact {
        Fact::MessageDecided(decided) => Some(&decided.matter),
        Fact::MessageHeld(held) => Some(&held.matter),
        Fact::MessageBlocked(blocked) => Some(&blocked.matter),
        _ => None,
    }
}

/// Why something was not sent, or waits.
fn against(finding: &Finding, language: Language) -> String {
    let word = format!("rule_{}", finding.rule.id());
    language.known(&word).unwrap_or_else(|| language.say("rule_other"))
}

/// The fewest digits in a row that are hidden: of what is shorter nothing can be made.
const DIGITS_HIDDEN: usize = 4;
/// The fewest letters and digits in a row that are hidden: the token of a link.
const TOKEN_HIDDEN: usize = 20;

/// A text as its reader may see it on a page that others could get hold of: without the name, without numbers and codes, and
/// without links that open something.
pub(crate) fn hidden(text: &str, name: &str) -> String {
    let text = match name {
        "" => text.to_owned(),
        name => text.replace(name, &text::mask::name(name)),
    };
    let mut shown = String::with_capacity(text.len());
    let mut run = String::new();
    for character in text.chars().chain(['\0']) {
        if character.is_ascii_alphanumeric() || matches!(character, '-' | '_') || is_wide_digit(character) {
            run.push(character);
            continue;
        }
        shown.push_str(&hidden_run(&run));
        run.clear();
        shown.extend(Some(character).filter(|character| *character != '\0'));
    }
    shown
}

fn is_wide_digit(character: char) -> bool {
    ('０'..='９').contains(&character)
}

fn hidden_run(run: &str) -> String {
    let mut digits = 0;
    let longest = run.chars().fold(0, |longest, character| {
        digits = if character.is_ascii_digit() || is_wide_digit(character) { digits + 1 } else { 0 };
        digits.max(longest)
    });
    match longest >= DIGITS_HIDDEN || run.chars().count() >= TOKEN_HIDDEN {
        true => "••••".to_owned(),
        false => run.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_codes_names_and_links_are_hidden_and_the_rest_is_not() {
        let check = |text: &str, expect: &str| assert_eq!(hidden(text, "王小明"), expect, "{text}");
        check("【鸿雁银行】验证码482913，5分钟内有效", "【鸿雁银行】验证码••••，5分钟内有效");
        check("尊敬的王小明，您尾号1234的账户支出12.00元", "尊敬的王**，您尾号••••的账户支出12.00元");
        check("卡号６２２２０２，请查收", "卡号••••，请查收");
        check("https://m.bank.cn/p/AQAAACoG_x-AbCdEfGhIjKlMnOpQr1", "https://m.bank.cn/p/••••");
        check("拒收请回复R", "拒收请回复R");
    }
}
