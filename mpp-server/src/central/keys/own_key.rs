//! One of the keys central signs with, in its files: the present one, the one that is about to follow it, and what is known of those before.
//!
//! A replacement is three steps: the next key is written, the statement that it follows is put on record, and it takes the
//! place of the present one. Whoever reads the files finishes one that was cut off after the second; cut off before, it is as
//! if it had not begun.

use std::path::{Path, PathBuf};

use mpp_core::{Entropy, Kid, PublicJwk, Timestamp};
use mpp_crypto::jws::{CompactJws, JwsError};
use mpp_crypto::keys::{KeyError, SigningKey, sign_succession};
use serde::{Deserialize, Serialize};

use super::files;
use crate::runtime::{KeyFault, key_text, own_files};

/// Which key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnKey {
    /// Signs artefacts, receipts and key records (P-256).
    Signing,
    /// Signs notifications (Ed25519).
    Notification,
}

/// Why a key cannot be had or replaced; never holds any of it.
#[derive(Debug, thiserror::Error)]
pub enum OwnKeyError {
    /// There is none yet: central makes it when it is started for the first time.
    #[error("there is no key yet; central makes it when it first starts")]
    None,
    /// Somebody else is replacing it.
    #[error("somebody else is replacing a key")]
    Busy,
    /// What is on record does not fit the key that is there.
    #[error("{} does not belong to the key that is there", path.display())]
    Mismatch {
        /// The record.
        path: PathBuf,
    },
    /// The record cannot be read.
    #[error("{} is not what central writes there", path.display())]
    Record {
        /// The record.
        path: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("the file cannot be read or written")]
    File(#[from] std::io::Error),
    /// A file holds no key.
    #[error("no signing key")]
    Key(#[from] KeyError),
    /// The statement cannot be made.
    #[error("the statement of the next key cannot be made")]
    Statement(#[from] JwsError),
    /// Another trouble with a file.
    #[error("the file cannot be used")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A key that signed before.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EarlierKey {
    /// Its public half.
    pub key: PublicJwk,
    /// The key after it.
    pub next: Kid,
    /// What it said of the key after it.
    pub succession: CompactJws,
    /// When.
    pub replaced_at: Timestamp,
}

/// A key and those before it.
#[derive(Debug)]
pub struct KeyStanding {
    /// Signs now.
    pub present: SigningKey,
    /// Signed before, oldest first.
    pub earlier: Vec<EarlierKey>,
}

impl KeyStanding {
    /// The public halves of the keys before, newest first.
    pub fn older(&self) -> Vec<PublicJwk> {
        self.earlier.iter().rev().map(|earlier| earlier.key.clone()).collect()
    }

    /// What they said of the keys after them, oldest first.
    pub fn successions(&self) -> Vec<CompactJws> {
        self.earlier.iter().map(|earlier| earlier.succession.clone()).collect()
    }
}

impl OwnKey {
    const fn name(self) -> &'static str {
        match self {
            Self::Signing => "central-signing",
            Self::Notification => "central-notification",
        }
    }

    /// The file of the present key.
    pub fn file(self) -> String {
        format!("{}.pem", self.name())
    }

    fn generate(self, entropy: &dyn Entropy) -> SigningKey {
        match self {
            Self::Signing => SigningKey::generate_p256(entropy),
            Self::Notification => SigningKey::generate_ed25519(entropy),
        }
    }

    /// The key in this folder, made where there is none.
    ///
    /// # Errors
    /// When a file is unreadable or does not fit the others.
    pub fn load_or_create(self, folder: &Path, entropy: &dyn Entropy) -> Result<KeyStanding, OwnKeyError> {
        let place = Files { folder, key: self };
        let _turn = files::wait_for_turn(&place.lock())?;
        match place.load() {
            Err(OwnKeyError::None) => {
                place.made(&place.present(), entropy)?;
                place.load()
            }
            loaded => loaded,
        }
    }

    /// The key in this folder, which must be there.
    ///
    /// # Errors
    /// As [`OwnKey::load_or_create`]; [`OwnKeyError::None`].
    pub fn load(self, folder: &Path) -> Result<KeyStanding, OwnKeyError> {
        let place = Files { folder, key: self };
        let _turn = files::wait_for_turn(&place.lock())?;
        place.load()
    }

    /// Makes another key, has the present one say that it follows, puts it in its place, and destroys the present one.
    ///
    /// # Errors
    /// As [`OwnKey::load`].
    pub fn replace(
        self,
        folder: &Path,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<KeyStanding, OwnKeyError> {
        let place = Files { folder, key: self };
        let _turn = files::take_turn(&place.lock())?.ok_or(OwnKeyError::Busy)?;
        let KeyStanding { present, mut earlier } = place.load()?;
        let next = place.made(&place.next(), entropy)?;
        earlier.push(EarlierKey {
            key: present.public().to_jwk(),
            next: next.kid().clone(),
            succession: sign_succession(&present, next.public(), now)?,
            replaced_at: now,
        });
        place.write_record(&earlier)?;
        place.load()
    }
}

/// The files of one key.
#[derive(Clone, Copy)]
struct Files<'f> {
    folder: &'f Path,
    key: OwnKey,
}

impl Files<'_> {
    fn present(self) -> PathBuf {
        self.folder.join(self.key.file())
    }

    fn next(self) -> PathBuf {
        self.folder.join(format!("{}.next.pem", self.key.name()))
    }

    fn record(self) -> PathBuf {
        self.folder.join(format!("{}.earlier.json", self.key.name()))
    }

    fn lock(self) -> PathBuf {
        self.folder.join("central-keys.lock")
    }

    fn load(self) -> Result<KeyStanding, OwnKeyError> {
        let earlier = self.read_record()?;
        self.finish(&earlier)?;
        let text = own_files::read(&self.present())?.ok_or(OwnKeyError::None)?;
        let present = SigningKey::from_pkcs8_pem(&text)?;
        match earlier.last() {
            Some(last) if last.next != *present.kid() => Err(OwnKeyError::Mismatch { path: self.record() }),
            Some(_) | None => Ok(KeyStanding { present, earlier }),
        }
    }

    /// The key in this file, made where there is none.
    fn made(self, path: &Path, entropy: &dyn Entropy) -> Result<SigningKey, OwnKeyError> {
        let make = || Ok::<_, KeyFault>(self.key.generate(entropy).to_pkcs8_pem());
        Ok(SigningKey::from_pkcs8_pem(&key_text(path, make).map_err(OwnKeyError::Other)?)?)
    }

    /// Puts the next key in the place of the present one, where it is on record that it follows. The present one is destroyed
    /// first: it is not needed any more, and its place on the disk will be.
    fn finish(self, earlier: &[EarlierKey]) -> Result<(), OwnKeyError> {
        let (Some(last), Some(text)) = (earlier.last(), own_files::read(&self.next())?) else {
            return Ok(());
        };
        if *SigningKey::from_pkcs8_pem(&text)?.kid() == last.next {
            files::overwrite(&self.present())?;
            own_files::rename(&self.next(), &self.present())?;
        }
        Ok(())
    }

    fn read_record(self) -> Result<Vec<EarlierKey>, OwnKeyError> {
        let Some(text) = own_files::read(&self.record())? else { return Ok(Vec::new()) };
        serde_json::from_str(&text).map_err(|_| OwnKeyError::Record { path: self.record() })
    }

    fn write_record(self, earlier: &[EarlierKey]) -> Result<(), OwnKeyError> {
        let text = serde_json::to_string_pretty(earlier).map_err(std::io::Error::other)?;
        Ok(own_files::replace(&self.record(), &text)?)
    }
}

#[cfg(test)]
mod tests;
