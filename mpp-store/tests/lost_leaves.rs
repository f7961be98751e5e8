//! Leaves of the audit log that are taken away behind the store's back: wherever they stood, a look through the store says so for as
//! long as it exists, and their places are not given out again. Leaves whose time is over are no loss.
#![cfg(all(feature = "postgres", feature = "sled", feature = "sqlite"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

#[path = "support/postgres.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared by several tests")]
mod postgres_support;
#[path = "support/sled_folder.rs"]
#[allow(unreachable_pub, reason = "shared by several tests")]
mod sled_folder;

use mpp_store::conformance::run;
use mpp_store::conformance::sample::{Sample, commit, insert, leaf};
use mpp_store::{Backend, Inspection, LeafIndex, PostgresStore, SledStore, SnapshotFile, SqliteStore};
use postgres_support::FreshDatabase;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use tempfile::TempDir;

/// Where a store is kept.
enum Place {
    Sqlite(TempDir),
    Sled(TempDir),
    Postgres(FreshDatabase),
}

enum Opened {
    Sqlite(SqliteStore),
    Sled(SledStore),
    Postgres(PostgresStore),
}

impl Place {
    async fn all() -> [Self; 3] {
        let folder = || tempfile::tempdir().unwrap();
        [Self::Sqlite(folder()), Self::Sled(folder()), Self::Postgres(FreshDatabase::new().await)]
    }

    async fn open(&self) -> Opened {
        match self {
            Self::Sqlite(folder) => {
                Opened::Sqlite(SqliteStore::open(folder.path().join("store")).await.unwrap())
            }
            Self::Sled(folder) => Opened::Sled(SledStore::open(folder.path().join("store")).await.unwrap()),
            Self::Postgres(database) => Opened::Postgres(database.open().await),
        }
    }

    /// Takes leaves away while nobody has the store open.
    async fn lose(&self, places: &[u64]) {
        for place in places {
            let sql = format!("DELETE FROM audit_leaf WHERE place = {place}");
            match self {
                Self::Sqlite(folder) => {
                    let url = format!("sqlite://{}", folder.path().join("store").display());
                    let mut connection = SqliteConnection::connect(&url).await.unwrap();
                    let gone = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
                    assert_eq!(gone.rows_affected(), 1);
                    connection.close().await.unwrap();
                }
                Self::Sled(folder) => {
                    let db = sled_folder::open(&folder.path().join("store"));
                    // see `src/sled/keys.rs`
                    let key = [&b"l"[..], &place.to_be_bytes()].concat();
                    assert!(db.open_tree("store").unwrap().remove(key).unwrap().is_some());
                    db.flush().unwrap();
                }
                Self::Postgres(database) => database.run(&sql).await,
            }
        }
    }
}

impl Opened {
    fn store(&self) -> &dyn Backend {
        match self {
            Self::Sqlite(store) => store,
            Self::Sled(store) => store,
            Self::Postgres(store) => store,
        }
    }

    async fn look(&self) -> Inspection {
        match self {
            Self::Sqlite(store) => SqliteStore::inspect(store.path()).await.unwrap(),
            Self::Sled(store) => store.inspect().await.unwrap(),
            Self::Postgres(store) => store.inspect().await.unwrap(),
        }
    }

    async fn is_missing(&self, how_many: u64) -> bool {
        let said = format!("{how_many} leaves of the audit log missing");
        self.look().await.faults.iter().any(|fault| fault.starts_with(&said))
    }

    async fn close(self) {
        match self {
            Self::Sqlite(store) => store.close().await,
            Self::Sled(store) => store.close().await,
            Self::Postgres(store) => drop(store),
        }
    }
}

async fn append(store: &dyn Backend, text: &str) {
    commit(store, |batch| batch.audit(leaf(text))).await.unwrap();
}

async fn places(store: &dyn Backend) -> Vec<u64> {
    let leaves = store.leaves(LeafIndex(0), 1000).await.unwrap();
    leaves.into_iter().map(|found| found.index.0).collect()
}

/// Six leaves, of which the time of the first two is over.
async fn filled(place: &Place) {
    let opened = place.open().await;
    for number in 0..6 {
        append(opened.store(), &number.to_string()).await;
    }
    assert_eq!(opened.store().remove_leaves_before(LeafIndex(2), 10).await.unwrap(), 2);
    // sled writes the last commit once more when it is opened
    insert(opened.store(), [Sample::of("a", 1)]).await;
    assert_eq!(opened.look().await.faults, Vec::<String>::new(), "what is over is no loss");
    opened.close().await;
}

#[test]
fn a_leaf_that_was_taken_away_is_missed() {
    run(async {
        for lost in [&[2_u64][..], &[3], &[5], &[2, 3], &[2, 5], &[2, 3, 4, 5]] {
            for place in Place::all().await {
                filled(&place).await;
                place.lose(lost).await;
                let opened = place.open().await;
                let how_many = u64::try_from(lost.len()).unwrap();
                assert!(opened.is_missing(how_many).await, "{lost:?} {:?}", opened.look().await.faults);
                assert_eq!(opened.store().first().await.unwrap(), LeafIndex(2));
                append(opened.store(), "6").await;
                let left = (2..7).filter(|place| !lost.contains(place));
                assert_eq!(places(opened.store()).await, left.collect::<Vec<_>>(), "no place comes again");
                // a removal of what is over does not cover it up, and gets by a loss that is larger than its step
                while opened.store().remove_leaves_before(LeafIndex(7), 1).await.unwrap() > 0 {}
                assert_eq!(places(opened.store()).await, [0; 0]);
                assert!(opened.is_missing(how_many).await, "{lost:?} {:?}", opened.look().await.faults);
                opened.close().await;
            }
        }
    });
}

/// A snapshot is whole, so there is none of a log that is not.
#[test]
fn a_log_with_a_loss_is_not_copied_as_if_it_were_whole() {
    run(async {
        for lost in [2, 3, 5] {
            for place in Place::all().await {
                filled(&place).await;
                place.lose(&[lost]).await;
                let opened = place.open().await;
                let folder = tempfile::tempdir().unwrap();
                let file = SnapshotFile::at(folder.path().join("snapshot"));
                assert!(file.take_of(opened.store()).await.is_err(), "{lost}");
                assert!(!file.path().exists());
                opened.close().await;
            }
        }
    });
}

/// Where nothing is left, the next leaf has the next place all the same, and after a restore too.
#[test]
fn a_log_of_which_everything_is_over_is_whole() {
    run(async {
        for (place, other) in Place::all().await.into_iter().zip(Place::all().await) {
            filled(&place).await;
            let opened = place.open().await;
            assert_eq!(opened.store().remove_leaves_before(LeafIndex(6), 10).await.unwrap(), 4);
            assert_eq!(opened.look().await.faults, Vec::<String>::new());
            let folder = tempfile::tempdir().unwrap();
            let file = SnapshotFile::at(folder.path().join("snapshot"));
            file.take_of(opened.store()).await.unwrap();
            opened.close().await;
            let restored = other.open().await;
            file.restore_into(restored.store()).await.unwrap();
            append(restored.store(), "6").await;
            assert_eq!(places(restored.store()).await, [6]);
            assert_eq!(restored.look().await.faults, Vec::<String>::new());
            restored.close().await;
        }
    });
}
