use mpp_core::Span;
use mpp_crypto::SigningKey;
use mpp_services::client::{ClientError, EnrolmentFault, GatewayError};
use mpp_testkit::SeededEntropy;
use zeroize::Zeroizing;

use crate::fake_central::SECOND_TOKEN;
use crate::world::{AUTHOR, DEPOSIT, World, settle, staff, token};
use mpp_services::client::CentralNotificationKind;

#[tokio::test]
async fn keys_are_made_here_and_enrolled() {
    let world = World::new();
    let server = world.server().await;
    assert_eq!(server.partner(), None);
    let enrolled = server.enrol(&staff(AUTHOR), &token()).await.unwrap();
    assert_eq!(enrolled.partner, world.central.partner);
    assert_eq!(server.partner(), Some(world.central.partner));
    assert_eq!(enrolled.envelope_kid, *world.central.envelope_key().kid());
    let restarted = world.server().await;
    assert_eq!(restarted.partner(), Some(world.central.partner));
}

#[tokio::test]
async fn a_node_started_before_the_enrolment_learns_of_it() {
    let world = World::new();
    let (server, other, third) = (world.server().await, world.server().await, world.server().await);
    assert!(!other.at_a_glance().await.unwrap().enrolled);
    server.enrol(&staff(AUTHOR), &token()).await.unwrap();
    other.poll(Span::default()).await.unwrap();
    assert_eq!(other.partner(), Some(world.central.partner));
    // what takes two persons at one node takes two at every other
    let alone = third.enrol(&staff(AUTHOR), &Zeroizing::new(SECOND_TOKEN.to_owned())).await.unwrap_err();
    assert_eq!(alone.code(), "keys_take_two");
}

#[tokio::test]
async fn a_wrong_token_enrols_nothing() {
    let world = World::new();
    let server = world.server().await;
    let refused = server.enrol(&staff(AUTHOR), &Zeroizing::new("guess".to_owned())).await.unwrap_err();
    assert!(matches!(refused, ClientError::Central(GatewayError::Refused { status: 403, .. })));
    assert_eq!(server.partner(), None);
    server.enrol(&staff(AUTHOR), &token()).await.unwrap();
}

#[tokio::test]
async fn a_key_record_by_an_unpinned_key_is_refused() {
    let mut world = World::new();
    world.settings.central_keys = vec![world.central.signing.public().to_jwk()];
    world.central.state().impostor = Some(SigningKey::generate_p256(&SeededEntropy::new(99)));
    let server = world.server().await;
    let refused = server.enrol(&staff(AUTHOR), &token()).await.unwrap_err();
    assert!(matches!(refused, ClientError::Enrolment(EnrolmentFault::Signer)), "{refused}");
    server.enrol(&staff(AUTHOR), &token()).await.unwrap();
}

#[tokio::test]
async fn a_receipt_by_an_impostor_is_not_believed() {
    let world = World::new();
    let ready = world.ready().await;
    let about = world.consented(&ready, "LOAN-1", "account-aggregator").await;
    let parcel = world.central.keep_parcel(&about, "application/xml", DEPOSIT.as_bytes());
    world.central.announce(CentralNotificationKind::DataAvailable, &about.with_parcel(parcel));
    world.central.state().impostor = Some(SigningKey::generate_p256(&SeededEntropy::new(99)));
    settle(&ready.server).await;
    let parked = ready.server.parked(None, 10).await.unwrap().items;
    assert!(parked[0].reason.starts_with("erasure_receipt_invalid"), "{}", parked[0].reason);
    assert_eq!(ready.server.parcels(None, 10).await.unwrap().items[0].state, "stored");
    ready.server.replay(&staff(AUTHOR), parked[0].job).await.unwrap();
    settle(&ready.server).await;
    assert_eq!(ready.server.parcels(None, 10).await.unwrap().items[0].state, "acknowledged");
}
