//! Changes of a key-ring file: what becomes of them in crashes and races, and who sees them when.
#![cfg(feature = "key-file")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

#[path = "support/seeded.rs"]
#[allow(unreachable_pub, reason = "shared by several tests")]
mod seeded;

#[path = "support/ring_folder.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared by several tests")]
mod ring_folder;

use std::fs::{self, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use mpp_crypto::key_ring::{
    FileKeyRing, KeyAlgorithm, KeyRing, KeyRingError, KeyRingExt, KeyUse, SigningKeys,
};
use ring_folder::{Folder, cheap, mode, now, open, password, word};
use seeded::SeededEntropy;

/// Set in a process that is started to write into somebody else's ring.
const WRITER: &str = "MPP_TEST_KEY_RING_WRITER";

#[test]
fn a_crash_while_writing_leaves_the_old_ring_and_hinders_nobody() {
    let folder = Folder::new();
    let ring = folder.create();
    let first = ring.generate(KeyAlgorithm::Es256, now()).unwrap();
    // As a crash between making the new file and renaming it leaves things.
    let left_over = folder.0.path().join("ring.new");
    fs::write(&left_over, &folder.bytes()[..33]).unwrap();
    fs::set_permissions(&left_over, Permissions::from_mode(0o644)).unwrap();
    let again = open(&folder.path()).unwrap();
    assert_eq!(again.entries().unwrap(), [first]);
    again.generate(KeyAlgorithm::Es256, now()).unwrap();
    assert_eq!(mode(&folder.path()), 0o600);
    assert_eq!(open(&folder.path()).unwrap().entries().unwrap().len(), 2);
    assert_eq!(folder.names(), ["ring", "ring.lock"]);
}

#[test]
fn a_change_that_cannot_be_written_does_not_happen() {
    let folder = Folder::new();
    let ring = folder.create();
    let before = folder.bytes();
    // Something that cannot be removed as a file is in the way.
    fs::create_dir(folder.0.path().join("ring.new")).unwrap();
    let refused = ring.generate(KeyAlgorithm::Es256, now()).unwrap_err();
    assert!(matches!(refused, KeyRingError::File { .. }), "{refused}");
    assert_eq!(ring.entries().unwrap(), []);
    assert_eq!(folder.bytes(), before);
}

#[test]
fn a_ring_is_never_made_over_another_file() {
    let folder = Folder::new();
    folder.put(b"something precious");
    let made = FileKeyRing::create(&folder.path(), &password(), cheap(), Arc::new(SeededEntropy::new(1)));
    let kind = ErrorKind::AlreadyExists;
    assert_eq!(made.unwrap_err(), KeyRingError::File { path: folder.path(), kind });
    assert_eq!(folder.bytes(), b"something precious");
}

#[test]
fn a_link_to_a_ring_stays_a_link() {
    let folder = Folder::new();
    folder.create();
    let link = folder.0.path().join("link");
    std::os::unix::fs::symlink(folder.path(), &link).unwrap();
    let ring = open(&link).unwrap();
    ring.generate(KeyAlgorithm::Es256, now()).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(open(&folder.path()).unwrap().entries().unwrap().len(), 1);
}

#[test]
fn who_cannot_get_the_lock_changes_nothing() {
    let folder = Folder::new();
    let ring = folder.create();
    let lock = fs::File::open(folder.0.path().join("ring.lock")).unwrap();
    lock.lock().unwrap();
    assert_eq!(ring.generate(KeyAlgorithm::Es256, now()).unwrap_err(), KeyRingError::Locked);
    assert_eq!(ring.entries().unwrap(), []);
    lock.unlock().unwrap();
    assert!(ring.generate(KeyAlgorithm::Es256, now()).is_ok());
}

#[test]
fn what_one_process_changes_another_sees_at_once() {
    let folder = Folder::new();
    let server = folder.create();
    let operator = open(&folder.path()).unwrap();
    let first = operator.generate(KeyAlgorithm::Es256, now()).unwrap();
    let signature = server.sign(&first.kid, b"message").unwrap();
    operator.generate(KeyAlgorithm::Es256, now()).unwrap();
    operator.retire(&first.kid).unwrap();
    let retired = KeyRingError::Retired { kid: first.kid.clone() };
    assert_eq!(server.verifying_key(&first.kid).unwrap_err(), retired);
    server.reinstate(&first.kid).unwrap();
    let verifying = operator.verifying_key(&first.kid).unwrap();
    assert_eq!(verifying.verify(b"message", signature.as_bytes()), Ok(()));
}

#[test]
fn a_changed_password_takes_effect_everywhere() {
    let folder = Folder::new();
    let ring = folder.create();
    let other = open(&folder.path()).unwrap();
    let key = ring.generate(KeyAlgorithm::EcdhP256, now()).unwrap();
    ring.change_password(&word("battery staple"), cheap()).unwrap();
    assert_eq!(ring.entries().unwrap(), std::slice::from_ref(&key));
    assert_eq!(open(&folder.path()).unwrap_err(), KeyRingError::DoesNotOpen);
    assert_eq!(other.entries().unwrap_err(), KeyRingError::Replaced);
    let opened =
        FileKeyRing::open(&folder.path(), &word("battery staple"), Arc::new(SeededEntropy::new(7))).unwrap();
    assert_eq!(opened.id(), ring.id());
    ring.generate(KeyAlgorithm::EcdhP256, now()).unwrap();
    assert_eq!(opened.entries().unwrap().len(), 2);
}

/// Two processes write as fast as they can; what each was told is done is there in the end.
#[test]
fn two_processes_lose_nothing() {
    const ROUNDS: usize = 20;
    let write = |path: &Path, seed: u64| {
        let ring = FileKeyRing::open(path, &password(), Arc::new(SeededEntropy::new(seed))).unwrap();
        let made = std::iter::repeat_with(|| ring.generate(KeyAlgorithm::Ed25519, now()));
        let done = made.filter(|made| *made != Err(KeyRingError::Locked)).take(ROUNDS);
        for key in done {
            println!("kid {}", key.unwrap().kid);
        }
    };
    if let Some(path) = std::env::var_os(WRITER) {
        return write(Path::new(&path), u64::from(std::process::id()));
    }
    let folder = Folder::new();
    folder.create();
    let start = || {
        Command::new(std::env::current_exe().unwrap())
            .args(["two_processes_lose_nothing", "--exact", "--nocapture"])
            .env(WRITER, folder.path())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap()
    };
    let mut told = Vec::new();
    for process in [start(), start()] {
        let output = process.wait_with_output().unwrap();
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        told.extend(text.lines().filter_map(|line| line.strip_prefix("kid ")).map(ToOwned::to_owned));
    }
    told.sort();
    let ring = open(&folder.path()).unwrap();
    let mut there: Vec<_> =
        ring.entries().unwrap().iter().map(|entry| entry.kid.as_str().to_owned()).collect();
    there.sort();
    assert_eq!(told.len(), 2 * ROUNDS);
    assert_eq!(there, told);
}

#[test]
fn nothing_secret_shows() {
    let folder = Folder::new();
    let ring = folder.create();
    ring.generate(KeyAlgorithm::Es256, now()).unwrap();
    assert_eq!(format!("{:?}", password()), "Password(..)");
    let shown = format!("{ring:?} {:?}", ring.current(KeyUse::Signing));
    assert!(!shown.contains("master") && !shown.contains("correct horse"), "{shown}");
    let file = folder.bytes();
    let ours = ring.entries().unwrap()[0].kid.clone();
    assert!(!file.windows(43).any(|window| window == ours.as_str().as_bytes()));
}
