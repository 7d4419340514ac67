//! Measures the hot paths of this crate and prints one JSON line: nanoseconds per leaf encoded, decoded and appended to the
//! log, per detail sealed, opened and committed to, and microseconds per proof and per certificate.
//!
//! `cargo run --release -p hongyan-proof --example proof_bench`

use std::collections::HashMap;
use std::hint::black_box;
use std::time::Instant;

use proof::note::Algorithm;
use proof::seal::{commitment, open, seal};
use proof::tile::SourceError;
use proof::tree::verify_inclusion;
use proof::{
    Certificate, Checkpoint, Hash, Kind, Leaf, SealKey, SignerKey, TileBuilder, TileId, TileSource, Tiles,
};

const LEAVES: u64 = 1_000_000;
const PROOFS: u64 = 10_000;

struct Memory(HashMap<TileId, Vec<u8>>);

impl TileSource for Memory {
    fn tile(&self, id: TileId) -> Result<Vec<u8>, SourceError> {
        self.0.get(&id).cloned().ok_or(SourceError::Missing(id))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (encode_ns, decode_ns, bytes) = leaves()?;
    let (seal_ns, open_ns, commitment_ns) = seals()?;

    let leaf = example(0, Kind::MessageDecided).encode()?;
    let (mut builder, mut files) = (TileBuilder::new(), Memory(HashMap::new()));
    let started = Instant::now();
    for index in 0..LEAVES {
        builder.append(&leaf)?;
        if index % 2_000 == 1_999 {
            files.0.extend(builder.drain());
        }
    }
    let append_ns = per(started, LEAVES);

    let (root, mut proof) = (builder.root(), Vec::new());
    let started = Instant::now();
    for number in 0..PROOFS / 100 {
        proof = Tiles::new(&files, LEAVES).inclusion(number * 9_973 % LEAVES, LEAVES)?;
    }
    let prove_ns = per(started, PROOFS / 100);
    let index = (PROOFS / 100 - 1) * 9_973 % LEAVES;
    let started = Instant::now();
    for _ in 0..PROOFS {
        verify_inclusion(index, proof::leaf_hash(&leaf), LEAVES, root, black_box(&proof))?;
    }
    let check_ns = per(started, PROOFS);
    let (build_ns, verify_ns, certificate_bytes) = certificates()?;
    println!(
        "{{\"leaf_bytes\":{bytes},\"encode_ns\":{encode_ns},\"decode_ns\":{decode_ns},\"append_ns\":{append_ns},\
         \"appends_per_s\":{},\"seal_200_ns\":{seal_ns},\"open_200_ns\":{open_ns},\"commitment_200_ns\":{commitment_ns},\
         \"prove_us\":{},\"check_us\":{},\"certificate_bytes\":{certificate_bytes},\"certificate_build_us\":{},\
         \"certificate_verify_us\":{}}}",
        1_000_000_000 / append_ns.max(1),
        prove_ns / 1_000,
        check_ns / 1_000,
        build_ns / 1_000,
        verify_ns / 1_000,
    );
    Ok(())
}

fn leaves() -> Result<(u64, u64, usize), proof::entry::Error> {
    let mut out = Vec::with_capacity(1 << 10);
    let started = Instant::now();
    for number in 0..LEAVES {
        out.clear();
        example(number, Kind::MessageDecided).encode_into(black_box(&mut out))?;
    }
    let encode_ns = per(started, LEAVES);
    let started = Instant::now();
    for _ in 0..LEAVES {
        black_box(Leaf::decode(black_box(&out))?);
    }
    Ok((encode_ns, per(started, LEAVES), out.len()))
}

fn seals() -> Result<(u64, u64, u64), proof::seal::Error> {
    let (key, salt, detail) = (SealKey([1; 32]), [2; 32], [3; 200]);
    let mut out = Vec::with_capacity(1 << 10);
    let started = Instant::now();
    for number in 0..LEAVES {
        out.clear();
        let [a, b, c, d, e, f, g, h] = number.to_be_bytes();
        seal(&mut out, &key, [0, 0, 0, 0, a, b, c, d, e, f, g, h], &salt, number, black_box(&detail))?;
    }
    let seal_ns = per(started, LEAVES);
    let started = Instant::now();
    for _ in 0..LEAVES {
        black_box(open(&key, LEAVES - 1, black_box(&out))?);
    }
    let open_ns = per(started, LEAVES);
    let started = Instant::now();
    for _ in 0..LEAVES {
        black_box(commitment(&salt, black_box(&detail)));
    }
    Ok((seal_ns, open_ns, per(started, LEAVES)))
}

/// Certificates of a message with four entries in a log of 100,000.
fn certificates() -> Result<(u64, u64, usize), Box<dyn std::error::Error>> {
    let kinds = [Kind::MessageDecided, Kind::MessageClaimed, Kind::PartSubmitted, Kind::ReceiptReceived];
    let leaves = kinds.map(|kind| example(7, kind).encode());
    let (mut builder, mut entries) = (TileBuilder::new(), Vec::new());
    for leaf in &leaves {
        let leaf = leaf.as_ref().map_err(Clone::clone)?;
        entries.push((builder.append(leaf)?, leaf.as_slice()));
        (0..25_000).try_for_each(|_| builder.append(b"another").map(drop))?;
    }
    let key = SignerKey::from_seed("bench.example/log", Algorithm::Ed25519, &[1; 32])?;
    let checkpoint =
        Checkpoint { origin: key.verifier().name().to_owned(), size: builder.size(), root: builder.root() };
    let note = checkpoint.sign(&key)?;
    let files = Memory(builder.drain().into_iter().collect());
    let (mut certificate, started) = (None, Instant::now());
    for _ in 0..100 {
        certificate = Some(Certificate::build(&Tiles::new(&files, builder.size()), note.clone(), &entries)?);
    }
    let build_ns = per(started, 100);
    let text = certificate.map(|certificate| certificate.to_text()).unwrap_or_default();
    let started = Instant::now();
    for _ in 0..1_000 {
        Certificate::parse(black_box(text.as_bytes()))?.verify(key.verifier(), &[], 0)?;
    }
    Ok((build_ns, per(started, 1_000), text.len()))
}

fn example(number: u64, kind: Kind) -> Leaf<'static> {
    Leaf {
        message: Some(1 << 40 | number),
        class: Some(1),
        journey: Some("account_change@12".into()),
        route: Some("smsc-a".into()),
        parts: Some(1),
        cost_millifen: Some(3_500),
        world: Some(Hash([1; 32])),
        template: Some(Hash([2; 32])),
        commitment: Some(Hash([3; 32])),
        ..Leaf::new(1_767_225_600_000, kind)
    }
}

fn per(started: Instant, count: u64) -> u64 {
    started.elapsed().as_nanos() as u64 / count
}
