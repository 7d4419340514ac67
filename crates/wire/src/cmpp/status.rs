//! What a CONNECT_RESP says (Status) and what a SUBMIT_RESP or DELIVER_RESP says (Result; 2.0 and 3.0 §8.4.1.2, §8.4.3.2),
//! and what each value means for the message and for the link.
//!
//! A class is advice for whoever decides about retries; nothing is retried here. Values that the tables do not have
//! (100–199 are left to vendors) are kept and count as `Permanent`; a route's own table may say otherwise.

use super::version::Version;
pub use crate::link::Class;
use std::fmt;

/// The Status of a CONNECT_RESP as it came.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ConnectStatus(pub u32);

impl ConnectStatus {
    /// Logged in.
    pub const OK: Self = Self(0);
    /// The CONNECT cannot be read.
    pub const STRUCTURE: Self = Self(1);
    /// No such Source_Addr, or not from this address.
    pub const SOURCE: Self = Self(2);
    /// The authenticator is wrong.
    pub const AUTHENTICATION: Self = Self(3);
    /// The version is higher than the gateway's.
    pub const VERSION: Self = Self(4);
    /// Anything else; so is every value above it.
    pub const OTHER: Self = Self(5);

    /// Whether the login was accepted.
    pub const fn is_ok(self) -> bool {
        self.0 == 0
    }

    /// Whether a login that was refused so will be refused again until somebody changes the configuration. Repeating it
    /// soon may lock the account.
    pub const fn refuses_credentials(self) -> bool {
        matches!(self, Self::SOURCE | Self::AUTHENTICATION | Self::VERSION)
    }

    /// What the specification says it means.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::OK => "ok",
            Self::STRUCTURE => "bad structure",
            Self::SOURCE => "illegal source address",
            Self::AUTHENTICATION => "authentication error",
            Self::VERSION => "version too high",
            _ => "other error",
        }
    }
}

impl fmt::Display for ConnectStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status {} ({})", self.0, self.meaning())
    }
}

impl fmt::Debug for ConnectStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The Result of a SUBMIT_RESP or a DELIVER_RESP as it came.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ResultCode(pub u32);

impl ResultCode {
    /// Taken over.
    pub const OK: Self = Self(0);
    /// The PDU cannot be read.
    pub const STRUCTURE: Self = Self(1);
    /// A command that has no place here.
    pub const COMMAND: Self = Self(2);
    /// This Sequence_Id came before.
    pub const DUPLICATE: Self = Self(3);
    /// The PDU is not as long as its fields say.
    pub const LENGTH: Self = Self(4);
    /// A wrong FeeCode.
    pub const FEE_CODE: Self = Self(5);
    /// The message is longer than one message may be.
    pub const TOO_LONG: Self = Self(6);
    /// A wrong Service_Id.
    pub const SERVICE: Self = Self(7);
    /// Too fast.
    pub const FLOW: Self = Self(8);
    /// 3.0: the gateway does not serve the number that pays. 2.0: anything else.
    pub const FEE_NUMBER: Self = Self(9);
    /// 3.0: a wrong Src_Id.
    pub const SRC_ID: Self = Self(10);
    /// 3.0: a wrong Msg_src.
    pub const MSG_SRC: Self = Self(11);
    /// 3.0: a wrong Fee_terminal_Id.
    pub const FEE_TERMINAL: Self = Self(12);
    /// 3.0: a wrong Dest_terminal_Id.
    pub const DESTINATION: Self = Self(13);

    /// Whether the message was taken over.
    pub const fn is_ok(self) -> bool {
        self.0 == 0
    }

    /// What it asks of the sender. A sequence number that "came before" was somebody else's on the same account, for ours
    /// do not repeat on a connection: the same message under another number may pass.
    pub const fn class(self, version: Version) -> Class {
        match (self, version) {
            (Self::OK, _) => Class::Ok,
            (Self::FLOW, _) => Class::Throttled,
            (Self::DUPLICATE, _) => Class::Retry,
            // In 2.0 it says only "other", which a gateway in trouble says too.
            (Self::FEE_NUMBER, Version::V2) => Class::Retry,
            _ => Class::Permanent,
        }
    }

    /// What the specification of this version says it means.
    pub const fn meaning(self, version: Version) -> &'static str {
        match (self.0, version) {
            (0, _) => "ok",
            (1, _) => "bad structure",
            (2, _) => "bad command id",
            (3, _) => "duplicate sequence number",
            (4, _) => "bad message length",
            (5, _) => "bad fee code",
            (6, _) => "longer than the maximum",
            (7, _) => "bad service code",
            (8, _) => "flow control",
            (_, Version::V2) => "other error",
            (9, _) => "billing number not served by this gateway",
            (10, _) => "bad Src_Id",
            (11, _) => "bad Msg_src",
            (12, _) => "bad Fee_terminal_Id",
            (13, _) => "bad Dest_terminal_Id",
            (100..=199, _) => "error of the vendor's own",
            _ => "reserved",
        }
    }
}

impl fmt::Display for ResultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "result {}", self.0)
    }
}

impl fmt::Debug for ResultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_tell_slow_down_from_give_up() {
        use Class::{Ok, Permanent, Retry, Throttled};
        for (code, in_2, in_3) in [
            (0, Ok, Ok),
            (1, Permanent, Permanent),
            (2, Permanent, Permanent),
            (3, Retry, Retry),
            (4, Permanent, Permanent),
            (5, Permanent, Permanent),
            (6, Permanent, Permanent),
            (7, Permanent, Permanent),
            (8, Throttled, Throttled),
            (9, Retry, Permanent),
            (10, Permanent, Permanent),
            (13, Permanent, Permanent),
            (99, Permanent, Permanent),
            (150, Permanent, Permanent),
            (u32::MAX, Permanent, Permanent),
        ] {
            let code = ResultCode(code);
            assert_eq!((code.class(Version::V2), code.class(Version::V3)), (in_2, in_3), "{code}");
        }
        assert_eq!(ResultCode::DESTINATION.meaning(Version::V3), "bad Dest_terminal_Id");
        assert_eq!(ResultCode::DESTINATION.meaning(Version::V2), "other error");
        assert_eq!(ResultCode(120).meaning(Version::V3), "error of the vendor's own");
    }

    #[test]
    fn a_login_that_stays_wrong_is_told_from_one_that_may_pass() {
        let refused: Vec<bool> = (0..8).map(|code| ConnectStatus(code).refuses_credentials()).collect();
        assert_eq!(refused, [false, false, true, true, true, false, false, false]);
        assert_eq!(ConnectStatus(3).to_string(), "status 3 (authentication error)");
        assert_eq!(ConnectStatus(77).to_string(), "status 77 (other error)");
    }
}
