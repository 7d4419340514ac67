//! `hongyan rebuild`: everything derived is grown again from the journal, and must come out the same.

use super::Ended;
use crate::draft::Draft;
use crate::settings::Settings;
use crate::stores;
use node::{Follower, Publication};
use server::tiles::Directory;
use std::process::ExitCode;
use std::sync::Arc;

/// Rebuild the log's files and the views from the journal and compare
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {}

/// The file in which a server that stops leaves its position and the digest of its memory.
pub(crate) const STATE_FILE: &str = "state.digest";

/// Rebuilds.
pub(crate) fn run(settings: &Settings, _: &Arguments) -> Ended {
    let options = stores::open(settings, Draft::of(settings.config.as_deref(), Vec::new())?)?.options;
    let mut same = true;
    let mut compare = |what: &str, before: String, after: String| {
        let verdict = if before == after { "the same" } else { "DIFFERENT" };
        say!("{what:<18} {verdict}: {after}");
        same &= before == after;
    };

    let journal = options.journal.reader();
    let keys = options.keys.reader();
    let mut remembered = engine::state::State::default();
    let replayed = node::replay(&mut remembered, &*journal, keys.clone())?;
    say!("replayed {} entries", replayed.entries);
    let state = format!("{} {}", remembered.position, remembered.digest().to_hex());
    match std::fs::read_to_string(settings.data.join(STATE_FILE)) {
        Ok(left) if left.split(' ').next() == state.split(' ').next() => {
            compare("state", left.trim().to_owned(), state)
        }
        _ => say!("{:<18} {state} (no server has left its own at this position)", "state"),
    }

    let mut views = options.views;
    let before = (views.position()?, hex(&views.reader()?.digest()?));
    let log = Arc::new(Directory::open(&settings.data.join("log"))?);
    let checkpoint = node::TileStore::checkpoint(&*log)?;
    views.clear()?;
    log.clear()?;
    let publication =
        Publication::open(Arc::clone(&log) as Arc<dyn node::TileStore>, options.signer, &options.origin)?;
    let reader = views.reader()?;
    let mut follower = Follower::new(journal, keys, publication, views, options.index_key)?;
    follower.catch_up(server::now())?;
    let after = (reader.position()?, hex(&reader.digest()?));
    if before.0 == after.0 {
        compare("views", before.1, after.1);
    } else {
        say!("{:<18} were at {}, now at {}: {}", "views", before.0, after.0, after.1);
    }
    let root = |note: &[u8]| -> Option<proof::Checkpoint> {
        proof::Checkpoint::parse(proof::note::parse(note).ok()?.text()).ok()
    };
    let (old, new) =
        (checkpoint.as_deref().and_then(root), node::TileStore::checkpoint(&*log)?.as_deref().and_then(root));
    if let (Some(old), Some(new)) = (old, new) {
        let tiles = proof::Tiles::new(&*log, new.size);
        compare("tree", old.root.to_hex(), tiles.root(old.size)?.to_hex());
    }
    Ok(if same { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
