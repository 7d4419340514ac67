//! The ids that accounts are given, and what they mean: for most messages they follow from the message's own id, so that
//! they can be made again after a restart and read back with nothing remembered.
//!
//! A part of a client's own long message is a piece, which has a number like a message's. SMPP: the number in decimal, or
//! `g…` in hexadecimal for a submit to many. CMPP: 64 bits that look as the protocol wants them; the digits of the time
//! hold the upper part of the number, the counter the lower.

use model::MessageId;
use wire::cmpp::msg_id::{MsgId, Parts};

/// The id of a message or piece over SMPP.
pub(super) fn smpp(message: MessageId, given: u64) -> String {
    match given {
        0 => message.0.to_string(),
        given => format!("g{given:x}"),
    }
}

/// What an id over SMPP means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// A message or a piece.
    Message(MessageId),
    /// All messages of one submit.
    Group(u64),
}

/// Reads an id that `smpp` wrote.
pub(super) fn read_smpp(id: &str) -> Option<Named> {
    if let Some(given) = id.strip_prefix('g') {
        return u64::from_str_radix(given, 16).ok().map(Named::Group);
    }
    id.parse().ok().map(|message| Named::Message(MessageId(message)))
}

/// The id of a message or piece over CMPP.
pub(super) fn cmpp(gateway: u32, message: MessageId, given: u64) -> MsgId {
    if given != 0 {
        return MsgId(given);
    }
    let mut rest = message.0 >> 16;
    let mut digit = |base: u64| {
        let digit = rest % base;
        rest /= base;
        // The largest base is 60.
        digit as u8
    };
    let (second, minute, hour, day, month) = (digit(60), digit(60), digit(24), digit(28), digit(12));
    MsgId::new(Parts {
        month: month + 1,
        day: day + 1,
        hour,
        minute,
        second,
        gateway: gateway << 1,
        sequence: message.0 as u16,
    })
}

/// Reads an id that `cmpp` made; `None` for one of a submit to many, or of another gateway.
pub(super) fn read_cmpp(gateway: u32, id: MsgId) -> Option<MessageId> {
    let Parts { month, day, hour, minute, second, gateway: code, sequence } = id.parts();
    if code >> 1 != gateway || code & GROUP != 0 {
        return None;
    }
    let digits =
        [(month.checked_sub(1)?, 12), (day.checked_sub(1)?, 28), (hour, 24), (minute, 60), (second, 60u64)];
    let high = digits.iter().try_fold(0, |high, (digit, base)| {
        (u64::from(*digit) < *base).then_some(high * base + u64::from(*digit))
    })?;
    Some(MessageId(high << 16 | u64::from(sequence)))
}

/// The gateway code of ids of a submit to many, which do not follow from a message's own.
pub(super) fn group_gateway(gateway: u32) -> u32 {
    gateway << 1 | GROUP
}

/// The bit of the gateway code that tells the ids of submits to many from the others.
const GROUP: u32 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smpp_ids_read_back() {
        let message = MessageId(1_024);
        assert_eq!(smpp(message, 0), "1024");
        assert_eq!(smpp(message, 0xbeef), "gbeef");
        assert_eq!(read_smpp("1024"), Some(Named::Message(message)));
        assert_eq!(read_smpp("gbeef"), Some(Named::Group(0xbeef)));
        for bad in ["", "x", "1024.2", "g", "-1"] {
            assert_eq!(read_smpp(bad), None, "{bad}");
        }
    }

    #[test]
    fn cmpp_ids_read_back_and_look_like_a_time() {
        for number in [1, 0xffff, 0x1_0000, 123_456_789, 1 << 35, (1 << 40) - 1] {
            let id = cmpp(4_321, MessageId(number), 0);
            assert_eq!(read_cmpp(4_321, id), Some(MessageId(number)), "{id:?}");
            let Parts { month, day, hour, minute, second, .. } = id.parts();
            assert!((1..=12).contains(&month) && (1..=28).contains(&day), "{id:?}");
            assert!(hour < 24 && minute < 60 && second < 60, "{id:?}");
            assert_eq!(read_cmpp(4_322, id), None);
        }
        let group = MsgId::new(Parts { gateway: group_gateway(7), ..cmpp(7, MessageId(5), 0).parts() });
        assert_eq!(read_cmpp(7, group), None);
        assert_eq!(cmpp(7, MessageId(5), 99), MsgId(99));
    }
}
