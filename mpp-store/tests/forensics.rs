//! What is erased cannot be found: after erasure and the end of the epoch, everything that a thief of the machine gets is
//! searched for the content, the keys of the erased items and the ended epoch key.
//!
//! The searching process chose the content and recorded every key as it was drawn; the searched one reads it, erases it,
//! and dumps its own memory. What this cannot see: blocks that the file system or the medium keeps behind an overwritten or
//! removed file (copy on write, wear levelling, snapshots), swap, the kernel's own buffers, and processor registers.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

#[path = "forensics/erasing.rs"]
mod erasing;
#[path = "forensics/memory.rs"]
mod memory;
#[path = "forensics/place.rs"]
mod place;
#[cfg(feature = "postgres")]
#[path = "forensics/said.rs"]
mod said;
#[path = "forensics/searching.rs"]
mod searching;
#[cfg(feature = "postgres")]
#[path = "forensics/server.rs"]
mod server;

#[cfg(feature = "postgres")]
#[path = "../../xtask/src/test_run/postgres_server.rs"]
#[allow(unreachable_pub, reason = "shared with the tool that starts the server of the other tests")]
mod postgres_server;

use std::path::Path;
use std::process::Command;

use mpp_store::conformance::run;

use erasing::{Data, erase_and_end_the_epoch, fill, read_everything};
use place::Place;
use searching::{Needle, RecordingEntropy, found_below};

const DUMP: &str = "MPP_STORE_TEST_DUMP";
const WHEN: &str = "MPP_STORE_TEST_WHEN";

/// Content of the erased items and their keys, on every place; the kept item shows that the search finds things.
fn needles(secrets: &[Vec<u8>]) -> Vec<Needle> {
    let mut needles = erasing::erased_content();
    for secret in secrets {
        needles.push(Needle::new("a key", secret.clone()));
        needles.push(Needle::new("a key in hexadecimal", hex::encode(secret).into_bytes()));
    }
    needles
}

#[test]
fn nothing_erased_is_found_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::in_folder(folder.path());
    let entropy = RecordingEntropy::default();
    run(async {
        let data = Data::open(&place, entropy.shared()).await;
        fill(&data).await;
        let needles = needles(&entropy.keys());
        let before = found_below(folder.path(), &needles);
        assert!(before.iter().any(|found| found.contains("epoch-00000001.key")), "{before:?}");
        assert!(before.iter().all(|found| found.contains(".key")), "only keys lie open: {before:?}");
        let sealed = erasing::ciphertext(&data, &place).await;
        assert!(found_below(folder.path(), &sealed).len() >= sealed.len(), "the search sees what is stored");
        data.close().await;

        erase_and_end_the_epoch(&place, entropy.shared()).await;
        assert_eq!(found_below(folder.path(), &needles), Vec::<String>::new());
        assert_eq!(found_below(folder.path(), &sealed), Vec::<String>::new());
        only_the_kept_is_left(&place, &entropy).await;
    });
}

async fn only_the_kept_is_left(place: &Place, entropy: &RecordingEntropy) {
    let data = Data::open(place, entropy.shared()).await;
    let left = read_everything(&data).await;
    assert_eq!(left.len(), 1, "what was not erased is still there");
    assert_eq!(left[0].as_slice(), erasing::KEPT.as_bytes());
}

/// The server's files and its log keep sealed content longer: no content and no key, which is what this asks for.
#[cfg(feature = "postgres")]
#[test]
fn nothing_erased_is_found_in_postgres() {
    let folder = tempfile::tempdir().unwrap();
    let dumps = tempfile::tempdir().unwrap();
    let said = said::Said::listen();
    let entropy = RecordingEntropy::default();
    run(async {
        let server = server::SearchedServer::start().await;
        let place = Place::with_server(folder.path(), server.url());
        let data = Data::open(&place, entropy.shared()).await;
        fill(&data).await;
        let sealed = erasing::ciphertext(&data, &place).await;
        server.dump(dumps.path());
        for searched in [dumps.path(), server.folder()] {
            let found = found_below(searched, &sealed);
            assert!(
                found.iter().any(|found| found.contains("the sealed field")),
                "the search sees what is stored"
            );
        }
        let needles = needles(&entropy.keys());
        data.close().await;

        erase_and_end_the_epoch(&place, entropy.shared()).await;
        server.settle().await;
        server.dump(dumps.path());
        std::fs::write(dumps.path().join("said.log"), said.text()).unwrap();
        assert!(said.text().len() > 1000, "there is something to search");
        for searched in [folder.path(), dumps.path(), server.folder()] {
            assert_eq!(found_below(searched, &needles), Vec::<String>::new());
        }
        // sealed under keys that are gone, what was erased still lies in the write-ahead log and in the server's log
        let remains = found_below(server.folder(), &sealed);
        let expected = |found: &String| found.contains("/pg_wal/") || found.ends_with("server.log");
        assert!(remains.iter().all(expected), "{remains:?}");
        assert_eq!(found_below(dumps.path(), &sealed), Vec::<String>::new());
        only_the_kept_is_left(&place, &entropy).await;
    });
}

/// The searched process. Ignored, because it is started by the tests below.
#[test]
#[ignore = "started by the other tests as a process of its own"]
fn searched_process() {
    let (Some(place), Some(dump)) = (Place::told(), std::env::var_os(DUMP)) else { return };
    let dump = Path::new(&dump);
    let entropy = RecordingEntropy::default();
    match std::env::var(WHEN).unwrap().as_str() {
        "holding" => run(async {
            let data = Data::open(&place, entropy.silent()).await;
            let read = read_everything(&data).await;
            memory::dump(dump);
            drop((read, data));
        }),
        _ => {
            run(async {
                let data = Data::open(&place, entropy.silent()).await;
                assert_eq!(read_everything(&data).await.len(), 4);
                data.close().await;
                erase_and_end_the_epoch(&place, entropy.silent()).await;
            });
            memory::dump(dump);
        }
    }
}

fn run_searched(place: &Place, dump: &Path, when: &str) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "searched_process", "--ignored"]);
    place.tell(&mut command);
    command.env(DUMP, dump).env(WHEN, when);
    let ended = command.output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stdout));
    let parts = std::fs::read_dir(dump).unwrap().map(|part| part.unwrap().metadata().unwrap().len());
    assert!(parts.sum::<u64>() > 1_000_000, "there is something to search");
}

/// Searches a process that holds the data, and one that has erased it.
fn search_memory(place: &Place) {
    let dumps = tempfile::tempdir().unwrap();
    let dumps = dumps.path();
    let entropy = RecordingEntropy::default();
    run(async {
        let data = Data::open(place, entropy.shared()).await;
        fill(&data).await;
        data.close().await;
    });
    let needles = needles(&entropy.keys());

    run_searched(place, &dumps.join("holding"), "holding");
    let held = found_below(dumps, &needles);
    for what in ["the field", "the parcel", "a key"] {
        assert!(
            held.iter().any(|found| found.contains(what)),
            "a process that holds {what} shows it: {held:?}"
        );
    }
    std::fs::remove_dir_all(dumps.join("holding")).unwrap();

    run_searched(place, &dumps.join("erased"), "erased");
    assert_eq!(found_below(dumps, &needles), Vec::<String>::new());
}

#[test]
fn nothing_erased_is_found_in_the_memory_of_a_process() {
    let folder = tempfile::tempdir().unwrap();
    search_memory(&Place::in_folder(folder.path()));
}

#[cfg(feature = "postgres")]
#[test]
fn nothing_erased_is_found_in_the_memory_of_a_process_with_postgres() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = None;
    run(async { server = Some(server::SearchedServer::start().await) });
    let server = server.unwrap();
    search_memory(&Place::with_server(folder.path(), server.url()));
}
