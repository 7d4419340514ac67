//! Alibaba Cloud SMS at `/`: SendSms, SendBatchSms, QuerySendDetails, QuerySendStatistics.
//!
//! All messages of one request share a `BizId`, as the vendor's do; receipts name it with the number. Sub-codes follow the
//! account's own extension; an account without one cannot use them.

use super::reference::{Reference, some};
use super::{Arrived, refusal, report, request_id};
use crate::clock::now;
use crate::deliver::portal::{Answerable, Holder, Say, To, Wanted, hand_in, order, rows_to, tally};
use crate::http::Site;
use crate::http::problem::Problem;
use engine::entry::Tell;
use model::{ClockTime, Date, Fields, Phone, Private, Timestamp, Value, Zone};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::views::MessageRow;
use wire::http::alibaba::action::{Action, DetailsQuery, StatisticsQuery};
use wire::http::alibaba::answer::{self, DayCount};
use wire::http::{AuthError, Outcome, Params, Refusal, Report, Response, Send, alibaba};

/// How many days one statistics answer looks back over.
const DAYS_MAX: i32 = 366;

/// Answers a request that is signed as this dialect's.
pub(super) async fn serve(site: &Site, arrived: &Arrived) -> Response {
    let id = request_id();
    let host = arrived.header("host").unwrap_or_default();
    let (holder, action) = match believed(site, arrived) {
        Ok(believed) => believed,
        Err(why) => return answer::unauthorised(&why, &id, host),
    };
    if holder.admits(arrived.from()).is_err() {
        return answer::refused(&Refusal::NotPermitted, &id);
    }
    let action = match action {
        Ok(action) => action,
        Err(fault) => return answer::fault(&fault, &id, host),
    };
    let answered = match action {
        Action::Send(sends) => send(site, &holder, sends, &id).await,
        Action::Details(query) => details(site, &holder, &query, &id).await,
        Action::Statistics(query) => statistics(site, &holder, &query, &id).await,
    };
    answered.unwrap_or_else(|_| answer::refused(&Refusal::Internal, &id))
}

/// Who asks, and what; only after signature, age and nonce are right.
#[allow(clippy::type_complexity, reason = "two results in one, used once")]
fn believed(
    site: &Site,
    arrived: &Arrived,
) -> Result<(Arc<Holder>, Result<Action, wire::http::Fault>), AuthError> {
    arrived.read(|request| {
        let presented = alibaba::present(request)?;
        let key = site.accounts.alibaba(presented.key_id()).ok_or(AuthError::UnknownKey)?;
        presented.verify(request, &key.secret, now())?;
        key.holder.admit_alibaba(&presented.nonce(), now())?;
        Ok((Arc::clone(&key.holder), presented.action(request)))
    })
}

async fn send(site: &Site, holder: &Holder, sends: Vec<Send>, id: &str) -> Result<Response, Problem> {
    let count = sends.iter().map(|send| send.to.len()).sum();
    if holder.take(count, now()).is_err() {
        return Ok(answer::refused(&Refusal::Throttled, id));
    }
    let biz = biz_id();
    let (mut orders, mut places) = (Vec::with_capacity(count), Vec::with_capacity(count));
    for send in sends {
        for to in &send.to {
            let made = order(&site.world.now(), &holder.account, wanted(&send, to, &biz));
            places.push((
                to.clone(),
                made.map(|order| orders.push(order)).map_err(|why| refusal::unmade(&why)),
            ));
        }
    }
    let mut ordered = hand_in(&site.core, orders).await?.into_iter();
    let mut next =
        || ordered.next().map_or(Err(Refusal::Internal), |one| refusal::outcome(&one, |_| biz.clone()));
    let outcomes: Vec<Outcome> =
        places.into_iter().map(|(to, made)| Outcome { to, result: made.and_then(|()| next()) }).collect();
    Ok(answer::sent(&outcomes, id))
}

/// An id of a request: digits, as the vendor's are.
fn biz_id() -> String {
    let mut random = [0; 4];
    // Without entropy two requests of one millisecond share an id; their messages do not.
    let _ = getrandom::fill(&mut random);
    format!("{}{:05}^0", now().0, u32::from_be_bytes(random) % 100_000)
}

fn wanted(send: &Send, to: &str, biz: &str) -> Wanted {
    let reference =
        Reference::Alibaba { request: biz.to_owned(), client: send.reference.clone().unwrap_or_default() };
    Wanted {
        to: To::Number(to.to_owned()),
        say: say(send),
        signature: send.sign_name.clone(),
        extend: send.extend.clone(),
        reference: Some(reference.write()),
        tell: Tell::End,
        at: send.schedule_at,
        ..Wanted::default()
    }
}

/// What a dialect's client wants to say: a template with its values, or a text.
pub(super) fn say(send: &Send) -> Say {
    let text = |text: &String| Value::Text(text.as_str().into());
    match (&send.template, &send.params) {
        (Some(template), Params::Positional(values)) => {
            Say::Listed(template.clone(), values.iter().map(|value| Private::new(value.as_str())).collect())
        }
        (Some(template), Params::Named(values)) => {
            let values: Fields =
                values.iter().map(|(name, value)| (Arc::from(name.as_str()), text(value))).collect();
            Say::Named(template.clone(), values)
        }
        (Some(template), Params::None) => Say::Named(template.clone(), Fields::new()),
        (None, _) => Say::Text(Private::new(send.text.as_deref().unwrap_or_default())),
    }
}

async fn details(site: &Site, holder: &Holder, query: &DetailsQuery, id: &str) -> Result<Response, Problem> {
    let Ok(phone) = Phone::parse(&query.to, &site.world.now().institution.country) else {
        return Ok(answer::refused(&Refusal::InvalidNumber, id));
    };
    let (from, until) = match day(&query.date) {
        Some(day) => (start(day), start(day.plus_days(1))),
        None => return Ok(answer::refused(&Refusal::Other("SendDate".to_owned()), id)),
    };
    let rows = rows_to(site, holder, phone, from, until).await?;
    let records = Answerable { site, holder }.records(rows).await?;
    let mut reports: Vec<Report> = Vec::with_capacity(records.len());
    for record in &records {
        let (biz, out) = match record.reference().and_then(Reference::read) {
            Some(Reference::Alibaba { request, client }) => (request, client),
            _ => (record.id.to_string(), record.reference().unwrap_or_default().to_owned()),
        };
        if query.id.as_ref().is_none_or(|wanted| *wanted == biz) {
            reports.push(report(record, biz, some(out)));
        }
    }
    let total = reports.len() as u64;
    let (size, page) = (query.page_size as usize, query.page as usize);
    let shown: Vec<Report> = reports.into_iter().skip((page - 1).saturating_mul(size)).take(size).collect();
    Ok(answer::details(&shown, total, id))
}

async fn statistics(
    site: &Site,
    holder: &Holder,
    query: &StatisticsQuery,
    id: &str,
) -> Result<Response, Problem> {
    let (Some(first), Some(last)) = (day(&query.start), day(&query.end)) else {
        return Ok(answer::refused(&Refusal::Other("StartDate".to_owned()), id));
    };
    let first = first.max(Date::from_days(last.to_days().saturating_sub(DAYS_MAX)).unwrap_or(first));
    let (from, until) = (start(first), start(last.plus_days(1)));
    let is_international = query.is_international;
    let add = move |days: &mut BTreeMap<Date, DayCount>, row: &MessageRow| {
        // The views know no numbers: messages to other countries are not told apart.
        if is_international {
            return;
        }
        let (date, _) = Zone::SHANGHAI.local(Timestamp(row.decided_ms));
        let count =
            days.entry(date).or_insert_with(|| DayCount { day: compact(date), ..DayCount::default() });
        count.total += 1;
        match node::phase_name(row.phase) {
            "delivered" => count.delivered += 1,
            "failed" | "blocked" => count.failed += 1,
            _ => {}
        }
    };
    let days = tally(site, Some(&holder.account.reference), (from, until), add).await?;
    let total = days.len() as u64;
    let (size, page) = (query.page_size as usize, query.page as usize);
    let shown: Vec<DayCount> =
        days.into_values().rev().skip((page - 1).saturating_mul(size)).take(size).collect();
    Ok(answer::statistics(&shown, total, id))
}

/// `20261122` as a day.
fn day(text: &str) -> Option<Date> {
    let (year, month, day) = (text.get(..4)?, text.get(4..6)?, text.get(6..8)?);
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// When a day begins on China's clock, by which this vendor counts.
fn start(day: Date) -> Timestamp {
    Zone::SHANGHAI.instant(day, ClockTime::MIDNIGHT)
}

fn compact(date: Date) -> String {
    date.to_string().replace('-', "")
}
