//! The shipped maps against the real tables of a bank, where these are at hand (`HONGYAN_DATA`).

use super::*;
use std::collections::BTreeSet;

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../library/maps").join(name)
}

#[test]
fn the_shipped_maps_have_no_mistakes() {
    for (name, kind) in [("berka-customers.toml", Kind::Customers), ("berka-transactions.toml", Kind::Events)]
    {
        let text = fs::read_to_string(shipped(name)).unwrap();
        let mistakes = Map::read(name, &text, kind).err().unwrap_or_default();
        assert_eq!(mistakes, []);
    }
}

#[test]
fn every_client_and_transaction_of_a_real_bank_goes_in() {
    let Some(data) = std::env::var_os("HONGYAN_DATA") else {
        println!("skipped: HONGYAN_DATA does not name the folder with the tables of the bank");
        return;
    };
    let folder = Path::new(&data).join("risk/berka");
    let scratch = Folder::new();
    let rejects = scratch.0.join("rejects.csv");
    let mut customers = Server::default();
    let mut events = Server::default();
    let go = |kind, file: &str, map, server: &mut Server| {
        let mut said = Said::default();
        let file = folder.join(file);
        let summary = run(kind, &file, &shipped(map), Some(&rejects), BATCH_ROWS, server, &mut said).unwrap();
        assert_eq!((said.0, summary.rejects), (Vec::new(), None));
        (summary.tally.rows, summary.tally.accepted, summary.tally.unchanged)
    };
    let (clients, transactions) = ("client.csv.gz", "trans_1993_to_1994q1.csv.gz");
    assert_eq!(go(Kind::Customers, clients, "berka-customers.toml", &mut customers), (5_369, 5_369, 0));
    assert_eq!(go(Kind::Events, transactions, "berka-transactions.toml", &mut events), (49_102, 49_102, 0));
    assert_eq!(go(Kind::Events, transactions, "berka-transactions.toml", &mut events), (49_102, 0, 49_102));
    let owners: BTreeSet<&str> =
        events.items.iter().map(|event| event["customer"].as_str().unwrap()).collect();
    assert!(owners.iter().all(|owner| customers.seen.contains_key(*owner)), "every owner is a customer");
    let kinds: BTreeSet<&str> =
        events.items.iter().map(|e| e["fields"]["merchant"].as_str().unwrap()).collect();
    assert!(!kinds.contains("其他"), "every movement has a name: {kinds:?}");
}
