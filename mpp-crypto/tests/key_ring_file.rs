//! The file of a key ring: who may read it, and that nothing but a whole ring under its password opens.
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
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use mpp_crypto::key_ring::{
    FileKeyRing, KeyAlgorithm, KeyRing, KeyRingError, Password, PasswordCost, RingId, SigningKeys,
    inspect_file,
};
use ring_folder::{Folder, cheap, mode, now, open, password, word};
use seeded::SeededEntropy;
use zeroize::Zeroizing;

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
fn what_a_file_says_of_itself_needs_no_password() {
    let folder = Folder::new();
    let ring = folder.create();
    ring.generate(KeyAlgorithm::Es256, now()).unwrap();
    let inspected = inspect_file(&folder.bytes()).unwrap();
    assert_eq!((inspected.id, inspected.revision, inspected.cost), (ring.id(), 1, cheap()));
    assert_eq!(inspect_file(b"MPPE"), Err(KeyRingError::NotAKeyRing));
}

#[test]
fn keys_are_carried_out_of_a_ring_and_into_another_one() {
    let folder = Folder::new();
    let ring = folder.create();
    for algorithm in
        [KeyAlgorithm::EcdhP256, KeyAlgorithm::Es256, KeyAlgorithm::Ed25519, KeyAlgorithm::EcdhP256]
    {
        ring.generate(algorithm, now()).unwrap();
    }
    let path = folder.0.path().join("backup");
    let other = Password::new(Zeroizing::new("another password".to_owned())).unwrap();
    let entropy = || Arc::new(SeededEntropy::new(9));
    let carried = ring.carry_out().unwrap();
    let copy = FileKeyRing::create_with(&path, &other, cheap(), carried, entropy()).unwrap();
    assert_ne!(copy.id(), ring.id());
    let reopened = FileKeyRing::open(&path, &other, entropy()).unwrap();
    assert_eq!(reopened.entries().unwrap(), ring.entries().unwrap(), "the same keys in the same order");
    let current = ring.entries().unwrap()[1].kid.clone();
    let signature = reopened.sign(&current, b"a text").unwrap();
    ring.verifying_key(&current).unwrap().verify(b"a text", signature.as_bytes()).unwrap();
    let carried = ring.carry_out().unwrap();
    let there = FileKeyRing::create_with(&path, &other, cheap(), carried, entropy()).unwrap_err();
    assert!(matches!(there, KeyRingError::File { .. }), "{there}");
    let twice = ring.carry_out().unwrap().into_iter().chain(ring.carry_out().unwrap()).collect();
    let beside = folder.0.path().join("twice");
    let refused = FileKeyRing::create_with(&beside, &other, cheap(), twice, entropy()).unwrap_err();
    assert_eq!((refused, beside.exists()), (KeyRingError::Full, false));
}
