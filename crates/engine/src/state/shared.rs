//! What many messages have in common, kept once. Nothing here is remembered for its own sake: it is not in the digest,
//! and it names no person.

use super::message::About;
use crate::entry::{Body, Matter, Order};
use std::collections::HashSet;
use std::sync::Arc;

/// The things that messages share.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    abouts: HashSet<Arc<About>>,
    /// The last order that said nothing of its own: the next one is mostly the same.
    order: Option<Arc<Order>>,
}

/// Beyond so many, sharing starts anew: journeys and templates have versions without end.
const ABOUTS_MAX: usize = 10_000;

impl Shared {
    /// What a message is about, as one with others of its kind.
    pub(crate) fn about(&mut self, matter: &Matter) -> Arc<About> {
        let about = About {
            journey: Arc::clone(&matter.journey),
            class: matter.class,
            subtype: matter.subtype.clone(),
            template: matter.template.clone(),
            template_hash: matter.template_hash,
        };
        if let Some(known) = self.abouts.get(&about) {
            return Arc::clone(known);
        }
        if self.abouts.len() >= ABOUTS_MAX {
            self.abouts.clear();
        }
        let about = Arc::new(about);
        self.abouts.insert(Arc::clone(&about));
        about
    }

    /// An order as its message keeps it. Once the text was made (`made`), the message has it, and the order need not.
    pub(crate) fn order(&mut self, order: &Arc<Order>, made: bool) -> Arc<Order> {
        if !made || !matches!(order.body, Some(Body::Text(_))) {
            return Arc::clone(order);
        }
        let bare = Order { body: None, ..Order::clone(order) };
        if let Some(known) = self.order.as_ref().filter(|known| ***known == bare) {
            return Arc::clone(known);
        }
        let bare = Arc::new(bare);
        self.order = Some(Arc::clone(&bare));
        bare
    }
}
