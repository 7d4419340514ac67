//! Measures the SQLite views on this machine and prints one JSON line.
//!
//! `cargo run --release -p hongyan-store --example views_bench -- DIRECTORY [ROWS]`
//!
//! Each message is inserted once and updated once, in changes of 20,000 rows; subjects are spread over a quarter as many
//! customers. The directory must not exist and is removed at the end. CPU is the process's own.

use std::path::PathBuf;
use std::time::Instant;
use store::views::{APPLY_ROWS_GOOD, Changes, MessageRow, SqliteViews, Views};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let directory = PathBuf::from(arguments.next().ok_or("expected a directory to write to")?);
    let rows: u64 = arguments.next().map_or(Ok(1_000_000), |text| text.parse())?;
    if directory.exists() {
        return Err(format!("{} exists; name a directory that does not", directory.display()).into());
    }
    let mut views = SqliteViews::open(directory.join("views.db"))?;
    let insert = apply_all(&mut views, rows, 1, 1)?;
    let update = apply_all(&mut views, rows, 2, 2)?;
    let reader = views.reader()?;
    let begun = Instant::now();
    for subject in 0..1000u64 {
        reader.messages_of(subject.wrapping_mul(0x9e37_79b9) % (rows / 4).max(1), 20, None)?;
    }
    let history_us = begun.elapsed().as_secs_f64() * 1e3;
    let begun = Instant::now();
    reader.digest()?;
    let digest_seconds = begun.elapsed().as_secs_f64();
    let bytes = std::fs::metadata(directory.join("views.db"))?.len();
    drop((reader, views));
    std::fs::remove_dir_all(&directory)?;
    println!(
        "{{\"bench\":\"views\",\"rows\":{rows},\"insert_rows_per_second\":{:.0},\"insert_cpu_us_per_row\":{:.2},\
         \"update_rows_per_second\":{:.0},\"update_cpu_us_per_row\":{:.2},\"customer_history_us\":{history_us:.1},\
         \"digest_seconds\":{digest_seconds:.2},\"bytes_per_row\":{}}}",
        insert.0,
        insert.1,
        update.0,
        update.1,
        bytes / rows
    );
    Ok(())
}

/// Rows per second and CPU microseconds per row, without making the rows.
fn apply_all(
    views: &mut SqliteViews,
    rows: u64,
    phase: u8,
    round: u64,
) -> Result<(f64, f64), Box<dyn std::error::Error>> {
    let (mut seconds, mut cpu) = (0.0, 0.0);
    let mut first = 0;
    while first < rows {
        let end = rows.min(first + APPLY_ROWS_GOOD as u64);
        let messages = (first..end).map(|id| row(id, rows, phase)).collect();
        let changes = Changes { upto: rows * round + end, messages, ..Changes::default() };
        let (begun, cpu_begun) = (Instant::now(), cpu_seconds());
        views.apply(&changes)?;
        seconds += begun.elapsed().as_secs_f64();
        cpu += cpu_seconds() - cpu_begun;
        first = end;
    }
    Ok((rows as f64 / seconds, cpu * 1e6 / rows as f64))
}

fn row(id: u64, rows: u64, phase: u8) -> MessageRow {
    MessageRow {
        id: id * 3,
        subject: id.wrapping_mul(0x9e37_79b9) % (rows / 4).max(1),
        class: 1,
        journey: "account-change".to_owned(),
        template: "account-change-zh".to_owned(),
        route: "cmcc-main".to_owned(),
        phase,
        rule: String::new(),
        decided_ms: 1_700_000_000_000 + id as i64,
        updated_ms: 1_700_000_000_100 + id as i64,
        parts: 1,
        cost_millifen: 3500,
        entries: vec![id * 3, id * 3 + 1, id * 3 + 2000],
        goals: 0,
        value: 0,
        opt_outs: 0,
        complaints: 0,
        clicks: 0,
        repeats: 0,
        bots: 0,
    }
}

/// User and system time of this process, from /proc (clock ticks of 10 ms).
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_ascii_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}
