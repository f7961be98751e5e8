//! `mpp log` as a program of its own, on a data folder whose audit log somebody changed behind the server's back.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

#[path = "../../mpp-store/tests/support/postgres.rs"]
#[allow(dead_code, unreachable_pub, reason = "not everything in it is used here")]
mod postgres_support;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use mpp_crypto::SigningKey;
use mpp_crypto::tlog::NoteVerifier;
use mpp_server::runtime::{RecordsSection, StoragePlace, SystemClock, SystemEntropy, open_storage_at};
use mpp_services::log::{LogKeeper, LogKeeping, LogMark, LogRole, MemoryMark, check_log, newest_checkpoint};
use mpp_store::{AuditLeaf, LeafIndex, Store, WriteBatch};
use mpp_testkit::{HandClock, SeededEntropy};
use postgres_support::FreshDatabase;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

struct Ended {
    code: i32,
    out: Value,
    err: String,
}

fn mpp(arguments: &[&str]) -> Ended {
    let ended = Command::new(env!("CARGO_BIN_EXE_mpp")).args(arguments).arg("--json").output().unwrap();
    Ended {
        code: ended.status.code().unwrap(),
        out: serde_json::from_slice(&ended.stdout).unwrap_or_default(),
        err: String::from_utf8(ended.stderr).unwrap(),
    }
}

fn key() -> SigningKey {
    SigningKey::generate_ed25519(&SeededEntropy::new(3))
}

fn keeper(store: &Arc<dyn Store>, mark: &Arc<MemoryMark>) -> LogKeeper {
    let keeping = LogKeeping::new(LogRole::Central, key(), Arc::<MemoryMark>::clone(mark)).unwrap();
    LogKeeper::new(Arc::clone(store), keeping, Arc::new(HandClock::new()))
}

async fn write(store: &dyn Store, word: &str, number: u32) {
    let mut batch = WriteBatch::new();
    for place in 0..number {
        batch.audit(AuditLeaf::new(format!("{word} {place}")));
    }
    store.commit(batch).await.unwrap();
}

/// The log of a server that has stopped: 600 leaves, the first 10 of them forgotten, key and mark beside the keys.
async fn stopped(folder: &Path, records: &RecordsSection) {
    let place = StoragePlace::in_folder(folder).with_records(records);
    let storage = open_storage_at(place, &SystemClock, Arc::new(SystemEntropy)).await.unwrap();
    let mark = Arc::new(MemoryMark::default());
    write(&*storage.store, "leaf", 600).await;
    keeper(&storage.store, &mark).grow().await.unwrap();
    storage.store.remove_leaves_before(LeafIndex(10), 100).await.unwrap();
    fs::write(folder.join("keys/log-signing.pem"), key().to_pkcs8_pem().as_str()).unwrap();
    fs::write(folder.join("keys/log-mark.json"), mark.read().await.unwrap().unwrap()).unwrap();
}

async fn sql(folder: &Path, statement: &str) {
    let url = format!("sqlite://{}", folder.join("records.sqlite").display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    let done = sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await.unwrap();
    assert!(done.rows_affected() > 0, "{statement}");
    connection.close().await.unwrap();
}

fn check(folder: &Path) -> Ended {
    mpp(&["log", "check", "--data", folder.to_str().unwrap()])
}

async fn fresh() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    stopped(folder.path(), &RecordsSection::Sqlite).await;
    folder
}

#[tokio::test]
async fn a_sound_log_is_counted() {
    let folder = fresh().await;
    let checked = check(folder.path());
    assert_eq!(checked.code, 0, "{}", checked.err);
    assert_eq!(checked.out["findings"], json!([]));
    for (name, value) in [("first", 10), ("size", 600), ("covered", 600), ("leavesChecked", 590)] {
        assert_eq!(checked.out[name], value, "{name}");
    }
    let origin = checked.out["origin"].as_str().unwrap().to_owned();
    let data = folder.path().to_str().unwrap();
    let printed = mpp(&["log", "key", "--data", data, "--role", "central"]);
    let verifier: NoteVerifier = printed.out["verifierKey"].as_str().unwrap().parse().unwrap();
    assert_eq!(verifier.name().as_str(), origin);
    let file = folder.path().join("key");
    fs::write(&file, format!("{verifier}\n")).unwrap();
    assert_eq!(mpp(&["log", "check", "--data", data, "--key", file.to_str().unwrap()]).code, 0);
    let other = SigningKey::generate_ed25519(&SeededEntropy::new(4));
    let other = LogRole::Central.verifier(other.public(), 0).unwrap();
    fs::write(&file, other.to_string()).unwrap();
    let checked = mpp(&["log", "check", "--data", data, "--key", file.to_str().unwrap()]);
    assert_eq!(checked.code, 1);
    assert_eq!(checked.out["findings"][0], "the checkpoint is not signed by the log's key");
    fs::write(&file, "no key").unwrap();
    let refused = mpp(&["log", "check", "--data", data, "--key", file.to_str().unwrap()]);
    assert!(refused.code == 1 && refused.err.contains("has no key of an audit log"), "{}", refused.err);
}

#[tokio::test]
async fn whatever_was_changed_behind_the_servers_back_is_named() {
    for (statements, expected) in [
        (
            &["UPDATE audit_leaf SET bytes = CAST('another' AS BLOB) WHERE place = 20"][..],
            &["leaf 20 is not the one that was signed"][..],
        ),
        (
            &[
                "UPDATE audit_leaf SET bytes = (SELECT bytes FROM audit_leaf WHERE place = 595) WHERE place = 20",
                "UPDATE audit_leaf SET bytes = CAST('leaf 20' AS BLOB) WHERE place = 595",
            ],
            &["leaf 20 is not the one that was signed", "leaf 595 is not the one that was signed"],
        ),
        (&["DELETE FROM audit_leaf WHERE place = 333"], &["leaf 333 is missing"]),
        (
            &["INSERT INTO audit_leaf (place, bytes) VALUES (9, CAST('inserted' AS BLOB))"],
            &["leaf 9 is not the one that was signed"],
        ),
        (
            &["DELETE FROM record WHERE kind = 'log-tile' AND key = '0/1'"],
            &["tile 1 of level 0 is missing or unreadable"],
        ),
        (
            &[
                "UPDATE record SET data = replace(data, '\"hashes\":\"', '\"hashes\":\"AAAA') WHERE kind = 'log-tile' AND key = '0/1'",
            ],
            &["tile 1 of level 0 is missing or unreadable"],
        ),
        (
            &["UPDATE record SET data = replace(data, '\\n600\\n', '\\n601\\n') WHERE kind = 'log-head'"],
            &["the checkpoint is not signed by the log's key"],
        ),
    ] {
        let folder = fresh().await;
        for statement in statements {
            sql(folder.path(), statement).await;
        }
        let checked = check(folder.path());
        assert_eq!(checked.code, 1, "{statements:?}");
        assert_eq!(checked.out["findings"], json!(expected), "{statements:?}");
        assert!(checked.err.contains(&format!("{} findings", expected.len())), "{}", checked.err);
    }
}

#[tokio::test]
async fn a_log_that_was_set_back_is_known_by_the_mark_beside_the_keys() {
    let folder = fresh().await;
    let older = fresh().await;
    let storage =
        open_storage_at(StoragePlace::in_folder(folder.path()), &SystemClock, Arc::new(SystemEntropy));
    let storage = storage.await.unwrap();
    let mark = Arc::new(MemoryMark::default());
    mark.write(&fs::read_to_string(folder.path().join("keys/log-mark.json")).unwrap()).await.unwrap();
    write(&*storage.store, "more", 5).await;
    keeper(&storage.store, &mark).grow().await.unwrap();
    let newest = newest_checkpoint(&*storage.store).await.unwrap().unwrap();
    fs::write(older.path().join("keys/log-mark.json"), mark.read().await.unwrap().unwrap()).unwrap();
    let expected = json!(["a checkpoint of 605 leaves was signed, and the log does not have as many"]);
    assert_eq!(check(older.path()).out["findings"], expected);
    // the same by a checkpoint that a partner kept
    fs::remove_file(older.path().join("keys/log-mark.json")).unwrap();
    assert_eq!(check(older.path()).code, 0);
    let kept = older.path().join("kept");
    fs::write(&kept, newest.note).unwrap();
    let data = older.path().to_str().unwrap();
    let checked = mpp(&["log", "check", "--data", data, "--kept", kept.to_str().unwrap()]);
    assert_eq!((checked.code, &checked.out["findings"]), (1, &expected));
}

#[tokio::test]
async fn a_server_without_a_log_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let place = StoragePlace::in_folder(folder.path());
    let storage = open_storage_at(place, &SystemClock, Arc::new(SystemEntropy)).await.unwrap();
    drop(storage);
    let refused = check(folder.path());
    assert!(refused.code == 1 && refused.err.contains("has no key of an audit log"), "{}", refused.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_race_on_postgres() {
    let database = FreshDatabase::new().await;
    let nodes: [Arc<dyn Store>; 2] = [Arc::new(database.open().await), Arc::new(database.open().await)];
    let mark = Arc::new(MemoryMark::default());
    let mut tasks = Vec::new();
    for (number, store) in nodes.iter().cloned().enumerate() {
        let mark = Arc::clone(&mark);
        tasks.push(tokio::spawn(async move {
            let keeper = keeper(&store, &mark);
            let mut seen = Vec::new();
            for round in 0..40 {
                write(&*store, &format!("node {number} round {round}"), 1 + round % 9).await;
                assert_eq!(keeper.grow().await.unwrap().set_back, None);
                seen.extend(newest_checkpoint(&*store).await.unwrap());
            }
            seen
        }));
    }
    let mut seen = Vec::new();
    for task in tasks {
        seen.extend(task.await.unwrap());
    }
    keeper(&nodes[0], &mark).grow().await.unwrap();
    let text = mark.read().await.unwrap();
    for checkpoint in seen {
        let held = check_log(&*nodes[1], key().public(), (text.as_deref(), Some(&checkpoint.note))).await;
        let held = held.unwrap();
        assert!(held.is_sound(), "{held:?}");
        assert_eq!(held.covered, held.size);
    }
}
