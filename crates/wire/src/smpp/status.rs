//! The command_status table (§5.1.3; from 0x100 on v5.0 §4.7.6) and what each value means for the message and for the link.
//!
//! A class is advice for whoever decides about retries; nothing is retried here. Values that the table does not have
//! (0x400–0x4ff are left to vendors) are kept and count as `Permanent`: carriers use them for "no credit" and
//! "blocked", and a route's own table may say otherwise.

pub use crate::link::Class;
use std::fmt;

/// A command_status as it came.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Status(pub u32);

macro_rules! statuses {
    ($($name:ident = $code:literal $class:ident $spec:literal $meaning:literal,)*) => {
        impl Status {
            $(#[doc = concat!($spec, ": ", $meaning, ".")] pub const $name: Self = Self($code);)*

            /// Every status the specification names, in its order.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The name and the meaning in the specification.
            const fn entry(self) -> Option<(&'static str, &'static str, Class)> {
                match self.0 {
                    $($code => Some(($spec, $meaning, Class::$class)),)*
                    _ => None,
                }
            }
        }
    };
}

statuses! {
    OK = 0x00 Ok "ESME_ROK" "no error",
    INVALID_MESSAGE_LENGTH = 0x01 Permanent "ESME_RINVMSGLEN" "message length is invalid",
    INVALID_COMMAND_LENGTH = 0x02 Permanent "ESME_RINVCMDLEN" "command length is invalid",
    INVALID_COMMAND_ID = 0x03 Permanent "ESME_RINVCMDID" "invalid command id",
    INVALID_BIND_STATUS = 0x04 Session "ESME_RINVBNDSTS" "incorrect bind status for the command",
    ALREADY_BOUND = 0x05 Session "ESME_RALYBND" "already bound",
    INVALID_PRIORITY = 0x06 Permanent "ESME_RINVPRTFLG" "invalid priority flag",
    INVALID_REGISTERED_DELIVERY = 0x07 Permanent "ESME_RINVREGDLVFLG" "invalid registered delivery flag",
    SYSTEM_ERROR = 0x08 Retry "ESME_RSYSERR" "system error",
    INVALID_SOURCE = 0x0a Permanent "ESME_RINVSRCADR" "invalid source address",
    INVALID_DESTINATION = 0x0b Permanent "ESME_RINVDSTADR" "invalid destination address",
    INVALID_MESSAGE_ID = 0x0c Permanent "ESME_RINVMSGID" "message id is invalid",
    BIND_FAILED = 0x0d Session "ESME_RBINDFAIL" "bind failed",
    INVALID_PASSWORD = 0x0e Session "ESME_RINVPASWD" "invalid password",
    INVALID_SYSTEM_ID = 0x0f Session "ESME_RINVSYSID" "invalid system id",
    CANCEL_FAILED = 0x11 Permanent "ESME_RCANCELFAIL" "cancel_sm failed",
    REPLACE_FAILED = 0x13 Permanent "ESME_RREPLACEFAIL" "replace_sm failed",
    QUEUE_FULL = 0x14 Throttled "ESME_RMSGQFUL" "message queue is full",
    INVALID_SERVICE_TYPE = 0x15 Permanent "ESME_RINVSERTYP" "invalid service type",
    INVALID_DESTINATION_COUNT = 0x33 Permanent "ESME_RINVNUMDESTS" "invalid number of destinations",
    INVALID_LIST_NAME = 0x34 Permanent "ESME_RINVDLNAME" "invalid distribution list name",
    INVALID_DESTINATION_FLAG = 0x40 Permanent "ESME_RINVDESTFLAG" "destination flag is invalid",
    INVALID_REPLACE_REQUEST = 0x42 Permanent "ESME_RINVSUBREP" "submit with replace is not supported",
    INVALID_ESM_CLASS = 0x43 Permanent "ESME_RINVESMCLASS" "invalid esm_class",
    CANNOT_SUBMIT_TO_LIST = 0x44 Permanent "ESME_RCNTSUBDL" "cannot submit to the distribution list",
    SUBMIT_FAILED = 0x45 Retry "ESME_RSUBMITFAIL" "submit_sm or submit_multi failed",
    INVALID_SOURCE_TON = 0x48 Permanent "ESME_RINVSRCTON" "invalid source address ton",
    INVALID_SOURCE_NPI = 0x49 Permanent "ESME_RINVSRCNPI" "invalid source address npi",
    INVALID_DESTINATION_TON = 0x50 Permanent "ESME_RINVDSTTON" "invalid destination address ton",
    INVALID_DESTINATION_NPI = 0x51 Permanent "ESME_RINVDSTNPI" "invalid destination address npi",
    INVALID_SYSTEM_TYPE = 0x53 Session "ESME_RINVSYSTYP" "invalid system type",
    INVALID_REPLACE_FLAG = 0x54 Permanent "ESME_RINVREPFLAG" "invalid replace_if_present flag",
    INVALID_MESSAGE_COUNT = 0x55 Permanent "ESME_RINVNUMMSGS" "invalid number of messages",
    THROTTLED = 0x58 Throttled "ESME_RTHROTTLED" "allowed message rate exceeded",
    INVALID_SCHEDULE = 0x61 Permanent "ESME_RINVSCHED" "invalid scheduled delivery time",
    INVALID_EXPIRY = 0x62 Permanent "ESME_RINVEXPIRY" "invalid validity period",
    INVALID_CANNED_MESSAGE = 0x63 Permanent "ESME_RINVDFTMSGID" "predefined message id is invalid or not found",
    RECEIVER_TEMPORARY = 0x64 Retry "ESME_RX_T_APPN" "receiver temporary application error",
    RECEIVER_PERMANENT = 0x65 Permanent "ESME_RX_P_APPN" "receiver permanent application error",
    RECEIVER_REJECT = 0x66 Permanent "ESME_RX_R_APPN" "receiver rejects the message",
    QUERY_FAILED = 0x67 Retry "ESME_RQUERYFAIL" "query_sm failed",
    INVALID_OPTIONAL_PART = 0xc0 Permanent "ESME_RINVOPTPARSTREAM" "error in the optional part of the pdu",
    OPTIONAL_NOT_ALLOWED = 0xc1 Permanent "ESME_ROPTPARNOTALLWD" "optional parameter not allowed",
    INVALID_OPTIONAL_LENGTH = 0xc2 Permanent "ESME_RINVPARLEN" "invalid parameter length",
    MISSING_OPTIONAL = 0xc3 Permanent "ESME_RMISSINGOPTPARAM" "expected optional parameter is missing",
    INVALID_OPTIONAL_VALUE = 0xc4 Permanent "ESME_RINVOPTPARAMVAL" "invalid optional parameter value",
    DELIVERY_FAILED = 0xfe Permanent "ESME_RDELIVERYFAILURE" "delivery failed (data_sm_resp)",
    UNKNOWN_ERROR = 0xff Retry "ESME_RUNKNOWNERR" "unknown error",
    SERVICE_NOT_AUTHORISED = 0x100 Permanent "ESME_RSERTYPUNAUTH" "not authorised to use this service_type",
    PROHIBITED = 0x101 Permanent "ESME_RPROHIBITED" "prohibited from using this operation",
    SERVICE_UNAVAILABLE = 0x102 Retry "ESME_RSERTYPUNAVAIL" "this service_type is unavailable",
    SERVICE_DENIED = 0x103 Permanent "ESME_RSERTYPDENIED" "this service_type is denied",
    INVALID_DATA_CODING = 0x104 Permanent "ESME_RINVDCS" "invalid data coding scheme",
    INVALID_SOURCE_SUBUNIT = 0x105 Permanent "ESME_RINVSRCADDRSUBUNIT" "source address subunit is invalid",
    INVALID_DESTINATION_SUBUNIT = 0x106 Permanent "ESME_RINVDSTADDRSUBUNIT" "destination address subunit is invalid",
    INVALID_BROADCAST_INTERVAL = 0x107 Permanent "ESME_RINVBCASTFREQINT" "broadcast frequency interval is invalid",
    INVALID_BROADCAST_ALIAS = 0x108 Permanent "ESME_RINVBCASTALIAS_NAME" "broadcast alias name is invalid",
    INVALID_BROADCAST_AREA = 0x109 Permanent "ESME_RINVBCASTAREAFMT" "broadcast area format is invalid",
    INVALID_BROADCAST_AREAS = 0x10a Permanent "ESME_RINVNUMBCAST_AREAS" "number of broadcast areas is invalid",
    INVALID_BROADCAST_CONTENT = 0x10b Permanent "ESME_RINVBCASTCNTTYPE" "broadcast content type is invalid",
    INVALID_BROADCAST_CLASS = 0x10c Permanent "ESME_RINVBCASTMSGCLASS" "broadcast message class is invalid",
    BROADCAST_FAILED = 0x10d Retry "ESME_RBCASTFAIL" "broadcast_sm failed",
    BROADCAST_QUERY_FAILED = 0x10e Retry "ESME_RBCASTQUERYFAIL" "query_broadcast_sm failed",
    BROADCAST_CANCEL_FAILED = 0x10f Permanent "ESME_RBCASTCANCELFAIL" "cancel_broadcast_sm failed",
    INVALID_BROADCAST_REPEAT = 0x110 Permanent "ESME_RINVBCAST_REP" "number of repeated broadcasts is invalid",
    INVALID_BROADCAST_GROUP = 0x111 Permanent "ESME_RINVBCASTSRVGRP" "broadcast service group is invalid",
    INVALID_BROADCAST_CHANNEL = 0x112 Permanent "ESME_RINVBCASTCHANIND" "broadcast channel indicator is invalid",
}

impl Status {
    /// Whether the request was accepted.
    pub const fn is_ok(self) -> bool {
        self.0 == 0
    }

    /// The name in the specification, such as `ESME_RTHROTTLED`.
    pub const fn name(self) -> Option<&'static str> {
        match self.entry() {
            Some((name, _, _)) => Some(name),
            None => None,
        }
    }

    /// What the specification says it means.
    pub const fn meaning(self) -> Option<&'static str> {
        match self.entry() {
            Some((_, meaning, _)) => Some(meaning),
            None => None,
        }
    }

    /// What it asks of the sender.
    pub const fn class(self) -> Class {
        match self.entry() {
            Some((_, _, class)) => class,
            None => Class::Permanent,
        }
    }

    /// Whether a bind that was refused so will be refused again until somebody changes the configuration. Repeating
    /// it soon may lock the account.
    pub const fn refuses_credentials(self) -> bool {
        matches!(self, Self::INVALID_PASSWORD | Self::INVALID_SYSTEM_ID | Self::INVALID_SYSTEM_TYPE)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "status 0x{:08x}", self.0),
        }
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_one_name_and_the_codes_rise() {
        assert!(Status::ALL.windows(2).all(|pair| pair[0] < pair[1]));
        let mut names: Vec<_> = Status::ALL.iter().map(|s| s.name().unwrap()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!((names.len(), Status::ALL.len()), (67, 67));
    }

    #[test]
    fn classes_tell_slow_down_from_give_up() {
        for (code, class) in [
            (0x00, Class::Ok),
            (0x58, Class::Throttled),
            (0x14, Class::Throttled),
            (0x08, Class::Retry),
            (0x64, Class::Retry),
            (0x0b, Class::Permanent),
            (0x0e, Class::Session),
            (0x0400, Class::Permanent),
            (0x09, Class::Permanent),
        ] {
            assert_eq!(Status(code).class(), class, "0x{code:02x}");
        }
    }
}
