//! A ring in one file under a password.

mod disk;
mod format;
mod password;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use mpp_core::{Entropy, Kid, Timestamp, draw};

pub use format::{InspectedRing, RingId, inspect_file};
pub use password::{Password, PasswordCost};

use super::key_list::{KeyList, PrivateKey};
use super::{CarriedKey, KeyAlgorithm, KeyEntry, KeyRing, KeyRingError, OpeningKeys, SigningKeys};
use crate::keys::{AgreedSecret, EncapsulatedKey, EnvelopePublicKey, Signature, VerifyingKey};
use disk::{RingFile, Stamp, WriteLock};
use format::Header;
use password::MasterKey;

/// Keys in a file that only its owner can read, sealed under a password (`docs/formats/key-ring-v1.md`).
///
/// Several processes may use one file: a change by one is seen by all at their next call (one `stat` each), two changes
/// never mix, and a change that cannot begin because another is under way says [`KeyRingError::Locked`]. A file that was
/// put back to an earlier state while a process uses it is refused, as is another ring in its place. What nothing inside
/// a file can tell is whether it was exchanged before it was opened: whoever remembers the [`RingId`] passes it to
/// [`FileKeyRing::expecting`]; an earlier state of the same ring then still opens.
pub struct FileKeyRing {
    file: RingFile,
    entropy: Arc<dyn Entropy>,
    state: RwLock<State>,
}

struct State {
    header: Header,
    master: MasterKey,
    keys: KeyList,
    stamp: Stamp,
}

impl FileKeyRing {
    /// Makes a ring without keys in a new file.
    ///
    /// # Errors
    /// [`KeyRingError::File`] when there is a file already or it cannot be written, [`KeyRingError::TooOpen`] when others
    /// may write to the directory, [`KeyRingError::Locked`].
    pub fn create(
        path: &Path,
        password: &Password,
        cost: PasswordCost,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, KeyRingError> {
        Self::create_with(path, password, cost, Vec::new(), entropy)
    }

    /// Makes a ring with these keys, the newest first, in a new file: a backup of keys that live elsewhere.
    ///
    /// # Errors
    /// Like [`FileKeyRing::create`]; [`KeyRingError::Full`] when there are too many keys, or one stands twice.
    pub fn create_with(
        path: &Path,
        password: &Password,
        cost: PasswordCost,
        keys: Vec<CarriedKey>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, KeyRingError> {
        let keys = KeyList::from_keys(keys.into_iter().map(Into::into).collect());
        let keys = keys.ok_or(KeyRingError::Full)?;
        let file = RingFile::new(path)?;
        let lock = file.lock()?;
        if file.exists() {
            let kind = std::io::ErrorKind::AlreadyExists;
            return Err(KeyRingError::File { path: path.to_owned(), kind });
        }
        let salt = draw(entropy.as_ref());
        let id = RingId::from_random(draw(entropy.as_ref()));
        let header = Header { cost, salt, id, revision: 0, nonce: draw(entropy.as_ref()) };
        let master = MasterKey::derive(password, &salt, cost)?;
        let stamp = file.write(&format::seal(&header, &keys, &master)?, &lock)?;
        Ok(Self { file, entropy, state: RwLock::new(State { header, master, keys, stamp }) })
    }

    /// Opens the ring in a file.
    ///
    /// # Errors
    /// [`KeyRingError::File`] when the file cannot be read, [`KeyRingError::TooOpen`] when others may,
    /// [`KeyRingError::NotAKeyRing`] or [`KeyRingError::UnknownVersion`] when it is something else,
    /// [`KeyRingError::DoesNotOpen`] with a wrong password or when it was altered.
    pub fn open(path: &Path, password: &Password, entropy: Arc<dyn Entropy>) -> Result<Self, KeyRingError> {
        let file = RingFile::existing(path)?;
        let (bytes, stamp) = file.read()?;
        let (header, body) = format::read(&bytes)?;
        let master = MasterKey::derive(password, &header.salt, header.cost)?;
        let keys = format::open(&header, body, &master)?;
        Ok(Self { file, entropy, state: RwLock::new(State { header, master, keys, stamp }) })
    }

    /// The ring, if it is the one of this name.
    ///
    /// # Errors
    /// [`KeyRingError::OtherRing`] when it is not.
    pub fn expecting(self, id: RingId) -> Result<Self, KeyRingError> {
        if self.id() == id { Ok(self) } else { Err(KeyRingError::OtherRing) }
    }

    /// The ring's name.
    #[must_use]
    pub fn id(&self) -> RingId {
        self.seen().header.id
    }

    /// Every key of the ring with its private half, the newest first: to put a backup back.
    ///
    /// # Errors
    /// As [`KeyRing::entries`].
    pub fn carry_out(&self) -> Result<Vec<CarriedKey>, KeyRingError> {
        self.ask(KeyList::carried)
    }

    /// Seals the ring under another password. Other processes that have it open must open it again.
    ///
    /// # Errors
    /// As [`KeyRing::generate`]; nothing is changed then.
    pub fn change_password(&self, password: &Password, cost: PasswordCost) -> Result<(), KeyRingError> {
        let salt = draw(self.entropy.as_ref());
        let master = MasterKey::derive(password, &salt, cost)?;
        let mut state = self.seen_for_change();
        let lock = self.file.lock()?;
        let fresh = self.load_after(&state)?;
        let header = Header { cost, salt, ..fresh.header };
        *state = self.store(State { header, master, ..fresh }, &lock)?;
        Ok(())
    }

    /// Applies `change` to the newest state of the file and writes the outcome.
    fn change<T>(
        &self,
        change: impl FnOnce(&mut KeyList) -> Result<T, KeyRingError>,
    ) -> Result<T, KeyRingError> {
        let mut state = self.seen_for_change();
        let lock = self.file.lock()?;
        let mut fresh = self.load_after(&state)?;
        let answer = change(&mut fresh.keys)?;
        *state = self.store(fresh, &lock)?;
        Ok(answer)
    }

    /// Asks the newest state of the file.
    fn ask<T>(&self, question: impl FnOnce(&KeyList) -> Result<T, KeyRingError>) -> Result<T, KeyRingError> {
        let stamp = self.file.stamp()?;
        let state = self.seen();
        if state.stamp == stamp {
            return question(&state.keys);
        }
        drop(state);
        let mut state = self.seen_for_change();
        if state.stamp != stamp {
            *state = self.load_after(&state)?;
        }
        question(&state.keys)
    }

    /// Reads the file again: it must be the same ring under the same password, and not an earlier state.
    fn load_after(&self, state: &State) -> Result<State, KeyRingError> {
        let (bytes, stamp) = self.file.read()?;
        let (header, body) = format::read(&bytes)?;
        if header.id != state.header.id {
            return Err(KeyRingError::OtherRing);
        }
        let same_password = (header.salt, header.cost) == (state.header.salt, state.header.cost);
        if !same_password || header.revision < state.header.revision {
            return Err(KeyRingError::Replaced);
        }
        let keys = format::open(&header, body, &state.master)?;
        Ok(State { header, master: state.master.again(), keys, stamp })
    }

    fn store(&self, mut next: State, lock: &WriteLock) -> Result<State, KeyRingError> {
        next.header.revision = next.header.revision.checked_add(1).ok_or(KeyRingError::Full)?;
        next.header.nonce = draw(self.entropy.as_ref());
        next.stamp = self.file.write(&format::seal(&next.header, &next.keys, &next.master)?, lock)?;
        Ok(next)
    }

    // The state is only ever replaced as a whole, so a poisoned lock guards a sound one.
    fn seen(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn seen_for_change(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpeningKeys for FileKeyRing {
    fn envelope_key(&self, kid: &Kid) -> Result<EnvelopePublicKey, KeyRingError> {
        self.ask(|keys| keys.envelope_key(kid))
    }

    fn agree(&self, kid: &Kid, encapsulated: &EncapsulatedKey) -> Result<AgreedSecret, KeyRingError> {
        self.ask(|keys| keys.agree(kid, encapsulated))
    }
}

impl SigningKeys for FileKeyRing {
    fn verifying_key(&self, kid: &Kid) -> Result<VerifyingKey, KeyRingError> {
        self.ask(|keys| keys.verifying_key(kid))
    }

    fn sign(&self, kid: &Kid, message: &[u8]) -> Result<Signature, KeyRingError> {
        self.ask(|keys| keys.sign(kid, message))
    }
}

impl KeyRing for FileKeyRing {
    fn supports(&self, _algorithm: KeyAlgorithm) -> bool {
        true
    }

    fn entries(&self) -> Result<Vec<KeyEntry>, KeyRingError> {
        self.ask(|keys| Ok(keys.entries()))
    }

    fn generate(&self, algorithm: KeyAlgorithm, created: Timestamp) -> Result<KeyEntry, KeyRingError> {
        let private = PrivateKey::generate(algorithm, self.entropy.as_ref());
        self.change(|keys| keys.add(private, created))
    }

    fn retire(&self, kid: &Kid) -> Result<(), KeyRingError> {
        self.change(|keys| keys.retire(kid))
    }

    fn reinstate(&self, kid: &Kid) -> Result<(), KeyRingError> {
        self.change(|keys| keys.reinstate(kid))
    }

    fn destroy(&self, kid: &Kid) -> Result<(), KeyRingError> {
        self.change(|keys| keys.destroy(kid))
    }
}

impl fmt::Debug for FileKeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.id();
        f.debug_struct("FileKeyRing").field("file", &self.file).field("id", &id).finish_non_exhaustive()
    }
}
