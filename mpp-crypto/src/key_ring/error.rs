//! Why a ring did not do what it was asked.

use std::path::PathBuf;

use mpp_core::{Kid, Persistence};

use super::{KeyAlgorithm, KeyUse};

/// A key ring could not do what it was asked. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyRingError {
    /// There is no such key here for that use, or not any more.
    #[error("no key of the name {kid}")]
    UnknownKey {
        /// The name asked for.
        kid: Kid,
    },
    /// The key is out of use until somebody reinstates it.
    #[error("the key {kid} is retired")]
    Retired {
        /// Which key.
        kid: Kid,
    },
    /// Only the current key signs.
    #[error("the key {kid} no longer signs: it has a successor")]
    NotCurrent {
        /// Which key.
        kid: Kid,
    },
    /// The current key cannot be put out of use.
    #[error("the key {kid} is current: generate its successor first")]
    StillCurrent {
        /// Which key.
        kid: Kid,
    },
    /// Only a retired key is reinstated or destroyed.
    #[error("the key {kid} is not retired")]
    NotRetired {
        /// Which key.
        kid: Kid,
    },
    /// The ring has no key of this use yet.
    #[error("there is no {key_use} key: generate one first")]
    NoKey {
        /// The use.
        key_use: KeyUse,
    },
    /// The ring cannot hold keys of this algorithm.
    #[error("this key ring holds no {algorithm} keys")]
    Unsupported {
        /// The algorithm.
        algorithm: KeyAlgorithm,
    },
    /// The ring holds as many keys as it can: destroy some.
    #[error("the key ring is full")]
    Full,
    /// The password is wrong or the file was altered; which of the two is never told.
    #[error("the key ring does not open: wrong password, or altered")]
    DoesNotOpen,
    /// The file is something else, or is cut off.
    #[error("not a key ring")]
    NotAKeyRing,
    /// The file is of a version or suite this program does not know.
    #[error("a key ring of an unknown version or suite")]
    UnknownVersion,
    /// The file is a key ring, but not the expected one.
    #[error("another key ring than the expected one")]
    OtherRing,
    /// Under this program's hands, the file was put back to an earlier state or its password changed: open it again.
    #[error("the key ring was replaced by somebody else: open it again")]
    Replaced,
    /// Others than the owner may read the file, or may put another in its place.
    #[error("{} is open to other users (mode {mode:03o}): only its owner may have access", path.display())]
    TooOpen {
        /// The file or directory.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Another process is changing the ring at this moment.
    #[error("somebody else is changing the key ring")]
    Locked,
    /// The operating system refuses to read or write the file.
    #[error("{}: {kind}", path.display())]
    File {
        /// The file or directory.
        path: PathBuf,
        /// What the operating system said.
        kind: std::io::ErrorKind,
    },
    /// The token refuses the PIN. Few wrong tries lock most tokens.
    #[error("the token refuses the PIN")]
    WrongPin,
    /// The token takes no PIN any more.
    #[error("the PIN of the token is locked")]
    PinLocked,
    /// The holder of the keys does not answer, or refuses for a reason of its own.
    #[error("the keys cannot be used now: {reason}")]
    Unavailable {
        /// What the holder said; never anything secret.
        reason: String,
    },
}

impl KeyRingError {
    /// Whether trying again can help: with a key learnt later, after another's change or with a token that is back, it
    /// may.
    #[must_use]
    pub const fn persistence(&self) -> Persistence {
        match self {
            Self::UnknownKey { .. } | Self::NoKey { .. } | Self::Locked | Self::Unavailable { .. } => {
                Persistence::Temporary
            }
            Self::Retired { .. }
            | Self::NotCurrent { .. }
            | Self::StillCurrent { .. }
            | Self::NotRetired { .. }
            | Self::Unsupported { .. }
            | Self::Full
            | Self::DoesNotOpen
            | Self::NotAKeyRing
            | Self::UnknownVersion
            | Self::OtherRing
            | Self::Replaced
            | Self::TooOpen { .. }
            | Self::File { .. }
            | Self::WrongPin
            | Self::PinLocked => Persistence::Permanent,
        }
    }
}
