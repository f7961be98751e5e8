//! The description of the interface says what is sent: every exchange of these tests is held against it as it passes.

use std::time::Duration;

use crate::town::Town;
use crate::witness::unseen;
use crate::{
    billing, everyday, exports, journey, log, passkeys, people, portal, proofs, replaying, sign_outs,
    signed_logs, single_sign_on, supervising, taking_back, tenants, uploads, wire_forms,
};

/// The operations that no test here sees succeed, and why.
const UNSEEN: &[(&str, &str)] =
    &[("POST /v1/operator/parked-jobs/{id}/replay", "takes work that was given up after days")];

/// The tests that between them use all of the interface. Whoever looks into the log of its process is not among them.
const TESTS: &[fn()] = &[
    the_description_and_the_health_are_served_to_anybody,
    billing::a_month_becomes_an_invoice_by_two_people,
    billing::what_cannot_be_read_is_refused_with_a_code,
    everyday::people_change_passwords_end_sessions_and_keep_views,
    everyday::a_link_to_the_provider_is_taken_away_with_the_sessions,
    everyday::a_phone_sees_its_screen_again,
    everyday::finance_throws_away_cancels_and_takes_back,
    everyday::finance_brings_a_log_sums_the_use_and_reads_it_again,
    exports::a_short_list_is_handed_over_at_once_and_only_its_person_has_it,
    exports::how_far_it_is_shows_at_another_node_and_no_row_stands_in_plain,
    exports::a_file_that_is_stopped_leaves_nothing,
    exports::it_stops_with_the_roles_and_who_has_none_begins_nothing,
    exports::it_stops_with_the_session_it_was_started_in,
    exports::a_node_that_dies_interrupts_it_and_another_makes_it_again,
    exports::a_node_that_is_stopped_says_so,
    exports::a_restart_keeps_what_is_ready_and_a_day_ends_it,
    exports::a_workbook_of_too_many_rows_is_none,
    exports::a_list_that_breaks_off_is_no_file,
    exports::only_so_many_are_made_at_once_and_one_form_makes_one,
    journey::a_whole_journey_over_http_survives_a_restart,
    journey::withdrawing_over_http_is_told_by_poll_and_webhook,
    journey::a_repeated_post_gets_the_stored_answer_and_another_body_is_refused,
    journey::staff_suspend_and_reinstate_and_look_around,
    log::a_partner_verifies_the_log_with_what_is_served,
    passkeys::a_passkey_is_added_used_and_removed,
    passkeys::what_does_not_hold_is_refused,
    passkeys::wrong_answers_shut_the_account_as_wrong_passwords_do,
    passkeys::adding_is_refused_with_a_reason,
    passkeys::administrators_remove_the_passkeys_of_others,
    passkeys::a_restart_changes_nothing,
    people::every_route_lets_exactly_its_roles_in,
    people::a_person_signs_in_and_is_shut_out_after_wrong_passwords,
    people::an_administrator_sees_people_and_ends_their_sessions,
    portal::a_session_cookie_set_before_signing_in_is_never_the_one_after,
    portal::views_lead_only_to_lists_and_belong_to_who_keeps_them,
    proofs::every_route_refuses_callers_without_the_right_proof,
    proofs::what_anybody_may_call_asks_for_the_proof_in_the_body,
    proofs::a_signature_serves_once_and_for_its_request_only,
    proofs::unknown_paths_methods_and_queries_are_problems,
    replaying::a_range_is_looked_at_then_done_again_once,
    replaying::deliveries_are_narrowed_by_answer_and_day,
    sign_outs::who_signs_out_at_the_provider_is_signed_out_here,
    sign_outs::what_is_no_notice_of_the_provider_ends_nothing,
    sign_outs::forged_notices_end_nothing,
    sign_outs::strangers_cannot_have_the_provider_asked_again_and_again,
    sign_outs::signing_out_here_shows_the_way_to_sign_out_there,
    sign_outs::who_did_not_come_through_the_provider_is_not_sent_there,
    signed_logs::what_was_announced_is_what_is_billed_and_only_its_partner_can_send_it,
    signed_logs::finance_brings_a_log_and_sees_every_line_that_differs,
    single_sign_on::staff_sign_in_through_the_provider,
    single_sign_on::what_the_provider_says_must_be_true_of_this_sign_in,
    single_sign_on::an_answer_is_taken_once_where_it_was_asked_for,
    single_sign_on::the_own_second_factor_is_asked_for_where_the_provider_asked_for_none,
    single_sign_on::an_address_that_is_not_in_the_token_is_asked_for,
    single_sign_on::a_provider_that_fails_is_told_from_this_server,
    single_sign_on::the_pages_lead_there_and_back,
    supervising::requests_are_found_by_what_narrows_them,
    supervising::the_file_of_a_case_tells_every_step_with_its_proof,
    supervising::a_partners_file_shows_its_keys_and_contacts,
    supervising::an_address_for_notifications_is_set_and_taken_away,
    supervising::contacts_are_set_in_place_of_those_of_before,
    taking_back::a_request_is_taken_back_over_http_until_the_customer_decides,
    taking_back::a_product_is_retired_over_http,
    tenants::names_of_another_enterprise_are_answered_like_names_of_nothing,
    tenants::a_product_and_a_case_of_another_enterprise_cannot_be_taken_over,
    uploads::an_upload_resumes_where_it_stands_after_a_restart,
    uploads::a_wrong_offset_is_refused_with_the_right_one,
    uploads::the_same_upload_speaks_tus,
    wire_forms::screens_are_those_of_the_interface,
];

#[test]
fn every_operation_is_seen() {
    std::thread::scope(|scope| {
        for share in TESTS.chunks(TESTS.len().div_ceil(4)) {
            scope.spawn(move || share.iter().for_each(|test| test()));
        }
    });
    let excused = UNSEEN.iter().map(|(operation, _)| (*operation).to_owned()).collect();
    assert_eq!(unseen("central"), excused, "every operation is seen once, or says above why not");
}

#[tokio::test]
async fn the_description_and_the_health_are_served_to_anybody() {
    let town = Town::start().await;
    let caller = town.anonymous();
    let served: serde_json::Value = caller.get("/v1/openapi.json", Duration::ZERO).await.unwrap();
    assert_eq!(served["openapi"], "3.1.0");
    for path in ["/healthz", "/readyz"] {
        caller.send_raw(http::Method::GET, path, Default::default(), Default::default()).await.unwrap();
    }
}
