//! A running server of a folder.

use crate::bank;
use crate::command::{self, Caught};
use crate::folder::Folder;
use crate::http::{self, Answer};
use crate::{wait_for, wait_until};
use model::Timestamp;
use serde_json::Value;
use std::io;
use std::process::{Child, Command, ExitStatus};

/// A server. Killed when dropped, if it still runs.
#[derive(Debug)]
pub struct Server<'a> {
    folder: &'a Folder,
    child: Child,
    out: Caught,
    err: Caught,
    /// Where it listens.
    pub address: String,
    /// The key it was started with.
    pub key: String,
}

/// The file of the test's folder that keeps the first key, so that the next start knows it.
const KEY: &str = "first-key";

impl<'a> Server<'a> {
    /// Starts one on a free port.
    ///
    /// # Panics
    /// If it does not come up.
    pub fn start(folder: &'a Folder) -> Self {
        Self::with(folder, &[])
    }

    /// Starts one with more arguments.
    ///
    /// # Panics
    /// If it does not come up.
    pub fn with(folder: &'a Folder, more: &[&str]) -> Self {
        let arguments = ["serve", "--listen", "127.0.0.1:0"].iter().chain(more);
        let (mut child, out, err) = command::start(arguments, folder.root());
        let login = wait_for("the login line", || {
            if let Some(status) = child.try_wait().unwrap() {
                panic!("the server ended ({status}): {}{}", out.text(), err.text());
            }
            out.after("login:")
        });
        let address = out.after("console:").unwrap();
        let address = address.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let key = match login.split_whitespace().next() {
            Some(key) if key.starts_with("hy_") => {
                folder.write(KEY, key);
                key.to_owned()
            }
            _ => std::fs::read_to_string(folder.path(KEY)).unwrap_or_default(),
        };
        Self { folder, child, out, err, address, key }
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has printed.
    pub fn out(&self) -> String {
        self.out.text()
    }

    /// The messages that it found in doubt when it started.
    pub fn in_doubt(&self) -> Vec<String> {
        let out = self.out();
        let line = out.lines().find(|line| line.starts_with("uncertain after"));
        let words = line.into_iter().flat_map(|line| line.split(' '));
        words.filter(|word| word.starts_with("m-")).map(str::to_owned).collect()
    }

    /// What it has logged.
    pub fn err(&self) -> String {
        self.err.text()
    }

    /// A call that may fail with the connection.
    ///
    /// # Errors
    /// A server that is not there or goes away.
    pub fn call(&self, method: &str, path: &str, body: &[u8]) -> io::Result<Answer> {
        http::call(&self.address, Some(&self.key), method, path, body)
    }

    /// `GET`.
    pub fn get(&self, path: &str) -> Answer {
        self.call("GET", path, &[]).unwrap()
    }

    /// `POST` of JSON.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.call("POST", path, body.to_string().as_bytes()).unwrap()
    }

    /// Posts customers, and expects every one to be taken.
    pub fn customers(&self, customers: &[Value]) -> Answer {
        self.taken("customers", customers)
    }

    /// Posts events, and expects every one to be taken.
    pub fn events(&self, events: &[Value]) -> Answer {
        self.taken("events", events)
    }

    #[track_caller]
    fn taken(&self, what: &str, members: &[Value]) -> Answer {
        let answer = self.post(&format!("/v1/{what}"), &serde_json::json!({ what: members }));
        let json = answer.json();
        assert_eq!((answer.status, &json["rejected"]), (202, &serde_json::json!([])), "{json}");
        answer
    }

    /// Launches a broadcast.
    pub fn launch(&self, source: &str) -> Answer {
        self.call("POST", "/v1/broadcasts", source.as_bytes()).unwrap()
    }

    /// The status as of now. The page shows figures of a moment ago, so this waits until that moment is not before now.
    pub fn status(&self) -> Value {
        let asked = bank::now();
        wait_for("a status of now", || {
            let status = self.get("/v1/status").json();
            let at = Timestamp::parse_rfc3339(status["at"].as_str()?).ok()?;
            (at >= asked).then_some(status)
        })
    }

    /// A figure of the status, by its path: `/deliver/delivered`.
    pub fn figure(&self, pointer: &str) -> u64 {
        let status = self.status();
        status.pointer(pointer).and_then(Value::as_u64).unwrap_or_else(|| panic!("{pointer} in {status}"))
    }

    /// Waits until a figure of the status has reached a value.
    #[track_caller]
    pub fn reaches(&self, pointer: &str, least: u64) {
        wait_until(&format!("{pointer} >= {least}"), || self.figure(pointer) >= least);
    }

    /// Ends it at once, while others may still be calling it.
    pub fn kill_now(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("sh").args(["-c", "kill -KILL \"$0\"", &pid]).status().unwrap().success());
    }

    /// Ends it at once, as a power cut would.
    pub fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.out.text()
    }

    /// Asks it to end, and waits for it. Returns how it ended and what it printed.
    pub fn terminate(mut self) -> (ExitStatus, String) {
        let status = command::terminate(&mut self.child);
        // The last lines may still be on their way through the pipe.
        wait_until("the last line", || !status.success() || self.out.text().contains("stopped\n"));
        (status, self.out.text())
    }

    /// Ends it in good order.
    ///
    /// # Panics
    /// If it does not end well.
    #[track_caller]
    pub fn stop(self) -> String {
        let (status, out) = self.terminate();
        assert!(status.success(), "{status}: {out}");
        out
    }
}

impl Drop for Server<'_> {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        self.folder.note(&self.out.text());
        self.folder.note(&self.err.text());
        if std::thread::panicking() {
            eprintln!("--- server printed\n{}--- server logged\n{}", self.out.text(), self.err.text());
        }
    }
}
