//! One ledger's engine: the state, the configuration, and the one place where inputs become entries.

use crate::apply::apply;
use crate::changes::{ChangeError, ChangeRequest};
use crate::converse::{Heard, Inbound, Wish};
use crate::decide::rehearsal::Stood;
use crate::decide::{
    self, Agenda, BroadcastError, ConditionFailure, Cursors, OrderRequest, Ordered, Reach, Rota, Sendable,
};
use crate::deliver::{self, Answer, Fairness, Report, Resting};
use crate::entry::{ArmResumed, Entry, Fact, ModelTrained, Open, Scope, Settled, SwitchState};
use crate::journeys::Entering;
use crate::measure::click::Click;
use crate::perceive::{CustomerReport, EventReport, MarketReport};
use crate::returns::Return;
use crate::reviews::{ReviewRequest, Reviewed};
use crate::state::{Health, State};
use crate::trials::Resumed;
use crate::world::World;
use model::{AccountId, CustomerId, JourneyId, MessageId, RemoteId, RouteId, Subject, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Something that the engine is told.
#[derive(Debug, Clone)]
pub enum Input {
    /// Customers as the institution's systems report them.
    Customers(Vec<CustomerReport>),
    /// Events as the institution's systems report them.
    Events(Vec<EventReport>),
    /// What happened to what customers hold.
    Markets(Vec<MarketReport>),
    /// A system calls for a journey for one customer; the event's id says when it is the same call again.
    Enter {
        /// Which journey.
        journey: JourneyId,
        /// For whom, with what comes with the call.
        report: EventReport,
    },
    /// A system that a journey called has answered, or is given up.
    CallReturned(Return),
    /// People have done what a journey handed over to them, or could not.
    TaskReturned(Return),
    /// Messages that accounts hand in.
    Orders(Vec<OrderRequest>),
    /// A message of an account's, to be stopped if it has not been handed over.
    Cancel {
        /// Which account.
        account: AccountId,
        /// Which message.
        message: MessageId,
    },
    /// A message that its account takes off the list it is shown.
    Hide(MessageId),
    /// What an account was told, or could not be told.
    Settled {
        /// Which account.
        account: AccountId,
        /// The positions of the entries that it was told of, ascending.
        notices: Vec<u64>,
        /// How it went.
        how: Settled,
    },
    /// Pauses, stops or sets going again.
    Switch {
        /// What.
        scope: Scope,
        /// How it stands from now on.
        state: SwitchState,
        /// Why, in words without personal data.
        why: Arc<str>,
    },
    /// How a route stands, as its links see it.
    Health {
        /// Which route.
        route: RouteId,
        /// How it stands.
        health: Health,
    },
    /// A broadcast's file, to be launched now.
    Launch(Arc<str>),
    /// The same with whom it goes to counted, as approvals ask for it.
    LaunchCounted(Arc<str>, Reach),
    /// A route's connection can take so many parts more.
    Credit {
        /// Which route.
        route: RouteId,
        /// How many parts.
        parts: u32,
    },
    /// A route's connection is gone: what credit is left is void.
    Disconnected(RouteId),
    /// What connections have to say about parts that were handed to them.
    Answers(Vec<Answer>),
    /// What carriers report.
    Reports(Vec<Report>),
    /// What customers wrote.
    Inbound(Vec<Inbound>),
    /// Somebody followed a tracked link.
    Click(Click),
    /// What a customer wants of us, whoever tells it.
    Wish(Box<Wish>),
    /// Destroy what is known of a customer.
    Erase {
        /// Whom.
        customer: CustomerId,
        /// On what ground.
        basis: Arc<str>,
    },
    /// A person has looked at a text that was held for them.
    Review(ReviewRequest),
    /// Somebody made a model; to be recorded.
    Trained(ModelTrained),
    /// A stopped arm of an experiment is to go on.
    ResumeArm(ArmResumed),
    /// A change of the configuration.
    Change(Box<ChangeRequest>),
    /// Somebody with rights did something; to be recorded.
    Admin(Arc<str>),
}

/// What the engine says to whoever gave an input, once its entries are durable.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// Nothing in particular.
    Done,
    /// Of a batch of customers or events.
    Taken {
        /// New or changed.
        accepted: u64,
        /// Nothing new.
        unchanged: u64,
        /// Places in the batch whose customer is not known.
        strangers: Vec<usize>,
    },
    /// A broadcast was launched under this reference.
    Launched(Arc<str>),
    /// A broadcast was not launched.
    NotLaunched(BroadcastError),
    /// A customer was erased, or was not known.
    Erased(bool),
    /// What became of a call for a journey.
    Entering(Entering),
    /// Whether somebody waited for what came back.
    Returned(bool),
    /// What became of each order.
    Ordered(Vec<Ordered>),
    /// What became of a cancellation.
    Cancelled(Cancelled),
    /// Whether a click was recorded.
    Clicked(bool),
    /// What became of a customer's wish.
    Heard(Heard),
    /// What became of what a person said of a text.
    Reviewed(Reviewed),
    /// What became of a wish to let a stopped arm go on.
    Resumed(Resumed),
    /// The number of a change, or why nothing was done about it.
    Changed(Result<u64, ChangeError>),
}

/// What became of a cancellation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancelled {
    /// The message is stopped; nothing of it went out.
    Stopped,
    /// It is with the carrier, or has ended.
    TooLate,
    /// The account has no such message under way.
    Unknown,
}

/// What must be done once the entries before it are durable.
#[derive(Debug, Clone)]
pub enum Action {
    /// Hand this to its route's connection.
    Submit(Sendable),
    /// Destroy this customer's key.
    DestroyKey(Subject),
    /// Ask the carrier what became of a part; what it says comes back as a report.
    Query {
        /// Over which route.
        route: RouteId,
        /// The carrier's id of the part.
        remote: RemoteId,
        /// What followed the route's own number in the sender, if anything.
        extension: Option<Arc<str>>,
        /// After this moment nobody waits for the answer any more.
        until: Timestamp,
    },
    /// A journey calls a system: see [`Engine::calls`].
    Call(u64),
    /// Take back from connections what this switch stops; it is the present state of things.
    Withdraw(Scope),
}

/// What a step led to, in order.
#[derive(Debug, Default)]
pub struct Output {
    /// To be made durable, all or none.
    pub entries: Vec<Entry>,
    /// To be performed after that.
    pub actions: Vec<Action>,
    /// Conditions that had no answer: to be shown to the operator.
    pub failures: Vec<ConditionFailure>,
    /// Accounts for which there is something new to be told.
    pub told: BTreeSet<AccountId>,
}

/// How many failures of conditions one step reports with their words.
pub(crate) const FAILURES_MAX: usize = 100;
/// How many customers a broadcast looks at in one piece of background work.
const LOOKS: usize = 2_000;
/// How many parts of the most urgent lane a connection gets beyond what it has asked for.
const URGENT_AHEAD: i64 = 4;

/// One ledger's engine.
#[derive(Debug)]
pub struct Engine {
    pub(crate) world: Arc<World>,
    pub(crate) state: State,
    pub(crate) cursors: Cursors,
    /// How many parts each connection can still take; below zero after a long message.
    pub(crate) credit: BTreeMap<RouteId, i64>,
    pub(crate) fairness: Fairness,
    pub(crate) resting: Resting,
    /// When what waits for a route that is down is looked at again.
    pub(crate) failover_at: BTreeMap<RouteId, Timestamp>,
    /// Whose day comes when.
    pub(crate) agenda: Agenda,
    /// Which walk through everybody is next.
    pub(crate) rota: Rota,
    /// Who is looked at next on the walks of market events.
    pub(crate) markets_at: BTreeMap<u64, Subject>,
    /// Those who were stuck when another configuration was published: they try again.
    pub(crate) retried: Vec<(Subject, u64)>,
    /// The steps that people stood before, where a rehearsal wants to know them.
    pub(crate) stood: Option<Vec<Stood>>,
}

impl Engine {
    /// An engine that remembers nothing yet.
    pub fn new(world: Arc<World>) -> Self {
        Self {
            world,
            state: State::default(),
            cursors: Cursors::default(),
            credit: BTreeMap::new(),
            fairness: Fairness::default(),
            resting: Resting::default(),
            failover_at: BTreeMap::new(),
            agenda: Agenda::default(),
            rota: Rota::default(),
            markets_at: BTreeMap::new(),
            retried: Vec::new(),
            stood: None,
        }
    }

    /// What it remembers.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Its configuration.
    pub fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// Applies an entry of the past. Never decides anything.
    pub fn replay(&mut self, entry: &Entry) {
        apply(&mut self.state, entry);
    }

    /// Records the configuration and looks ahead with it, if it is another than the one last published. Nothing otherwise,
    /// so that whoever drives the engine may publish before every step.
    pub fn publish(&mut self, now: Timestamp, out: &mut Output) {
        if self.state.world != Some(self.world.hash) {
            let fact = Fact::WorldPublished { world: self.world.hash, files: self.world.files as u64 };
            self.record(Entry { at: now, subject: Subject::INSTITUTION, fact }, out);
            self.retried = self.state.inside.iter().flat_map(|(_, crowd)| crowd.all_stuck()).collect();
            self.look_ahead(now);
        }
    }

    /// After a start: looks ahead, and records what is not known about parts whose submit was never answered.
    pub fn recover(&mut self, now: Timestamp, out: &mut Output) {
        self.look_ahead(now);
        for entry in deliver::recover(&self.state, now) {
            self.record(entry, out);
        }
    }

    /// Decides about one input.
    pub fn handle(&mut self, input: &Input, now: Timestamp, out: &mut Output) -> Reply {
        match input {
            Input::Customers(reports) => self.customers(reports, now, out),
            Input::Events(reports) => self.events(reports, now, out),
            Input::Markets(reports) => self.markets(reports, now, out),
            Input::Enter { journey, report } => {
                Reply::Entering(self.enter_by_call(journey, report, now, out))
            }
            Input::CallReturned(returned) => self.call_returned(returned, now, out),
            Input::TaskReturned(returned) => self.task_returned(returned, now, out),
            Input::Launch(source) => self.launch(source, None, now, out),
            Input::LaunchCounted(source, reach) => self.launch(source, Some(*reach), now, out),
            Input::Credit { route, parts } => {
                *self.credit.entry(route.clone()).or_default() += i64::from(*parts);
                Reply::Done
            }
            Input::Disconnected(route) => {
                self.credit.remove(route);
                Reply::Done
            }
            Input::Answers(answers) => {
                answers.iter().for_each(|answer| self.answer(answer, now, out));
                Reply::Done
            }
            Input::Reports(reports) => {
                for report in reports {
                    if let Some(entry) = deliver::on_report(&self.world, &self.state, report, now) {
                        self.record(entry, out);
                        self.after_report(report, now, out);
                    }
                }
                Reply::Done
            }
            Input::Orders(requests) => {
                Reply::Ordered(requests.iter().map(|request| self.order(request, now, out)).collect())
            }
            Input::Cancel { account, message } => Reply::Cancelled(self.cancel(account, *message, now, out)),
            Input::Hide(message) => self.note(Fact::MessageHidden { message: *message }, now, out),
            Input::Settled { account, notices, how } => {
                let (account, notices, how) = (account.clone(), notices.clone(), *how);
                self.note(Fact::NoticesSettled { account, notices, how }, now, out)
            }
            Input::Switch { scope, state, why } => self.switch(scope, *state, why, now, out),
            Input::Health { route, health } => {
                self.state.traffic.set(route.clone(), health.clone());
                self.failover_at.remove(route);
                Reply::Done
            }
            Input::Inbound(messages) => {
                messages.iter().for_each(|inbound| self.inbound(inbound, now, out));
                Reply::Done
            }
            Input::Click(click) => Reply::Clicked(self.click(click, now, out)),
            Input::Wish(wish) => Reply::Heard(self.wish(wish, now, out)),
            Input::Erase { customer, basis } => self.erase(customer, basis, now, out),
            Input::Review(said) => self.look(said, now, out),
            Input::Trained(made) => self.note(Fact::ModelTrained(Box::new(made.clone())), now, out),
            Input::ResumeArm(said) => self.resume_arm(said, now, out),
            Input::Change(request) => self.change(request, now, out),
            Input::Admin(what) => self.note(Fact::AdminActed { what: Arc::clone(what) }, now, out),
        }
    }

    /// Records what is about no customer and needs no decision.
    fn note(&mut self, fact: Fact, now: Timestamp, out: &mut Output) -> Reply {
        self.record(Entry { at: now, subject: Subject::INSTITUTION, fact }, out);
        Reply::Done
    }

    /// Does a piece of what needs no input: what is due, what may be claimed, the next of a broadcast's audience.
    /// Stops near `entries_max`; returns whether there is more to do right away.
    pub fn work(&mut self, now: Timestamp, entries_max: usize, out: &mut Output) -> bool {
        while out.entries.len() < entries_max {
            match decide::due(&self.world, &self.state, &mut self.cursors, now) {
                Some(entry) => {
                    out.actions.extend(deliver::questions(&self.state, &entry.fact));
                    self.record(entry, out);
                }
                None => break,
            }
        }
        self.resting.wake(now);
        self.stop_switched(now, entries_max, out);
        self.fail_over(now, entries_max, out);
        self.wake(now, entries_max, out);
        let goes_on = self.walk_on(now, entries_max, out);
        self.claim(now, entries_max, out);
        let mut looks = LOOKS;
        let mut more = goes_on || out.entries.len() >= entries_max;
        while out.entries.len() < entries_max {
            match decide::advance(
                &self.world,
                &self.state,
                &mut self.cursors,
                &mut looks,
                &mut out.failures,
                now,
            ) {
                Some(entry) => self.record(entry, out),
                None => {
                    more |= looks == 0;
                    break;
                }
            }
        }
        out.failures.truncate(FAILURES_MAX);
        self.claim(now, entries_max, out);
        more || (out.entries.len() >= entries_max)
    }

    /// When something is due next, if nothing else happens.
    pub fn next_due(&self) -> Option<Timestamp> {
        let due = self.state.timers.first().map(|(at, _)| *at);
        let paced = decide::next_advance(&self.state, &self.cursors);
        let others = self.next_fail_over().into_iter().chain(self.next_wake()).chain(self.next_market());
        due.into_iter().chain(others).chain(paced).chain(self.resting.next()).min()
    }

    fn switch(
        &mut self,
        scope: &Scope,
        state: SwitchState,
        why: &Arc<str>,
        now: Timestamp,
        out: &mut Output,
    ) -> Reply {
        let fact = Fact::SwitchSet { scope: scope.clone(), state, why: Arc::clone(why) };
        self.record(Entry { at: now, subject: Subject::INSTITUTION, fact }, out);
        if state != SwitchState::On {
            out.actions.push(Action::Withdraw(scope.clone()));
        }
        Reply::Done
    }

    /// Hands waiting messages to connections with room, strict lanes first.
    fn claim(&mut self, now: Timestamp, entries_max: usize, out: &mut Output) {
        let routes: Vec<RouteId> =
            self.credit.keys().filter(|route| self.may_claim(route)).cloned().collect();
        let world = &Arc::clone(&self.world);
        for route in routes {
            while out.entries.len() < entries_max && self.may_claim(&route) {
                let claimed =
                    deliver::claim(world, &self.state, &mut self.fairness, &self.resting, &route, now);
                let Some((entry, sendable)) = claimed else { break };
                self.record(entry, out);
                let Some(sendable) = sendable else { continue };
                if let Some(credit) = self.credit.get_mut(&route) {
                    *credit -= sendable.parts().len() as i64;
                }
                out.actions.push(Action::Submit(sendable));
            }
        }
    }

    /// Whether a route gets another message. What is most urgent does not wait until the bulk that went before it has
    /// left the connection: behind a contract of 20 parts a second that takes a twentieth of it.
    fn may_claim(&self, route: &RouteId) -> bool {
        let urgent = || self.state.queues.lanes(route).next().is_some_and(|lane| !lane.is_empty());
        match self.credit.get(route) {
            Some(credit) if *credit > 0 => true,
            Some(credit) => *credit > -URGENT_AHEAD && urgent(),
            None => false,
        }
    }

    /// Applies an entry and adds it to what is to be made durable.
    pub(crate) fn record(&mut self, entry: Entry, out: &mut Output) {
        apply(&mut self.state, &entry);
        out.told.extend(self.state.outboxes.take_fresh());
        // One that is moved keeps the call it waits for.
        let call = call_of(&entry.fact).filter(|at| at + 1 == self.state.position);
        out.actions.extend(call.map(Action::Call));
        let passed = match &entry.fact {
            Fact::MessageDecided(decided) if !self.world.pack.arbitration.is_empty() => {
                Some((entry.subject, decided.matter.message, entry.at))
            }
            _ => None,
        };
        let (follows, at) = (self.try_out(&entry), entry.at);
        out.entries.push(entry);
        if let Some(fact) = follows {
            self.record(Entry { at, subject: Subject::INSTITUTION, fact }, out);
        }
        if let Some((subject, message, now)) = passed {
            for loser in
                decide::rules::arbitration::displaced(&self.world, &self.state, subject, message, now)
            {
                self.record(loser, out);
            }
        }
    }
}

/// The call that an entry asks for.
fn call_of(fact: &Fact) -> Option<u64> {
    let stay = match fact {
        Fact::JourneyEntered(entered) => entered.stay.as_ref()?,
        Fact::JourneyMoved(moved) => &moved.stay,
        _ => return None,
    };
    if let Open::Call(at) = stay.open { Some(at) } else { None }
}
