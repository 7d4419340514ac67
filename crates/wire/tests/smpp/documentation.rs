//! The tables of `docs/deliver.md` say what the code does.

use std::path::Path;
use wire::smpp::Status;
use wire::smpp::receipt::State;

fn rows() -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/deliver.md");
    let text = std::fs::read_to_string(path).unwrap();
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    text.lines().filter(|line| line.starts_with('|')).map(cells).collect()
}

#[test]
fn the_table_of_statuses_is_the_one_we_act_on() {
    let mut expected: Vec<Vec<String>> = Status::ALL
        .iter()
        .map(|status| {
            let class = format!("{:?}", status.class()).to_lowercase();
            let (name, meaning) = (status.name().unwrap().to_owned(), status.meaning().unwrap().to_owned());
            vec![class, format!("`0x{:02x}`", status.0), name, meaning]
        })
        .collect();
    let mut found: Vec<Vec<String>> =
        rows().into_iter().filter(|row| row.len() == 4 && row[1].contains("0x")).collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn the_table_of_receipts_says_what_is_final() {
    for code in 0..=9 {
        let state = State::from_code(code);
        let rows = rows();
        let row = rows.iter().find(|row| row.get(1).is_some_and(|word| word == state.word())).unwrap();
        assert_eq!(row[2].starts_with("yes"), state.is_final(), "{state:?}");
    }
}
