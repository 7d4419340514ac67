//! A folder of its own for each test: data, configuration, and everything that the product ever said there.

use crate::command::{Said, binary};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder that is gone when the test has passed, and stays when it has not.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    said: Mutex<String>,
}

/// The route of the shipped configuration, pointed elsewhere.
const ROUTE: &str = r#"id = "demo"
classes = ["customer_service", "marketing", "risk_notice", "technical_support", "regulatory"]
price_yuan = "0.035"
preference = 1
signature = "head"
concatenation = "udh"
source = "106900001"
tps = {tps}
window = {window}
receipt_wait = "72h"

[smpp]
address = "{address}"
system_id = "hongyan"
password = "demo"
system_type = ""
bind = "transceiver"
response_timeout = "{timeout}"
enquire_after = "30s"
"#;

/// How fast a route may be, and how long it waits.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Parts a second.
    pub tps: u32,
    /// Parts without an answer.
    pub window: u32,
    /// Seconds until a part without an answer is given up.
    pub timeout: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self { tps: 2_000, window: 200, timeout: 10 }
    }
}

impl Folder {
    /// An empty one, with settings and a configuration folder.
    pub fn new(name: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("hongyan-{}-{number}-{name}", std::process::id()));
        let folder = Self { root, said: Mutex::default() };
        folder.write("hongyan.toml", "config = \"config\"\ndata = \"data\"\ndrain_seconds = 5\n");
        std::fs::create_dir_all(folder.path("config")).unwrap();
        folder
    }

    /// A path in it.
    pub fn path(&self, below: &str) -> PathBuf {
        self.root.join(below)
    }

    /// Where the product keeps what lasts.
    pub fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// Writes a file, making its folders.
    pub fn write(&self, below: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(below);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Points the route at a carrier.
    pub fn carrier(&self, address: impl ToString, pace: Pace) {
        let route = ROUTE
            .replace("{address}", &address.to_string())
            .replace("{tps}", &pace.tps.to_string())
            .replace("{window}", &pace.window.to_string())
            .replace("{timeout}", &format!("{}s", pace.timeout));
        self.write("config/routes/demo.toml", route);
    }

    /// Sets the hours at which marketing and reminders may come; there are no others then.
    pub fn hours(&self, open: &str, close: &str) {
        let rule = |id: &str, classes: &str| {
            format!(
                "[[rule]]\nkind = \"quiet-hours\"\nid = \"{id}\"\nrevision = 7\nfrom = \"1970-01-01\"\n{classes}\n\
                 citation = \"for this test\"\nverified = false\n\
                 set = {{ open = \"{open}\", close = \"{close}\", holidays = \"as_usual\" }}\n\n"
            )
        };
        let rules = rule("marketing-night", "classes = [\"marketing\"]")
            + &rule("service-night", "classes = [\"customer_service\"]\nsubtypes = [\"repayment_reminder\"]");
        self.write("config/rules/cn/quiet_hours.toml", rules);
    }

    /// Hours that are always open.
    pub fn always_open(&self) {
        self.hours("00:00", "24:00");
    }

    /// Hours that are certainly closed now, and stay so for an hour.
    pub fn closed_now(&self) {
        // The bank's zone is eight hours ahead of UTC and knows no summer time.
        let hour = (crate::bank::now().0.div_euclid(3_600_000) + 8).rem_euclid(24);
        let open = if hour <= 20 { hour + 2 } else { hour - 3 };
        self.hours(&format!("{open:02}:00"), &format!("{:02}:00", open + 1));
    }

    /// Runs the command to its end.
    pub fn hongyan(&self, arguments: &[&str]) -> Said {
        let done = Command::new(binary())
            .args(arguments)
            .current_dir(&self.root)
            .env_remove("HONGYAN_CONFIG")
            .env_remove("HONGYAN_DATA_DIR")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let said = Said { code: done.status.code(), out: text(&done.stdout), err: text(&done.stderr) };
        self.note(&said.out);
        self.note(&said.err);
        said
    }

    /// Keeps what a process said, for those who search it.
    pub(crate) fn note(&self, text: &str) {
        self.said.lock().unwrap().push_str(text);
    }

    /// Everything that commands and stopped servers have said here.
    pub fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("left for you: {}", self.root.display());
        } else {
            let _ = std::fs::remove_dir_all(&self.root);
        }
    }
}
