//! `hongyan check`: every mistake of a configuration folder at once, each with file and line; and a good one is good.

use hongyan_tests::folder::{Folder, Pace};

#[test]
fn a_broken_folder_is_told_whole() {
    let folder = Folder::new("check");
    folder.write("config/journeys/bad.toml", "id = \"bad\"\nversion = 1\nclass = \"customer_service\"\nsubtype = \"account_change\"\n\n[trigger]\nevent = \"transaction\"\nwhen = \"event.amount >\"\n\n[[steps]]\nsend = \"acount-change\"\n");
    folder.write("config/templates/bad.toml", "id = \"bad\"\nclass = \"marketing\"\nsubtype = \"offer\"\nlanguage = \"zh-CN\"\nparts_max = 1\ntext = \"{{ nmae }}您好\"\n\n[variables]\nname = { type = \"name\", from = \"customer.name\" }\n");
    folder.write("config/routes/demo.toml", "id = \"demo\"\nclasses = [\"marketing\", \"gossip\"]\n");
    folder.write("config/rules/cn/quiet_hours.toml", "[[rule]]\nkind = \"quiet-hours\"\nid = \"x\"\nrevision = 1\nfrom = \"1970-01-01\"\nclasses = [\"marketing\"]\ncitation = \"x\"\nverified = false\nset = { open = \"25:00\", close = \"21:00\", holidays = \"as_usual\" }\n");
    folder.write("config/words/opt_out.toml", "confirmation = \n");
    let said = folder.hongyan(&["check", "config"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    for place in [
        "journeys/bad.toml:8:",
        "journeys/bad.toml:11:",
        "templates/bad.toml:6:",
        "routes/demo.toml:2:",
        "rules/cn/quiet_hours.toml:9:",
        "words/opt_out.toml:1:",
    ] {
        assert!(said.err.lines().any(|line| line.starts_with(place)), "{place} is missing:\n{}", said.err);
    }
    assert!(said.err.trim_end().ends_with("mistakes"), "{}", said.err);
    let serving = folder.hongyan(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(serving.code, Some(1), "a server does not start with it");
    assert!(serving.err.contains("journeys/bad.toml:8:"), "{serving:?}");
}

#[test]
fn a_good_folder_is_good_and_its_broadcasts_are_read() {
    let folder = Folder::new("check-good");
    folder.carrier("127.0.0.1:2775", Pace::default());
    folder.always_open();
    folder.write("config/broadcasts/offer.toml", hongyan_tests::bank::offer("offer", "10"));
    let said = folder.hongyan(&["check", "config"]).well();
    assert!(said.out.starts_with("ok: "), "{said:?}");
    folder.write(
        "config/broadcasts/offer.toml",
        "id = \"offer\"\nclass = \"marketing\"\ntemplate = \"spring-ofer\"\n",
    );
    let said = folder.hongyan(&["check", "config"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.err.contains("broadcasts/offer.toml:3:") && said.err.contains("spring-offer"), "{said:?}");
}
