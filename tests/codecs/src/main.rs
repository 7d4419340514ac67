//! Encodes and decodes one submit_sm with our codec and with those of `rusmpp` and `smpp34`, in turns on one core, and
//! prints messages a second. Each gets the best of its rounds, so that foreign work on the machine counts least.
//!
//! `cargo xtask bench codec` starts it and judges. Encoding starts from a value that is built already (ours borrows its
//! fields, the others own them; `smpp34` consumes its value, so its copy is part of its price) and ends in octets.
//! Decoding starts from octets and ends in a value whose text and addresses can be read.

use bytes::BytesMut;
use rusmpp::decode::DecodeWithLength;
use rusmpp::encode::Encode;
use std::hint::black_box;
use std::time::{Duration, Instant};
use wire::smpp::{Pdu, Status, frame, pdu};

/// Messages in one buffer of 62 KiB, about what a socket is read into at once.
const BATCH: usize = 512;
/// Messages in one round of one codec.
const MESSAGES: usize = BATCH * BATCHES;
const BATCHES: usize = 200;
/// Rounds, of which the best counts.
const ROUNDS: usize = 15;
const OCTETS: usize = 124;
const TEXT: &[u8] = b"Your account ending 1234 was debited CNY 2,500.00 on 1 May 08:00. BANK-A";

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let octets = submit_sm();
    if octets.len() != OCTETS || TEXT.len() != 72 {
        return Err(format!("expected a pdu of {OCTETS} octets, found {}", octets.len()).into());
    }
    let mut best = [[0f64; 3]; 3];
    for _ in 0..ROUNDS {
        for (codec, rates) in [ours(&octets)?, rusmpp(&octets)?, smpp34(&octets)?].into_iter().enumerate() {
            for (kind, rate) in rates.into_iter().enumerate() {
                best[codec][kind] = best[codec][kind].max(rate);
            }
        }
    }
    for (name, [encode, decode, both]) in ["ours", "rusmpp 0.4", "smpp34 1.5"].into_iter().zip(best) {
        println!(
            "{name:<12} encode {:>6.2} M/s   decode {:>6.2} M/s   both {:>6.2} M/s   ours is {:.1} times as fast",
            encode / 1e6,
            decode / 1e6,
            both / 1e6,
            best[0][2] / both
        );
    }
    let [ours, rusmpp, smpp34] = best.map(|[encode, decode, both]| {
        serde_json::json!({
            "encode_per_second": encode.round(), "decode_per_second": decode.round(), "both_per_second": both.round(),
        })
    });
    let figures = serde_json::json!({
        "bench": "codec", "octets": OCTETS, "machine": machine(), "ours": ours, "rusmpp": rusmpp, "smpp34": smpp34,
    });
    println!("{figures}");
    Ok(())
}

/// The message, written field by field (§4.4.1) and not by any of the codecs that are measured.
fn submit_sm() -> Vec<u8> {
    let mut pdu = vec![0, 0, 0, OCTETS as u8, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 7];
    pdu.push(0);
    pdu.extend(b"\x00\x01106901\0");
    pdu.extend(b"\x01\x018613800001234\0");
    pdu.extend([0, 0, 0, 0, 0, 1, 0, 0, 0, TEXT.len() as u8]);
    pdu.extend(TEXT);
    pdu
}

/// Messages a second of one round, given the time its batches took.
fn rate(took: Duration) -> f64 {
    MESSAGES as f64 / took.as_secs_f64()
}

/// The time that all batches take; `prepare` is not counted.
fn batches<T>(
    mut prepare: impl FnMut() -> T,
    mut run: impl FnMut(T) -> Result<(), Failure>,
) -> Result<Duration, Failure> {
    let mut took = Duration::ZERO;
    for _ in 0..BATCHES {
        let prepared = prepare();
        let started = Instant::now();
        run(prepared)?;
        took += started.elapsed();
    }
    Ok(took)
}

fn both(encode: f64, decode: f64) -> f64 {
    1.0 / (1.0 / encode + 1.0 / decode)
}

fn ours(octets: &[u8]) -> Result<[f64; 3], Failure> {
    let stream = octets.repeat(BATCH);
    let decode = batches(
        || &stream[..],
        |mut rest| {
            while let Some(frame) = frame::split(&mut rest)? {
                let Pdu::Submit(message) = pdu::decode(&frame)? else {
                    return Err("expected a submit_sm".into());
                };
                black_box(&message);
            }
            Ok(())
        },
    )?;
    let frame = frame::split(&mut &*octets)?.ok_or("expected a whole pdu")?;
    let value = pdu::decode(&frame)?;
    let mut out = stream.clone();
    let encode = batches(
        || (),
        |()| {
            out.clear();
            for sequence in 0..BATCH {
                pdu::encode(&mut out, Status::OK, sequence as u32, black_box(&value))?;
            }
            Ok(())
        },
    )?;
    if out.len() != stream.len() || out[16..octets.len()] != octets[16..] {
        return Err("ours wrote other octets".into());
    }
    let (encode, decode) = (rate(encode), rate(decode));
    Ok([encode, decode, both(encode, decode)])
}

fn rusmpp(octets: &[u8]) -> Result<[f64; 3], Failure> {
    // Its commands start after the length, and take their fields out of the buffer without copying them.
    let stream = octets.repeat(BATCH);
    let read = |mut body: BytesMut| {
        let read = rusmpp::Command::decode(&mut body, octets.len() - 4);
        read.map(|(command, _)| command).map_err(|error| Failure::from(format!("{error:?}")))
    };
    let decode = batches(
        || BytesMut::from(&stream[..]),
        |mut stream| {
            while !stream.is_empty() {
                let _length = stream.split_to(4);
                black_box(&read(stream.split_to(octets.len() - 4))?);
            }
            Ok(())
        },
    )?;
    let value = read(BytesMut::from(&octets[4..]))?;
    let mut out = stream.clone();
    let encode = batches(
        || (),
        |()| {
            for place in out.chunks_mut(octets.len()) {
                place[..4].copy_from_slice(&(OCTETS as u32).to_be_bytes());
                black_box(&value).encode(&mut place[4..]);
            }
            Ok(())
        },
    )?;
    if out[..octets.len()] != *octets {
        return Err("rusmpp wrote other octets".into());
    }
    let (encode, decode) = (rate(encode), rate(decode));
    Ok([encode, decode, both(encode, decode)])
}

fn smpp34(octets: &[u8]) -> Result<[f64; 3], Failure> {
    let read = |octets: &[u8]| {
        let header = smpp34::CommandHeader::decode(octets);
        let read = header.and_then(|header| smpp34::submit_sm::decode(header, octets));
        read.map_err(|error| Failure::from(format!("{error:?}")))
    };
    let stream = octets.repeat(BATCH);
    let decode = batches(
        || &stream[..],
        |stream| {
            for octets in stream.chunks(octets.len()) {
                black_box(&read(octets)?);
            }
            Ok(())
        },
    )?;
    let value = read(octets)?;
    if value.clone().encode() != octets {
        return Err("smpp34 wrote other octets".into());
    }
    let encode = batches(
        || (),
        |()| {
            for _ in 0..BATCH {
                black_box(&black_box(&value).clone().encode());
            }
            Ok(())
        },
    )?;
    let (encode, decode) = (rate(encode), rate(decode));
    Ok([encode, decode, both(encode, decode)])
}

/// The processor's name, where the system tells it.
fn machine() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    name.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.trim().to_owned())
}
