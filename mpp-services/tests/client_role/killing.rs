//! A server may be killed at any instant: for every step at which one can die, before or after the step took effect, a
//! new server over the same storage brings the work to the same end.

use std::sync::Arc;

use mpp_core::Span;
use mpp_services::client::{CentralNotificationKind, NewsKind};

use crate::fused_store::Fuse;
use crate::world::{DEPOSIT, World, bytes_of, settle, work_all};

/// Takes a notification, collects, acknowledges, notifies; dies at `steps`. Says whether it got so far.
async fn collect_and_die(steps: i64, dies_after: bool) -> bool {
    let world = World::new();
    let ready = world.ready().await;
    let about = world.consented(&ready, "LOAN-1", "account-aggregator").await;
    let document = DEPOSIT.repeat(200);
    let parcel = world.central.keep_parcel(&about, "application/xml", document.as_bytes());
    world.central.announce(CentralNotificationKind::DataAvailable, &about.with_parcel(parcel));

    let fuse = Arc::new(Fuse::after_steps(steps, dies_after));
    let mortal = world.server_with_fuse(Arc::clone(&fuse)).await;
    let _ = mortal.poll(Span::default()).await;
    work_all(&mortal).await;
    drop(mortal);

    world.wait(Span::from_hours(2));
    let heir = world.server().await;
    settle(&heir).await;
    heir.sweep().await.unwrap();

    let case = heir.case_items(&ready.application, &"LOAN-1".parse().unwrap()).await.unwrap();
    assert_eq!(case.items.len(), 1, "step {steps}: one document");
    let read = bytes_of(&heir, &ready.application, case.items[0].id).await;
    assert_eq!(read, document.as_bytes(), "step {steps}: the exact document");
    assert_eq!(world.stored_documents().await, 1, "step {steps}: nothing is left behind");
    let parcels = heir.parcels(None, 10).await.unwrap().items;
    assert_eq!(parcels.len(), 1);
    assert_eq!(parcels[0].state, "acknowledged", "step {steps}");
    assert_eq!(
        parcels[0].receipt,
        world.central.state().parcels[&parcel].receipt,
        "step {steps}: the same receipt"
    );
    let told: Vec<_> = heir.news(0, 100).await.unwrap().into_iter().map(|news| news.kind).collect();
    assert_eq!(told, [NewsKind::DataAvailable], "step {steps}: the application is told once");
    assert!(!world.application.news().is_empty(), "step {steps}: and the push arrived");
    assert!(heir.parked(None, 10).await.unwrap().items.is_empty(), "step {steps}: nothing is parked");
    fuse.has_burnt()
}

#[tokio::test]
async fn a_collection_survives_death_at_every_step() {
    for dies_after in [false, true] {
        let mut steps = 0;
        while collect_and_die(steps, dies_after).await {
            steps += 1;
            assert!(steps < 100, "the fuse never lasts");
        }
        assert!(steps > 5, "taking, parts, keeping, acknowledging, delivering: {steps}");
    }
}

#[tokio::test]
async fn a_purge_survives_death_at_every_step() {
    for steps in 0..12 {
        let world = World::new();
        let ready = world.ready().await;
        let about = world.consented(&ready, "LOAN-1", "account-aggregator").await;
        let parcel = world.central.keep_parcel(&about, "application/xml", DEPOSIT.as_bytes());
        world.central.announce(CentralNotificationKind::DataAvailable, &about.with_parcel(parcel));
        settle(&ready.server).await;
        world.central.announce(CentralNotificationKind::ConsentRevoked, &about);

        let mortal = world.server_with_fuse(Arc::new(Fuse::after_steps(steps, steps % 2 == 0))).await;
        let _ = mortal.poll(Span::default()).await;
        work_all(&mortal).await;
        drop(mortal);
        world.wait(Span::from_hours(2));
        let heir = world.server().await;
        settle(&heir).await;

        assert_eq!(world.stored_documents().await, 0, "step {steps}");
        let told: Vec<_> = heir.news(0, 100).await.unwrap().into_iter().map(|news| news.kind).collect();
        assert_eq!(
            told,
            [NewsKind::DataAvailable, NewsKind::ConsentRevoked, NewsKind::DataDeleted],
            "step {steps}"
        );
    }
}

#[tokio::test]
async fn an_enrolment_survives_a_lost_answer() {
    use crate::world::{AUTHOR, staff, token};
    use mpp_services::client::GatewayError;
    for call in ["enrol", "confirm", "confirmed"] {
        let world = World::new();
        let first = world.server().await;
        world.central.fail_next(call, GatewayError::Unavailable);
        first.enrol(&staff(AUTHOR), &token()).await.unwrap_err();
        drop(first);
        let second = world.server().await;
        let enrolled = second.enrol(&staff(AUTHOR), &token()).await.unwrap();
        assert_eq!(enrolled.envelope_kid, *world.central.envelope_key().kid(), "{call}");
        assert_eq!(
            second.enrol(&staff(AUTHOR), &token()).await.unwrap(),
            enrolled,
            "{call}: a repeat is the same"
        );
    }
}
