//! Item keys: the conformance suite on both backends, and what only files can do wrong.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use std::path::Path;
use std::sync::Arc;

use mpp_core::ParcelId;
use mpp_crypto::at_rest::{AtRestError, EpochKeys};
use mpp_store::conformance::entropy::CountingEntropy;
use mpp_store::conformance::{ItemKeysUnderTest, run};
use mpp_store::{EpochKeyFolder, FileItemKeys, ItemKeyError, ItemKeys, ItemName, MemoryItemKeys};

mpp_store::item_keys_conformance!(memory, async {
    ItemKeysUnderTest::new(MemoryItemKeys::new(Arc::new(CountingEntropy::default())))
});

mpp_store::item_keys_conformance!(files, async {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    ItemKeysUnderTest::new(open(folder.path(), &Arc::new(CountingEntropy::default()))).keeping(folder)
});

fn epochs(folder: &Path, entropy: &CountingEntropy) -> EpochKeys {
    EpochKeyFolder::new(folder.join("epochs")).load_or_create(entropy).unwrap()
}

fn open(folder: &Path, entropy: &Arc<CountingEntropy>) -> FileItemKeys {
    let epochs = Arc::new(epochs(folder, entropy));
    let entropy = Arc::<CountingEntropy>::clone(entropy);
    FileItemKeys::open(folder.join("items"), epochs, entropy).unwrap()
}

fn item(number: u8) -> ItemName {
    ParcelId::from_random([number; 16]).into()
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn keys_are_found_after_reopening_and_in_later_epochs() {
    let folder = tempfile::tempdir().unwrap();
    let entropy = Arc::new(CountingEntropy::default());
    run(async {
        open(folder.path(), &entropy).create(&item(1)).await.unwrap();
        let first = epochs(folder.path(), &entropy).current().id();
        EpochKeyFolder::new(folder.path().join("epochs")).begin_epoch(&*entropy).unwrap();
        let epochs = epochs(folder.path(), &entropy);
        assert_ne!(epochs.current().id(), first);
        assert!(epochs.find(first).is_ok());
        let keys = open(folder.path(), &entropy);
        assert!(keys.load(&item(1)).await.unwrap().is_some());
        keys.create(&item(2)).await.unwrap();
        assert!(keys.load(&item(2)).await.unwrap().is_some());
    });
}

#[test]
fn a_key_without_its_epoch_key_is_unreadable_not_absent() {
    let folder = tempfile::tempdir().unwrap();
    let entropy = Arc::new(CountingEntropy::default());
    run(async {
        open(folder.path(), &entropy).create(&item(1)).await.unwrap();
        std::fs::remove_dir_all(folder.path().join("epochs")).unwrap();
        let lost = open(folder.path(), &entropy).load(&item(1)).await.unwrap_err();
        assert!(
            matches!(lost, ItemKeyError::Unreadable { source: AtRestError::UnknownEpoch { .. }, .. }),
            "{lost:?}"
        );
    });
}

#[test]
fn a_key_file_under_another_items_name_does_not_open() {
    let folder = tempfile::tempdir().unwrap();
    let keys = open(folder.path(), &Arc::new(CountingEntropy::default()));
    run(async {
        keys.create(&item(1)).await.unwrap();
        let (one, other) = (item(1), item(2));
        let path = |item: &ItemName| folder.path().join("items").join(format!("{item}.key"));
        std::fs::copy(path(&one), path(&other)).unwrap();
        for content in [None, Some(&b""[..]), Some(b"\x01short"), Some(&[7; 4096])] {
            if let Some(content) = content {
                std::fs::write(path(&other), content).unwrap();
            }
            let moved = keys.load(&other).await;
            assert!(matches!(moved, Err(ItemKeyError::Unreadable { item, .. }) if item == other));
        }
    });
}

#[test]
fn destroying_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let keys = open(folder.path(), &Arc::new(CountingEntropy::default()));
    run(async {
        keys.create(&item(1)).await.unwrap();
        keys.create(&item(2)).await.unwrap();
        keys.destroy(&item(1)).await.unwrap();
        let left = files(&folder.path().join("items"));
        assert_eq!(left, [folder.path().join("items").join(format!("{}.key", item(2)))]);
    });
}

#[test]
fn a_key_overwritten_but_not_yet_removed_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let keys = open(folder.path(), &Arc::new(CountingEntropy::default()));
    run(async {
        keys.create(&item(1)).await.unwrap();
        let path = folder.path().join("items").join(format!("{}.key", item(1)));
        let length = std::fs::read(&path).unwrap().len();
        std::fs::write(&path, vec![0; length]).unwrap();
        assert!(keys.load(&item(1)).await.unwrap().is_none());
        keys.destroy(&item(1)).await.unwrap();
        assert!(!path.exists());
    });
}

#[cfg(unix)]
#[test]
fn key_files_are_for_their_owner_only() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    let folder = tempfile::tempdir().unwrap();
    let entropy = Arc::new(CountingEntropy::default());
    let keys = open(folder.path(), &entropy);
    run(async { drop(keys.create(&item(1)).await.unwrap()) });
    let mode = |path: &Path| std::fs::metadata(path).unwrap().mode() & 0o777;
    for kind in ["epochs", "items"] {
        let inner = folder.path().join(kind);
        assert_eq!(mode(&inner), 0o700);
        let files = files(&inner);
        assert_eq!(files.len(), 1);
        assert_eq!(mode(&files[0]), 0o600);
    }
    let epoch = files(&folder.path().join("epochs")).remove(0);
    std::fs::set_permissions(&epoch, std::fs::Permissions::from_mode(0o640)).unwrap();
    let refused = EpochKeyFolder::new(folder.path().join("epochs")).load_or_create(&*entropy);
    assert!(matches!(refused, Err(ItemKeyError::ExposedEpochKey { file }) if file == "epoch-00000001.key"));
}

#[test]
fn a_malformed_epoch_key_is_refused_without_repeating_it() {
    let folder = tempfile::tempdir().unwrap();
    let entropy = CountingEntropy::default();
    epochs(folder.path(), &entropy);
    let file = files(&folder.path().join("epochs")).remove(0);
    for text in ["", "dead", &"zz".repeat(32), &"ab".repeat(33)] {
        std::fs::write(&file, text).unwrap();
        let refused = EpochKeyFolder::new(folder.path().join("epochs")).load_or_create(&entropy).unwrap_err();
        assert!(matches!(refused, ItemKeyError::MalformedEpochKey { .. }));
        assert!(text.is_empty() || !format!("{refused} {refused:?}").contains(text));
    }
}
