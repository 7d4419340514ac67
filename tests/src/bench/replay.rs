//! The loop under virtual time: a real node over a real journal, one link over a real socket, and a clock that is moved by hand.
//!
//! Whatever is under way is settled before the clock moves, so that a day takes as long as its messages need. Time stands
//! still only as far as the loop lets it: where the link paces itself or the engine waits for a timer, the clock
//! goes on to that moment. It decides nothing and judges nothing.

use super::Error;
use super::smsc::Smsc;
use engine::world::{Protocol, World};
use engine::{Action, Input, Reply};
use model::{RouteId, Span, Timestamp};
use node::Node;
use node::link::Link;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long the other side may take for what it owes.
const PATIENCE: Duration = Duration::from_secs(20);
/// How much is read at once.
const READ_BYTES: usize = 64 << 10;

/// What has gone back and forth.
#[derive(Debug, Default, Clone, Copy)]
pub struct Traffic {
    /// Parts handed to the link.
    pub parts: u64,
    /// Reports that came back.
    pub reports: u64,
    /// Messages of customers that came in.
    pub inbound: u64,
    /// Steps of the node.
    pub steps: u64,
    /// Conditions that had no answer.
    pub failures: u64,
}

/// The loop.
pub struct Replay {
    /// The node, to look at.
    pub node: Node,
    /// The message centre.
    pub smsc: Smsc,
    /// The virtual time.
    pub now: Timestamp,
    /// What has gone back and forth.
    pub traffic: Traffic,
    route: RouteId,
    link: Link,
    socket: TcpStream,
    buffer: Vec<u8>,
    /// How many customers' messages are expected to have come in.
    inbound_due: u64,
}

impl Replay {
    /// Opens the stores of a data folder and binds to the message centre over the route called `demo`.
    ///
    /// # Errors
    /// Stores that cannot be opened, a message centre that does not answer.
    pub fn open(
        world: Arc<World>,
        data: &Path,
        entropy: node::Entropy,
        smsc: Smsc,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let options = store::journal::segments::Options::default();
        let journal = store::open_journal(&format!("segments:{}/journal", data.display()), options)?.journal;
        let keys = store::open_keys(&format!("file:{0}/keys?kek={0}/kek", data.display()))?.table;
        let route = RouteId::from("demo");
        let settings = world.routes.get(&route).ok_or("expected the route demo")?;
        let Protocol::Smpp(account) = &settings.protocol else { return Err("expected smpp".into()) };
        let link = Link::new(settings, &world.institution, &account.password, 1)?;
        let socket = TcpStream::connect(&smsc.address)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        let (node, _) = Node::open(Arc::clone(&world), journal, keys, entropy, now)?;
        let mut replay = Self {
            node,
            smsc,
            now,
            traffic: Traffic::default(),
            route,
            link,
            socket,
            buffer: vec![0; READ_BYTES],
            inbound_due: 0,
        };
        replay.link.connected(0, now);
        while !replay.link.is_bound() {
            replay.write()?;
            replay.read()?;
        }
        replay.settle()?;
        Ok(replay)
    }

    /// Moves the clock, stopping at every moment at which something is due.
    ///
    /// # Errors
    /// As [`Replay::settle`].
    pub fn advance(&mut self, to: Timestamp) -> Result<(), Error> {
        while let Some(due) = self.node.engine().next_due().filter(|due| *due <= to) {
            self.now = self.now.max(due);
            self.link.tick(self.now);
            self.step(&[])?;
            self.settle()?;
        }
        self.now = self.now.max(to);
        self.link.tick(self.now);
        self.settle()
    }

    /// Has inputs decided now, and everything that follows from them done.
    ///
    /// # Errors
    /// As [`Replay::settle`].
    pub fn feed(&mut self, inputs: &[Input]) -> Result<Vec<Reply>, Error> {
        let replies = self.step(inputs)?;
        self.settle()?;
        Ok(replies)
    }

    /// Has a customer write to us, and waits until that has been dealt with.
    ///
    /// # Errors
    /// As [`Replay::settle`].
    pub fn reply(&mut self, number: &str, text: &str) -> Result<(), Error> {
        self.smsc.tell_time(self.now)?;
        self.smsc.reply(number, text)?;
        self.inbound_due += 1;
        self.settle()
    }

    /// Unbinds; returns what is left to look at.
    ///
    /// # Errors
    /// As [`Replay::settle`].
    pub fn close(mut self) -> Result<(Node, Smsc, Traffic), Error> {
        self.link.unbind(self.now);
        self.write()?;
        // Its answer or the end of the connection: either way it is over.
        let _octets = self.socket.read(&mut self.buffer)?;
        Ok((self.node, self.smsc, self.traffic))
    }

    fn step(&mut self, inputs: &[Input]) -> Result<Vec<Reply>, Error> {
        let mut committed = self.node.step(inputs, self.now)?;
        let replies = std::mem::take(&mut committed.replies);
        loop {
            self.traffic.steps += 1;
            self.traffic.failures += committed.failures.len() as u64;
            for action in committed.actions {
                if let Action::Submit(sendable) = action {
                    self.traffic.parts += sendable.parts().len() as u64;
                    self.link.submit(sendable, self.now);
                }
            }
            if !committed.more {
                return Ok(replies);
            }
            committed = self.node.step(&[], self.now)?;
        }
    }

    /// Goes on until nothing is under way: every part answered and reported, everything said to the node.
    fn settle(&mut self) -> Result<(), Error> {
        let began = Instant::now();
        loop {
            while let Some(batch) = self.link.inputs(self.now) {
                for input in &batch.inputs {
                    match input {
                        Input::Reports(reports) => self.traffic.reports += reports.len() as u64,
                        Input::Inbound(messages) => self.traffic.inbound += messages.len() as u64,
                        _ => {}
                    }
                }
                self.step(&batch.inputs)?;
                self.link.committed(batch.number, self.now);
            }
            self.write()?;
            let traffic = self.traffic;
            let is_due = self.link.unanswered() > 0
                || traffic.reports + self.link.queued() < traffic.parts
                || traffic.inbound < self.inbound_due;
            let waits = self.link.queued() > 0 || self.node.engine().state().queues.waiting(&self.route) > 0;
            if is_due {
                self.read()?;
            } else if waits {
                let next =
                    self.link.deadline(self.now).ok_or("messages wait, and the link waits for nothing")?;
                self.now = next.max(self.now.after(Span::millis(1)));
                self.link.tick(self.now);
            } else {
                return Ok(());
            }
            if began.elapsed() > PATIENCE * 30 {
                return Err(format!("not settled: {traffic:?}, {} queued", self.link.queued()).into());
            }
        }
    }

    fn write(&mut self) -> Result<(), Error> {
        let output = self.link.output(0).map(std::mem::take).unwrap_or_default();
        if !output.is_empty() {
            self.smsc.tell_time(self.now)?;
            self.socket.write_all(&output)?;
        }
        Ok(())
    }

    fn read(&mut self) -> Result<(), Error> {
        match self.socket.read(&mut self.buffer)? {
            0 => Err("the message centre closed the connection".into()),
            octets => {
                self.link.receive(0, self.buffer.get(..octets).unwrap_or_default(), self.now);
                Ok(())
            }
        }
    }
}
