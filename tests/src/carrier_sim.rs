//! `hongyan carrier-sim` as a process of its own.

use crate::command::{self, Caught};
use crate::folder::Folder;
use crate::wait_for;
use std::process::Child;

/// A simulated carrier. Killed when dropped.
#[derive(Debug)]
pub struct CarrierSim {
    child: Child,
    out: Caught,
    /// Where it listens.
    pub address: String,
}

impl CarrierSim {
    /// Starts one with these habits on a free port.
    pub fn start(folder: &Folder, habits: &[&str]) -> Self {
        let arguments = ["carrier-sim", "--listen", "127.0.0.1:0"].iter().chain(habits);
        let (child, out, err) = command::start(arguments, folder.root());
        let address = wait_for("the carrier's address", || {
            assert_eq!(err.text(), "", "the carrier complains");
            out.after("carrier-sim: listening on")
        });
        Self { child, out, address }
    }

    /// Ends it in good order and returns a reader of its last counters.
    pub fn stop(mut self) -> impl Fn(&str) -> u64 {
        assert!(command::terminate(&mut self.child).success());
        let line = wait_for("the last counters", || Some(self.out.text().lines().last()?.to_owned()));
        move |name| {
            let figure = line.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
            figure.and_then(|figure| figure.parse().ok()).unwrap_or_else(|| panic!("{name} in {line:?}"))
        }
    }
}

impl Drop for CarrierSim {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
