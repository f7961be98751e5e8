use std::sync::Arc;

use mpp_core::{AaConsentKey, Clock, Span};
use mpp_services::private_share::RetentionClass;
use mpp_store::{LeafIndex, RecordKind};

use crate::bench::Bench;
use crate::fused_store::Fuse;

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

async fn leaves(bench: &Bench) -> Vec<u64> {
    let leaves = bench.store.leaves(LeafIndex(0), 1000).await.unwrap();
    leaves.into_iter().map(|leaf| leaf.index.0).collect()
}

#[tokio::test]
async fn the_audit_log_goes_after_three_years_and_its_numbers_go_on() {
    let (bench, who, key) = with_session().await;
    bench.clock.advance(Span::from_days(10));
    bench.service.revoke_consent(&who, key).await.unwrap();
    let before = leaves(&bench).await;
    bench.clock.advance(Span::from_days(3 * YEAR - 11));
    assert_eq!(bench.service.forget_over(RetentionClass::AuditLog).await.unwrap(), 0);
    bench.clock.advance(Span::from_days(2));
    let gone = bench.service.forget_over(RetentionClass::AuditLog).await.unwrap();
    let after = leaves(&bench).await;
    assert!(gone > 0 && !after.is_empty() && before.ends_with(&after), "{before:?} {after:?}");
    bench.clock.advance(Span::from_days(10));
    bench.service.forget_over(RetentionClass::AuditLog).await.unwrap();
    assert!(leaves(&bench).await.is_empty());
    let (who, key) = (bench.customer("9000000002").await, AaConsentKey::generate(&*bench.entropy));
    bench.service.raise_consent(&who, key, &bench.parameters()).await.unwrap();
    assert_eq!(leaves(&bench).await.first(), Some(&u64::try_from(before.len()).unwrap()));
}

/// Killed at every step of every class, before or after the step took effect, and done again.
#[tokio::test]
async fn a_pass_that_is_killed_anywhere_is_finished_by_the_next() {
    for dies_after in [false, true] {
        for steps in 0.. {
            let (bench, who, key) = with_session().await;
            bench.service.revoke_consent(&who, key).await.unwrap();
            let before = leaves(&bench).await;
            bench.clock.advance(Span::from_days(8 * YEAR));
            let fuse = Arc::new(Fuse::after_steps(steps, dies_after));
            let mortal = bench.mortal(Arc::clone(&fuse));
            for class in RetentionClass::ALL {
                let _ = mortal.forget_over(class).await;
            }
            drop(mortal);
            assert!(before.ends_with(&leaves(&bench).await), "step {steps}: no gap");
            for class in RetentionClass::ALL {
                bench.service.forget_over(class).await.unwrap();
            }
            for kind in ["private-share-data-session", "private-share-aa-consent"] {
                assert_eq!(count(&bench, kind).await, 0, "{kind}, step {steps}");
            }
            assert!(leaves(&bench).await.is_empty(), "step {steps}");
            if !fuse.has_burnt() {
                assert!(steps > 2, "a session, a consent, the log: {steps}");
                break;
            }
        }
    }
}
