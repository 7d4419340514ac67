//! One run: the product's own node, links, journal and key table on one side, carriers with bad habits on the other, and
//! between them everything that can go wrong, under a clock that stands still until it is told to go on.
//!
//! What is simulated is only the outside: time, disks, connections, carriers, people. What runs is what ships:
//! [`node::Node`], [`node::link::Link`], `store`'s segments journal and key table. A run is a function of its seed.

mod act;
mod bank;
mod calls;
mod checker;
mod desk;
mod life;
mod violation;
mod wires;
mod workload;

pub use violation::Violation;

use crate::Dice;
use crate::carrier::{Carrier, Counters};
use calls::{CallId, Calls};
use checker::Checker;
use desk::Desk;
use engine::Input;
use engine::world::World;
use life::{End, Machine};
use model::{Span, Subject, Timestamp};
use node::link::{Batch, Link, Lost};
use node::{Committed, Node};
use proof::Hash;
use std::collections::VecDeque;
use std::sync::Arc;
use violation::{Broken, Trail, keep};
use wires::{Parcel, Wires};
use workload::{Person, Plan, Task};

/// For how long after the last planned happening a run goes on: longer than any doubt about a message lasts.
const AFTERMATH: Span = Span::hours(24 * 8);
/// A run with more turns than this does not come to rest.
const TURNS_MAX: u64 = 20_000_000;
/// How many turns may pass without time passing.
const STANDSTILL_MAX: u64 = 100_000;

/// What a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// Turns of the clock.
    pub turns: u64,
    /// Entries in the journal at the end.
    pub entries: u64,
    /// Messages that were judged.
    pub messages: u64,
    /// Verdicts that let a message pass.
    pub decided: u64,
    /// Verdicts that held one back.
    pub held: u64,
    /// Verdicts that stopped one.
    pub blocked: u64,
    /// Submits that carriers saw.
    pub submits: u64,
    /// Parts that carriers took.
    pub taken: u64,
    /// Receipts that were acknowledged.
    pub receipts: u64,
    /// Refusals that were acknowledged.
    pub refusals: u64,
    /// Customers who were erased.
    pub erased: u64,
    /// Ends of a process that were not its own idea.
    pub crashes: u64,
    /// Connections that were made.
    pub connections: u64,
    /// Orders of the account that were accepted.
    pub orders: u64,
    /// Certificates that were verified.
    pub certificates: u64,
    /// Messages that went another way.
    pub rerouted: u64,
    /// Answers that came too late to be believed.
    pub late: u64,
    /// Messages that carriers were asked about.
    pub asked: u64,
    /// Questions that carriers answered.
    pub queries: u64,
    /// Times at which carriers wrote what is no protocol.
    pub garbage: u64,
}

/// Runs a seed.
///
/// # Errors
/// The first promise that was broken.
pub fn run(seed: u64) -> Result<Figures, Box<Violation>> {
    let mut simulation = match Simulation::new(seed) {
        Ok(simulation) => simulation,
        Err(what) => {
            let at = Timestamp(0);
            return Err(Box::new(Violation { invariant: "config", what, seed, at, trail: Vec::new() }));
        }
    };
    simulation.run().map_err(|Broken { invariant, what }| {
        Box::new(Violation { invariant, what, seed, at: simulation.now, trail: simulation.trail.lines() })
    })
}

/// A run.
struct Simulation {
    dice: Dice,
    now: Timestamp,
    trail: Trail,
    world: Arc<World>,
    people: Vec<Person>,
    tasks: VecDeque<(Timestamp, Task)>,
    calls: Calls,
    machine: Machine,
    node: Option<Node>,
    life: u32,
    start_at: Option<Timestamp>,
    workers: Vec<Worker>,
    /// What links have for the node.
    queue: VecDeque<(usize, Batch)>,
    pending: Option<Pending>,
    /// The node said that there is more to do.
    more: bool,
    carriers: Vec<Carrier>,
    /// How much of each carrier's log has been looked at.
    looked: Vec<usize>,
    wires: Wires,
    /// How often bytes left the process.
    order: u64,
    checker: Checker,
    desk: Desk,
    /// How long the journal would be with what the last life was about to append, if anybody knows.
    attempted: Option<u64>,
    /// What the last life remembered, and as of which entry.
    remembered: Option<(u64, Hash)>,
    erased: Vec<Erasure>,
    crashes: u64,
    refusals: u64,
}

/// A route's link and its connections.
struct Worker {
    link: Link,
    wires: Vec<Option<u64>>,
}

impl Worker {
    /// The time at which one of the connections is to be dialled.
    fn dial_at(&self) -> Option<Timestamp> {
        let idle = self.wires.iter().enumerate().filter(|(_, wire)| wire.is_none());
        idle.filter_map(|(bind, _)| self.link.dial_at(bind)).min()
    }
}

/// Who is erased, and the words that nobody may find afterwards.
type Erasure = (Subject, Vec<String>);

/// A step that is durable and has not been acted upon.
struct Pending {
    at: Timestamp,
    committed: Committed,
    batches: Vec<(usize, u64, Vec<Input>)>,
    calls: Vec<(CallId, Input, Option<Erasure>)>,
}

impl Simulation {
    fn new(seed: u64) -> Result<Self, String> {
        let mut dice = Dice::new(seed);
        let world = bank::world(&mut dice.split())?;
        let Plan { people, tasks } = workload::plan(&mut dice.split());
        let now = tasks.first().map_or(Timestamp(0), |(at, _)| *at);
        let mut carriers = Vec::new();
        for _ in bank::ROUTES {
            let mut carrier = Carrier::new(workload::behaviour(&mut dice.split()), dice.throw());
            carrier.keep_log();
            let mut answers = dice.split();
            carrier.reply_with(Box::new(move |_, text| {
                let chance = if text.contains("拒收") { 60 } else { 10 };
                answers
                    .permille(chance)
                    .then(|| answers.pick(&workload::REFUSALS).copied().unwrap_or("TD").to_owned())
            }));
            carriers.push(carrier);
        }
        Ok(Self {
            machine: Machine::new(&mut dice.split()),
            desk: Desk::new(dice.split()),
            dice,
            now,
            trail: Trail::default(),
            checker: Checker::new(Arc::clone(&world)),
            world,
            people,
            tasks: tasks.into(),
            calls: Calls::default(),
            node: None,
            life: 0,
            start_at: Some(now),
            workers: Vec::new(),
            queue: VecDeque::new(),
            pending: None,
            more: false,
            looked: vec![0; carriers.len()],
            carriers,
            wires: Wires::default(),
            order: 0,
            attempted: Some(0),
            remembered: None,
            erased: Vec::new(),
            crashes: 0,
            refusals: 0,
        })
    }

    fn run(&mut self) -> Result<Figures, Broken> {
        let last = self.tasks.back().map_or(self.now, |(at, _)| *at).after(AFTERMATH);
        let (mut turns, mut standing) = (0, 0);
        while !self.is_over() {
            let Some(next) = self.next().filter(|next| *next <= last) else { break };
            turns += 1;
            standing = if next > self.now { 0 } else { standing + 1 };
            keep(turns < TURNS_MAX && standing < STANDSTILL_MAX, "rest", || {
                "the loop turns and turns and does not come to rest".to_owned()
            })?;
            self.now = self.now.max(next);
            self.turn()?;
        }
        self.close(turns)
    }

    /// Nothing is planned, nobody waits, and no message is under way.
    fn is_over(&self) -> bool {
        let quiet = self.tasks.is_empty() && self.calls.all_answered() && self.pending.is_none();
        quiet
            && self.queue.is_empty()
            && self.node.as_ref().is_some_and(|node| {
                node.engine().state().messages.is_empty() && self.desk.deadline(node).is_none()
            })
    }

    /// When something happens next.
    fn next(&mut self) -> Option<Timestamp> {
        let idle = self.pending.is_none();
        let busy = idle && self.node.is_some() && (self.more || !self.queue.is_empty() || self.calls.wait());
        let due = self.node.as_ref().filter(|_| idle).and_then(|node| node.engine().next_due());
        let desk = self.node.as_ref().filter(|_| idle).and_then(|node| self.desk.deadline(node));
        let now = self.now;
        let links = self.workers.iter_mut().flat_map(|worker| [worker.link.deadline(now), worker.dial_at()]);
        let fixed = [
            self.tasks.front().map(|(at, _)| *at),
            self.start_at,
            self.pending.as_ref().map(|pending| pending.at),
            self.wires.deadline(),
            due,
            desk,
            busy.then_some(self.now),
        ];
        let carriers = self.carriers.iter().map(Carrier::deadline);
        fixed.into_iter().chain(links).chain(carriers).flatten().min()
    }

    /// Everything that happens at this moment, each in its turn.
    fn turn(&mut self) -> Result<(), Broken> {
        if self.starts(self.now) {
            self.start()?;
        }
        while let Some((name, parcel)) = self.wires.arrived(self.now) {
            self.arrive(name, parcel)?;
        }
        for carrier in &mut self.carriers {
            carrier.tick(self.now);
        }
        while let Some((_, task)) = self.tasks.pop_front_if(|(at, _)| *at <= self.now) {
            self.task(task)?;
        }
        if self.pending.as_ref().is_some_and(|pending| pending.at <= self.now) {
            self.act()?;
        }
        self.tend_links();
        if let Some(node) = self.node.as_ref().filter(|_| self.pending.is_none()) {
            let said = self.desk.listen(node, self.now);
            said.into_iter().for_each(|input| self.calls.call(input));
        }
        self.step()?;
        self.flush();
        Ok(())
    }

    fn task(&mut self, task: Task) -> Result<(), Broken> {
        match task {
            Task::Call(input) => self.calls.call(input),
            Task::Write { phone, text } => {
                let route = self.dice.below(bank::ROUTES.len() as u64) as usize;
                if let Some(carrier) = self.carriers.get_mut(route) {
                    let account = format!("bank{route}");
                    carrier.write_in(&account, &phone, "106900000", text.to_owned(), self.now);
                }
            }
            Task::Kill if self.node.is_some() => self.end(End::Killed)?,
            Task::PowerCut if self.node.is_some() => self.end(End::PowerCut)?,
            Task::Kill | Task::PowerCut => {}
            Task::Fault(which, fault) if self.node.is_some() => {
                self.trail.note(self.now, format!("{which:?} will suffer a {fault:?}"));
                self.machine.disk(which).fail_next(fault);
            }
            Task::Fault(..) => {}
            Task::Lose(route) => {
                let broken = self.workers.get_mut(route).and_then(|worker| {
                    let open: Vec<usize> =
                        (0..worker.wires.len()).filter(|b| worker.wires[*b].is_some()).collect();
                    let bind = *self.dice.pick(&open)?;
                    Some((bind, worker.wires.get_mut(bind)?.take()?))
                });
                if let Some((bind, name)) = broken {
                    self.lose(route, bind, name);
                }
            }
        }
        Ok(())
    }

    fn lose(&mut self, route: usize, bind: usize, name: u64) {
        self.trail.note(self.now, format!("connection {bind} of route {route} breaks"));
        if let Some(wire) = self.wires.cut(name)
            && let Some(carrier) = self.carriers.get_mut(wire.carrier)
        {
            carrier.disconnected(wire.connection, self.now);
        }
        if let Some(worker) = self.workers.get_mut(route) {
            worker.link.disconnected(bind, self.now, Lost::Broken);
        }
    }

    fn arrive(&mut self, name: u64, parcel: Parcel) -> Result<(), Broken> {
        let Some(wire) = self.wires.open.get(&name) else { return Ok(()) };
        let (at, bind, connection) = (wire.carrier, wire.bind, wire.connection);
        let alive = wire.life == self.life && self.node.is_some();
        let is_its = |worker: &&mut Worker| worker.wires.get(bind) == Some(&Some(name));
        // What the carrier reads later left when it left: each parcel keeps its own moment.
        if let Parcel::Up { .. } | Parcel::UpEnd = parcel
            && let Some(until) = self.carriers.get(at).and_then(|carrier| carrier.stalled_until(self.now))
        {
            self.wires.hold(name, parcel, until);
            return Ok(());
        }
        match parcel {
            Parcel::Up { bytes, order, sent } => {
                let Some(carrier) = self.carriers.get_mut(at) else { return Ok(()) };
                carrier.receive(connection, &bytes, self.now);
                self.look(at, order, sent)?;
            }
            Parcel::Down(bytes) if alive => {
                if let Some(worker) = self.workers.get_mut(at).filter(is_its) {
                    worker.link.receive(bind, &bytes, self.now);
                }
            }
            Parcel::DownEnd if alive => {
                if let Some(worker) = self.workers.get_mut(at).filter(is_its) {
                    worker.wires.iter_mut().skip(bind).take(1).for_each(|wire| *wire = None);
                    worker.link.disconnected(bind, self.now, Lost::Broken);
                }
                self.wires.cut(name);
            }
            Parcel::Down(_) | Parcel::DownEnd => {}
            Parcel::UpEnd => {
                if let Some(carrier) = self.carriers.get_mut(at) {
                    carrier.disconnected(connection, self.now);
                }
                self.wires.cut(name);
            }
        }
        Ok(())
    }

    /// Looks at what a carrier has seen since the last time.
    fn look(&mut self, at: usize, order: u64, sent: Timestamp) -> Result<(), Broken> {
        let (Some(carrier), Some(looked)) = (self.carriers.get(at), self.looked.get_mut(at)) else {
            return Ok(());
        };
        let log = carrier.log();
        let new = log.get(*looked..).unwrap_or_default();
        *looked = log.len();
        for seen in new {
            let what = match seen.status {
                Some(status) => format!("carrier {at} answers a submit with 0x{:x}", status.0),
                None => {
                    format!("carrier {at} leaves a submit without answer, taken: {}", seen.taken.is_some())
                }
            };
            self.trail.note(self.now, what);
            self.checker.seen(at, seen, order, sent)?;
        }
        Ok(())
    }

    /// Dials, ticks, and hears what links have to say.
    fn tend_links(&mut self) {
        for (route, worker) in self.workers.iter_mut().enumerate() {
            if worker.link.deadline(self.now).is_some_and(|at| at <= self.now) {
                worker.link.tick(self.now);
            }
            for bind in 0..worker.wires.len() {
                let idle = worker.wires.get(bind) == Some(&None);
                if !idle || worker.link.dial_at(bind).is_none_or(|at| at > self.now) {
                    continue;
                }
                if self.dice.permille(100) {
                    worker.link.disconnected(bind, self.now, Lost::DialFailed);
                } else if let Some(carrier) = self.carriers.get_mut(route) {
                    let connection = carrier.accept(self.now);
                    let way = (route, bind);
                    let name = self.wires.connect(way, connection, self.life, self.now, &mut self.dice);
                    worker.wires.iter_mut().skip(bind).take(1).for_each(|wire| *wire = Some(name));
                    worker.link.connected(bind, self.now);
                }
            }
            while let Some(batch) = worker.link.inputs(self.now) {
                self.queue.push_back((route, batch));
            }
            for notice in worker.link.notices() {
                self.trail.note(self.now, format!("route {route}: {notice:?}"));
            }
        }
    }

    fn close(&mut self, turns: u64) -> Result<Figures, Broken> {
        let Some(node) = &self.node else {
            return Err(Broken { invariant: "settled", what: "the process did not start again".to_owned() });
        };
        let counters: Vec<Counters> = self.carriers.iter().map(Carrier::counters).collect();
        let counts = self.checker.counts();
        self.checker.settled(node.engine().state(), counts.taken)?;
        self.checker.told(&self.desk)?;
        let contracts: Vec<Option<u32>> = bank::ROUTES
            .iter()
            .map(|name| self.world.routes.get(&(*name).into()).and_then(|r| r.tps))
            .collect();
        self.checker.paced(&contracts)?;
        let certificates = self.checker.certified(&*node.reader(), &node.keys(), &mut self.dice)?;
        Ok(Figures {
            turns,
            entries: self.checker.durable(),
            messages: counts.messages,
            decided: counts.decided,
            held: counts.held,
            blocked: counts.blocked,
            submits: counts.submits,
            taken: counts.taken,
            receipts: counters.iter().map(|c| c.receipts_acknowledged).sum(),
            refusals: self.refusals,
            erased: self.erased.len() as u64,
            crashes: self.crashes,
            connections: counters.iter().map(|c| c.binds).sum(),
            orders: self.desk.accepted(),
            certificates,
            rerouted: counts.rerouted,
            late: counts.late,
            asked: counts.asked,
            queries: counters.iter().map(|c| c.queries).sum(),
            garbage: counters.iter().map(|c| c.garbage).sum(),
        })
    }
}
