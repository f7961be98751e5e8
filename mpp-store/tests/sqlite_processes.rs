//! One database file, two processes, and a process that is killed: this test binary starts itself as the other
//! process.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use mpp_store::conformance::run;
use mpp_store::conformance::sample::{Sample, insert, key, leaf, sample};
use mpp_store::{AuditLog, Commit, LeafIndex, RecordReaderExt, SqliteStore, WriteBatch};

const FILE: &str = "MPP_STORE_TEST_FILE";
const TIMES: &str = "MPP_STORE_TEST_TIMES";

/// The other process: counts up and says so line by line. Ignored, because it is started by the tests below.
#[test]
#[ignore = "started by the other tests as a process of its own"]
fn other_process() {
    let (Ok(file), Ok(times)) = (std::env::var(FILE), std::env::var(TIMES)) else { return };
    run(async {
        let store = SqliteStore::open(file).await.unwrap();
        for _ in 0..times.parse::<u32>().unwrap() {
            let count = increment(&store).await;
            // Not println!, which the test harness would catch.
            writeln!(std::io::stdout(), "count {count}").unwrap();
        }
    });
}

fn start(file: &Path, times: u32) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "other_process", "--ignored", "--nocapture"]);
    command.env(FILE, file).env(TIMES, times.to_string()).stdout(Stdio::piped());
    command.spawn().unwrap()
}

async fn increment(store: &SqliteStore) -> u64 {
    loop {
        let mut found = sample(store, 1).await.unwrap();
        found.record.count += 1;
        let mut batch = WriteBatch::new();
        batch.update(found.version, &found.record).audit(leaf("+1"));
        match store.commit(batch).await {
            Ok(_) => return found.record.count,
            Err(error) => assert!(error.is_conflict(), "{error:?}"),
        }
    }
}

#[test]
fn two_processes_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.sqlite");
    run(async {
        let store = SqliteStore::open(&file).await.unwrap();
        insert(&store, [Sample::of("a", 1)]).await;
        let mut other = start(&file, 25);
        let mut lines = BufReader::new(other.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().contains("count ")), "the other process is at work");
        for _ in 0..25 {
            increment(&store).await;
        }
        lines.for_each(drop);
        assert!(other.wait().unwrap().success());
        assert_eq!(sample(&store, 1).await.unwrap().record.count, 50);
        assert_eq!(store.size().await.unwrap(), 50);
    });
}

#[test]
fn what_a_killed_process_committed_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.sqlite");
    run(async {
        let store = SqliteStore::open(&file).await.unwrap();
        insert(&store, [Sample::of("a", 1)]).await;
        store.close().await;
    });
    let mut other = start(&file, 1_000_000);
    let mut lines = BufReader::new(other.stdout.take().unwrap()).lines();
    let said = lines.by_ref().map(|line| line.unwrap()).filter_map(|line| {
        // The harness may have begun the first line.
        line.split_once("count ").and_then(|(_, count)| count.parse::<u64>().ok())
    });
    let said = said.take(20).last().unwrap();
    other.kill().unwrap();
    other.wait().unwrap();
    run(async {
        let store = SqliteStore::open(&file).await.unwrap();
        let count = store.get::<Sample>(&key(1)).await.unwrap().unwrap().record.count;
        assert!(count >= said, "{count} is less than the {said} that was said");
        let leaves = store.leaves(LeafIndex(0), 1000).await.unwrap();
        assert_eq!(u64::try_from(leaves.len()).unwrap(), count.min(1000), "leaf and record are one commit");
    });
}
