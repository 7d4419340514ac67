//! Two servers on one data folder would write two histories: the second is told so and ends.

use hongyan_tests::bank::customer;
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;

#[test]
fn a_folder_has_one_server() {
    let (folder, smsc) = (Folder::new("one"), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    let server = Server::start(&folder);
    server.customers(&[customer(1)]);
    for command in [&["serve", "--listen", "127.0.0.1:0"][..], &["rebuild"]] {
        let said = folder.hongyan(command);
        assert_eq!(said.code, Some(1), "{command:?}: {said:?}");
        assert!(said.err.contains("in use"), "{command:?}: {said:?}");
    }
    // The first has noticed nothing, its socket included.
    assert_eq!(server.figure("/perceive/customers"), 1);
    let said = folder.hongyan(&["why", "--customer", "c-1"]).well();
    assert_eq!(said.out, "no message yet\n");
    server.kill();
    // A power cut leaves no lock behind.
    let server = Server::start(&folder);
    assert_eq!(server.figure("/perceive/customers"), 1);
    server.stop();
}
