//! The texts of one template: by channel, by language, and variants of one text that are tried against each other.
//!
//! Which one a customer gets follows from the channel, their language and their number alone: the same customer always
//! gets the same variant, and nothing is drawn. `Template` calls it.

use model::{Channel, TemplateId};
use std::sync::Arc;

/// One text and whom it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// Only on this channel; none: on every one that has no text of its own.
    pub channel: Option<Channel>,
    /// The language it is written in; none: the template's.
    pub language: Option<String>,
    /// Its name among variants; none for the first.
    pub variant: Option<Arc<str>>,
    /// The text, with its snippets in it.
    pub source: String,
}

impl Wording {
    /// Its name in verdicts: `push/en-US/b`, empty for the template's main text.
    pub fn name(&self) -> String {
        let channel = self.channel.map(Channel::name);
        let parts = [channel, self.language.as_deref(), self.variant.as_deref()];
        parts.into_iter().flatten().collect::<Vec<_>>().join("/")
    }

    /// Whether both are for the same messages.
    pub fn is_for_the_same(&self, other: &Self) -> bool {
        (self.channel, &self.language, &self.variant) == (other.channel, &other.language, &other.variant)
    }

    /// Whether it may go out as a text message, whose parts are billed.
    pub fn may_be_billed_by_parts(&self) -> bool {
        self.channel.is_none_or(|channel| channel == Channel::Sms)
    }
}

/// Which of the texts a customer gets; the first is the main text. The language counts before the channel: what cannot be
/// read is of no use on any.
pub(super) fn choose(
    wordings: &[Wording],
    own_language: &str,
    id: &TemplateId,
    channel: Channel,
    language: &str,
    key: u64,
) -> usize {
    let fit = |wording: &Wording| {
        let written = wording.language.as_deref().unwrap_or(own_language);
        let language_fit = language_fit(written, language, own_language)?;
        let channel_fit = match wording.channel {
            None => 0,
            Some(own) if own == channel => 1,
            Some(_) => return None,
        };
        Some((language_fit, channel_fit))
    };
    let Some(best) = wordings.iter().filter_map(fit).max() else { return 0 };
    let count = wordings.iter().filter(|wording| fit(wording) == Some(best)).count() as u64;
    let nth = if count > 1 { spread(key, id) % count } else { 0 };
    let mut equals = wordings.iter().enumerate().filter(|(_, wording)| fit(wording) == Some(best));
    equals.nth(usize::try_from(nth).unwrap_or(0)).map_or(0, |(at, _)| at)
}

/// How well a written language serves a reader; none for a stranger's language that is not the template's own.
fn language_fit(written: &str, read: &str, own: &str) -> Option<u8> {
    let primary = |tag: &str| tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    if written.eq_ignore_ascii_case(read) {
        return Some(3);
    }
    if primary(written) == primary(read) {
        return Some(2);
    }
    written.eq_ignore_ascii_case(own).then_some(1)
}

/// A number that customers and templates share out evenly: FNV-1a over the id, then the finish of SplitMix64.
fn spread(key: u64, id: &TemplateId) -> u64 {
    let hash = id
        .as_str()
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    let mixed = hash ^ key;
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wording(channel: Option<Channel>, language: Option<&str>, variant: Option<&str>) -> Wording {
        Wording {
            channel,
            language: language.map(str::to_owned),
            variant: variant.map(Into::into),
            source: String::new(),
        }
    }

    #[test]
    fn the_language_counts_before_the_channel() {
        let texts = [
            wording(None, None, None),
            wording(Some(Channel::Push), None, None),
            wording(None, Some("en-US"), None),
            wording(Some(Channel::Push), Some("fr"), None),
        ];
        for (channel, language, expect) in [
            (Channel::Sms, "zh-CN", ""),
            (Channel::Push, "zh-CN", "push"),
            (Channel::Push, "zh-TW", "push"),
            (Channel::Sms, "en-US", "en-US"),
            (Channel::Push, "en-GB", "en-US"),
            (Channel::Push, "fr-FR", "push/fr"),
            (Channel::Sms, "fr-FR", ""),
            (Channel::Email, "ru", ""),
        ] {
            let at = choose(&texts, "zh-CN", &"t".into(), channel, language, 7);
            assert_eq!(texts[at].name(), expect, "{channel} {language}");
        }
    }

    #[test]
    fn variants_share_customers_evenly_and_each_keeps_theirs() {
        let texts =
            [wording(None, None, None), wording(None, None, Some("b")), wording(None, None, Some("c"))];
        let of = |key, id: &str| choose(&texts, "zh-CN", &id.into(), Channel::Sms, "zh-CN", key);
        let mut counts = [0; 3];
        (0..3_000).for_each(|key| counts[of(key, "t")] += 1);
        assert!(counts.iter().all(|count| (900..1_100).contains(count)), "{counts:?}");
        assert!((0..100).all(|key| of(key, "t") == of(key, "t")));
        assert!((0..100).any(|key| of(key, "t") != of(key, "u")), "another template is shared out anew");
    }
}
