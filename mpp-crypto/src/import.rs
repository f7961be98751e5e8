//! Keys as others hand them over: JWK and JWK Set (RFC 7517), PEM and DER (RFC 7468, RFC 5280, RFC 5480, RFC 8410), X.509
//! certificates.
//!
//! What is read is a key for **signatures** of one of three kinds: RSA of 2,048 to 8,192 bits, P-256, Ed25519. The key
//! fixes the algorithm; a name of an algorithm beside it can only refuse it. A private key is never taken for a public
//! one, nor the other way round.

mod certificate;
mod jwk;
mod key_set;
mod private_key;
mod spki;

use mpp_core::Persistence;

pub use certificate::{Certificate, ValidityError};
pub use key_set::{NamedKey, PublicKeySet, SkippedKey};
pub use private_key::{read_signing_key, read_signing_key_named};
pub use spki::{to_public_der, to_public_pem};

use crate::keys::KeyError;
use crate::primitives::pem;

/// Longer texts are refused before anything in them is decoded.
const MAX_BYTES: usize = 1 << 20;

/// A key is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// The bytes are none of the forms of a key.
    #[error("not a key in a form this system reads")]
    Malformed,
    /// The text is longer than any file of keys.
    #[error("too long for a file of keys")]
    TooLong,
    /// The file holds no key of a kind and use this system takes.
    #[error("no key of a kind this system takes")]
    NoKey,
    /// Several keys where one belongs: none is guessed.
    #[error("several keys where one belongs")]
    SeveralKeys,
    /// A private or secret key where a public one belongs: whoever published it should be told.
    #[error("a private key where a public one belongs")]
    PrivateKey,
    /// A public key where a private one belongs.
    #[error("a public key where a private one belongs")]
    PublicKey,
    /// The private key is under a password.
    #[error("the private key is encrypted; decrypt it first")]
    Encrypted,
    /// The key is of another kind than RSA, P-256 and Ed25519.
    #[error("a key of a kind this system does not take")]
    UnsupportedKind,
    /// The key lies on another curve than P-256 and Ed25519.
    #[error("a key on a curve this system does not take")]
    UnsupportedCurve,
    /// The key says that it is for another use or algorithm.
    #[error("a key for another use or algorithm")]
    OtherUse,
    /// Members of a key are missing.
    #[error("members of the key are missing")]
    MissingMembers,
    /// Two different keys go by one name.
    #[error("two keys go by one name")]
    DuplicateKid,
    /// The numbers are no key.
    #[error("{0}")]
    Key(#[from] KeyError),
}

impl ImportError {
    /// Whether trying again can help: never with the same bytes.
    #[must_use]
    pub const fn persistence(&self) -> Persistence {
        Persistence::Permanent
    }
}

/// The text of a file of keys; `None` when it is binary.
fn text_of(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().filter(|text| text.trim_start().starts_with('{') || pem::has_block(text))
}
