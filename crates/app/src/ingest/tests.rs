//! The ingest from a file to what a server sees, what a person is told, and what stands in the reject file.

mod bad_rows;
mod berka;
mod chapter;
mod formats;
mod maps;
mod server;
mod sources;

use super::*;
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder of its own, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("hongyan-ingest-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A server that knows what it has seen, and answers from a script first.
#[derive(Default)]
struct Server {
    seen: BTreeMap<String, Value>,
    items: Vec<Value>,
    batches: Vec<usize>,
    script: VecDeque<Result<Answer, SinkError>>,
}

impl Sink for Server {
    fn send(&mut self, path: &str, body: Vec<u8>) -> Result<Answer, SinkError> {
        let body: Value = serde_json::from_slice(&body).unwrap();
        let items = body[path.strip_prefix("/v1/").unwrap()].as_array().unwrap();
        self.batches.push(items.len());
        if let Some(answer) = self.script.pop_front() {
            return answer;
        }
        let mut answer = Answer::default();
        for item in items {
            self.items.push(item.clone());
            let before = self.seen.insert(item["id"].as_str().unwrap().to_owned(), item.clone());
            match before.as_ref() == Some(item) {
                true => answer.unchanged += 1,
                false => answer.accepted += 1,
            }
        }
        Ok(answer)
    }
}

/// Keeps what was said.
#[derive(Default)]
struct Said(Vec<String>);

impl Progress for Said {
    fn start(&mut self, _: &str, _: u64) {}
    fn advance(&mut self, _: &Tally) {}
    fn say(&mut self, line: &str) {
        self.0.push(line.to_owned());
    }
    fn finish(&mut self, _: &Tally) {}
}

/// What came of one ingest.
struct Outcome {
    result: Result<Summary, Error>,
    /// Without the folder's path.
    said: Vec<String>,
    rejects: String,
}

impl Outcome {
    #[track_caller]
    fn tally(&self) -> [u64; 5] {
        let tally = self.result.as_ref().unwrap().tally;
        assert_eq!(tally.rows, tally.accepted + tally.unchanged + tally.rejected + tally.skipped);
        [tally.rows, tally.accepted, tally.unchanged, tally.rejected, tally.skipped]
    }

    #[track_caller]
    fn error(&self) -> String {
        self.result.as_ref().unwrap_err().to_string()
    }
}

fn ingest_into(server: &mut Server, folder: &Folder, name: &str, bytes: &[u8], map: &str) -> Outcome {
    let kind = if map.contains("[event]") { Kind::Events } else { Kind::Customers };
    let file = folder.put(name, bytes);
    let map = folder.put("map.toml", map);
    let rejects = folder.0.join("rejects.csv");
    let mut said = Said::default();
    let result = run(kind, &file, &map, Some(&rejects), BATCH_ROWS, server, &mut said);
    let prefix = format!("{}/", folder.0.display());
    let said = said.0.iter().map(|line| line.replace(&prefix, "")).collect();
    let rejects = String::from_utf8_lossy(&fs::read(rejects).unwrap_or_default()).replace(&prefix, "");
    Outcome { result, said, rejects }
}

/// Ingests one file into a new server.
fn ingest(name: &str, text: impl AsRef<[u8]>, map: &str) -> (Outcome, Vec<Value>) {
    let mut server = Server::default();
    let outcome = ingest_into(&mut server, &Folder::new(), name, text.as_ref(), map);
    (outcome, server.items)
}

/// The customers or events that come of a file without a bad row.
#[track_caller]
fn items(name: &str, text: impl AsRef<[u8]>, map: &str) -> Vec<Value> {
    let (outcome, items) = ingest(name, text, map);
    assert_eq!((outcome.said, outcome.rejects), (Vec::new(), String::new()));
    outcome.result.unwrap();
    items
}

/// The error that a file and its map end with, without the folder.
#[track_caller]
fn error_of(name: &str, text: impl AsRef<[u8]>, map: &str) -> String {
    let folder = Folder::new();
    let outcome = ingest_into(&mut Server::default(), &folder, name, text.as_ref(), map);
    outcome.error().replace(&format!("{}/", folder.0.display()), "")
}

const BATCH_ROWS: usize = 2_000;

const ID_AND_NAME: &str = "[customer]\nid = \"id\"\n[customer.attributes]\nname = \"name\"\n";

#[test]
fn the_same_file_twice_changes_nothing() {
    let map = "[event]\nid = { hash = [\"who\", \"what\"] }\ncustomer = \"who\"\ntype = { constant = \"login\" }\n\
        at = { column = \"day\", spread = \"what\" }\n";
    let text = b"who,what,day\nC1,a,2026-05-01\nC1,b,2026-05-01\n";
    let (mut server, folder) = (Server::default(), Folder::new());
    let first = ingest_into(&mut server, &folder, "e.csv", text, map);
    let second = ingest_into(&mut server, &folder, "e.csv", text, map);
    assert_eq!((first.tally(), second.tally()), ([2, 2, 0, 0, 0], [2, 0, 2, 0, 0]));
    assert_eq!(server.items[0]["id"].as_str().unwrap().len(), 32);
    assert_ne!(server.items[0]["at"], server.items[1]["at"]);
}

#[test]
fn bad_rows_stand_in_the_reject_file_as_they_came() {
    let text = "id,name\n1,\"张\"\"三\"\"\"\n,\"王\n\"\"五\"\"\"\n3\n";
    let (mut server, folder) = (Server::default(), Folder::new());
    let outcome = ingest_into(&mut server, &folder, "c.csv", text.as_bytes(), ID_AND_NAME);
    assert_eq!(outcome.tally(), [3, 1, 0, 2, 0]);
    let expect = "file,line,column,name,problem,row\n\
        \"c.csv\",3,1,\"id\",\"expected an id, found nothing\",\",\"\"王\n\"\"\"\"五\"\"\"\"\"\"\"\n\
        \"c.csv\",5,,\"\",\"expected 2 cells, found 1 cell\",\"3\"\n";
    assert_eq!(outcome.rejects, expect);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(folder.0.join("rejects.csv")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "personal data is for its owner only");
    }
    // The mended file leaves no reject file behind.
    let outcome = ingest_into(&mut server, &folder, "c.csv", b"id,name\n1,a\n", ID_AND_NAME);
    assert_eq!(outcome.result.unwrap().rejects, None);
    assert!(!folder.0.join("rejects.csv").exists());
}

#[test]
fn no_other_file_is_overwritten_by_rejects() {
    let folder = Folder::new();
    let precious = folder.put("rejects.csv", "precious");
    let outcome = ingest_into(&mut Server::default(), &folder, "c.csv", b"id,name\n,\n", ID_AND_NAME);
    assert!(outcome.error().contains("found another file"), "{}", outcome.error());
    assert_eq!(fs::read_to_string(precious).unwrap(), "precious");
    assert_eq!(rejects::default_path(Path::new("/data/c.csv.gz")), Path::new("c.csv.gz.rejects.csv"));
}

#[test]
fn only_the_first_bad_rows_are_said_and_all_are_kept() {
    let text = format!("id,name\n{}", ",x\n".repeat(50));
    let (outcome, _) = ingest("c.csv", text, ID_AND_NAME);
    assert_eq!(outcome.said.len(), 21);
    assert_eq!(outcome.said[20], "more bad rows stand in the reject file only");
    assert_eq!(outcome.rejects.lines().count(), 51);
}

/// A million rows in a release build (at least 200,000 a CPU second); a small file otherwise, where speed says nothing.
#[test]
fn many_rows_stream_fast() {
    let is_release = !cfg!(debug_assertions);
    let rows = if is_release { 1_000_000 } else { 20_000 };
    let mut text = String::from("id,account,day,amount,text,kind\n");
    for n in 0..rows {
        text.push_str(&format!(
            "{n},{},2026-05-{:02},{}.{:02},\"拿铁, 大杯\",PRIJEM\n",
            n % 4_500,
            n % 28 + 1,
            n,
            n % 100
        ));
    }
    let map = "[event]\nid = { template = \"e-{id}\" }\ncustomer = \"account\"\ntype = { constant = \"transaction\" }\n\
        at = { column = \"day\", spread = \"id\" }\n[event.fields]\namount = { column = \"amount\", type = \"money\" }\n\
        merchant = \"text\"\nkind = { column = \"kind\", values = { PRIJEM = \"转入\" } }\n";
    struct Counting(u64);
    impl Sink for Counting {
        fn send(&mut self, _: &str, body: Vec<u8>) -> Result<Answer, SinkError> {
            let accepted = body.windows(6).filter(|at| *at == b"{\"id\":").count() as u64;
            self.0 += accepted;
            Ok(Answer { accepted, ..Answer::default() })
        }
    }
    let folder = Folder::new();
    let (file, map) = (folder.put("e.csv", text), folder.put("map.toml", map));
    let begin = cpu_seconds();
    let mut sink = Counting(0);
    let summary = run(Kind::Events, &file, &map, None, BATCH_ROWS, &mut sink, &mut Said::default()).unwrap();
    assert_eq!((summary.tally.accepted, sink.0), (rows, rows));
    let Some(seconds) = cpu_seconds().zip(begin).map(|(end, begin)| end - begin) else { return };
    let rate = rows as f64 / seconds.max(0.001);
    assert!(!is_release || rate >= 200_000.0, "{rate:.0} rows a CPU second");
    println!("{rate:.0} rows a CPU second");
}

/// CPU time of this thread: other work on the machine must not make the test fail. `None` where it cannot be read.
fn cpu_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/thread-self/stat").ok()?;
    // After the name in brackets, user and system time are the 12th and 13th field, in hundredths (proc(5)).
    let mut fields = stat.rsplit_once(") ")?.1.split(' ').skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / 100.0)
}
