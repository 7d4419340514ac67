//! System tests: a real server on a random port, one file per scenario, named as a sentence.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test file")]

mod a_broken_folder_is_told_whole;
mod a_certificate_outlives_an_erasure;
mod a_deleted_message_stays_deleted;
mod a_dry_run_is_what_the_launch_does;
mod a_file_is_taken_in_once;
mod a_folder_has_one_server;
mod a_customers_page_is_theirs_alone;
mod a_movement_is_told_and_explained;
mod a_rebuild_comes_out_the_same;
mod a_report_adds_up;
mod a_stop_drains_the_carrier;
mod a_text_has_a_class;
mod accounts_hand_in_messages_over_http;
mod an_account_is_called_back;
mod accounts_bind_over_cmpp;
mod accounts_bind_over_smpp;
mod accounts_submit_over_cmpp;
mod accounts_submit_over_smpp;
mod accounts_are_told_over_smpp;
mod a_journey_reaches_systems_and_people;
mod an_account_is_asked_to_bind;
mod an_arm_that_loses_people_is_stopped;
mod an_opt_out_wins_at_once;
mod anybody_can_check_the_log;
mod http_takes_and_refuses;
mod keys_are_made_and_turned;
mod links_are_encrypted;
mod nothing_personal_is_logged;
mod slow_and_greedy_clients_are_cut_off;
mod the_demo_runs_and_resumes;
mod the_operator_stops_and_replays;
mod twenty_kills_lose_nothing;
mod what_a_customer_chooses_holds;
mod who_makes_a_change_does_not_approve_it;
