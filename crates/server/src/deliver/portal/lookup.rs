//! How an account's messages are found again: by their id, by the number they went to, newest first. The views say
//! where to look, the journal says what happened. Nobody is shown a message of another account.

use super::accounts::Holder;
use super::record::Record;
use crate::http::Site;
use crate::http::problem::Problem;
use model::{MessageId, Phone, Timestamp};
use node::inquiry;
use std::sync::PoisonError;
use store::views::MessageRow;

/// How many messages of one customer, or of one account, are looked through for one answer.
const LOOKED_AT_MAX: usize = 100_000;
/// How many are read at once.
const PAGE: usize = 2_000;

/// Something that can be told of an account's messages.
pub(crate) struct Answerable<'a> {
    /// What handlers see.
    pub(crate) site: &'a Site,
    /// Who asks.
    pub(crate) holder: &'a Holder,
}

impl Answerable<'_> {
    /// The record of each row.
    ///
    /// # Errors
    /// A journal that cannot be read.
    pub(crate) async fn records(&self, rows: Vec<MessageRow>) -> Result<Vec<Record>, Problem> {
        let own: Vec<MessageRow> =
            rows.into_iter().filter(|row| row.journey == *self.holder.account.reference).collect();
        Self::records_of(self.site, own).await
    }

    /// The record of each row, whoever asks: for the operator.
    ///
    /// # Errors
    /// A journal that cannot be read.
    pub(crate) async fn records_of(site: &Site, rows: Vec<MessageRow>) -> Result<Vec<Record>, Problem> {
        site.blocking(move |site| {
            let record = |row: &MessageRow| {
                inquiry::lines(&*site.journal, &site.keys, &row.entries).map(|lines| Record::of(row, &lines))
            };
            rows.iter().map(record).collect()
        })
        .await
    }
}

/// One message, if it is the account's.
///
/// # Errors
/// Views or a journal that cannot be read.
pub(crate) async fn own(site: &Site, holder: &Holder, id: MessageId) -> Result<Option<Record>, Problem> {
    site.follow.catch_up().await;
    let reference = holder.account.reference.clone();
    let row = site.on_views(move |views| views.message(id.0)).await?;
    let Some(row) = row.filter(|row| row.journey == *reference) else { return Ok(None) };
    Ok(Answerable { site, holder }.records(vec![row]).await?.pop())
}

/// The account's messages to a number that were accepted from one moment until before another, newest first.
///
/// # Errors
/// Views that cannot be read, an engine that has stopped.
pub(crate) async fn rows_to(
    site: &Site,
    holder: &Holder,
    phone: Phone,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<MessageRow>, Problem> {
    site.follow.catch_up().await;
    let subjects: Vec<u64> = site
        .core
        .ask(move |node| {
            let owners = node.engine().state().by_phone.get(&phone);
            owners.into_iter().flatten().map(|subject| subject.0).collect()
        })
        .await?;
    let reference = holder.account.reference.clone();
    site.on_views(move |views| {
        let mut found = Vec::new();
        for subject in subjects {
            let page = |before| views.messages_of(subject, PAGE, before);
            found.extend(within(page, from, until, |row| row.journey == *reference)?);
        }
        found.sort_by_key(|row| std::cmp::Reverse(row.id));
        Ok(found)
    })
    .await
}

/// Messages that were accepted from one moment until before another, newest first, the last [`LOOKED_AT_MAX`] at most: of one
/// journey or account by its reference, or of all.
///
/// # Errors
/// Views that cannot be read.
pub(crate) async fn latest(
    site: &Site,
    reference: Option<&str>,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<MessageRow>, Problem> {
    site.follow.catch_up().await;
    let reference = reference.map(str::to_owned);
    site.on_views(move |views| {
        within(|before| views.messages(reference.as_deref(), PAGE, before), from, until, |_| true)
    })
    .await
}

/// Adds up all messages that were accepted from one moment until before another, however many there are: of one journey or
/// account by its reference, or of all. Others may ask the views between two pages.
///
/// # Errors
/// Views that cannot be read.
pub(crate) async fn tally<T: Default + Send + 'static>(
    site: &Site,
    reference: Option<&str>,
    (from, until): (Timestamp, Timestamp),
    add: impl Fn(&mut T, &MessageRow) + Send + 'static,
) -> Result<T, Problem> {
    site.follow.catch_up().await;
    let reference = reference.map(str::to_owned);
    site.blocking(move |site| {
        let mut sum = T::default();
        let mut before = None;
        loop {
            let views = site.views.lock().unwrap_or_else(PoisonError::into_inner);
            let rows = views.messages(reference.as_deref(), PAGE, before)?;
            drop(views);
            rows.iter().filter(|row| is_within(row, from, until)).for_each(|row| add(&mut sum, row));
            match rows.last() {
                Some(last) if rows.len() == PAGE && last.decided_ms >= from.0 => before = Some(last.id),
                _ => return Ok(sum),
            }
        }
    })
    .await
}

fn is_within(row: &MessageRow, from: Timestamp, until: Timestamp) -> bool {
    row.decided_ms >= from.0 && row.decided_ms < until.0
}

/// Reads pages, newest first, until they are too old. Ids ascend with time, so nothing later can be missed.
fn within(
    mut page: impl FnMut(Option<u64>) -> Result<Vec<MessageRow>, store::Error>,
    from: Timestamp,
    until: Timestamp,
    is_wanted: impl Fn(&MessageRow) -> bool,
) -> Result<Vec<MessageRow>, store::Error> {
    let (mut found, mut before, mut seen) = (Vec::new(), None, 0);
    loop {
        let rows = page(before)?;
        let (Some(last), count) = (rows.last().map(|row| (row.id, row.decided_ms)), rows.len()) else {
            return Ok(found);
        };
        found.extend(rows.into_iter().filter(|row| is_within(row, from, until) && is_wanted(row)));
        seen += count;
        if count < PAGE || last.1 < from.0 || seen >= LOOKED_AT_MAX {
            return Ok(found);
        }
        before = Some(last.0);
    }
}
