use std::time::Duration;

use mpp_connectors::account_aggregator::{AaConsentStatus, AaErrorCode};
use mpp_core::{AaConsentKey, Span};
use mpp_services::private_share::{ConsentNotice, NoticeError};
use mpp_store::LeafIndex;

use crate::bench::{Bench, parameters};
use crate::fake_aa::Trouble;

fn key(byte: u8) -> AaConsentKey {
    AaConsentKey::from_random([byte; 16])
}

/// What the audit log says happened.
async fn events(bench: &Bench) -> Vec<String> {
    let leaves = bench.store.leaves(LeafIndex(0), 100).await.unwrap();
    let said = leaves.iter().map(|leaf| {
        let said: serde_json::Value = serde_json::from_slice(leaf.leaf.bytes()).unwrap();
        said["event"].as_str().unwrap().to_owned()
    });
    said.collect()
}

#[tokio::test]
async fn raising_twice_finds_the_same_consent() {
    let bench = Bench::new();
    let who = bench.customer("9000000001").await;
    let first = bench.service.raise_consent(&who, key(1), &bench.parameters()).await.unwrap();
    assert_eq!((first.state, first.handle.as_str()), ("pending", "handle-0"));
    assert_eq!(first.approval_url.as_str(), "https://aa.example/web?handle=handle-0");
    let second = bench.service.raise_consent(&who, key(1), &bench.parameters()).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(bench.aa.calls("request_consent"), 1);
    let other_terms = bench.service.raise_consent(&who, key(1), &parameters("PERIODIC")).await.unwrap_err();
    assert_eq!(other_terms.code(), "terms_differ");
}

#[tokio::test]
async fn a_notice_makes_the_service_ask_and_is_not_believed_itself() {
    let bench = Bench::new();
    let who = bench.customer("9000000001").await;
    bench.service.raise_consent(&who, key(1), &bench.parameters()).await.unwrap();
    bench.notice_last().await;
    assert_eq!(bench.service.consent(&who, key(1)).await.unwrap().state, "pending", "nobody has decided");
    bench.aa.decide(true);
    bench.notice_last().await;
    let status = bench.service.consent(&who, key(1)).await.unwrap();
    assert_eq!(status.state, "active");
    assert_eq!(status.accounts.len(), 2);
    assert_eq!(status.signed_consent.unwrap().as_str(), "aGVhZGVy.cGF5bG9hZA.c2lnbmF0dXJl");
}

#[tokio::test]
async fn changes_at_the_account_aggregator_arrive() {
    let bench = Bench::new();
    let (who, key) = bench.with_consent("ONETIME").await;
    for (standing, expected) in [
        (AaConsentStatus::Paused, "paused"),
        (AaConsentStatus::Active, "active"),
        (AaConsentStatus::Paused, "paused"),
        (AaConsentStatus::Revoked, "revoked"),
        (AaConsentStatus::Active, "revoked"),
    ] {
        bench.aa.stand(standing);
        bench.notice_last().await;
        assert_eq!(bench.service.consent(&who, key).await.unwrap().state, expected);
    }
}

#[tokio::test]
async fn a_refused_request_and_a_rejecting_customer_end_the_consent() {
    let bench = Bench::new();
    let who = bench.customer("9000000001").await;
    bench.aa.set_trouble(Trouble::Refusing(AaErrorCode::InvalidRequest));
    let error = bench.service.raise_consent(&who, key(1), &bench.parameters()).await.unwrap_err();
    assert_eq!(error.code(), "account_aggregator_refused");
    assert_eq!(bench.service.consent(&who, key(1)).await.unwrap().state, "failed");
    assert_eq!(events(&bench).await, ["aa_consent.failed"]);
    bench.aa.set_trouble(Trouble::None);
    bench.service.raise_consent(&who, key(2), &bench.parameters()).await.unwrap();
    bench.aa.decide(false);
    bench.notice_last().await;
    assert_eq!(bench.service.consent(&who, key(2)).await.unwrap().state, "rejected");
    assert_eq!(events(&bench).await, ["aa_consent.failed", "aa_consent.raised", "aa_consent.rejected"]);
}

#[tokio::test]
async fn an_unreachable_account_aggregator_is_asked_again() {
    let bench = Bench::new();
    let who = bench.customer("9000000001").await;
    bench.aa.set_trouble(Trouble::Down);
    let error = bench.service.raise_consent(&who, key(1), &bench.parameters()).await.unwrap_err();
    assert_eq!(error.persistence(), mpp_core::Persistence::Temporary);
    bench.aa.set_trouble(Trouble::None);
    bench.service.raise_consent(&who, key(1), &bench.parameters()).await.unwrap();
    bench.aa.decide(true);
    bench.aa.set_trouble(Trouble::Down);
    bench.notice_last().await;
    assert_eq!(bench.service.consent(&who, key(1)).await.unwrap().state, "pending");
    bench.aa.set_trouble(Trouble::None);
    let bench = bench.restarted();
    bench.clock.advance(Span::from_seconds(2));
    bench.work().await;
    assert_eq!(bench.service.consent(&who, key(1)).await.unwrap().state, "active", "the notice was kept");
}

#[tokio::test]
async fn an_artefact_wider_than_asked_is_not_taken() {
    let bench = Bench::new();
    let who = bench.customer("9000000001").await;
    bench.service.raise_consent(&who, key(1), &bench.parameters()).await.unwrap();
    bench.aa.decide(true);
    bench.aa.set_trouble(Trouble::WiderArtefact);
    bench.notice_last().await;
    let status = bench.service.consent(&who, key(1)).await.unwrap();
    assert_eq!((status.state, status.signed_consent), ("failed", None));
    assert_eq!(bench.aa.calls("change_consent"), 1, "nobody could withdraw it afterwards");
}

#[tokio::test]
async fn another_customers_consent_is_not_found() {
    let bench = Bench::new();
    let (_, key) = bench.with_consent("ONETIME").await;
    let stranger = bench.customer("9000000002").await;
    assert_eq!(bench.service.consent(&stranger, key).await.unwrap_err().code(), "not_found");
    assert_eq!(bench.service.revoke_consent(&stranger, key).await.unwrap_err().code(), "not_found");
    let request = bench.session_request(key);
    let error = bench.service.open_data_session(&stranger, &request).await.unwrap_err();
    assert_eq!(error.code(), "not_found");
    let own = bench.service.raise_consent(&stranger, key, &bench.parameters()).await.unwrap();
    assert_eq!(own.state, "pending", "the same key names another consent for another customer");
}

#[tokio::test(start_paused = true)]
async fn a_long_poll_ends_when_the_consent_changes() {
    let bench = Bench::new();
    let who = bench.customer("9000000001").await;
    bench.service.raise_consent(&who, key(1), &bench.parameters()).await.unwrap();
    let poll = bench.service.await_consent(&who, key(1), "pending", Duration::from_secs(20));
    let change = async {
        tokio::task::yield_now().await;
        bench.aa.decide(true);
        bench.notice_last().await;
    };
    let before = tokio::time::Instant::now();
    let (status, ()) = tokio::join!(poll, change);
    assert_eq!(status.unwrap().state, "active");
    assert!(before.elapsed() < Duration::from_secs(1), "woken, not timed out");
}

#[tokio::test(start_paused = true)]
async fn a_long_poll_ends_empty_handed_after_its_time() {
    let bench = Bench::new();
    let who = bench.customer("9000000001").await;
    bench.service.raise_consent(&who, key(1), &bench.parameters()).await.unwrap();
    let before = tokio::time::Instant::now();
    let hold = Duration::from_secs(3600);
    let status = bench.service.await_consent(&who, key(1), "pending", hold).await.unwrap();
    assert_eq!(status.state, "pending");
    assert!(before.elapsed() <= Duration::from_secs(26), "held no longer than the service allows");
}

#[tokio::test(start_paused = true)]
async fn a_missing_notice_is_made_up_for() {
    let bench = Bench::new();
    let who = bench.customer("9000000001").await;
    bench.service.raise_consent(&who, key(1), &bench.parameters()).await.unwrap();
    bench.aa.decide(true);
    bench.clock.advance(Span::from_seconds(11));
    let hold = Duration::from_secs(5);
    let status = bench.service.await_consent(&who, key(1), "pending", hold).await.unwrap();
    assert_eq!(status.state, "active");
}

#[tokio::test]
async fn withdrawing_is_told_to_the_account_aggregator() {
    let bench = Bench::new();
    let (who, key) = bench.with_consent("ONETIME").await;
    assert_eq!(bench.service.revoke_consent(&who, key).await.unwrap().state, "revoked");
    assert_eq!(bench.aa.calls("change_consent"), 1);
    assert_eq!(bench.service.revoke_consent(&who, key).await.unwrap().state, "revoked");
    assert_eq!(bench.aa.calls("change_consent"), 1, "once is enough");
}

#[tokio::test]
async fn withdrawing_what_was_withdrawn_there_already_succeeds() {
    let bench = Bench::new();
    let (who, key) = bench.with_consent("ONETIME").await;
    bench.aa.stand(AaConsentStatus::Revoked);
    assert_eq!(bench.service.revoke_consent(&who, key).await.unwrap().state, "revoked");
}

#[tokio::test]
async fn an_approval_nobody_told_of_is_withdrawn_too() {
    let bench = Bench::new();
    let who = bench.customer("9000000001").await;
    bench.service.raise_consent(&who, key(1), &bench.parameters()).await.unwrap();
    bench.aa.decide(true);
    bench.aa.set_trouble(Trouble::Down);
    let error = bench.service.revoke_consent(&who, key(1)).await.unwrap_err();
    assert_eq!(error.persistence(), mpp_core::Persistence::Temporary, "whether he approved is not known");
    bench.aa.set_trouble(Trouble::None);
    assert_eq!(bench.service.revoke_consent(&who, key(1)).await.unwrap().state, "revoked");
    assert_eq!(bench.aa.calls("change_consent"), 1);
}

#[tokio::test]
async fn an_undecided_consent_cannot_be_withdrawn_but_runs_out() {
    let bench = Bench::new();
    let who = bench.customer("9000000001").await;
    bench.service.raise_consent(&who, key(1), &bench.parameters()).await.unwrap();
    let error = bench.service.revoke_consent(&who, key(1)).await.unwrap_err();
    assert_eq!(error.code(), "consent_not_approved");
    bench.clock.advance(Span::from_days(31));
    bench.notice_last().await;
    assert_eq!(bench.service.consent(&who, key(1)).await.unwrap().state, "expired");
}

#[tokio::test]
async fn notices_of_others_or_of_nothing_are_refused() {
    let bench = Bench::new();
    bench.with_consent("ONETIME").await;
    let notice = |from: &str, handle: Option<&str>| ConsentNotice {
        from: from.parse().unwrap(),
        consent: None,
        handle: handle.map(|handle| handle.parse().unwrap()),
    };
    let service = &bench.service;
    let refused = |notice: ConsentNotice| async move { service.consent_noticed(&notice).await.unwrap_err() };
    assert!(matches!(refused(notice("OTHER_AA", Some("handle-0"))).await, NoticeError::OtherSender));
    assert!(matches!(refused(notice("ONEMONEYDEMO_AA", None)).await, NoticeError::Unnamed));
    assert!(matches!(refused(notice("ONEMONEYDEMO_AA", Some("x"))).await, NoticeError::UnknownConsent));
}
