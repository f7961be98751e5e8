use std::time::Duration;

use mpp_connectors::account_aggregator::{AaConsentStatus, AaErrorCode};
use mpp_core::Span;
use mpp_services::private_share::AccountDataStatus::{Delivered, Denied, Pending, Ready, Timeout};
use mpp_services::private_share::{NoticeError, ToldSessionStatus};

use crate::bench::{Bench, fi_notice, wider_range};
use crate::fake_aa::Trouble;

#[tokio::test]
async fn data_goes_from_request_to_phone() {
    let bench = Bench::new();
    let (who, key) = bench.with_consent("ONETIME").await;
    let request = bench.session_request(key);
    let opened = bench.service.open_data_session(&who, &request).await.unwrap();
    assert_eq!(opened.state, "open");
    let early = bench.service.fetch_data(&who, &opened.session).await.unwrap_err();
    assert_eq!(early.code(), "not_ready");
    let session = bench.aa.deliver();
    let notice = fi_notice(&session, ToldSessionStatus::Completed, [Some(Ready), Some(Denied)]);
    bench.service.fi_noticed(&notice).await.unwrap();
    let status = bench.service.data_session(&who, &session).await.unwrap();
    assert_eq!(status.state, "ready");
    assert_eq!(status.undelivered.len(), 1);
    assert_eq!(status.undelivered[0].status, Denied);
    let data = bench.service.fetch_data(&who, &session).await.unwrap();
    assert_eq!(data[0].accounts[0].encrypted, "c2VhbGVk", "passed on as it came");
    assert_eq!(bench.service.data_session(&who, &session).await.unwrap().state, "fetched");
    assert!(bench.service.fetch_data(&who, &session).await.is_ok(), "a killed phone may fetch again");
}

#[tokio::test]
async fn what_the_consent_does_not_allow_never_reaches_the_account_aggregator() {
    let bench = Bench::new();
    let (who, key) = bench.with_consent("ONETIME").await;
    let mut wide = bench.session_request(key);
    wide.range = wider_range();
    let error = bench.service.open_data_session(&who, &wide).await.unwrap_err();
    assert_eq!(error.code(), "range_too_wide");
    bench.aa.stand(AaConsentStatus::Paused);
    bench.notice_last().await;
    let request = bench.session_request(key);
    let error = bench.service.open_data_session(&who, &request).await.unwrap_err();
    assert_eq!(error.code(), "consent_paused");
    bench.aa.stand(AaConsentStatus::Active);
    bench.notice_last().await;
    bench.service.open_data_session(&who, &bench.session_request(key)).await.unwrap();
    let second = bench.service.open_data_session(&who, &bench.session_request(key)).await.unwrap_err();
    assert_eq!(second.code(), "consent_already_used");
    bench.service.revoke_consent(&who, key).await.unwrap();
    let error = bench.service.open_data_session(&who, &bench.session_request(key)).await.unwrap_err();
    assert_eq!(error.code(), "consent_revoked");
    assert_eq!(bench.aa.calls("request_fi"), 1);
}

#[tokio::test]
async fn an_expired_consent_allows_nothing_even_before_anybody_noticed() {
    let bench = Bench::new();
    let (_, key) = bench.with_consent("ONETIME").await;
    bench.clock.advance(Span::from_days(31));
    let who = bench.customer("9000000001").await;
    let error = bench.service.open_data_session(&who, &bench.session_request(key)).await.unwrap_err();
    assert_eq!(error.code(), "consent_expired");
    assert_eq!(bench.aa.calls("request_fi"), 0);
}

#[tokio::test]
async fn a_periodic_consent_allows_its_frequency() {
    let bench = Bench::new();
    let (who, key) = bench.with_consent("PERIODIC").await;
    bench.service.open_data_session(&who, &bench.session_request(key)).await.unwrap();
    let error = bench.service.open_data_session(&who, &bench.session_request(key)).await.unwrap_err();
    assert_eq!(error.code(), "too_frequent");
    bench.clock.advance(Span::from_days(1));
    let who = bench.customer("9000000001").await;
    assert!(bench.service.open_data_session(&who, &bench.session_request(key)).await.is_ok());
}

#[tokio::test]
async fn a_repeat_with_the_same_key_material_finds_the_same_session() {
    let bench = Bench::new();
    let (who, key) = bench.with_consent("ONETIME").await;
    let request = bench.session_request(key);
    let first = bench.service.open_data_session(&who, &request).await.unwrap();
    let bench = bench.restarted();
    let second = bench.service.open_data_session(&who, &request).await.unwrap();
    assert_eq!(first.session, second.session);
    assert_eq!(bench.aa.calls("request_fi"), 1);
}

#[tokio::test]
async fn a_request_that_got_no_answer_can_be_repeated() {
    let bench = Bench::new();
    let (who, key) = bench.with_consent("ONETIME").await;
    let request = bench.session_request(key);
    bench.aa.set_trouble(Trouble::Down);
    let error = bench.service.open_data_session(&who, &request).await.unwrap_err();
    assert_eq!(error.persistence(), mpp_core::Persistence::Temporary);
    bench.aa.set_trouble(Trouble::None);
    assert_eq!(bench.service.open_data_session(&who, &request).await.unwrap().state, "open");
}

#[tokio::test]
async fn a_refused_request_is_no_use_of_the_consent() {
    let bench = Bench::new();
    let (who, key) = bench.with_consent("ONETIME").await;
    bench.aa.set_trouble(Trouble::Refusing(AaErrorCode::InvalidKey));
    let error = bench.service.open_data_session(&who, &bench.session_request(key)).await.unwrap_err();
    assert_eq!(error.code(), "account_aggregator_refused");
    bench.aa.set_trouble(Trouble::None);
    assert!(bench.service.open_data_session(&who, &bench.session_request(key)).await.is_ok());
}

#[tokio::test]
async fn unusable_key_material_is_refused() {
    let bench = Bench::new();
    let (who, key) = bench.with_consent("ONETIME").await;
    let mut request = bench.session_request(key);
    request.key_material.dh_public_key.key_value = "AAAA".into();
    let error = bench.service.open_data_session(&who, &request).await.unwrap_err();
    assert_eq!(error.code(), "unusable_key_material");
    assert_eq!(bench.aa.calls("request_fi"), 0);
}

#[tokio::test]
async fn notices_only_ever_move_a_session_forward() {
    let bench = Bench::new();
    let (who, key) = bench.with_consent("ONETIME").await;
    let session = bench.service.open_data_session(&who, &bench.session_request(key)).await.unwrap().session;
    use ToldSessionStatus::{Active, Completed, Failed};
    for (status, accounts, expected) in [
        (Active, [Some(Pending), None], "open"),
        (Active, [Some(Ready), None], "partial"),
        (Active, [Some(Pending), Some(Pending)], "partial"),
        (Completed, [Some(Ready), Some(Timeout)], "ready"),
        (Active, [Some(Pending), Some(Pending)], "ready"),
        (Failed, [None, None], "ready"),
    ] {
        bench.service.fi_noticed(&fi_notice(&session, status, accounts)).await.unwrap();
        let now = bench.service.data_session(&who, &session).await.unwrap();
        assert_eq!(now.state, expected, "{status:?} {accounts:?}");
    }
}

#[tokio::test]
async fn a_session_fails_when_nothing_can_come() {
    for (status, accounts) in [
        (ToldSessionStatus::Failed, [None, None]),
        (ToldSessionStatus::Completed, [Some(Denied), Some(Timeout)]),
    ] {
        let bench = Bench::new();
        let (who, key) = bench.with_consent("ONETIME").await;
        let session =
            bench.service.open_data_session(&who, &bench.session_request(key)).await.unwrap().session;
        bench.service.fi_noticed(&fi_notice(&session, status, accounts)).await.unwrap();
        assert_eq!(bench.service.data_session(&who, &session).await.unwrap().state, "failed");
        let error = bench.service.fetch_data(&who, &session).await.unwrap_err();
        assert_eq!(error.code(), "data_session_over");
        let again = bench.service.open_data_session(&who, &bench.session_request(key)).await;
        assert!(again.is_ok(), "a failed session is no use of the consent");
    }
}

#[tokio::test]
async fn notices_about_other_sessions_or_accounts_are_refused() {
    let bench = Bench::new();
    let (who, key) = bench.with_consent("ONETIME").await;
    let session = bench.service.open_data_session(&who, &bench.session_request(key)).await.unwrap().session;
    let mut notice = fi_notice(&session, ToldSessionStatus::Completed, [Some(Ready), Some(Delivered)]);
    notice.accounts[1].link_ref = "link-of-others".parse().unwrap();
    assert!(matches!(bench.service.fi_noticed(&notice).await, Err(NoticeError::UnknownAccount)));
    let unknown = "session-99".parse().unwrap();
    let notice = fi_notice(&unknown, ToldSessionStatus::Completed, [None, None]);
    assert!(matches!(bench.service.fi_noticed(&notice).await, Err(NoticeError::UnknownSession)));
    let mut notice = fi_notice(&session, ToldSessionStatus::Completed, [None, None]);
    notice.from = "OTHER_AA".parse().unwrap();
    assert!(matches!(bench.service.fi_noticed(&notice).await, Err(NoticeError::OtherSender)));
    assert_eq!(bench.service.data_session(&who, &session).await.unwrap().state, "open");
}

#[tokio::test(start_paused = true)]
async fn a_long_poll_ends_when_data_is_there() {
    let bench = Bench::new();
    let (who, key) = bench.with_consent("ONETIME").await;
    let session = bench.service.open_data_session(&who, &bench.session_request(key)).await.unwrap().session;
    let poll = bench.service.await_data_session(&who, &session, "open", Duration::from_secs(20));
    let delivery = async {
        tokio::task::yield_now().await;
        let notice = fi_notice(&session, ToldSessionStatus::Completed, [Some(Ready), Some(Ready)]);
        bench.service.fi_noticed(&notice).await.unwrap();
    };
    let (status, ()) = tokio::join!(poll, delivery);
    assert_eq!(status.unwrap().state, "ready");
}

#[tokio::test(start_paused = true)]
async fn data_is_found_although_the_notice_is_missing() {
    let bench = Bench::new();
    let (who, key) = bench.with_consent("ONETIME").await;
    let session = bench.service.open_data_session(&who, &bench.session_request(key)).await.unwrap().session;
    bench.clock.advance(Span::from_seconds(11));
    let hold = Duration::from_secs(5);
    let early = bench.service.await_data_session(&who, &session, "open", hold).await.unwrap();
    assert_eq!(early.state, "open", "not there yet");
    bench.aa.deliver();
    bench.clock.advance(Span::from_seconds(11));
    let status = bench.service.await_data_session(&who, &session, "open", hold).await.unwrap();
    assert_eq!(status.state, "ready");
}

#[tokio::test]
async fn a_session_without_news_is_over_after_an_hour() {
    let bench = Bench::new();
    let (who, key) = bench.with_consent("ONETIME").await;
    let session = bench.service.open_data_session(&who, &bench.session_request(key)).await.unwrap().session;
    bench.clock.advance(Span::from_minutes(59));
    bench.service.tidy().await.unwrap();
    assert_eq!(bench.service.data_session(&who, &session).await.unwrap().state, "open");
    bench.clock.advance(Span::from_minutes(1));
    bench.service.tidy().await.unwrap();
    assert_eq!(bench.service.data_session(&who, &session).await.unwrap().state, "failed");
    assert!(bench.service.open_data_session(&who, &bench.session_request(key)).await.is_ok());
}

#[tokio::test]
async fn a_withdrawal_stops_data_that_is_ready() {
    let bench = Bench::new();
    let (who, key) = bench.with_consent("ONETIME").await;
    let session = bench.service.open_data_session(&who, &bench.session_request(key)).await.unwrap().session;
    bench.aa.deliver();
    let notice = fi_notice(&session, ToldSessionStatus::Completed, [Some(Ready), Some(Ready)]);
    bench.service.fi_noticed(&notice).await.unwrap();
    bench.service.revoke_consent(&who, key).await.unwrap();
    let error = bench.service.fetch_data(&who, &session).await.unwrap_err();
    assert_eq!(error.code(), "consent_revoked");
    assert_eq!(bench.aa.calls("fetch_fi"), 0);
}

#[tokio::test]
async fn another_customers_session_is_not_found() {
    let bench = Bench::new();
    let (who, key) = bench.with_consent("ONETIME").await;
    let session = bench.service.open_data_session(&who, &bench.session_request(key)).await.unwrap().session;
    let stranger = bench.customer("9000000002").await;
    assert_eq!(bench.service.data_session(&stranger, &session).await.unwrap_err().code(), "not_found");
    assert_eq!(bench.service.fetch_data(&stranger, &session).await.unwrap_err().code(), "not_found");
}
