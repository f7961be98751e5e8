use mpp_core::{Clock, Span};
use mpp_services::private_share::RetentionClass;
use mpp_store::RecordKind;

use crate::bench::Bench;

const YEAR: i64 = 366;

async fn count(bench: &Bench, kind: &'static str) -> u64 {
    bench.store.count(RecordKind::new(kind), None).await.unwrap()
}

/// A consent with a session that came to nothing in time.
async fn with_session() -> (Bench, mpp_services::private_share::CustomerSession, mpp_core::AaConsentKey) {
    let bench = Bench::new();
    let (who, key) = bench.with_consent("ONETIME").await;
    bench.service.open_data_session(&who, &bench.session_request(key)).await.unwrap();
    bench.clock.advance(Span::from_hours(2));
    bench.service.tidy().await.unwrap();
    (bench, who, key)
}

#[tokio::test]
async fn sessions_go_after_three_years_and_consents_seven_years_after_their_expiry() {
    let (bench, who, key) = with_session().await;
    bench.service.revoke_consent(&who, key).await.unwrap();
    let expiry = bench.parameters().form().consent_expiry;
    let forget = |class| bench.service.forget_over(class);
    bench.clock.advance(Span::from_days(3 * YEAR - 1));
    assert_eq!(forget(RetentionClass::DataSessions).await.unwrap(), 0);
    bench.clock.advance(Span::from_days(2));
    assert_eq!(forget(RetentionClass::DataSessions).await.unwrap(), 1);
    assert_eq!(forget(RetentionClass::DataSessions).await.unwrap(), 0, "twice is harmless");
    let due = expiry.plus(Span::from_days(7 * YEAR));
    bench.clock.advance(due.since(bench.clock.now()));
    assert_eq!(forget(RetentionClass::Consents).await.unwrap(), 0);
    assert_eq!(count(&bench, "private-share-aa-consent").await, 1);
    bench.clock.advance(Span::from_millis(1));
    assert_eq!(forget(RetentionClass::Consents).await.unwrap(), 1);
    assert_eq!(count(&bench, "private-share-aa-consent").await, 0);
    assert_eq!(forget(RetentionClass::Consents).await.unwrap(), 0);
}
