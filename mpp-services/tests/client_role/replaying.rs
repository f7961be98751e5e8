//! Doing a range of notifications to the application again that were given up.

use mpp_core::{Clock, DeliveryFailure, Span};
use mpp_services::client::{CentralNotificationKind, NewsSearch};
use mpp_services::{ParkedRange, ReplayConfirmed};

use crate::world::{AUTHOR, World, settle, staff};

#[tokio::test]
async fn a_range_of_news_is_shown_then_done_again_and_a_stale_yes_does_nothing() {
    let world = World::new();
    let ready = world.ready().await;
    let about = world.consented(&ready, "LOAN-1", "account-aggregator").await;
    let failing = [DeliveryFailure::ForbiddenAddress; 2];
    world.application.failures.lock().unwrap().extend(failing);
    for kind in [CentralNotificationKind::ConsentApproved, CentralNotificationKind::ConsentPaused] {
        world.central.announce(kind, &about);
        settle(&ready.server).await;
    }
    let seen = ready.server.preview_replay(&ParkedRange::default()).await.unwrap();
    assert_eq!((seen.count, seen.first.len()), (2, 2));
    assert_eq!(seen.reasons, [("address_forbidden".to_owned(), 2)]);
    let given_up = NewsSearch { status: Some("parked".into()), ..NewsSearch::default() };
    assert_eq!(ready.server.news_told(&given_up, None, 10).await.unwrap().items.len(), 2);

    world.wait(Span::from_minutes(1));
    world.application.failures.lock().unwrap().push_back(DeliveryFailure::ForbiddenAddress);
    world.central.announce(CentralNotificationKind::ConsentResumed, &about);
    settle(&ready.server).await;
    let later = ParkedRange { from: Some(world.clock.now()), ..ParkedRange::default() };
    assert_eq!(ready.server.preview_replay(&later).await.unwrap().count, 1);
    let other = ParkedRange { reason: Some("receiver_refused".into()), ..ParkedRange::default() };
    assert_eq!(ready.server.preview_replay(&other).await.unwrap().count, 0);

    let confirmed = ReplayConfirmed { as_of: seen.as_of, count: seen.count };
    let all = ParkedRange::default();
    let done = ready.server.replay_range(&all, confirmed, &staff(AUTHOR)).await.unwrap();
    assert_eq!((done.replayed, done.remaining), (2, false));
    let trail = ready.server.audit_trail(None, 1).await.unwrap();
    let leaf: serde_json::Value = serde_json::from_slice(trail.leaves[0].leaf.bytes()).unwrap();
    assert_eq!((&leaf["action"], &leaf["range"]["count"]), (&"news.range_replayed".into(), &2.into()));
    assert_eq!(leaf["actor"]["id"], AUTHOR);

    settle(&ready.server).await;
    assert_eq!(world.application.news().len(), 2);
    let again = ready.server.replay_range(&all, confirmed, &staff(AUTHOR)).await.unwrap();
    assert_eq!((again.replayed, again.remaining), (0, false), "given up after the yes, or done already");
    assert_eq!(ready.server.parked(None, 10).await.unwrap().items.len(), 1);
    let told = NewsSearch { status: Some("delivered".into()), ..NewsSearch::default() };
    assert_eq!(ready.server.news_told(&told, None, 10).await.unwrap().items.len(), 2);
    let day = world.clock.now().day_in_india();
    let after = NewsSearch { from: Some(day.tomorrow().unwrap()), ..NewsSearch::default() };
    assert!(ready.server.news_told(&after, None, 10).await.unwrap().items.is_empty());
}
