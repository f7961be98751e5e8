//! Parcel bytes: the conformance suite on every backend, and what encryption promises.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use mpp_core::{Entropy, ParcelId, Timestamp};
use mpp_store::conformance::entropy::CountingEntropy;
use mpp_store::conformance::{ParcelBytesUnderTest, run};
use mpp_store::{
    EncryptedParcels, ItemKeys, MemoryItemKeys, ObjectParcels, ParcelBytes, ParcelBytesError, ParcelBytesExt,
    PartNumber,
};

mpp_store::parcel_bytes_conformance!(memory, async { ParcelBytesUnderTest::new(ObjectParcels::in_memory()) });

mpp_store::parcel_bytes_conformance!(folder, async {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    ParcelBytesUnderTest::new(ObjectParcels::in_folder(folder.path()).unwrap()).keeping(folder)
});

mpp_store::parcel_bytes_conformance!(encrypted, async {
    let (parcels, _, _) = encrypted(Arc::new(ObjectParcels::in_memory()));
    ParcelBytesUnderTest::new(parcels)
});

type Parts = (EncryptedParcels, Arc<dyn ParcelBytes>, Arc<dyn ItemKeys>);

fn encrypted(stored: Arc<dyn ParcelBytes>) -> Parts {
    let entropy: Arc<dyn Entropy> = Arc::new(CountingEntropy::default());
    let keys: Arc<dyn ItemKeys> = Arc::new(MemoryItemKeys::new(Arc::clone(&entropy)));
    (EncryptedParcels::new(Arc::clone(&stored), Arc::clone(&keys), entropy), stored, keys)
}

fn parcel(number: u8) -> ParcelId {
    ParcelId::from_random([number; 16])
}

const CANARY: &[u8] = b"canary 4f1c: this is the content of a parcel";

#[test]
fn stored_bytes_do_not_show_the_content() {
    let folder = tempfile::tempdir().unwrap();
    let (parcels, _, _) = encrypted(Arc::new(ObjectParcels::in_folder(folder.path()).unwrap()));
    run(async {
        parcels.put_part(parcel(1), PartNumber(0), Bytes::from_static(CANARY)).await.unwrap();
        parcels.put_part(parcel(1), PartNumber(1), Bytes::from_static(CANARY)).await.unwrap();
    });
    let files = files_below(folder.path());
    assert_eq!(files.len(), 2);
    let contents: Vec<_> = files.iter().map(|file| std::fs::read(file).unwrap()).collect();
    assert!(contents.iter().all(|content| !content.windows(12).any(|window| window == &CANARY[..12])));
    assert_ne!(contents[0], contents[1], "the same content is sealed anew for every part");
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

#[test]
fn parts_cannot_be_altered_exchanged_or_moved() {
    let (parcels, stored, _) = encrypted(Arc::new(ObjectParcels::in_memory()));
    run(async {
        for (number, part) in [(1, 0), (1, 1), (2, 0)] {
            parcels.put_part(parcel(number), PartNumber(part), Bytes::from_static(CANARY)).await.unwrap();
        }
        let genuine = stored.read_part(parcel(1), PartNumber(0)).await.unwrap().unwrap();
        let mut flipped = genuine.to_vec();
        flipped[20] ^= 1;
        let exchanged = stored.read_part(parcel(1), PartNumber(1)).await.unwrap().unwrap();
        let moved = stored.read_part(parcel(2), PartNumber(0)).await.unwrap().unwrap();
        let shortened = genuine.slice(..genuine.len() - 1);
        for forged in [Bytes::from(flipped), exchanged, moved, shortened, Bytes::from_static(b"x")] {
            stored.put_part(parcel(1), PartNumber(0), forged).await.unwrap();
            let read = parcels.read_part(parcel(1), PartNumber(0)).await;
            assert!(matches!(read, Err(ParcelBytesError::Altered { part: PartNumber(0), .. })), "{read:?}");
        }
        stored.put_part(parcel(1), PartNumber(0), genuine).await.unwrap();
        assert!(parcels.read_part(parcel(1), PartNumber(0)).await.unwrap().is_some());
    });
}

#[test]
fn erasure_destroys_the_key_before_the_bytes() {
    let (parcels, stored, keys) = encrypted(Arc::new(ObjectParcels::in_memory()));
    let parcels = Arc::new(parcels);
    run(async {
        parcels.put_part(parcel(1), PartNumber(0), Bytes::from_static(CANARY)).await.unwrap();
        let copy = stored.read_part(parcel(1), PartNumber(0)).await.unwrap().unwrap();
        parcels.remove(parcel(1)).await.unwrap();
        assert!(keys.load(&parcel(1).into()).await.unwrap().is_none());
        stored.put_part(parcel(1), PartNumber(0), copy).await.unwrap();
        let read: Result<Vec<_>, _> = parcels.read(parcel(1), 0).await.unwrap().try_collect().await;
        assert!(matches!(read, Err(ParcelBytesError::Erased { .. })), "a copy that was kept is worthless");
        assert_eq!(parcels.list().await.unwrap(), [parcel(1)], "a sweep still finds what is left");
    });
}

#[test]
fn an_upload_that_outlives_the_erasure_is_refused() {
    let (parcels, _, _) = encrypted(Arc::new(ObjectParcels::in_memory()));
    run(async {
        parcels.put_part(parcel(1), PartNumber(0), Bytes::from_static(b"a")).await.unwrap();
        parcels.remove(parcel(1)).await.unwrap();
        let late = parcels.put_part(parcel(1), PartNumber(1), Bytes::from_static(b"b")).await;
        assert!(matches!(late, Err(ParcelBytesError::Erased { .. })), "{late:?}");
        assert!(parcels.list().await.unwrap().is_empty());
    });
}

#[test]
fn what_a_killed_writer_left_in_a_folder_is_discarded_when_it_is_old() {
    let folder = tempfile::tempdir().unwrap();
    let parcels = Arc::new(ObjectParcels::in_folder(folder.path()).unwrap());
    let instant = |millis| Timestamp::from_unix_millis(millis).unwrap();
    let (long_ago, long_from_now) = (instant(0), instant(32_503_680_000_000));
    run(async {
        parcels.put_part(parcel(1), PartNumber(0), Bytes::from_static(b"a")).await.unwrap();
        let orphan = folder.path().join(parcel(2).to_string());
        std::fs::create_dir(&orphan).unwrap();
        let left = [
            folder.path().join(format!("{}/0000000001#1", parcel(1))),
            orphan.join("0000000000#1"),
            orphan.join("0000000000#2"),
        ];
        left.iter().for_each(|file| std::fs::write(file, b"half of a par").unwrap());
        assert_eq!(parcels.list().await.unwrap().len(), 2);
        assert_eq!(parcels.parts(parcel(1)).await.unwrap().len(), 1, "it is no part");
        assert_eq!(parcels.discard_unfinished(long_ago).await.unwrap(), 0, "its writer may be at work");
        assert_eq!(parcels.discard_unfinished(long_from_now).await.unwrap(), 3);
        assert_eq!(parcels.discard_unfinished(long_from_now).await.unwrap(), 0);
        assert_eq!(parcels.list().await.unwrap(), [parcel(1)]);
        assert_eq!(files_below(folder.path()).len(), 1);
    });
}

#[test]
fn parcels_in_a_folder_survive_reopening() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let first = ObjectParcels::in_folder(folder.path().join("parcels")).unwrap();
        first.put_part(parcel(1), PartNumber(0), Bytes::from_static(b"a")).await.unwrap();
        drop(first);
        std::fs::create_dir(folder.path().join("parcels/lost+found")).unwrap();
        let again = ObjectParcels::in_folder(folder.path().join("parcels")).unwrap();
        assert_eq!(again.list().await.unwrap(), [parcel(1)]);
        assert_eq!(again.read_part(parcel(1), PartNumber(0)).await.unwrap().unwrap(), "a");
    });
}
