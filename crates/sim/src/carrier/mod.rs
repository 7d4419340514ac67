//! A simulated carrier: an SMSC for any number of connections, with habits to choose ([`Behaviour`]) and a seed. Bytes in,
//! bytes out, the next deadline as a value; no socket, no clock.
//!
//! It keeps what it took in memory only, delivers to nobody, and knows no message a second longer than its receipt takes.
//! It counts what it sees, above all what must not happen: the same part taken twice. The application serves it on a
//! port; the simulator and the benches drive it directly.

mod behaviour;
mod counters;
mod fate;
mod outgoing;
mod throttle;

pub use behaviour::{Behaviour, Ids, ParseBehaviourError, ReceiptForm, Slow, Stall, Throttle};
pub use counters::Counters;

use crate::Dice;
use counters::Second;
use fate::Fates;
use model::{Span, Timestamp};
use outgoing::{Outgoing, What};
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};
use throttle::Gauge;
use wire::smpp::peer::{BindRequest, Config, Event, Message, ServerSession};
use wire::smpp::receipt::State;
use wire::smpp::{Address, CommandId, Status};

/// One connection, for as long as the carrier lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(usize);

/// What recipients answer: given the number of the message and the text of its last part.
pub type Replies = Box<dyn FnMut(u64, &str) -> Option<String> + Send>;

/// One submit as the carrier saw it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// When.
    pub at: Timestamp,
    /// What.
    pub message: Message,
    /// Whether the carrier took it over, and under which number.
    pub taken: Option<u64>,
    /// What it answered, if it ever does.
    pub status: Option<Status>,
}

/// A simulated carrier.
pub struct Carrier {
    behaviour: Behaviour,
    dice: Dice,
    replies: Option<Replies>,
    connections: Vec<Option<Connection>>,
    accounts: Vec<Account>,
    names: BTreeMap<String, usize>,
    due: BTreeMap<Timestamp, Vec<Due>>,
    /// When a standstill ends during which something was to happen.
    unread_at: Option<Timestamp>,
    outgoing: Outgoing,
    last_id: u64,
    known: HashSet<u64, BuildHasherDefault<DefaultHasher>>,
    counters: Counters,
    second: Second,
    fates: Fates,
    log: Option<Vec<Seen>>,
}

struct Connection {
    session: ServerSession,
    account: Option<usize>,
    unanswered: u32,
    submits: u64,
    closed: bool,
    /// What came while nothing moved.
    unread: Vec<u8>,
}

#[derive(Default)]
struct Account {
    connections: Vec<ConnectionId>,
    /// Tickets of what waits to be delivered.
    outbox: VecDeque<usize>,
    gauge: Gauge,
}

/// What is to happen at its time.
enum Due {
    Answer { connection: ConnectionId, sequence: u32, id: u64, status: Status },
    Deliver(usize),
}

impl Carrier {
    /// A carrier with these habits.
    pub fn new(behaviour: Behaviour, seed: u64) -> Self {
        Self {
            behaviour,
            dice: Dice::new(seed),
            replies: None,
            connections: Vec::new(),
            accounts: Vec::new(),
            names: BTreeMap::new(),
            due: BTreeMap::new(),
            unread_at: None,
            outgoing: Outgoing::default(),
            last_id: 0,
            known: HashSet::default(),
            counters: Counters::default(),
            second: Second::default(),
            fates: Fates::default(),
            log: None,
        }
    }

    /// Lets recipients answer.
    pub fn reply_with(&mut self, replies: Replies) {
        self.replies = Some(replies);
    }

    /// Keeps every submit from now on, see [`Carrier::log`].
    pub fn keep_log(&mut self) {
        self.log.get_or_insert_default();
    }

    /// Every submit since `keep_log`.
    pub fn log(&self) -> &[Seen] {
        self.log.as_deref().unwrap_or_default()
    }

    /// What it has seen.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Its habits, to be changed from now on.
    pub fn behaviour(&mut self) -> &mut Behaviour {
        &mut self.behaviour
    }

    /// Somebody writes to an account's number at a time, unasked. Forgotten if the account has never bound.
    pub fn write_in(&mut self, account: &str, from: &str, to: &str, text: String, at: Timestamp) {
        let Some(account) = self.names.get(account) else { return };
        let (from, to) = (Address::international(from), Address::international(to));
        let ticket = self.outgoing.add(*account, What::Reply(text), from.to_owned(), to.to_owned());
        self.due.entry(at).or_default().push(Due::Deliver(ticket));
    }

    /// A connection was made.
    pub fn accept(&mut self, now: Timestamp) -> ConnectionId {
        let id = ConnectionId(self.connections.len());
        let config = Config { window: self.behaviour.deliveries, ..Config::new("HONGYAN-SIM") };
        let session = ServerSession::new(config, now);
        self.connections.push(Some(Connection {
            session,
            account: None,
            unanswered: 0,
            submits: 0,
            closed: false,
            unread: Vec::new(),
        }));
        id
    }

    /// Takes bytes from a connection, cut anywhere.
    pub fn receive(&mut self, id: ConnectionId, bytes: &[u8], now: Timestamp) {
        let stalled = self.stalled_until(now);
        self.unread_at = stalled.or(self.unread_at);
        if let Some(connection) = self.connection(id) {
            if stalled.is_some() {
                return connection.unread.extend_from_slice(bytes);
            }
            connection.session.receive(bytes, now);
            self.listen(id, now);
        }
    }

    /// Until when nothing moves, if nothing does now.
    pub(crate) fn stalled_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.behaviour.stall?.until(now)
    }

    /// What to write to a connection; nothing if it is gone.
    pub fn take_output(&mut self, id: ConnectionId) -> Vec<u8> {
        self.output(id).map(std::mem::take).unwrap_or_default()
    }

    /// The same without taking it: write and `clear`.
    pub fn output(&mut self, id: ConnectionId) -> Option<&mut Vec<u8>> {
        Some(self.connection(id)?.session.output())
    }

    /// Whether the carrier has ended a connection: write what `take_output` still has, close, and call `disconnected`.
    pub fn is_closed(&self, id: ConnectionId) -> bool {
        self.connections.get(id.0).is_none_or(|c| c.as_ref().is_none_or(|c| c.closed))
    }

    /// A connection is gone.
    pub fn disconnected(&mut self, id: ConnectionId, now: Timestamp) {
        if let Some(connection) = self.connection(id) {
            connection.session.disconnected();
            self.listen(id, now);
        }
        let gone = self.connections.get_mut(id.0).and_then(Option::take);
        if let Some(account) = gone.and_then(|c| c.account).and_then(|a| self.accounts.get_mut(a)) {
            account.connections.retain(|other| *other != id);
        }
    }

    /// When `tick` wants to be called, at the latest.
    pub fn deadline(&self) -> Option<Timestamp> {
        let sessions = self.connections.iter().flatten().filter_map(|c| c.session.deadline());
        let next = self.due.keys().next().copied().into_iter().chain(sessions).chain(self.unread_at).min()?;
        // What falls into a standstill happens after it.
        Some(self.stalled_until(next).unwrap_or(next))
    }

    /// Time passed: answers, receipts and replies that are due.
    pub fn tick(&mut self, now: Timestamp) {
        if let Some(until) = self.stalled_until(now) {
            self.unread_at = Some(until);
            return;
        }
        self.unread_at = None;
        for id in (0..self.connections.len()).map(ConnectionId) {
            if let Some(unread) = self.connection(id).map(|c| std::mem::take(&mut c.unread))
                && !unread.is_empty()
            {
                self.receive(id, &unread, now);
            }
        }
        while let Some(moment) = self.due.first_entry().filter(|moment| *moment.key() <= now) {
            for due in moment.remove() {
                match due {
                    Due::Answer { connection, sequence, id, status } => {
                        self.answer(connection, sequence, id, status);
                    }
                    Due::Deliver(ticket) => self.queue(ticket),
                }
            }
        }
        for id in (0..self.connections.len()).map(ConnectionId) {
            if let Some(connection) = self.connection(id) {
                connection.session.tick(now);
                self.listen(id, now);
            }
        }
        (0..self.accounts.len()).for_each(|account| self.flush(account, now));
    }

    fn connection(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        self.connections.get_mut(id.0)?.as_mut()
    }

    fn listen(&mut self, id: ConnectionId, now: Timestamp) {
        while let Some(event) = self.connection(id).and_then(|c| c.session.event()) {
            match event {
                Event::Bind(request) => self.bind(id, &request),
                Event::Submit { sequence, message } => self.submit(id, sequence, *message, now),
                Event::DeliverAnswered { ticket, status, .. } => {
                    self.delivered(ticket as usize, status.is_ok(), now);
                }
                Event::DeliverUnanswered { ticket, .. } => self.delivered(ticket as usize, false, now),
                Event::SubmitMulti { sequence, .. } => self.decline(id, CommandId::SUBMIT_MULTI, sequence),
                Event::Data { sequence, .. } => self.decline(id, CommandId::DATA_SM, sequence),
                Event::Query { sequence, message_id, .. } if self.behaviour.queries => {
                    self.query(id, sequence, &message_id, now);
                }
                Event::Query { sequence, .. } => self.decline(id, CommandId::QUERY_SM, sequence),
                Event::Cancel { sequence, .. } => self.decline(id, CommandId::CANCEL_SM, sequence),
                Event::Replace { sequence, .. } => self.decline(id, CommandId::REPLACE_SM, sequence),
                Event::Closed { .. } => self.close(id),
                Event::Unbound | Event::ProtocolError { .. } => {}
            }
        }
        if let Some(account) = self.connection(id).and_then(|c| c.account) {
            self.flush(account, now);
        }
    }

    fn bind(&mut self, id: ConnectionId, request: &BindRequest) {
        let accounts = &self.behaviour.accounts;
        let refusal = match accounts.get(&request.system_id) {
            None if accounts.is_empty() => None,
            None => Some(Status::INVALID_SYSTEM_ID),
            Some(password) => (*password != request.password).then_some(Status::INVALID_PASSWORD),
        };
        let fresh = self.accounts.len();
        let account = *self.names.entry(request.system_id.clone()).or_insert(fresh);
        if account == fresh {
            self.accounts.push(Account::default());
        }
        let Some(connection) = self.connection(id) else { return };
        if let Some(status) = refusal {
            return connection.session.refuse_bind(status);
        }
        // Our own name is short enough, so the answer can be written.
        if connection.session.accept_bind().is_ok() {
            connection.account = Some(account);
            self.counters.binds += 1;
            if let Some(account) = self.accounts.get_mut(account) {
                account.connections.push(id);
            }
        }
    }

    fn decline(&mut self, id: ConnectionId, command: CommandId, sequence: u32) {
        if let Some(connection) = self.connection(id) {
            connection.session.answer(command, sequence, Status::INVALID_COMMAND_ID);
        }
    }

    fn close(&mut self, id: ConnectionId) {
        if let Some(connection) = self.connection(id) {
            connection.closed = true;
        }
    }

    fn submit(&mut self, id: ConnectionId, sequence: u32, message: Message, now: Timestamp) {
        if self.is_closed(id) {
            return;
        }
        self.counters.submits += 1;
        self.second.count(now);
        self.second.add(now);
        self.counters.busiest_second = self.counters.busiest_second.max(u64::from(self.second.sum));
        let drop_after = self.behaviour.drop_after;
        let Some(connection) = self.connection(id) else { return };
        connection.submits += 1;
        let drops = drop_after.is_some_and(|n| connection.submits >= n);
        if drops || self.dice.permille(self.behaviour.silent) {
            self.counters.unanswered += 1;
            let taken = self.dice.permille(500).then(|| self.take(id, &message, now));
            self.note(now, message, taken, None);
            if drops && let Some(connection) = self.connection(id) {
                connection.session.output().clear();
                connection.session.disconnected();
                connection.closed = true;
            }
            return;
        }
        if self.dice.permille(self.behaviour.garbage) {
            self.babble(id);
        }
        let status = self.verdict(id, now);
        let at = now.after(self.delay(now));
        let number = if status.is_ok() { self.take(id, &message, now) } else { 0 };
        self.note(now, message, status.is_ok().then_some(number), Some(status));
        if at == now {
            return self.answer(id, sequence, number, status);
        }
        if let Some(connection) = self.connection(id) {
            connection.unanswered += 1;
        }
        let due = Due::Answer { connection: id, sequence, id: number, status };
        self.due.entry(at).or_default().push(due);
    }

    /// Writes what is no protocol.
    fn babble(&mut self, id: ConnectionId) {
        let mut octets = vec![0; self.dice.between(1, BABBLE_OCTETS_MAX) as usize];
        self.dice.fill(&mut octets);
        self.counters.garbage += 1;
        if let Some(connection) = self.connection(id) {
            connection.session.output().extend_from_slice(&octets);
        }
    }

    fn note(&mut self, at: Timestamp, message: Message, taken: Option<u64>, status: Option<Status>) {
        if let Some(log) = &mut self.log {
            log.push(Seen { at, message, taken, status });
        }
    }

    /// Whether a submit is accepted.
    fn verdict(&mut self, id: ConnectionId, now: Timestamp) -> Status {
        let account = self.connection(id).and_then(|c| c.account);
        if let (Some(tps), Some(account)) =
            (self.behaviour.tps, account.and_then(|a| self.accounts.get_mut(a)))
            && !account.gauge.takes(self.behaviour.throttle, tps, now)
        {
            self.counters.throttled += 1;
            return Status::THROTTLED;
        }
        let window = self.behaviour.window.unwrap_or(u32::MAX);
        if self.connection(id).is_some_and(|c| c.unanswered >= window) {
            self.counters.throttled += 1;
            return Status::QUEUE_FULL;
        }
        let mut throw = self.dice.below(1_000);
        for (status, chance) in &self.behaviour.errors {
            if throw < u64::from(*chance) {
                self.counters.refused += 1;
                return *status;
            }
            throw -= u64::from(*chance);
        }
        Status::OK
    }

    fn delay(&mut self, now: Timestamp) -> Span {
        let Behaviour { latency, jitter, slow, .. } = &self.behaviour;
        let mut delay = latency.0;
        if jitter.0 > 0 {
            delay += self.dice.between(0, jitter.0);
        }
        if let Some(slow) = slow.filter(|slow| now.0.rem_euclid(slow.every.0.max(1)) < slow.lasting.0) {
            delay += slow.extra.0;
        }
        Span(delay)
    }

    /// Takes a part over: its receipt and its recipient's answer will come. Returns its number.
    fn take(&mut self, id: ConnectionId, message: &Message, now: Timestamp) -> u64 {
        self.counters.taken += 1;
        self.last_id += 1;
        let number = self.last_id;
        let mut hasher = DefaultHasher::new();
        let whole = (&message.destination, &message.payload.0, message.concat);
        whole.hash(&mut hasher);
        if !self.known.insert(hasher.finish()) {
            self.counters.duplicates += 1;
        }
        let Some(account) = self.connection(id).and_then(|c| c.account) else { return number };
        let state = self.fate();
        let delivered = state == Some(State::Delivered);
        if self.behaviour.queries {
            // What nobody is told of has arrived all the same.
            let at = now.after(self.behaviour.receipt_latency);
            self.fates.keep(number, state.unwrap_or(State::Delivered), at);
        }
        if let Some(state) = state
            && message.registered_delivery.wants(delivered)
        {
            self.plan_receipts(account, number, state, message, now);
        }
        if delivered && message.concat.is_none_or(|place| place.number == place.total) {
            self.plan_reply(account, number, message, now);
        }
        number
    }

    fn answer(&mut self, id: ConnectionId, sequence: u32, number: u64, status: Status) {
        let form = self.behaviour.ids.form(false);
        let Some(connection) = self.connection(id) else { return };
        connection.unanswered = connection.unanswered.saturating_sub(1);
        let mut text = [0; outgoing::ID_OCTETS];
        let written =
            connection.session.answer_submit(sequence, status, outgoing::id(&mut text, number, form));
        debug_assert!(written.is_ok(), "an id of ours always fits");
    }
}

/// The most octets that a carrier writes beside the protocol at once.
const BABBLE_OCTETS_MAX: i64 = 64;

#[cfg(test)]
mod tests;
