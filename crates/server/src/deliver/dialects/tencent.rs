//! Tencent Cloud SMS at `/`: SendSms, the pulls, the statistics, ReportConversion.
//!
//! What is pulled is told once: it is settled in the ledger before the answer leaves. An account with a callback is told by
//! that, and pulls nothing. Every answer is status 200, as the clients need it.

use super::alibaba::say;
use super::reference::{Reference, some};
use super::{Arrived, refusal, report, request_id};
use crate::clock::now;
use crate::deliver::portal::{Answerable, Holder, To, Wanted, hand_in, order, own, rows_to, tally};
use crate::http::Site;
use crate::http::problem::Problem;
use engine::Input;
use engine::entry::{Notice, NoticeKind, Outcome as End, Settled, Tell, Told};
use model::{Phone, Timestamp, Zone};
use std::sync::Arc;
use store::views::MessageRow;
use wire::http::tencent::action::{Action, Conversion, Period, Pull, PullOf};
use wire::http::tencent::answer::{self, CallbackCounts, SendCounts};
use wire::http::{AuthError, Fault, Outcome, Refusal, Reply, Report, Response, Send, Status, tencent};

/// What somebody asks, believed.
struct Asked {
    holder: Arc<Holder>,
    application: Option<Arc<str>>,
    action: Action,
}

/// Answers a request that is signed as this dialect's.
pub(super) async fn serve(site: &Site, arrived: &Arrived) -> Response {
    let id = request_id();
    let asked = match believed(site, arrived) {
        Ok(Ok(asked)) => asked,
        Ok(Err(fault)) => return answer::fault(&fault, &id),
        Err(why) => return answer::unauthorised(&why, &id),
    };
    let is_own = asked.application.as_deref().is_none_or(|own| own == application(&asked.action));
    if asked.holder.admits(arrived.from()).is_err() || !is_own {
        return answer::refused(&Refusal::NotPermitted, &id);
    }
    let holder = &asked.holder;
    let answered = match &asked.action {
        Action::Send(message) => send(site, holder, message, &id).await,
        Action::PullReports(pull) => pull_reports(site, holder, pull, &id).await,
        Action::PullReplies(pull) => pull_replies(site, holder, pull, &id).await,
        Action::ReportsOf(which) => reports_of(site, holder, which, &id).await,
        Action::RepliesOf(which) => replies_of(site, holder, which, &id).await,
        Action::SendStatistics(period) => send_statistics(site, holder, period, &id).await,
        Action::CallbackStatistics(period) => callback_statistics(site, holder, period, &id).await,
        // Budgets are money here and not parts that were bought.
        Action::Packages(_) => Ok(answer::packages(&[], &id)),
        Action::Conversion(conversion) => convert(site, holder, conversion, &id).await,
    };
    answered.unwrap_or_else(|_| answer::refused(&Refusal::Internal, &id))
}

/// Who asks, and what; only after signature and age are right, and the request is new if it must happen once.
fn believed(site: &Site, arrived: &Arrived) -> Result<Result<Asked, Fault>, AuthError> {
    arrived.read(|request| {
        let presented = tencent::present(request)?;
        let key = site.accounts.tencent(presented.key_id()).ok_or(AuthError::UnknownKey)?;
        presented.verify(request, &key.secret, now())?;
        let action = match presented.action(request) {
            Ok(action) => action,
            Err(fault) => return Ok(Err(fault)),
        };
        if action.must_be_once() {
            key.holder.admit_tencent(&presented.replay_key(request), now())?;
        }
        let (holder, application) = (Arc::clone(&key.holder), key.application.clone());
        Ok(Ok(Asked { holder, application, action }))
    })
}

fn application(action: &Action) -> &str {
    match action {
        Action::Send(send) => send.application.as_deref().unwrap_or_default(),
        Action::PullReports(pull) | Action::PullReplies(pull) => &pull.application,
        Action::ReportsOf(which) | Action::RepliesOf(which) => &which.application,
        Action::SendStatistics(period) | Action::CallbackStatistics(period) | Action::Packages(period) => {
            &period.application
        }
        Action::Conversion(conversion) => &conversion.application,
    }
}

async fn send(site: &Site, holder: &Holder, send: &Send, id: &str) -> Result<Response, Problem> {
    if holder.take(send.to.len(), now()).is_err() {
        return Ok(answer::refused(&Refusal::Throttled, id));
    }
    let reference = Reference::Tencent {
        client: send.reference.clone().unwrap_or_default(),
        signature: send.sign_name.clone().unwrap_or_default(),
    };
    let wanted = |to: &String| Wanted {
        to: To::Number(to.clone()),
        say: say(send),
        signature: send.sign_name.clone().filter(|name| !name.is_empty()),
        extend: send.extend.clone(),
        reference: Some(reference.write()),
        tell: Tell::End,
        ..Wanted::default()
    };
    let (mut orders, mut places) = (Vec::with_capacity(send.to.len()), Vec::with_capacity(send.to.len()));
    for to in &send.to {
        let made = order(&site.world.now(), &holder.account, wanted(to)).map(|order| orders.push(order));
        places.push((to.clone(), made.map_err(|why| refusal::unmade(&why))));
    }
    let mut ordered = hand_in(&site.core, orders).await?.into_iter();
    let mut next =
        || ordered.next().map_or(Err(Refusal::Internal), |one| refusal::outcome(&one, |n| format!("m-{n}")));
    let outcomes: Vec<Outcome> =
        places.into_iter().map(|(to, made)| Outcome { to, result: made.and_then(|()| next()) }).collect();
    Ok(answer::sent(&outcomes, send.reference.as_deref(), id))
}

/// Takes the account's oldest notices of a kind, and settles them.
async fn pull<T: std::marker::Send + 'static>(
    site: &Site,
    holder: &Holder,
    limit: u32,
    read: impl Fn(&Notice) -> Option<T> + std::marker::Send + 'static,
) -> Result<Vec<T>, Problem> {
    if holder.account.access.callback.is_some() {
        return Ok(Vec::new());
    }
    let account = holder.account.id.clone();
    let taken: Vec<(u64, T)> = site
        .core
        .ask(move |node| {
            let outboxes = &node.engine().state().outboxes;
            let fitting = outboxes.from(&account, 0).filter_map(|(at, notice)| Some((at, read(notice)?)));
            fitting.take(limit as usize).collect()
        })
        .await?;
    let (notices, items): (Vec<u64>, Vec<T>) = taken.into_iter().unzip();
    if !notices.is_empty() {
        let account = holder.account.id.clone();
        site.core.decide(Input::Settled { account, notices, how: Settled::Told }).await?;
    }
    Ok(items)
}

async fn pull_reports(site: &Site, holder: &Holder, wish: &Pull, id: &str) -> Result<Response, Problem> {
    let read = |notice: &Notice| match &notice.kind {
        NoticeKind::Ended { told, outcome, error, .. } => {
            Some(ended(told, *outcome, error.as_deref(), notice.at))
        }
        _ => None,
    };
    Ok(answer::reports(&pull(site, holder, wish.limit, read).await?, id))
}

/// What became of a message, of the notice of its end.
pub(crate) fn ended(told: &Told, outcome: Option<End>, error: Option<&str>, at: Timestamp) -> Report {
    let status = match outcome {
        Some(End::Delivered) => Status::Delivered,
        Some(End::Undelivered | End::NoReceipt | End::Uncertain) => Status::Undelivered,
        Some(End::Refused | End::Erased) | None => Status::Failed,
    };
    let to = told.to.map(|phone| format!("+{}", phone.reveal())).unwrap_or_default();
    let (id, reference) = match told.reference.as_deref().and_then(Reference::read) {
        Some(Reference::Tencent { client, .. }) => (told.message.to_string(), some(client)),
        Some(Reference::Alibaba { request, client }) => (request, some(client)),
        Some(Reference::Twilio { .. }) => (told.message.to_string(), None),
        None => (told.message.to_string(), told.reference.as_deref().map(str::to_owned)),
    };
    Report {
        code: error.map(str::to_owned),
        description: error.map(str::to_owned),
        sent_at: Some(told.accepted),
        reported_at: Some(at),
        parts: u32::from(told.parts),
        reference,
        ..Report::new(id, to, status)
    }
}

/// What a customer wrote, of its notice.
pub(crate) fn written(notice: &Notice, position: u64) -> Option<Reply> {
    let NoticeKind::Inbound { from, to, text } = &notice.kind else { return None };
    Some(Reply {
        from: format!("+{}", from.reveal()),
        text: text.reveal().to_owned(),
        at: notice.at,
        extend: Some(to.to_string()),
        sign_name: None,
        sequence: Some(position.to_string()),
    })
}

async fn pull_replies(site: &Site, holder: &Holder, wish: &Pull, id: &str) -> Result<Response, Problem> {
    let read = |notice: &Notice| written(notice, 0);
    Ok(answer::replies(&pull(site, holder, wish.limit, read).await?, id))
}

async fn reports_of(site: &Site, holder: &Holder, which: &PullOf, id: &str) -> Result<Response, Problem> {
    let Ok(phone) = Phone::parse(&which.number, &site.world.now().institution.country) else {
        return Ok(answer::refused(&Refusal::InvalidNumber, id));
    };
    let until = which.end.unwrap_or(Timestamp(i64::MAX));
    let mut rows = rows_to(site, holder, phone, which.begin, until).await?;
    rows.drain(..(which.offset as usize).min(rows.len()));
    rows.truncate(which.limit as usize);
    let records = Answerable { site, holder }.records(rows).await?;
    let reports: Vec<Report> = records
        .iter()
        .map(|record| {
            let client = match record.reference().and_then(Reference::read) {
                Some(Reference::Tencent { client, .. }) => some(client),
                _ => None,
            };
            report(record, record.id.to_string(), client)
        })
        .collect();
    Ok(answer::reports(&reports, id))
}

/// Replies that were told already are not kept by number; those that wait are looked through.
async fn replies_of(site: &Site, holder: &Holder, which: &PullOf, id: &str) -> Result<Response, Problem> {
    let Ok(phone) = Phone::parse(&which.number, &site.world.now().institution.country) else {
        return Ok(answer::refused(&Refusal::InvalidNumber, id));
    };
    let (account, which) = (holder.account.id.clone(), which.clone());
    let replies: Vec<Reply> = site
        .core
        .ask(move |node| {
            let outboxes = &node.engine().state().outboxes;
            let until = which.end.unwrap_or(Timestamp(i64::MAX));
            let of = |notice: &Notice| {
                let is_from = matches!(&notice.kind, NoticeKind::Inbound { from, .. } if *from == phone);
                is_from && notice.at >= which.begin && notice.at <= until
            };
            let own = outboxes.from(&account, 0).filter(|(_, notice)| of(notice));
            let own = own.filter_map(|(position, notice)| written(notice, position));
            own.skip(which.offset as usize).take(which.limit as usize).collect()
        })
        .await?;
    Ok(answer::replies(&replies, id))
}

/// A period's first moment and the one after its last, on China's clock.
fn bounds(period: &Period) -> Option<(Timestamp, Timestamp)> {
    let hour = |text: &str| {
        let (year, month, day, hour) = (text.get(..4)?, text.get(4..6)?, text.get(6..8)?, text.get(8..10)?);
        Zone::SHANGHAI.parse_local(&format!("{year}-{month}-{day} {hour}:00")).ok()
    };
    Some((hour(&period.begin)?, hour(&period.end)?.after(model::Span::hours(1))))
}

async fn send_statistics(
    site: &Site,
    holder: &Holder,
    period: &Period,
    id: &str,
) -> Result<Response, Problem> {
    let Some((from, until)) = bounds(period) else {
        return Ok(answer::fault(&Fault::Bad { name: "BeginTime", expected: "an hour" }, id));
    };
    let counts =
        tally(site, Some(&holder.account.reference), (from, until), |counts: &mut SendCounts, row| {
            counts.requested += 1;
            if node::phase_name(row.phase) != "blocked" {
                counts.accepted += 1;
                counts.parts += u64::from(row.parts);
            }
        })
        .await?;
    Ok(answer::send_statistics(counts, id))
}

async fn callback_statistics(
    site: &Site,
    holder: &Holder,
    period: &Period,
    id: &str,
) -> Result<Response, Problem> {
    let Some((from, until)) = bounds(period) else {
        return Ok(answer::fault(&Fault::Bad { name: "BeginTime", expected: "an hour" }, id));
    };
    let add = |counts: &mut CallbackCounts, row: &MessageRow| {
        let phase = node::phase_name(row.phase);
        counts.accepted += u64::from(phase != "blocked");
        counts.delivered += u64::from(phase == "delivered");
        counts.failed += u64::from(phase == "failed");
    };
    let mut counts = tally(site, Some(&holder.account.reference), (from, until), add).await?;
    counts.receipts = counts.delivered + counts.failed;
    Ok(answer::callback_statistics(counts, id))
}

/// That a message did what it was for stands in the ledger; nothing is computed of it yet.
async fn convert(
    site: &Site,
    holder: &Holder,
    conversion: &Conversion,
    id: &str,
) -> Result<Response, Problem> {
    let record = match conversion.id.parse() {
        Ok(message) => own(site, holder, message).await?,
        Err(_) => None,
    };
    let Some(record) = record else {
        return Ok(answer::conversion(&Err(Refusal::Other("SerialNo".to_owned())), id));
    };
    let what = format!(
        "account {} says that message {} converted at {}",
        holder.account.id, record.id, conversion.at
    );
    site.core.decide(Input::Admin(what.into())).await?;
    Ok(answer::conversion(&Ok(()), id))
}
