use mpp_core::{DeliveryFailure, Span};
use mpp_crypto::VerifyingKey;
use mpp_crypto::webhook::{self, WebhookVerifier};
use mpp_services::client::{CentralNotificationKind, ClientError, NewsKind, NewsSearch};
use serde_json::json;

use crate::world::{AUTHOR, World, settle, staff, work_all};

#[tokio::test]
async fn notifications_are_signed_numbered_and_thin() {
    let world = World::new();
    let ready = world.ready().await;
    let about = world.consented(&ready, "LOAN-1", "account-aggregator").await;
    for kind in [CentralNotificationKind::ConsentApproved, CentralNotificationKind::ConsentPaused] {
        world.central.announce(kind, &about);
    }
    settle(&ready.server).await;
    let key = VerifyingKey::from_jwk(&ready.server.webhook_key().unwrap()).unwrap();
    let pushes = world.application.pushes.lock().unwrap().clone();
    assert_eq!(pushes.len(), 2);
    for (at, push) in pushes.iter().enumerate() {
        let now = mpp_core::Clock::now(&*world.clock);
        webhook::verify(&push.headers, &push.body, &[WebhookVerifier::Ed25519(&key)], now).unwrap();
        let news: serde_json::Value = serde_json::from_slice(&push.body).unwrap();
        assert_eq!(news["sequence"], at + 1);
        assert_eq!(news["id"], push.headers.id.as_str());
        assert!(!String::from_utf8_lossy(&push.body).contains("9000000001"));
    }
    assert_eq!(ready.server.news(1, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_key_survives_a_restart() {
    let world = World::new();
    let first = world.server().await.webhook_key().unwrap();
    assert_eq!(world.server().await.webhook_key().unwrap(), first);
}

#[tokio::test]
async fn a_receiver_that_fails_is_tried_by_schedule_then_parked_and_can_be_replayed() {
    let world = World::new();
    let ready = world.ready().await;
    let about = world.consented(&ready, "LOAN-1", "account-aggregator").await;
    world.application.failures.lock().unwrap().extend([DeliveryFailure::Refused { status: 500 }; 9]);
    world.central.announce(CentralNotificationKind::ConsentApproved, &about);
    settle(&ready.server).await;
    for _ in 0..8 {
        assert!(ready.server.parked(None, 10).await.unwrap().items.is_empty());
        world.wait(Span::from_hours(30));
        work_all(&ready.server).await;
    }
    let parked = ready.server.parked(None, 10).await.unwrap().items;
    assert_eq!((parked.len(), parked[0].reason.as_str()), (1, "receiver_refused"));
    assert!(world.application.news().is_empty());
    ready.server.replay(&staff(AUTHOR), parked[0].job).await.unwrap();
    work_all(&ready.server).await;
    assert_eq!(world.application.news()[0].kind, NewsKind::ConsentApproved);
    let again = ready.server.replay(&staff(AUTHOR), parked[0].job).await.unwrap_err();
    assert!(matches!(again, ClientError::NotFound));
    let told = ready.server.news_told(&NewsSearch::default(), None, 10).await.unwrap().items;
    let attempts: Vec<_> = told[0].attempts.iter().map(|attempt| attempt.failure).collect();
    let refused = Some(DeliveryFailure::Refused { status: 500 });
    assert_eq!(attempts, [[refused; 9].as_slice(), &[None]].concat(), "every attempt, over both rounds");
    assert!(told[0].attempts.is_sorted_by_key(|attempt| attempt.at));
}

#[tokio::test]
async fn an_address_can_be_tried_out_with_a_notification_that_tells_of_nothing() {
    let world = World::new();
    let nowhere = world.server().await.test_webhook(&staff(AUTHOR)).await;
    assert!(matches!(nowhere, Err(ClientError::NotFound)), "{nowhere:?}");
    let ready = world.ready().await;
    let tested = ready.server.test_webhook(&staff(AUTHOR)).await.unwrap();
    assert_eq!(tested.attempt.failure, None);
    let push = world.application.pushes.lock().unwrap().pop().unwrap();
    let key = VerifyingKey::from_jwk(&ready.server.webhook_key().unwrap()).unwrap();
    let now = mpp_core::Clock::now(&*world.clock);
    webhook::verify(&push.headers, &push.body, &[WebhookVerifier::Ed25519(&key)], now).unwrap();
    let said: serde_json::Value = serde_json::from_slice(&push.body).unwrap();
    assert_eq!(said["id"], tested.notification.to_string());
    assert_eq!((&said["type"], &said["sequence"], &said["data"]), (&json!("test"), &json!(0), &json!({})));
    for failure in [DeliveryFailure::Refused { status: 401 }, DeliveryFailure::TimedOut] {
        world.application.failures.lock().unwrap().push_back(failure);
        let tested = ready.server.test_webhook(&staff(AUTHOR)).await.unwrap();
        assert_eq!(tested.attempt.failure, Some(failure));
    }
    // it is none of the notifications, and nobody tries it again
    assert!(ready.server.news(0, 10).await.unwrap().is_empty());
    work_all(&ready.server).await;
    assert!(world.application.pushes.lock().unwrap().is_empty());
    let leaves = ready.server.audit_trail(None, 100).await.unwrap().leaves;
    let log: String = leaves.iter().map(|leaf| String::from_utf8_lossy(leaf.leaf.bytes())).collect();
    assert_eq!(log.matches("webhook.tested").count(), 3, "{log}");
}

#[tokio::test]
async fn an_address_that_must_not_be_called_is_refused_and_parked() {
    let world = World::new();
    let ready = world.ready().await;
    let refused =
        ready.server.set_webhook(&staff(AUTHOR), "http://10.0.0.8/hook".parse().unwrap()).await.unwrap_err();
    assert_eq!(refused.code(), "address_forbidden");
    let about = world.consented(&ready, "LOAN-1", "account-aggregator").await;
    world.application.failures.lock().unwrap().push_back(DeliveryFailure::ForbiddenAddress);
    world.central.announce(CentralNotificationKind::ConsentApproved, &about);
    settle(&ready.server).await;
    assert_eq!(ready.server.parked(None, 10).await.unwrap().items[0].reason, "address_forbidden");
}

#[tokio::test]
async fn without_an_address_news_wait_to_be_asked_for() {
    let world = World::new();
    let server = world.server().await;
    server.enrol(&staff(AUTHOR), &crate::world::token()).await.unwrap();
    let about =
        world.about(mpp_core::ConsentRequestId::from_random([1; 16]), "account-aggregator".parse().unwrap());
    world.central.announce(CentralNotificationKind::ConsentApproved, &about);
    settle(&server).await;
    assert_eq!(server.news(0, 10).await.unwrap()[0].kind, NewsKind::ConsentApproved);
    assert!(world.application.news().is_empty());
}

#[tokio::test]
async fn what_is_due_is_passed_on() {
    let world = World::new();
    let ready = world.ready().await;
    let about = world.consented(&ready, "LOAN-1", "account-aggregator").await;
    world.central.announce(CentralNotificationKind::DataDue, &about);
    settle(&ready.server).await;
    let news = world.application.news();
    assert_eq!((news.len(), news[0].kind), (1, NewsKind::DataDue));
    assert_eq!(news[0].data.consent_id, Some(about.consent));
}
