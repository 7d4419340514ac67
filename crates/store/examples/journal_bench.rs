//! Measures the segments journal on this machine's disk and prints one JSON line.
//!
//! `cargo run --release -p hongyan-store --example journal_bench -- DIRECTORY [BATCHES] [RECORDS_PER_BATCH]`
//!
//! The records are 150 bytes of leaf and 250 of sealed part. The directory must not exist and is removed at the end. The scan is from the page
//! cache. CPU seconds are the process's own, user and system.

use std::hint::black_box;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;
use store::disk::RealDisk;
use store::journal::segments::{self, Options};
use store::journal::{Batch, Journal, Record};

const LEAF_BYTES: usize = 150;
const SEALED_BYTES: usize = 250;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let directory = PathBuf::from(arguments.next().ok_or("expected a directory to write to")?);
    let batches: u64 = arguments.next().map_or(Ok(500), |text| text.parse())?;
    let per_batch: u64 = arguments.next().map_or(Ok(2000), |text| text.parse())?;
    if directory.exists() {
        return Err(format!("{} exists; name a directory that does not", directory.display()).into());
    }
    let disk = Arc::new(RealDisk::create(&directory)?);
    let (mut journal, _) = segments::open(disk, Options::default())?;
    let mut latencies = Vec::new();
    let mut batch = Batch::new();
    let cpu = cpu_seconds();
    let begun = Instant::now();
    for number in 0..batches {
        batch.clear();
        for record in 0..per_batch {
            let byte = (number * per_batch + record) as u8;
            let record = Record {
                partition: 1,
                subject: record,
                leaf: &[byte; LEAF_BYTES],
                sealed: &[byte; SEALED_BYTES],
            };
            batch.push(record)?;
        }
        let asked = Instant::now();
        journal.append(&batch)?;
        latencies.push(asked.elapsed().as_micros() as u64);
    }
    let append_seconds = begun.elapsed().as_secs_f64();
    let append_cpu = cpu_seconds() - cpu;
    let entries = journal.len();
    latencies.sort_unstable();
    let reader = journal.reader();
    let mut sum = 0usize;
    let begun = Instant::now();
    reader.scan(0, u64::MAX, &mut |_, record| {
        sum += record.leaf.len() + record.sealed.len();
        ControlFlow::Continue(())
    })?;
    let scan_seconds = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    let reads = 1000u64;
    for number in 0..reads {
        black_box(reader.read(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % entries)?);
    }
    let read_micros = begun.elapsed().as_secs_f64() * 1e6 / reads as f64;
    drop(journal);
    let begun = Instant::now();
    drop(segments::open(Arc::new(RealDisk::create(&directory)?), Options::default())?);
    let open_seconds = begun.elapsed().as_secs_f64();
    std::fs::remove_dir_all(&directory)?;
    let percentile = |per_cent: usize| latencies[(latencies.len() - 1) * per_cent / 100];
    println!(
        "{{\"bench\":\"journal\",\"entries\":{entries},\"per_batch\":{per_batch},\"bytes_per_entry\":{},\
         \"append_entries_per_second\":{:.0},\"append_cpu_us_per_entry\":{:.3},\"append_p50_us\":{},\
         \"append_p99_us\":{},\"scan_entries_per_second\":{:.0},\"random_read_us\":{read_micros:.1},\
         \"open_seconds\":{open_seconds:.3}}}",
        sum as u64 / entries,
        entries as f64 / append_seconds,
        append_cpu * 1e6 / entries as f64,
        percentile(50),
        percentile(99),
        entries as f64 / scan_seconds,
    );
    Ok(())
}

/// User and system time of this process, from /proc (clock ticks of 10 ms).
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_ascii_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}
