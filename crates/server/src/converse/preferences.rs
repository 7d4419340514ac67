//! `GET` and `PUT /v1/customers/{id}/preferences`: a customer's choices, for the institution's systems and its employees;
//! `POST /v1/customers/{id}/preference-link`: a link to the customer's own page.
//!
//! What is put replaces everything that was chosen before: a system that changes one thing reads first. Each change is an
//! entry of the ledger with its evidence.

use crate::http::Site;
use crate::http::access::Caller;
use crate::http::problem::{FieldError, Problem};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Extension, Path, State};
use engine::converse::{Heard, LINK_PATH, Wanted, Who, Wish};
use engine::entry::{Choices, Chosen, ClassChoice, Evidence, Frequency, Hours, Per, Through};
use engine::world::World;
use engine::{Input, Reply};
use model::{Channel, ClockTime, CustomerId, MessageClass, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How long a reference may be, in bytes: it is sealed with the choices.
const REFERENCE_BYTES_MAX: usize = 200;
/// The most messages a customer may want at most: beyond it, a number is a slip of the finger.
const MESSAGES_MAX: u16 = 1_000;

/// A customer's choices as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// By class; one that is not here is wanted as it comes.
    #[serde(default)]
    pub classes: BTreeMap<String, ToldClass>,
    /// When what can wait may come.
    #[serde(default)]
    pub hours: Option<ToldHours>,
    /// Whether what is chosen by who they are may come.
    #[serde(default = "yes")]
    pub personalised: bool,
    /// What may be used of what is known of them; one that is not here may.
    #[serde(default)]
    pub data_uses: BTreeMap<String, bool>,
    /// How it is known.
    #[serde(default)]
    pub evidence: Option<ToldEvidence>,
}

/// What was chosen for a class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToldClass {
    /// Whether it is wanted at all.
    #[serde(default = "yes")]
    pub wanted: bool,
    /// By which channels it is not.
    #[serde(default)]
    pub channels_off: Vec<String>,
    /// Nothing before this moment.
    #[serde(default)]
    pub paused_until: Option<String>,
    /// No more than this.
    #[serde(default)]
    pub at_most: Option<ToldFrequency>,
}

/// So many in so long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToldFrequency {
    /// How many.
    pub messages: u16,
    /// `day`, `week` or `month`.
    pub per: String,
}

/// Hours on the customer's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToldHours {
    /// From then on.
    pub from: String,
    /// Until then.
    pub to: String,
}

/// How it is known what they want.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToldEvidence {
    /// `api`, `agent`; when reading also `page` and `text`.
    #[serde(default)]
    pub through: Option<String>,
    /// When they said it; now, if nothing is said.
    #[serde(default)]
    pub at: Option<String>,
    /// Where it can be looked up.
    pub reference: String,
}

fn yes() -> bool {
    true
}

/// What a customer cannot switch off.
#[derive(Debug, Serialize)]
pub struct Must {
    pub(crate) class: &'static str,
    pub(crate) subtype: Option<String>,
    pub(crate) zh: String,
    pub(crate) en: String,
}

/// A customer's choices with what frames them.
#[derive(Debug, Serialize)]
pub struct Shown {
    #[serde(flatten)]
    told: Told,
    must: Vec<Must>,
}

/// A change that is durable.
#[derive(Debug, Serialize)]
pub struct Changed {
    changed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<u64>,
}

/// Answers with a customer's choices.
pub async fn read(State(site): State<Site>, Path(id): Path<String>) -> Result<Json<Shown>, Problem> {
    let chosen = site
        .core
        .ask(move |node| node.engine().state().customer(&CustomerId::new(id)).map(|c| c.chosen.clone()))
        .await?
        .ok_or_else(|| Problem::not_found("no such customer"))?;
    let told = tell(&site.world.now(), chosen.as_deref());
    Ok(Json(Shown { told, must: musts(&site.world.now()) }))
}

/// Puts a customer's choices in the place of those before.
pub async fn put(
    State(site): State<Site>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Changed>, Problem> {
    let told: Told = serde_json::from_slice(&body)
        .map_err(|e| Problem::bad_request(format!("expected a customer's choices: {e}")))?;
    let choices = choices(&told, &site.world.now())?;
    let evidence = evidence(told.evidence.as_ref(), &caller)?;
    let what = Wanted::Choices { chosen: Chosen { choices, evidence }, agreed: Vec::new() };
    let wish = Wish { who: Who::Customer(CustomerId::new(id)), what };
    match site.core.decide(Input::Wish(Box::new(wish))).await? {
        Reply::Heard(Heard::Recorded(entry)) => Ok(Json(Changed { changed: true, entry: Some(entry) })),
        Reply::Heard(Heard::Unchanged) => Ok(Json(Changed { changed: false, entry: None })),
        _ => Err(Problem::not_found("no such customer")),
    }
}

/// A link to a customer's own page. Whoever holds it is taken for the customer.
#[derive(Debug, Serialize)]
pub struct Link {
    /// The address; none where `institution.toml` has no `preferences.url`.
    link: Option<String>,
    /// Its path, behind whatever address the page has.
    path: String,
    /// When it ends.
    until: String,
}

/// Makes a link to a customer's own page, and records that it was handed out.
pub async fn link(
    State(site): State<Site>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Link>, Problem> {
    let who = CustomerId::new(id);
    let subject = site
        .core
        .ask(move |node| node.engine().state().customer(&who).map(|customer| customer.subject))
        .await?
        .ok_or_else(|| Problem::not_found("no such customer"))?;
    let world = site.world.now();
    let preferences = &world.institution.preferences;
    let made = world.links.as_ref().and_then(|key| {
        let token = key.token(subject, crate::now(), preferences.valid)?;
        let until = key.open(&token, crate::now())?.until;
        Some((token, until))
    });
    let (token, until) = made.ok_or_else(|| Problem::internal(&"no key to sign links with"))?;
    // The ledger says who could act for the customer from now on; whose link it was would outlive the customer there.
    site.core
        .decide(Input::Admin(format!("{} made a link to a customer's page", caller.name).into()))
        .await?;
    let path = format!("{LINK_PATH}{token}");
    let link = preferences.url.as_ref().map(|url| format!("{url}{path}"));
    Ok(Json(Link { link, path, until: until.to_string() }))
}

/// Everything that nobody can switch off, with the reason: of classes whole, then of subtypes that differ from theirs.
pub(crate) fn musts(world: &World) -> Vec<Must> {
    let mut musts = Vec::new();
    for class in &world.classes {
        let must = |subtype: Option<&model::Subtype>| {
            let words = class.of(subtype).must.as_ref()?;
            let subtype = subtype.map(|subtype| subtype.as_str().to_owned());
            Some(Must { class: class.class.name(), subtype, zh: words.zh.clone(), en: words.en.clone() })
        };
        match must(None) {
            Some(whole) => musts.push(whole),
            None => musts.extend(class.subtypes.keys().filter_map(|subtype| must(Some(subtype)))),
        }
    }
    musts
}

/// Choices as JSON: every class and every use is there, so that whoever reads sees what there is to choose.
pub(crate) fn tell(world: &World, chosen: Option<&Chosen>) -> Told {
    let none = Choices::default();
    let choices = chosen.map_or(&none, |chosen| &chosen.choices);
    let class = |class: MessageClass| {
        let choice = choices.of(class).cloned().unwrap_or_default();
        let told = ToldClass {
            wanted: !choice.off,
            channels_off: choice.channels_off.iter().map(|channel| channel.name().to_owned()).collect(),
            paused_until: choice.paused_until.map(|until| until.to_string()),
            at_most: choice
                .at_most
                .map(|most| ToldFrequency { messages: most.messages, per: most.per.name().to_owned() }),
        };
        (class.name().to_owned(), told)
    };
    let uses = world.institution.preferences.uses.keys();
    Told {
        classes: MessageClass::ALL.into_iter().map(class).collect(),
        hours: choices
            .hours
            .map(|hours| ToldHours { from: hours.open.to_string(), to: hours.close.to_string() }),
        personalised: !choices.impersonal,
        data_uses: uses.map(|name| (name.to_string(), !choices.unused.contains(name))).collect(),
        evidence: chosen.map(|chosen| ToldEvidence {
            through: Some(chosen.evidence.through.name().to_owned()),
            at: Some(chosen.evidence.at.to_string()),
            reference: chosen.evidence.reference.to_string(),
        }),
    }
}

/// Choices from JSON, every mistake with its place.
///
/// # Errors
/// All mistakes.
pub(crate) fn choices(told: &Told, world: &World) -> Result<Choices, Problem> {
    let mut errors = Vec::new();
    let mut note = |pointer: String, detail: String| errors.push(FieldError { pointer, detail });
    let mut classes = BTreeMap::new();
    for (name, told) in &told.classes {
        let place = format!("/classes/{name}");
        match name.parse::<MessageClass>() {
            Ok(class) => drop(classes.insert(class, class_choice(told, &place, &mut note))),
            Err(error) => note(place, error.to_string()),
        }
    }
    let hours = told.hours.as_ref().and_then(|told| hours(told, &mut note));
    let mut unused = BTreeSet::new();
    for (name, may) in &told.data_uses {
        match world.institution.preferences.uses.get_key_value(name.as_str()) {
            Some((name, _)) if !may => drop(unused.insert(Arc::clone(name))),
            Some(_) => {}
            None => {
                note(format!("/data_uses/{name}"), "expected a use that the institution has named".to_owned())
            }
        }
    }
    if errors.is_empty() {
        let impersonal = !told.personalised;
        Ok(Choices { classes, hours, impersonal, unused }.tidied())
    } else {
        Err(Problem::fields(errors))
    }
}

fn class_choice(told: &ToldClass, place: &str, note: &mut impl FnMut(String, String)) -> ClassChoice {
    let mut channels_off = BTreeSet::new();
    for word in &told.channels_off {
        match Channel::parse(word) {
            Some(channel) => drop(channels_off.insert(channel)),
            None => {
                let known = Channel::ALL.map(Channel::name).join(", ");
                note(format!("{place}/channels_off"), format!("expected one of {known}, found {word:?}"));
            }
        }
    }
    let paused_until = told.paused_until.as_deref().and_then(|text| {
        let read = Timestamp::parse_rfc3339(text);
        read.map_err(|error| note(format!("{place}/paused_until"), error.to_string())).ok()
    });
    let at_most = told.at_most.as_ref().and_then(|most| {
        let per = Per::parse(&most.per);
        if per.is_none() || !(1..=MESSAGES_MAX).contains(&most.messages) {
            let expected = format!("expected 1 to {MESSAGES_MAX} messages a day, week or month");
            note(format!("{place}/at_most"), format!("{expected}, found {} a {:?}", most.messages, most.per));
        }
        per.map(|per| Frequency { messages: most.messages, per })
    });
    ClassChoice { off: !told.wanted, channels_off, paused_until, at_most }
}

fn hours(told: &ToldHours, note: &mut impl FnMut(String, String)) -> Option<Hours> {
    let mut read = |text: &str, name: &str| {
        ClockTime::parse(text).map_err(|error| note(format!("/hours/{name}"), error.to_string())).ok()
    };
    let (open, close) = (read(&told.from, "from")?, read(&told.to, "to")?);
    if close <= open {
        note("/hours/to".to_owned(), format!("expected a time after {open}, found {close}"));
    }
    Some(Hours { open, close })
}

fn evidence(told: Option<&ToldEvidence>, caller: &Caller) -> Result<Evidence, Problem> {
    let wrong = |pointer: &str, detail: String| {
        Problem::fields(vec![FieldError { pointer: format!("/evidence{pointer}"), detail }])
    };
    let Some(told) = told else {
        return Err(wrong(
            "",
            "expected where it can be looked up that they want this: a reference".to_owned(),
        ));
    };
    if told.reference.trim().is_empty() || told.reference.len() > REFERENCE_BYTES_MAX {
        return Err(wrong("/reference", format!("expected 1 to {REFERENCE_BYTES_MAX} bytes")));
    }
    let through = match told.through.as_deref().unwrap_or("api") {
        "api" => Through::Api,
        "agent" => Through::Agent,
        other => return Err(wrong("/through", format!("expected api or agent, found {other:?}"))),
    };
    let at = match &told.at {
        None => crate::now(),
        Some(text) => Timestamp::parse_rfc3339(text).map_err(|error| wrong("/at", error.to_string()))?,
    };
    let reference = format!("{} ({})", told.reference, caller.name).into();
    Ok(Evidence { through, at, reference })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world() -> World {
        let files: Vec<_> = library::files().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
        engine::world::load(&files).unwrap()
    }

    #[test]
    fn what_is_told_is_read_back() {
        let world = world();
        let told: Told = serde_json::from_str(
            r#"{"classes":{"marketing":{"channels_off":["sms"],"at_most":{"messages":1,"per":"week"},
                "paused_until":"2026-12-01T00:00:00+08:00"},"technical_support":{"wanted":false}},
                "hours":{"from":"09:00","to":"20:00"},"personalised":false,"data_uses":{"social":false}}"#,
        )
        .unwrap();
        let choices = choices(&told, &world).unwrap();
        let evidence = Evidence { through: Through::Api, at: Timestamp(0), reference: "f".into() };
        let back = tell(&world, Some(&Chosen { choices: choices.clone(), evidence }));
        assert_eq!(super::choices(&back, &world).unwrap(), choices);
        assert_eq!(
            (back.personalised, back.data_uses["social"], back.data_uses["device"]),
            (false, false, true)
        );
        let silent: Told = serde_json::from_str("{}").unwrap();
        assert_eq!(
            super::choices(&silent, &world).unwrap(),
            Choices::default(),
            "nothing said is nothing chosen"
        );
    }

    #[test]
    fn every_mistake_has_its_place() {
        let told: Told = serde_json::from_str(
            r#"{"classes":{"marketting":{},"marketing":{"channels_off":["smoke"],"paused_until":"soon",
                "at_most":{"messages":0,"per":"year"}}},"hours":{"from":"20:00","to":"09:00"},"data_uses":{"dna":false}}"#,
        )
        .unwrap();
        let problem = choices(&told, &world()).unwrap_err();
        let places: Vec<&str> = problem.errors.iter().map(|error| error.pointer.as_str()).collect();
        let expected = [
            "/classes/marketing/channels_off",
            "/classes/marketing/paused_until",
            "/classes/marketing/at_most",
            "/classes/marketting",
            "/hours/to",
            "/data_uses/dna",
        ];
        assert_eq!(places, expected);
        assert!(serde_json::from_str::<Told>(r#"{"clases":{}}"#).unwrap_err().to_string().contains("clases"));
    }

    #[test]
    fn what_nobody_can_switch_off_is_told_with_its_reason() {
        let musts = musts(&world());
        let named: Vec<_> = musts.iter().map(|must| (must.class, must.subtype.as_deref())).collect();
        assert!(named.contains(&("regulatory", None)), "{named:?}");
        assert!(named.contains(&("customer_service", Some("verification_code"))), "{named:?}");
        assert!(named.iter().all(|(class, _)| *class != "marketing"), "{named:?}");
    }
}
