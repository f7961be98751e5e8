//! Central signs with another key: which is believed, and when central is asked.

use std::sync::Arc;

use mpp_core::{Clock, Span};
use mpp_crypto::SigningKey;
use mpp_crypto::keys::sign_succession;
use mpp_services::client::{CentralNotificationKind, GatewayError};
use mpp_testkit::SeededEntropy;

use crate::world::{AUTHOR, DEPOSIT, Ready, World, settle, staff, work_all};

fn key(seed: u64) -> Arc<SigningKey> {
    Arc::new(SigningKey::generate_p256(&SeededEntropy::new(seed)))
}

/// Central signs with `next` from now on, as `named_by` says where it does.
fn signs_with(world: &World, next: &Arc<SigningKey>, named_by: Option<&SigningKey>) {
    let mut state = world.central.state();
    state.successor = Some(Arc::clone(next));
    let said = named_by.map(|key| sign_succession(key, next.public(), world.clock.now()).unwrap());
    state.successions.extend(said);
}

async fn collects(world: &World, ready: &Ready, case: &str) {
    let about = world.consented(ready, case, "account-aggregator").await;
    let parcel = world.central.keep_parcel(&about, "application/xml", DEPOSIT.as_bytes());
    world.central.announce(CentralNotificationKind::DataAvailable, &about.with_parcel(parcel));
    settle(&ready.server).await;
}

/// Of the parcels, oldest first.
async fn states(ready: &Ready) -> Vec<&'static str> {
    ready.server.parcels(None, 10).await.unwrap().items.iter().map(|parcel| parcel.state).collect()
}

#[tokio::test]
async fn a_key_that_follows_from_the_trusted_one_is_believed() {
    let world = World::new();
    let ready = world.ready().await;
    let (second, third) = (key(2), key(3));
    signs_with(&world, &second, Some(&world.central.signing));
    collects(&world, &ready, "LOAN-1").await;
    assert_eq!(states(&ready).await, ["acknowledged"]);

    signs_with(&world, &third, Some(&second));
    world.wait(Span::from_minutes(1));
    collects(&world, &ready, "LOAN-2").await;
    assert_eq!(states(&ready).await, ["acknowledged", "acknowledged"]);
    // what was learnt lasts: another process need not ask
    signs_with(&world, &second, None);
    world.central.fail_next("central_keys", GatewayError::Unavailable);
    let again = Ready { server: world.server().await, ..ready };
    collects(&world, &again, "LOAN-3").await;
    assert_eq!(states(&again).await, ["acknowledged"; 3]);
}

#[tokio::test]
async fn so_it_is_where_keys_are_pinned() {
    let mut world = World::new();
    let second = key(2);
    world.settings.central_keys = vec![second.public().to_jwk()];
    // the enrolment, too, is by a key that follows from the pinned one
    let named = sign_succession(&second, world.central.signing.public(), world.clock.now()).unwrap();
    world.central.state().successions.push(named);
    let ready = world.ready().await;
    collects(&world, &ready, "LOAN-1").await;
    assert_eq!(states(&ready).await, ["acknowledged"]);
    // once it is no longer pinned, nothing follows from it: what central's key says of consents is not believed any more either
    world.settings.central_keys = vec![key(5).public().to_jwk()];
    let again = Ready { server: world.server().await, ..ready };
    collects(&world, &again, "LOAN-2").await;
    assert_eq!(states(&again).await, ["acknowledged", "refused"]);
}

#[tokio::test]
async fn a_key_that_nobody_trusted_named_is_not() {
    let world = World::new();
    let ready = world.ready().await;
    let (stranger, next) = (key(8), key(9));
    signs_with(&world, &next, Some(&stranger));
    collects(&world, &ready, "LOAN-1").await;
    assert_eq!(states(&ready).await, ["stored"]);
    let parked = ready.server.parked(None, 10).await.unwrap().items;
    assert!(parked[0].reason.starts_with("erasure_receipt_invalid"), "{}", parked[0].reason);
    // once the trusted key has named it, what was parked can be done
    signs_with(&world, &next, Some(&world.central.signing));
    world.wait(Span::from_minutes(1));
    ready.server.replay(&staff(AUTHOR), parked[0].job).await.unwrap();
    settle(&ready.server).await;
    assert_eq!(states(&ready).await, ["acknowledged"]);
}

/// Within ten seconds after it was asked, central is not asked again: the acknowledgement waits that long and no longer, and nobody has
/// to look at it.
#[tokio::test]
async fn an_unknown_key_waits_while_central_was_asked_a_moment_ago() {
    let world = World::new();
    let ready = world.ready().await;
    signs_with(&world, &key(2), Some(&world.central.signing));
    collects(&world, &ready, "LOAN-1").await;
    signs_with(&world, &key(3), Some(&key(2)));
    collects(&world, &ready, "LOAN-2").await;
    assert_eq!(states(&ready).await, ["acknowledged", "stored"]);
    assert!(ready.server.parked(None, 10).await.unwrap().items.is_empty());
    // the wait, stretched by a fifth at most
    world.wait(Span::from_seconds(12));
    work_all(&ready.server).await;
    assert_eq!(states(&ready).await, ["acknowledged"; 2]);
}
