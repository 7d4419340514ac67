//! What all links share.

use super::directory::Directory;
use super::groups::Groups;
use super::reading::House;
use super::side::Found;
use crate::core::Handle;
use engine::entry::Outcome;
use model::MessageId;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::views::ViewsReader;

/// What all links share.
pub(super) struct Shared {
    /// The engine.
    pub(super) core: Handle,
    /// Who may bind.
    pub(super) directory: Directory,
    /// What is needed for every message.
    pub(super) house: House,
    /// Ids that do not follow from a message's own.
    pub(super) groups: Arc<Groups>,
    /// What has ended.
    pub(super) views: Arc<Mutex<Box<dyn ViewsReader>>>,
    /// How long clients are waited for when stopping.
    pub(super) drain: Duration,
}

impl Shared {
    /// What became of a message that the engine has forgotten, from the views: they know how it ended, of the journey
    /// under which the account's messages are counted.
    pub(super) async fn history(&self, message: MessageId, journey: Arc<str>) -> Option<Found> {
        let views = Arc::clone(&self.views);
        let read = tokio::task::spawn_blocking(move || {
            views.lock().unwrap_or_else(PoisonError::into_inner).message(message.0)
        });
        let row = read.await.ok()?.ok()??;
        if row.journey != *journey {
            return None;
        }
        Some(match node::phase_name(row.phase) {
            "held" => Found::Held,
            "ready" | "claimed" | "submitted" | "unanswered" => Found::Underway,
            "blocked" => Found::Ended(None),
            "delivered" => Found::Ended(Some(Outcome::Delivered)),
            _ => Found::Ended(Some(Outcome::Undelivered)),
        })
    }
}
