//! Random messages' certificates: made from the journal and the log's files, verified by our crate and by a program in Go
//! that shares no line with it.

use crate::reconcile::Ledger;
use hongyan_tests::bench::Error;
use hongyan_tests::bench::figures::Figures;
use model::Timestamp;
use node::{Follower, Node, Publication, TileStore, inquiry};
use proof::SignerKey;
use proof::note::Algorithm;
use server::tiles::Directory;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// The log's name.
const ORIGIN: &str = "hongyan.example/berka";
/// Under which key the views would find customers; nobody looks for any here.
const INDEX_KEY: [u8; 32] = [0; 32];
/// What draws the messages.
const SEED: u64 = 1_994;

/// Publishes the log, writes so many certificates, and has each verified twice.
///
/// # Errors
/// Files that cannot be written, a log that cannot be grown.
pub(crate) fn check(
    node: &Node,
    folder: &Path,
    ledger: &Ledger,
    count: usize,
    now: Timestamp,
    figures: &mut Figures,
) -> Result<(), Error> {
    let log = folder.join("log");
    let directory = Arc::new(Directory::open(&log)?);
    let signer = SignerKey::from_seed(ORIGIN, Algorithm::Ed25519, &[7; 32])?;
    let verifier = signer.verifier().clone();
    fs::write(folder.join("log.vkey"), format!("{verifier}\n"))?;
    let publication = Publication::open(Arc::clone(&directory) as Arc<dyn TileStore>, signer, ORIGIN)?;
    let views = store::open_views(&format!("sqlite:{}", folder.join("views.db").display()))?;
    let mut follower = Follower::new(node.reader(), node.keys(), publication, views, INDEX_KEY)?;
    let covered = follower.catch_up(now)?;
    figures.hold(
        covered == node.reader().len(),
        format!("the checkpoint covers {covered} of {}", node.reader().len()),
    );

    let ids: Vec<u64> = ledger.messages.keys().copied().collect();
    let mut verified = 0;
    let mut files = Vec::new();
    for n in 0..count.min(ids.len()) {
        let Some(trace) = ids.get(draw(n as u64, ids.len())).and_then(|id| ledger.messages.get(id)) else {
            continue;
        };
        let made = inquiry::certificate(&*node.reader(), &*directory, &trace.indices)?;
        let text = made.ok_or("expected a checkpoint that covers every message")?.to_text();
        let read = proof::Certificate::parse(text.as_bytes())?;
        match read.verify(&verifier, &[], 0) {
            Ok(_) => verified += 1,
            Err(error) => figures.hold(false, format!("certificate {n}: {error}")),
        }
        let file = folder.join(format!("{n}.tlog-proof"));
        fs::write(&file, &text)?;
        files.push(file);
    }
    figures.add("certificates_verified", verified);
    figures.hold(verified == count, format!("certificates: expected {count} verified, found {verified}"));
    match in_go(folder, &log, &files) {
        Ok(verified) => {
            figures.add("certificates_verified_in_go", verified);
            figures
                .hold(verified == count, format!("certificates in Go: expected {count}, found {verified}"));
        }
        Err(Go::Missing(why)) => {
            eprintln!("skipped: the verifier in Go: {why}");
            figures.add("certificates_verified_in_go", why);
        }
        Err(Go::Failed(why)) => figures.hold(false, format!("the verifier in Go: {why}")),
    }
    Ok(())
}

/// A number below `below`: SplitMix64 (Steele, Lea, Flood 2014), one draw for each `n`.
fn draw(n: u64, below: usize) -> usize {
    let mut z = SEED.wrapping_add((n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) % below.max(1) as u64) as usize
}

enum Go {
    Missing(String),
    Failed(String),
}

/// Builds the verifier in Go with Debian's packages and has it read the certificates and the whole log.
fn in_go(folder: &Path, log: &Path, files: &[PathBuf]) -> Result<usize, Go> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("verifiers/go");
    let program = folder.join("verify");
    let mut build = Command::new("go");
    build.arg("build").arg("-o").arg(&program).arg(".").current_dir(source);
    build
        .env("GO111MODULE", "off")
        .env("GOPATH", "/usr/share/gocode")
        .env("GOCACHE", folder.join("go-cache"));
    let built = build.output().map_err(|e| Go::Missing(format!("go: {e}")))?;
    if !built.status.success() {
        return Err(Go::Missing(String::from_utf8_lossy(&built.stderr).trim().to_owned()));
    }
    let mut verify = Command::new(program);
    verify.arg("-key").arg(folder.join("log.vkey")).arg("-tiles").arg(log).args(files);
    let said = verify.output().map_err(|e| Go::Failed(e.to_string()))?;
    if !said.status.success() {
        return Err(Go::Failed(String::from_utf8_lossy(&said.stderr).trim().to_owned()));
    }
    // One line for each file, and one for the log as a whole.
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    Ok(said.lines().filter(|line| line.starts_with("ok ") && line.contains(".tlog-proof ")).count())
}
