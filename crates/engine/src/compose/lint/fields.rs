//! # fields (error)
//!
//! A text for a channel fits what that channel takes: rich messages, notifications of phone makers, lines of mail, what a voice can read.
//! What does not fit is refused by the provider after it was decided, or cut where nobody chose to cut it.
//!
//! Fix: none by rule.

use super::{Found, Lint, Severity, Sheet, Text};
use model::Channel;

/// This lint.
pub const LINT: Lint = Lint { id: "fields", severity: Severity::Error, excusable: true, look };

/// Characters of a rich text (Google RCS for Business, `contentMessage.text`).
const RCS_CHARACTERS_MAX: usize = 3_072;
/// Characters of a notification's text: the least that a maker of phones takes (Xiaomi's push, `description`, by its documents; to be
/// read again when they change).
const PUSH_CHARACTERS_MAX: usize = 128;
/// Octets of one line of a mail (RFC 5322 §2.1.1).
const EMAIL_LINE_OCTETS_MAX: usize = 998;
/// Characters that a call reads: about a minute of speech; our own limit.
const VOICE_CHARACTERS_MAX: usize = 300;

fn look(sheet: &Sheet<'_>) -> Vec<Found> {
    sheet.texts.iter().filter_map(|text| of_text(sheet, text)).collect()
}

fn of_text(sheet: &Sheet<'_>, text: &Text) -> Option<Found> {
    let characters = text.longest.chars().count();
    let too_long = |what: &str, most: usize, found: usize, unit: &str| {
        let message = format!("expected at most {most} {unit} for {what}, found {found} in the longest text");
        Found::new(text.place.clone(), message)
    };
    match text.wording.channel? {
        Channel::Rcs if characters > RCS_CHARACTERS_MAX => {
            Some(too_long("a rich message", RCS_CHARACTERS_MAX, characters, "characters"))
        }
        Channel::Push if characters > PUSH_CHARACTERS_MAX => {
            Some(too_long("a notification", PUSH_CHARACTERS_MAX, characters, "characters"))
        }
        Channel::Push if text.sample.contains('\n') => Some(sheet.at_piece(
            text,
            "\n",
            "expected one line for a notification, found several".to_owned(),
            None,
        )),
        Channel::Email => {
            let longest = text.longest.lines().map(str::len).max().unwrap_or(0);
            (longest > EMAIL_LINE_OCTETS_MAX)
                .then(|| too_long("a line of a mail", EMAIL_LINE_OCTETS_MAX, longest, "octets"))
        }
        Channel::Voice if characters > VOICE_CHARACTERS_MAX => {
            Some(too_long("a call", VOICE_CHARACTERS_MAX, characters, "characters"))
        }
        Channel::Voice => {
            let host = text::found::links(&text.sample).next()?;
            let message = format!("expected what a voice can read, found the link to {host}");
            Some(sheet.at_piece(text, host, message, None))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Case, check};

    #[test]
    fn each_channel_has_its_own_limit() {
        let note = |max: usize| {
            format!(
                "code = {{ type = \"code\", from = \"event.code\" }}\nn = {{ type = \"text({max})\", from = \"event.n\" }}"
            )
        };
        for (channel, max, count) in [
            ("push", 100, 0),
            ("push", 128, 1),
            ("rcs", 3_000, 0),
            ("rcs", 3_072, 1),
            ("email", 300, 0),
            ("email", 998, 1),
            ("voice", 280, 0),
            ("voice", 300, 1),
            ("wechat", 5_000, 0),
        ] {
            let others =
                format!("[[texts]]\nchannel = \"{channel}\"\ntext = \"{{{{ code }}}}：{{{{ n }}}}\"\n");
            let case = Case { variables: &note(max), others: &others, ..Case::code() };
            assert_eq!(check(case, "fields").len(), count, "{channel} {max}");
        }
    }

    #[test]
    fn a_voice_reads_no_links() {
        let others =
            "[[texts]]\nchannel = \"voice\"\ntext = \"您的验证码是{{ code }}，详情见bank.example\"\n";
        assert_eq!(check(Case { others, ..Case::code() }, "fields").len(), 1);
    }
}
