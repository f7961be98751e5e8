//! One bit of a closed store's file is turned over.

use std::path::Path;

use mpp_store::conformance::run;
use mpp_store::conformance::sample::{Sample, claim, commit, job, leaf, used};
use mpp_store::{LeafIndex, ListQuery, Record as _, Store, StoreError, StoredRecord};

const RECORDS: u32 = 30;
const FLIPS: u64 = 60;

/// What a reading of everything gave, or the first error.
type Everything = Result<(Vec<StoredRecord>, usize, usize), StoreError>;

/// How many flips changed what is read without a word.
pub fn flip(file: &str, open: impl AsyncFn(&Path) -> Result<Box<dyn Store>, StoreError>) -> u32 {
    let original = tempfile::tempdir().unwrap();
    let mut unnoticed = 0;
    run(async {
        let store = open(original.path()).await.unwrap();
        for id in 0..RECORDS {
            let number = u8::try_from(id).unwrap();
            commit(&*store, |batch| {
                batch.insert(&Sample::of("a", id)).enqueue(job(number));
                batch.audit(leaf(&id.to_string())).usage_entry(used(number, 1, 0))
            })
            .await
            .unwrap();
        }
        let everything = read(&*store).await.unwrap();
        drop(store);
        let (mut same, mut told) = (0, 0);
        for flip in 0..FLIPS {
            let copy = tempfile::tempdir().unwrap();
            copy_folder(original.path(), copy.path());
            flip_bit(&copy.path().join(file), flip);
            match look(copy.path(), &open).await {
                Ok(found) if found == everything => same += 1,
                Ok(_) => unnoticed += 1,
                Err(StoreError::Unavailable { .. } | StoreError::Inconsistent { .. }) => told += 1,
                Err(StoreError::ChangedMigration { .. } | StoreError::NewerSchema { .. }) => told += 1,
                Err(unexpected) => panic!("flip {flip}: {unexpected:?}"),
            }
        }
        println!(
            "{file}: of {FLIPS} flips {same} changed nothing, {told} were told, {unnoticed} were not noticed"
        );
    });
    unnoticed
}

async fn look(folder: &Path, open: &impl AsyncFn(&Path) -> Result<Box<dyn Store>, StoreError>) -> Everything {
    let store = open(folder).await?;
    let found = read(&*store).await?;
    commit(&*store, |batch| batch.audit(leaf("after"))).await?;
    Ok(found)
}

async fn read(store: &dyn Store) -> Everything {
    let records = store.list(ListQuery::of(Sample::KIND)).await?.items;
    let leaves = store.leaves(LeafIndex(0), 1000).await?.len();
    let backlog = store.backlog(claim(0).now).await?;
    let jobs = backlog.iter().map(|queue| usize::try_from(queue.waiting).unwrap()).sum();
    Ok((records, leaves, jobs))
}

/// Turns a bit over among those that hold something, at places spread over the file.
fn flip_bit(file: &Path, flip: u64) {
    let mut bytes = std::fs::read(file).unwrap();
    let used: Vec<usize> = (0..bytes.len()).filter(|place| bytes[*place] != 0).collect();
    let count = u64::try_from(used.len()).unwrap();
    let place = used[usize::try_from(flip * count / FLIPS).unwrap()];
    bytes[place] ^= 1 << (flip % 8);
    std::fs::write(file, bytes).unwrap();
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
