use futures::TryStreamExt;
use mpp_core::{ErasureCause, ErasureReceipt, ParcelId, Span, Standing};
use mpp_crypto::{VerifyingKey, jws};
use mpp_services::central::{Holdings, NotificationKind, ParcelContent, PhoneEventKind, UseKind};
use mpp_store::WorkerName;
use serde_json::json;

use crate::billing::asha;
use crate::parties::{ClientServer, Keys};
use crate::samples::bureau_item;
use crate::world::World;

pub(crate) async fn download(
    world: &World,
    partner: &ClientServer,
    parcel: ParcelId,
) -> (ParcelContent, Vec<u8>) {
    let mut content = world.central.parcel_content(partner.id, parcel).await.unwrap();
    let empty: mpp_store::ByteStream = Box::pin(futures::stream::empty());
    let stream = std::mem::replace(&mut content.bytes, empty);
    let chunks: Vec<bytes::Bytes> = stream.try_collect().await.unwrap();
    (content, chunks.concat())
}

fn read_receipt(world: &World, receipt: &jws::CompactJws) -> ErasureReceipt {
    let pinned = VerifyingKey::from_jwk(&world.central.public_keys().signing[0]).unwrap();
    jws::verify(&pinned, "mpp-erasure-receipt+jwt", receipt).unwrap()
}

#[tokio::test]
async fn an_acknowledged_parcel_is_erased_at_once_and_the_receipt_says_so() {
    let world = World::new();
    let approved = world.approved(vec![bureau_item()]).await;
    world.work().await;
    let parcel = world.available(&approved.partner).await;
    let (_, bytes) = download(&world, &approved.partner, parcel).await;
    let (_, again) = download(&world, &approved.partner, parcel).await;
    assert_eq!(bytes, again, "until it is acknowledged it may be fetched again");
    let ack = approved.partner.acknowledgement(parcel, &bytes, &world);
    let signed = world.central.acknowledge(approved.partner.id, parcel, ack.clone()).await.unwrap();
    let receipt = read_receipt(&world, &signed);
    assert_eq!((receipt.parcel, receipt.cause), (parcel, ErasureCause::Acknowledged));
    assert_eq!(receipt.sha256, Some(mpp_crypto::sha256(&bytes)));
    assert!(world.objects.list().await.unwrap().is_empty());
    world.advance(Span::from_hours(1));
    let repeated = world.central.acknowledge(approved.partner.id, parcel, ack).await.unwrap();
    assert_eq!(repeated, signed);
    let gone = world.central.parcel_content(approved.partner.id, parcel).await.unwrap_err();
    assert_eq!(gone.code(), "parcel_gone");
    world.work().await;
    assert_eq!(world.central.holdings().await.unwrap(), Holdings::default());
    let events = world.central.phone_events(approved.phone.id, 0).await.unwrap();
    assert_eq!(events.last().unwrap().kind, PhoneEventKind::Delivered);
    assert_eq!(events.last().unwrap().erasure_receipt.as_ref(), Some(&signed));
    let uses = world.central.consents(approved.phone.id).await.unwrap().remove(0).uses;
    let what: Vec<UseKind> = uses.iter().map(|one| one.what).collect();
    assert_eq!(what, [UseKind::Fetched, UseKind::Delivered, UseKind::Erased]);
}

#[tokio::test]
async fn a_parcel_over_its_time_is_not_handed_out_however_late_its_erasure_is() {
    let world = World::new();
    let approved = world.approved(vec![bureau_item()]).await;
    world.work().await;
    let parcel = world.available(&approved.partner).await;
    let life = world.central.settings().parcel_life;
    world.advance(Span::from_millis(life.as_millis() - 1));
    download(&world, &approved.partner, parcel).await;
    world.advance(Span::from_millis(1));
    assert_eq!(world.objects.list().await.unwrap().len(), 1, "no worker has run");
    let gone = world.central.parcel_content(approved.partner.id, parcel).await.unwrap_err();
    assert_eq!(gone.code(), "parcel_gone");
    world.work().await;
    assert!(world.objects.list().await.unwrap().is_empty());
}

#[tokio::test]
async fn acknowledgements_that_do_not_hold_erase_nothing() {
    let world = World::new();
    let approved = world.approved(vec![bureau_item()]).await;
    let stranger = world.onboard().await;
    world.work().await;
    let parcel = world.available(&approved.partner).await;
    let (_, bytes) = download(&world, &approved.partner, parcel).await;
    let id = approved.partner.id;
    let unknown = Keys::new(world.entropy.as_ref());
    let said = |parcel: ParcelId, bytes: &[u8]| json!({ "parcel": parcel, "sha256": mpp_crypto::sha256(bytes), "openedAt": "2026-01-15T09:25:00.000Z" });
    let typ = "mpp-collection-ack+jwt";
    let other = ParcelId::from_random([8; 16]);
    let key = &approved.partner.keys.signing;
    for bad in [
        jws::sign(key, typ, &said(parcel, b"other bytes")).unwrap(),
        jws::sign(key, typ, &said(other, &bytes)).unwrap(),
        jws::sign(key, "mpp-enrolment+jwt", &said(parcel, &bytes)).unwrap(),
        jws::sign(&stranger.keys.signing, typ, &said(parcel, &bytes)).unwrap(),
        jws::sign(&unknown.signing, typ, &said(parcel, &bytes)).unwrap(),
    ] {
        let refused = world.central.acknowledge(id, parcel, bad).await.unwrap_err();
        assert_eq!(refused.code(), "acknowledgement_invalid");
    }
    let theirs = stranger.acknowledgement(parcel, &bytes, &world);
    let refused = world.central.acknowledge(stranger.id, parcel, theirs).await.unwrap_err();
    assert_eq!(refused.code(), "not_found");
    download(&world, &approved.partner, parcel).await;
}

#[tokio::test]
async fn a_stranger_and_a_suspended_partner_get_no_bytes() {
    let world = World::new();
    let approved = world.approved(vec![bureau_item()]).await;
    let stranger = world.onboard().await;
    world.work().await;
    let parcel = world.available(&approved.partner).await;
    let refused = world.central.parcel_content(stranger.id, parcel).await.unwrap_err();
    assert_eq!(refused.code(), "not_found");
    world.central.set_standing(approved.partner.id, Standing::Suspended, &asha()).await.unwrap();
    let refused = world.central.parcel_content(approved.partner.id, parcel).await.unwrap_err();
    assert_eq!(refused.code(), "partner_suspended");
}

#[tokio::test]
async fn what_nobody_collects_in_three_days_is_erased() {
    let world = World::new();
    let approved = world.approved(vec![bureau_item()]).await;
    world.work().await;
    let parcel = world.available(&approved.partner).await;
    let (_, bytes) = download(&world, &approved.partner, parcel).await;
    world.advance(Span::from_hours(72));
    world.work().await;
    assert!(world.objects.list().await.unwrap().is_empty());
    assert_eq!(world.central.holdings().await.unwrap(), Holdings::default());
    assert_eq!(world.kinds(&approved.partner).await.last(), Some(&NotificationKind::DataExpired));
    let events = world.central.phone_events(approved.phone.id, 0).await.unwrap();
    assert_eq!(events.last().unwrap().kind, PhoneEventKind::Expired);
    let late = approved.partner.acknowledgement(parcel, &bytes, &world);
    let signed = world.central.acknowledge(approved.partner.id, parcel, late).await.unwrap();
    assert_eq!(read_receipt(&world, &signed).cause, ErasureCause::Expired, "late, it hears the truth");
}

#[tokio::test]
async fn an_erasure_that_was_cut_off_is_finished_by_a_worker() {
    let mut world = World::new();
    let approved = world.approved(vec![bureau_item()]).await;
    world.work().await;
    let parcel = world.available(&approved.partner).await;
    let (_, bytes) = download(&world, &approved.partner, parcel).await;
    let ack = approved.partner.acknowledgement(parcel, &bytes, &world);
    // the process dies between the key and the receipt: the key is gone, the record says collected
    {
        let dying = world.central.acknowledge(approved.partner.id, parcel, ack.clone());
        let mut dying = std::pin::pin!(dying);
        let collected = async {
            loop {
                let dump = world.dump().await;
                if dump.contains("\"state\":\"collected\"") {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            () = collected => {}
            _ = &mut dying => {}
        }
    }
    world.restart();
    let worker = WorkerName::new("successor");
    world.central.run_due_jobs(&worker).await.unwrap();
    assert_eq!(world.central.holdings().await.unwrap(), Holdings::default());
    let signed = world.central.acknowledge(approved.partner.id, parcel, ack).await.unwrap();
    assert_eq!(read_receipt(&world, &signed).cause, ErasureCause::Acknowledged);
}
