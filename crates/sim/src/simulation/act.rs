//! The process at work: a heartbeat of the node, and what is done once it is durable.

use super::life::End;
use super::violation::{Broken, keep};
use super::wires::Parcel;
use super::workload::{self, Person};
use super::{Erasure, Pending, Simulation, bank};
use engine::{Action, Input, Reply};
use model::Span;
use node::Node;
use node::link::Batch;

impl Simulation {
    /// One heartbeat of the node, if there is something to do and the last one has been acted upon.
    pub(super) fn step(&mut self) -> Result<(), Broken> {
        let Some(node) = self.node.as_mut().filter(|_| self.pending.is_none()) else { return Ok(()) };
        let due = node.engine().next_due().is_some_and(|at| at <= self.now);
        if !due && !self.more && self.queue.is_empty() && !self.calls.wait() {
            return Ok(());
        }
        let (mut inputs, mut batches, mut calls) = (Vec::new(), Vec::new(), Vec::new());
        for (route, Batch { number, inputs: said }) in self.queue.drain(..) {
            inputs.extend(said.iter().cloned());
            batches.push((route, number, said));
        }
        let answers = inputs.len();
        for (id, input) in self.calls.take() {
            calls.push((id, input.clone(), erasure(node, &self.people, &input)));
            inputs.push(input);
        }
        let said: Vec<&str> = inputs.iter().map(name).collect();
        self.trail.note(self.now, format!("step: {}", said.join(", ")));
        match node.step(&inputs, self.now) {
            Ok(mut committed) => {
                committed.replies.drain(..answers);
                self.more = committed.more;
                let (reader, keys) = (node.reader(), node.keys());
                let at = self.now.after(Span(self.dice.between(0, 12)));
                self.pending = Some(Pending { at, committed, batches, calls });
                self.checker.grown(&*reader, &keys)
            }
            Err(error) => {
                self.trail.note(self.now, format!("the node stops: {error}"));
                keep(matches!(error, node::Error::Store(_)), "kept", || error.to_string())?;
                self.end(End::Killed)
            }
        }
    }

    /// What was decided is durable: acts.
    pub(super) fn act(&mut self) -> Result<(), Broken> {
        let Some(Pending { committed, batches, calls, .. }) = self.pending.take() else { return Ok(()) };
        for action in committed.actions {
            let sendable = match action {
                Action::Submit(sendable) => sendable,
                Action::Withdraw(scope) => {
                    self.workers.iter_mut().for_each(|worker| worker.link.withdraw_scope(&scope));
                    continue;
                }
                Action::Call(_) => continue,
                Action::Query { route, remote, extension, until } => {
                    self.trail.note(self.now, format!("{route} is asked about {remote}"));
                    let place = bank::ROUTES.iter().position(|name| *name == route.as_str());
                    if let Some(worker) = place.and_then(|place| self.workers.get_mut(place)) {
                        worker.link.query(remote, extension.as_deref(), until, self.now);
                    }
                    continue;
                }
                Action::DestroyKey(_) => continue,
            };
            self.trail.note(self.now, format!("submit {} parts {:?}", sendable.message(), sendable.parts()));
            let route = bank::ROUTES.iter().position(|name| *name == sendable.route().as_str());
            if let Some(worker) = route.and_then(|route| self.workers.get_mut(route)) {
                worker.link.submit(sendable, self.now);
            }
        }
        for (route, number, inputs) in batches {
            self.acknowledge(route, number, &inputs);
        }
        for ((id, input, erased), reply) in calls.into_iter().zip(committed.replies) {
            self.calls.answer(id);
            self.desk.answered(&input, &reply)?;
            if let (Some((subject, words)), Reply::Erased(true)) = (erased, reply) {
                self.trail.note(self.now, format!("the erasure of subject {} is acknowledged", subject.0));
                if let Some(node) = &self.node {
                    let borrowed: Vec<&str> = words.iter().map(String::as_str).collect();
                    let disks = [&self.machine.journal, &self.machine.keys];
                    self.checker.forgotten(subject, &borrowed, &disks, &node.keys())?;
                }
                self.erased.push((subject, words));
            }
        }
        Ok(())
    }

    /// A batch is durable: what waits for its writers is taken back everywhere, then its link acknowledges.
    fn acknowledge(&mut self, route: usize, number: u64, inputs: &[Input]) {
        let Some(worker) = self.workers.get(route) else { return };
        for phone in worker.link.writers(number).collect::<Vec<_>>() {
            for other in &mut self.workers {
                other.link.withdraw(phone);
            }
        }
        let open = self.workers.get(route).is_some_and(|worker| worker.link.is_bound());
        if let Some(worker) = self.workers.get_mut(route) {
            worker.link.committed(number, self.now);
        }
        // Everything that left until now left before the acknowledgement.
        self.flush();
        for inbound in inputs.iter().filter_map(inbound).flatten() {
            if open && workload::REFUSALS.contains(&inbound.text.reveal()) {
                self.refusals += 1;
                self.checker.refused(inbound.from, self.order, self.now);
            }
        }
    }

    /// Bytes leave the process and the carriers.
    pub(super) fn flush(&mut self) {
        for worker in &mut self.workers {
            for (bind, wire) in worker.wires.iter_mut().enumerate() {
                let Some(name) = *wire else {
                    worker.link.output(bind).into_iter().for_each(Vec::clear);
                    continue;
                };
                let bytes = worker.link.output(bind).map(std::mem::take).unwrap_or_default();
                if !bytes.is_empty() {
                    self.order += 1;
                    let parcel = Parcel::Up { bytes, order: self.order, sent: self.now };
                    self.wires.send(name, parcel, self.now, &mut self.dice);
                }
                if worker.link.is_down(bind) && worker.link.dial_at(bind).is_some() {
                    *wire = None;
                    self.wires.send(name, Parcel::UpEnd, self.now, &mut self.dice);
                }
            }
        }
        let open: Vec<(u64, usize, crate::carrier::ConnectionId)> =
            self.wires.open.iter().map(|(name, wire)| (*name, wire.carrier, wire.connection)).collect();
        for (name, carrier, connection) in open {
            let Some(carrier) = self.carriers.get_mut(carrier) else { continue };
            let bytes = carrier.take_output(connection);
            if !bytes.is_empty() {
                self.wires.send(name, Parcel::Down(bytes), self.now, &mut self.dice);
            }
            if carrier.is_closed(connection) {
                carrier.disconnected(connection, self.now);
                self.wires.send(name, Parcel::DownEnd, self.now, &mut self.dice);
            }
        }
    }
}

fn inbound(input: &Input) -> Option<&Vec<engine::converse::Inbound>> {
    match input {
        Input::Inbound(messages) => Some(messages),
        _ => None,
    }
}

/// Who is about to be erased, and the words that nobody may find afterwards.
fn erasure(node: &Node, people: &[Person], input: &Input) -> Option<Erasure> {
    let Input::Erase { customer, .. } = input else { return None };
    let subject = node.engine().state().customer(customer)?.subject;
    let person = people.iter().find(|person| person.id == *customer)?;
    let words = vec![person.phone.reveal().to_owned(), person.name.clone(), person.secret.clone()];
    Some((subject, words))
}

fn name(input: &Input) -> &'static str {
    match input {
        Input::Customers(_) => "customers",
        Input::Events(_) => "events",
        Input::Launch(_) | Input::LaunchCounted(..) => "launch",
        Input::Change(_) => "change",
        Input::Credit { .. } => "credit",
        Input::Disconnected(_) => "disconnected",
        Input::Answers(_) => "answers",
        Input::Reports(_) => "reports",
        Input::Inbound(_) => "inbound",
        Input::Click(_) => "click",
        Input::Wish(_) => "wish",
        Input::Erase { .. } => "erase",
        Input::Admin(_) => "admin",
        Input::Markets(_) => "markets",
        Input::Enter { .. } => "enter",
        Input::CallReturned(_) => "call_returned",
        Input::TaskReturned(_) => "task_returned",
        Input::Orders(_) => "orders",
        Input::Cancel { .. } => "cancel",
        Input::Hide(_) => "hide",
        Input::Settled { .. } => "settled",
        Input::Switch { .. } => "switch",
        Input::Health { .. } => "health",
        Input::Review(_) => "review",
        Input::Trained(_) => "trained",
        Input::ResumeArm(_) => "resume_arm",
    }
}
