//! Canaries: who the customer is and what the documents say must not be found in anything central stores or shows.

use std::sync::Arc;

use mpp_store::{ParcelBytesExt, SqliteStore};

use crate::parties::SealedParcel;
use crate::samples::{MOBILE, NAME, PAN, REPORT, account_item, bureau_item, customer};
use crate::world::World;

fn canaries() -> Vec<Vec<u8>> {
    let texts = [MOBILE, NAME, "Canary", PAN, "XQ-REPORT-CANARY", "XQ-ACCOUNT-CANARY", "+919000000001"];
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

fn assert_clean(what: &str, bytes: &[u8]) {
    for canary in canaries() {
        let found = bytes.windows(canary.len()).any(|window| window == canary);
        assert!(!found, "{} found in {what}", String::from_utf8_lossy(&canary));
    }
}

/// One of everything: a report that waits, an upload that waits, news to both sides.
async fn play(world: &World) -> crate::world::Approved {
    let approved = world.approved(vec![account_item(), bureau_item()]).await;
    world.work().await;
    let sealed = SealedParcel::new(world, &approved, b"<Account>XQ-ACCOUNT-CANARY</Account>");
    world.upload(&approved.phone, &sealed).await.unwrap();
    approved
}

#[tokio::test]
async fn records_and_the_audit_log_name_nobody() {
    let world = World::new();
    let partner = world.onboard().await;
    let product = world.publish(&partner, vec![bureau_item()]).await;
    world.place(&partner, product, "LOAN-0").await;
    assert_clean("the records of a request that is open", world.dump().await.as_bytes());
    play(&world).await;
    assert_clean("the records", world.dump().await.as_bytes());
}

#[tokio::test]
async fn stored_parcels_hold_nothing_readable() {
    let world = World::new();
    play(&world).await;
    let parcels = world.objects.list().await.unwrap();
    assert_eq!(parcels.len(), 2);
    for parcel in parcels {
        use futures::TryStreamExt;
        let chunks: Vec<bytes::Bytes> =
            world.objects.read(parcel, 0).await.unwrap().try_collect().await.unwrap();
        let bytes = chunks.concat();
        assert_clean("a stored parcel", &bytes);
        assert!(!bytes.windows(4).any(|window| window == b"MPPE"), "not even the envelope's header");
        assert!(bytes.len() > REPORT.len() / 2);
    }
}

#[tokio::test]
async fn debug_forms_and_errors_name_nobody() {
    let world = World::new();
    let partner = world.onboard().await;
    let product = world.publish(&partner, vec![bureau_item()]).await;
    let placed = world.place(&partner, product, "LOAN-1").await;
    let secret = placed.link.expose().fragment().unwrap().to_owned();
    let shown = format!("{placed:?} {:?} {:?}", world.central, customer());
    assert_clean("Debug", shown.as_bytes());
    assert!(!shown.contains(&secret));
    let mut incomplete =
        mpp_services::central::NewRequest { product, case_ref: "X".parse().unwrap(), customer: customer() };
    incomplete.customer.pan = None;
    let refused = world.central.place_request(partner.id, incomplete).await.unwrap_err();
    assert_clean("an error", format!("{refused} {refused:?}").as_bytes());
}

#[tokio::test]
async fn database_files_name_nobody_and_no_link() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("records.sqlite")).await.unwrap();
    let world = World::over(Arc::new(store));
    let partner = world.onboard().await;
    let product = world.publish(&partner, vec![bureau_item()]).await;
    let placed = world.place(&partner, product, "LOAN-0").await;
    let secret = placed.link.expose().fragment().unwrap().to_owned();
    play(&world).await;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        assert_clean(&path.display().to_string(), &bytes);
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
    }
}

#[tokio::test]
async fn what_has_no_record_is_swept() {
    let world = World::new();
    play(&world).await;
    let orphan = mpp_core::ParcelId::from_random([4; 16]);
    world.objects.put_part(orphan, mpp_store::PartNumber(0), b"left behind"[..].into()).await.unwrap();
    assert_eq!(world.central.sweep_orphans().await.unwrap(), 1);
    assert_eq!(world.objects.list().await.unwrap().len(), 2);
}
