use mpp_core::Span;
use mpp_services::client::{CentralNotificationKind, ClientError, GatewayError, Intake, NewsKind};

use crate::world::{DEPOSIT, World, settle, work_all};

#[tokio::test]
async fn pushes_and_polls_feed_the_same_intake_and_count_once() {
    let world = World::new();
    let ready = world.ready().await;
    let about = world.consented(&ready, "LOAN-1", "account-aggregator").await;
    let approved = world.central.announce(CentralNotificationKind::ConsentApproved, &about);
    let (headers, body) = world.central.signed(&approved);
    assert_eq!(ready.server.take_push(&headers, &body).await.unwrap(), Intake::Taken);
    assert_eq!(ready.server.take_push(&headers, &body).await.unwrap(), Intake::Repeated);
    assert_eq!(ready.server.poll(Span::default()).await.unwrap(), 0, "what was pushed is not polled again");
    work_all(&ready.server).await;
    assert_eq!(world.application.news().len(), 1);
}

#[tokio::test]
async fn a_push_that_is_not_from_central_is_refused() {
    let world = World::new();
    let ready = world.ready().await;
    let about = world.consented(&ready, "LOAN-1", "account-aggregator").await;
    let approved = world.central.announce(CentralNotificationKind::ConsentApproved, &about);
    let (headers, body) = world.central.signed(&approved);
    let mut altered = body.clone();
    altered[20] ^= 1;
    let mut other_id = headers.clone();
    other_id.id = "other".to_owned();
    for (headers, body) in [(&headers, &altered), (&other_id, &body)] {
        let refused = ready.server.take_push(headers, body).await.unwrap_err();
        assert!(matches!(refused, ClientError::Notification(_)), "{refused}");
    }
    world.wait(Span::from_minutes(6));
    let stale = ready.server.take_push(&headers, &body).await.unwrap_err();
    assert!(stale.to_string().contains("five minutes"), "{stale}");
}

#[tokio::test]
async fn central_s_new_notification_key_is_learnt() {
    let mut world = World::new();
    let ready = world.ready().await;
    let about = world.consented(&ready, "LOAN-1", "account-aggregator").await;
    let entropy = mpp_testkit::SeededEntropy::new(4242);
    let central = std::sync::Arc::get_mut(&mut world.central);
    assert!(central.is_none(), "the server holds central too");
    let approved = world.central.announce(CentralNotificationKind::ConsentApproved, &about);
    let key = mpp_crypto::SigningKey::generate_ed25519(&entropy);
    let body = serde_json::to_vec(&approved).unwrap();
    let signers = [mpp_crypto::webhook::WebhookSigner::Ed25519(&key)];
    let now = mpp_core::Clock::now(&*world.clock);
    let headers = mpp_crypto::webhook::sign(&approved.id.to_string(), now, &body, &signers).unwrap();
    // a stranger's key makes the server ask central for its keys, once in ten seconds at most
    for _ in 0..3 {
        ready.server.take_push(&headers, &body).await.unwrap_err();
    }
    world.central.fail_next("central_keys", GatewayError::Unavailable);
    let refused = ready.server.take_push(&headers, &body).await.unwrap_err();
    assert!(
        matches!(refused, ClientError::Notification(_)),
        "within ten seconds central is not asked: {refused}"
    );
    world.wait(Span::from_seconds(10));
    let headers = mpp_crypto::webhook::sign(
        &approved.id.to_string(),
        mpp_core::Clock::now(&*world.clock),
        &body,
        &signers,
    )
    .unwrap();
    let refused = ready.server.take_push(&headers, &body).await.unwrap_err();
    assert!(matches!(refused, ClientError::Central(GatewayError::Unavailable)), "{refused}");
}

#[tokio::test]
async fn a_gap_is_filled_by_polling() {
    let world = World::new();
    let ready = world.ready().await;
    let about = world.consented(&ready, "LOAN-1", "account-aggregator").await;
    let parcel = world.central.keep_parcel(&about, "application/xml", DEPOSIT.as_bytes());
    world.central.announce(CentralNotificationKind::ConsentApproved, &about);
    world.central.announce(CentralNotificationKind::DataAvailable, &about.with_parcel(parcel));
    let third = world.central.announce(CentralNotificationKind::ConsentPaused, &about);
    let (headers, body) = world.central.signed(&third);
    let gap = ready.server.gap_bell();
    let rung = gap.notified();
    assert_eq!(ready.server.take_push(&headers, &body).await.unwrap(), Intake::Taken);
    rung.await;
    assert_eq!(ready.server.poll(Span::default()).await.unwrap(), 3);
    assert_eq!(ready.server.poll(Span::default()).await.unwrap(), 0);
    work_all(&ready.server).await;
    let mut kinds: Vec<_> = world.application.news().into_iter().map(|news| news.kind).collect();
    kinds.sort_by_key(|kind| format!("{kind:?}"));
    assert_eq!(kinds, [NewsKind::ConsentApproved, NewsKind::ConsentPaused, NewsKind::DataAvailable]);
}

#[tokio::test]
async fn data_announced_after_its_consent_was_withdrawn_is_not_collected() {
    let world = World::new();
    let ready = world.ready().await;
    let about = world.consented(&ready, "LOAN-1", "account-aggregator").await;
    let parcel = world.central.keep_parcel(&about, "application/xml", DEPOSIT.as_bytes());
    let available =
        world.central.announce(CentralNotificationKind::DataAvailable, &about.with_parcel(parcel));
    let revoked = world.central.announce(CentralNotificationKind::ConsentRevoked, &about);
    // the pushes overtake each other
    ready.server.take(&revoked).await.unwrap();
    ready.server.take(&available).await.unwrap();
    settle(&ready.server).await;
    assert_eq!(world.central.state().downloads, 0);
    assert_eq!(ready.server.parcels(None, 10).await.unwrap().items[0].state, "gone");
}

#[tokio::test]
async fn a_notification_that_lacks_its_subject_stops_nothing() {
    let world = World::new();
    let ready = world.ready().await;
    let about = world.consented(&ready, "LOAN-1", "account-aggregator").await;
    world.central.announce(CentralNotificationKind::DataAvailable, &about);
    world.central.announce(CentralNotificationKind::ConsentPaused, &about);
    settle(&ready.server).await;
    let kinds: Vec<_> = world.application.news().into_iter().map(|news| news.kind).collect();
    assert_eq!(kinds, [NewsKind::ConsentPaused]);
}

#[tokio::test]
async fn before_the_enrolment_nothing_is_polled() {
    let world = World::new();
    let refused = world.server().await.poll(Span::default()).await.unwrap_err();
    assert_eq!(refused.code(), "not_enrolled");
}
