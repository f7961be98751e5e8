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
#[path = "forensics/searching.rs"]
mod searching;

use std::path::Path;
use std::process::Command;

use mpp_store::conformance::run;

use erasing::{Data, erase_and_end_the_epoch, fill, read_everything};
use searching::{Needle, RecordingEntropy, found_below};

const DATA: &str = "MPP_STORE_TEST_DATA";
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
    let entropy = RecordingEntropy::default();
    run(async {
        let data = Data::open(folder.path(), entropy.shared()).await;
        fill(&data).await;
        let needles = needles(&entropy.keys());
        let before = found_below(folder.path(), &needles);
        assert!(before.iter().any(|found| found.contains("epoch-00000001.key")), "{before:?}");
        assert!(before.iter().all(|found| found.contains(".key")), "only keys lie open: {before:?}");
        let sealed = erasing::ciphertext(&data, folder.path()).await;
        assert!(found_below(folder.path(), &sealed).len() >= sealed.len(), "the search sees what is stored");
        data.close().await;

        erase_and_end_the_epoch(folder.path(), entropy.shared()).await;
        assert_eq!(found_below(folder.path(), &needles), Vec::<String>::new());
        assert_eq!(found_below(folder.path(), &sealed), Vec::<String>::new());
        let data = Data::open(folder.path(), entropy.shared()).await;
        let left = read_everything(&data).await;
        assert_eq!(left.len(), 1, "what was not erased is still there");
        assert_eq!(left[0].as_slice(), erasing::KEPT.as_bytes());
    });
}

/// The searched process. Ignored, because it is started by the tests below.
#[test]
#[ignore = "started by the other tests as a process of its own"]
fn searched_process() {
    let (Some(folder), Some(dump)) = (std::env::var_os(DATA), std::env::var_os(DUMP)) else { return };
    let (folder, dump) = (Path::new(&folder), Path::new(&dump));
    let entropy = RecordingEntropy::default();
    match std::env::var(WHEN).unwrap().as_str() {
        "holding" => run(async {
            let data = Data::open(folder, entropy.silent()).await;
            let read = read_everything(&data).await;
            memory::dump(dump);
            drop((read, data));
        }),
        _ => {
            run(async {
                let data = Data::open(folder, entropy.silent()).await;
                assert_eq!(read_everything(&data).await.len(), 4);
                data.close().await;
                erase_and_end_the_epoch(folder, entropy.silent()).await;
            });
            memory::dump(dump);
        }
    }
}

fn run_searched(folder: &Path, dump: &Path, when: &str) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "searched_process", "--ignored"]);
    command.env(DATA, folder).env(DUMP, dump).env(WHEN, when);
    let ended = command.output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stdout));
    let parts = std::fs::read_dir(dump).unwrap().map(|part| part.unwrap().metadata().unwrap().len());
    assert!(parts.sum::<u64>() > 1_000_000, "there is something to search");
}

#[test]
fn nothing_erased_is_found_in_the_memory_of_a_process() {
    let folder = tempfile::tempdir().unwrap();
    let (data, dumps) = (folder.path().join("data"), folder.path().join("dumps"));
    std::fs::create_dir(&dumps).unwrap();
    let entropy = RecordingEntropy::default();
    run(async {
        let data = Data::open(&data, entropy.shared()).await;
        fill(&data).await;
        data.close().await;
    });
    let needles = needles(&entropy.keys());

    run_searched(&data, &dumps.join("holding"), "holding");
    let held = found_below(&dumps, &needles);
    for what in ["the field", "the parcel", "a key"] {
        assert!(
            held.iter().any(|found| found.contains(what)),
            "a process that holds {what} shows it: {held:?}"
        );
    }
    std::fs::remove_dir_all(dumps.join("holding")).unwrap();

    run_searched(&data, &dumps.join("erased"), "erased");
    assert_eq!(found_below(&dumps, &needles), Vec::<String>::new());
}
