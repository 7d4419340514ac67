//! What the server does not take: single rows, whole batches, and answers that make no sense.

use super::*;

fn refused(status: u16, pointers: &[(&str, &str)]) -> Result<Answer, SinkError> {
    let pointers = pointers.iter().map(|(p, w)| ((*p).to_owned(), (*w).to_owned())).collect();
    Err(SinkError::Refused { status, detail: "2 rows are wrong".to_owned(), pointers })
}

fn ingest_with(script: Vec<Result<Answer, SinkError>>) -> (Outcome, Server) {
    let mut server = Server { script: script.into(), ..Server::default() };
    let text = b"id,name\n1,a\n2,b\n\n3,c\n4,d\n";
    let outcome = ingest_into(&mut server, &Folder::new(), "c.csv", text, ID_AND_NAME);
    (outcome, server)
}

#[test]
fn rows_that_the_server_rejects_keep_their_lines() {
    let rejected = vec![(0, "no phone".to_owned()), (2, "unknown zone".to_owned())];
    let (outcome, _) = ingest_with(vec![Ok(Answer { accepted: 1, unchanged: 1, rejected })]);
    assert_eq!(outcome.tally(), [4, 1, 1, 2, 0]);
    assert_eq!(
        outcome.said,
        ["c.csv:2: refused by the server: no phone", "c.csv:5: refused by the server: unknown zone"]
    );
    assert!(outcome.rejects.ends_with("\"c.csv\",5,,\"\",\"refused by the server: unknown zone\",\"3,c\"\n"));
}

#[test]
fn a_refused_batch_goes_again_without_the_rows_that_were_named() {
    let pointers = [
        ("#/customers/1/attributes/name", "too long"),
        ("/customers/1/phone", "no phone"),
        ("/customers/9/id", "?"),
    ];
    let (outcome, server) = ingest_with(vec![refused(400, &pointers)]);
    assert_eq!(outcome.tally(), [4, 3, 0, 1, 0]);
    assert_eq!(outcome.said, ["c.csv:3: refused by the server: attributes/name: too long; phone: no phone"]);
    assert_eq!(server.batches, [4, 3]);
    let ids: Vec<&str> = server.items.iter().map(|item| item["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["1", "3", "4"]);
}

#[test]
fn what_names_no_row_stops_the_ingest() {
    let answer = |accepted, rejected: &[usize]| {
        let rejected = rejected.iter().map(|index| (*index, "x".to_owned())).collect();
        Ok(Answer { accepted, unchanged: 0, rejected })
    };
    let table = [
        (refused(401, &[]), "c.csv:2–6: the server refused the batch (401): 2 rows are wrong"),
        (
            Err(SinkError::Unreachable("connection refused".to_owned())),
            "c.csv:2–6: cannot reach the server: connection refused",
        ),
        (
            answer(3, &[]),
            "c.csv:2–6: expected an answer about each row of the batch, found one about 3 rows after 4 were sent",
        ),
        (
            answer(3, &[4]),
            "c.csv:2–6: expected an answer about each row of the batch, found one about 4 rows after 4 were sent",
        ),
        (
            answer(2, &[1, 1]),
            "c.csv:2–6: expected an answer about each row of the batch, found one about 4 rows after 4 were sent",
        ),
    ];
    for (script, expect) in table {
        let (outcome, _) = ingest_with(vec![script]);
        assert!(outcome.error().ends_with(expect), "{}", outcome.error());
    }
}

#[test]
fn batches_have_the_size_that_was_asked_for() {
    let folder = Folder::new();
    let file = folder.put("c.csv", format!("id,name\n{}", "1,a\n".repeat(25)));
    let map = folder.put("map.toml", ID_AND_NAME);
    let mut server = Server::default();
    run(Kind::Customers, &file, &map, None, 10, &mut server, &mut Said::default()).unwrap();
    assert_eq!(server.batches, [10, 10, 5]);
    let error = run(Kind::Customers, &file, &map, None, 0, &mut server, &mut Said::default()).unwrap_err();
    assert_eq!(error.to_string(), "expected a batch of 1 to 10000 rows, found 0");
    // Rows that are large make a batch full earlier.
    let long = format!("id,name\n{}", format!("1,{}\n", "x".repeat(500_000)).repeat(5));
    let file = folder.put("long.csv", long);
    let mut server = Server::default();
    run(Kind::Customers, &file, &map, None, 10, &mut server, &mut Said::default()).unwrap();
    assert_eq!(server.batches, [3, 2]);
}
