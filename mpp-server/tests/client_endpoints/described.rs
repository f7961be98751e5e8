//! The description of the interface says what is sent: every exchange of these tests is held against it as it passes.

use std::sync::Arc;
use std::time::Duration;

use mpp_api::Anonymous;
use mpp_api::central::OperatorClient;
use mpp_api::client::{EnrolServer, StaffClient};
use serde_json::Value;

use crate::people::join;
use crate::town::{AUTHOR_KEY, OPERATOR_KEY, Town, asking, bearer, definition};
use crate::witness::unseen;
use crate::{
    calendar, command, finding, journey, own_keys, own_log, passkeys, people, portal, proofs, pushed,
    replaying, retiring, seeding, taking_back, trying_out,
};

/// The operations that no test here sees succeed, and why.
const UNSEEN: &[(&str, &str)] = &[
    (
        "GET /v1/staff/bills/{bill}",
        "takes a month that is billed: central's own operation of the same form is seen there",
    ),
    (
        "POST /v1/notifications",
        "central pushes past this transport, to addresses it guards; `pushed` sees them taken",
    ),
    ("POST /v1/staff/parked/{job}/replay", "takes work that was given up after days"),
];

/// The tests that between them use all of the interface.
const TESTS: &[fn()] = &[
    what_nobody_else_asks_is_as_described,
    calendar::a_purge_day_moves_a_row_and_the_page_shows_it,
    calendar::what_is_no_day_product_or_source_is_refused_and_cases_are_found_by_product,
    command::a_partner_goes_live_by_the_command_alone,
    command::the_own_log_is_signed_into_a_file_or_sent,
    command::secrets_go_to_files_and_failures_have_exit_codes,
    command::configurations_are_checked_without_starting_anything,
    command::people_are_invited_listed_and_shut_out_by_the_command,
    finding::a_case_is_found_by_its_reference_and_by_whatever_belongs_to_it,
    journey::a_document_goes_from_the_phone_to_the_application_and_is_purged_on_withdrawal,
    journey::normalised_json_is_wrapped_with_its_origin,
    journey::what_another_device_vouches_for_goes_nowhere_and_proves_nothing,
    journey::refusals_have_stable_codes,
    own_keys::new_keys_take_two_persons,
    own_keys::the_command_proposes_approves_and_withdraws,
    own_keys::the_page_leads_through_it_and_says_what_is_in_no_backup,
    own_keys::a_server_that_lost_everything_opens_what_was_sealed_before,
    own_log::a_month_of_uses_is_signed_sent_and_agrees_without_a_difference,
    own_log::a_use_that_was_never_collected_is_only_in_centrals_log,
    own_log::a_month_is_asked_for_as_a_month,
    passkeys::a_passkey_opens_a_session,
    people::every_route_lets_exactly_its_roles_in,
    people::data_is_masked_until_somebody_gives_a_reason,
    portal::a_session_cookie_set_before_signing_in_is_never_the_one_after,
    portal::what_is_not_this_enterprises_is_not_there,
    portal::a_filter_of_documents_is_kept_and_every_list_is_a_file_too,
    proofs::every_route_refuses_callers_without_the_right_proof,
    proofs::a_key_does_what_its_scopes_say,
    proofs::a_revoked_key_opens_nothing_and_others_go_on,
    pushed::a_server_that_is_pushed_to_collects_too,
    pushed::a_push_nobody_signed_is_refused,
    replaying::a_range_of_news_is_looked_at_then_done_again_once,
    retiring::a_product_is_retired_by_two_and_asked_for_no_more,
    taking_back::an_application_and_staff_take_requests_back_and_the_application_is_told,
    seeding::a_client_server_is_filled_and_started_again,
    seeding::a_configuration_of_another_server_is_refused,
    trying_out::an_address_is_tried_out_before_anything_happens,
];

#[test]
fn every_operation_is_seen() {
    std::thread::scope(|scope| {
        for share in TESTS.chunks(TESTS.len().div_ceil(4)) {
            scope.spawn(move || share.iter().for_each(|test| test()));
        }
    });
    // the desk is the same at central, to the letter of its description, and seen there
    let mut left = unseen("client");
    left.retain(|operation| !operation.contains(" /v1/desk/"));
    let excused = UNSEEN.iter().map(|(operation, _)| (*operation).to_owned()).collect();
    assert_eq!(left, excused, "every operation is seen once, or says above why not");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_else_asks_is_as_described() {
    let town = Town::start().await;
    let partner = town.onboard().await;
    let anybody = town.at_client(Arc::new(Anonymous));
    let served: Value = anybody.get("/v1/openapi.json", Duration::ZERO).await.unwrap();
    assert_eq!(served["openapi"], "3.1.0");
    for path in ["/healthz", "/readyz"] {
        anybody.send_raw(http::Method::GET, path, Default::default(), Default::default()).await.unwrap();
    }
    let staff = town.staff(AUTHOR_KEY);
    assert!(staff.usage(None).await.unwrap().items.is_empty());
    assert!(staff.bills(None).await.unwrap().items.is_empty());
    assert_eq!(staff.product_versions(partner.product).await.unwrap().len(), 1);
    assert_eq!(staff.product(partner.product, 1).await.unwrap().version, 1);
    staff.check_product(&definition()).await.unwrap();
    let clerk = StaffClient::new(join(&town, "clerk", &["caseworker"]).await);
    clerk.start_case(&town.call(), &asking(partner.product, "LOAN-9")).await.unwrap();
    let operator = OperatorClient::new(town.at_central(bearer(OPERATOR_KEY)));
    let renewed = operator.renew_enrolment(&town.call(), partner.id).await.unwrap();
    let token = EnrolServer { enrolment_token: renewed.enrolment_token };
    staff.propose_rotation(&town.call(), &token).await.unwrap();
    staff.withdraw_rotation(&town.call()).await.unwrap();
}
