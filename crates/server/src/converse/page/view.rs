//! The page as its template wants it: how somebody's choices stand, and in their words.

use super::form::{channels, day_of};
use super::story::{Shown, Story};
use super::words::Language;
use crate::now;
use engine::Engine;
use engine::decide::rules::consent;
use engine::entry::{CaseId, CaseKind, Choices, Chosen, Frequency, Per, SuppressionCause};
use engine::state::{Case, Customer, Suppression};
use engine::world::World;
use minijinja::{Environment, UndefinedBehavior};
use model::{Consent, ConsentState, MessageClass, Subject, Timestamp, Value, Zone, consent_at};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::LazyLock;

/// The templates, compiled once.
static PAGES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut pages = Environment::new();
    pages.set_undefined_behavior(UndefinedBehavior::Strict);
    // A template that does not compile is missed by the first who asks for it; a test asks for each.
    let _ = pages.add_template("page.html", include_str!("page.html"));
    let _ = pages.add_template("gone.html", include_str!("gone.html"));
    pages
});

/// What the page's address asks for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    /// The language.
    pub(super) lang: Option<String>,
    /// Also what was not sent.
    pub(super) all: Option<String>,
    /// The entry by which choices were recorded.
    pub(super) saved: Option<u64>,
    /// Choices were as they had been.
    pub(super) same: Option<String>,
    /// The case that was opened.
    pub(super) opened: Option<u64>,
    /// What was wrong with a form.
    pub(super) wrong: Option<String>,
}

/// What the page knows of its customer.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) subject: Subject,
    pub(super) name: String,
    pub(super) language: String,
    pub(super) zone: Zone,
    pub(super) chosen: Option<Box<Chosen>>,
    pub(super) consents: Vec<Consent>,
    suppressions: Vec<Suppression>,
    /// Their cases, newest first.
    cases: Vec<(CaseId, Case)>,
}

/// How a class stands with a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It comes.
    On,
    /// They have switched it off.
    Off,
    /// They never agreed to it.
    Unasked,
    /// They opted out of it.
    OptedOut,
    /// A complaint stopped it.
    Complained,
    /// An employee stopped it.
    Stopped,
}

impl Standing {
    /// Whether it comes.
    pub(super) fn is_on(self) -> bool {
        self == Self::On
    }

    /// Whether it is not theirs to switch on here.
    pub(super) fn is_locked(self) -> bool {
        matches!(self, Self::Complained | Self::Stopped)
    }

    /// Whether switching it on is an agreement that must be recorded.
    pub(super) fn must_agree(self) -> bool {
        matches!(self, Self::Unasked | Self::OptedOut)
    }

    /// The word of the page that explains it, where something is to be explained.
    fn note(self) -> Option<&'static str> {
        match self {
            Self::On | Self::Off => None,
            Self::Unasked => Some("off_consent"),
            Self::OptedOut => Some("off_opt_out"),
            Self::Complained => Some("off_complaint"),
            Self::Stopped => Some("off_staff"),
        }
    }
}

impl Person {
    /// A customer as the engine knows them.
    pub(super) fn of(customer: &Customer, engine: &Engine) -> Self {
        let (institution, state) = (&engine.world().institution, engine.state());
        let text = |name: &str| match customer.profile.attributes.get(name) {
            Some(Value::Text(text)) => Some(text.to_string()),
            _ => None,
        };
        let by_number = customer.profile.phone.and_then(|phone| state.refused_numbers.get(&phone));
        Self {
            subject: customer.subject,
            name: text("name").unwrap_or_default(),
            language: text("language").unwrap_or_else(|| institution.language.clone()),
            zone: customer.profile.zone.unwrap_or(institution.zone),
            chosen: customer.chosen.clone(),
            consents: customer.consents.clone(),
            suppressions: customer
                .suppressions
                .iter()
                .chain(by_number.into_iter().flatten())
                .cloned()
                .collect(),
            cases: {
                let mut cases: Vec<_> =
                    state.cases.of(customer.subject).map(|(id, case)| (id, case.clone())).collect();
                cases.reverse();
                cases
            },
        }
    }

    /// The classes of which some part is theirs to switch off.
    pub(super) fn offered(&self, world: &World) -> Vec<MessageClass> {
        let is_theirs = |class: &MessageClass| {
            let policy = world.class(*class);
            policy.common.allowed && policy.common.must.is_none()
        };
        let first = [MessageClass::Marketing, MessageClass::CustomerService];
        let rest = MessageClass::ALL.into_iter().filter(|class| !first.contains(class));
        first.into_iter().chain(rest).filter(is_theirs).collect()
    }

    /// How a class stands.
    pub(super) fn standing(&self, world: &World, class: MessageClass, now: Timestamp) -> Standing {
        let said = consent_at(&self.consents, class, now);
        let lifted = |stop: &Suppression| {
            stop.why == SuppressionCause::OptOut
                && said.is_some_and(|said| said.state == ConsentState::Granted && said.at > stop.at)
        };
        let stops = self.suppressions.iter().filter(|stop| stop.classes.contains(&class) && !lifted(stop));
        let why = |cause| stops.clone().any(|stop| stop.why == cause);
        let choice = self.chosen.as_ref().and_then(|chosen| chosen.choices.of(class));
        if why(SuppressionCause::Complaint) {
            return Standing::Complained;
        }
        if why(SuppressionCause::Staff) {
            return Standing::Stopped;
        }
        if why(SuppressionCause::OptOut) {
            return Standing::OptedOut;
        }
        if consent::is_lacking(world, &self.consents, class, now) {
            return Standing::Unasked;
        }
        if choice.is_some_and(|choice| choice.off) { Standing::Off } else { Standing::On }
    }
}

/// A moment on somebody's clock.
pub(super) fn day_and_time(at: Timestamp, zone: Zone) -> String {
    let (day, clock) = zone.local(at);
    format!("{day} {clock}")
}

#[derive(Debug, Serialize)]
struct Page<'a> {
    institution: &'a str,
    style: &'static str,
    path: &'a str,
    banner: Option<Banner>,
    messages: Vec<Shown>,
    all: bool,
    classes: Vec<ClassCard>,
    today: String,
    from: Vec<Choice>,
    to: Vec<Choice>,
    personalised: bool,
    uses: Vec<Use>,
    always: Vec<Always>,
    cases_open: bool,
    rights: Vec<Right>,
    cases: Vec<CaseLine>,
    until: String,
}

#[derive(Debug, Serialize)]
struct Banner {
    kind: &'static str,
    title: String,
    lines: Vec<String>,
}

#[derive(Debug, Serialize)]
struct ClassCard {
    key: &'static str,
    name: String,
    about: String,
    note: Option<String>,
    wanted: bool,
    locked: bool,
    /// Whether something beyond on and off is chosen.
    special: bool,
    channels: Vec<Switch>,
    most: Vec<Choice>,
    pause: String,
}

#[derive(Debug, Serialize)]
struct Switch {
    key: &'static str,
    name: String,
    on: bool,
}

#[derive(Debug, Serialize)]
struct Choice {
    value: String,
    label: String,
    selected: bool,
}

#[derive(Debug, Serialize)]
struct Use {
    key: String,
    words: String,
    on: bool,
}

/// Something that the law gives a customer.
#[derive(Debug, Serialize)]
struct Right {
    kind: &'static str,
    name: String,
    about: String,
    asks: Option<String>,
    button: String,
    style: &'static str,
}

#[derive(Debug, Serialize)]
struct CaseLine {
    name: String,
    number: String,
    when: String,
    state: String,
}

#[derive(Debug, Serialize)]
struct Always {
    name: String,
    reason: String,
}

/// The page.
///
/// # Errors
/// A template and a page that do not fit, which a test finds.
pub(super) fn page(
    world: &World,
    person: &Person,
    asked: &Asked,
    token: &str,
    until: Timestamp,
    stories: Vec<Story>,
) -> Result<String, minijinja::Error> {
    let language = Language::of(asked.lang.as_deref(), &person.language);
    let none = Choices::default();
    let choices = person.chosen.as_ref().map_or(&none, |chosen| &chosen.choices);
    let offered = person.offered(world);
    let hour = |chosen: Option<String>, first: u16, last: u16| {
        (first..=last).map(move |hour| format!("{hour:02}:00")).map(move |value| Choice {
            selected: chosen.as_ref() == Some(&value),
            label: value.clone(),
            value,
        })
    };
    let page = Page {
        institution: &world.institution.name,
        style: "page.css",
        path: token,
        banner: banner(world, person, asked, language),
        messages: stories.iter().map(|story| story.shown(world, person, language)).collect(),
        all: asked.all.is_some(),
        classes: offered.iter().map(|class| card(world, person, *class, language)).collect(),
        today: day_of(now(), person.zone),
        from: hour(choices.hours.map(|hours| hours.open.to_string()), 0, 23).collect(),
        to: hour(choices.hours.map(|hours| hours.close.to_string()), 1, 24).collect(),
        personalised: !choices.impersonal,
        uses: uses(world, choices, language),
        always: always(world, language),
        cases_open: true,
        rights: rights(language),
        cases: person.cases.iter().map(|(id, case)| case_line(*id, case, person, language)).collect(),
        until: language.tell("until", &[&day_and_time(until, person.zone)]),
    };
    let context = minijinja::context! {
        t => plain(serde_json::json!(language.all())),
        page => plain(serde_json::json!(page)),
    };
    PAGES.get_template("page.html")?.render(context)
}

/// What a template is filled with, as its renderer wants it.
fn plain(value: serde_json::Value) -> minijinja::Value {
    use serde_json::Value as Json;
    match value {
        Json::Null => minijinja::Value::from(()),
        Json::Bool(flag) => flag.into(),
        // The page has no numbers that are not texts.
        Json::Number(number) => number.to_string().into(),
        Json::String(text) => text.into(),
        Json::Array(items) => items.into_iter().map(plain).collect::<Vec<_>>().into(),
        Json::Object(fields) => {
            minijinja::Value::from_pairs(fields.into_iter().map(|(name, value)| (name, plain(value))))
        }
    }
}

/// A page that knows nobody, in both languages. `path` is that of the request: the style is found from there.
pub(super) fn alone(what: &str, path: &str) -> String {
    let words = |language: Language| {
        HashMap::from([
            ("title", language.say(&format!("{what}_title"))),
            ("text", language.say(&format!("{what}_text"))),
        ])
    };
    let is_deep = path.ends_with("/choices") || path.ends_with("/case");
    let context = minijinja::context! {
        institution => "",
        style => if is_deep { "../page.css" } else { "page.css" },
        zh => plain(serde_json::json!(words(Language::Chinese))),
        en => plain(serde_json::json!(words(Language::English))),
    };
    let page = PAGES.get_template("gone.html").and_then(|template| template.render(context));
    page.unwrap_or_else(|_| words(Language::English)["title"].clone())
}

fn banner(world: &World, person: &Person, asked: &Asked, language: Language) -> Option<Banner> {
    if let (Some(entry), Some(chosen)) = (asked.saved, &person.chosen) {
        let when = day_and_time(chosen.evidence.at, person.zone);
        let mut lines = vec![language.tell("saved_at", &[&when, &entry.to_string()])];
        lines.extend(summary(world, person, language));
        return Some(Banner { kind: "done", title: language.say("saved"), lines });
    }
    if let Some(banner) = asked.opened.and_then(|id| opened(CaseId(id), person, language)) {
        return Some(banner);
    }
    if asked.same.is_some() {
        let lines = vec![language.say("unchanged_text")];
        return Some(Banner { kind: "done", title: language.say("unchanged"), lines });
    }
    let wrong = asked.wrong.as_deref()?;
    let word = match wrong {
        "hours" => "wrong_hours",
        "many" => "too_many_open",
        _ => "wrong_form",
    };
    Some(Banner { kind: "wrong", title: language.say("wrong"), lines: vec![language.say(word)] })
}

/// What was recorded of a case of theirs, and what follows at once.
fn opened(id: CaseId, person: &Person, language: Language) -> Option<Banner> {
    let (_, case) = person.cases.iter().find(|(known, _)| *known == id)?;
    let name = language.say(&format!("case_{}", case.kind.name()));
    let when = day_and_time(case.at, person.zone);
    let mut lines = vec![language.tell("opened_at", &[&when, &id.to_string()])];
    if case.kind == CaseKind::Complaint {
        lines.push(language.say("marketing_paused"));
    }
    lines.push(language.tell("opened_due", &[&day_of(case.due, person.zone)]));
    Some(Banner { kind: "done", title: language.tell("opened", &[&name]), lines })
}

fn case_line(id: CaseId, case: &Case, person: &Person, language: Language) -> CaseLine {
    let state = match case.closed {
        None => language.tell("case_open", &[&day_of(case.due, person.zone)]),
        Some((at, outcome)) => {
            let outcome = language.say(&format!("outcome_{}", outcome.name()));
            language.tell("case_closed", &[&day_of(at, person.zone), &outcome])
        }
    };
    let name = language.say(&format!("case_{}", case.kind.name()));
    CaseLine { name, number: id.to_string(), when: day_and_time(case.at, person.zone), state }
}

fn rights(language: Language) -> Vec<Right> {
    let right = |kind: CaseKind, style| {
        let word = |what: &str| language.say(&format!("{}_{what}", kind.name()));
        let asks = language.known(&format!("{}_asks", kind.name()));
        Right {
            kind: kind.name(),
            name: word("name"),
            about: word("about"),
            asks,
            button: word("button"),
            style,
        }
    };
    vec![
        right(CaseKind::Access, "quiet"),
        right(CaseKind::Correction, "quiet"),
        right(CaseKind::Erasure, "grave"),
    ]
}

/// What was recorded, in a line for each class.
fn summary(world: &World, person: &Person, language: Language) -> Vec<String> {
    let line = |class: MessageClass| {
        let is_on = person.standing(world, class, now()).is_on();
        let word = language.say(if is_on { "on" } else { "off" });
        language.tell("is", &[&language.say(&format!("class_{class}")), &word])
    };
    person.offered(world).into_iter().map(line).collect()
}

fn card(world: &World, person: &Person, class: MessageClass, language: Language) -> ClassCard {
    let standing = person.standing(world, class, now());
    let choice =
        person.chosen.as_ref().and_then(|chosen| chosen.choices.of(class)).cloned().unwrap_or_default();
    let channels = channels(world, class).into_iter().map(|channel| Switch {
        key: channel.name(),
        name: language.say(&format!("channel_{channel}")),
        on: !choice.channels_off.contains(&channel),
    });
    let is_patient = world.class(class).common.patient;
    let paused = choice.paused_until.filter(|until| *until > now());
    ClassCard {
        key: class.name(),
        name: language.say(&format!("class_{class}")),
        about: language.say(&format!("about_{class}")),
        note: standing.note().map(|word| language.say(word)),
        wanted: standing.is_on(),
        locked: standing.is_locked(),
        special: paused.is_some() || choice.at_most.is_some() || !choice.channels_off.is_empty(),
        channels: channels.collect(),
        most: if is_patient { limits(choice.at_most, language) } else { Vec::new() },
        pause: paused.map(|until| day_of(until, person.zone)).unwrap_or_default(),
    }
}

/// The limits that are offered, with the one that is chosen wherever it comes from.
fn limits(chosen: Option<Frequency>, language: Language) -> Vec<Choice> {
    let mut limits: Vec<Frequency> = Per::ALL.into_iter().map(|per| Frequency { messages: 1, per }).collect();
    limits.extend(chosen.filter(|chosen| !limits.contains(chosen)));
    let unlimited =
        Choice { value: String::new(), label: language.say("as_it_comes"), selected: chosen.is_none() };
    let limit = |most: Frequency| Choice {
        value: format!("{}/{}", most.messages, most.per.name()),
        label: language.tell(&format!("most_{}", most.per.name()), &[&most.messages.to_string()]),
        selected: chosen == Some(most),
    };
    std::iter::once(unlimited).chain(limits.into_iter().map(limit)).collect()
}

fn uses(world: &World, choices: &Choices, language: Language) -> Vec<Use> {
    let one = |(name, words): (&std::sync::Arc<str>, &engine::world::Words)| Use {
        key: name.to_string(),
        words: if language == Language::Chinese { words.zh.clone() } else { words.en.clone() },
        on: !choices.unused.contains(name),
    };
    world.institution.preferences.uses.iter().map(one).collect()
}

/// What nobody can switch off, by the name that the page has for it.
fn always(world: &World, language: Language) -> Vec<Always> {
    let one = |must: crate::converse::preferences::Must| {
        let class = language.say(&format!("class_{}", must.class));
        let name = match &must.subtype {
            Some(subtype) => language.known(&format!("subtype_{subtype}")).unwrap_or_else(|| subtype.clone()),
            None => class,
        };
        Always { name, reason: if language == Language::Chinese { must.zh } else { must.en } }
    };
    crate::converse::preferences::musts(world).into_iter().map(one).collect()
}
