//! Writes a small log as the server would (tiles, entry bundles, checkpoint, keys) and some certificates from it, so that
//! verifiers, ours and others', have something to read.
//!
//! `demo_log DIRECTORY [ENTRIES [CERTIFICATES]]`. The keys are made from fixed seeds: they are worth nothing.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};

use proof::note::Algorithm;
use proof::opened::{Opened, OpenedEntry};
use proof::seal::commitment;
use proof::tile::SourceError;
use proof::{Certificate, Checkpoint, Kind, Leaf, SignerKey, TileBuilder, TileId, TileSource, Tiles};

/// What each message of the demo log goes through.
const LIFE: [Kind; 4] =
    [Kind::MessageDecided, Kind::MessageClaimed, Kind::PartSubmitted, Kind::ReceiptReceived];
/// CBOR: {"text": "您好"}
const DETAIL: &[u8] = b"\xa1\x64text\x66\xe6\x82\xa8\xe5\xa5\xbd";

/// A directory laid out as c2sp.org/tlog-tiles says.
struct Directory(PathBuf);

impl TileSource for Directory {
    fn tile(&self, id: TileId) -> Result<Vec<u8>, SourceError> {
        std::fs::read(self.0.join(id.to_string())).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => SourceError::Missing(id),
            _ => SourceError::Failed { tile: id, cause: error.into() },
        })
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let directory =
        PathBuf::from(arguments.next().ok_or("usage: demo_log DIRECTORY [ENTRIES [CERTIFICATES]]")?);
    let entries: u64 = arguments.next().map_or(Ok(1_000), |text| text.parse())?;
    let certificates: u64 = arguments.next().map_or(Ok(10), |text| text.parse())?;

    let log_key = SignerKey::from_seed("demo.example/ledger", Algorithm::Ed25519, &[1; 32])?;
    let witness = SignerKey::from_seed("witness.example", Algorithm::CosignatureV1, &[2; 32])?;
    write(&directory, "log.vkey", format!("{}\n", log_key.verifier()))?;
    write(&directory, "witness.vkey", format!("{}\n", witness.verifier()))?;

    let mut builder = TileBuilder::new();
    let mut messages: BTreeMap<u64, Vec<(u64, Vec<u8>)>> = BTreeMap::new();
    for position in 0..entries {
        let (message, leaf) = leaf(position)?;
        let index = builder.append(&leaf)?;
        messages.entry(message).or_default().push((index, leaf));
        // As a server does: some batches, then the files of the size that is signed.
        if position % 1_000 == 999 {
            drain(&directory, &mut builder)?;
        }
    }
    drain(&directory, &mut builder)?;
    let origin = log_key.verifier().name().to_owned();
    let mut note = Checkpoint { origin, size: builder.size(), root: builder.root() }.sign(&log_key)?;
    note.add(witness.sign(note.text(), 1_767_225_700));
    write(&directory, "checkpoint", note.to_text())?;

    let whole = messages.into_iter().filter(|(_, entries)| entries.len() == LIFE.len());
    let every = (entries / LIFE.len() as u64 / certificates.max(1)).max(1) as usize;
    for (message, entries) in whole.step_by(every).take(certificates as usize) {
        let source = Directory(directory.clone());
        let list: Vec<(u64, &[u8])> = entries.iter().map(|(index, leaf)| (*index, leaf.as_slice())).collect();
        let certificate = Certificate::build(&Tiles::new(&source, builder.size()), note.clone(), &list)?;
        write(&directory, &format!("certificates/{message}.tlog-proof"), certificate.to_text())?;
        let salt = salt(message);
        let opened = OpenedEntry { index: certificate.primary(), salt, detail: DETAIL.to_vec() };
        let opened = Opened { entries: vec![opened] };
        write(&directory, &format!("certificates/{message}.opened.json"), opened.to_json())?;
    }
    Ok(())
}

/// The lives of ten messages at a time interleave, so that a message's entries lie apart.
fn leaf(position: u64) -> Result<(u64, Vec<u8>), Box<dyn Error>> {
    let (group, rest) = (position / 40, position % 40);
    let (step, message) = (rest / 10, group * 10 + rest % 10);
    let kind = LIFE.get(step as usize).copied().ok_or("four steps")?;
    let mut leaf = Leaf { message: Some(message), ..Leaf::new(1_767_225_600_000 + position as i64, kind) };
    if kind == Kind::MessageDecided {
        leaf.class = Some(1);
        leaf.journey = Some("repayment_reminder@1".into());
        leaf.route = Some("smsc-a".into());
        leaf.parts = Some(1);
        leaf.cost_millifen = Some(3_500);
        leaf.commitment = Some(commitment(&salt(message), DETAIL));
    }
    Ok((message, leaf.encode()?))
}

/// A real salt is random; this one only differs.
fn salt(message: u64) -> [u8; 32] {
    proof::leaf_hash(&message.to_be_bytes()).0
}

fn drain(directory: &Path, builder: &mut TileBuilder) -> Result<(), Box<dyn Error>> {
    for (tile, bytes) in builder.drain() {
        write(directory, &tile.to_string(), bytes)?;
    }
    Ok(())
}

fn write(directory: &Path, name: &str, bytes: impl AsRef<[u8]>) -> Result<(), Box<dyn Error>> {
    let path = directory.join(name);
    std::fs::create_dir_all(path.parent().ok_or("a name has a directory")?)?;
    Ok(std::fs::write(path, bytes)?)
}
