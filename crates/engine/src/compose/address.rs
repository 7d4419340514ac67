//! Addresses that a text names and that are made for its message: the customer's own page, and the short form of a link by which it
//! is seen that somebody follows it. Made when a variable asks for one; the gate's texts come through here and nothing is remembered.

use super::Reader;
use super::variable::Expected;
use crate::converse::{LINK_PATH, Short};
use crate::world::World;
use model::Subject;

/// What makes addresses for one message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Addresses<'w> {
    pub(super) world: &'w World,
    pub(super) reader: Reader,
}

impl Addresses<'_> {
    /// The address of the reader's own page, for as long as links open.
    ///
    /// # Errors
    /// No address is configured, or there is no key.
    pub(super) fn page(&self) -> Result<String, Expected> {
        let Self { world, reader } = self;
        let preferences = &world.institution.preferences;
        let made = || {
            let token = world.links.as_ref()?.token(Subject(reader.key), reader.now, preferences.valid)?;
            Some(format!("{}{LINK_PATH}{token}", preferences.url.as_ref()?))
        };
        made().ok_or_else(|| "a link: preferences.url in institution.toml, and keys to sign it".to_owned())
    }

    /// The address that leads to a target: the message's own short one, or the target's where links are not tracked.
    ///
    /// # Errors
    /// The target is not there any more, or there is no key.
    pub(super) fn target(&self, id: &str) -> Result<String, Expected> {
        let Self { world, reader } = self;
        let target = world.targets.named(id).ok_or_else(|| format!("the target {id:?} in targets/"))?;
        let (today, _) = world.institution.zone.local(reader.now);
        if let Some(until) = target.until.filter(|until| *until < today) {
            return Err(format!("a target that is still there, and {id:?} was until {until}"));
        }
        let Some(tracking) = &world.tracking else { return Ok(target.url.to_string()) };
        let short = Short { message: reader.message, target: target.number };
        let token = world.links.as_ref().and_then(|key| key.short(short));
        token
            .map(|token| tracking.address(&token))
            .ok_or_else(|| "keys to sign a short address, and a message whose number it can hold".to_owned())
    }
}
