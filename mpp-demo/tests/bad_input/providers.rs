use mpp_api::central::PhoneEventType;
use mpp_demo::product::{BUREAU, OPERATOR};
use serde_json::json;

use crate::codes::WHOLE;
use crate::stage::{PROVIDER_ATTEMPTS, play};

fn source(id: &str) -> String {
    format!("provider:{id}")
}

#[test]
fn a_bureau_that_is_down_is_tried_again_and_then_reported() {
    play(async |stage| {
        stage.fault("bureau", "reports", json!({ "kind": "status", "status": 503 })).await;
        let before = stage.calls("bureau", "reports").await;
        let case = stage.case().await.approved().await;
        case.share().await.unwrap();
        let failed = case.news(PhoneEventType::Failed, &source(BUREAU)).await;
        // an answer of 503 does not say whether the enquiry was counted
        assert_eq!(failed.reason.as_deref(), Some("outcome_unknown"));
        case.partner_is_told("data.failed").await;
        assert_eq!(stage.calls("bureau", "reports").await - before, PROVIDER_ATTEMPTS);
        case.arrives_whole(WHOLE - 1).await;
    });
}

#[test]
fn a_bureau_that_comes_back_delivers() {
    play(async |stage| {
        let before = stage.calls("bureau", "reports").await;
        stage.fault_times("bureau", "reports", json!({ "kind": "status", "status": 503 }), 2).await;
        let case = stage.case().await.approved().await;
        case.share().await.unwrap();
        case.arrives_whole(WHOLE).await;
        assert_eq!(stage.calls("bureau", "reports").await - before, 3);
    });
}

#[test]
fn a_bureau_that_speaks_garbage_is_not_believed() {
    play(async |stage| {
        stage.fault("bureau", "reports", json!({ "kind": "garbage" })).await;
        let case = stage.case().await.approved().await;
        case.share().await.unwrap();
        let failed = case.news(PhoneEventType::Failed, &source(BUREAU)).await;
        assert_eq!(failed.reason.as_deref(), Some("unusable_answer"));
        case.partner_is_told("data.failed").await;
        case.arrives_whole(WHOLE - 1).await;
    });
}

#[test]
fn a_customer_the_bureau_does_not_know_is_told_so() {
    play(async |stage| {
        stage.fault("bureau", "reports", json!({ "kind": "no-record" })).await;
        let case = stage.case().await.approved().await;
        case.share().await.unwrap();
        let fetched = case.news(PhoneEventType::Fetched, &source(BUREAU)).await;
        assert_eq!(fetched.reason.as_deref(), Some("no_record"));
        assert_eq!(fetched.parcel_id, None);
        case.partner_is_told("data.no_record").await;
        case.arrives_whole(WHOLE - 1).await;
    });
}

#[test]
fn a_profile_of_somebody_else_is_not_passed_on() {
    play(async |stage| {
        stage.fault("operator", "profiles", json!({ "kind": "wrong-customer" })).await;
        let case = stage.case().await.approved().await;
        case.share().await.unwrap();
        let failed = case.news(PhoneEventType::Failed, &source(OPERATOR)).await;
        assert_eq!(failed.reason.as_deref(), Some("unusable_answer"));
        case.partner_is_told("data.failed").await;
        case.arrives_whole(WHOLE - 1).await;
    });
}
