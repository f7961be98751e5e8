//! Key-ring files: as they lie on somebody's disk, and with any keys inside, sealed by code written from
//! `docs/formats/key-ring-v1.md` and not by the crate.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use argon2::{Algorithm, Argon2, Params, Version};
use mpp_crypto::key_ring::{FileKeyRing, KeyRing as _, KeyRingError, Password, PasswordCost, inspect_file};
use zeroize::Zeroizing;

use super::Reading;
use super::alteration::Alteration;
use super::world::Seeded;

const PASSWORD: &str = "anna blume, 1919";
const MEMORY_KIB: u32 = 1024;
const HEADER_LEN: usize = 72;

/// The input begins with a choice: an odd one means that the rest is a file, an even one that the rest is an alteration
/// and the keys in the ring. A ring opens only unaltered; what opens is written again and lists the same keys.
pub(crate) fn file(data: &[u8]) -> Reading {
    let Some((choice, rest)) = data.split_first() else { return Reading::Refused };
    if choice & 1 == 1 {
        return open_file(rest);
    }
    let Some((alteration, keys)) = Alteration::split_off(rest) else { return Reading::Refused };
    let sealed = sealed(keys);
    let altered = alteration.apply(&sealed);
    let reading = open_file(&altered);
    assert!(reading == Reading::Refused || altered == sealed, "an altered ring opened");
    reading
}

fn open_file(bytes: &[u8]) -> Reading {
    // What costs more is read no further here: the fuzzer is after the bytes, not after Argon2.
    let cheap = bytes.get(6..16).is_some_and(|cost| *cost == [0, 1, 0, 1, 0, 0, 0, 0, 4, 0]);
    if inspect_file(bytes).is_err() || !cheap {
        return Reading::Refused;
    }
    let (path, entropy) = (written(bytes), Arc::new(Seeded::new(30)));
    let opened = FileKeyRing::open(&path, &password(), entropy.clone());
    match &opened {
        Ok(ring) => {
            let entries = ring.entries().expect("it is open");
            let cost = PasswordCost::new(MEMORY_KIB, 1, 1).expect("within the bounds");
            ring.change_password(&password(), cost).expect("a ring that is open is written");
            let again = FileKeyRing::open(&path, &password(), entropy).expect("what we wrote");
            assert_eq!(again.entries().expect("it is open"), entries);
            assert_eq!(again.id(), ring.id());
        }
        Err(error) => {
            let known = matches!(
                error,
                KeyRingError::NotAKeyRing | KeyRingError::UnknownVersion | KeyRingError::DoesNotOpen
            );
            assert!(known, "{error}");
        }
    }
    Reading::of(&opened)
}

/// A file with these keys, well sealed, whatever they are.
fn sealed(keys: &[u8]) -> Vec<u8> {
    static MASTER: LazyLock<[u8; 32]> = LazyLock::new(|| {
        let params = Params::new(MEMORY_KIB, 1, 1, Some(32)).expect("within the bounds");
        let mut key = [0; 32];
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        argon2.hash_password_into(PASSWORD.as_bytes(), &[7; 16], &mut key).expect("enough memory");
        key
    });
    let mut header = b"MPPK\x01\x01\0\x01\0\x01\0\0".to_vec();
    header.extend_from_slice(&MEMORY_KIB.to_be_bytes());
    header.extend_from_slice(&[0; 4]);
    header.extend_from_slice(&[7; 16]);
    header.extend_from_slice(&[8; 16]);
    header.extend_from_slice(&3_u64.to_be_bytes());
    header.extend_from_slice(&[9; 12]);
    assert_eq!(header.len(), HEADER_LEN);
    let cipher = aes_gcm::Aes256Gcm::new(&(*MASTER).into());
    let payload = Payload { msg: keys, aad: &header };
    let body = cipher.encrypt(&[9; 12].into(), payload).expect("short");
    [header, body].concat()
}

fn password() -> Password {
    Password::new(Zeroizing::new(PASSWORD.to_owned())).expect("not empty")
}

/// The bytes in a file as a ring must lie: nobody else's.
fn written(bytes: &[u8]) -> PathBuf {
    static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
        let fast = PathBuf::from("/dev/shm");
        let place = if fast.is_dir() { fast } else { std::env::temp_dir() };
        let folder = place.join(format!("mpp-fuzz-key-ring-{}", std::process::id()));
        fs::DirBuilder::new().mode(0o700).recursive(true).create(&folder).expect("a folder of our own");
        folder
    });
    let path = FOLDER.join("ring.mppk");
    let _ = fs::remove_file(&path);
    let mut file =
        fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).expect("a new file");
    file.write_all(bytes).expect("room for a small file");
    path
}
