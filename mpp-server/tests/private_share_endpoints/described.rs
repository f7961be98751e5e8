//! The description of the interface says what is sent: every exchange of these tests is held against it as it passes.

use std::time::Duration;

use crate::bench::Bench;
use crate::witness::unseen;
use crate::{health, journey, notifications, proof};

/// The operations that no test here sees succeed, and why.
const UNSEEN: &[(&str, &str)] = &[(
    "POST /v1/aa-consents/{key}/revoke",
    "the aggregator of these tests revokes nothing; the answer has the form of those beside it",
)];

/// The tests that between them use all of the interface.
const TESTS: &[fn()] = &[
    the_description_is_served_to_anybody,
    health::only_those_who_run_the_service_may_ask,
    health::the_command_shows_the_report,
    journey::a_phone_gets_its_encrypted_data,
    journey::another_phone_sees_nothing_of_it,
    notifications::unknown_consents_and_sessions_are_refused_in_rebits_words,
    notifications::a_transaction_id_serves_one_message,
    notifications::forged_notifications_get_a_signed_refusal,
    proof::every_route_asks_for_its_proof,
    proof::a_stolen_session_key_is_worth_nothing_without_the_device,
    proof::a_long_poll_does_not_keep_the_server_from_stopping,
];

#[test]
fn every_operation_is_seen() {
    std::thread::scope(|scope| {
        for share in TESTS.chunks(TESTS.len().div_ceil(4)) {
            scope.spawn(move || share.iter().for_each(|test| test()));
        }
    });
    let excused = UNSEEN.iter().map(|(operation, _)| (*operation).to_owned()).collect();
    assert_eq!(unseen("private-share"), excused, "every operation is seen once, or says above why not");
}

#[tokio::test]
async fn the_description_is_served_to_anybody() {
    let bench = Bench::start().await;
    let served: serde_json::Value = bench.caller().get("/v1/openapi.json", Duration::ZERO).await.unwrap();
    assert_eq!(served["openapi"], "3.1.0");
    bench.running.stop().await;
}
