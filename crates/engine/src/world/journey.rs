//! Journeys: what sets one off, its steps, when somebody leaves it. Read by [`super::load`], walked by `decide::steps`.
//!
//! A journey's versions are immutable. Whoever is inside keeps the version they entered with, as long as its file is
//! there; a newer version may say to which of its steps those of an older one are moved.

use super::step::{Every, Offset, Schedule, Step, StepKind};
use super::{Arm, Basis, Condition, Split, reference};
use model::{ClockTime, Cost, JourneyId, MessageClass, Span, Subtype, TemplateId};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// A trigger and steps (`journeys/<id>.toml`), or a broadcast.
#[derive(Debug)]
pub struct Journey {
    /// Its name.
    pub id: JourneyId,
    /// Counts up with every published change.
    pub version: u32,
    /// `id@version`, as entries carry it.
    pub reference: Arc<str>,
    /// The class of what it sends.
    pub class: MessageClass,
    /// The subtype of what it sends.
    pub subtype: Option<Subtype>,
    /// What sets it off.
    pub trigger: Trigger,
    /// What it does, in order.
    pub steps: Vec<Step>,
    /// How often somebody may enter, and what takes them out.
    pub course: Course,
    /// What its messages are chosen by.
    pub basis: Basis,
    /// The way of those who want nothing personalised, where there is one.
    pub general: Option<General>,
    /// How much it may spend in all.
    pub budget: Option<Cost>,
    /// How long its messages are worth sending, if not as the class says.
    pub validity: Option<Span>,
    /// The plan of channels its messages follow; none: a text message.
    pub plan: Option<Arc<str>>,
    /// A broadcast's time to be spread over: its audience is not gone through faster.
    pub over: Option<Span>,
    /// What follows the route's number in the sender of its messages; what is written there comes to it, or for a
    /// broadcast to the journey that has this extension.
    pub extension: Option<Arc<str>>,
}

/// The way through a journey that looks at nobody: not who somebody is, nor what they did (PIPL art. 24). The journey's condition
/// is not asked of those who go it, so that they are not chosen either.
#[derive(Debug)]
pub struct General {
    /// The number of the step at which it begins.
    pub at: usize,
    /// What is said on it.
    pub texts: BTreeSet<TemplateId>,
}

/// What sets a journey off.
#[derive(Debug)]
pub enum Trigger {
    /// An event of a type that meets a condition.
    Event {
        /// The type.
        kind: Arc<str>,
        /// The condition over `event`, `customer` and `tag`; none means always.
        when: Option<Condition>,
    },
    /// A day that is an attribute of the customer, so many days before or after it.
    Date {
        /// Which attribute.
        attribute: Arc<str>,
        /// So many days later.
        offset: Offset,
        /// Whether it comes again, and how often.
        every: Option<Every>,
        /// At this time on the customer's clock.
        at: ClockTime,
        /// The condition over `customer` and `tag`; none means always.
        when: Option<Condition>,
        /// So long after the moment it is still entered: nothing ran then, or the customer came later.
        late: Span,
    },
    /// Days that come again, for everybody who meets a condition then.
    Schedule {
        /// Which days.
        days: Box<Schedule>,
        /// The condition over `customer` and `tag`; none means everybody.
        when: Option<Condition>,
        /// So long after the moment the walk through everybody is still begun, or begun anew.
        late: Span,
    },
    /// Something that happened to what customers hold: everybody who holds it enters.
    Market {
        /// The type of what happens.
        kind: Arc<str>,
        /// The attribute that says what somebody holds: instruments, with commas between them.
        holds: Arc<str>,
        /// The condition over `event`, `customer` and `tag`; none means always.
        when: Option<Condition>,
    },
    /// A system calls for it, for one customer.
    Call {
        /// The condition over `event` (what came with the call), `customer` and `tag`; none means always.
        when: Option<Condition>,
    },
    /// What is known of a customer begins, or ceases, to meet a condition.
    Segment {
        /// The condition over `customer` and `tag`.
        of: Condition,
        /// Whether it is about leaving.
        leaving: bool,
    },
    /// A customer writes one of some words.
    Keyword(text::Keywords<()>),
    /// A customer writes to the journey's extension, whatever it is.
    Inbound,
    /// Now, for every customer who meets a condition over `customer`.
    Broadcast {
        /// The condition; none means everybody.
        audience: Option<Condition>,
    },
}

impl Trigger {
    /// The condition that somebody must meet; none: everybody does.
    pub fn condition(&self) -> Option<&Condition> {
        match self {
            Self::Event { when, .. }
            | Self::Date { when, .. }
            | Self::Schedule { when, .. }
            | Self::Market { when, .. }
            | Self::Call { when } => when.as_ref(),
            Self::Segment { of, .. } => Some(of),
            Self::Broadcast { audience } => audience.as_ref(),
            Self::Keyword(_) | Self::Inbound => None,
        }
    }
}

/// How often somebody may enter a journey, and what takes them out of it.
#[derive(Debug, Default)]
pub struct Course {
    /// How often.
    pub again: Again,
    /// Counted for each value of this field of the event by itself: for each loan, each card.
    pub per: Option<Arc<str>>,
    /// Which of several messages for one person goes first: the higher, 0 to 100.
    pub priority: u16,
    /// What one of its messages is worth to the institution; the second thing that decides which goes first.
    pub value: Cost,
    /// How risky the product is that it speaks of, if it speaks of one.
    pub product_risk: Option<ProductRisk>,
    /// What takes them out.
    pub exits: Vec<Watch>,
    /// What it is for.
    pub goal: Option<Goal>,
    /// Where those are moved who are inside an older version: from its steps to those of this one.
    pub moves: BTreeMap<u32, Moves>,
}

/// From the steps of an older version to those of a newer.
pub type Moves = BTreeMap<Arc<str>, Arc<str>>;

/// How often somebody may enter a journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Again {
    /// Whenever it is set off.
    #[default]
    Always,
    /// Whenever it is set off, while they are not inside.
    NotInside,
    /// Once in their life.
    Never,
    /// Not sooner than so long after the last time.
    After(Span),
}

/// How risky a product is, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProductRisk {
    /// So.
    Is(u8),
    /// As this field of the event says.
    OfEvent(Arc<str>),
}

/// An event that is waited for.
#[derive(Debug)]
pub struct Watch {
    /// Its type.
    pub kind: Arc<str>,
    /// The condition over `got` (the event that comes), `event` (the one that set the journey off), `customer` and `tag`.
    pub when: Option<Condition>,
}

/// What a journey is for.
#[derive(Debug)]
pub struct Goal {
    /// The event by which it is reached.
    pub watch: Watch,
    /// The field of that event that says what it was worth.
    pub value: Option<Arc<str>>,
    /// So long after a message it still counts as its doing.
    pub within: Span,
}

/// All journeys: the newest version of each, the older ones that are still there, and what sets which off.
#[derive(Debug, Default)]
pub struct Journeys {
    current: BTreeMap<JourneyId, Arc<Journey>>,
    versions: BTreeMap<Arc<str>, Arc<Journey>>,
    events: HashMap<Arc<str>, Vec<Arc<Journey>>>,
    watched: HashSet<Arc<str>>,
    segments: Vec<Arc<Journey>>,
    dates: Vec<Arc<Journey>>,
    written: Vec<Arc<Journey>>,
    schedules: Vec<Arc<Journey>>,
    markets: HashMap<Arc<str>, Vec<Arc<Journey>>>,
}

impl Journeys {
    /// Sorts journeys by what sets them off. Of several versions the newest is entered.
    pub fn of(all: impl IntoIterator<Item = Arc<Journey>>) -> Self {
        let mut journeys = Self::default();
        for journey in all {
            let newest =
                journeys.current.get(&journey.id).is_none_or(|known| known.version < journey.version);
            if newest {
                journeys.current.insert(journey.id.clone(), Arc::clone(&journey));
            }
            let awaited = journey.steps.iter().flat_map(|step| step.kind.watches());
            let goal = journey.course.goal.iter().map(|goal| &goal.watch);
            for watch in journey.course.exits.iter().chain(goal).chain(awaited) {
                journeys.watched.insert(Arc::clone(&watch.kind));
            }
            journeys.versions.insert(Arc::clone(&journey.reference), journey);
        }
        for journey in journeys.current.values() {
            match &journey.trigger {
                Trigger::Event { kind, .. } => {
                    journeys.events.entry(Arc::clone(kind)).or_default().push(Arc::clone(journey));
                }
                Trigger::Date { .. } => journeys.dates.push(Arc::clone(journey)),
                Trigger::Segment { .. } => journeys.segments.push(Arc::clone(journey)),
                Trigger::Keyword(_) | Trigger::Inbound => journeys.written.push(Arc::clone(journey)),
                Trigger::Schedule { .. } => journeys.schedules.push(Arc::clone(journey)),
                Trigger::Market { kind, .. } => {
                    journeys.markets.entry(Arc::clone(kind)).or_default().push(Arc::clone(journey));
                }
                Trigger::Call { .. } | Trigger::Broadcast { .. } => {}
            }
        }
        journeys
    }

    /// The newest version of each.
    pub fn current(&self) -> impl Iterator<Item = &Arc<Journey>> {
        self.current.values()
    }

    /// The newest version of one.
    pub fn get(&self, id: &str) -> Option<&Arc<Journey>> {
        // Ids order as their texts do.
        self.current.get(&JourneyId::new(id))
    }

    /// A version, by `id@version`; what may follow behind a `#` says in which arm of an experiment somebody is.
    pub fn version(&self, reference: &str) -> Option<&Arc<Journey>> {
        self.versions.get(reference::versioned(reference))
    }

    /// Those that an event of a type may set off, in the order of their ids.
    pub fn on_event(&self, kind: &str) -> &[Arc<Journey>] {
        self.events.get(kind).map_or(&[], Vec::as_slice)
    }

    /// Whether anybody who is inside a journey may wait for an event of a type.
    pub fn watches(&self, kind: &str) -> bool {
        self.watched.contains(kind)
    }

    /// Those that a change of what is known of somebody may set off.
    pub fn segments(&self) -> &[Arc<Journey>] {
        &self.segments
    }

    /// Those that a day sets off.
    pub fn dates(&self) -> &[Arc<Journey>] {
        &self.dates
    }

    /// Those that days which come again set off.
    pub fn schedules(&self) -> &[Arc<Journey>] {
        &self.schedules
    }

    /// Those that a type of event about what customers hold sets off, in the order of their ids.
    pub fn on_market(&self, kind: &str) -> &[Arc<Journey>] {
        self.markets.get(kind).map_or(&[], Vec::as_slice)
    }

    /// Those that what a customer writes may set off.
    pub fn written(&self) -> &[Arc<Journey>] {
        &self.written
    }

    /// Every version of each.
    pub fn versions(&self) -> impl Iterator<Item = &Arc<Journey>> {
        self.versions.values()
    }
}

impl Journey {
    /// The number of a step.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.steps.iter().position(|step| *step.name == *name)
    }

    /// Its reference, with the arm of an experiment that somebody is in: `id@version#experiment.arm`.
    pub fn in_arm(&self, variant: Option<&str>) -> Arc<str> {
        match variant {
            Some(variant) => format!("{}#{variant}", self.reference).into(),
            None => Arc::clone(&self.reference),
        }
    }

    /// An arm of one of its experiments, by its name in references: `experiment.arm`.
    pub fn arm(&self, variant: &str) -> Option<&Arm> {
        let (experiment, name) = variant.split_once('.')?;
        self.split(experiment)?.arm(name)
    }

    /// The step that divides people for an experiment.
    pub fn split(&self, experiment: &str) -> Option<&Split> {
        self.splits().find(|split| *split.experiment == *experiment)
    }

    /// Its experiments.
    pub fn splits(&self) -> impl Iterator<Item = &Split> {
        self.steps.iter().filter_map(|step| match &step.kind {
            StepKind::Split(split) => Some(&**split),
            _ => None,
        })
    }
}
