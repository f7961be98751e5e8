//! Doing a range of notifications again that were given up.

use mpp_core::{Clock, Decision, DeliveryFailure, PartnerId, Span, StaffId, Timestamp};
use mpp_services::central::{DeliveryAnswer, DeliverySearch, Look, ReplayRange};
use mpp_services::{ParkedRange, ReplayConfirmed};

use crate::parties::ClientServer;
use crate::samples::account_item;
use crate::world::World;

const HOOK: &str = "https://client.kaveri.example/hook";

fn asha() -> StaffId {
    "asha".parse().unwrap()
}

/// A partner whose client server is told of so many refused requests and never takes the news.
async fn given_up(world: &World, cases: usize, failure: DeliveryFailure) -> ClientServer {
    let partner = world.onboard_at(Some(HOOK)).await;
    give_up(world, &partner, cases, failure).await;
    partner
}

async fn give_up(world: &World, partner: &ClientServer, cases: usize, failure: DeliveryFailure) {
    let product = world.publish(partner, vec![account_item()]).await;
    let tries = if failure == DeliveryFailure::ForbiddenAddress { 1 } else { 9 };
    for case in 0..cases {
        let name = format!("LOAN-{case}-{}", world.clock.now().as_unix_millis());
        let phone = world.open(&world.place(partner, product, &name).await).await;
        world.decide(&phone, &[("account-aggregator", Decision::Refused)]).await.unwrap();
        world.receiver.script.lock().unwrap().extend(vec![Err(failure); tries]);
        for _ in 0..tries {
            world.work().await;
            world.advance(Span::from_hours(if tries > 1 { 30 } else { 0 }));
        }
    }
}

fn to(partner: PartnerId) -> ReplayRange {
    ReplayRange { partner: Some(partner), ..ReplayRange::default() }
}

async fn parked(world: &World) -> u64 {
    world.central.holdings().await.unwrap().parked_jobs
}

async fn last_leaf(world: &World) -> serde_json::Value {
    let trail = world.central.audit_trail(None, 1).await.unwrap();
    serde_json::from_slice(trail.leaves[0].leaf.bytes()).unwrap()
}

#[tokio::test]
async fn a_range_is_shown_before_it_is_done_again_and_the_log_names_it() {
    let world = World::new();
    let kaveri = given_up(&world, 2, DeliveryFailure::ForbiddenAddress).await;
    let narmada = given_up(&world, 1, DeliveryFailure::ForbiddenAddress).await;
    assert_eq!(parked(&world).await, 3);
    let seen = world.central.preview_replay(&to(kaveri.id)).await.unwrap();
    assert_eq!((seen.count, seen.groups.len(), seen.first.len()), (2, 1, 2));
    assert_eq!((seen.groups[0].partner, seen.groups[0].reason.as_str()), (kaveri.id, "forbidden_address"));
    assert_eq!(seen.first[0].status, "parked");
    assert_eq!(world.central.preview_replay(&ReplayRange::default()).await.unwrap().count, 3);
    assert_eq!(parked(&world).await, 3, "looking changes nothing");

    let confirmed = ReplayConfirmed { as_of: seen.as_of, count: seen.count };
    let done = world.central.replay_range(&to(kaveri.id), confirmed, &asha()).await.unwrap();
    assert_eq!((done.replayed, done.remaining), (2, false));
    let leaf = last_leaf(&world).await;
    assert_eq!(leaf["action"], "notifications.range_replayed");
    assert_eq!(leaf["actor"], serde_json::json!({ "type": "staff", "id": "asha" }));
    assert_eq!((&leaf["range"]["count"], &leaf["partner"]), (&2.into(), &kaveri.id.to_string().into()));
    assert_eq!(leaf["range"]["asOf"], seen.as_of.to_string());

    world.work().await;
    assert_eq!(parked(&world).await, 1, "those of the other partner stay");
    assert_eq!(world.central.preview_replay(&to(narmada.id)).await.unwrap().count, 1);
    let delivered = DeliverySearch { status: Some("delivered".into()), ..Default::default() };
    let rows = world.central.search_deliveries(&delivered, &Look { after: None, limit: 10 }).await.unwrap();
    assert_eq!(rows.items.len(), 2);
}

#[tokio::test]
async fn a_stale_yes_does_nothing_and_what_was_given_up_since_is_left_alone() {
    let world = World::new();
    let partner = given_up(&world, 2, DeliveryFailure::ForbiddenAddress).await;
    let seen = world.central.preview_replay(&to(partner.id)).await.unwrap();
    world.advance(Span::from_minutes(1));
    give_up(&world, &partner, 1, DeliveryFailure::ForbiddenAddress).await;
    let confirmed = ReplayConfirmed { as_of: seen.as_of, count: 10 };
    let done = world.central.replay_range(&to(partner.id), confirmed, &asha()).await.unwrap();
    assert_eq!((done.replayed, done.remaining), (2, false));
    let size = world.central.audit_trail(None, 1).await.unwrap().size;
    // the same yes once more, before and after the work was done
    for _ in 0..2 {
        let done = world.central.replay_range(&to(partner.id), confirmed, &asha()).await.unwrap();
        assert_eq!((done.replayed, done.remaining), (0, false));
        assert_eq!(world.central.audit_trail(None, 1).await.unwrap().size, size, "nothing to tell");
        world.receiver.script.lock().unwrap().extend([Err(DeliveryFailure::ForbiddenAddress); 2]);
        world.work().await;
        let size_now = world.central.audit_trail(None, 1).await.unwrap().size;
        assert!(size_now >= size);
        if size_now > size {
            break;
        }
    }
    assert_eq!(parked(&world).await, 3, "given up again, after the yes");
    let done = world.central.replay_range(&to(partner.id), confirmed, &asha()).await.unwrap();
    assert_eq!(done.replayed, 0, "an old yes does not reach them");
}

#[tokio::test]
async fn instants_reason_and_the_confirmed_count_bound_what_is_done_again() {
    let world = World::new();
    let partner = given_up(&world, 3, DeliveryFailure::ForbiddenAddress).await;
    world.advance(Span::from_hours(1));
    let between: Timestamp = world.clock.now();
    world.advance(Span::from_hours(1));
    give_up(&world, &partner, 1, DeliveryFailure::TimedOut).await;
    let range = |from, to, reason: Option<&str>| ReplayRange {
        partner: None,
        parked: ParkedRange { from, to, reason: reason.map(str::to_owned) },
    };
    for (wanted, count) in [
        (range(None, None, None), 4),
        (range(Some(between), None, None), 1),
        (range(None, Some(between), None), 3),
        (range(Some(between), Some(between), None), 0),
        (range(None, None, Some("timed_out")), 1),
        (range(None, None, Some("forbidden_address")), 3),
        (range(None, Some(between), Some("timed_out")), 0),
    ] {
        assert_eq!(world.central.preview_replay(&wanted).await.unwrap().count, count, "{wanted:?}");
    }
    let early = range(None, Some(between), None);
    // nobody can say yes to the future, or to more than was seen
    let far = world.clock.now().plus(Span::from_days(400));
    let done = world.central.replay_range(&early, ReplayConfirmed { as_of: far, count: 2 }, &asha()).await;
    let done = done.unwrap();
    assert_eq!((done.replayed, done.remaining), (2, true));
    assert_eq!(last_leaf(&world).await["range"]["asOf"], world.clock.now().to_string());
    assert_eq!(parked(&world).await, 2);
}

#[tokio::test]
async fn deliveries_are_found_by_the_last_answer_and_by_day() {
    let world = World::new();
    let first = world.clock.now().day_in_india();
    let partner = given_up(&world, 1, DeliveryFailure::ForbiddenAddress).await;
    world.advance(Span::from_days(2));
    give_up(&world, &partner, 1, DeliveryFailure::Refused { status: 503 }).await;
    let answer = |text: &str| Some(text.parse::<DeliveryAnswer>().unwrap());
    let search = DeliverySearch::default;
    for (wanted, count) in [
        (DeliverySearch { answer: answer("5xx"), ..search() }, 1),
        (DeliverySearch { answer: answer("4xx"), ..search() }, 0),
        (DeliverySearch { answer: answer("forbidden_address"), ..search() }, 1),
        (DeliverySearch { answer: answer("2xx"), ..search() }, 0),
        (DeliverySearch { from: Some(first), to: Some(first), ..search() }, 1),
        (DeliverySearch { from: Some(first.tomorrow().unwrap()), ..search() }, 1),
        (DeliverySearch { partner: Some(partner.id), status: Some("parked".into()), ..search() }, 2),
    ] {
        let look = Look { after: None, limit: 10 };
        let found = world.central.search_deliveries(&wanted, &look).await.unwrap();
        assert_eq!(found.items.len(), count, "{wanted:?}");
    }
    assert!("9xx".parse::<DeliveryAnswer>().is_err());
}
