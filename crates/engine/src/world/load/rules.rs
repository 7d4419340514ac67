//! `rules/<jurisdiction>/*.toml`: the effective-dated rules, of which at most one revision may be in force at a time.
//!
//! All jurisdictions are checked; only the institution's own get into the world.
//! It judges no message and knows no law: numbers and citations come from the files. The loader calls it once.

mod numbers;

use super::classes::Classes;
use super::document::{Document, Place};
use super::reader::{Item, Table, read_file};
use super::{class_list, id_text, span_item};
use crate::entry::CaseKind;
use crate::world::{
    Arbitration, BestTime, Cap, CapScope, CapWindow, ConsentRule, Holdout, HolidayPolicy, Pack, QuietHours,
    RuleSet, Suitability, Term, packs::CAP_WINDOW_MAX,
};
use model::{ClockTime, Date, Timestamp, Zone};

/// What the other files say that rules lean on.
pub(super) struct Context<'c, 'a> {
    /// Dates begin at midnight here.
    pub(super) zone: Zone,
    /// The classes and subtypes that a rule may bind.
    pub(super) classes: &'c Classes<'a>,
}

/// Reads the rules of every jurisdiction and keeps those of one.
pub(super) fn read<'a>(
    documents: &[(&'a str, &'a Document<'a>)],
    jurisdiction: Option<&str>,
    context: &Context<'_, 'a>,
) -> Pack {
    let mut rules = Vec::new();
    for (folder, document) in documents {
        let list =
            read_file(document, |table| table.required("rule").and_then(Item::list)).unwrap_or_default();
        let read = |item: Item<'a>| item.table(|table| read_rule(folder, table, context)).flatten();
        rules.extend(list.into_iter().filter_map(read));
    }
    rules.sort_by(|a, b| a.order().cmp(&b.order()));
    for pair in rules.windows(2) {
        if let [earlier, later] = pair {
            report_clash(earlier, later);
        }
    }
    let mut pack = Pack::default();
    for rule in rules.into_iter().filter(|rule| Some(rule.jurisdiction) == jurisdiction) {
        match rule.set.rule.clone() {
            Numbers::Consent(numbers) => pack.consent.push(with_numbers(rule.set, numbers)),
            Numbers::Cap(numbers) => pack.caps.push(with_numbers(rule.set, numbers)),
            Numbers::Quiet(numbers) => pack.quiet.push(with_numbers(rule.set, numbers)),
            Numbers::Holdout(numbers) => pack.holdouts.push(with_numbers(rule.set, numbers)),
            Numbers::Term(numbers) => pack.terms.push(with_numbers(rule.set, numbers)),
            Numbers::Arbitration(numbers) => pack.arbitration.push(with_numbers(rule.set, numbers)),
            Numbers::Suitability(numbers) => pack.suitability.push(with_numbers(rule.set, numbers)),
            Numbers::BestTime(numbers) => pack.best_time.push(with_numbers(rule.set, numbers)),
        }
    }
    pack
}

/// One rule as read, before its kind decides where it goes.
struct Stated<'a> {
    jurisdiction: &'a str,
    kind: &'static str,
    place: Place<'a>,
    from_place: Place<'a>,
    set: RuleSet<Numbers>,
}

impl<'a> Stated<'a> {
    fn order(&self) -> (&'a str, &'static str, &str, Timestamp, u16) {
        (self.jurisdiction, self.kind, &self.set.id, self.set.from, self.set.revision)
    }
}

#[derive(Clone)]
enum Numbers {
    Consent(ConsentRule),
    Cap(Cap),
    Quiet(QuietHours),
    Arbitration(Arbitration),
    Holdout(Holdout),
    Term(Term),
    Suitability(Suitability),
    BestTime(BestTime),
}

fn with_numbers<R>(set: RuleSet<Numbers>, rule: R) -> RuleSet<R> {
    let RuleSet { id, revision, from, until, classes, subtypes, citation, verified, rule: _ } = set;
    RuleSet { id, revision, from, until, classes, subtypes, citation, verified, rule }
}

/// Two neighbours in order of their dates: the later must begin where the earlier has ended, with a higher revision.
fn report_clash(earlier: &Stated<'_>, later: &Stated<'_>) {
    if earlier.order().0 != later.order().0 || earlier.kind != later.kind || earlier.set.id != later.set.id {
        return;
    }
    let name = format!("{} {:?}", later.kind, later.set.id);
    if earlier.set.until.is_none_or(|until| later.set.from < until) {
        later.from_place.report(format!(
            "from: expected a date after the end of the revision before it, but {name} of {} is still in force then",
            earlier.place.name()
        ));
    }
    if later.set.revision <= earlier.set.revision {
        later.place.report(format!(
            "revision: expected more than {}, which {name} has in {}, found {}",
            earlier.set.revision,
            earlier.place.name(),
            later.set.revision
        ));
    }
}

fn read_rule<'a>(
    jurisdiction: &'a str,
    table: &mut Table<'a>,
    context: &Context<'_, 'a>,
) -> Option<Stated<'a>> {
    let place = table.place();
    let kind = table.required("kind").and_then(|item| item.one_of(&KINDS));
    let id = table.required("id").and_then(id_text);
    let revision = table.required("revision").and_then(|item| item.number(1..=u16::MAX));
    let midnight = |item: Item<'_>| {
        let day = item.parsed(Date::parse)?;
        Some(context.zone.instant(day, ClockTime::parse("00:00").ok()?))
    };
    let from_item = table.required("from");
    let from = from_item.and_then(midnight);
    let until_item = table.optional("until");
    let until = until_item.and_then(midnight);
    if let (Some(from), Some(until), Some(item)) = (from, until, until_item)
        && until <= from
    {
        item.report("expected a date after the one in from");
    }
    let classes = table.optional("classes").and_then(class_list).unwrap_or_default();
    let subtypes = table
        .optional("subtypes")
        .and_then(|item| item.each(|item| context.classes.subtype(&classes, item)))
        .unwrap_or_default();
    let citation = table.text("citation").map(str::to_owned);
    let verified = table.required("verified").and_then(Item::flag);
    let set = table.required("set");
    let rule = kind.zip(set).and_then(|(kind, set)| set.table(|table| read_numbers(kind, table)).flatten());
    let (id, revision) = (id?.to_owned(), revision?);
    let set = RuleSet {
        id,
        revision,
        from: from?,
        until,
        classes,
        subtypes,
        citation: citation?,
        verified: verified?,
        rule: rule?,
    };
    Some(Stated { jurisdiction, kind: kind?, place, from_place: from_item?.place(), set })
}

const CONSENT: &str = "consent";
const CAP: &str = "frequency-cap";
const QUIET: &str = "quiet-hours";
const ARBITRATION: &str = "arbitration";
const HOLDOUT: &str = "holdout";
const TERM: &str = "answer-term";
const SUITABILITY: &str = "suitability";
const BEST_TIME: &str = "best-time";
const KINDS: [(&str, &str); 8] = [
    (CONSENT, CONSENT),
    (CAP, CAP),
    (QUIET, QUIET),
    (ARBITRATION, ARBITRATION),
    (HOLDOUT, HOLDOUT),
    (TERM, TERM),
    (SUITABILITY, SUITABILITY),
    (BEST_TIME, BEST_TIME),
];

fn read_numbers(kind: &str, table: &mut Table<'_>) -> Option<Numbers> {
    match kind {
        CONSENT => {
            let required = table.required("required").and_then(Item::flag);
            Some(Numbers::Consent(ConsentRule { required: required? }))
        }
        CAP => read_cap(table).map(Numbers::Cap),
        HOLDOUT => {
            let of_million = table.required("share").and_then(|item| item.parsed(share));
            let salt = table.text("salt").map(str::to_owned);
            Some(Numbers::Holdout(Holdout { of_million: of_million?, salt: salt? }))
        }
        TERM => {
            let kinds = CaseKind::ALL.map(|kind| (kind.name(), kind));
            let case = table.required("case").and_then(|item| item.one_of(&kinds));
            let days = table.required("days").and_then(|item| item.number(1..=DAYS_MAX));
            let workdays = table.required("workdays").and_then(Item::flag);
            Some(Numbers::Term(Term { case: case?, days: days?, workdays: workdays? }))
        }
        ARBITRATION => {
            let window_item = table.required("window");
            let window = window_item.and_then(span_item);
            if let (Some(window), Some(item)) = (window, window_item)
                && window > CAP_WINDOW_MAX
            {
                item.report(format!("expected a window of at most {CAP_WINDOW_MAX}, found {window}"));
            }
            let hold = table.required("hold").and_then(Item::flag);
            Some(Numbers::Arbitration(Arbitration { window: window?, hold: hold? }))
        }
        SUITABILITY => numbers::suitability(table).map(Numbers::Suitability),
        BEST_TIME => numbers::best_time(table).map(Numbers::BestTime),
        _ => read_quiet(table).map(Numbers::Quiet),
    }
}

/// A share such as `5%` or `0.5%`, in millionths: above none, and at most half of everybody, because who is held out is the
/// exception. (`100%` stands for everybody, in tests of a configuration.)
fn share(text: &str) -> Result<u32, String> {
    let wrong =
        || format!("expected a share such as 5% or 0.25%, above 0% and up to 50%, or 100%, found {text:?}");
    let (whole, part) =
        text.strip_suffix('%').map(|n| n.split_once('.').unwrap_or((n, ""))).ok_or_else(wrong)?;
    let digits = format!("{whole}{part:0<4}");
    let is_number = !whole.is_empty() && part.len() <= 4 && digits.bytes().all(|b| b.is_ascii_digit());
    let of_million = digits.parse::<u32>().ok().filter(|_| is_number).ok_or_else(wrong)?;
    if (1..=HOLDOUT_MAX).contains(&of_million) || of_million == EVERYBODY {
        Ok(of_million)
    } else {
        Err(wrong())
    }
}

/// Half of everybody, in millionths.
const HOLDOUT_MAX: u32 = 500_000;
const EVERYBODY: u32 = 1_000_000;

fn read_cap(table: &mut Table<'_>) -> Option<Cap> {
    let scope = table.required("scope").and_then(|item| {
        item.one_of(&[
            ("global", CapScope::Global),
            ("class", CapScope::Class),
            ("journey", CapScope::Journey),
        ])
    });
    let window = table.required("window").and_then(window);
    let max = table.required("max").and_then(|item| item.number(1..=CAP_MAX));
    let hold = table.required("hold").and_then(Item::flag);
    Some(Cap { scope: scope?, window: window?, max: max?, hold: hold? })
}

fn window(item: Item<'_>) -> Option<CapWindow> {
    match item.any_text()? {
        "day" => return Some(CapWindow::Day),
        "week" => return Some(CapWindow::Week),
        "month" => return Some(CapWindow::Month),
        text if !text.starts_with(|c: char| c.is_ascii_digit()) => {
            item.report(format!("expected day, week, month or a length of time such as 24h, found {text:?}"));
            return None;
        }
        _ => {}
    }
    let span = span_item(item)?;
    if span > CAP_WINDOW_MAX {
        item.report(format!("expected a window of at most {CAP_WINDOW_MAX}, found {span}"));
    }
    Some(CapWindow::Rolling(span))
}

fn read_quiet(table: &mut Table<'_>) -> Option<QuietHours> {
    let open = table.required("open").and_then(|item| item.parsed(ClockTime::parse));
    let close_item = table.required("close");
    let close = close_item.and_then(|item| item.parsed(ClockTime::parse));
    let holidays = table.required("holidays").and_then(|item| {
        item.one_of(&[
            ("as_usual", HolidayPolicy::AsUsual),
            ("quiet", HolidayPolicy::Quiet),
            ("workdays_only", HolidayPolicy::WorkdaysOnly),
        ])
    });
    if let (Some(open), Some(close), Some(item)) = (open, close, close_item)
        && close <= open
    {
        item.report(format!("expected a time after open, which is {open}, found {close}"));
    }
    Some(QuietHours { open: open?, close: close?, holidays: holidays? })
}

/// The longest term: a year.
const DAYS_MAX: u32 = 366;

/// The most messages a cap may allow: a number beyond it is a slip of the finger, not a cap.
const CAP_MAX: u32 = 100_000;
