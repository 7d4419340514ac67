//! Twilio's Messages API at `/2010-04-01/Accounts/…`: create, fetch, list, cancel, redact, delete.
//!
//! A text is shown while its message is under way and never after it has ended, so that redacting one that has ended leaves
//! nothing to take away from this dialect; the ledger keeps its sealed proof until the customer is erased. A deleted
//! message is not shown any more; that it was deleted is an entry of the ledger. Media are left
//! out, and `num_media` says so: short messages carry none. A message of media alone is refused.

use super::reference::{Reference, some};
use super::{Arrived, refusal, report};
use crate::clock::now;
use crate::deliver::api::cancelled;
use crate::deliver::portal::{Answerable, Holder, Record, To, Wanted, hand_in, latest, order, own, rows_to};
use crate::http::Site;
use crate::http::problem::Problem;
use engine::entry::Tell;
use engine::{Cancelled, Input};
use model::{MessageId, Phone, Span, Timestamp};
use std::sync::Arc;
use wire::http::twilio::{self, Action, Call, Filter, Presented, Resource, resource};
use wire::http::{AuthError, Fault, Refusal, Report, Response, Send, Status};

/// The vendor's code for what cannot be done because the message has left.
const NOT_CANCELLABLE: (u16, u32) = (400, 30_409);
/// The vendor's code for redacting what has not ended.
const NOT_ENDED: (u16, u32) = (400, 20_009);

/// Answers a request under the vendor's path.
pub(super) async fn serve(site: &Site, arrived: &Arrived) -> Response {
    let (holder, account) = match believed(site, arrived) {
        Ok(believed) => believed,
        Err(why) => return resource::unauthorised(&why),
    };
    if holder.admits(arrived.from()).is_err() {
        return resource::refused(&Refusal::NotPermitted);
    }
    let call = match arrived.read(Call::read) {
        Ok(call) => call,
        Err(fault) => return resource::fault(&fault),
    };
    if call.account != account {
        return resource::refused(&Refusal::NotPermitted);
    }
    let answered = match call.action {
        Action::Create(send) => create(site, &holder, &account, &send).await,
        Action::Fetch(id) => match found(site, &holder, &id).await {
            Ok(Some(record)) => Ok(resource::fetched(&shown(&account, &record))),
            Ok(None) => Ok(resource::not_found()),
            Err(problem) => Err(problem),
        },
        Action::List(filter) => list(site, arrived, &holder, &account, &filter).await,
        Action::Cancel(id) => cancel(site, &holder, &account, &id).await,
        Action::Redact(id) => redact(site, &holder, &account, &id).await,
        Action::Delete(id) => delete(site, &holder, &id).await,
    };
    answered.unwrap_or_else(|_| resource::refused(&Refusal::Internal))
}

fn believed(site: &Site, arrived: &Arrived) -> Result<(Arc<Holder>, String), AuthError> {
    arrived.read(|request| {
        let presented = Presented::read(request)?;
        let key = site.accounts.twilio(presented.user()).ok_or(AuthError::UnknownKey)?;
        presented.verify(&key.secret)?;
        Ok((Arc::clone(&key.holder), presented.user().to_owned()))
    })
}

async fn create(site: &Site, holder: &Holder, account: &str, send: &Send) -> Result<Response, Problem> {
    if holder.take(send.to.len(), now()).is_err() {
        return Ok(resource::refused(&Refusal::Throttled));
    }
    if !send.media.is_empty() && send.text.is_none() && send.template.is_none() {
        return Ok(resource::fault(&Fault::Missing("Body")));
    }
    let to = send.to.first().cloned().unwrap_or_default();
    let made = match order(&site.world.now(), &holder.account, wanted(send, &to)) {
        Ok(made) => made,
        Err(why) => return Ok(resource::refused(&refusal::unmade(&why))),
    };
    let ordered = hand_in(&site.core, vec![made]).await?;
    let is_held = matches!(ordered.first(), Some(engine::decide::Ordered::Accepted { until: Some(_), .. }));
    let id = |number: u64| twilio::sid("SM", u128::from(number));
    let taken = match ordered.first().map_or(Err(Refusal::Internal), |one| refusal::outcome(one, id)) {
        Ok(taken) => taken,
        Err(why) => return Ok(resource::refused(&why)),
    };
    let status = match (send.schedule_at.is_some() && is_held, send.application.is_some()) {
        (true, _) => Status::Held,
        (false, true) => Status::Accepted,
        (false, false) => Status::Queued,
    };
    let report = Report {
        parts: taken.parts,
        text: send.text.clone(),
        ..Report::new(taken.id, resource::recipient(&to), status)
    };
    let moment = now();
    Ok(resource::created(&Resource {
        account: account.to_owned(),
        report,
        from: send.sender.clone(),
        service: send.application.clone(),
        created: moment,
        updated: moment,
        media: 0,
        is_inbound: false,
    }))
}

fn wanted(send: &Send, to: &str) -> Wanted {
    let own = |text: &Option<String>| text.clone().unwrap_or_default();
    let reference = Reference::Twilio {
        from: own(&send.sender),
        service: own(&send.application),
        callback: own(&send.callback),
    };
    Wanted {
        to: To::Number(to.to_owned()),
        say: super::alibaba::say(send),
        reference: Some(reference.write()),
        tell: if send.callback.is_some() { Tell::Progress } else { Tell::End },
        class: send.class,
        subtype: send.subtype.clone(),
        at: send.schedule_at,
        validity: send.validity_seconds.map(|seconds| Span::seconds(i64::from(seconds))),
        ..Wanted::default()
    }
}

/// The message of an id, if it is the account's and was not deleted.
async fn found(site: &Site, holder: &Holder, id: &str) -> Result<Option<Record>, Problem> {
    let number = twilio::sid_number("SM", id).and_then(|number| u64::try_from(number).ok());
    let Some(number) = number else { return Ok(None) };
    Ok(own(site, holder, MessageId(number)).await?.filter(|record| !record.is_hidden))
}

fn shown(account: &str, record: &Record) -> Resource {
    let (from, service) = match record.reference().and_then(Reference::read) {
        Some(Reference::Twilio { from, service, .. }) => (some(from), some(service)),
        _ => (None, None),
    };
    let mut report = report(record, twilio::sid("SM", u128::from(record.id.0)), None);
    if report.status.is_final() {
        report.text = None;
    }
    Resource {
        account: account.to_owned(),
        report,
        from,
        service,
        created: record.accepted,
        updated: record.updated,
        media: 0,
        is_inbound: false,
    }
}

async fn list(
    site: &Site,
    arrived: &Arrived,
    holder: &Holder,
    account: &str,
    filter: &Filter,
) -> Result<Response, Problem> {
    let from = filter.sent_from.unwrap_or(Timestamp(0));
    let until = filter.sent_until.unwrap_or(Timestamp(i64::MAX));
    let rows = match filter.to.as_deref().map(|to| Phone::parse(to, &site.world.now().institution.country)) {
        Some(Ok(phone)) => rows_to(site, holder, phone, from, until).await?,
        Some(Err(_)) => Vec::new(),
        None => latest(site, Some(&holder.account.reference), from, until).await?,
    };
    // Pages begin below the last id of the page before, which new messages do not shift.
    let below = filter.token.as_deref().and_then(|token| token.parse::<u64>().ok()).unwrap_or(u64::MAX);
    let mut rows = rows.into_iter().filter(|row| row.id < below);
    let size = filter.page_size as usize;
    // One more than is shown tells whether there is another page. What was deleted makes room for what is older.
    let mut records = Vec::new();
    while records.len() <= size {
        let piece: Vec<_> = rows.by_ref().take(size + 1 - records.len()).collect();
        if piece.is_empty() {
            break;
        }
        let read = Answerable { site, holder }.records(piece).await?;
        records.extend(read.into_iter().filter(|record| !record.is_hidden));
    }
    let next = (records.len() > size).then(|| records.get(size.saturating_sub(1)).map(|last| last.id.0));
    let next = next.flatten().map(|id| id.to_string());
    records.truncate(size);
    let all: Vec<Resource> = records.iter().map(|record| shown(account, record)).collect();
    let of =
        |resource: &Resource| filter.from.as_ref().is_none_or(|from| resource.from.as_ref() == Some(from));
    let wanted: Vec<Resource> = all.into_iter().filter(of).collect();
    Ok(arrived.read(|request| resource::list(request, filter, &wanted, next.as_deref())))
}

async fn cancel(site: &Site, holder: &Holder, account: &str, id: &str) -> Result<Response, Problem> {
    let Some(record) = found(site, holder, id).await? else { return Ok(resource::not_found()) };
    let (status, code) = NOT_CANCELLABLE;
    match cancelled(site, holder, record.id).await? {
        Cancelled::Stopped => {
            let record = own(site, holder, record.id).await?.unwrap_or(record);
            Ok(resource::fetched(&shown(account, &record)))
        }
        Cancelled::TooLate | Cancelled::Unknown => {
            Ok(resource::error(status, code, "the message has left and cannot be cancelled"))
        }
    }
}

async fn redact(site: &Site, holder: &Holder, account: &str, id: &str) -> Result<Response, Problem> {
    let Some(record) = found(site, holder, id).await? else { return Ok(resource::not_found()) };
    let resource = shown(account, &record);
    if !resource.report.status.is_final() {
        let (status, code) = NOT_ENDED;
        return Ok(resource::error(status, code, "the message has not ended and cannot be redacted"));
    }
    note(site, holder, "asked to redact", record.id).await?;
    Ok(resource::fetched(&resource))
}

async fn delete(site: &Site, holder: &Holder, id: &str) -> Result<Response, Problem> {
    let Some(record) = found(site, holder, id).await? else { return Ok(resource::not_found()) };
    if !super::status(record.fate).is_final() {
        let (status, code) = NOT_ENDED;
        return Ok(resource::error(status, code, "the message has not ended and cannot be deleted"));
    }
    site.core.decide(Input::Hide(record.id)).await?;
    Ok(resource::deleted())
}

async fn note(site: &Site, holder: &Holder, did: &str, message: MessageId) -> Result<(), Problem> {
    let what = format!("account {} {did} message {message}", holder.account.id);
    site.core.decide(Input::Admin(what.into())).await?;
    Ok(())
}
