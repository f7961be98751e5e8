//! Held against `openssl`, another hand's implementation: it checks what we sign and reads the keys we write, and the other
//! way round. The program is found where `MPP_OPENSSL` says, else along `PATH`; without it these tests fail.
#![cfg(feature = "rs256-sign")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

#[path = "openssl_peer/certificates.rs"]
mod certificates;
#[path = "openssl_peer/keys.rs"]
mod keys;
#[path = "support/seeded.rs"]
#[allow(unreachable_pub, reason = "shared by several tests")]
mod seeded;
#[path = "openssl_peer/signatures.rs"]
mod signatures;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use mpp_crypto::AnyVerifyingKey;
use mpp_crypto::import::{ImportError, PublicKeySet};
use tempfile::TempDir;

/// A folder in which `openssl` runs.
struct Bench(TempDir);

impl Bench {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// Runs `openssl` with arguments separated by spaces; whether it was content, and what it printed.
    fn try_openssl(&self, arguments: &str) -> (bool, Vec<u8>) {
        let program = std::env::var_os("MPP_OPENSSL").unwrap_or_else(|| "openssl".into());
        let output = Command::new(&program)
            .args(arguments.split(' '))
            .current_dir(self.0.path())
            .output()
            .unwrap_or_else(|error| {
                panic!(
                    "`openssl` ({}) cannot be run: {error}; install it or set MPP_OPENSSL",
                    program.display()
                )
            });
        (output.status.success(), output.stdout)
    }

    fn openssl(&self, arguments: &str) -> Vec<u8> {
        let (content, out) = self.try_openssl(arguments);
        assert!(content, "openssl {arguments}");
        out
    }
}

/// How `openssl genpkey` is told to make the kinds of key we take, and their algorithms.
const KINDS: [(&str, &str); 5] = [
    ("-algorithm RSA -pkeyopt rsa_keygen_bits:2048", "RS256"),
    ("-algorithm RSA -pkeyopt rsa_keygen_bits:3072", "RS256"),
    ("-algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3", "RS256"),
    ("-algorithm EC -pkeyopt ec_paramgen_curve:P-256", "ES256"),
    ("-algorithm ED25519", "EdDSA"),
];

fn public_key(bytes: &[u8]) -> Result<AnyVerifyingKey, ImportError> {
    PublicKeySet::read(bytes).map(|set| set.only().unwrap().key.clone())
}
