//! What a person sees while rows go in: a bar on a terminal, plain lines anywhere else.
//!
//! It decides nothing and must be cheap: it is told after every batch and every thousand rows. The size of a gzip file's
//! text is not known beforehand, so that the bar counts the bytes of the file itself.

use super::Tally;
use indicatif::{ProgressBar, ProgressStyle};
use std::fmt::Write as _;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Is told how far an ingest has come.
pub(crate) trait Progress {
    /// It begins, with a file of so many bytes.
    fn start(&mut self, file: &str, bytes: u64);
    /// It has come so far.
    fn advance(&mut self, tally: &Tally);
    /// A line for the person, such as a bad row. Holds no personal value.
    fn say(&mut self, line: &str);
    /// It is over, well or not.
    fn finish(&mut self, tally: &Tally);
}

/// A bar if standard error is a terminal, plain lines there otherwise.
pub(crate) fn to_stderr() -> Box<dyn Progress> {
    if std::io::stderr().is_terminal() {
        return Box::new(Bar::default());
    }
    let begin = Instant::now();
    Box::new(Lines::new(std::io::stderr(), Box::new(move || begin.elapsed())))
}

/// A bar with the rate and the time left.
#[derive(Default)]
pub(crate) struct Bar {
    bar: Option<ProgressBar>,
}

impl Progress for Bar {
    fn start(&mut self, file: &str, bytes: u64) {
        let bar = ProgressBar::new(bytes).with_prefix(file.to_owned());
        // A template that does not read would be a bar without figures, which is no reason to stop.
        if let Ok(style) = ProgressStyle::with_template(BAR_TEMPLATE) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(BAR_TICK);
        self.bar = Some(bar);
    }

    fn advance(&mut self, tally: &Tally) {
        let Some(bar) = &self.bar else { return };
        bar.set_position(tally.bytes);
        bar.set_message(format!("{} rows, {}", grouped(tally.rows), rate(tally.rows, bar.elapsed())));
    }

    fn say(&mut self, line: &str) {
        if let Some(bar) = &self.bar {
            bar.println(line);
        }
    }

    fn finish(&mut self, tally: &Tally) {
        self.advance(tally);
        if let Some(bar) = self.bar.take() {
            let elapsed = bar.elapsed();
            bar.println(format!("{}: {}", bar.prefix(), told(tally, elapsed)));
            bar.finish_and_clear();
        }
    }
}

/// Plain lines: one every few seconds and one at the end.
pub(crate) struct Lines<W> {
    out: W,
    /// The time since the beginning.
    clock: Box<dyn FnMut() -> Duration>,
    file: String,
    bytes: u64,
    last: Duration,
}

impl<W: Write> Lines<W> {
    /// Lines into `out`, by a clock that counts from now.
    pub(crate) fn new(out: W, clock: Box<dyn FnMut() -> Duration>) -> Self {
        Self { out, clock, file: String::new(), bytes: 0, last: Duration::ZERO }
    }

    fn line(&mut self, line: &str) {
        // Whoever closed the pipe does not want to see it; the rows go in all the same.
        let _ = writeln!(self.out, "{line}");
    }
}

impl<W: Write> Progress for Lines<W> {
    fn start(&mut self, file: &str, bytes: u64) {
        self.last = (self.clock)();
        file.clone_into(&mut self.file);
        self.bytes = bytes;
    }

    fn advance(&mut self, tally: &Tally) {
        let now = (self.clock)();
        if now.saturating_sub(self.last) < LINE_EVERY {
            return;
        }
        self.last = now;
        let mut line = format!("{}: {}", self.file, told(tally, now));
        if let Some((percent, left)) = left(tally.bytes, self.bytes, now) {
            // Writing into a string cannot fail.
            let _ = write!(line, "; {percent} %, about {} s left", left.as_secs());
        }
        self.line(&line);
    }

    fn say(&mut self, line: &str) {
        self.line(line);
    }

    fn finish(&mut self, tally: &Tally) {
        let now = (self.clock)();
        let line = format!("{}: {}", self.file, told(tally, now));
        self.line(&line);
    }
}

fn told(tally: &Tally, elapsed: Duration) -> String {
    format!("{tally} in {:.1} s ({})", elapsed.as_secs_f64(), rate(tally.rows, elapsed))
}

fn rate(rows: u64, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64().max(0.001);
    format!("{}/s", grouped((rows as f64 / seconds) as u64))
}

/// How much is done, and how long the rest takes at the same pace.
fn left(done: u64, all: u64, elapsed: Duration) -> Option<(u64, Duration)> {
    if done == 0 || all == 0 {
        return None;
    }
    let share = (done as f64 / all as f64).min(1.0);
    Some(((share * 100.0) as u64, elapsed.mul_f64((1.0 - share) / share)))
}

/// `1234567` as `1,234,567`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

const LINE_EVERY: Duration = Duration::from_secs(5);
const BAR_TICK: Duration = Duration::from_millis(200);
const BAR_TEMPLATE: &str = "{prefix} [{bar:30}] {percent}% {msg}, {eta} left";

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::rc::Rc;

    #[test]
    fn plain_lines_come_every_few_seconds_and_at_the_end() {
        let seconds = Rc::new(Cell::new(0));
        let clock = seconds.clone();
        let mut out = Vec::new();
        let mut lines = Lines::new(&mut out, Box::new(move || Duration::from_secs(clock.get())));
        lines.start("c.csv", 1_000);
        let mut tally = Tally::default();
        for second in 1..=11 {
            seconds.set(second);
            tally = Tally { rows: second * 1_000, accepted: second * 1_000, bytes: second * 50, ..tally };
            lines.advance(&tally);
        }
        lines.finish(&tally);
        let expect = "c.csv: 5,000 rows: 5,000 accepted, 0 unchanged, 0 rejected, 0 skipped in 5.0 s (1,000/s); 25 %, about 15 s left\n\
            c.csv: 10,000 rows: 10,000 accepted, 0 unchanged, 0 rejected, 0 skipped in 10.0 s (1,000/s); 50 %, about 10 s left\n\
            c.csv: 11,000 rows: 11,000 accepted, 0 unchanged, 0 rejected, 0 skipped in 11.0 s (1,000/s)\n";
        assert_eq!(String::from_utf8(out).unwrap(), expect);
    }
}
