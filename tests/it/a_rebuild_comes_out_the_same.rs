//! `hongyan rebuild`: views, tree and memory grown again from the journal are what they were, whatever was lost.

use hongyan_tests::bank::{customer, instalment, movement, offer, willing};
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;

#[test]
fn a_rebuild_comes_out_the_same() {
    let (folder, smsc) = (Folder::new("rebuild"), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    folder.always_open();
    let server = Server::start(&folder);
    server.customers(&(0..40).map(|n| if n % 3 == 0 { customer(n) } else { willing(n) }).collect::<Vec<_>>());
    let movements: Vec<_> = (0..40).map(|n| movement(&format!("e-{n}"), n, "7000.00", "书店")).collect();
    server.events(&movements);
    server.events(&[instalment("i-1", 4)]);
    assert_eq!(server.launch(&offer("offer-1", "100")).status, 202);
    server.reaches("/deliver/delivered", 40 + 40 + 26 + 1);
    folder.hongyan(&["erase", "c-7"]).well();
    let why = folder.hongyan(&["why", "--customer", "c-4"]).well().out;
    server.stop();

    let rebuild = || {
        let said = folder.hongyan(&["rebuild"]).well().out;
        assert!(!said.contains("DIFFERENT"), "{said}");
        said
    };
    let first = rebuild();
    for what in ["state", "views", "tree"] {
        let line =
            first.lines().find(|line| line.starts_with(what)).unwrap_or_else(|| panic!("{what} in {first}"));
        assert!(line.contains("the same"), "{first}");
    }
    let digest = |said: &str, what: &str| {
        let line = said.lines().find(|line| line.starts_with(what)).unwrap();
        line.rsplit(' ').next().unwrap().to_owned()
    };
    for lost in ["views.db", "views.db-wal", "views.db-shm"] {
        let _ = std::fs::remove_file(folder.data().join(lost));
    }
    std::fs::remove_dir_all(folder.data().join("log")).unwrap();
    let second = rebuild();
    assert_eq!(digest(&second, "state"), digest(&first, "state"));
    assert_eq!(digest(&second, "views"), digest(&first, "views"), "{first}{second}");
    let third = rebuild();
    assert_eq!(
        (digest(&third, "views"), digest(&third, "tree")),
        (digest(&first, "views"), digest(&first, "tree"))
    );
    assert!(folder.data().join("log/checkpoint").is_file());

    // Only lost, not rebuilt: the server grows them again by itself.
    for lost in ["views.db", "views.db-wal", "views.db-shm"] {
        let _ = std::fs::remove_file(folder.data().join(lost));
    }
    std::fs::remove_dir_all(folder.data().join("log")).unwrap();
    let server = Server::start(&folder);
    assert_eq!(folder.hongyan(&["why", "--customer", "c-4"]).well().out, why);
    server.stop();
    rebuild();
}
