//! `content-digest` (RFC 9530): SHA-256 in ours, SHA-512 too in what others send.

use std::fmt;

use mpp_core::Sha256Digest;
use sha2::{Digest, Sha512};

use super::{HttpSignatureError, structured_field};
use crate::primitives::base64;
use crate::sha256;

const ALGORITHM: &str = "sha-256";
const STRONGER: &str = "sha-512";

/// The digest of a request's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentDigest(Sha256Digest);

impl ContentDigest {
    /// The digest of a body at hand.
    #[must_use]
    pub fn of(body: &[u8]) -> Self {
        Self(sha256(body))
    }

    /// The digest of a body hashed elsewhere, for example while streaming.
    #[must_use]
    pub const fn from_sha256(digest: Sha256Digest) -> Self {
        Self(digest)
    }

    /// Reads the header's value. A receiver that streams the body verifies the signature over this announced digest
    /// and compares the body's own when it has arrived.
    ///
    /// # Errors
    /// [`HttpSignatureError::Malformed`] when it holds no SHA-256 digest.
    pub fn parse(value: &str) -> Result<Self, HttpSignatureError> {
        let entries = structured_field::parse_byte_sequences(value).ok_or(HttpSignatureError::Malformed)?;
        let entry = entries.into_iter().find(|(name, _)| name == ALGORITHM);
        let (_, bytes) = entry.ok_or(HttpSignatureError::Malformed)?;
        let bytes = <[u8; 32]>::try_from(bytes).map_err(|_| HttpSignatureError::Malformed)?;
        Ok(Self(Sha256Digest::from_bytes(bytes)))
    }

    /// Checks the header's value against a body at hand: it has a digest by SHA-256 or SHA-512, and those it has match.
    /// Digests by other algorithms are ignored, as RFC 9530 §2 wants.
    ///
    /// # Errors
    /// [`HttpSignatureError::Malformed`] when it is no header of this kind or has neither digest,
    /// [`HttpSignatureError::ContentDiffers`] when one does not match.
    pub fn check(value: &str, body: &[u8]) -> Result<(), HttpSignatureError> {
        let entries = structured_field::parse_byte_sequences(value).ok_or(HttpSignatureError::Malformed)?;
        let matches = |(name, digest): &(String, Vec<u8>)| match name.as_str() {
            ALGORITHM => Some(digest.as_slice() == sha256(body).as_bytes()),
            STRONGER => Some(digest.as_slice() == Sha512::digest(body).as_slice()),
            _ => None,
        };
        let answers: Vec<bool> = entries.iter().filter_map(matches).collect();
        match answers.as_slice() {
            [] => Err(HttpSignatureError::Malformed),
            known if known.iter().all(|matches| *matches) => Ok(()),
            _ => Err(HttpSignatureError::ContentDiffers),
        }
    }

    /// The digest itself.
    #[must_use]
    pub const fn sha256(&self) -> Sha256Digest {
        self.0
    }
}

impl fmt::Display for ContentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{ALGORITHM}=:{}:", base64::encode_standard(self.0.as_bytes()))
    }
}
