//! What a carrier's code asks for: the route's own table first, then the protocol's.

use super::protocol::Refusal;
use engine::world::ErrorPolicy;
use model::Span;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use wire::Class;

/// What follows from a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ruling {
    /// The message's fault: it has failed.
    Fail,
    /// The carrier's fault, which may pass: a few times, each after so long.
    Retry(Span),
    /// The binding's fault: as long as it is worth sending, after so long.
    Unbound(Span),
    /// Not over this route.
    Elsewhere,
    /// Too fast: the same again, slower.
    Throttle,
    /// The route is out of use for so long.
    Suspend(Span),
}

/// A route's own table of codes.
#[derive(Debug)]
pub(crate) struct Rulings {
    /// How long a refusal that may pass is kept before the engine hears of it, where the table does not say: otherwise it
    /// would be offered again within a millisecond, and its few attempts be used up before the carrier's trouble is over.
    retry_after: Span,
    numbers: HashMap<u32, ErrorPolicy>,
    words: BTreeMap<Arc<str>, ErrorPolicy>,
}

impl Rulings {
    /// Codes as they are configured: `0x58` and `88` are numbers, anything else is compared as it is written.
    pub(crate) fn of(table: &BTreeMap<Arc<str>, ErrorPolicy>, retry_after: Span) -> Self {
        let mut rulings = Self { retry_after, numbers: HashMap::new(), words: BTreeMap::new() };
        for (code, policy) in table {
            let number = match code.strip_prefix("0x") {
                Some(hex) => u32::from_str_radix(hex, 16).ok(),
                None => code.parse().ok(),
            };
            if let Some(number) = number {
                rulings.numbers.insert(number, *policy);
            }
            rulings.words.insert(Arc::clone(code), *policy);
        }
        rulings
    }

    /// What follows from a submit's being refused.
    pub(crate) fn on_refusal(&self, refusal: &Refusal) -> Ruling {
        match self.numbers.get(&refusal.code) {
            Some(ErrorPolicy::Permanent) => Ruling::Fail,
            Some(ErrorPolicy::RetryAfter(span)) => Ruling::Retry(*span),
            Some(ErrorPolicy::Reroute) => Ruling::Elsewhere,
            Some(ErrorPolicy::Throttle) => Ruling::Throttle,
            Some(ErrorPolicy::Suspend(span)) => Ruling::Suspend(*span),
            None => match refusal.class {
                Class::Throttled => Ruling::Throttle,
                Class::Retry => Ruling::Retry(self.retry_after),
                Class::Session => Ruling::Unbound(self.retry_after),
                Class::Permanent | Class::Ok => Ruling::Fail,
            },
        }
    }

    /// For how long a code in a receipt puts the route out of use. Nothing else of the table can be done about a part
    /// that the carrier has had.
    pub(crate) fn suspends(&self, code: &str) -> Option<Span> {
        match self.words.get(code) {
            Some(ErrorPolicy::Suspend(span)) => Some(*span),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_routes_table_goes_before_the_protocols() {
        let table = BTreeMap::from([
            (Arc::from("0x58"), ErrorPolicy::Permanent),
            (Arc::from("11"), ErrorPolicy::RetryAfter(Span::seconds(30))),
            (Arc::from("0x400"), ErrorPolicy::Throttle),
            (Arc::from("1025"), ErrorPolicy::Suspend(Span::seconds(60))),
            (Arc::from("0x402"), ErrorPolicy::Reroute),
            (Arc::from("MK:0011"), ErrorPolicy::Suspend(Span::seconds(300))),
        ]);
        let after = Span::seconds(7);
        let rulings = Rulings::of(&table, after);
        for (code, class, expected) in [
            (0x58, Class::Throttled, Ruling::Fail),
            (0x0b, Class::Permanent, Ruling::Retry(Span::seconds(30))),
            (0x400, Class::Permanent, Ruling::Throttle),
            (0x401, Class::Permanent, Ruling::Suspend(Span::seconds(60))),
            (0x402, Class::Permanent, Ruling::Elsewhere),
            (0x14, Class::Throttled, Ruling::Throttle),
            (0x08, Class::Retry, Ruling::Retry(after)),
            (0x0e, Class::Session, Ruling::Unbound(after)),
            (0x0a, Class::Permanent, Ruling::Fail),
        ] {
            let refusal = Refusal { code, class, meaning: String::new() };
            assert_eq!(rulings.on_refusal(&refusal), expected, "0x{code:x}");
        }
        assert_eq!(rulings.suspends("MK:0011"), Some(Span::seconds(300)));
        assert_eq!((rulings.suspends("DELIVRD"), rulings.suspends("0x402")), (None, None));
    }
}
