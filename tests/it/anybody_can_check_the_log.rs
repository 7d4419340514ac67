//! The log over HTTP, as an auditor reads it: signed checkpoints, tiles whose hashes make their roots, and every later
//! tree begins with every earlier one.

use hongyan_tests::bank::{customer, movement};
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use hongyan_tests::wait_for;
use proof::tile::{SourceError, entries};
use proof::tree::{verify_consistency, verify_inclusion};
use proof::{Checkpoint, Leaf, Level, TileId, TileSource, Tiles, VerifierKey, leaf_hash, note};

struct OverHttp<'a>(&'a Server<'a>);

impl TileSource for OverHttp<'_> {
    fn tile(&self, id: TileId) -> Result<Vec<u8>, SourceError> {
        let answer = self.0.get(&format!("/log/{id}"));
        if answer.status == 200 { Ok(answer.body) } else { Err(SourceError::Missing(id)) }
    }
}

/// The first checkpoint that covers so many entries.
fn checkpoint(server: &Server<'_>, key: &VerifierKey, least: u64) -> Checkpoint {
    wait_for("a checkpoint", || {
        let answer = server.get("/log/checkpoint");
        if answer.status == 503 {
            return None;
        }
        let note = note::parse(&answer.body).unwrap();
        let checkpoint = Checkpoint::verify(&note, key, &[], 0).unwrap().0;
        (checkpoint.size >= least).then_some(checkpoint)
    })
}

#[test]
fn anybody_can_check_the_log() {
    let (folder, smsc) = (Folder::new("log"), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    let server = Server::start(&folder);
    let key =
        VerifierKey::parse(std::fs::read_to_string(folder.data().join("log.vkey")).unwrap().trim()).unwrap();
    let mut seen: Vec<Checkpoint> = Vec::new();
    for round in 0..4 {
        let people: Vec<_> = (0..30).map(|n| customer(round * 30 + n)).collect();
        server.customers(&people);
        let events: Vec<_> =
            (0..30).map(|n| movement(&format!("e-{round}-{n}"), round * 30 + n, "10.00", "书店")).collect();
        server.events(&events);
        server.reaches("/deliver/delivered", 30 * (round as u64 + 1));
        let entries = server.figure("/prove/entries");
        seen.push(checkpoint(&server, &key, entries));
    }
    let source = OverHttp(&server);
    let newest = seen.last().unwrap().clone();
    assert!(newest.size > 512, "more than two full tiles: {}", newest.size);
    assert_eq!(newest.origin, "hongyan.example/ledger");
    let tiles = Tiles::new(&source, newest.size);
    for old in &seen {
        assert_eq!(tiles.root(old.size).unwrap(), old.root);
        let proof = tiles.consistency(old.size, newest.size).unwrap();
        verify_consistency(old.size, old.root, newest.size, newest.root, &proof).unwrap();
    }
    for index in [0, 1, 255, 256, 511, newest.size - 1] {
        let bundle = source.tile(TileId::new(Level::Entries, index / 256, 256).unwrap());
        let width = u16::try_from(newest.size % 256).unwrap();
        let bundle =
            bundle.or_else(|_| source.tile(TileId::new(Level::Entries, index / 256, width).unwrap()));
        let bundle = bundle.unwrap();
        let leaf = entries(&bundle).unwrap()[usize::try_from(index % 256).unwrap()];
        Leaf::decode(leaf).unwrap();
        let proof = tiles.inclusion(index, newest.size).unwrap();
        verify_inclusion(index, leaf_hash(leaf), newest.size, newest.root, &proof).unwrap();
    }

    // A log that was cut short by a power cut goes on; it never forks.
    server.kill();
    let server = Server::start(&folder);
    server.customers(&[customer(999)]);
    let next = checkpoint(&server, &key, newest.size + 1);
    let source = OverHttp(&server);
    let proof = Tiles::new(&source, next.size).consistency(newest.size, next.size).unwrap();
    verify_consistency(newest.size, newest.root, next.size, next.root, &proof).unwrap();
    server.stop();
}
