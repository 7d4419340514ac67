//! A day of the demo bank: who does what when is planned and sorted first, in few bytes; each event is written out
//! only when it is asked for, so a day of a million customers can be streamed.

use super::customer::{Customer, customer, customer_id};
use super::data::{
    CHANNELS, CITIES, Category, City, INCOME, LOGIN_CHANNELS, LOGIN_HOURS, SPENDING, TRANSACTION_HOURS,
};
use super::date::{DAY_MS, Date};
use super::random::{Purpose, Random};

const HOUR_MS: i64 = 3_600_000;
/// How long before a login or a payment its code is asked for, ms.
const CODE_LEAD_MS: (i64, i64) = (12_000, 55_000);
/// How many days ahead a repayment is announced.
const DUE_DAYS_AHEAD: i64 = 3;
/// Of a thousand transactions so many are abnormal for the customer, and so many of the others are income.
const ABNORMAL_PER_MILLE: u64 = 4;
const INCOMING_PER_MILLE: u64 = 150;
/// With less than this on the account nothing is spent any more.
const BALANCE_FEN_LOW: i64 = 10_000;
/// The income (fen) at which the amounts of [`Category`] are medians.
const USUAL_INCOME_FEN: i64 = 800_000;

/// One thing a customer did, or a date that has come, as the bank's core system would hand it over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Unique over all days: `E20260303C0000001-01`.
    pub id: String,
    /// Whose event it is.
    pub customer_id: String,
    /// `transaction`, `login`, `verification_code` or `repayment_due`.
    pub kind: &'static str,
    /// When it happened, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// What else is known, in the order a file would have its columns. Amounts end in `_fen`.
    ///
    /// - `transaction`: direction (`in`, `out`), amount_fen, balance_fen (after it), category, merchant, channel, account_tail
    /// - `login`: channel, city (not always the customer's own)
    /// - `verification_code`: code (six digits), purpose, valid_minutes
    /// - `repayment_due`: product, amount_fen, due_date (`2026-03-06`), days_left, account_tail
    pub fields: Vec<(&'static str, Value)>,
}

/// The value of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A whole number.
    Int(i64),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl Event {
    /// The value of a field by name.
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|(field, _)| *field == name).map(|(_, value)| value)
    }
}

/// The day's events in the order of time; of two in the same millisecond the customer with the smaller id comes first.
pub(super) fn events(seed: u64, customers: u32, day_start_ms: i64) -> impl Iterator<Item = Event> {
    let day = Day { seed, start_ms: day_start_ms, date: Date::at_bank(day_start_ms) };
    let mut accounts = Vec::with_capacity(customers as usize);
    let mut plan = Vec::with_capacity(customers as usize * 3);
    for index in 0..customers {
        let customer = customer(seed, index);
        plan_customer(&day, index, &customer, &mut plan);
        accounts.push(Account::of(&customer));
    }
    // Ids are numbered per customer in the order of time, so the three together order any two events.
    plan.sort_unstable_by_key(|planned| (planned.offset_ms, planned.index, planned.number));
    plan.into_iter().filter_map(move |planned| {
        let account = accounts.get_mut(planned.index as usize)?;
        Some(write_out(&day, planned, account))
    })
}

/// What a day needs to be told apart from others.
#[derive(Debug, Clone, Copy)]
struct Day {
    seed: u64,
    start_ms: i64,
    date: Date,
}

/// What of a customer their events need, and how it changes during the day.
#[derive(Debug)]
struct Account {
    income_fen: i64,
    balance_fen: i64,
    alert_threshold_fen: i64,
    tail: String,
    city: &'static str,
    loan: Option<&'static str>,
}

impl Account {
    fn of(customer: &Customer) -> Self {
        Self {
            income_fen: customer.income_fen,
            balance_fen: customer.balance_fen,
            alert_threshold_fen: customer.alert_threshold_fen,
            tail: customer.account_tail.clone(),
            city: customer.city,
            loan: loan(customer),
        }
    }
}

/// An event that is going to happen.
#[derive(Debug, Clone, Copy)]
struct Planned {
    offset_ms: u32,
    index: u32,
    number: u16,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Transaction,
    OnlinePayment,
    Login,
    LoginCode,
    PaymentCode,
    RepaymentDue,
}

/// What a customer pays back every month, if anything.
fn loan(customer: &Customer) -> Option<&'static str> {
    ["房贷", "消费贷", "信用卡"].into_iter().find(|loan| customer.products.contains(loan))
}

fn plan_customer(day: &Day, index: u32, customer: &Customer, plan: &mut Vec<Planned>) {
    let mut random = Random::new(day.seed, Purpose::Plan, u64::from(index), day.start_ms.cast_unsigned());
    let shift = CITIES
        .iter()
        .find(|(_, city)| city.name == customer.city)
        .map_or(0, |(_, city): &(u32, City)| city.hours_behind_bank);
    let mut moments: Vec<(i64, Kind)> = Vec::new();
    let transactions = *random.weighted(&[(24, 0), (32, 1), (23, 2), (11, 3), (6, 4), (3, 6), (1, 10)]);
    for _ in 0..transactions {
        let at = moment(&mut random, &TRANSACTION_HOURS, shift);
        if random.per_mille(70) {
            moments.push((code_before(&mut random, at), Kind::PaymentCode));
            moments.push((at, Kind::OnlinePayment));
        } else {
            moments.push((at, Kind::Transaction));
        }
    }
    for _ in 0..*random.weighted(&[(62, 0), (28, 1), (8, 2), (2, 3)]) {
        let at = moment(&mut random, &LOGIN_HOURS, shift);
        if random.per_mille(500) {
            moments.push((code_before(&mut random, at), Kind::LoginCode));
        }
        moments.push((at, Kind::Login));
    }
    if loan(customer).is_some() && due_day(day.seed, index) == due_date(day).day {
        moments.push((random.between(8 * HOUR_MS, 10 * HOUR_MS), Kind::RepaymentDue));
    }
    moments.sort_by_key(|(at, _)| *at);
    // A moment lies within a day, so it fits into 32 bits; a customer has a few dozen events at most.
    plan.extend(moments.into_iter().zip(1_u16..).map(|((at, kind), number)| Planned {
        offset_ms: at.clamp(0, DAY_MS - 1) as u32,
        index,
        number,
        kind,
    }));
}

/// A moment of the bank's day, ms from its start, such that at the customer's place the hours are as the curve says.
fn moment(random: &mut Random, hours: &[(u32, i64); 24], shift: i64) -> i64 {
    let hour = (*random.weighted(hours) + shift) % 24;
    hour * HOUR_MS + random.between(0, HOUR_MS - 1)
}

fn code_before(random: &mut Random, at: i64) -> i64 {
    (at - random.between(CODE_LEAD_MS.0, CODE_LEAD_MS.1)).max(0)
}

/// The day of the month on which a customer pays back, 1 to 28.
fn due_day(seed: u64, index: u32) -> i64 {
    Random::new(seed, Purpose::DueDay, u64::from(index), 0).between(1, 28)
}

fn due_date(day: &Day) -> Date {
    Date::at_bank(day.start_ms.saturating_add(DUE_DAYS_AHEAD * DAY_MS))
}

fn write_out(day: &Day, planned: Planned, account: &mut Account) -> Event {
    let which = day.start_ms.cast_unsigned().wrapping_add(u64::from(planned.number));
    let mut random = Random::new(day.seed, Purpose::Event, u64::from(planned.index), which);
    let (kind, fields) = match planned.kind {
        Kind::Transaction => ("transaction", transaction(&mut random, account, None)),
        Kind::OnlinePayment => ("transaction", transaction(&mut random, account, Some("快捷支付"))),
        Kind::Login => ("login", login(&mut random, account.city)),
        Kind::LoginCode => ("verification_code", code(&mut random, "登录手机银行")),
        Kind::PaymentCode => ("verification_code", code(&mut random, "网上支付")),
        Kind::RepaymentDue => ("repayment_due", repayment(&mut random, day, account)),
    };
    let customer_id = customer_id(planned.index);
    Event {
        id: format!("E{}{customer_id}-{:02}", day.date.packed(), planned.number),
        customer_id,
        kind,
        at_ms: day.start_ms.saturating_add(i64::from(planned.offset_ms)),
        fields,
    }
}

/// One movement on an account.
struct Movement {
    incoming: bool,
    category: &'static str,
    merchant: &'static str,
    channel: &'static str,
    amount_fen: i64,
}

/// `online`: the channel of a payment that a code was asked for.
fn transaction(
    random: &mut Random,
    account: &mut Account,
    online: Option<&'static str>,
) -> Vec<(&'static str, Value)> {
    let abnormal = random.per_mille(ABNORMAL_PER_MILLE);
    let earning = random.per_mille(INCOMING_PER_MILLE) && online.is_none();
    let movement = if abnormal {
        abnormal_movement(random, account)
    } else if earning || account.balance_fen < BALANCE_FEN_LOW {
        let category = random.weighted(&INCOME);
        usual_movement(random, account, true, category, None)
    } else {
        let category = random.weighted(&SPENDING);
        usual_movement(random, account, false, category, online)
    };
    let Movement { incoming, category, merchant, channel, amount_fen } = movement;
    account.balance_fen += if incoming { amount_fen } else { -amount_fen };
    vec![
        ("direction", if incoming { "in" } else { "out" }.into()),
        ("amount_fen", amount_fen.into()),
        ("balance_fen", account.balance_fen.into()),
        ("category", category.into()),
        ("merchant", merchant.into()),
        ("channel", channel.into()),
        ("account_tail", account.tail.as_str().into()),
    ]
}

/// A transfer of 1.05 to 4 times the customer's threshold: out if the balance covers it, else in.
fn abnormal_movement(random: &mut Random, account: &Account) -> Movement {
    let threshold = account.alert_threshold_fen;
    let amount_fen = threshold + threshold * random.between(5, 300) / 100;
    let incoming = amount_fen > account.balance_fen;
    let merchant = if incoming { "他行来账" } else { "跨行转账" };
    Movement { incoming, category: "转账", merchant, channel: "网上银行", amount_fen }
}

fn usual_movement(
    random: &mut Random,
    account: &Account,
    incoming: bool,
    category: &'static Category,
    online: Option<&'static str>,
) -> Movement {
    let merchant = random.pick(&category.merchants);
    let channel = match (online, category.name) {
        (Some(channel), _) => channel,
        (None, "取现") => "自助设备",
        (None, "转账" | "工资") => "转账",
        (None, "退款" | "利息") => "系统入账",
        (None, _) => random.weighted(&CHANNELS),
    };
    let wanted_fen = usual_amount_fen(random, category, account.income_fen);
    // Nobody overdraws: who wants more than half of what is left buys something smaller.
    let amount_fen = if incoming { wanted_fen } else { wanted_fen.min(account.balance_fen / 2) };
    Movement { incoming, category: category.name, merchant, channel, amount_fen }
}

/// Grows with income, but half as fast: who earns twice as much spends one and a half times as much.
fn usual_amount_fen(random: &mut Random, category: &Category, income_fen: i64) -> i64 {
    let median = category.median_fen / 2 * (USUAL_INCOME_FEN + income_fen) / USUAL_INCOME_FEN;
    random.skewed(median, category.spread)
}

/// Few log in from elsewhere than where they live.
fn login(random: &mut Random, home: &'static str) -> Vec<(&'static str, Value)> {
    let channel = *random.weighted(&LOGIN_CHANNELS);
    let elsewhere = random.weighted(&CITIES).name;
    let city = if random.per_mille(12) { elsewhere } else { home };
    vec![("channel", channel.into()), ("city", city.into())]
}

fn code(random: &mut Random, purpose: &'static str) -> Vec<(&'static str, Value)> {
    let code = format!("{:06}", random.below(1_000_000));
    vec![("code", Value::Text(code)), ("purpose", purpose.into()), ("valid_minutes", 5.into())]
}

/// A third of a month's income, more or less.
fn repayment(random: &mut Random, day: &Day, account: &Account) -> Vec<(&'static str, Value)> {
    vec![
        ("product", account.loan.unwrap_or("信用卡").into()),
        ("amount_fen", random.skewed(account.income_fen / 3, 700).into()),
        ("due_date", Value::Text(due_date(day).dashed())),
        ("days_left", DUE_DAYS_AHEAD.into()),
        ("account_tail", account.tail.as_str().into()),
    ]
}
