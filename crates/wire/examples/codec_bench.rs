//! Prints what the codec and the two sessions cost: PDUs a second and nanoseconds each, on one core.
//!
//! `cargo run --release -p hongyan-wire --example codec_bench`. The last line is JSON. Nothing depends on it.

use model::{Span, Timestamp};
use std::hint::black_box;
use std::time::Instant;
use wire::smpp::esm::{EsmClass, RegisteredDelivery};
use wire::smpp::pdu::{self, ShortMessage};
use wire::smpp::peer::{self, ServerSession};
use wire::smpp::receipt::{self, Report, State};
use wire::smpp::session::{Delivery, Event, Payload};
use wire::smpp::{Address, Config, Pdu, Session, Status, Submit, coding, frame};

const MESSAGES: u64 = 1_000_000;
const WINDOW: usize = 200;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut text = Vec::new();
    coding::encode_ucs2(
        &mut text,
        "【鸿雁银行】您尾号1234的账户5月1日08:00支出人民币2,500.00元，余额18,200.35元。",
    );
    let submit = Submit {
        source: Address::new(wire::smpp::Ton::UNKNOWN, wire::smpp::Npi::ISDN, "1069012345"),
        destination: Address::international("8613800001234"),
        data_coding: coding::UCS2,
        payload: Payload(&text),
        registered_delivery: RegisteredDelivery::FINAL,
        ..Submit::default()
    };
    let encode_submit = encode(&submit)?;
    let decode_answer = decode_answers()?;
    let (decode_receipt, read_receipt) = receipts()?;
    let life = life_cycle(&submit)?;
    println!(
        "{{\"bench\":\"smpp_codec\",\"encode_submit_ns\":{encode_submit:.0},\"decode_submit_resp_ns\":{decode_answer:.0},\
         \"decode_receipt_ns\":{decode_receipt:.0},\"read_receipt_text_ns\":{read_receipt:.0},\
         \"life_cycle_both_sides_ns\":{life:.0}}}"
    );
    Ok(())
}

fn report(what: &str, started: Instant) -> f64 {
    let nanoseconds = started.elapsed().as_nanos() as f64 / MESSAGES as f64;
    println!("{what:<58} {:>6.2} M/s {nanoseconds:>7.0} ns", 1_000.0 / nanoseconds);
    nanoseconds
}

fn encode(submit: &Submit<'_>) -> Result<f64, Box<dyn std::error::Error>> {
    let mut out = Vec::with_capacity(1 << 20);
    let started = Instant::now();
    for sequence in 0..MESSAGES {
        if out.len() > (1 << 20) - 1_024 {
            out.clear();
        }
        black_box(submit).encode(&mut out, sequence as u32)?;
    }
    Ok(report("encode submit_sm", started))
}

fn decode_answers() -> Result<f64, Box<dyn std::error::Error>> {
    let mut stream = Vec::new();
    let answer = Pdu::SubmitResp(pdu::MessageResp::new(b"0123456789abcdef"));
    pdu::encode(&mut stream, Status::OK, 7, &answer)?;
    let started = Instant::now();
    for _ in 0..MESSAGES {
        let frame = frame::split(&mut black_box(&stream[..]))?.ok_or("a whole pdu")?;
        black_box(pdu::decode(&frame)?);
    }
    Ok(report("split and decode submit_sm_resp", started))
}

fn receipts() -> Result<(f64, f64), Box<dyn std::error::Error>> {
    let report_written = Report {
        remote_id: "0123456789abcdef",
        state: State::Delivered,
        error: 0,
        submitted: "2605010800",
        done: "2605010801",
    };
    let mut text = Vec::new();
    report_written.write_text(&mut text);
    let tlvs = report_written.tlvs()?;
    let message = ShortMessage {
        source: Address::international("8613800001234"),
        destination: Address::international("1069012345"),
        esm_class: EsmClass::RECEIPT,
        short_message: &text,
        tlvs: tlvs.view(),
        ..ShortMessage::default()
    };
    let mut stream = Vec::new();
    pdu::encode(&mut stream, Status::OK, 7, &Pdu::Deliver(message))?;
    let started = Instant::now();
    for _ in 0..MESSAGES {
        let frame = frame::split(&mut black_box(&stream[..]))?.ok_or("a whole pdu")?;
        let Pdu::Deliver(message) = pdu::decode(&frame)? else { return Err("a deliver_sm".into()) };
        black_box(receipt::read(message.esm_class, message.tlvs, message.payload()));
    }
    let decode = report("split, decode and read deliver_sm with a receipt", started);
    let started = Instant::now();
    for _ in 0..MESSAGES {
        black_box(receipt::read_text(black_box(&text)));
    }
    Ok((decode, report("read the text of a receipt alone", started)))
}

/// submit, answer, receipt, acknowledgement, through both sessions in memory.
fn life_cycle(submit: &Submit<'_>) -> Result<f64, Box<dyn std::error::Error>> {
    let now = Timestamp(0);
    let mut config = Config::new("bench", "secret");
    config.window = WINDOW;
    config.response_timeout = Span::seconds(60);
    let mut client = Session::new(config, 1)?;
    let mut server_config = peer::Config::new("smsc");
    server_config.window = WINDOW;
    let mut server = ServerSession::new(server_config, now);
    client.connected(now);
    let (mut sent, mut finished) = (0u64, 0u64);
    let started = Instant::now();
    while finished < MESSAGES {
        while client.window_free() > 0 && sent < MESSAGES {
            client.submit(sent, submit, now)?;
            sent += 1;
        }
        server.receive(client.output(), now);
        client.output().clear();
        while let Some(event) = server.event() {
            serve(&mut server, event, now)?;
        }
        client.receive(server.output(), now);
        server.output().clear();
        while let Some(event) = client.event() {
            if let Event::Delivered { delivery, content: Delivery::Receipt(receipt), .. } = event {
                finished += u64::from(receipt.is_final());
                client.acknowledge(delivery, now);
            }
        }
    }
    Ok(report("submit, answer, receipt, acknowledgement: both sessions", started))
}

fn serve(
    server: &mut ServerSession,
    event: peer::Event,
    now: Timestamp,
) -> Result<(), Box<dyn std::error::Error>> {
    match event {
        peer::Event::Bind(_) => server.accept_bind()?,
        peer::Event::Submit { sequence, message } => {
            let remote_id = sequence.to_string();
            server.answer_submit(sequence, Status::OK, &remote_id)?;
            let mut text = Vec::new();
            Report {
                remote_id: &remote_id,
                state: State::Delivered,
                error: 0,
                submitted: "2605010800",
                done: "2605010801",
            }
            .write_text(&mut text);
            let receipt = ShortMessage {
                source: message.destination.borrow(),
                destination: message.source.borrow(),
                esm_class: EsmClass::RECEIPT,
                short_message: &text,
                ..ShortMessage::default()
            };
            server.deliver(u64::from(sequence), &receipt, now)?;
        }
        _ => {}
    }
    Ok(())
}
