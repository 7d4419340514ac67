//! What an auditor reads: a verified certificate in words, with the details that somebody opened for it.
//!
//! A [`Report`] exists only after verification, so whatever it prints is proved, but for the details: those are proved
//! once [`Report::open`] has compared them with their commitments. Refuses to judge what the entries say.
//! Called by verifiers.

use std::borrow::Cow;
use std::fmt;

use crate::cbor::diagnose;
use crate::certificate::Error;
use crate::checkpoint::Checkpoint;
use crate::entry::{Leaf, class_name};
use crate::note::Signed;
use crate::opened::Opened;
use crate::seal::commitment;

/// A verified certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The checkpoint that the log signed.
    pub checkpoint: Checkpoint,
    /// The cosignatures that hold.
    pub cosignatures: Vec<Signed>,
    /// The index of the deciding entry.
    pub primary: u64,
    /// All entries by ascending index.
    pub entries: Vec<Line>,
}

/// One verified entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its position in the log, from 0.
    pub index: u64,
    /// What it says.
    pub leaf: Leaf<'static>,
    /// Its detail as text (RFC 8949 section 8), when it was opened and matches its commitment.
    pub detail: Option<String>,
}

impl Report {
    pub(crate) fn new(
        checkpoint: Checkpoint,
        cosignatures: Vec<Signed>,
        primary: u64,
        leaves: Vec<(u64, Leaf<'static>)>,
    ) -> Self {
        let entries = leaves.into_iter().map(|(index, leaf)| Line { index, leaf, detail: None }).collect();
        Self { checkpoint, cosignatures, primary, entries }
    }

    /// The deciding entry. A report always has one.
    pub fn deciding(&self) -> Option<&Line> {
        self.entries.iter().find(|line| line.index == self.primary)
    }

    /// Adds opened details, each of which must match the commitment of its entry.
    ///
    /// # Errors
    /// [`Error::Opened`] for an entry that is not in the certificate, commits to nothing, or commits to something else,
    /// and for a detail that matches and is not CBOR. The report is then unchanged.
    pub fn open(&mut self, opened: &Opened) -> Result<(), Error> {
        let mut details = Vec::with_capacity(opened.entries.len());
        for entry in &opened.entries {
            let index = entry.index;
            let refuse = |expected: String, found: String| Error::Opened { index, expected, found };
            let position = self.entries.iter().position(|line| line.index == index);
            let line = position.and_then(|position| self.entries.get(position).map(|line| (position, line)));
            let Some((position, line)) = line else {
                return Err(refuse("an entry of the certificate".to_owned(), "another".to_owned()));
            };
            let found = commitment(&entry.salt, &entry.detail);
            match line.leaf.commitment {
                Some(expected) if expected == found => {}
                Some(expected) => {
                    return Err(refuse(format!("commitment {expected:#}"), format!("{found:#}")));
                }
                None => return Err(refuse("an entry with a commitment".to_owned(), "none".to_owned())),
            }
            let detail = diagnose(&entry.detail);
            details.push((position, detail.map_err(|error| refuse("CBOR".to_owned(), error.to_string()))?));
        }
        for (position, detail) in details {
            if let Some(line) = self.entries.get_mut(position) {
                line.detail = Some(detail);
            }
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Checkpoint { origin, size, root } = &self.checkpoint;
        if let Some(message) = self.deciding().and_then(|line| line.leaf.message) {
            writeln!(f, "message     {message}")?;
        }
        writeln!(f, "log         {}", origin.escape_debug())?;
        writeln!(f, "checkpoint  {size} entries, root {root:#}")?;
        for Signed { name, time_s } in &self.cosignatures {
            let time_s = i64::try_from(time_s.unwrap_or(0)).unwrap_or(i64::MAX);
            writeln!(f, "cosigned    {} at {}", name.escape_debug(), Utc(time_s.saturating_mul(1_000)))?;
        }
        if let Some(Line { leaf, .. }) = self.deciding() {
            write_decision(f, leaf)?;
        }
        writeln!(f, "entries     {}, each proved to be in the log and unchanged", self.entries.len())?;
        for line in &self.entries {
            let mark = if line.index == self.primary { '*' } else { ' ' };
            let (time, facts) = (Utc(line.leaf.time_ms), facts(&line.leaf));
            let text = format!("{mark} {:>10}  {time}  {:<20}{facts}", line.index, line.leaf.kind.name());
            writeln!(f, "{}", text.trim_end())?;
            if let Some(detail) = &line.detail {
                writeln!(f, "              {detail}")?;
            }
        }
        Ok(())
    }
}

fn write_decision(f: &mut fmt::Formatter<'_>, leaf: &Leaf<'_>) -> fmt::Result {
    if let Some(class) = leaf.class {
        writeln!(f, "class       {} ({class})", class_name(class).unwrap_or("unknown"))?;
    }
    if let Some(journey) = &leaf.journey {
        writeln!(f, "journey     {}", journey.escape_debug())?;
    }
    for (label, hash) in [("world       ", leaf.world), ("template    ", leaf.template)] {
        if let Some(hash) = hash {
            writeln!(f, "{label}{hash:#}")?;
        }
    }
    Ok(())
}

/// What an entry says beside its time and kind, as one line.
fn facts(leaf: &Leaf<'_>) -> String {
    let name = |label, name: &Option<Cow<'_, str>>| {
        name.as_ref().map(|name| format!("  {label} {}", name.escape_debug()))
    };
    let facts = [
        name("rule", &leaf.rule),
        name("route", &leaf.route),
        leaf.parts.map(|parts| format!("  parts {parts}")),
        leaf.cost_millifen.map(|cost| {
            let (sign, cost) = (if cost < 0 { "-" } else { "" }, cost.unsigned_abs());
            format!("  cost CNY {sign}{}.{:05}", cost / MILLIFEN_PER_YUAN, cost % MILLIFEN_PER_YUAN)
        }),
        leaf.count.map(|count| format!("  count {count}")),
        leaf.commitment.map(|hash| format!("  commitment {hash}")),
    ];
    facts.into_iter().flatten().collect()
}

/// A time as RFC 3339 writes it, in UTC with milliseconds, from milliseconds since 1970-01-01T00:00:00Z.
struct Utc(i64);

impl fmt::Display for Utc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (day, ms) = (self.0.div_euclid(MS_PER_DAY), self.0.rem_euclid(MS_PER_DAY));
        // Days from 0000-03-01: with March first, the leap day is the last of its year and months follow one formula.
        let day = day + DAYS_TO_1970;
        let (era, day_of_era) = (day.div_euclid(DAYS_PER_ERA), day.rem_euclid(DAYS_PER_ERA));
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
        let (year, month) = match month {
            0..=9 => (era * 400 + year_of_era, month + 3),
            _ => (era * 400 + year_of_era + 1, month - 9),
        };
        let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day_of_month:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z",
            ms % 1_000
        )
    }
}

const MS_PER_DAY: i64 = 86_400_000;
/// From 0000-03-01 to 1970-01-01.
const DAYS_TO_1970: i64 = 719_468;
/// The calendar repeats every 400 years.
const DAYS_PER_ERA: i64 = 146_097;
/// A yuan is 100 fen of 1,000 millifen.
const MILLIFEN_PER_YUAN: u64 = 100_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        let table = [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (951_868_799_999, "2000-02-29T23:59:59.999Z"),
            (951_868_800_000, "2000-03-01T00:00:00.000Z"),
            (1_767_225_600_123, "2026-01-01T00:00:00.123Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (4_107_456_000_000, "2100-02-28T00:00:00.000Z"),
        ];
        for (ms, text) in table {
            assert_eq!(Utc(ms).to_string(), text);
        }
        // Nonsense is printed, not a panic.
        assert!([i64::MIN, i64::MAX].into_iter().all(|ms| Utc(ms).to_string().ends_with('Z')));
    }
}
