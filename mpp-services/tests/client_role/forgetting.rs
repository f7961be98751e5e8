use mpp_core::Span;
use mpp_services::client::{CentralNotificationKind, RetentionClass};
use mpp_store::RecordKind;

use crate::world::{DEPOSIT, Ready, World, bytes_of, call, settle, work_all};

const YEAR: i64 = 366;

async fn count(world: &World, kind: &'static str) -> u64 {
    world.store.count(RecordKind::new(kind), None).await.unwrap()
}

/// A document was received and read; its consent stands.
async fn received() -> (World, Ready, crate::fake_central::About) {
    let world = World::new();
    let ready = world.ready().await;
    let about = world.consented(&ready, "LOAN-1", "account-aggregator").await;
    let approved = world.central.announce(CentralNotificationKind::ConsentApproved, &about);
    ready.server.take(&approved).await.unwrap();
    let parcel = world.central.keep_parcel(&about, "application/xml", DEPOSIT.as_bytes());
    world.central.announce(CentralNotificationKind::DataAvailable, &about.with_parcel(parcel));
    settle(&ready.server).await;
    let case = ready.server.case_items(&ready.application, &"LOAN-1".parse().unwrap()).await.unwrap();
    bytes_of(&ready.server, &ready.application, case.items[0].id).await;
    (world, ready, about)
}

async fn withdrawn() -> (World, Ready) {
    let (world, ready, about) = received().await;
    let revoked = world.central.announce(CentralNotificationKind::ConsentRevoked, &about);
    ready.server.take(&revoked).await.unwrap();
    settle(&ready.server).await;
    work_all(&ready.server).await;
    (world, ready)
}

#[tokio::test]
async fn reads_and_what_central_told_go_after_three_years_and_not_a_day_earlier() {
    let (world, ready) = withdrawn().await;
    let (reads, told) = (count(&world, "client-access").await, count(&world, "client-taken").await);
    assert!(reads > 0 && told > 0);
    world.wait(Span::from_days(3 * YEAR));
    for class in [RetentionClass::Reads, RetentionClass::Told] {
        assert_eq!(ready.server.forget_over(class).await.unwrap(), 0, "{class:?}");
    }
    world.wait(Span::from_days(1));
    assert_eq!(ready.server.forget_over(RetentionClass::Reads).await.unwrap(), reads);
    assert_eq!(ready.server.forget_over(RetentionClass::Told).await.unwrap(), told);
    assert_eq!(ready.server.forget_over(RetentionClass::Told).await.unwrap(), 0, "twice is harmless");
    assert_eq!(count(&world, "client-item").await, 1);
}

#[tokio::test]
async fn consent_records_go_seven_years_after_their_end_and_not_a_day_earlier() {
    let (world, ready) = withdrawn().await;
    world.wait(Span::from_days(7 * YEAR));
    for class in [RetentionClass::Consents, RetentionClass::Cases] {
        assert_eq!(ready.server.forget_over(class).await.unwrap(), 0, "{class:?}");
    }
    world.wait(Span::from_days(4));
    assert_eq!(
        ready.server.forget_over(RetentionClass::Cases).await.unwrap(),
        0,
        "its consent is still here"
    );
    assert_eq!(ready.server.forget_over(RetentionClass::Consents).await.unwrap(), 1);
    assert_eq!(ready.server.forget_over(RetentionClass::Cases).await.unwrap(), 1);
    for kind in ["client-item", "client-collection", "client-consent", "client-case"] {
        assert_eq!(count(&world, kind).await, 0, "{kind}");
    }
    assert_eq!(ready.server.forget_over(RetentionClass::Consents).await.unwrap(), 0);
}

#[tokio::test]
async fn what_is_in_force_stays() {
    let (world, ready, _) = received().await;
    world.wait(Span::from_days(20 * YEAR));
    for class in [RetentionClass::Consents, RetentionClass::Cases] {
        assert_eq!(ready.server.forget_over(class).await.unwrap(), 0, "{class:?}");
    }
    assert_eq!((count(&world, "client-item").await, count(&world, "client-case").await), (1, 1));
}

#[tokio::test]
async fn a_link_is_dropped_when_it_no_longer_opens_and_the_case_may_be_started_again() {
    let world = World::new();
    let ready = world.ready().await;
    let call = call(ready.product, "LOAN-1");
    let started = ready.server.start_case(&ready.application, &call).await.unwrap();
    let left = started.expires_at.since(mpp_core::Clock::now(&*world.clock));
    world.wait(Span::from_millis(left.as_millis() - 1));
    assert_eq!(ready.server.forget_over(RetentionClass::Links).await.unwrap(), 0);
    assert!(ready.server.start_case(&ready.application, &call).await.unwrap() == started);
    world.wait(Span::from_millis(1));
    assert_eq!(ready.server.forget_over(RetentionClass::Links).await.unwrap(), 1);
    assert_eq!(ready.server.forget_over(RetentionClass::Links).await.unwrap(), 0, "twice is harmless");
    assert_eq!(count(&world, "client-case").await, 1);
    let again = ready.server.start_case(&ready.application, &call).await.unwrap();
    assert!(again.link.as_str().starts_with("https://"));
    assert!(ready.server.start_case(&ready.application, &call).await.unwrap() == again);
}
