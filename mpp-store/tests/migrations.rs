//! Migrations of stores that are in use: filled by the SQL of an earlier schema, opened by this program, and nothing is lost.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

#[cfg(feature = "postgres")]
#[path = "support/postgres.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared by several tests")]
mod postgres_support;

use mpp_store::conformance::run;
use mpp_store::conformance::sample::{
    BY_CODE, BY_OWNER, Sample, assert_conflict, at, commit, enqueue, ids_by, insert, job_id, key, leaf,
    lease, leased_numbers, numbers, ordered, sample, usage, used,
};
use mpp_store::{
    Backend, LeafIndex, OutboxExt, Reason, Record, SnapshotFile, SqliteStore, StoreError, Version,
};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, Connection, SqlSafeStr, SqliteConnection};

/// A migration with its number.
type Numbered = (i64, &'static str, &'static str);

const SQLITE: [Numbered; 6] = [
    (1, "start", include_str!("../migrations/sqlite/0001_start.sql")),
    (2, "jobs by queue", include_str!("../migrations/sqlite/0002_jobs_by_queue.sql")),
    (3, "fewer pages", include_str!("../migrations/sqlite/0003_fewer_pages.sql")),
    (5, "first leaf", include_str!("../migrations/sqlite/0005_first_leaf.sql")),
    (6, "parked by queue", include_str!("../migrations/sqlite/0006_parked_by_queue.sql")),
    (7, "next leaf", include_str!("../migrations/sqlite/0007_next_leaf.sql")),
];

/// The first so many migrations.
fn first(migrations: &[Numbered], count: usize) -> Migrator {
    let migrations = migrations.iter().take(count).map(|(version, name, sql)| {
        Migration::new(*version, (*name).into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    Migrator::with_migrations(migrations.collect())
}

/// What every earlier schema of every backend takes: records, their entries, jobs in every standing, leaves and uses. `bytes`
/// writes a leaf of one character.
fn content(bytes: impl Fn(char) -> String, yes: &str, no: &str) -> Vec<String> {
    let mut statements = Vec::new();
    for (seq, id, owner, code, version) in
        [(1, 1, "a", Some("one"), 11), (2, 2, "a", None, 12), (5, 3, "b", Some("three"), 14)]
    {
        let json = code.map_or("null".to_owned(), |code| format!("\"{code}\""));
        let data = format!("{{\"id\":{id},\"owner\":\"{owner}\",\"code\":{json},\"count\":7}}");
        let kind = Sample::KIND;
        statements.push(format!(
            "INSERT INTO record (seq, kind, key, version, form, data) VALUES ({seq}, '{kind}', '{id}', {version}, 2, '{data}')"
        ));
        let entries =
            [Some(("owner", owner, no)), code.map(|code| ("code", code, yes))].into_iter().flatten();
        statements.extend(entries.map(|(name, value, unique)| {
            format!(
                "INSERT INTO record_index (kind, name, value, seq, is_unique) VALUES ('{kind}', '{name}', '{value}', {seq}, {unique})"
            )
        }));
    }
    let now = at(0).as_unix_millis();
    for (seq, number, order, worker, lease, parked) in [
        (3, 1, "NULL", "NULL", 0, "NULL".to_owned()),
        (4, 2, "NULL", "'worker-0'", 1, "NULL".to_owned()),
        (6, 3, "'x'", "NULL", 0, "NULL".to_owned()),
        (7, 4, "'x'", "NULL", 0, "NULL".to_owned()),
        (8, 5, "'x'", "NULL", 2, now.to_string()),
    ] {
        let ready = if worker == "NULL" { now } else { at(60).as_unix_millis() };
        let id = job_id(number);
        statements.push(format!(
            "INSERT INTO job (seq, id, queue, order_key, payload, due_at, ready_at, lease, worker, attempt, parked_at, reason)
             VALUES ({seq}, '{id}', 'conformance', {order}, '{number}', {now}, {ready}, {lease}, {worker}, {lease}, {parked}, 'why')"
        ));
    }
    for (place, letter) in [(0, 'a'), (1, 'b')] {
        let bytes = bytes(letter);
        statements.push(format!("INSERT INTO audit_leaf (place, bytes) VALUES ({place}, {bytes})"));
    }
    for used in [used(1, 1, 5), used(2, 2, 1)] {
        let (id, partner, at, data) = (used.id, used.partner, used.at.as_unix_millis(), used.data);
        statements.push(format!(
            "INSERT INTO usage_event (id, partner, at, data) VALUES ('{id}', '{partner}', {at}, '{data}')"
        ));
    }
    statements
}

/// Everything is there, and work goes on: nothing is handed out twice, no number comes again.
async fn nothing_is_lost(store: &dyn Backend) {
    assert_eq!(ids_by(store, BY_OWNER, "a").await, [1, 2]);
    assert_eq!(ids_by(store, BY_CODE, "three").await, [3]);
    let found = sample(store, 2).await.unwrap();
    assert_eq!((found.version, found.record.count), (Version::from_number(12), 7));
    assert_conflict(
        commit(store, |batch| batch.insert(&Sample::of("c", 9).coded("one"))).await,
        Sample::KIND,
        &key(9),
    );
    assert_eq!(insert(store, [Sample::of("b", 10)]).await, Version::from_number(21));
    assert_eq!(ids_by(store, BY_OWNER, "b").await, [3, 10]);
    // written before anything was known of its entries, and again when something is
    for (owner, owned) in [("b", vec![1, 3, 10]), ("b", vec![1, 3, 10]), ("a", vec![3, 10])] {
        let mut first = sample(store, 1).await.unwrap();
        owner.clone_into(&mut first.record.owner);
        commit(store, |batch| batch.update(first.version, &first.record)).await.unwrap();
        assert_eq!(ids_by(store, BY_OWNER, "b").await, owned);
    }
    assert_eq!(ids_by(store, BY_OWNER, "a").await, [1, 2]);
    assert_eq!(usage(store, None).await, [used(2, 2, 1), used(1, 1, 5)]);
    commit(store, |batch| batch.audit(leaf("c"))).await.unwrap();
    let leaves = store.leaves(LeafIndex(0), 9).await.unwrap();
    let leaves: Vec<_> = leaves.into_iter().map(|found| (found.index.0, found.leaf)).collect();
    assert_eq!(leaves, [(0, leaf("a")), (1, leaf("b")), (2, leaf("c"))]);
    jobs_go_on(store).await;
}

async fn jobs_go_on(store: &dyn Backend) {
    let parked = store.parked(None, None, 9).await.unwrap().items;
    assert_eq!(parked.iter().map(|job| (job.id, job.attempt)).collect::<Vec<_>>(), [(job_id(5), 2)]);
    enqueue(store, [ordered(6, "x")]).await;
    let leased = lease(store, 0).await;
    assert_eq!(numbers(&leased), [1, 3], "one is held, and the order holds");
    store.complete(&leased[1]).await.unwrap();
    store.replay(job_id(5), at(1)).await.unwrap();
    let next = lease(store, 1).await;
    assert_eq!(numbers(&next), [4]);
    store.park(&next[0], at(1), Reason::new("again")).await.unwrap();
    assert_eq!(
        leased_numbers(store, 2).await,
        [6],
        "a new job comes behind the old ones, a replayed one last"
    );
    let taken_over = lease(store, 60).await;
    let held = taken_over.iter().find(|job| job.id() == job_id(2)).unwrap();
    assert_eq!(held.attempt, 2, "a lease of before ran out");
}

#[test]
fn sqlite_of_every_earlier_schema() {
    for schema in 1..=SQLITE.len() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.sqlite");
        run(async {
            let url = format!("sqlite://{}?mode=rwc", path.display());
            let mut connection = SqliteConnection::connect(&url).await.unwrap();
            first(&SQLITE, schema).run_direct(None, &mut connection, false).await.unwrap();
            let leaf = |letter| format!("x'{:02x}'", u32::from(letter));
            let leaves = "UPDATE commit_counter SET next_leaf = 2".to_owned();
            // what was given out last is gone
            let last_job = if schema < 3 {
                "UPDATE sqlite_sequence SET seq = 40 WHERE name = 'job'"
            } else {
                "UPDATE commit_counter SET last_job = 40"
            };
            let numbers = [
                "UPDATE commit_counter SET value = 20".to_owned(),
                last_job.to_owned(),
                "UPDATE sqlite_sequence SET seq = 30 WHERE name = 'record'".to_owned(),
            ];
            let leaves = (schema >= 6).then_some(leaves);
            for sql in content(leaf, "1", "0").into_iter().chain(numbers).chain(leaves) {
                sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
            }
            connection.close().await.unwrap();
            let store = SqliteStore::open(&path).await.unwrap();
            let summary = SnapshotFile::at(folder.path().join("snapshot")).take_of(&store).await.unwrap();
            assert_eq!((summary.counters.last_job, summary.counters.last_record), (40, 30));
            nothing_is_lost(&store).await;
            assert_eq!(SqliteStore::inspect(&path).await.unwrap().faults, Vec::<String>::new());
        });
    }
}

#[cfg(feature = "postgres")]
#[test]
fn postgres_of_every_earlier_schema() {
    use sqlx::PgConnection;

    const POSTGRES: [Numbered; 6] = [
        (1, "start", include_str!("../migrations/postgres/0001_start.sql")),
        (2, "lanes", include_str!("../migrations/postgres/0002_lanes.sql")),
        (3, "together", include_str!("../migrations/postgres/0003_together.sql")),
        (4, "settle apart", include_str!("../migrations/postgres/0004_settle_apart.sql")),
        (6, "parked by queue", include_str!("../migrations/postgres/0006_parked_by_queue.sql")),
        (8, "first leaf", include_str!("../migrations/postgres/0008_first_leaf.sql")),
    ];
    for schema in 1..=POSTGRES.len() {
        run(async {
            let database = postgres_support::FreshDatabase::new().await;
            let mut connection = PgConnection::connect(&database.url()).await.unwrap();
            first(&POSTGRES, schema).run_direct(None, &mut connection, false).await.unwrap();
            connection.close().await.unwrap();
            let leaf = |letter| format!("'\\x{:02x}'", u32::from(letter));
            for sql in content(leaf, "true", "false") {
                database.run(&sql).await;
            }
            if schema >= 4 {
                // whoever writes a job writes its lane
                let lanes = "INSERT INTO job_lane (queue, order_key, seq)
                             SELECT queue, order_key, seq FROM job WHERE order_key IS NOT NULL AND parked_at IS NULL";
                database.run(lanes).await;
            }
            database.run("UPDATE commit_counter SET value = 20, leaves = 2").await;
            database.run("SELECT setval('record_seq', 30), setval('job_seq', 40)").await;
            let store = database.open().await;
            let found = store.inspect().await.unwrap();
            assert_eq!((found.faults, found.jobs, found.parked_jobs), (Vec::new(), 5, 1));
            nothing_is_lost(&store).await;
            assert_eq!(store.inspect().await.unwrap().faults, Vec::<String>::new());
        });
    }
}

/// A migration that is not the one of this program is not taken for it, however full the store is.
#[test]
fn another_history_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    run(async {
        let url = format!("sqlite://{}?mode=rwc", path.display());
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        let other = [(1, "start", "CREATE TABLE record (seq INTEGER PRIMARY KEY)")];
        first(&other, 1).run_direct(None, &mut connection, false).await.unwrap();
        connection.close().await.unwrap();
        let refused = SqliteStore::open(&path).await;
        assert!(matches!(refused, Err(StoreError::ChangedMigration { version: 1 })), "{refused:?}");
    });
}

/// A log that has lost its beginning to its time begins where it did, and one that is empty goes on where it ended.
#[test]
fn logs_of_earlier_schemas_keep_their_beginning() {
    for (kept, first_leaf) in [(vec![7, 8], 7), (Vec::new(), 9)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.sqlite");
        run(async {
            let url = format!("sqlite://{}?mode=rwc", path.display());
            let mut connection = SqliteConnection::connect(&url).await.unwrap();
            first(&SQLITE, 4).run_direct(None, &mut connection, false).await.unwrap();
            let begun = format!("UPDATE commit_counter SET value = 20, first_leaf = {first_leaf}");
            let leaves = kept.iter().map(|place| format!("INSERT INTO audit_leaf VALUES ({place}, x'61')"));
            for sql in leaves.chain([begun]) {
                sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
            }
            connection.close().await.unwrap();
            let store = SqliteStore::open(&path).await.unwrap();
            goes_on_at_nine(&store, first_leaf).await;
            assert_eq!(SqliteStore::inspect(&path).await.unwrap().faults, Vec::<String>::new());
        });
        #[cfg(feature = "postgres")]
        run(async {
            let database = postgres_support::FreshDatabase::new().await;
            let store = database.open().await;
            drop(store);
            // as the schema before left it
            database.run("DROP TABLE audit_begin; DELETE FROM _sqlx_migrations WHERE version = 8").await;
            for place in &kept {
                database.run(&format!("INSERT INTO audit_leaf VALUES ({place}, '\\x61')")).await;
            }
            database.run("UPDATE commit_counter SET value = 20, leaves = 9").await;
            let store = database.open().await;
            goes_on_at_nine(&store, first_leaf).await;
            assert_eq!(store.inspect().await.unwrap().faults, Vec::<String>::new());
        });
    }
}

async fn goes_on_at_nine(store: &dyn Backend, first_leaf: u64) {
    assert_eq!((store.first().await.unwrap().0, store.size().await.unwrap()), (first_leaf, 9));
    commit(store, |batch| batch.audit(leaf("next"))).await.unwrap();
    let leaves = store.leaves(LeafIndex(9), 9).await.unwrap();
    assert_eq!(leaves.iter().map(|found| found.index.0).collect::<Vec<_>>(), [9]);
}
