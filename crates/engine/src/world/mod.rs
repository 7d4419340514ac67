//! Everything configured, as one immutable snapshot: classes, rule packs, templates, journeys, routes, words.
//!
//! A `World` is read from text files by [`load`] (which reports every mistake at once, with file and line) and
//! never changes afterwards; publishing another one is an entry of the ledger. Its hash is in every entry it
//! influenced. It reads no file itself: the caller hands over paths and texts.

mod load;
mod binding;
mod expression;
mod packs;
mod rates;
mod account;
mod approval;
mod choice;
mod extension;
mod hook;
mod journey;
mod links;
pub mod reference;
mod route;
mod split;
mod step;
mod table;

pub use account::{
    Access, Account, Alias, Allow, Callback, CallbackStyle, CmppAccess, KeyAccess, Outbind, Plan, PlanLeg,
    ReceiptStyle, Secret, SmppAccess,
};
pub use approval::{ApprovalPolicy, Demand, Effect, Origins, Touch, effect};
pub use choice::{Basis, Preferences, Words};
pub use expression::{Condition, ConditionError, Facts, Scope};
pub use extension::Owner;
pub use hook::Hook;
pub use journey::{Again, Course, General, Goal, Journey, Journeys, Moves, ProductRisk, Trigger, Watch};
pub use links::{ClickFilter, Target, Targets, Tracking};
pub(crate) use load::nearest;
pub use load::{
    Mistake, broadcast_from_text, lint_template, load, load_with, stories_from_text, story_files,
};
pub use packs::{
    Arbitration, BestTime, CAP_WINDOW_MAX, Cap, CapScope, CapWindow, ConsentRule, Holdout, HolidayPolicy,
    Pack, QuietHours, RuleSet, Suitability, Term,
};
pub use rates::Rates;
pub(crate) use route::RETRY_AFTER;
pub use route::{
    Bind, Charset, Concatenation, ErrorPolicy, Filed, IdNotation, Price, Protocol, ProviderAccount, Route,
    Serves, SignatureMode, SmppAccount, StreamAccount, StreamProtocol,
};
pub use split::{Aim, Arm, Bandit, GUARDRAIL_WITHIN, Guardrail, Split};
pub use step::{Answer, Ask, Days, Every, Offset, Schedule, Source, Step, StepKind, Until};

pub use table::{Offer, RouteTable};

use crate::compose::class::Reading;
use crate::compose::{Snippets, Template};
use crate::converse::LinkKey;
use crate::deliver::Numbering;
use model::{AccountId, Calendar, Channel, Currency, MessageClass, RouteId, Span, Subtype, TemplateId, Zone};
use proof::Hash;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One consistent configuration of the institution.
#[derive(Debug)]
pub struct World {
    /// SHA-256 over every file's path and content, in the order of the paths.
    pub hash: Hash,
    /// How many files it was read from.
    pub files: usize,
    /// Who we are.
    pub institution: Institution,
    /// What each of the five classes demands, in the order of [`MessageClass::ALL`].
    pub classes: [ClassPolicy; 5],
    /// The effective-dated rules.
    pub pack: Pack,
    /// What templates include.
    pub snippets: Snippets,
    /// Texts.
    pub templates: BTreeMap<TemplateId, Arc<Template>>,
    /// Triggers and steps.
    pub journeys: Journeys,
    /// Accounts at carriers.
    pub routes: BTreeMap<RouteId, Arc<Route>>,
    /// The same by channel and class.
    pub table: RouteTable,
    /// Which number is whose.
    pub numbering: Numbering,
    /// Systems that hand in messages.
    pub accounts: BTreeMap<AccountId, Arc<Account>>,
    /// Systems that journeys call, by their names.
    pub hooks: BTreeMap<Arc<str>, Arc<Hook>>,
    /// Plans of channels, by their names.
    pub plans: BTreeMap<Arc<str>, Arc<Plan>>,
    /// Whose approval changes need; none: nobody's.
    pub approvals: Option<ApprovalPolicy>,
    /// Which files it was read from, and which stand behind what is sent.
    pub origins: Origins,
    /// What customers may answer to be left alone.
    pub opt_out: OptOut,
    /// How customers complain, with the classes that a complaint stops; none: only by other ways.
    pub complaints: Option<OptOut>,
    /// What links to customers' own pages, and short addresses, are signed with; whoever has the keys sets it.
    pub links: Option<LinkKey>,
    /// The institution's own short address; none: links stand in texts as they are.
    pub tracking: Option<Tracking>,
    /// Where links lead.
    pub targets: Targets,
    /// Who follows links without being a person.
    pub clicks: ClickFilter,
    /// What a message must not say, what it must, and what a person looks at first.
    pub words: Arc<text::words::Checker>,
    /// Tells what kind of message a text is; none where no model came with the files.
    pub classifier: Option<Arc<text::classify::Classifier>>,
    /// What the templates read as, by their hashes; those with room for a message of its own are read each time.
    pub readings: BTreeMap<Hash, Reading>,
    /// What the lists and the model say of the templates as they are written.
    pub remarks: Vec<Remark>,
    /// A rule that the gate passes over, so that a check of the stories can see whether one of them notices. No build of
    /// the product has this.
    #[cfg(feature = "mutants")]
    pub left_out: Option<crate::decide::RuleCode>,
}

/// What a list says of a template's own text, on the days on which it does. No mistake of the configuration: whether it
/// stands in the way is a question of the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// Where, and what.
    pub mistake: Mistake,
    /// The first day.
    pub from: text::words::Day,
    /// The first day on which it no longer holds.
    pub until: Option<text::words::Day>,
    /// What the gate would do: stop it, ask a person, or miss something.
    pub action: text::words::Action,
}

impl World {
    /// The policy of a class.
    pub fn class(&self, class: MessageClass) -> &ClassPolicy {
        // Codes are 1 to 5 and the array has five places.
        &self.classes[usize::from(class.code() - 1)]
    }
}

/// Who we are (`institution.toml`).
#[derive(Debug, Clone)]
pub struct Institution {
    /// The name customers know.
    pub name: String,
    /// What stands in 【】, as filed with the carriers.
    pub signature: String,
    /// Country code for national phone numbers, digits.
    pub country: String,
    /// The zone of customers that have none.
    pub zone: Zone,
    /// The language of customers that have none.
    pub language: String,
    /// The currency of amounts that name none.
    pub currency: Currency,
    /// Public holidays.
    pub calendar: Calendar,
    /// Published rates that loans follow.
    pub rates: Rates,
    /// Which rule pack applies, e.g. `cn`.
    pub jurisdiction: String,
    /// The licensed lender whose name every offer of credit must state, if there is one to state.
    pub lender: Option<String>,
    /// What becomes of a text that a list wants a person to look at first.
    pub unreviewed: Unreviewed,
    /// What becomes of a text that surely reads as another class than it is declared.
    pub disagreement: Disagreement,
    /// The attributes of customers that hold their contact points on channels without phone numbers.
    pub contacts: BTreeMap<Channel, Arc<str>>,
    /// What customers may choose about, and where.
    pub preferences: Preferences,
    /// How many tasks an hour the people behind a queue can do, where it is known. Rehearsals compare with it; nothing waits for it.
    pub tasks_per_hour: BTreeMap<Arc<str>, u32>,
}

/// What becomes of a text that a person should look at before it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unreviewed {
    /// It is stopped.
    #[default]
    Stop,
    /// It is sent, and the verdict says what should have been looked at.
    Send,
    /// It is held until a person has looked, or the time for that is over.
    Review,
}

/// What becomes of a text that surely reads as marketing or fraud and is declared something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Disagreement {
    /// It is blocked.
    #[default]
    Block,
    /// It is let pass, and the verdict says what it reads as.
    Note,
}

/// What a class demands (`classes/<class>.toml`), with what its subtypes change.
#[derive(Debug, Clone)]
pub struct ClassPolicy {
    /// Which class.
    pub class: MessageClass,
    /// What holds for every subtype that says nothing else.
    pub common: Policy,
    /// What holds for a subtype.
    pub subtypes: BTreeMap<Subtype, Policy>,
}

impl ClassPolicy {
    /// The policy of a subtype, or the common one.
    pub fn of(&self, subtype: Option<&Subtype>) -> &Policy {
        subtype.and_then(|s| self.subtypes.get(s)).unwrap_or(&self.common)
    }
}

/// The demands of one class or subtype.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Whether such messages may be sent at all.
    pub allowed: bool,
    /// The strict delivery lane: 0 overtakes 1 overtakes 2 … ([`LANES`] of them).
    pub lane: u8,
    /// What becomes of a message of which it is not known whether the carrier has it.
    pub ambiguity: Ambiguity,
    /// How long after the decision it is still worth sending.
    pub validity: Span,
    /// Whether the text must tell how to opt out, and in which words.
    pub opt_out_text: Option<String>,
    /// How long a message is held for a person who should look at it.
    pub review: Span,
    /// How long its entries must be kept.
    pub retention: Span,
    /// Why a customer cannot switch it off, where they cannot.
    pub must: Option<Words>,
    /// Whether it can wait for the hours that the customer likes, and for the end of a pause.
    pub patient: bool,
}

/// How many strict delivery lanes a route has.
pub const LANES: usize = 4;

/// What to do when a submit has no answer (DESIGN §7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ambiguity {
    /// Late is worse than twice: send again.
    Resend,
    /// Twice is worse than late: wait for a receipt, then give up.
    WaitThenFail,
}

/// The words by which customers refuse (`words/opt_out.toml`).
#[derive(Debug)]
pub struct OptOut {
    /// Word → the classes it refuses.
    pub words: text::Keywords<Vec<MessageClass>>,
    /// The template that confirms a refusal, once.
    pub confirmation: Option<Arc<Template>>,
}
