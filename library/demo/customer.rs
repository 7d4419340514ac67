//! The customers of the demo bank: each is computed from the seed and a number, so no list is kept.

use super::data::{
    CITIES, City, GIVEN_FEMALE, GIVEN_MALE, OCCUPATIONS, Occupation, SURNAMES, UYGHUR_FEMALE, UYGHUR_MALE,
};
use super::random::{Purpose, Random};

/// The year ages are counted at, so that a bank does not age with the clock.
const AGE_YEAR: i64 = 2026;
/// First digits of all phone numbers: no operator has been given 154.
const PHONE_PREFIX: &str = "154";
/// Numbers behind the prefix.
const PHONE_COUNT: u64 = 100_000_000;
/// Coprime to [`PHONE_COUNT`], so that multiplying by it gives every customer a number of their own.
const PHONE_STEP: u64 = 61_803_399;
/// 2024-01-01 and 2026-01-01 in Shanghai: between them consent was asked for. Milliseconds since 1970 UTC.
const CONSENT_FROM_MS: i64 = 1_704_038_400_000;
const CONSENT_TO_MS: i64 = 1_767_196_800_000;
/// For how long a consent with an end holds: three years of 365 days.
const CONSENT_TERM_MS: i64 = 3 * 365 * 86_400_000;
/// An alert is never set lower than this.
const ALERT_FEN_MIN: i64 = 500_000;
/// Alerts are set in whole thousands of yuan.
const ALERT_STEP_FEN: i64 = 100_000;

/// A customer as the bank's core system would hand them over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// `C0000001` and up, without gaps.
    pub id: String,
    /// Surname and given name.
    pub name: String,
    /// As on the identity card.
    pub gender: Gender,
    /// An 11-digit mobile number in national form; no two customers share one.
    pub phone: String,
    /// `1985-03-09`.
    pub birth_date: String,
    /// City of residence, in Chinese.
    pub city: &'static str,
    /// The IANA zone of that city.
    pub zone: &'static str,
    /// What they live on, in Chinese.
    pub occupation: &'static str,
    /// Income of a month, fen.
    pub income_fen: i64,
    /// The investor's risk level, 1 (cautious) to 5 (aggressive), as C1 to C5 of the suitability rules.
    pub risk_level: u8,
    /// What they hold: 借记卡 always; 信用卡, 消费贷, 房贷, 定期存款, 理财, 基金, 车险.
    pub products: Vec<&'static str>,
    /// Last four digits of the debit card.
    pub account_tail: String,
    /// Balance at the start of every demo day, fen.
    pub balance_fen: i64,
    /// Movements above this amount (fen) are abnormal for this customer.
    pub alert_threshold_fen: i64,
    /// What they said about marketing; `None` when they were never asked.
    pub marketing_consent: Option<Consent>,
    /// Whether they answered an earlier message with an opt-out word.
    pub opted_out_before: bool,
}

/// A customer's gender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Gender {
    /// 女.
    Female,
    /// 男.
    Male,
}

impl Gender {
    /// `female` or `male`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Female => "female",
            Self::Male => "male",
        }
    }
}

/// Consent to marketing messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// The number of the form it was given on.
    pub evidence: String,
    /// When it was given, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// When it ends by itself, if it was given for a time.
    pub until_ms: Option<i64>,
    /// When it was taken back, if it was.
    pub withdrawn_at_ms: Option<i64>,
}

impl Consent {
    /// Whether it holds at an instant.
    pub fn holds_at(&self, at_ms: i64) -> bool {
        self.at_ms <= at_ms
            && self.until_ms.is_none_or(|until| at_ms < until)
            && self.withdrawn_at_ms.is_none_or(|withdrawn| at_ms < withdrawn)
    }
}

/// The customer with index 0 and up.
pub(super) fn customer(seed: u64, index: u32) -> Customer {
    let mut random = Random::new(seed, Purpose::Customer, u64::from(index), 0);
    let gender = if random.per_mille(490) { Gender::Female } else { Gender::Male };
    let city = *random.weighted(&CITIES);
    let occupation = *random.weighted(&OCCUPATIONS);
    let age = random.between(occupation.age_min, occupation.age_max);
    let income_fen = random.skewed(occupation.income_yuan * 100, 550) / 100 * 100;
    let risk_level = risk_level(&mut random, age);
    let id = customer_id(index);
    let marketing_consent = consent(&mut random, &id);
    let withdrawn = marketing_consent.as_ref().is_some_and(|consent| consent.withdrawn_at_ms.is_some());
    Customer {
        name: name(&mut random, gender, city),
        gender,
        phone: phone(seed, index),
        birth_date: format!(
            "{:04}-{:02}-{:02}",
            AGE_YEAR - age,
            random.between(1, 12),
            random.between(1, 28)
        ),
        city: city.name,
        zone: city.zone,
        occupation: occupation.name,
        income_fen,
        risk_level,
        products: products(&mut random, occupation, age, risk_level),
        account_tail: format!("{:04}", random.below(10_000)),
        balance_fen: random.skewed(income_fen * 3, 1_600),
        alert_threshold_fen: alert_threshold_fen(income_fen),
        marketing_consent,
        opted_out_before: random.per_mille(if withdrawn { 500 } else { 10 }),
        id,
    }
}

/// The id of the customer with this index.
pub(super) fn customer_id(index: u32) -> String {
    format!("C{:07}", u64::from(index) + 1)
}

/// Twice a month's income, in whole thousands of yuan.
fn alert_threshold_fen(income_fen: i64) -> i64 {
    let doubled = income_fen.saturating_mul(2).max(ALERT_FEN_MIN);
    doubled.saturating_add(ALERT_STEP_FEN - 1) / ALERT_STEP_FEN * ALERT_STEP_FEN
}

fn name(random: &mut Random, gender: Gender, city: City) -> String {
    if city.uyghur && random.per_mille(450) {
        let own = match gender {
            Gender::Female => random.pick(&UYGHUR_FEMALE),
            Gender::Male => random.pick(&UYGHUR_MALE),
        };
        return format!("{own}·{}", random.pick(&UYGHUR_MALE));
    }
    let given = match gender {
        Gender::Female => &GIVEN_FEMALE,
        Gender::Male => &GIVEN_MALE,
    };
    let mut name = String::from(*random.weighted(&SURNAMES));
    name.push(*random.pick(given));
    if random.per_mille(780) {
        name.push(*random.pick(given));
    }
    name
}

/// Unique as long as there are no more than [`PHONE_COUNT`] customers.
fn phone(seed: u64, index: u32) -> String {
    let rest = (u64::from(index) * PHONE_STEP + seed % PHONE_COUNT) % PHONE_COUNT;
    format!("{PHONE_PREFIX}{rest:08}")
}

/// The old are sold nothing risky.
fn risk_level(random: &mut Random, age: i64) -> u8 {
    let level = *random.weighted(&[(18, 1), (30, 2), (30, 3), (15, 4), (7, 5)]);
    if age > 60 { level.min(3) } else { level }
}

fn products(random: &mut Random, occupation: Occupation, age: i64, risk_level: u8) -> Vec<&'static str> {
    let earns = occupation.income_yuan >= 5_000;
    let working_age = (22..=60).contains(&age);
    let mut held = vec!["借记卡"];
    let mut may_hold = |product, per_mille, allowed: bool| {
        // Drawn in any case, so that a rule about one product does not shift the draws of the next.
        if random.per_mille(per_mille) && allowed {
            held.push(product);
        }
    };
    may_hold("信用卡", 520, earns && working_age);
    may_hold("消费贷", 160, earns && working_age);
    may_hold("房贷", 300, earns && (26..=55).contains(&age));
    may_hold("定期存款", 220, age >= 30);
    may_hold("理财", 320, risk_level >= 2);
    may_hold("基金", 330, risk_level >= 3);
    may_hold("车险", 230, earns && (24..=65).contains(&age));
    held
}

/// 70 of 100 agreed and have not taken it back, 12 have, 18 were never asked.
fn consent(random: &mut Random, id: &str) -> Option<Consent> {
    let answer = random.below(100);
    let at_ms = random.between(CONSENT_FROM_MS, CONSENT_TO_MS - 1);
    let ends = random.per_mille(200);
    let withdrawn_at_ms = random.between(at_ms + 1, CONSENT_TO_MS);
    if answer >= 82 {
        return None;
    }
    Some(Consent {
        evidence: format!("YX-{id}-{}", at_ms / 1_000),
        at_ms,
        until_ms: ends.then_some(at_ms + CONSENT_TERM_MS),
        withdrawn_at_ms: (answer >= 70).then_some(withdrawn_at_ms),
    })
}
