//! A simulated carrier: an SMSC for any number of connections, with habits to choose ([`Behaviour`]) and a seed. Bytes in,
//! bytes out, the next deadline as a value; no socket, no clock.
//!
//! It keeps what it took in memory only, delivers to nobody, and knows no message a second longer than its receipt takes.
//! It counts what it sees, above all what must not happen: the same part taken twice. The application serves it on a
//! port; the simulator and the benches drive it directly.

mod behaviour;
mod counters;
mod outgoing;

pub use behaviour::{Behaviour, Ids, ParseBehaviourError, ReceiptForm, Slow};
pub use counters::Counters;

use crate::Dice;
use counters::Second;
use model::{Span, Timestamp};
use outgoing::{Outgoing, What};
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};
use wire::smpp::coding::{Alphabet, alphabet, decode};
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
    outgoing: Outgoing,
    last_id: u64,
    known: HashSet<u64, BuildHasherDefault<DefaultHasher>>,
    counters: Counters,
    second: Second,
    log: Option<Vec<Seen>>,
}

struct Connection {
    session: ServerSession,
    account: Option<usize>,
    unanswered: u32,
    submits: u64,
    closed: bool,
}

#[derive(Default)]
struct Account {
    connections: Vec<ConnectionId>,
    /// Tickets of what waits to be delivered.
    outbox: VecDeque<usize>,
    second: Second,
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
            outgoing: Outgoing::default(),
            last_id: 0,
            known: HashSet::default(),
            counters: Counters::default(),
            second: Second::default(),
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
        }));
        id
    }

    /// Takes bytes from a connection, cut anywhere.
    pub fn receive(&mut self, id: ConnectionId, bytes: &[u8], now: Timestamp) {
        if let Some(connection) = self.connection(id) {
            connection.session.receive(bytes, now);
            self.listen(id, now);
        }
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
        self.due.keys().next().copied().into_iter().chain(sessions).min()
    }

    /// Time passed: answers, receipts and replies that are due.
    pub fn tick(&mut self, now: Timestamp) {
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
        {
            if account.second.count(now) >= tps {
                self.counters.throttled += 1;
                return Status::THROTTLED;
            }
            account.second.add(now);
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

    /// What becomes of a part; nothing if nobody ever hears.
    fn fate(&mut self) -> Option<State> {
        let Behaviour { undeliverable, expired, rejected, unreported, .. } = self.behaviour;
        let mut throw = self.dice.below(1_000);
        for (chance, fate) in [
            (undeliverable, Some(State::Undeliverable)),
            (expired, Some(State::Expired)),
            (rejected, Some(State::Rejected)),
            (unreported, None),
        ] {
            if throw < u64::from(chance) {
                return fate;
            }
            throw -= u64::from(chance);
        }
        Some(State::Delivered)
    }

    fn plan_receipts(
        &mut self,
        account: usize,
        number: u64,
        state: State,
        message: &Message,
        now: Timestamp,
    ) {
        let Behaviour { receipt_latency, receipt_jitter, early, duplicate, unknown, .. } = self.behaviour;
        let plan = |carrier: &mut Self, number: u64, at: Timestamp| {
            let what = What::Receipt { number, state, submitted: now };
            let ticket = carrier.add(account, what, message);
            carrier.due.entry(at).or_default().push(Due::Deliver(ticket));
        };
        let jitter = self.dice.between(0, receipt_jitter.0);
        let at = now.after(receipt_latency).after(Span(jitter));
        if self.dice.permille(early) {
            let what = What::Receipt { number, state, submitted: now };
            let ticket = self.add(account, what, message);
            self.queue(ticket);
            self.flush(account, now);
        } else {
            plan(self, number, at);
        }
        if self.dice.permille(duplicate) {
            plan(self, number, at.after(Span(receipt_jitter.0 / 2)));
        }
        if self.dice.permille(unknown) {
            plan(self, UNKNOWN_IDS + number, at);
        }
    }

    fn plan_reply(&mut self, account: usize, number: u64, message: &Message, now: Timestamp) {
        let Some(replies) = &mut self.replies else { return };
        let Some(text) = decode(alphabet(message.data_coding, Alphabet::Gsm), &message.payload.0) else {
            return;
        };
        let Some(reply) = replies(number, &text) else { return };
        let ticket = self.add(account, What::Reply(reply), message);
        let at = now.after(self.behaviour.receipt_latency).after(self.behaviour.reply_latency);
        self.due.entry(at).or_default().push(Due::Deliver(ticket));
    }

    /// Something that goes back to where a message came from.
    fn add(&mut self, account: usize, what: What, message: &Message) -> usize {
        self.outgoing.add(account, what, message.destination.clone(), message.source.clone())
    }

    fn answer(&mut self, id: ConnectionId, sequence: u32, number: u64, status: Status) {
        let hex = matches!(self.behaviour.ids, Ids::Hex | Ids::HexThenDecimal);
        let Some(connection) = self.connection(id) else { return };
        connection.unanswered = connection.unanswered.saturating_sub(1);
        let mut text = [0; outgoing::ID_OCTETS];
        let written =
            connection.session.answer_submit(sequence, status, outgoing::id(&mut text, number, hex));
        debug_assert!(written.is_ok(), "an id of ours always fits");
    }
}

/// Ids from here on are of messages nobody sent.
const UNKNOWN_IDS: u64 = 1 << 40;

#[cfg(test)]
mod tests;
