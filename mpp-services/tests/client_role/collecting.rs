use mpp_core::{ConsentId, Span};
use mpp_crypto::EnvelopePrivateKey;
use mpp_services::client::{CentralNotificationKind, GatewayError, NewsKind};
use mpp_testkit::SeededEntropy;

use crate::fake_central::About;
use crate::world::{
    APPROVER, AUTHOR, BUREAU, DEPOSIT, Ready, World, bytes_of, digest, settle, staff, work_all,
};

async fn announced(world: &World, ready: &Ready, document: &[u8]) -> (About, mpp_core::ParcelId) {
    let about = world.consented(ready, "LOAN-1", "account-aggregator").await;
    let parcel = world.central.keep_parcel(&about, "application/xml", document);
    world.central.announce(CentralNotificationKind::DataAvailable, &about.with_parcel(parcel));
    (about, parcel)
}

#[tokio::test]
async fn a_parcel_is_opened_stored_acknowledged_and_told_of() {
    let world = World::new();
    let ready = world.ready().await;
    let (about, parcel) = announced(&world, &ready, DEPOSIT.as_bytes()).await;
    settle(&ready.server).await;

    let case = ready.server.case_items(&ready.application, &"LOAN-1".parse().unwrap()).await.unwrap();
    let item = &case.items[0];
    assert_eq!(item.consent, about.consent);
    assert_eq!(item.sha256, digest(DEPOSIT.as_bytes()));
    let account = "deposit XXXXXXXX4020 7f0f6c1e-33a5-4a8e-9d0c-5b6a7c8d9e06";
    assert_eq!(item.label.as_deref(), Some(account));
    assert_eq!(bytes_of(&ready.server, &ready.application, item.id).await, DEPOSIT.as_bytes());
    let collected = ready.server.parcels(None, 10).await.unwrap().items.remove(0);
    assert_eq!((collected.parcel, collected.state), (parcel, "acknowledged"));
    assert!(world.central.state().parcels[&parcel].receipt.is_some());
    let news = world.application.news();
    assert_eq!(news.len(), 1);
    assert_eq!((news[0].kind, news[0].data.item_id), (NewsKind::DataAvailable, Some(item.id)));
}

#[tokio::test]
async fn what_waits_for_a_suspended_partner_is_collected_once_it_is_reinstated() {
    let world = World::new();
    let ready = world.ready().await;
    announced(&world, &ready, DEPOSIT.as_bytes()).await;
    let code = "partner_suspended".to_owned();
    world.central.fail_next("parcel_content", GatewayError::Refused { status: 403, code });
    settle(&ready.server).await;
    let state = async || ready.server.parcels(None, 10).await.unwrap().items.remove(0).state;
    assert_eq!(state().await, "due");
    assert!(ready.server.parked(None, 10).await.unwrap().items.is_empty());
    world.clock.advance(Span::from_minutes(10));
    settle(&ready.server).await;
    assert_eq!(state().await, "acknowledged");
}

#[tokio::test]
async fn a_document_of_sixteen_mebibytes_goes_through_in_parts() {
    let world = World::new();
    let ready = world.ready().await;
    let document: Vec<u8> =
        (0..16 * 1024 * 1024_u32).map(|at| u8::try_from(at * 31 % 251).unwrap()).collect();
    let (_, _) = announced(&world, &ready, &document).await;
    settle(&ready.server).await;
    let case = ready.server.case_items(&ready.application, &"LOAN-1".parse().unwrap()).await.unwrap();
    let storage = world.raw_documents.list().await.unwrap()[0];
    let parts = world.raw_documents.parts(storage).await.unwrap();
    assert_eq!(parts.len(), 256);
    assert!(bytes_of(&ready.server, &ready.application, case.items[0].id).await == document);
}

#[tokio::test]
async fn an_empty_document_is_a_document() {
    let world = World::new();
    let ready = world.ready().await;
    announced(&world, &ready, b"").await;
    settle(&ready.server).await;
    let case = ready.server.case_items(&ready.application, &"LOAN-1".parse().unwrap()).await.unwrap();
    assert_eq!(bytes_of(&ready.server, &ready.application, case.items[0].id).await, b"");
}

#[tokio::test]
async fn a_tampered_parcel_is_parked_not_acknowledged_and_leaves_nothing() {
    let document = DEPOSIT.repeat(300);
    // in the header, in the first chunk, in the last one, cut off, continued, and with a digest that agrees with nothing
    for case in 0..6 {
        let world = World::new();
        let ready = world.ready().await;
        let (_, parcel) = announced(&world, &ready, document.as_bytes()).await;
        {
            let mut state = world.central.state();
            let kept = state.parcels.get_mut(&parcel).unwrap();
            let last = kept.sealed.len() - 1;
            match case {
                0 => kept.sealed[0] ^= 1,
                1 => kept.sealed[1000] ^= 1,
                2 => kept.sealed[last] ^= 1,
                3 => kept.sealed.truncate(last - 70_000),
                4 => kept.sealed.push(0),
                _ => {}
            }
            if case < 5 {
                kept.announced_sha256 = digest(&kept.sealed);
            } else {
                kept.announced_sha256 = digest(b"something else");
            }
        }
        settle(&ready.server).await;
        let parked = ready.server.parked(None, 10).await.unwrap().items;
        assert_eq!(parked.len(), 1, "case {case}");
        let code = parked[0].reason.split(':').next().unwrap().to_owned();
        let expected = match case {
            0 => "parcel_not_an_envelope",
            5 => "parcel_digest_differs",
            _ => "parcel_does_not_open",
        };
        assert_eq!(code, expected, "case {case}");
        assert_eq!(world.central.state().acks, 0, "case {case}");
        assert_eq!(world.stored_documents().await, 0, "case {case}");
        assert_eq!(ready.server.parcels(None, 10).await.unwrap().items[0].state, "refused", "case {case}");
    }
}

#[tokio::test]
async fn a_parcel_for_another_context_is_refused() {
    for what in ["consent", "source"] {
        let world = World::new();
        let ready = world.ready().await;
        let about = world.consented(&ready, "LOAN-1", "account-aggregator").await;
        let parcel = world.central.keep_parcel(&about, "application/xml", DEPOSIT.as_bytes());
        let mut announced = about.with_parcel(parcel);
        match what {
            "consent" => announced.consent = ConsentId::from_random([3; 16]),
            _ => announced.source = BUREAU.parse().unwrap(),
        }
        world.central.announce(CentralNotificationKind::DataAvailable, &announced);
        settle(&ready.server).await;
        let parked = ready.server.parked(None, 10).await.unwrap().items;
        assert!(parked[0].reason.starts_with("parcel_of_another_context"), "{what}: {}", parked[0].reason);
        assert!(parked[0].reason.contains(what), "{}", parked[0].reason);
        assert_eq!(world.central.state().acks, 0);
    }
}

#[tokio::test]
async fn a_parcel_sealed_to_an_unknown_key_waits_for_a_person() {
    let world = World::new();
    let ready = world.ready().await;
    let about = world.consented(&ready, "LOAN-1", "account-aggregator").await;
    let stranger = EnvelopePrivateKey::generate(&SeededEntropy::new(77));
    let parcel =
        world.central.keep_parcel_sealed_to(stranger.public(), &about, "application/xml", DEPOSIT.as_bytes());
    world.central.announce(CentralNotificationKind::DataAvailable, &about.with_parcel(parcel));
    settle(&ready.server).await;
    let parked = ready.server.parked(None, 10).await.unwrap().items;
    assert!(parked[0].reason.starts_with("parcel_key_unknown"), "{}", parked[0].reason);
    assert!(world.central.state().parcels[&parcel].receipt.is_none());
}

#[tokio::test]
async fn a_refused_parcel_that_central_mended_is_collected_on_replay() {
    let world = World::new();
    let ready = world.ready().await;
    let (_, parcel) = announced(&world, &ready, DEPOSIT.as_bytes()).await;
    let good = world.central.state().parcels[&parcel].clone();
    world.central.state().parcels.get_mut(&parcel).unwrap().sealed[500] ^= 1;
    settle(&ready.server).await;
    world.central.state().parcels.insert(parcel, good);
    let parked = ready.server.parked(None, 10).await.unwrap().items;
    ready.server.replay(&staff(AUTHOR), parked[0].job).await.unwrap();
    settle(&ready.server).await;
    assert_eq!(ready.server.parcels(None, 10).await.unwrap().items[0].state, "acknowledged");
}

#[tokio::test]
async fn a_download_that_breaks_off_is_tried_again() {
    let world = World::new();
    let ready = world.ready().await;
    announced(&world, &ready, DEPOSIT.repeat(300).as_bytes()).await;
    world.central.state().cut_after = Some(150_000);
    settle(&ready.server).await;
    assert_eq!(world.stored_documents().await, 0);
    assert_eq!(ready.server.parcels(None, 10).await.unwrap().items[0].state, "due");
    world.wait(Span::from_minutes(1));
    work_all(&ready.server).await;
    assert_eq!(ready.server.parcels(None, 10).await.unwrap().items[0].state, "acknowledged");
    assert_eq!(world.central.state().downloads, 2);
}

#[tokio::test]
async fn an_acknowledgement_whose_answer_was_lost_gets_the_same_receipt() {
    let world = World::new();
    let ready = world.ready().await;
    let (_, parcel) = announced(&world, &ready, DEPOSIT.as_bytes()).await;
    world.central.fail_next("acknowledge", GatewayError::Unavailable);
    settle(&ready.server).await;
    assert_eq!(ready.server.parcels(None, 10).await.unwrap().items[0].state, "stored");
    world.wait(Span::from_minutes(1));
    work_all(&ready.server).await;
    let collected = ready.server.parcels(None, 10).await.unwrap().items.remove(0);
    assert_eq!(collected.receipt, world.central.state().parcels[&parcel].receipt);
}

#[tokio::test]
async fn a_parcel_that_is_gone_at_central_is_given_up() {
    let world = World::new();
    let ready = world.ready().await;
    let (_, parcel) = announced(&world, &ready, DEPOSIT.as_bytes()).await;
    world.central.state().parcels.remove(&parcel);
    settle(&ready.server).await;
    assert_eq!(ready.server.parcels(None, 10).await.unwrap().items[0].state, "gone");
    assert!(ready.server.parked(None, 10).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn a_document_larger_than_allowed_is_refused() {
    let mut world = World::new();
    world.settings.largest_document_bytes = 10_000;
    let ready = world.ready().await;
    announced(&world, &ready, &[b'x'; 10_001]).await;
    settle(&ready.server).await;
    let parked = ready.server.parked(None, 10).await.unwrap().items;
    assert!(parked[0].reason.starts_with("document_too_large"), "{}", parked[0].reason);
    assert_eq!(world.stored_documents().await, 0);
}

#[tokio::test]
async fn an_earlier_key_still_opens_after_new_keys_are_enrolled() {
    let world = World::new();
    let ready = world.ready().await;
    let (_, _) = announced(&world, &ready, DEPOSIT.as_bytes()).await;
    let before = world.central.envelope_key().kid().clone();
    let another = zeroize::Zeroizing::new(crate::fake_central::SECOND_TOKEN.to_owned());
    ready.server.propose_rotation(&staff(AUTHOR), &another).await.unwrap();
    let enrolled = ready.server.approve_rotation(&staff(APPROVER), None).await.unwrap();
    assert_ne!(enrolled.envelope_kid, before);
    let restarted = world.server().await;
    assert_eq!(restarted.enrol(&staff(AUTHOR), &another).await.unwrap(), enrolled);
    settle(&ready.server).await;
    assert_eq!(ready.server.parcels(None, 10).await.unwrap().items[0].state, "acknowledged");
}

#[tokio::test]
async fn bytes_without_a_record_are_swept_up_and_documents_are_not() {
    let world = World::new();
    let ready = world.ready().await;
    announced(&world, &ready, DEPOSIT.as_bytes()).await;
    settle(&ready.server).await;
    let stray = mpp_core::ParcelId::from_random([5; 16]);
    world
        .raw_documents
        .put_part(stray, mpp_store::PartNumber(0), bytes::Bytes::from_static(b"left behind"))
        .await
        .unwrap();
    assert_eq!(ready.server.sweep().await.unwrap(), 1);
    assert_eq!(world.stored_documents().await, 1);
    assert_eq!(ready.server.sweep().await.unwrap(), 0);
}
