use std::time::Duration;

use futures::FutureExt;
use mpp_core::{DeliveryFailure, DeliveryState, Span};
use mpp_crypto::VerifyingKey;
use mpp_crypto::webhook::{self, WebhookVerifier};
use mpp_services::central::{ConsentStep, DELIVERIES, DeliverySearch, Look, NotificationKind, OWN_WORK};
use mpp_store::WorkerName;

use crate::billing::asha;
use crate::samples::{account_item, bureau_item};
use crate::world::World;

const HOOK: &str = "https://client.kaveri.example/hook";

async fn decided(world: &World) -> crate::world::Approved {
    let partner = world.onboard_at(Some(HOOK)).await;
    let product = world.publish(&partner, vec![bureau_item()]).await;
    let placed = world.place(&partner, product, "LOAN-1").await;
    let phone = world.open(&placed).await;
    let decided = world.decide(&phone, &[("provider:bureau", mpp_core::Decision::Approved)]).await.unwrap();
    crate::world::Approved { partner, phone, decided }
}

#[tokio::test]
async fn notifications_are_numbered_without_gaps_signed_and_pushed_in_order() {
    let world = World::new();
    let approved = decided(&world).await;
    world.work().await;
    let numbers: Vec<u64> = world.notified(&approved.partner).await.iter().map(|one| one.sequence).collect();
    assert_eq!(numbers, [1, 2]);
    let received = world.receiver.received.lock().unwrap().clone();
    let key = VerifyingKey::from_jwk(&world.central.public_keys().notification[0]).unwrap();
    let now = mpp_core::Clock::now(world.clock.as_ref());
    let mut kinds = Vec::new();
    for push in &received {
        webhook::verify(&push.headers, &push.body, &[WebhookVerifier::Ed25519(&key)], now).unwrap();
        let body: serde_json::Value = serde_json::from_slice(&push.body).unwrap();
        assert_eq!(body["id"], push.headers.id);
        kinds.push(body["type"].as_str().unwrap().to_owned());
    }
    assert_eq!(kinds, ["consent.approved", "data.available"]);
    assert!(world.dump().await.contains("\"state\":\"notified\""), "the parcel knows that it was told");
}

#[tokio::test]
async fn a_receiver_that_stays_away_is_tried_nine_times_then_parked_and_replayed() {
    let world = World::new();
    for _ in 0..9 {
        world.receiver.script.lock().unwrap().push_back(Err(DeliveryFailure::TimedOut));
    }
    let approved = decided(&world).await;
    let consent = approved.consent("provider:bureau");
    world.central.change_consent(approved.phone.id, consent, ConsentStep::Withdraw).await.unwrap();
    for wait in DeliveryState::SCHEDULE {
        world.advance(Span::from_millis(wait.as_millis() * 6 / 5));
        world.work().await;
    }
    let holdings = world.central.holdings().await.unwrap();
    assert_eq!(holdings.parked_jobs, 1);
    let parked = world.central.parked_jobs(None, 10).await.unwrap().items.remove(0);
    assert_eq!(parked.reason.as_str(), "timed_out");
    let before = world.receiver.received.lock().unwrap().len();
    world.central.replay_job(parked.id, &asha()).await.unwrap();
    let newest = world.central.audit_trail(None, 1).await.unwrap().leaves.remove(0);
    let newest: serde_json::Value = serde_json::from_slice(newest.leaf.bytes()).unwrap();
    assert_eq!((&newest["action"], &newest["actor"]["id"]), (&"job.replayed".into(), &"asha".into()));
    assert_eq!(newest["job"], parked.id.to_string(), "{newest}");
    world.work().await;
    let after = world.receiver.received.lock().unwrap().clone();
    assert!(after.len() > before);
    assert_eq!(world.central.holdings().await.unwrap().parked_jobs, 0);
    assert_eq!(world.central.replay_job(parked.id, &asha()).await.unwrap_err().code(), "not_parked");
}

#[tokio::test]
async fn one_unhappy_subject_does_not_stop_another() {
    let world = World::new();
    let approved = decided(&world).await;
    let product = world.publish(&approved.partner, vec![account_item()]).await;
    let second = world.open(&world.place(&approved.partner, product, "LOAN-2").await).await;
    world.receiver.script.lock().unwrap().push_back(Err(DeliveryFailure::Refused { status: 500 }));
    world.decide(&second, &[("account-aggregator", mpp_core::Decision::Refused)]).await.unwrap();
    world.work().await;
    let bodies: Vec<String> = world
        .receiver
        .received
        .lock()
        .unwrap()
        .iter()
        .map(|push| String::from_utf8_lossy(&push.body).into_owned())
        .collect();
    assert!(bodies.iter().any(|body| body.contains("consent.rejected")), "{bodies:?}");
}

#[tokio::test]
async fn a_timer_does_not_wait_for_deliveries() {
    let world = World::new();
    let partner = world.onboard_at(Some(HOOK)).await;
    let product = world.publish(&partner, vec![bureau_item()]).await;
    for case in 0..9 {
        let phone = world.open(&world.place(&partner, product, &format!("LOAN-{case}")).await).await;
        world.decide(&phone, &[("provider:bureau", mpp_core::Decision::Refused)]).await.unwrap();
    }
    let undecided = world.place(&partner, product, "LOAN-9").await;
    world.advance(Span::from_hours(72));
    let worker = WorkerName::new("test");
    for job in world.central.lease_jobs(&OWN_WORK, &worker, 16).await.unwrap() {
        world.central.perform(&job).await.unwrap();
    }
    let view = world.central.request_view(partner.id, undecided.request).await.unwrap();
    assert_eq!(view.request.state.state_name(), "expired");
    assert!(world.receiver.received.lock().unwrap().is_empty());
    let due = world.central.lease_jobs(&DELIVERIES, &worker, 16).await.unwrap();
    assert_eq!(due.len(), 10, "nine refusals and the expiry");
}

#[tokio::test]
async fn every_loop_that_works_hears_of_new_work() {
    let world = World::new();
    let partner = world.onboard_at(Some(HOOK)).await;
    let product = world.publish(&partner, vec![bureau_item()]).await;
    let phone = world.open(&world.place(&partner, product, "LOAN-1").await).await;
    let bell = world.central.work_bell();
    let loops = [bell.notified(), bell.notified()];
    world.decide(&phone, &[("provider:bureau", mpp_core::Decision::Refused)]).await.unwrap();
    for heard in loops {
        assert!(heard.now_or_never().is_some());
    }
}

#[tokio::test]
async fn a_long_poll_wakes_when_something_happens() {
    let world = World::new();
    let approved = world.approved(vec![account_item()]).await;
    let consent = approved.consent("account-aggregator");
    let polls = async {
        let polled = world.central.await_notifications(approved.partner.id, 1);
        let events = world.central.await_phone_events(approved.phone.id, 0);
        tokio::time::timeout(Duration::from_secs(30), async { tokio::join!(polled, events) }).await.unwrap()
    };
    let change = async {
        tokio::task::yield_now().await;
        world.central.change_consent(approved.phone.id, consent, ConsentStep::Pause).await.unwrap();
    };
    let ((polled, events), ()) = tokio::join!(polls, change);
    assert_eq!(polled.unwrap()[0].kind, NotificationKind::ConsentPaused);
    assert_eq!(events.unwrap().len(), 1);
}

#[tokio::test]
async fn news_is_there_after_a_restart() {
    let mut world = World::new();
    let approved = world.approved(vec![bureau_item()]).await;
    world.work().await;
    world.restart();
    let all = world.central.await_notifications(approved.partner.id, 0).await.unwrap();
    assert_eq!(all.len(), 2);
    let rest = world.central.await_notifications(approved.partner.id, 1).await.unwrap();
    assert_eq!(rest, all[1..]);
    assert!(world.central.notifications(approved.partner.id, 2).await.unwrap().is_empty());
    assert!(world.central.notifications(approved.partner.id, u64::MAX).await.unwrap().is_empty());
}

#[tokio::test]
async fn many_requests_at_once_get_numbers_without_gaps() {
    let world = World::new();
    let partner = world.onboard().await;
    let product = world.publish(&partner, vec![account_item()]).await;
    let mut phones = Vec::new();
    for case in 0..24 {
        phones.push(world.open(&world.place(&partner, product, &format!("LOAN-{case}")).await).await);
    }
    let yes = [("account-aggregator", mpp_core::Decision::Approved)];
    let decisions = phones.iter().map(|phone| world.decide(phone, &yes));
    for decided in futures::future::join_all(decisions).await {
        decided.unwrap();
    }
    let numbers: Vec<u64> = world.notified(&partner).await.iter().map(|one| one.sequence).collect();
    assert_eq!(numbers, (1..=24).collect::<Vec<u64>>());
}

#[tokio::test]
async fn what_waits_goes_to_the_new_address_and_is_left_to_polling_where_there_is_none() {
    let world = World::new();
    let approved = decided(&world).await;
    let partner = approved.partner.id;
    let new = "https://new.kaveri.example/hook".parse().unwrap();
    world.central.set_notification_address(partner, Some(&new), &asha()).await.unwrap();
    world.work().await;
    let pushed = || world.receiver.received.lock().unwrap().clone();
    assert_eq!(pushed().iter().map(|push| &push.url).collect::<Vec<_>>(), [&new, &new]);

    let consent = approved.consent("provider:bureau");
    world.central.change_consent(approved.phone.id, consent, ConsentStep::Withdraw).await.unwrap();
    world.central.set_notification_address(partner, None, &asha()).await.unwrap();
    world.work().await;
    assert_eq!(pushed().len(), 2, "nothing is pushed any more");
    let search = DeliverySearch { partner: Some(partner), ..DeliverySearch::default() };
    let look = Look { after: None, limit: 10 };
    let rows = world.central.search_deliveries(&search, &look).await.unwrap().items;
    let standing: Vec<_> = rows.iter().map(|row| (row.status, row.next_attempt_at)).collect();
    assert_eq!(standing, [("polled", None), ("delivered", None), ("delivered", None)]);
    let told = world.kinds(&approved.partner).await;
    assert_eq!(told.last(), Some(&NotificationKind::ConsentRevoked), "who polls gets it");
}
