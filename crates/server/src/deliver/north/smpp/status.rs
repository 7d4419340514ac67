//! Which command_status says what (SMPP 3.4 §5.1.3): the table of docs/deliver.md.

use super::super::directory::Denied;
use super::super::refusal::Refusal;
use super::super::side::Ack;
use engine::decide::rules;
use wire::smpp::Status;
use wire::smpp::status::Class;

/// Why a bind was refused.
pub(super) fn of_login(why: Denied) -> Status {
    match why {
        Denied::Name => Status::INVALID_SYSTEM_ID,
        Denied::Password => Status::INVALID_PASSWORD,
        Denied::Address | Denied::Version => Status::BIND_FAILED,
        Denied::Full => Status::ALREADY_BOUND,
    }
}

/// Why a message was not taken over. What a rule of the gate stopped, and no status of the specification says, gets one of
/// the vendor's: 0x400 and the rule's number.
pub(super) fn of(why: &Refusal) -> Status {
    match why {
        Refusal::Throttled => Status::THROTTLED,
        Refusal::Destination => Status::INVALID_DESTINATION,
        Refusal::Source => Status::INVALID_SOURCE,
        Refusal::Empty => Status::INVALID_MESSAGE_LENGTH,
        Refusal::Coding => Status::INVALID_DATA_CODING,
        Refusal::Schedule => Status::INVALID_SCHEDULE,
        Refusal::Expiry => Status::INVALID_EXPIRY,
        Refusal::Feature => Status::INVALID_ESM_CLASS,
        Refusal::Stopped => Status::SUBMIT_FAILED,
        Refusal::System => Status::SYSTEM_ERROR,
        Refusal::Rule(rule, _) => match *rule {
            rule if rule == rules::identity::RULE.code => Status::INVALID_DESTINATION,
            rule if rule == rules::account::RULE.code => Status::INVALID_SERVICE_TYPE,
            rule if rule == rules::class_policy::RULE.code => Status::INVALID_SERVICE_TYPE,
            rule if rule == rules::budget::RULE.code => Status::QUEUE_FULL,
            rule if rule == rules::length::RULE.code => Status::INVALID_MESSAGE_LENGTH,
            rule if rule == rules::validity::RULE.code => Status::INVALID_EXPIRY,
            rule if rule == rules::schedule::RULE.code => Status::INVALID_SCHEDULE,
            rule => Status(VENDOR + u32::from(rule.0)),
        },
    }
}

/// What a client's answer to a deliver_sm means for what it was told.
pub(super) fn of_answer(status: Status) -> Ack {
    match status.class() {
        Class::Ok => Ack::Done,
        Class::Throttled | Class::Retry | Class::Session => Ack::Again,
        Class::Permanent => Ack::Never,
    }
}

/// Where the vendor's own statuses begin (§5.1.3).
const VENDOR: u32 = 0x400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_said_by_the_specification_or_by_their_number() {
        let rule = |rule: &rules::Rule| of(&Refusal::Rule(rule.code, "x".into()));
        assert_eq!(rule(&rules::identity::RULE), Status::INVALID_DESTINATION);
        assert_eq!(rule(&rules::account::RULE), Status::INVALID_SERVICE_TYPE);
        assert_eq!(rule(&rules::budget::RULE), Status::QUEUE_FULL);
        for vendor in [&rules::consent::RULE, &rules::suppression::RULE, &rules::frequency_cap::RULE] {
            let status = rule(vendor);
            assert_eq!(status, Status(0x400 + u32::from(vendor.code.0)));
            assert_eq!(status.class(), Class::Permanent, "nobody should send it again");
        }
    }

    #[test]
    fn a_client_may_say_later_or_never() {
        assert_eq!(of_answer(Status::OK), Ack::Done);
        assert_eq!(of_answer(Status::RECEIVER_TEMPORARY), Ack::Again);
        assert_eq!(of_answer(Status::QUEUE_FULL), Ack::Again);
        assert_eq!(of_answer(Status::RECEIVER_REJECT), Ack::Never);
    }
}
