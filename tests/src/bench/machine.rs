//! The machine's counters: CPU time of processes and threads, and how much of the machine others were using.
//!
//! Linux only (proc(5)); times are in clock ticks of 10 ms, as everywhere on Linux since 2.6.

use super::Error;
use std::collections::BTreeMap;
use std::fs;

/// Microseconds of one clock tick (`sysconf(_SC_CLK_TCK)` is 100).
const TICK_MICROS: u64 = 10_000;

/// Where the counters stand.
#[derive(Debug, Clone)]
pub struct Clock {
    busy: u64,
    all: u64,
    own: Vec<u64>,
}

/// CPU time of a process so far, in microseconds: user and system, all threads, ended ones too.
///
/// # Errors
/// A process that is not there.
pub fn cpu_micros(pid: u32) -> Result<u64, Error> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    ticks(&stat).map(|t| t * TICK_MICROS)
}

/// Memory of a process that is in use and resident, in bytes.
///
/// # Errors
/// A process that is not there.
pub fn resident_bytes(pid: u32) -> Result<u64, Error> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("expected VmRSS in status")?;
    let kibibytes = line.split_ascii_whitespace().next().unwrap_or_default();
    Ok(kibibytes.parse::<u64>()? << 10)
}

/// CPU time of a process's living threads so far, in microseconds, summed by thread name.
///
/// # Errors
/// A process that is not there.
pub fn threads_micros(pid: u32) -> Result<BTreeMap<String, u64>, Error> {
    let mut threads = BTreeMap::new();
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        // A thread may end while its neighbours are read.
        let Ok(stat) = fs::read_to_string(task?.path().join("stat")) else { continue };
        let name = stat.split_once('(').and_then(|(_, rest)| rest.rsplit_once(')'));
        let name = name.map_or("?", |(name, _)| name).to_owned();
        *threads.entry(name).or_default() += ticks(&stat)? * TICK_MICROS;
    }
    Ok(threads)
}

/// `utime` and `stime`: fields 14 and 15. The name in field 2 may hold spaces, so counting starts behind it.
fn ticks(stat: &str) -> Result<u64, Error> {
    let behind = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let fields: Vec<&str> = behind.split_ascii_whitespace().collect();
    match (fields.get(11), fields.get(12)) {
        (Some(user), Some(system)) => Ok(user.parse::<u64>()? + system.parse::<u64>()?),
        _ => Err("expected 15 fields in stat".into()),
    }
}

impl Clock {
    /// Reads the counters of the machine and of the processes that are ours.
    ///
    /// # Errors
    /// A process that is not there.
    pub fn read(own: &[u32]) -> Result<Self, Error> {
        let stat = fs::read_to_string("/proc/stat")?;
        let line = stat.lines().next().unwrap_or_default();
        let fields: Vec<u64> = line.split_ascii_whitespace().skip(1).flat_map(str::parse).collect();
        // user nice system idle iowait irq softirq steal; guest times are in user already.
        let all: u64 = fields.iter().take(8).sum();
        let idle: u64 = fields.iter().skip(3).take(2).sum();
        let own = own.iter().map(|pid| cpu_micros(*pid)).collect::<Result<_, _>>()?;
        Ok(Self { busy: (all - idle) * TICK_MICROS, all: all * TICK_MICROS, own })
    }

    /// The share of the machine, from 0 to 1, that others used since an earlier reading of the same processes.
    pub fn foreign_share(&self, earlier: &Self) -> f64 {
        let own: u64 = self.own.iter().zip(&earlier.own).map(|(now, then)| now.saturating_sub(*then)).sum();
        let foreign = (self.busy - earlier.busy).saturating_sub(own);
        foreign as f64 / (self.all - earlier.all).max(1) as f64
    }
}
