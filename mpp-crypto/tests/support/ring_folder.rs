//! A folder with a key-ring file in it, made cheaply.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mpp_core::Timestamp;
use mpp_crypto::key_ring::{FileKeyRing, KeyRingError, Password, PasswordCost};
use zeroize::Zeroizing;

use crate::seeded::SeededEntropy;

pub struct Folder(pub tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> PathBuf {
        self.0.path().join("ring")
    }

    pub fn create(&self) -> FileKeyRing {
        self.create_as("ring", 1)
    }

    pub fn create_as(&self, name: &str, seed: u64) -> FileKeyRing {
        let path = self.0.path().join(name);
        FileKeyRing::create(&path, &password(), cheap(), Arc::new(SeededEntropy::new(seed))).unwrap()
    }

    pub fn bytes(&self) -> Vec<u8> {
        fs::read(self.path()).unwrap()
    }

    pub fn put(&self, bytes: &[u8]) {
        fs::write(self.path(), bytes).unwrap();
    }

    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

pub fn password() -> Password {
    word("correct horse")
}

pub fn word(text: &str) -> Password {
    Password::new(Zeroizing::new(text.to_owned())).unwrap()
}

pub fn cheap() -> PasswordCost {
    PasswordCost::new(1_024, 1, 1).unwrap()
}

pub fn open(path: &Path) -> Result<FileKeyRing, KeyRingError> {
    FileKeyRing::open(path, &password(), Arc::new(SeededEntropy::new(77)))
}

pub fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

pub fn now() -> Timestamp {
    "2026-11-25T09:00:00Z".parse().unwrap()
}
