//! Epochs begin and end while servers run, and nothing that must live longer is lost on the way.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

#[path = "epochs/killed.rs"]
mod killed;
#[path = "support/postgres.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared by several tests")]
mod postgres_support;
#[path = "epochs/server.rs"]
mod server;
#[path = "epochs/together.rs"]
mod together;

use std::path::Path;
use std::sync::Arc;

use mpp_core::Span;
use mpp_store::conformance::run;
use mpp_store::{
    FenceError, ItemKeys, MemoryStore, RecordKey, RecordReader, RecordReaderExt, Rotated, RotationError,
    SealedKind, Stage, Store, WriteBatch,
};

use server::{Kind, Note, Person, Place, item, on_each};

on_each!(
    [memory: Memory, sqlite: Sqlite, sled: Sled, postgres: Postgres],
    [
        everything_is_sealed_anew_and_the_old_key_is_in_no_file,
        stopped_after_any_step_nothing_is_lost_and_the_next_rotation_goes_on,
        an_epoch_begins_when_the_one_before_is_over_and_not_earlier,
        a_key_that_was_half_destroyed_when_the_machine_stopped_is_no_key,
        a_kind_that_is_left_out_keeps_its_epoch_from_ending,
        what_does_not_open_is_named_and_keeps_its_epoch_from_ending,
        item_keys_of_an_epoch_that_has_ended_keep_no_other_epoch_from_ending,
        texts_of_sealed_fields_are_what_is_searched_for,
    ]
);

/// More than two batches of everything.
const MANY: u32 = 230;

/// How many files below a folder hold these bytes, as they are or in hexadecimal.
fn files_with(folder: &Path, secret: &[u8]) -> usize {
    let written = hex::encode(secret).into_bytes();
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            count += files_with(&entry, secret);
        } else {
            let bytes = std::fs::read(&entry).unwrap();
            let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
            count += usize::from(holds(secret) || holds(&written));
        }
    }
    count
}

fn everything_is_sealed_anew_and_the_old_key_is_in_no_file(kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::at(kind, folder.path());
    run(async {
        let server = place.open().await;
        server.fill(MANY).await;
        let secret = server.epochs.keys().current().to_bytes();
        assert_eq!(files_with(folder.path(), &*secret), 1, "the search finds it while it is there");
        let rotated = server.rotation().now().await.unwrap().unwrap();
        let all = u64::from(MANY);
        assert_eq!(rotated, Rotated { item_keys: all, records: 2 * all, unreadable: 0, ended: 1 });
        assert_eq!(files_with(folder.path(), &*secret), 0);
        assert_eq!(place.epochs(), ["epoch-00000002.key"]);
        server.check_all(MANY).await;
        server.check_current(MANY).await;
        place.open().await.check_all(MANY).await;
    });
}

/// As many steps as it takes, and then one more, each time from a fresh folder: the process is gone behind any of them.
fn stopped_after_any_step_nothing_is_lost_and_the_next_rotation_goes_on(kind: Kind) {
    for steps in 0.. {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::at(kind, folder.path());
        let mut stage = Stage::Start;
        run(async {
            let server = place.open().await;
            server.fill(MANY).await;
            let rotation = server.rotation();
            rotation.begin().unwrap();
            for _ in 0..steps {
                stage = rotation.step(stage.clone(), &mut Rotated::default()).await.unwrap();
            }
        });
        run(async {
            let server = place.open().await;
            server.check_all(MANY).await;
            assert_eq!(place.epochs().len(), if stage == Stage::Done { 1 } else { 2 });
            let all = server.rotation().when_due(Span::from_days(1)).await.unwrap().unwrap();
            assert_eq!(all.ended, u32::from(stage != Stage::Done), "after {steps} steps");
            assert_eq!(place.epochs(), ["epoch-00000002.key"]);
            server.check_all(MANY).await;
            server.check_current(MANY).await;
        });
        if stage == Stage::Done {
            assert!(steps > 10, "{steps} steps are less than the batches");
            return;
        }
    }
}

fn an_epoch_begins_when_the_one_before_is_over_and_not_earlier(kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::at(kind, folder.path());
    run(async {
        let server = place.open().await;
        server.fill(3).await;
        let day = Span::from_days(1);
        let rotation = server.rotation();
        assert_eq!(rotation.when_due(day).await.unwrap(), Some(Rotated::default()));
        place.clock.advance(Span::from_hours(23));
        assert_eq!(rotation.when_due(day).await.unwrap(), Some(Rotated::default()));
        assert_eq!(place.epochs(), ["epoch-00000001.key"]);
        place.clock.advance(Span::from_hours(1));
        assert_eq!(rotation.when_due(day).await.unwrap().unwrap().ended, 1);
        assert_eq!(rotation.when_due(day).await.unwrap(), Some(Rotated::default()), "its time begins anew");
        place.clock.advance(day);
        assert_eq!(place.open().await.rotation().when_due(day).await.unwrap().unwrap().ended, 1);
        assert_eq!(place.epochs(), ["epoch-00000003.key"]);
        server.check_all(3).await;
    });
}

fn a_key_that_was_half_destroyed_when_the_machine_stopped_is_no_key(kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::at(kind, folder.path());
    run(async {
        let server = place.open().await;
        server.fill(3).await;
        server.rotation().now().await.unwrap();
        std::fs::write(place.keys().join("epoch-00000001.key"), [0; 64]).unwrap();
        let server = place.open().await;
        server.check_all(3).await;
        assert_eq!(server.rotation().when_due(Span::from_days(1)).await.unwrap().unwrap().ended, 1);
        assert_eq!(place.epochs(), ["epoch-00000002.key"]);
    });
}

fn a_kind_that_is_left_out_keeps_its_epoch_from_ending(kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::at(kind, folder.path());
    run(async {
        let server = place.open().await;
        server.fill(3).await;
        let refused = server.rotation_of(vec![SealedKind::of::<Person>()]).now().await.unwrap_err();
        assert!(matches!(refused, RotationError::StillNeeded { .. }), "{refused}");
        assert_eq!(place.epochs().len(), 2);
        server.check_all(3).await;
        assert_eq!(server.rotation().now().await.unwrap().unwrap().ended, 2);
        server.check_all(3).await;
    });
}

fn what_does_not_open_is_named_and_keeps_its_epoch_from_ending(kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::at(kind, folder.path());
    run(async {
        let server = place.open().await;
        server.fill(3).await;
        let [first, second] = [1, 2].map(RecordKey::new);
        let other = server.store.get::<Note>(&first).await.unwrap().unwrap().record;
        let whole = server.store.get::<Note>(&second).await.unwrap().unwrap();
        let mut batch = WriteBatch::new();
        batch.update(whole.version, &Note { text: other.text, ..whole.record.clone() });
        let version = mpp_store::Commit::commit(&*server.store, batch).await.unwrap();
        let refused = server.rotation().now().await.unwrap_err().to_string();
        assert!(refused.contains("text of epoch-note 2"), "{refused}");
        assert_eq!(place.epochs().len(), 2);
        let mut batch = WriteBatch::new();
        batch.update(version, &whole.record);
        mpp_store::Commit::commit(&*server.store, batch).await.unwrap();
        server.check_all(3).await;
        server.rotation().now().await.unwrap();
        server.check_all(3).await;
    });
}

fn item_keys_of_an_epoch_that_has_ended_keep_no_other_epoch_from_ending(kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::at(kind, folder.path());
    run(async {
        let server = place.open().await;
        server.item_keys.create(&item(9)).await.unwrap();
        let file = place.keys().join("items").join(format!("{}.key", item(9)));
        let stale = std::fs::read(&file).unwrap();
        server.rotation().now().await.unwrap();
        std::fs::write(&file, stale).unwrap();
        assert!(server.item_keys.load(&item(9)).await.is_err());
        let rotated = server.rotation().now().await.unwrap().unwrap();
        assert_eq!((rotated.unreadable, rotated.ended), (1, 1));
    });
}

#[test]
fn records_and_keys_that_do_not_belong_together_are_refused() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (here, there) = (Place::at(Kind::Memory, one.path()), Place::at(Kind::Memory, two.path()));
    run(async {
        let shared: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let server = here.open_with(Arc::clone(&shared)).await.unwrap();
        server.fill(2).await;
        // another node of the same records with a key folder of its own, of the same randomness or not
        let entropy: Arc<dyn mpp_core::Entropy> = Arc::new(Random);
        let stranger = Place::with_entropy(there.backend.clone(), there.folder.as_path(), entropy);
        let refused = stranger.open_with(Arc::clone(&shared)).await.err().unwrap();
        assert!(matches!(refused, FenceError::KeyMissing { .. }), "{refused}");
        // other records in the place of those the keys are for
        let other: Arc<dyn Store> = Arc::new(MemoryStore::new());
        here.open_with(Arc::clone(&other)).await.unwrap();
        let refused = here.open_with(Arc::clone(&shared)).await.err().unwrap();
        assert!(matches!(refused, FenceError::AnotherDatabase { .. }), "{refused}");
        std::fs::remove_file(here.keys().join("database.id")).unwrap();
        here.open_with(shared).await.unwrap().check_all(2).await;
    });
}

#[test]
fn records_of_a_day_before_the_keys_are_refused_at_once() {
    let (folder, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let place = Place::at(Kind::Sqlite, folder.path());
    run(async {
        place.open().await.fill(2).await;
        let backup = copy.path().join("records.sqlite");
        let store = mpp_store::SqliteStore::open(folder.path().join("records.sqlite")).await.unwrap();
        store.back_up_to(&backup).await.unwrap();
        place.open().await.rotation().now().await.unwrap();
        let store = mpp_store::SqliteStore::open(&backup).await.unwrap();
        let refused = place.open_with(Arc::new(store)).await.err().unwrap();
        assert!(matches!(refused, FenceError::KeyMissing { .. }), "{refused}");
        assert!(refused.to_string().contains("keys of its day"));
    });
}

#[derive(Debug)]
struct Random;

impl mpp_core::Entropy for Random {
    fn fill(&self, buffer: &mut [u8]) {
        use std::io::Read;
        std::fs::File::open("/dev/urandom").unwrap().read_exact(buffer).unwrap();
    }
}

fn texts_of_sealed_fields_are_what_is_searched_for(kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::at(kind, folder.path());
    run(async {
        let server = place.open().await;
        let name = mpp_crypto::at_rest::SealedField::beginning_under(server.epochs.keys().current().id());
        assert_eq!(name.len(), 12);
        assert!(!server.store.mentions(&name).await.unwrap());
        server.insert(&server.person(1, 0)).await.unwrap();
        assert!(server.store.mentions(&name).await.unwrap());
    });
}
