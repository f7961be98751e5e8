use std::sync::Arc;

use mpp_core::{Clock, Span, Timestamp};
use mpp_services::client::{CentralNotificationKind, NewsKind};

use crate::fake_central::About;
use crate::fused_store::Fuse;
use crate::world::{AUTHOR, BUREAU, DEPOSIT, Ready, World, bytes_of, settle, staff, work_all};

async fn received(
    world: &World,
    ready: &Ready,
    purge_by: Option<Timestamp>,
) -> (About, mpp_core::DataItemId) {
    let mut about = world.consented(ready, "LOAN-1", "account-aggregator").await;
    about.purge_by = purge_by;
    let parcel = world.central.keep_parcel(&about, "application/xml", DEPOSIT.as_bytes());
    world.central.announce(CentralNotificationKind::DataAvailable, &about.with_parcel(parcel));
    settle(&ready.server).await;
    let case = ready.server.case_items(&ready.application, &"LOAN-1".parse().unwrap()).await.unwrap();
    (about, case.items[0].id)
}

#[tokio::test]
async fn data_lives_as_long_as_the_product_says_and_no_longer() {
    let world = World::new();
    let ready = world.ready().await;
    let now = world.clock.now();
    let (_, item) = received(&world, &ready, None).await;
    let case = ready.server.case_items(&ready.application, &"LOAN-1".parse().unwrap()).await.unwrap();
    let purge_by = case.items[0].purge_by.unwrap();
    assert_eq!(purge_by, now.plus_calendar(1, 0));

    world.wait(purge_by.since(now).as_millis().checked_sub(1).map(Span::from_millis).unwrap());
    work_all(&ready.server).await;
    assert_eq!(bytes_of(&ready.server, &ready.application, item).await, DEPOSIT.as_bytes());
    world.wait(Span::from_millis(1));
    let gone = ready.server.read_raw(&ready.application, item).await.unwrap_err();
    assert_eq!(gone.code(), "data_gone", "even before the worker came round");
    assert_eq!(world.stored_documents().await, 1);
    work_all(&ready.server).await;
    assert_eq!(world.stored_documents().await, 0);
    let last = ready.server.news(0, 100).await.unwrap().pop().unwrap();
    assert_eq!((last.kind, last.data.item_id), (NewsKind::DataDeleted, Some(item)));
    assert_eq!(last.data.reason.as_deref(), Some("data_life_ended"));
    assert!(
        ready
            .server
            .case_items(&ready.application, &"LOAN-1".parse().unwrap())
            .await
            .unwrap()
            .items
            .is_empty()
    );
    assert_eq!(work_all(&ready.server).await, 0);
}

#[tokio::test]
async fn an_earlier_end_that_central_names_counts() {
    let world = World::new();
    let ready = world.ready().await;
    let early = world.clock.now().plus(Span::from_hours(24));
    let (_, item) = received(&world, &ready, Some(early)).await;
    world.wait(Span::from_hours(24));
    work_all(&ready.server).await;
    assert_eq!(ready.server.read_raw(&ready.application, item).await.unwrap_err().code(), "data_gone");
    assert_eq!(world.stored_documents().await, 0);
}

#[tokio::test]
async fn withdrawal_purges_at_once_and_only_what_came_under_the_consent() {
    let world = World::new();
    let ready = world.ready().await;
    let (about, item) = received(&world, &ready, None).await;
    let bureau = About {
        consent: mpp_core::ConsentId::from_random([8; 16]),
        source: BUREAU.parse().unwrap(),
        ..about.clone()
    };
    let parcel = world.central.keep_parcel(&bureau, "application/json", b"{}");
    world.central.announce(CentralNotificationKind::DataAvailable, &bureau.with_parcel(parcel));
    settle(&ready.server).await;
    let revoked = world.central.announce(CentralNotificationKind::ConsentRevoked, &about);
    ready.server.take(&revoked).await.unwrap();
    let gone = ready.server.read_normalised(&ready.application, item).await.unwrap_err();
    assert_eq!(gone.code(), "data_gone", "from the notification on, not from the purge on");
    settle(&ready.server).await;
    assert_eq!(world.stored_documents().await, 1);
    let kinds: Vec<_> = ready.server.news(2, 100).await.unwrap().into_iter().map(|news| news.kind).collect();
    assert_eq!(kinds, [NewsKind::ConsentRevoked, NewsKind::DataDeleted]);
    let case = ready.server.case_items(&ready.application, &"LOAN-1".parse().unwrap()).await.unwrap();
    assert_eq!(case.items.len(), 1);
}

#[tokio::test]
async fn a_read_that_is_under_way_ends_when_the_data_is_purged() {
    use futures::TryStreamExt;
    let world = World::new();
    let ready = world.ready().await;
    let about = world.consented(&ready, "LOAN-1", "account-aggregator").await;
    let parcel = world.central.keep_parcel(&about, "application/xml", DEPOSIT.repeat(400).as_bytes());
    world.central.announce(CentralNotificationKind::DataAvailable, &about.with_parcel(parcel));
    settle(&ready.server).await;
    let case = ready.server.case_items(&ready.application, &"LOAN-1".parse().unwrap()).await.unwrap();
    let mut document = ready.server.read_raw(&ready.application, case.items[0].id).await.unwrap();
    document.bytes.try_next().await.unwrap().unwrap();
    world.central.announce(CentralNotificationKind::ConsentRevoked, &about);
    settle(&ready.server).await;
    let rest: Result<Vec<bytes::Bytes>, _> = document.bytes.try_collect().await;
    rest.unwrap_err();
}

#[tokio::test]
async fn a_read_that_meets_a_withdrawal_is_refused_and_not_written_down() {
    for is_masked in [false, true] {
        let world = World::new();
        let ready = world.ready().await;
        let (about, item) = received(&world, &ready, None).await;
        let revoked = world.central.announce(CentralNotificationKind::ConsentRevoked, &about);
        let fuse = Arc::new(Fuse::after_steps(i64::MAX, false));
        let other = world.server_with_fuse(Arc::clone(&fuse)).await;
        let (has_come, go_on) = fuse.hold_next_commit();
        let reading = async {
            if is_masked {
                other.read_masked(&staff(AUTHOR), item).await.map(drop)
            } else {
                other.read_raw(&ready.application, item).await.map(drop)
            }
        };
        let withdrawing = async {
            has_come.await.unwrap();
            ready.server.take(&revoked).await.unwrap();
            go_on.send(()).unwrap();
        };
        let (read, ()) = tokio::join!(reading, withdrawing);
        assert_eq!(read.unwrap_err().code(), "data_gone");
        assert!(ready.server.accesses(None, 10).await.unwrap().items.is_empty());
    }
}

#[tokio::test]
async fn a_read_that_meets_the_indexing_is_done_and_written_down_once() {
    let world = World::new();
    let ready = world.ready().await;
    let (_, item) = received(&world, &ready, None).await;
    let fuse = Arc::new(Fuse::after_steps(i64::MAX, false));
    let other = world.server_with_fuse(Arc::clone(&fuse)).await;
    let (has_come, go_on) = fuse.hold_next_commit();
    let indexing = async {
        has_come.await.unwrap();
        while ready.server.index_some().await.unwrap() {}
        go_on.send(()).unwrap();
    };
    let (read, ()) = tokio::join!(bytes_of(&other, &ready.application, item), indexing);
    assert_eq!(read, DEPOSIT.as_bytes());
    assert_eq!(ready.server.accesses(None, 10).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn a_paused_consent_keeps_its_data() {
    let world = World::new();
    let ready = world.ready().await;
    let (about, item) = received(&world, &ready, None).await;
    world.central.announce(CentralNotificationKind::ConsentPaused, &about);
    world.central.announce(CentralNotificationKind::ConsentExpired, &about);
    settle(&ready.server).await;
    assert_eq!(bytes_of(&ready.server, &ready.application, item).await, DEPOSIT.as_bytes());
}
