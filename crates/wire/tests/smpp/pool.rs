//! Random material, and every PDU of SMPP 3.4 made of it.

use proptest::prelude::*;
use wire::smpp::esm::{EsmClass, RegisteredDelivery};
use wire::smpp::pdu::{
    AlertNotification, Bind, BindResp, CancelSm, DataSm, Destination, MessageResp, Outbind, QueryResp,
    QuerySm, ReplaceSm, ShortMessage, SubmitMulti, SubmitMultiResp, Unsuccessful,
};
use wire::smpp::tlv::{Shape, Tag, TlvBuf, Tlvs, Value};
use wire::smpp::{Address, BindKind, Npi, Pdu, Status, Ton};

/// What PDUs are made of. Owned, so that PDUs can borrow from it.
#[derive(Debug, Clone)]
pub(crate) struct Pool {
    /// Printable, and long enough for the longest field.
    pub(crate) text: Vec<u8>,
    pub(crate) octets: Vec<u8>,
    pub(crate) numbers: [u8; 8],
    pub(crate) timed: bool,
    pub(crate) submit_tlvs: TlvBuf,
    pub(crate) any_tlvs: TlvBuf,
    pub(crate) status: u32,
    pub(crate) sequence: u32,
}

pub(crate) fn pool() -> impl Strategy<Value = Pool> {
    (
        proptest::collection::vec(0x20u8..0x7f, 64..80),
        proptest::collection::vec(any::<u8>(), 0..=254),
        any::<[u8; 8]>(),
        any::<bool>(),
        tlvs(SUBMIT_TAGS),
        tlvs(Tag::ALL),
        any::<u32>(),
        1u32..0x8000_0000,
    )
        .prop_map(|(text, octets, numbers, timed, submit_tlvs, any_tlvs, status, sequence)| Pool {
            text,
            octets,
            numbers,
            timed,
            submit_tlvs,
            any_tlvs,
            status,
            sequence,
        })
}

/// Parameters that a submit_sm may carry.
const SUBMIT_TAGS: &[Tag] = &[
    Tag::USER_MESSAGE_REFERENCE,
    Tag::SOURCE_PORT,
    Tag::SAR_MSG_REF_NUM,
    Tag::SAR_TOTAL_SEGMENTS,
    Tag::SAR_SEGMENT_SEQNUM,
    Tag::SOURCE_SUBADDRESS,
    Tag::CALLBACK_NUM,
    Tag::QOS_TIME_TO_LIVE,
];

fn tlvs(tags: &'static [Tag]) -> impl Strategy<Value = TlvBuf> {
    let one = (0..tags.len(), any::<u32>(), proptest::collection::vec(1u8..0x7f, 0..65));
    proptest::collection::vec(one, 0..5).prop_map(move |picked| {
        let mut block = TlvBuf::new();
        for (at, number, octets) in picked {
            push(&mut block, tags[at], number, &octets);
        }
        block
    })
}

fn push(block: &mut TlvBuf, tag: Tag, number: u32, octets: &[u8]) {
    let value = match tag.shape().unwrap() {
        Shape::Empty => Value::Empty,
        Shape::One => Value::One(number as u8),
        Shape::Two => Value::Two(number as u16),
        Shape::Four => Value::Four(number),
        Shape::Text(max) => Value::Text(&octets[..octets.len().min(max - 1)]),
        Shape::Octets(min, max) => {
            let mut padded = octets.to_vec();
            padded.resize(padded.len().clamp(min, max), 7);
            return block.push(tag, Value::Octets(&padded)).unwrap();
        }
    };
    block.push(tag, value).unwrap();
}

impl Pool {
    fn text(&self, from: usize, max: usize) -> &[u8] {
        let number = usize::from(self.numbers[from % 8]);
        &self.text[..number % (max + 1)]
    }

    fn time(&self) -> &[u8] {
        if self.timed { b"260501080000032+" } else { b"" }
    }

    fn address(&self, from: usize, max: usize) -> Address<'_> {
        Address {
            ton: Ton(self.numbers[from % 8] % 7),
            npi: Npi([0, 1, 3, 4, 6, 8, 9, 10, 14, 18][usize::from(self.numbers[(from + 1) % 8]) % 10]),
            digits: self.text(from + 2, max),
        }
    }

    pub(crate) fn status(&self) -> Status {
        Status(self.status)
    }

    fn message(&self) -> ShortMessage<'_> {
        ShortMessage {
            service_type: self.text(0, 5),
            source: self.address(1, 20),
            destination: self.address(3, 20),
            esm_class: EsmClass(self.numbers[5]),
            protocol_id: self.numbers[6],
            priority: self.numbers[7] % 4,
            schedule_delivery_time: self.time(),
            validity_period: self.time(),
            registered_delivery: RegisteredDelivery(self.numbers[0]),
            replace_if_present: self.numbers[1] % 2,
            data_coding: self.numbers[2],
            canned_message: self.numbers[3],
            short_message: &self.octets,
            tlvs: self.submit_tlvs.view(),
        }
    }

    /// Every PDU of SMPP 3.4 with a body.
    pub(crate) fn bodies(&self) -> Vec<Pdu<'_>> {
        let bind = Bind {
            system_id: self.text(0, 15),
            password: self.text(1, 8),
            system_type: self.text(2, 12),
            interface_version: 0x34,
            addr_ton: Ton(self.numbers[4] % 7),
            addr_npi: Npi(1),
            address_range: self.text(3, 40),
        };
        let mut version = TlvBuf::new();
        version.push(Tag::SC_INTERFACE_VERSION, Value::One(0x34)).unwrap();
        let mut pdus = Vec::new();
        for kind in [BindKind::Transmitter, BindKind::Receiver, BindKind::Transceiver] {
            pdus.push(Pdu::Bind(kind, bind));
            pdus.push(Pdu::BindResp(kind, BindResp { system_id: self.text(4, 15), ..BindResp::default() }));
        }
        let [message, short] = [self.message(), self.message()];
        let destinations = vec![
            Destination::Address(self.address(2, 20)),
            Destination::List(&self.text[..20]),
            Destination::List(b"x"),
        ];
        let failed = Unsuccessful { address: self.address(5, 20), status: self.status() };
        pdus.extend([
            Pdu::Outbind(Outbind { system_id: self.text(5, 15), password: self.text(6, 8) }),
            Pdu::Submit(message),
            Pdu::SubmitResp(MessageResp::new(self.text(1, 64))),
            Pdu::SubmitMulti(SubmitMulti {
                destinations,
                message: ShortMessage { destination: Address::default(), ..short },
            }),
            Pdu::SubmitMultiResp(SubmitMultiResp {
                message_id: self.text(2, 64),
                unsuccessful: vec![failed; 3],
            }),
            Pdu::Deliver(ShortMessage {
                schedule_delivery_time: b"",
                validity_period: b"",
                replace_if_present: 0,
                canned_message: 0,
                ..self.message()
            }),
            Pdu::DeliverResp(MessageResp::new(b"")),
            Pdu::Data(DataSm {
                service_type: self.text(3, 5),
                source: self.address(4, 64),
                destination: self.address(6, 64),
                esm_class: EsmClass(self.numbers[1]),
                registered_delivery: RegisteredDelivery(self.numbers[2]),
                data_coding: self.numbers[3],
                tlvs: self.submit_tlvs.view(),
            }),
            Pdu::DataResp(MessageResp::new(self.text(4, 64))),
        ]);
        pdus.extend(self.management());
        pdus
    }

    fn management(&self) -> Vec<Pdu<'_>> {
        vec![
            Pdu::Query(QuerySm { message_id: self.text(5, 64), source: self.address(6, 20) }),
            Pdu::QueryResp(QueryResp {
                message_id: self.text(6, 64),
                final_date: self.time(),
                message_state: self.numbers[0] % 9,
                error_code: self.numbers[1],
                tlvs: Tlvs::NONE,
            }),
            Pdu::Cancel(CancelSm {
                service_type: self.text(7, 5),
                message_id: self.text(0, 64),
                source: self.address(1, 20),
                destination: self.address(2, 20),
            }),
            Pdu::Replace(ReplaceSm {
                message_id: self.text(3, 64),
                source: self.address(4, 20),
                schedule_delivery_time: self.time(),
                validity_period: self.time(),
                registered_delivery: RegisteredDelivery(self.numbers[5]),
                canned_message: self.numbers[6],
                short_message: &self.octets,
            }),
            Pdu::AlertNotification(AlertNotification {
                source: self.address(7, 64),
                esme: self.address(0, 64),
                ..AlertNotification::default()
            }),
        ]
    }

    /// Every PDU of SMPP 3.4 that is a header and nothing else.
    pub(crate) fn headers() -> [Pdu<'static>; 7] {
        [
            Pdu::Unbind,
            Pdu::UnbindResp,
            Pdu::GenericNack,
            Pdu::CancelResp,
            Pdu::ReplaceResp,
            Pdu::EnquireLink,
            Pdu::EnquireLinkResp,
        ]
    }
}
