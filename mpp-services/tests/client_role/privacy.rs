//! Canaries: what is the customer's is found nowhere but in the answers to those who may read it.

use std::path::Path;
use std::sync::Arc;

use mpp_services::client::CentralNotificationKind;
use mpp_store::{ObjectParcels, SqliteStore};

use crate::world::{DEPOSIT, World, bytes_of, settle};

/// The holder and account in the document, the customer in the call, the secret in the link, private keys.
const CANARIES: [&str; 7] = [
    "Canary-Holder-Asha",
    "XXXXXXXX4020",
    "ABCPK1234D",
    "9000000001",
    "Asha Canary Kulkarni",
    "link-secret-canary",
    "PRIVATE KEY",
];

fn search(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            search(&path);
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        for canary in CANARIES {
            let found = bytes.windows(canary.len()).any(|window| window == canary.as_bytes());
            assert!(!found, "{canary} stands in {}", path.display());
        }
    }
}

#[tokio::test]
async fn nothing_of_the_customer_stands_readable_in_the_storage() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("records.sqlite")).await.unwrap();
    let documents = ObjectParcels::in_folder(folder.path().join("documents")).unwrap();
    let world = World::over(Arc::new(store), Arc::new(documents));
    let ready = world.ready().await;
    let about = world.consented(&ready, "LOAN-1", "account-aggregator").await;
    let parcel = world.central.keep_parcel(&about, "application/xml", DEPOSIT.repeat(50).as_bytes());
    world.central.announce(CentralNotificationKind::DataAvailable, &about.with_parcel(parcel));
    settle(&ready.server).await;
    let case = ready.server.case_items(&ready.application, &"LOAN-1".parse().unwrap()).await.unwrap();
    let item = case.items[0].id;
    assert_eq!(bytes_of(&ready.server, &ready.application, item).await, DEPOSIT.repeat(50).as_bytes());
    let normalised = ready.server.read_normalised(&ready.application, item).await;
    normalised.unwrap_err();
    search(folder.path());

    world.central.announce(CentralNotificationKind::ConsentRevoked, &about);
    settle(&ready.server).await;
    search(folder.path());
    assert_eq!(world.stored_documents().await, 0);
}

#[tokio::test]
async fn debug_and_errors_show_nothing_of_the_customer() {
    let world = World::new();
    let ready = world.ready().await;
    let about = world.consented(&ready, "LOAN-1", "account-aggregator").await;
    let call = crate::world::call(ready.product, "LOAN-1");
    let started = ready.server.start_case(&ready.application, &call).await.unwrap();
    let parcel = world.central.keep_parcel(&about, "application/xml", DEPOSIT.as_bytes());
    world.central.announce(CentralNotificationKind::DataAvailable, &about.with_parcel(parcel));
    settle(&ready.server).await;
    let case = ready.server.case_items(&ready.application, &"LOAN-1".parse().unwrap()).await.unwrap();
    let document = ready.server.read_raw(&ready.application, case.items[0].id).await.unwrap();
    let normalised = ready.server.read_normalised(&ready.application, case.items[0].id).await.unwrap();
    let mut other = call.clone();
    other.customer.mobile = "9000000002".parse().unwrap();
    let refused = ready.server.start_case(&ready.application, &other).await.unwrap_err();
    let shown = format!(
        "{:?} {call:?} {started:?} {case:?} {document:?} {normalised:?} {refused:?} {refused} {:?}",
        ready.server,
        world.application.news(),
    );
    for canary in CANARIES {
        assert!(!shown.contains(canary), "{canary} in {shown}");
    }
}
