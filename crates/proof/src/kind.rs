//! The kinds of entry: what can happen, as the ledger knows it, each with a number that never changes meaning.
//!
//! Refuses to guess: a code that is not listed here is unknown, not "other". A new kind gets a new number at the end.
//! Called by the leaf's encoder and decoder, by the certificate's rules, and by every auditor who reads a number.

use std::fmt;

/// What an entry records. The documentation of each kind says what must have been true when it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u16)]
pub enum Kind {
    /// A new world (all rules, templates, journeys, routes …) was approved and took effect; `world` is its hash.
    WorldPublished = 1,
    /// A customer's record was made or changed.
    CustomerRecorded = 2,
    /// A consent was given, refused or withdrawn.
    ConsentRecorded = 3,
    /// Something a customer or the market did was accepted as input.
    EventAccepted = 4,
    /// The gate let a message pass: it may be sent, to whom, on which route, with which text.
    MessageDecided = 5,
    /// The gate postponed a message; `rule` says why.
    MessageHeld = 6,
    /// The gate refused a message for good; `rule` says why.
    MessageBlocked = 7,
    /// A worker took the message for submission. Written before the first byte goes to a carrier.
    MessageClaimed = 8,
    /// A carrier took one part of a message and named it.
    PartSubmitted = 9,
    /// A carrier refused one part of a message.
    PartRefused = 10,
    /// A part may or may not have reached the carrier: no answer came.
    PartUnanswered = 11,
    /// A carrier reported what became of a part.
    ReceiptReceived = 12,
    /// Nothing more will happen to the message; the detail says how it ended.
    MessageEnded = 13,
    /// A customer wrote to us.
    InboundReceived = 14,
    /// A contact point may no longer be written to.
    SuppressionRecorded = 15,
    /// A broadcast began; `count` is its audience.
    BroadcastLaunched = 16,
    /// A broadcast is done; `count` is how many were decided.
    BroadcastEnded = 17,
    /// A customer's key was destroyed: what was sealed under it can never be read again.
    CustomerErased = 18,
    /// A receipt came that belongs to no message known yet; it waits.
    ReceiptParked = 19,
    /// A person changed something about the running of the engine; the detail says who and what.
    AdminActed = 20,
    /// A message was given another way: another route, or the next leg of its plan; `cost` is what that adds.
    MessageRerouted = 21,
    /// An account was told what became of its messages, or telling it was given up.
    NoticesSettled = 22,
    /// Something was paused, stopped or set going again; `rule` says what, `count` how it stands (0 on, 1 paused, 2 killed).
    SwitchSet = 23,
    /// A part of a message that an account hands in piece by piece was taken.
    PieceTaken = 24,
    /// A carrier said something of a part after it no longer mattered: by a way that the message has left, or after its
    /// end. It changes nothing; `route` says who spoke.
    AnswerLate = 25,
    /// Carriers were asked what became of the parts that they have under a name, because no receipt has come; `count` says
    /// of how many.
    CarrierAsked = 26,
    /// What is kept of the orders of somebody who is erased next, so that none is taken a second time; `count` says how many.
    OrdersSpent = 27,
    /// Somebody entered a journey.
    JourneyEntered = 28,
    /// Somebody who is inside a journey waits somewhere else now.
    JourneyMoved = 29,
    /// Somebody left a journey; `rule` says how.
    JourneyLeft = 30,
    /// A journey noted something about a customer.
    CustomerTagged = 31,
    /// A change of the configuration was proposed; `count` is its number.
    ChangeProposed = 32,
    /// What one file of a change is to hold; `count` is the change's number.
    ChangeContent = 33,
    /// Somebody other than its maker approved or rejected a change; `rule` says which, `count` is its number.
    ChangeReviewed = 34,
    /// The maker took a change back; `count` is its number.
    ChangeWithdrawn = 35,
    /// A change came into force; `count` is its number, `rule` says by what right (approved, emergency, adopted).
    ChangePublished = 36,
    /// A customer chose what they want to get, how, how often and when: the whole of their choices as it is now.
    PreferenceChanged = 38,
    /// A customer complained, or asked for something that the law gives them; `rule` says what, `count` within how many days it
    /// must be answered.
    CaseOpened = 39,
    /// Something was done about a case; `count` says which.
    CaseNoted = 40,
    /// A case was answered; `count` says which, `rule` how.
    CaseClosed = 41,
    /// Everything held on a customer was handed out.
    DataExported = 42,
    /// Something that happened to what customers hold was taken in: those who hold it are gone through.
    MarketEventAccepted = 44,
    /// Everybody who held it then has been gone through; `count` says how many entered journeys.
    MarketEventEnded = 45,
    /// A system that a journey called has answered (`rule` is `done`), or was given up (`failed`).
    CallAnswered = 46,
    /// A journey hands something over to people; `rule` says whose work it is.
    TaskOpened = 47,
    /// People have done it (`rule` is `done`), or could not (`failed`).
    TaskClosed = 48,
    /// A customer did what a message was for; `message` is the one it is credited to, `count` what it was worth in the
    /// hundredth part of the institution's currency.
    GoalReached = 50,
    /// Somebody followed a tracked link of a message; `rule` says who (`human`, `repeat`, `bot_…`), `count` is the number of the
    /// target that it leads to.
    LinkClicked = 51,
    /// An arm of an experiment drives people away and is stopped; `journey` says which, `rule` why, `count` how many people.
    ArmStopped = 53,
    /// An experiment divides those who are new by other weights; `rule` says which, `count` how many messages it had.
    WeightsMoved = 54,
    /// A person has looked at a message that was held for it; `rule` says what they said (approved, rejected, labelled).
    ReviewDecided = 55,
    /// A model was made that tells what kind of message a text is; `count` says of how many texts.
    ModelTrained = 56,
    /// A person lets a stopped arm go on; `journey` says which.
    ArmResumed = 57,
    /// An account took a message off its list; it stays in the ledger.
    MessageHidden = 60,
}

impl Kind {
    /// All kinds, in the order of their codes.
    pub const ALL: [Self; 54] = [
        Self::WorldPublished,
        Self::CustomerRecorded,
        Self::ConsentRecorded,
        Self::EventAccepted,
        Self::MessageDecided,
        Self::MessageHeld,
        Self::MessageBlocked,
        Self::MessageClaimed,
        Self::PartSubmitted,
        Self::PartRefused,
        Self::PartUnanswered,
        Self::ReceiptReceived,
        Self::MessageEnded,
        Self::InboundReceived,
        Self::SuppressionRecorded,
        Self::BroadcastLaunched,
        Self::BroadcastEnded,
        Self::CustomerErased,
        Self::ReceiptParked,
        Self::AdminActed,
        Self::MessageRerouted,
        Self::NoticesSettled,
        Self::SwitchSet,
        Self::PieceTaken,
        Self::AnswerLate,
        Self::CarrierAsked,
        Self::OrdersSpent,
        Self::JourneyEntered,
        Self::JourneyMoved,
        Self::JourneyLeft,
        Self::CustomerTagged,
        Self::ChangeProposed,
        Self::ChangeContent,
        Self::ChangeReviewed,
        Self::ChangeWithdrawn,
        Self::ChangePublished,
        Self::PreferenceChanged,
        Self::CaseOpened,
        Self::CaseNoted,
        Self::CaseClosed,
        Self::DataExported,
        Self::MarketEventAccepted,
        Self::MarketEventEnded,
        Self::CallAnswered,
        Self::TaskOpened,
        Self::TaskClosed,
        Self::GoalReached,
        Self::LinkClicked,
        Self::ArmStopped,
        Self::WeightsMoved,
        Self::ReviewDecided,
        Self::ModelTrained,
        Self::ArmResumed,
        Self::MessageHidden,
    ];

    /// The number in the leaf. Never changes.
    pub fn code(self) -> u16 {
        self as u16
    }

    /// The kind of a code, or `None` for a code that this version does not know.
    pub fn from_code(code: u64) -> Option<Self> {
        let position = Self::ALL.binary_search_by_key(&code, |kind| u64::from(kind.code())).ok()?;
        Self::ALL.get(position).copied()
    }

    /// The name in reports, e.g. `message_decided`.
    pub fn name(self) -> &'static str {
        match self {
            Self::WorldPublished => "world_published",
            Self::CustomerRecorded => "customer_recorded",
            Self::ConsentRecorded => "consent_recorded",
            Self::EventAccepted => "event_accepted",
            Self::MessageDecided => "message_decided",
            Self::MessageHeld => "message_held",
            Self::MessageBlocked => "message_blocked",
            Self::MessageClaimed => "message_claimed",
            Self::PartSubmitted => "part_submitted",
            Self::PartRefused => "part_refused",
            Self::PartUnanswered => "part_unanswered",
            Self::ReceiptReceived => "receipt_received",
            Self::MessageEnded => "message_ended",
            Self::InboundReceived => "inbound_received",
            Self::SuppressionRecorded => "suppression_recorded",
            Self::BroadcastLaunched => "broadcast_launched",
            Self::BroadcastEnded => "broadcast_ended",
            Self::CustomerErased => "customer_erased",
            Self::ReceiptParked => "receipt_parked",
            Self::AdminActed => "admin_acted",
            Self::MessageRerouted => "message_rerouted",
            Self::NoticesSettled => "notices_settled",
            Self::SwitchSet => "switch_set",
            Self::PieceTaken => "piece_taken",
            Self::AnswerLate => "answer_late",
            Self::CarrierAsked => "carrier_asked",
            Self::OrdersSpent => "orders_spent",
            Self::JourneyEntered => "journey_entered",
            Self::JourneyMoved => "journey_moved",
            Self::JourneyLeft => "journey_left",
            Self::CustomerTagged => "customer_tagged",
            Self::ChangeProposed => "change_proposed",
            Self::ChangeContent => "change_content",
            Self::ChangeReviewed => "change_reviewed",
            Self::ChangeWithdrawn => "change_withdrawn",
            Self::ChangePublished => "change_published",
            Self::PreferenceChanged => "preference_changed",
            Self::CaseOpened => "case_opened",
            Self::CaseNoted => "case_noted",
            Self::CaseClosed => "case_closed",
            Self::DataExported => "data_exported",
            Self::MarketEventAccepted => "market_event_accepted",
            Self::MarketEventEnded => "market_event_ended",
            Self::CallAnswered => "call_answered",
            Self::TaskOpened => "task_opened",
            Self::TaskClosed => "task_closed",
            Self::GoalReached => "goal_reached",
            Self::LinkClicked => "link_clicked",
            Self::ArmStopped => "arm_stopped",
            Self::WeightsMoved => "weights_moved",
            Self::ReviewDecided => "review_decided",
            Self::ModelTrained => "model_trained",
            Self::ArmResumed => "arm_resumed",
            Self::MessageHidden => "message_hidden",
        }
    }

    /// Whether an entry of this kind is the gate's answer to "may this message go?".
    pub fn decides(self) -> bool {
        matches!(self, Self::MessageDecided | Self::MessageHeld | Self::MessageBlocked)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The name of a message class code in a leaf, or `None` for a code that this version does not know.
///
/// 1 customer_service, 2 marketing, 3 risk_notice, 4 technical_support, 5 regulatory.
pub fn class_name(code: u8) -> Option<&'static str> {
    let position = usize::from(code).checked_sub(1)?;
    CLASS_NAMES.get(position).copied()
}

const CLASS_NAMES: [&str; 5] =
    ["customer_service", "marketing", "risk_notice", "technical_support", "regulatory"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_leads_back_to_its_kind_and_no_other_code_to_any() {
        assert!(Kind::ALL.is_sorted_by(|a, b| a.code() < b.code()), "in the order of the codes, none twice");
        for kind in Kind::ALL {
            assert_eq!(Kind::from_code(u64::from(kind.code())), Some(kind));
        }
        assert!(Kind::ALL.is_sorted_by_key(|kind| kind.code()), "the search asks for that");
        for code in [0, 37, 49, 250, 0x1_0005, u64::MAX] {
            assert_eq!(Kind::from_code(code), None, "{code}");
        }
    }

    #[test]
    fn class_codes_have_names() {
        assert_eq!([0, 1, 5, 6].map(class_name), [None, Some("customer_service"), Some("regulatory"), None]);
    }
}
