//! What a link makes of each thing its session tells.

use super::join::{Joined, Piece};
use super::{COOLING, Link, Notice, Pending, of_ticket};
use engine::converse::Inbound;
use engine::deliver::{Again, Answer, Report};
use engine::entry::ReceiptState;
use model::{Phone, Private, RemoteId, Timestamp};
use std::sync::Arc;
use wire::smpp::address::OwnedAddress;
use wire::smpp::coding::{alphabet, decode};
use wire::smpp::receipt::OwnedReceipt;
use wire::smpp::session::{Delivery, DeliveryRef, Event, Inbound as Arrived};
use wire::smpp::{Class, Status, Ton};

impl Link {
    /// Takes everything the session has to tell.
    pub(super) fn listen(&mut self, now: Timestamp) {
        while let Some(event) = self.session.event() {
            match event {
                Event::Submitted { ticket, remote_id } => self.submitted(ticket, &remote_id),
                Event::Refused { ticket, status } => self.refused(ticket, status, now),
                Event::Unanswered { ticket, .. } => {
                    let (message, part) = of_ticket(ticket);
                    self.answers.push(Answer::Unanswered { message, part });
                }
                Event::LateAnswer { ticket, status, remote_id } => {
                    self.notices.push(Notice::LateAnswer(status));
                    // A late refusal says nothing that is of use: the part may have been offered again since.
                    if status.is_ok() {
                        self.submitted(ticket, &remote_id);
                    }
                }
                Event::Delivered { delivery, from, to, content } => {
                    self.delivered(delivery, from, to, content, now);
                }
                Event::Bound { system_id, .. } => {
                    self.open = true;
                    self.draining = false;
                    self.notices.push(Notice::Bound { system_id });
                }
                Event::BindRefused { status } => self.notices.push(Notice::BindRefused(status)),
                Event::Closed { why, may_retry_at } => {
                    self.void();
                    self.notices.push(Notice::Down { why, retry_at: may_retry_at });
                }
                Event::ProtocolError { error, .. } => self.notices.push(Notice::Protocol(error)),
                // Nothing is queried, and a subscriber's being reachable changes nothing here.
                Event::Queried { .. }
                | Event::QueryFailed { .. }
                | Event::Alert { .. }
                | Event::PeerUnbound => {}
            }
        }
    }

    fn submitted(&mut self, ticket: u64, remote_id: &str) {
        let (message, part) = of_ticket(ticket);
        let remote = if remote_id.is_empty() {
            self.notices.push(Notice::NoRemoteId);
            // Unlike any id of the carrier's, and unlike any other part's.
            RemoteId::new(format!("none:{message}:{part}"))
        } else {
            RemoteId::new(&*self.options.numbering.common(remote_id, false))
        };
        self.answers.push(Answer::Submitted { message, part, remote });
    }

    fn refused(&mut self, ticket: u64, status: Status, now: Timestamp) {
        let (message, part) = of_ticket(ticket);
        self.notices.push(Notice::Refused(status));
        let (again, at_once) = match status.class() {
            Class::Throttled => {
                self.notices.extend(self.pace.throttled(now).map(Notice::Throttled));
                (Again::WhileValid, true)
            }
            Class::Retry => (Again::AFewTimes, false),
            // The binding's fault, not the message's.
            Class::Session => (Again::WhileValid, false),
            Class::Permanent | Class::Ok => (Again::No, true),
        };
        let answer = Answer::Refused { message, part, status: status.0, again };
        if at_once || self.draining {
            self.answers.push(answer);
        } else {
            self.cooling.push_back((now.after(COOLING), answer));
        }
    }

    fn delivered(
        &mut self,
        delivery: DeliveryRef,
        from: OwnedAddress,
        to: OwnedAddress,
        content: Delivery,
        now: Timestamp,
    ) {
        match content {
            Delivery::Receipt(receipt) => {
                self.reports.push(self.report(receipt));
                self.await_commit(delivery, None);
            }
            Delivery::UnreadableReceipt(_) => {
                self.notices.push(Notice::UnreadableReceipt);
                // There is nothing in it to make durable; unanswered it would come again for ever.
                self.session.acknowledge(delivery, now);
            }
            Delivery::Message(Arrived { payload, data_coding, concat: Some(place), .. })
                if place.total > 1 =>
            {
                let piece = Piece { from, to, place, data_coding, payload: payload.0, delivery };
                if let Some(joined) = self.joins.add(piece, now) {
                    self.joined(joined);
                }
            }
            Delivery::Message(message) => {
                let from = self.message(&from, &to, message.text);
                self.await_commit(delivery, from);
            }
        }
    }

    pub(super) fn joined(&mut self, joined: Joined) {
        let alphabet = alphabet(joined.data_coding, self.default_alphabet);
        let text = decode(alphabet, &joined.payload);
        let from = self.message(&joined.from, &joined.to, text);
        for delivery in joined.deliveries {
            self.await_commit(delivery, from);
        }
    }

    /// A message from a customer. Returns their number.
    fn message(&mut self, from: &OwnedAddress, to: &OwnedAddress, text: Option<String>) -> Option<Phone> {
        let Ok(phone) = phone(from, &self.options.country) else {
            self.notices.push(Notice::UnreadableMessage);
            return None;
        };
        if text.is_none() {
            self.notices.push(Notice::UnreadableMessage);
        }
        self.inbound.push(Inbound {
            route: self.options.route.clone(),
            from: phone,
            to: Arc::from(to.reveal()),
            text: Private::new(text.unwrap_or_default()),
        });
        Some(phone)
    }

    /// The delivery is answered when the batch that is being gathered is committed.
    fn await_commit(&mut self, delivery: DeliveryRef, from: Option<Phone>) {
        self.pending.push_back(Pending { batch: self.taken + 1, delivery, from });
    }

    fn report(&self, receipt: OwnedReceipt) -> Report {
        let remote = RemoteId::new(&*self.options.numbering.common(&receipt.remote_id, true));
        // What the carrier does not call final is a word from the way.
        let state = if receipt.is_final() {
            ReceiptState::from_code(receipt.state.code()).unwrap_or(ReceiptState::Enroute)
        } else {
            ReceiptState::Enroute
        };
        let network = receipt.network_error.map(|(network, code)| format!("{network}:{code}"));
        let error = receipt.error.or(network).map(Arc::from);
        Report { route: self.options.route.clone(), remote, state, error }
    }
}

/// A carrier's address as a number. One that it calls international is taken as it stands.
fn phone(address: &OwnedAddress, country: &str) -> Result<Phone, model::ParsePhoneError> {
    let digits = address.reveal();
    if address.ton == Ton::INTERNATIONAL && !digits.starts_with('+') {
        Phone::parse(&format!("+{digits}"), country)
    } else {
        Phone::parse(digits, country)
    }
}
