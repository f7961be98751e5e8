//! The file of a key ring: who may read it, what becomes of it in crashes and races, and that nothing but a whole ring
//! under its password opens.
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

use std::fs::{self, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use mpp_core::Timestamp;
use mpp_crypto::key_ring::{
    FileKeyRing, KeyAlgorithm, KeyRing, KeyRingError, KeyRingExt, Password, PasswordCost, RingId, SigningKeys,
};
use seeded::SeededEntropy;
use zeroize::Zeroizing;

/// Set in a process that is started to write into somebody else's ring.
const WRITER: &str = "MPP_TEST_KEY_RING_WRITER";

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("ring")
    }

    fn create(&self) -> FileKeyRing {
        self.create_as("ring", 1)
    }

    fn create_as(&self, name: &str, seed: u64) -> FileKeyRing {
        let path = self.0.path().join(name);
        FileKeyRing::create(&path, &password(), cheap(), Arc::new(SeededEntropy::new(seed))).unwrap()
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(self.path()).unwrap()
    }

    fn put(&self, bytes: &[u8]) {
        fs::write(self.path(), bytes).unwrap();
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn password() -> Password {
    word("correct horse")
}

fn word(text: &str) -> Password {
    Password::new(Zeroizing::new(text.to_owned())).unwrap()
}

fn cheap() -> PasswordCost {
    PasswordCost::new(1_024, 1, 1).unwrap()
}

fn open(path: &Path) -> Result<FileKeyRing, KeyRingError> {
    FileKeyRing::open(path, &password(), Arc::new(SeededEntropy::new(77)))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn now() -> Timestamp {
    "2026-11-25T09:00:00Z".parse().unwrap()
}

#[test]
fn only_the_owner_can_read_a_new_ring() {
    let folder = Folder::new();
    let ring = folder.create();
    assert_eq!(mode(&folder.path()), 0o600);
    ring.generate(KeyAlgorithm::Es256, now()).unwrap();
    assert_eq!(mode(&folder.path()), 0o600);
    assert_eq!(folder.names(), ["ring", "ring.lock"]);
}

#[test]
fn a_ring_that_others_can_read_is_refused() {
    let folder = Folder::new();
    let ring = folder.create();
    for bits in [0o640, 0o604, 0o644, 0o620, 0o602, 0o666, 0o601] {
        fs::set_permissions(folder.path(), Permissions::from_mode(bits)).unwrap();
        let path = folder.path().canonicalize().unwrap();
        let refused = KeyRingError::TooOpen { path, mode: bits };
        assert_eq!(open(&folder.path()).unwrap_err(), refused.clone());
        // Also by who has it open already.
        assert_eq!(ring.entries().unwrap_err(), refused);
    }
    fs::set_permissions(folder.path(), Permissions::from_mode(0o400)).unwrap();
    assert!(open(&folder.path()).is_ok());
}

#[test]
fn a_directory_where_others_can_exchange_the_ring_is_refused() {
    let folder = Folder::new();
    folder.create();
    let refused = |mode| KeyRingError::TooOpen { path: folder.0.path().canonicalize().unwrap(), mode };
    for bits in [0o770, 0o702, 0o777] {
        fs::set_permissions(folder.0.path(), Permissions::from_mode(bits)).unwrap();
        assert_eq!(open(&folder.path()).unwrap_err(), refused(bits));
        let path = folder.0.path().join("another");
        let created = FileKeyRing::create(&path, &password(), cheap(), Arc::new(SeededEntropy::new(1)));
        assert_eq!(created.unwrap_err(), refused(bits));
    }
    // In a sticky directory, as /tmp is, everybody renames only what is theirs.
    fs::set_permissions(folder.0.path(), Permissions::from_mode(0o1777)).unwrap();
    assert!(open(&folder.path()).is_ok());
}

#[test]
fn a_wrong_password_and_an_altered_file_are_refused_in_the_same_words() {
    let folder = Folder::new();
    folder.create();
    for wrong in ["correct horsf", "correct horse ", "x"] {
        let opened = FileKeyRing::open(&folder.path(), &word(wrong), Arc::new(SeededEntropy::new(7)));
        assert_eq!(opened.unwrap_err(), KeyRingError::DoesNotOpen);
    }
    assert!(Password::new(Zeroizing::new(String::new())).is_none());
    let mut bytes = folder.bytes();
    *bytes.last_mut().unwrap() ^= 1;
    folder.put(&bytes);
    assert_eq!(open(&folder.path()).unwrap_err(), KeyRingError::DoesNotOpen);
}

#[test]
fn every_cut_and_every_continuation_is_refused() {
    let folder = Folder::new();
    let ring = folder.create();
    ring.generate(KeyAlgorithm::EcdhP256, now()).unwrap();
    ring.generate(KeyAlgorithm::Ed25519, now()).unwrap();
    let whole = folder.bytes();
    for length in 0..whole.len() {
        folder.put(&whole[..length]);
        let refused = open(&folder.path()).unwrap_err();
        // A cut by whole keys has the form of a ring; the tag tells.
        let expected = if length >= 90 && (length - 90) % 42 == 0 {
            KeyRingError::DoesNotOpen
        } else {
            KeyRingError::NotAKeyRing
        };
        assert_eq!(refused, expected, "cut to {length}");
    }
    for more in [1, 41, 42, 50_000] {
        folder.put(&[&whole[..], &vec![0; more]].concat());
        assert!(open(&folder.path()).is_err(), "{more} bytes more");
    }
    folder.put(&whole);
    assert_eq!(open(&folder.path()).unwrap().entries().unwrap().len(), 2);
}

#[test]
fn every_altered_byte_is_refused() {
    let folder = Folder::new();
    let ring = folder.create();
    ring.generate(KeyAlgorithm::EcdhP256, now()).unwrap();
    ring.generate(KeyAlgorithm::Es256, now()).unwrap();
    let whole = folder.bytes();
    for at in 0..whole.len() {
        for bits in [0x01, 0x80] {
            let mut altered = whole.clone();
            altered[at] ^= bits;
            folder.put(&altered);
            let refused = open(&folder.path()).unwrap_err();
            let expected = match at {
                0..4 | 10..12 | 16..20 => KeyRingError::NotAKeyRing,
                4..6 => KeyRingError::UnknownVersion,
                // A cost out of bounds is no ring, another cost is another key.
                6..16 if refused == KeyRingError::NotAKeyRing => KeyRingError::NotAKeyRing,
                _ => KeyRingError::DoesNotOpen,
            };
            assert_eq!(refused, expected, "byte {at} with {bits:02x}");
        }
    }
}

#[test]
fn a_hostile_cost_takes_neither_memory_nor_time() {
    let folder = Folder::new();
    folder.create();
    let whole = folder.bytes();
    let costs: [(usize, &[u8]); 8] = [
        (12, &[0xff; 4]),
        (12, &[0x00, 0x04, 0x00, 0x01]),
        (12, &[0, 0, 0x03, 0xff]),
        (6, &[0xff, 0xff]),
        (6, &[0, 17]),
        (6, &[0, 0]),
        (8, &[0, 9]),
        (8, &[0, 0]),
    ];
    for (at, bytes) in costs {
        let mut hostile = whole.clone();
        hostile[at..at + bytes.len()].copy_from_slice(bytes);
        folder.put(&hostile);
        assert_eq!(open(&folder.path()).unwrap_err(), KeyRingError::NotAKeyRing);
    }
    assert!(PasswordCost::new(262_145, 1, 1).is_none());
}

#[test]
fn an_endless_file_is_not_read_to_its_end() {
    let folder = Folder::new();
    folder.create();
    let file = fs::OpenOptions::new().write(true).open(folder.path()).unwrap();
    file.set_len(1 << 40).unwrap();
    assert_eq!(open(&folder.path()).unwrap_err(), KeyRingError::NotAKeyRing);
    assert_eq!(open(folder.0.path()).unwrap_err(), KeyRingError::NotAKeyRing);
}

#[test]
fn another_ring_in_its_place_is_noticed() {
    let folder = Folder::new();
    let ring = folder.create();
    let other = folder.create_as("other", 2);
    ring.generate(KeyAlgorithm::Es256, now()).unwrap();
    other.generate(KeyAlgorithm::Es256, now()).unwrap();
    let id = ring.id();
    assert_eq!(RingId::from_text(&id.to_string()), Some(id));
    assert_eq!(RingId::from_text("ABC"), None);
    let mine = folder.bytes();
    folder.put(&fs::read(folder.0.path().join("other")).unwrap());
    // By who has it open, and by who remembers its name; with the same password nobody else can know.
    assert_eq!(ring.entries().unwrap_err(), KeyRingError::OtherRing);
    assert_eq!(ring.generate(KeyAlgorithm::Es256, now()).unwrap_err(), KeyRingError::OtherRing);
    assert_eq!(open(&folder.path()).unwrap().expecting(id).unwrap_err(), KeyRingError::OtherRing);
    assert!(open(&folder.path()).is_ok());
    folder.put(&mine);
    assert!(open(&folder.path()).unwrap().expecting(id).is_ok());
    assert_eq!(ring.entries().unwrap().len(), 1);
}

#[test]
fn an_earlier_state_in_its_place_is_noticed_by_who_has_it_open() {
    let folder = Folder::new();
    let ring = folder.create();
    ring.generate(KeyAlgorithm::Es256, now()).unwrap();
    let earlier = folder.bytes();
    ring.generate(KeyAlgorithm::Es256, now()).unwrap();
    folder.put(&earlier);
    assert_eq!(ring.entries().unwrap_err(), KeyRingError::Replaced);
    assert_eq!(ring.generate(KeyAlgorithm::Es256, now()).unwrap_err(), KeyRingError::Replaced);
    assert_eq!(folder.bytes(), earlier);
}

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
    let shown = format!("{ring:?} {:?}", ring.current(mpp_crypto::key_ring::KeyUse::Signing));
    assert!(!shown.contains("master") && !shown.contains("correct horse"), "{shown}");
    let file = folder.bytes();
    let ours = ring.entries().unwrap()[0].kid.clone();
    assert!(!file.windows(43).any(|window| window == ours.as_str().as_bytes()));
}
