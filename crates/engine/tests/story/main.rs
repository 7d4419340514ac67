//! The engine as stories: at these times these inputs, then these entries and these things to do.
//!
//! One file per topic, named as a sentence. Every story's ledger is audited when it is over: see [`audit`].

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test file")]

mod audit;
mod bank;
mod desk;
mod people;

mod a_broadcast_is_spread_over_its_time;
mod a_broadcast_meets_everyone_once;
mod a_customer_is_written_to_in_their_language;
mod a_journey_asks_calls_and_hands_over;
mod a_journey_waits_and_goes_on;
mod a_message_goes_by_what_was_approved;
mod a_forbidden_word_is_stopped_however_it_is_hidden;
mod a_goal_is_credited_to_the_message_it_came_of;
mod a_movement_becomes_a_delivered_message;
mod a_plan_tries_one_channel_after_the_other;
mod a_part_without_a_receipt_is_asked_about_once;
mod a_product_is_for_whom_it_suits_when_they_read;
mod a_route_that_is_down_loses_its_messages_to_others;
mod a_template_is_filled_with_what_an_account_hands_in;
mod a_text_must_be_what_it_is_declared_to_be;
mod a_text_that_is_not_right_is_not_sent;
mod an_account_is_told_what_became_of_its_messages;
mod an_account_may_only_do_what_its_file_says;
mod an_arm_that_drives_people_away_is_stopped;
mod an_erased_customer_leaves_totals_and_proofs;
mod an_extension_leads_to_its_journey;
mod an_opt_out_wins_over_every_later_submit;
mod an_order_goes_through_the_gate_like_any_message;
mod an_order_waits_for_its_time_and_can_be_taken_back;
mod an_unanswered_submit_is_settled_by_its_class;
mod budgets_are_exact_to_the_part;
mod caps_hold_or_block_and_give_back;
mod days_come_again_by_rules_and_calendars;
mod consent_is_asked_for_and_its_evidence_named;
mod customers_choose_what_they_get;
mod customers_complain_and_ask;
mod every_fact_survives_the_ledger;
mod everybody_who_holds_it_is_told_once;
mod flows_share_a_lane_by_their_weights;
mod no_change_without_a_second_pair_of_eyes;
mod parts_and_receipts_are_tracked_one_by_one;
mod quiet_hours_follow_the_recipients_clock;
mod the_chapters_examples_load;
mod the_digest_notices_every_change;
mod the_most_important_message_goes_first;
mod the_route_is_chosen_by_what_it_may_carry;
mod urgent_lanes_overtake_the_bulk;
mod what_is_paused_waits_and_what_is_killed_ends;
mod who_is_held_out_stays_held_out;
mod weights_move_to_the_arm_that_does_better;
mod whatever_accounts_do_the_ledger_holds;
mod whatever_happens_the_ledger_holds;
