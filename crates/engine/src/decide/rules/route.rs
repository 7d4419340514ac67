//! # route
//!
//! Some carrier account must be allowed to carry the message: its class, to this country and carrier, under this
//! signature, with the links and phone numbers in its text, with its extension behind the number, within the day's quota. Of those that may, one that is up is
//! taken before one that is not, then the smallest preference number. Among equals the cheapest, then the first by
//! name; where weights are given, the message's id draws by weight; where one is sticky, the customer stays with
//! theirs. Blocks when there is none and says why each was not; holds until the day ends when only its quota is in the way.

use super::{Judge, Rule, RuleCode};
use crate::compose::body;
use crate::decide::{Candidate, Composed, Judgement};
use crate::deliver::quota;
use crate::entry::{Scope, SwitchState};
use crate::world::{Offer, Route};
use model::RouteId;
use smallvec::SmallVec;
use std::cell::OnceCell;
use std::fmt;
use std::sync::Arc;

/// This rule.
pub const RULE: Rule = Rule { id: "route", code: RuleCode(11), judge: Judge::Text(judge) };

fn judge(candidate: &Candidate<'_>, composed: &Composed<'_>) -> Judgement {
    if let Some(route) = composed.route {
        return Judgement::pass(route.id.as_str().to_owned());
    }
    let offer = candidate.world.table.offer(candidate.channel(), candidate.class());
    let asked = Asked::of(candidate, offer);
    let mut detail = format!("no route may carry {}", candidate.class());
    let mut only_quota = false;
    for (number, route) in offer.iter().flat_map(|offer| &offer.routes).enumerate() {
        let Some(lack) = lack(candidate, &asked, route) else { continue };
        only_quota |= matches!(lack, Lack::Quota);
        detail += &format!("{} {}: {lack}", if number == 0 { ":" } else { ";" }, route.id);
    }
    match only_quota {
        true => Judgement::hold(quota::next_day(candidate.world, candidate.now), detail),
        false => Judgement::block(detail),
    }
}

/// The route for a candidate.
pub(in crate::decide) fn choose<'a>(candidate: &Candidate<'a>) -> Option<&'a Route> {
    best(candidate, None).map(|(_, route)| route)
}

/// The same, if it is up.
pub(in crate::decide) fn choose_up<'a>(candidate: &Candidate<'a>) -> Option<&'a Route> {
    best(candidate, None).filter(|(is_down, _)| !is_down).map(|(_, route)| route)
}

/// Another route for a candidate than this one, if it is up.
pub(in crate::decide) fn other<'a>(candidate: &Candidate<'a>, than: &RouteId) -> Option<&'a Route> {
    best(candidate, Some(than)).filter(|(is_down, _)| !is_down).map(|(_, route)| route)
}

/// The best route but one, and whether it is down.
fn best<'a>(candidate: &Candidate<'a>, but: Option<&RouteId>) -> Option<(bool, &'a Route)> {
    let offer = candidate.world.table.offer(candidate.channel(), candidate.class())?;
    let asked = Asked::of(candidate, Some(offer));
    let mut rank = (true, u32::MAX);
    let mut equals: SmallVec<[&'a Route; EQUALS]> = SmallVec::new();
    for route in &offer.routes {
        let rank_here = (is_down(candidate, route), route.preference);
        if but == Some(&route.id) || (rank_here > rank && !equals.is_empty()) {
            continue;
        }
        if lack(candidate, &asked, route).is_some() {
            continue;
        }
        if rank_here < rank || equals.is_empty() {
            equals.clear();
            rank = rank_here;
        }
        equals.push(route);
    }
    Some((rank.0, among(candidate, &equals)?))
}

/// More equals than these are looked at all the same, with an allocation.
const EQUALS: usize = 8;

/// Whether messages would wait for it although it may carry them: its links are down, or somebody has paused it.
fn is_down(candidate: &Candidate<'_>, route: &Route) -> bool {
    !candidate.traffic.is_up(&route.id, candidate.now) || switched(candidate, route).is_some()
}

fn switched(candidate: &Candidate<'_>, route: &Route) -> Option<SwitchState> {
    if candidate.switches.is_empty() {
        return None;
    }
    candidate.switches.get(&Scope::Route(route.id.clone())).copied()
}

/// One of those that are equal in preference.
fn among<'a>(candidate: &Candidate<'a>, equals: &[&'a Route]) -> Option<&'a Route> {
    if equals.len() < 2 {
        return equals.first().copied();
    }
    if equals.iter().any(|route| route.sticky) {
        return drawn(equals.iter().map(|route| (*route, route.weight.max(1))), candidate.customer.subject.0);
    }
    if equals.iter().any(|route| route.weight > 0) {
        let weighed = equals.iter().filter(|route| route.weight > 0);
        return drawn(weighed.map(|route| (*route, route.weight)), candidate.message.0);
    }
    equals.iter().min_by_key(|route| (route.price_at(candidate.now), &route.id)).copied()
}

/// The route that a key draws, by weight. A route that comes or goes moves only the keys that it wins or loses.
/// (Weighted rendezvous hashing: Schindelhauer and Schomaker, 2005.)
fn drawn<'a>(weighed: impl Iterator<Item = (&'a Route, u32)>, key: u64) -> Option<&'a Route> {
    let cost = |route: &Route, weight: u32| {
        let hash = mix(key ^ name_hash(route.id.as_str()));
        // The upper 53 bits as a number above 0 and at most 1.
        let uniform = ((hash >> 11) + 1) as f64 / (1_u64 << 53) as f64;
        -uniform.ln() / f64::from(weight)
    };
    let costs = weighed.map(|(route, weight)| (cost(route, weight), route));
    costs.min_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, route)| route)
}

/// FNV-1a.
fn name_hash(name: &str) -> u64 {
    name.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// The finish of SplitMix64: every bit of the key reaches every bit of the hash.
fn mix(key: u64) -> u64 {
    let key = (key ^ (key >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let key = (key ^ (key >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    key ^ (key >> 31)
}

/// What routes may ask about a message, found out once.
struct Asked<'a> {
    country: Option<&'a str>,
    carrier: Option<&'a Arc<str>>,
    /// Whether nothing is known of the carriers of its country.
    is_abroad: bool,
    signature: &'a str,
    text: OnceCell<String>,
}

impl<'a> Asked<'a> {
    fn of(candidate: &Candidate<'a>, offer: Option<&Offer>) -> Self {
        let numbering = &candidate.world.numbering;
        let by_phone = candidate.channel().by_phone() && offer.is_some_and(|offer| offer.asks_number);
        let phone = candidate.customer.profile.phone.as_ref().filter(|_| by_phone);
        let own = candidate.order.and_then(|(_, order)| order.signature.as_deref());
        Self {
            country: phone.map(|phone| text::phone::country_of(phone.reveal())),
            is_abroad: phone.is_some_and(|phone| !numbering.knows(phone)),
            carrier: phone.and_then(|phone| numbering.carrier(phone, candidate.now)),
            signature: own.unwrap_or(&candidate.world.institution.signature),
            text: OnceCell::new(),
        }
    }

    /// The text without its signature; empty if it cannot be made, which another rule says.
    fn text(&self, candidate: &Candidate<'_>) -> &str {
        let (said, channel) = (candidate.said(), candidate.channel());
        let make = || body(candidate.world, candidate.template, &said, channel, candidate.reader());
        self.text.get_or_init(|| make().unwrap_or_default())
    }
}

/// Why a route may not carry a message.
enum Lack<'a> {
    /// Somebody has stopped it.
    Stopped,
    /// It does not deliver to the country.
    Country(&'a str),
    /// It does not deliver to the carrier.
    Carrier(Option<&'a Arc<str>>),
    /// The signature is not filed with it, or not accepted by the carrier.
    Signature(Option<&'a Arc<str>>),
    /// A link in the text is not filed with it.
    Link(String),
    /// A phone number in the text is not filed with it.
    Number,
    /// Nothing can follow its number in the sender.
    Extension,
    /// Its contract allows no more today.
    Quota,
}

impl fmt::Display for Lack<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped => f.write_str("stopped"),
            Self::Country(country) => write!(f, "does not serve +{country}"),
            Self::Carrier(Some(carrier)) => write!(f, "does not serve {carrier}"),
            Self::Carrier(None) => f.write_str("does not serve the number's carrier, which is not known"),
            Self::Signature(Some(carrier)) => write!(f, "signature not filed for {carrier}"),
            Self::Signature(None) => f.write_str("signature not filed"),
            Self::Link(domain) => write!(f, "link to {domain} not filed"),
            Self::Number => f.write_str("a phone number in the text is not filed"),
            Self::Extension => f.write_str("no extension can follow its number"),
            Self::Quota => f.write_str("quota of the day used up"),
        }
    }
}

/// What a route lacks to carry a message; what costs least is asked first.
fn lack<'a>(candidate: &Candidate<'a>, asked: &Asked<'a>, route: &Route) -> Option<Lack<'a>> {
    if switched(candidate, route) == Some(SwitchState::Killed) {
        return Some(Lack::Stopped);
    }
    if route.asks_number()
        && let Some(country) = asked.country
    {
        let serves = &route.serves;
        if !serves.countries.is_empty() && !serves.countries.iter().any(|served| served == country) {
            return Some(Lack::Country(country));
        }
        if !serves.carriers.is_empty() && !asked.carrier.is_some_and(|own| serves.carriers.contains(own)) {
            return Some(Lack::Carrier(asked.carrier));
        }
    }
    if !route.filed.is_empty() && !is_filed(asked, route) {
        return Some(Lack::Signature(asked.carrier));
    }
    if candidate.extension().is_some_and(|extension| !route.takes(extension)) {
        return Some(Lack::Extension);
    }
    if let Some(parts) = route.daily_parts
        && quota::handed(candidate.world, candidate.handed, &route.id, candidate.now) >= parts
    {
        return Some(Lack::Quota);
    }
    if route.asks_text() {
        return lack_of_text(asked.text(candidate), route);
    }
    None
}

/// Whether the signature is filed, and the number's carrier has accepted it where it must.
fn is_filed(asked: &Asked<'_>, route: &Route) -> bool {
    let accepts = |carriers: &[Arc<str>]| match asked.carrier {
        Some(carrier) => carriers.is_empty() || carriers.contains(carrier),
        // Carriers are named where their numbers are known; elsewhere nobody has to accept.
        None => carriers.is_empty() || asked.is_abroad,
    };
    route.filed.iter().any(|filed| filed.signature == asked.signature && accepts(&filed.carriers))
}

fn lack_of_text<'a>(said: &str, route: &Route) -> Option<Lack<'a>> {
    if !route.links.is_empty() {
        let is_filed = |domain: &str| route.links.iter().any(|filed| text::found::is_within(domain, filed));
        if let Some(domain) = text::found::links(said).find(|domain| !is_filed(domain)) {
            return Some(Lack::Link(domain.to_owned()));
        }
    }
    if !route.numbers.is_empty() {
        let is_filed = |number: &str| route.numbers.iter().any(|filed| text::found::is_same(filed, number));
        if text::found::numbers(said).any(|number| !is_filed(&number)) {
            return Some(Lack::Number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_of_a_key_counts() {
        let ones: u32 = (0..64).map(|bit| (mix(7) ^ mix(7 ^ (1 << bit))).count_ones()).sum();
        assert!((64 * 24..64 * 40).contains(&ones), "{ones}");
    }
}
