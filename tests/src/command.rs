//! The `hongyan` command itself: built once for all tests, run with its output caught.

use crate::{PATIENCE, wait_for};
use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, OnceLock};

/// Names a binary that is there already, so that nothing is built: to test another profile, say.
const GIVEN: &str = "HONGYAN_BINARY";

/// Where the command lies; builds it at the first call, into the folder in which this test was built.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| match std::env::var_os(GIVEN) {
        Some(given) => PathBuf::from(given),
        None => build(),
    })
}

fn build() -> PathBuf {
    // A test is <target>/<profile>/deps/it-…, a program of this package <target>/<profile>/interop_….
    let this = std::env::current_exe().unwrap();
    let beside = this.parent().unwrap();
    let profile = if beside.ends_with("deps") { beside.parent().unwrap() } else { beside };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build
        .args(["build", "--quiet", "--package", "hongyan-app", "--target-dir"])
        .arg(profile.parent().unwrap());
    if profile.ends_with("release") {
        build.arg("--release");
    }
    let status = build.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).status().unwrap();
    assert!(status.success(), "the command does not build");
    profile.join("hongyan")
}

/// What a command said, and how it ended.
#[derive(Debug)]
pub struct Said {
    /// The exit status; `None` after a signal.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Said {
    /// Itself, if the command ended well.
    ///
    /// # Panics
    /// If it did not.
    #[track_caller]
    pub fn well(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }
}

/// Output that comes in while a process runs.
#[derive(Debug, Clone, Default)]
pub struct Caught(Arc<Mutex<String>>);

impl Caught {
    /// Begins to catch a stream; the thread ends with it.
    pub fn from(mut stream: impl Read + Send + 'static) -> Self {
        let caught = Self::default();
        let into = caught.clone();
        std::thread::spawn(move || {
            let mut rest = Vec::new();
            let mut piece = [0; 4096];
            while let Ok(n @ 1..) = stream.read(&mut piece) {
                rest.extend_from_slice(&piece[..n]);
                // Whole lines only: a character may be cut in two.
                let whole = rest.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
                let lines: Vec<u8> = rest.drain(..whole).collect();
                into.0.lock().unwrap().push_str(&String::from_utf8_lossy(&lines));
            }
            into.0.lock().unwrap().push_str(&String::from_utf8_lossy(&rest));
        });
        caught
    }

    /// Everything so far.
    pub fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }

    /// What follows a prefix on its line, if such a line has come.
    pub fn after(&self, prefix: &str) -> Option<String> {
        let text = self.text();
        text.lines().find_map(|line| Some(line.strip_prefix(prefix)?.trim().to_owned()))
    }
}

/// Starts the command with its output caught.
pub fn start<S: AsRef<OsStr>>(
    arguments: impl IntoIterator<Item = S>,
    folder: &Path,
) -> (Child, Caught, Caught) {
    let mut child = Command::new(binary())
        .args(arguments)
        .current_dir(folder)
        .env_remove("HONGYAN_CONFIG")
        .env_remove("HONGYAN_DATA_DIR")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    (child, Caught::from(out), Caught::from(err))
}

/// Asks a process of ours to end, and waits for it.
pub fn terminate(child: &mut Child) -> ExitStatus {
    let pid = child.id().to_string();
    assert!(Command::new("sh").args(["-c", "kill -TERM \"$0\"", &pid]).status().unwrap().success());
    ended(child)
}

/// Waits until a process has ended; ends it by force when it does not.
pub fn ended(child: &mut Child) -> ExitStatus {
    let began = std::time::Instant::now();
    wait_for("the end of a process", || {
        if began.elapsed() * 2 > PATIENCE {
            let _ = child.kill();
        }
        child.try_wait().unwrap()
    })
}
