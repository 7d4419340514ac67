//! What a loan costs each month, reckoned from what is known of it: the figures a text may say as `loan.…`.
//!
//! Rates are those that were published ([`Rates`]); which of them binds a loan, from when, and with how much on top are attributes
//! of the customer. It asks nobody and rounds to fen, half a fen up, as the tests compare with decimal arithmetic.

use crate::world::Rates;
use model::{Date, Fields, Money, Value};

/// A figure of a loan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// The instalment at the new rate; of equal principal the first.
    Instalment,
    /// The instalment at the rate it has had.
    InstalmentBefore,
    /// The new rate, in percent a year.
    Rate,
    /// The published rate that it follows, in percent a year.
    Reference,
}

impl Figure {
    /// Reads `instalment`, `instalment_before`, `rate` or `reference`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "instalment" => Some(Self::Instalment),
            "instalment_before" => Some(Self::InstalmentBefore),
            "rate" => Some(Self::Rate),
            "reference" => Some(Self::Reference),
            _ => None,
        }
    }
}

/// How a loan is paid back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    /// The same sum each month.
    EqualInstalment,
    /// The same part of the principal each month, and the interest on the rest.
    EqualPrincipal,
}

/// The next instalment of a loan in minor units: `principal` is left, in `months` months, at `rate_bp` hundredths of a percent a
/// year. A month's interest is a twelfth of the year's.
pub(super) fn instalment(principal: i64, months: u32, rate_bp: i64, method: Method) -> Option<i64> {
    if principal <= 0 || months == 0 || rate_bp < 0 {
        return None;
    }
    let (principal, count) = (principal as f64, f64::from(months));
    let monthly = rate_bp as f64 / 120_000.0;
    let exact = match method {
        _ if rate_bp == 0 => principal / count,
        // P·i / (1 − (1+i)^−n), by the functions that keep small rates exact.
        Method::EqualInstalment => principal * monthly / -(-count * monthly.ln_1p()).exp_m1(),
        Method::EqualPrincipal => principal / count + principal * monthly,
    };
    // Below 2^53 every fen is a number of its own.
    (exact < 9e15).then(|| (exact + 0.5).floor() as i64)
}

/// A figure of somebody's loan, or what was expected to reckon it.
pub(super) fn figure(
    rates: &Rates,
    customer: &Fields,
    event: Option<&Fields>,
    figure: Figure,
) -> Result<Value, String> {
    let before = || number(customer, "loan_rate").map(|percent| (percent * 100.0).round() as i64);
    let percent = |bp: i64| Value::Float(bp as f64 / 100.0);
    match figure {
        Figure::Reference => reference(rates, customer, event).map(percent),
        Figure::Rate => new_rate(rates, customer, event).map(percent),
        Figure::Instalment => monthly(customer, new_rate(rates, customer, event)?),
        Figure::InstalmentBefore => monthly(customer, before()?),
    }
}

fn monthly(customer: &Fields, rate_bp: i64) -> Result<Value, String> {
    let Some(Value::Money(balance)) = customer.get("loan_balance") else {
        return Err("a customer with money in loan_balance".to_owned());
    };
    let months = u32::try_from(whole(customer, "loan_months")?).unwrap_or(0);
    let method = match customer.get("loan_method") {
        Some(Value::Text(text)) if **text == *"equal_instalment" => Method::EqualInstalment,
        Some(Value::Text(text)) if **text == *"equal_principal" => Method::EqualPrincipal,
        _ => return Err("a customer with equal_instalment or equal_principal in loan_method".to_owned()),
    };
    let minor = instalment(balance.minor, months, rate_bp, method);
    let minor = minor.ok_or("a loan with something left, months left and a rate of 0 or more")?;
    Ok(Value::Money(Money { minor, currency: balance.currency }))
}

/// What is published, and what the contract puts on top; less than nothing is nothing.
fn new_rate(rates: &Rates, customer: &Fields, event: Option<&Fields>) -> Result<i64, String> {
    Ok((reference(rates, customer, event)? + whole(customer, "loan_spread_bp")?).max(0))
}

/// The rate that a loan follows: as an event about it says it, else the last that was published by its day.
fn reference(rates: &Rates, customer: &Fields, event: Option<&Fields>) -> Result<i64, String> {
    let Some(Value::Text(name)) = customer.get("loan_reference") else {
        return Err("a customer with the name of a rate in loan_reference".to_owned());
    };
    if let Some(event) = event
        && event.get("instrument") == Some(&Value::Text(name.clone()))
        && let Some(Value::Float(percent)) = event.get("rate")
    {
        return Ok((percent * 100.0).round() as i64);
    }
    let Some(Value::Date(day)) = customer.get("loan_reprices_on") else {
        return Err("a customer with a day in loan_reprices_on".to_owned());
    };
    rates.at(name, *day).ok_or_else(|| format!("a rate {name} that was published by {}", month(*day)))
}

fn month(day: Date) -> String {
    format!("{}-{:02}", day.year(), day.month())
}

fn whole(customer: &Fields, name: &str) -> Result<i64, String> {
    match customer.get(name) {
        Some(Value::Int(number)) => Ok(*number),
        _ => Err(format!("a customer with a whole number in {name}")),
    }
}

fn number(customer: &Fields, name: &str) -> Result<f64, String> {
    match customer.get(name) {
        Some(Value::Float(number)) if number.is_finite() => Ok(*number),
        Some(Value::Int(number)) => Ok(*number as f64),
        _ => Err(format!("a customer with a number in {name}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by `loan.py` beside the table, with decimals of 60 digits, month by month for equal instalments.
    #[test]
    fn instalments_are_those_of_decimal_arithmetic() {
        let table = include_str!("../../tests/loan.txt");
        let mut lines = 0;
        for line in table.lines().filter(|line| !line.starts_with('#')) {
            let numbers: Vec<i64> = line.split(' ').map(|number| number.parse().unwrap()).collect();
            let [principal, months, rate_bp, instalment, principal_first] = numbers[..] else {
                panic!("{line}")
            };
            let of = |method| super::instalment(principal, months as u32, rate_bp, method);
            assert_eq!(of(Method::EqualInstalment), Some(instalment), "{line}");
            assert_eq!(of(Method::EqualPrincipal), Some(principal_first), "{line}");
            lines += 1;
        }
        assert!(lines > 300, "{lines}");
    }

    #[test]
    fn what_is_no_loan_has_no_instalment() {
        for (principal, months, rate) in [(0, 12, 300), (100, 0, 300), (100, 12, -1)] {
            assert_eq!(instalment(principal, months, rate, Method::EqualInstalment), None);
        }
    }
}
