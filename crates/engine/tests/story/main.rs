//! The engine as stories: at these times these inputs, then these entries and these things to do.
//!
//! One file per topic, named as a sentence. Every story's ledger is audited when it is over: see [`audit`].

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test file")]

mod audit;
mod bank;
mod people;

mod a_broadcast_meets_everyone_once;
mod a_movement_becomes_a_delivered_message;
mod a_text_that_is_not_right_is_not_sent;
mod an_erased_customer_leaves_totals_and_proofs;
mod an_opt_out_wins_over_every_later_submit;
mod an_unanswered_submit_is_settled_by_its_class;
mod budgets_are_exact_to_the_part;
mod caps_hold_or_block_and_give_back;
mod consent_is_asked_for_and_its_evidence_named;
mod every_fact_survives_the_ledger;
mod parts_and_receipts_are_tracked_one_by_one;
mod quiet_hours_follow_the_recipients_clock;
mod the_digest_notices_every_change;
mod urgent_lanes_overtake_the_bulk;
mod whatever_happens_the_ledger_holds;
