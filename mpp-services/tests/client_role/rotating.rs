//! New keys take two persons, each key says where it is in use, and backups of keys bring parcels back that were sealed before.

use std::sync::Arc;

use mpp_core::{Clock, Span};
use mpp_services::client::{
    CentralNotificationKind, ClientError, ClientKeys, ClientService, GatewayError, KeyBackupError,
    KeyStanding, OwnKey, carry_out_keys, note_key_backup, put_keys_back,
};
use mpp_store::{Record, RecordKey, RecordKind, RecordReaderExt, WriteBatch};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Notify;
use zeroize::Zeroizing;

use crate::fake_central::SECOND_TOKEN;
use crate::world::{APPROVER, AUTHOR, DEPOSIT, Ready, World, settle, staff, token};

fn second() -> Zeroizing<String> {
    Zeroizing::new(SECOND_TOKEN.to_owned())
}

async fn receive(world: &World, ready: &Ready, case: &str) {
    let about = world.consented(ready, case, "account-aggregator").await;
    let parcel = world.central.keep_parcel(&about, "application/xml", DEPOSIT.as_bytes());
    world.central.announce(CentralNotificationKind::DataAvailable, &about.with_parcel(parcel));
}

async fn log(server: &ClientService) -> String {
    let leaves = server.audit_trail(None, 1000).await.unwrap().leaves;
    leaves
        .into_iter()
        .rev()
        .map(|leaf| String::from_utf8_lossy(leaf.leaf.bytes()).into_owned() + "\n")
        .collect()
}

#[tokio::test]
async fn new_keys_are_proposed_by_one_and_approved_by_another() {
    let world = World::new();
    let ready = world.ready().await;
    let server = &ready.server;
    let before = world.central.envelope_key().kid().clone();
    let alone = server.enrol(&staff(AUTHOR), &second()).await.unwrap_err();
    assert!(matches!(alone, ClientError::KeysTakeTwo), "{alone}");
    assert_eq!(alone.code(), "keys_take_two");
    for useless in [token(), Zeroizing::new(String::new())] {
        let refused = server.propose_rotation(&staff(AUTHOR), &useless).await.unwrap_err();
        assert_eq!(refused.code(), "invalid_request");
    }
    for nothing in [
        server.approve_rotation(&staff(APPROVER), None).await.map(drop),
        server.withdraw_rotation(&staff(APPROVER)).await,
    ] {
        assert_eq!(nothing.unwrap_err().code(), "not_found");
    }

    server.propose_rotation(&staff(AUTHOR), &second()).await.unwrap();
    let own_work = server.approve_rotation(&staff(AUTHOR), None).await.unwrap_err();
    assert_eq!(own_work.code(), "same_person");
    assert_eq!(*world.central.envelope_key().kid(), before, "nothing was made or enrolled");
    let waiting = server.own_keys().await.unwrap().rotation.unwrap();
    assert_eq!((waiting.by, waiting.at), (staff(AUTHOR), world.clock.now()));
    server.withdraw_rotation(&staff(AUTHOR)).await.unwrap();
    assert_eq!(server.approve_rotation(&staff(APPROVER), None).await.unwrap_err().code(), "not_found");

    // whoever proposes anew is the one who cannot approve
    server.propose_rotation(&staff(AUTHOR), &second()).await.unwrap();
    server.propose_rotation(&staff(APPROVER), &second()).await.unwrap();
    assert_eq!(server.approve_rotation(&staff(APPROVER), None).await.unwrap_err().code(), "same_person");
    let enrolled = server.approve_rotation(&staff(AUTHOR), None).await.unwrap();
    assert_ne!(enrolled.envelope_kid, before);
    assert_eq!(server.own_keys().await.unwrap().rotation, None);
    let log = log(server).await;
    for action in ["server.rotation_proposed", "server.rotation_withdrawn", "server.enrolled"] {
        assert!(log.contains(action), "{action}: {log}");
    }
    assert!(!log.contains(SECOND_TOKEN) && !format!("{server:?}").contains(SECOND_TOKEN));
    let stored = world.store.mentions(SECOND_TOKEN).await.unwrap();
    assert!(!stored, "the token is kept sealed, and goes with the proposal");
}

#[tokio::test]
async fn what_is_approved_is_what_was_seen() {
    let world = World::new();
    let ready = world.ready().await;
    let server = &ready.server;
    let seen = server.propose_rotation(&staff(AUTHOR), &second()).await.unwrap();
    world.wait(Span::from_seconds(1));
    let present = server.propose_rotation(&staff(AUTHOR), &second()).await.unwrap();
    let refused = server.approve_rotation(&staff(APPROVER), Some(seen.at)).await.unwrap_err();
    assert_eq!(refused.code(), "rotation_moved_on");
    let own = server.own_keys().await.unwrap();
    assert_eq!(own.rotation, Some(present.clone()));
    assert!(own.keys.iter().all(|key| key.standing == KeyStanding::Current), "nothing was made or enrolled");
    server.approve_rotation(&staff(APPROVER), Some(present.at)).await.unwrap();
    assert_eq!(server.own_keys().await.unwrap().rotation, None);
}

#[tokio::test]
async fn what_is_proposed_while_others_are_enrolled_waits() {
    let world = World::new();
    let ready = world.ready().await;
    let server = &ready.server;
    server.propose_rotation(&staff(AUTHOR), &second()).await.unwrap();
    let bell = Arc::new(Notify::new());
    world.central.state().holds_confirmation = Some(Arc::clone(&bell));
    let meanwhile = async {
        world.wait(Span::from_seconds(1));
        let third = Zeroizing::new("a third token".to_owned());
        let proposed = server.propose_rotation(&staff(AUTHOR), &third).await.unwrap();
        bell.notify_one();
        proposed
    };
    let approver = staff(APPROVER);
    let (enrolled, proposed) = tokio::join!(server.approve_rotation(&approver, None), meanwhile);
    let own = server.own_keys().await.unwrap();
    assert_eq!(own.envelope_kid, Some(enrolled.unwrap().envelope_kid));
    assert_eq!(own.rotation, Some(proposed), "nobody has agreed to it");
}

#[tokio::test]
async fn another_node_works_with_keys_that_were_enrolled_here() {
    let world = World::new();
    let ready = world.ready().await;
    let parts = world.parts(ClientKeys::default());
    let keys_of_other = Arc::clone(&parts.keys);
    let other = ClientService::start(parts).await.unwrap();
    ready.server.propose_rotation(&staff(AUTHOR), &second()).await.unwrap();
    let enrolled = ready.server.approve_rotation(&staff(APPROVER), None).await.unwrap();

    receive(&world, &ready, "LOAN-1").await;
    settle(&other).await;
    assert_eq!(other.parcels(None, 10).await.unwrap().items[0].state, "acknowledged");
    let own = other.own_keys().await.unwrap();
    assert_eq!(own.envelope_kid, Some(enrolled.envelope_kid));
    let is_in_use = |key: &&OwnKey| key.used_as == "signing" && key.standing == KeyStanding::Current;
    let signs = keys_of_other.signing().unwrap();
    assert_eq!(own.keys.iter().find(is_in_use).unwrap().kid, *signs.kid(), "requests are signed with it");
}

/// Central seals to new keys from the moment it took them, whether or not its answer came.
#[tokio::test]
async fn a_parcel_sealed_to_keys_whose_enrolment_was_cut_off_is_opened() {
    let world = World::new();
    let ready = world.ready().await;
    let server = &ready.server;
    server.propose_rotation(&staff(AUTHOR), &second()).await.unwrap();
    world.central.fail_next("confirmed", GatewayError::Unavailable);
    server.approve_rotation(&staff(APPROVER), None).await.unwrap_err();
    receive(&world, &ready, "LOAN-1").await;
    settle(server).await;
    assert_eq!(server.parcels(None, 10).await.unwrap().items[0].state, "stored");
    // what acknowledges it is signed with keys that this central takes from the end of the enrolment on
    server.approve_rotation(&staff(APPROVER), None).await.unwrap();
    let parked = server.parked(None, 10).await.unwrap().items;
    server.replay(&staff(AUTHOR), parked[0].job).await.unwrap();
    settle(server).await;
    assert_eq!(server.parcels(None, 10).await.unwrap().items[0].state, "acknowledged");
}

#[tokio::test]
async fn a_token_central_refuses_leaves_the_proposal_and_the_keys_as_they_are() {
    let world = World::new();
    let ready = world.ready().await;
    let before = ready.server.own_keys().await.unwrap().envelope_kid;
    let guess = Zeroizing::new("a guess".to_owned());
    ready.server.propose_rotation(&staff(AUTHOR), &guess).await.unwrap();
    let refused = ready.server.approve_rotation(&staff(APPROVER), None).await.unwrap_err();
    assert!(matches!(refused, ClientError::Central(_)), "{refused}");
    let own = ready.server.own_keys().await.unwrap();
    assert_eq!((own.envelope_kid, own.rotation.is_some()), (before, true));
    let offered = own.keys.iter().filter(|key| key.standing == KeyStanding::Offered).count();
    assert_eq!(offered, 2, "made for an enrolment that did not come to its end");
}

#[tokio::test]
async fn each_key_says_since_when_and_for_how_many_documents_it_is_in_use() {
    let world = World::new();
    let ready = world.ready().await;
    let server = &ready.server;
    while server.index_some().await.unwrap() {}
    let begun = world.clock.now();
    receive(&world, &ready, "LOAN-1").await;
    while server.poll(Span::default()).await.unwrap() > 0 {}
    assert_eq!(server.own_keys().await.unwrap().to_collect, 1);
    settle(server).await;
    world.wait(Span::from_days(1));
    server.propose_rotation(&staff(AUTHOR), &second()).await.unwrap();
    server.approve_rotation(&staff(APPROVER), None).await.unwrap();
    let rotated = world.clock.now();
    for case in ["LOAN-2", "LOAN-3"] {
        receive(&world, &ready, case).await;
    }
    settle(server).await;

    let own = server.own_keys().await.unwrap();
    assert_eq!((own.to_collect, own.of_unknown_key, own.is_complete), (0, 0, true));
    let of =
        |used_as: &str| -> Vec<&OwnKey> { own.keys.iter().filter(|key| key.used_as == used_as).collect() };
    let told: Vec<_> = of("envelope").into_iter().map(|key| (key.standing, key.documents)).collect();
    assert_eq!(
        told,
        [(KeyStanding::Earlier, Some((1, Some(begun)))), (KeyStanding::Current, Some((2, Some(rotated)))),]
    );
    let [first, present] = of("envelope")[..] else { panic!("two") };
    assert_eq!(first.enrolled, Some((staff(AUTHOR), begun)));
    assert_eq!((first.replaced_at, present.replaced_at), (Some(rotated), None));
    assert_eq!(present.enrolled, Some((staff(APPROVER), rotated)));
    assert_eq!(present.key_record, own.key_record);
    assert!(first.key_record.is_some() && first.key_record != own.key_record);
    let signing: Vec<_> = of("signing").into_iter().map(|key| (key.standing, key.documents)).collect();
    assert_eq!(signing, [(KeyStanding::Earlier, None), (KeyStanding::Current, None)]);
    assert_eq!(of("webhook")[0].standing, KeyStanding::Current);
}

/// A stored key, as far as a test takes it away.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
struct StoredKey(Value);

impl Record for StoredKey {
    const KIND: RecordKind = RecordKind::new("client-key");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        RecordKey::from(self.0["kid"].as_str().unwrap())
    }
}

async fn lose_keys(world: &World) {
    let mut batch = WriteBatch::new();
    for read in world.store.all::<StoredKey>(Default::default(), None, 100).await.unwrap().items {
        batch.delete::<StoredKey>(&read.record.key(), read.version);
    }
    world.store.commit(batch).await.unwrap();
}

#[tokio::test]
async fn lost_keys_come_back_from_a_backup_and_open_what_was_sealed_before() {
    let world = World::new();
    let ready = world.ready().await;
    receive(&world, &ready, "LOAN-1").await;
    let (store, vault) = (world.store.as_ref(), world.vault());
    let keys = carry_out_keys(store, &vault).await.unwrap();
    let kids: Vec<_> = keys.iter().map(|key| key.secret.kid().clone()).collect();
    assert_eq!(kids.len(), 3, "envelope, signing, webhook");
    note_key_backup(store, &kids, "0badc0de", world.clock.now()).await.unwrap();
    let own = ready.server.own_keys().await.unwrap();
    assert!(own.keys.iter().all(|key| key.backed_up_at == Some(world.clock.now())));

    lose_keys(&world).await;
    drop(ready);
    let broken = ClientService::start(world.parts(ClientKeys::default())).await.unwrap_err();
    assert!(matches!(broken, ClientError::Inconsistent("this server's keys")), "{broken}");
    assert!(matches!(carry_out_keys(store, &vault).await.unwrap_err(), KeyBackupError::NoKeys));

    let done = put_keys_back(store, &vault, keys, "0badc0de", world.clock.now()).await.unwrap();
    assert_eq!((done.restored.len(), done.here.len()), (3, 0));
    let server = world.server().await;
    settle(&server).await;
    assert_eq!(server.parcels(None, 10).await.unwrap().items[0].state, "acknowledged");
    assert!(log(&server).await.contains("server.key_restored"));

    // what is there is left alone
    let again = carry_out_keys(store, &vault).await.unwrap();
    let done = put_keys_back(store, &vault, again, "0badc0de", world.clock.now()).await.unwrap();
    assert_eq!((done.restored.len(), done.here.len()), (0, 3));
    // new keys are in no backup, and the page can say so
    server.propose_rotation(&staff(AUTHOR), &second()).await.unwrap();
    server.approve_rotation(&staff(APPROVER), None).await.unwrap();
    let own = server.own_keys().await.unwrap();
    assert_eq!(own.keys.iter().filter(|key| key.backed_up_at.is_none()).count(), 2);
}
