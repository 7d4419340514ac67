//! `stories/<journey>.toml`: what is told about a customer at which times, and which messages must come of it.
//!
//! Stories are no part of a world; they are read against one, for its zone, its country and its journeys. Playing them
//! is the business of [`crate::decide::story`].

use super::document::{Document, Mistakes};
use super::reader::{Item, Table, read_file};
use super::{World, class_item, finish, id_text, known, span_item};
use crate::Input;
use crate::converse::{Inbound, Wanted, Who, Wish};
use crate::decide::story::{Bound, Said, Story, Told, Verdict};
use crate::decide::{OrderRequest, Recipient};
use crate::entry::{
    Body, Choices, Chosen, ClassChoice, Event, Evidence, Follower, Order, Profile, Scope, Standing,
    SwitchState, Tell, Through,
};
use crate::perceive::{CustomerReport, EventReport, MarketReport};
use crate::world::Mistake;
use model::{
    AccountId, Consent, ConsentState, Currency, CustomerId, Date, EvidenceId, Fields, JourneyId,
    MessageClass, Money, Phone, Private, Subtype, TemplateId, Timestamp, Value, Zone,
};
use std::sync::Arc;

/// Reads a file of stories against a world.
///
/// # Errors
/// All mistakes of the file, sorted by line; never an empty list.
pub fn stories_from_text(world: &World, file: &str, text: &str) -> Result<Vec<Story>, Vec<Mistake>> {
    let mistakes = Mistakes::default();
    let document = Document::parse(file, text, &mistakes);
    let stories = read_file(&document, |table| {
        let _ = table.optional(FILES);
        let journeys = read_journeys(world, table, document.stem());
        let customer = table.required("customer");
        let stories = table.required("stories")?;
        let about = About { world, customer: customer?, journeys: journeys? };
        Some(stories.list()?.into_iter().filter_map(|item| read_story(item, &about)).collect())
    });
    drop(document);
    finish(stories, mistakes, file)
}

/// The files that a file of stories lays over the configuration, for its own stories alone: an account, a budget, a rule that
/// does not ship. Paths with their contents; mostly none.
///
/// # Errors
/// A file that is no TOML, or whose `files` are not texts.
pub fn story_files(file: &str, text: &str) -> Result<Vec<(String, String)>, Vec<Mistake>> {
    let mistakes = Mistakes::default();
    let document = Document::parse(file, text, &mistakes);
    let files = read_file(&document, |root| {
        for key in ["journeys", "customer", "stories"] {
            let _ = root.optional(key);
        }
        let named = root.optional(FILES).and_then(Item::named).unwrap_or_default();
        named
            .into_iter()
            .filter_map(|(_, item)| Some((item.key().to_owned(), item.text()?.to_owned())))
            .collect()
    });
    drop(document);
    finish(Some(files), mistakes, file)
}

/// The key of what is laid over the configuration.
const FILES: &str = "files";

/// What all stories of a file share.
struct About<'a> {
    world: &'a World,
    customer: Item<'a>,
    journeys: Vec<String>,
}

/// The journeys of a file: those it names, or the one it is named after.
fn read_journeys(world: &World, table: &mut Table<'_>, stem: &str) -> Option<Vec<String>> {
    let Some(item) = table.optional("journeys") else {
        if world.journeys.get(stem).is_none() {
            table.report_missing(format!(
                "expected a file named after a journey, or the key \"journeys\", found {stem:?}"
            ));
            return None;
        }
        return Some(vec![stem.to_owned()]);
    };
    let journeys = world.journeys.current().map(|journey| journey.id.as_str().to_owned());
    let accounts = world.accounts.keys().map(|account| format!("account:{account}"));
    let ids: Vec<String> = journeys.chain(accounts).collect();
    item.each(|item| known(item, ids.iter()).map(str::to_owned))
}

fn read_story(item: Item<'_>, about: &About<'_>) -> Option<Story> {
    let place = item.place().name();
    item.table(|table| {
        let zone = about.world.institution.zone;
        let title = table.text("title").map(str::to_owned);
        let start = table.required("start").and_then(|item| moment(item, zone))?;
        let mut person = Person::new(about, start);
        person.change(about.customer);
        if let Some(own) = table.optional("customer") {
            person.change(own);
        }
        let told = vec![(start, heard(person.report()))];
        let (expected, bound) = (Vec::new(), Vec::new());
        let mut script = Script { now: start, told, expected, bound, person };
        for step in table.required("steps")?.list()? {
            step.table(|table| script.read(step, table));
        }
        let Script { told, expected, bound, .. } = script;
        Some(Story { title: title?, place, journeys: about.journeys.clone(), start, told, expected, bound })
    })?
}

/// The one customer of a story.
struct Person<'a> {
    world: &'a World,
    profile: Profile,
    consents: Vec<Consent>,
    now: Timestamp,
}

impl<'a> Person<'a> {
    fn new(about: &About<'a>, now: Timestamp) -> Self {
        let (phone, zone) = (None, None);
        let attributes = Fields::new();
        let profile =
            Profile { id: CustomerId::new(ID), phone, zone, standing: Standing::Normal, attributes };
        Self { world: about.world, profile, consents: Vec::new(), now }
    }

    /// Takes what a table says of the customer; an empty text takes an attribute away.
    fn change(&mut self, item: Item<'_>) {
        for (_, item) in item.named().unwrap_or_default() {
            match item.key() {
                "phone" => {
                    let country = &self.world.institution.country;
                    let named = item.any_text().is_some_and(|text| !text.is_empty());
                    let phone = || item.parsed(|text| Phone::parse(text, country));
                    self.profile.phone = named.then(phone).flatten();
                }
                "zone" => self.profile.zone = item.parsed(Zone::parse),
                "standing" => {
                    if let Some(standing) = item.one_of(&STANDINGS) {
                        self.profile.standing = standing;
                    }
                }
                "agrees" => self.say(item, ConsentState::Granted),
                "refuses" => self.say(item, ConsentState::Withdrawn),
                name => match value(item, self.world.institution.zone) {
                    Some(Value::Text(text)) if text.is_empty() => {
                        self.profile.attributes.remove(name);
                    }
                    Some(value) => {
                        self.profile.attributes.insert(name.into(), value);
                    }
                    None => {}
                },
            }
        }
    }

    fn say(&mut self, item: Item<'_>, state: ConsentState) {
        let classes: Option<Vec<MessageClass>> = item.each(class_item);
        let evidence = EvidenceId::new(EVIDENCE);
        let at = self.now;
        let said = classes.into_iter().flatten();
        self.consents.extend(said.map(|class| Consent {
            class,
            state,
            at,
            until: None,
            evidence: evidence.clone(),
        }));
    }

    fn report(&self) -> Input {
        let (profile, consents) = (self.profile.clone(), self.consents.clone());
        Input::Customers(vec![CustomerReport { profile, consents }])
    }
}

/// The steps of a story as far as they are read.
struct Script<'a> {
    person: Person<'a>,
    now: Timestamp,
    told: Vec<(Timestamp, Told)>,
    expected: Vec<Verdict>,
    bound: Vec<Bound>,
}

impl Script<'_> {
    /// Reads a step: something that is told, or a verdict that must come. Without a time it is at that of the one before.
    fn read(&mut self, step: Item<'_>, table: &mut Table<'_>) -> Option<()> {
        let zone = self.person.world.institution.zone;
        if let Some(at) = table.optional("at").and_then(|item| moment(item, zone)) {
            if at < self.now {
                step.report("expected a time at or after that of the step before, found an earlier one");
            }
            self.now = at;
            self.person.now = at;
        }
        let (kind, item) = table.one_key(&KINDS)?;
        let input = match kind {
            "event" => {
                let fields = table.optional("with").map_or(Some(Fields::new()), |item| fields(item, zone));
                self.event(item.text()?, fields?)
            }
            "market" => {
                let instrument: Arc<str> = table.text("instrument")?.into();
                let fields = table.optional("with").map_or(Some(Fields::new()), |item| fields(item, zone));
                let mut event = self.happening(item.text()?, fields?);
                event.fields.insert("instrument".into(), Value::Text(Arc::clone(&instrument)));
                let event = Arc::new(event);
                Input::Markets(vec![MarketReport { event, instrument }])
            }
            "calls" => {
                let journeys = || self.person.world.journeys.current().map(|journey| journey.id.as_str());
                let journey = known(item, journeys())?;
                let fields = table.optional("with").map_or(Some(Fields::new()), |item| fields(item, zone));
                let event = Arc::new(self.happening(&format!("journey/{journey}"), fields?));
                let report = EventReport { customer: CustomerId::new(ID), event };
                Input::Enter { journey: JourneyId::new(journey), report }
            }
            "system" | "people" => {
                let words = [("done", true), ("failed", false)];
                let is_done = table.required("says").and_then(|item| item.one_of(&words));
                let fields = table.optional("with").map_or(Some(Fields::new()), |item| fields(item, zone));
                let (from, is_task) = (item.text()?.to_owned(), kind == "people");
                let told = Told::Returned { from, is_task, is_done: is_done?, fields: fields? };
                self.told.push((self.now, told));
                return Some(());
            }
            "customer" => {
                self.person.change(item);
                self.person.report()
            }
            "clicks" => return self.click(item, table),
            "writes" => self.words(item, table.optional("extension").and_then(Item::text))?,
            "order" => self.order(item, table)?,
            "switch" => {
                let state = table.required("state").and_then(|item| item.one_of(&STATES));
                Input::Switch { scope: item.parsed(Scope::parse)?, state: state?, why: "story".into() }
            }
            "switches_off" => {
                let off = ClassChoice { off: true, ..ClassChoice::default() };
                let classes = [(class_item(item)?, off)].into();
                self.choice(Choices { classes, ..Choices::default() })
            }
            "personalised" => self.choice(Choices { impersonal: !item.flag()?, ..Choices::default() }),
            "down_until" => {
                let until = moment(item, zone)?;
                self.told.push((self.now, Told::Down(until)));
                self.now = self.now.max(until);
                return Some(());
            }
            "binds" => return self.bind(item, table),
            _ => return self.expect(kind, item, table),
        };
        self.told.push((self.now, heard(input)));
        Some(())
    }

    /// The customer, or a machine, follows the link to a target.
    fn click(&mut self, item: Item<'_>, table: &mut Table<'_>) -> Option<()> {
        let machines = [Follower::Head, Follower::Prefetch, Follower::Preview].map(|bot| (bot.name(), bot));
        let by = table.optional("as").map(|item| item.one_of(&machines));
        let target = known(item, self.person.world.targets.names())?.to_owned();
        let machine = by.map_or(Some(None), |by| by.map(Some))?;
        self.told.push((self.now, Told::Clicked { target, machine }));
        Some(())
    }

    /// A verdict that must come.
    fn expect(&mut self, kind: &str, item: Item<'_>, table: &mut Table<'_>) -> Option<()> {
        let World { institution, templates, accounts, .. } = self.person.world;
        let own = accounts.values().filter_map(|account| Some(account.free.as_ref()?.id.as_str()));
        let template = known(item, templates.keys().map(TemplateId::as_str).chain(own))?.to_owned();
        let said = match kind {
            "sends" => Said::Sends { text: table.text("text")?.to_owned() },
            "holds" => {
                let until = table.required("until").and_then(|item| moment(item, institution.zone));
                Said::Holds { rule: table.text("by")?.to_owned(), until: until? }
            }
            _ => Said::Blocks { rule: table.text("by")?.to_owned() },
        };
        self.expected.push(Verdict { at: self.now, template, said });
        Some(())
    }

    /// What must be in force.
    fn bind(&mut self, item: Item<'_>, table: &mut Table<'_>) -> Option<()> {
        let class = class_item(item)?;
        let known_subtypes = self.person.world.class(class).subtypes.keys().map(Subtype::as_str);
        let subtype = match table.optional("subtype") {
            Some(item) => Some(Subtype::new(known(item, known_subtypes)?)),
            None => None,
        };
        let sets = table.required("sets")?.each(|item| item.text().map(str::to_owned))?;
        self.bound.push(Bound { at: self.now, class, subtype, sets });
        Some(())
    }

    /// The customer chooses what they want.
    fn choice(&self, choices: Choices) -> Input {
        let evidence = Evidence { through: Through::Agent, at: self.now, reference: EVIDENCE.into() };
        let what = Wanted::Choices { chosen: Chosen { choices, evidence }, agreed: Vec::new() };
        Input::Wish(Box::new(Wish { who: Who::Customer(CustomerId::new(ID)), what }))
    }

    /// Something that an account hands in for the customer: a text of its own, or a template with values.
    fn order(&self, item: Item<'_>, table: &mut Table<'_>) -> Option<Input> {
        let zone = self.person.world.institution.zone;
        let account = AccountId::new(id_text(item)?);
        let text = |item: Item<'_>| item.text().map(Arc::<str>::from);
        let values = table.optional("with").map_or(Some(Fields::new()), |item| fields(item, zone));
        let (kind, body) = table.one_key(&["text", "template"])?;
        let body = match kind {
            "text" => Body::Text(Private::new(body.text()?)),
            _ => Body::Template(TemplateId::new(body.text()?), Arc::new(values?)),
        };
        let order = Order {
            account,
            reference: None,
            body: Some(body),
            signature: table.optional("signature").and_then(text),
            extension: None,
            tell: Tell::Nothing,
            at: table.optional("not_before").and_then(|item| moment(item, zone)),
            plan: None,
            replays: None,
            key: None,
            pieces: Vec::new(),
        };
        Some(Input::Orders(vec![OrderRequest {
            order,
            to: Recipient::Customer(CustomerId::new(ID)),
            key: None,
            class: table.optional("class").and_then(class_item),
            subtype: table.optional("subtype").and_then(Item::text).map(Subtype::new),
            validity: table.optional("validity").and_then(span_item),
            piece: None,
        }]))
    }

    fn event(&self, kind: &str, fields: Fields) -> Input {
        let event = Arc::new(self.happening(kind, fields));
        Input::Events(vec![EventReport { customer: CustomerId::new(ID), event }])
    }

    fn happening(&self, kind: &str, fields: Fields) -> Event {
        Event { id: format!("E{}", self.told.len()).into(), kind: kind.into(), at: self.now, fields }
    }

    fn words(&self, item: Item<'_>, extension: Option<&str>) -> Option<Input> {
        let (Some(from), Some(route)) = (self.person.profile.phone, self.person.world.routes.values().next())
        else {
            item.report(
                "expected a customer with a phone and a route to write to, found one of them missing",
            );
            return None;
        };
        let (route, to) =
            (route.id.clone(), format!("{}{}", route.source, extension.unwrap_or_default()).into());
        Some(Input::Inbound(vec![Inbound { route, from, to, text: Private::new(item.text()?) }]))
    }
}

fn heard(input: Input) -> Told {
    Told::Input(Box::new(input))
}

/// The customer's id: every story has one customer.
const ID: &str = "C1";
/// Where the proof of what is said in a story lies.
const EVIDENCE: &str = "story";
/// What a step may be.
const KINDS: [&str; 17] = [
    "event",
    "market",
    "calls",
    "system",
    "people",
    "customer",
    "writes",
    "clicks",
    "order",
    "switch",
    "switches_off",
    "personalised",
    "down_until",
    "binds",
    "sends",
    "holds",
    "blocks",
];
const STANDINGS: [(&str, Standing); 3] = [
    ("normal", Standing::Normal),
    ("deceased", Standing::Deceased),
    ("do_not_contact", Standing::DoNotContact),
];
const STATES: [(&str, SwitchState); 3] =
    [("on", SwitchState::On), ("paused", SwitchState::Paused), ("killed", SwitchState::Killed)];

fn moment(item: Item<'_>, zone: Zone) -> Option<Timestamp> {
    item.parsed(|text| zone.parse_local(text))
}

fn fields(item: Item<'_>, zone: Zone) -> Option<Fields> {
    let named = item.named()?.into_iter();
    Some(named.filter_map(|(_, item)| Some((item.key().into(), value(item, zone)?))).collect())
}

/// A value: as TOML has it, and a text in the form of a day, a local time or an amount is one.
fn value(item: Item<'_>, zone: Zone) -> Option<Value> {
    let Value::Text(text) = item.value()? else { return item.value() };
    let amount = || {
        let (number, code) = text.rsplit_once(' ')?;
        Money::parse(number, Currency::new(code)?).ok().map(Value::Money)
    };
    let day = || Date::parse(&text).ok().map(Value::Date);
    let time = || zone.parse_local(&text).ok().map(Value::Time);
    let read = day().or_else(time).or_else(amount);
    Some(read.unwrap_or_else(|| Value::Text(Arc::clone(&text))))
}
