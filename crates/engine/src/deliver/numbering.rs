//! Which carrier a phone number is with: the ranges that a country's regulator gave to its carriers (`numbering/`), each
//! from a day on, and the numbers that were taken along to another carrier. It says nothing of a number in no range; the
//! gate's rule `route` asks.

use model::{Phone, Timestamp};
use std::sync::Arc;

/// The carriers of the countries whose ranges are known.
#[derive(Debug, Default)]
pub struct Numbering {
    countries: Vec<Country>,
    /// Numbers that were taken along, sorted, with the place of the carrier's name.
    ported: Vec<(Phone, Timestamp, u16)>,
    carriers: Vec<Arc<str>>,
}

/// The ranges of one country.
#[derive(Debug)]
struct Country {
    code: String,
    /// By the first three digits of the national number: the longest beginning first, then the latest day.
    slots: Vec<Vec<(String, Timestamp, u16)>>,
}

/// Numbers that begin alike and belong to one carrier from a moment on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// The country code, digits.
    pub country: String,
    /// How the national number begins, at least three digits.
    pub prefix: String,
    /// From when.
    pub from: Timestamp,
    /// Whose.
    pub carrier: Arc<str>,
}

/// By how many digits ranges are filed.
const SLOT_DIGITS: usize = 3;
const SLOTS: usize = 1_000;

impl Numbering {
    /// What these ranges and taken-along numbers say. The later of two that say the same wins.
    pub fn new(ranges: Vec<Range>, ported: Vec<(Phone, Timestamp, Arc<str>)>) -> Self {
        let mut numbering = Self::default();
        for range in ranges {
            let carrier = numbering.place_of(range.carrier);
            let Some(slot) = slot_of(&range.prefix) else { continue };
            let country = numbering.country_mut(&range.country);
            country.slots[slot].push((range.prefix, range.from, carrier));
        }
        for slot in numbering.countries.iter_mut().flat_map(|country| &mut country.slots) {
            slot.sort_by_key(|(prefix, from, _)| std::cmp::Reverse((prefix.len(), *from)));
        }
        let ported =
            ported.into_iter().map(|(phone, from, carrier)| (phone, from, numbering.place_of(carrier)));
        let mut ported: Vec<_> = ported.collect();
        ported.sort();
        numbering.ported = ported;
        numbering
    }

    /// Whether the carriers of a number's country are known.
    pub fn knows(&self, phone: &Phone) -> bool {
        self.country(phone).is_some()
    }

    /// The carrier that a number is with at a moment; none if it is in no known range.
    pub fn carrier(&self, phone: &Phone, now: Timestamp) -> Option<&Arc<str>> {
        let place = self.taken_along(phone, now).or_else(|| self.by_range(phone, now))?;
        self.carriers.get(usize::from(place))
    }

    fn taken_along(&self, phone: &Phone, now: Timestamp) -> Option<u16> {
        let after = self.ported.partition_point(|(number, from, _)| (number, from) <= (phone, &now));
        let (number, _, carrier) = self.ported.get(after.checked_sub(1)?)?;
        (number == phone).then_some(*carrier)
    }

    fn by_range(&self, phone: &Phone, now: Timestamp) -> Option<u16> {
        let country = self.country(phone)?;
        let national = phone.reveal().strip_prefix(&*country.code)?;
        let ranges = country.slots.get(slot_of(national)?)?;
        let found = ranges.iter().find(|(prefix, from, _)| *from <= now && national.starts_with(&**prefix));
        found.map(|(_, _, carrier)| *carrier)
    }

    fn country(&self, phone: &Phone) -> Option<&Country> {
        let code = text::phone::country_of(phone.reveal());
        self.countries.iter().find(|country| country.code == code)
    }

    fn country_mut(&mut self, code: &str) -> &mut Country {
        let place = self.countries.iter().position(|country| country.code == code).unwrap_or_else(|| {
            self.countries.push(Country { code: code.to_owned(), slots: vec![Vec::new(); SLOTS] });
            self.countries.len() - 1
        });
        &mut self.countries[place]
    }

    /// Where a carrier's name stands; there are a few of them.
    fn place_of(&mut self, carrier: Arc<str>) -> u16 {
        let place = self.carriers.iter().position(|known| *known == carrier).unwrap_or_else(|| {
            self.carriers.push(carrier);
            self.carriers.len() - 1
        });
        u16::try_from(place).unwrap_or(u16::MAX)
    }
}

fn slot_of(national: &str) -> Option<usize> {
    national.get(..SLOT_DIGITS)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbering() -> Numbering {
        let range = |prefix: &str, from, carrier: &str| Range {
            country: "86".to_owned(),
            prefix: prefix.to_owned(),
            from: Timestamp(from),
            carrier: carrier.into(),
        };
        let ranges = vec![
            range("138", 0, "cmcc"),
            range("1700", 0, "telecom"),
            range("170", 0, "cmcc"),
            range("1703", 50, "unicom"),
            range("1703", 0, "telecom"),
        ];
        let phone = |text: &str| Phone::parse(text, "86").unwrap();
        let ported = vec![
            (phone("13800000001"), Timestamp(20), "unicom".into()),
            (phone("13800000001"), Timestamp(40), "telecom".into()),
            (phone("13800000003"), Timestamp(0), "cbn".into()),
        ];
        Numbering::new(ranges, ported)
    }

    #[test]
    fn the_longest_beginning_and_the_latest_day_say_whose_a_number_is() {
        let numbering = numbering();
        let check = |number: &str, now, expect: Option<&str>| {
            let phone = Phone::parse(number, "86").unwrap();
            let found = numbering.carrier(&phone, Timestamp(now)).map(|carrier| &**carrier);
            assert_eq!(found, expect, "{number} at {now}");
        };
        check("13800000002", 0, Some("cmcc"));
        check("17000000000", 0, Some("telecom"));
        check("17050000000", 0, Some("cmcc"));
        check("17030000000", 49, Some("telecom"));
        check("17030000000", 50, Some("unicom"));
        check("13900000000", 0, None);
        check("+420601123456", 0, None);
        check("13800000001", 19, Some("cmcc"));
        check("13800000001", 20, Some("unicom"));
        check("13800000001", 40, Some("telecom"));
        check("13800000003", 0, Some("cbn"));
    }

    #[test]
    fn a_country_without_ranges_is_not_known() {
        let numbering = numbering();
        let knows = |number: &str| numbering.knows(&Phone::parse(number, "86").unwrap());
        assert_eq!((knows("13900000000"), knows("+420601123456")), (true, false));
        assert!(!Numbering::default().knows(&Phone::parse("13900000000", "86").unwrap()));
    }
}
