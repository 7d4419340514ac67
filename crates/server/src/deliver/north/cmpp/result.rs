//! Which Result says what (CMPP 2.0 and 3.0 §8.4.3.2): the table of docs/deliver.md.

use super::super::directory::Denied;
use super::super::refusal::Refusal;
use super::super::side::Ack;
use engine::decide::rules;
use wire::cmpp::{Class, ConnectStatus, ResultCode, Version};

/// Why a login was refused.
pub(super) fn of_login(why: Denied) -> ConnectStatus {
    match why {
        Denied::Name | Denied::Address => ConnectStatus::SOURCE,
        Denied::Password => ConnectStatus::AUTHENTICATION,
        Denied::Version => ConnectStatus::VERSION,
        Denied::Full => ConnectStatus::OTHER,
    }
}

/// Why a message was not taken over. What a rule of the gate stopped, and no result of the specification says, gets one of
/// the vendor's: 100 and the rule's number. 2.0 has no results for numbers; there they are "other".
pub(super) fn of(why: &Refusal, version: Version) -> ResultCode {
    let number = |code| if version == Version::V2 { OTHER } else { code };
    match why {
        Refusal::Throttled | Refusal::Stopped | Refusal::System => ResultCode::FLOW,
        Refusal::Destination => number(ResultCode::DESTINATION),
        Refusal::Source => number(ResultCode::SRC_ID),
        Refusal::Empty => ResultCode::LENGTH,
        Refusal::Coding | Refusal::Schedule | Refusal::Expiry | Refusal::Feature => ResultCode::STRUCTURE,
        Refusal::Rule(rule, _) => match *rule {
            rule if rule == rules::identity::RULE.code => number(ResultCode::DESTINATION),
            rule if rule == rules::account::RULE.code => ResultCode::SERVICE,
            rule if rule == rules::class_policy::RULE.code => ResultCode::SERVICE,
            rule if rule == rules::budget::RULE.code => ResultCode::FLOW,
            rule if rule == rules::length::RULE.code => ResultCode::TOO_LONG,
            rule => ResultCode(VENDOR + u32::from(rule.0)),
        },
    }
}

/// What a client's answer to a DELIVER means for what it was told.
pub(super) fn of_answer(result: ResultCode, version: Version) -> Ack {
    match result.class(version) {
        Class::Ok => Ack::Done,
        Class::Throttled | Class::Retry | Class::Session => Ack::Again,
        Class::Permanent => Ack::Never,
    }
}

/// "Other error" of 2.0.
const OTHER: ResultCode = ResultCode(9);
/// Where the vendor's own results begin; they end at 199.
const VENDOR: u32 = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_say_what_the_version_can() {
        let both = |why: &Refusal| (of(why, Version::V2).0, of(why, Version::V3).0);
        assert_eq!(both(&Refusal::Throttled), (8, 8));
        assert_eq!(both(&Refusal::Destination), (9, 13));
        assert_eq!(both(&Refusal::Source), (9, 10));
        for rule in rules::ORDER {
            let (two, three) = both(&Refusal::Rule(rule.code, "x".into()));
            assert!(two <= 199 && three <= 199, "{}", rule.id);
        }
        assert_eq!(both(&Refusal::Rule(rules::length::RULE.code, "x".into())), (6, 6));
    }
}
