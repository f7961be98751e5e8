//! RS256 keys (RSASSA-PKCS1-v1_5 with SHA-256): the only algorithm the Account Aggregator ecosystem signs with.
//!
//! Verifying is pure Rust, or `aws-lc-rs` with the feature `accelerated`. Signing and key generation stand behind the feature `rs256-sign` and use `aws-lc-rs`: a
//! cautious choice whose reasons, and the state of the advisory behind it, are in decision record 0001. The `rsa` crate
//! is built here without the randomness its blinding needs: never use its private operations.

#[cfg(feature = "rs256-sign")]
mod signing;

use std::fmt;

use mpp_core::PublicJwk;

#[cfg(feature = "rs256-sign")]
pub use signing::SigningKey;

use crate::keys::{KeyError, SignatureError};
use crate::primitives::{base64, rs256};

const MIN_BITS: usize = 2048;
/// Beyond it one check takes longer than a stranger may make us work.
const MAX_BITS: usize = 8192;

/// The public RSA key of a party of the ecosystem, from its Central Registry certificate.
#[derive(Clone)]
pub struct VerifyingKey {
    key: rs256::Key,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl VerifyingKey {
    /// Reads the key from its JWK.
    ///
    /// # Errors
    /// [`KeyError::InvalidPublicKey`] when it is not a sound RSA key, [`KeyError::TooWeak`] below 2,048 bits,
    /// [`KeyError::TooLarge`] above 8,192.
    pub fn from_jwk(jwk: &PublicJwk) -> Result<Self, KeyError> {
        let PublicJwk::Rsa { e, n } = jwk else { return Err(KeyError::InvalidPublicKey) };
        let modulus = decode_number(n).ok_or(KeyError::InvalidPublicKey)?;
        let exponent = decode_number(e).ok_or(KeyError::InvalidPublicKey)?;
        Self::from_components(modulus, exponent)
    }

    /// The key as JWK.
    #[must_use]
    pub fn to_jwk(&self) -> PublicJwk {
        PublicJwk::Rsa { e: base64::encode_url(&self.exponent), n: base64::encode_url(&self.modulus) }
    }

    /// Modulus and exponent, big-endian without leading zeros.
    pub(crate) fn components(&self) -> (&[u8], &[u8]) {
        (&self.modulus, &self.exponent)
    }

    /// Checks a signature over `message`.
    ///
    /// # Errors
    /// [`SignatureError`] when it does not stand, for whatever reason.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        self.verify_parts(&[message], signature)
    }

    /// Checks a signature over the parts one after the other.
    pub(crate) fn verify_parts(&self, parts: &[&[u8]], signature: &[u8]) -> Result<(), SignatureError> {
        if self.key.verify(parts, signature) { Ok(()) } else { Err(SignatureError) }
    }

    /// The key of two big-endian numbers without leading zeros.
    pub(crate) fn from_components(modulus: Vec<u8>, exponent: Vec<u8>) -> Result<Self, KeyError> {
        match bits(&modulus) {
            ..MIN_BITS => return Err(KeyError::TooWeak),
            MIN_BITS..=MAX_BITS => {}
            _ => return Err(KeyError::TooLarge),
        }
        let key = rs256::Key::new(&modulus, &exponent).ok_or(KeyError::InvalidPublicKey)?;
        Ok(Self { key, modulus, exponent })
    }
}

impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        self.modulus == other.modulus && self.exponent == other.exponent
    }
}

impl Eq for VerifyingKey {}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rs256::VerifyingKey({} bits)", bits(&self.modulus))
    }
}

/// The length of a big-endian number without leading zeros.
fn bits(number: &[u8]) -> usize {
    let unused = number.first().map_or(0, |byte| usize::try_from(byte.leading_zeros()).unwrap_or(0));
    number.len() * 8 - unused
}

/// Base64urlUInt (RFC 7518 §2); leading zero bytes, which occur in the field, are dropped.
fn decode_number(text: &str) -> Option<Vec<u8>> {
    if text.len() > MAX_BITS {
        return None;
    }
    let bytes = base64::decode_url(text)?;
    let start = bytes.iter().position(|byte| *byte != 0)?;
    bytes.get(start..).map(<[u8]>::to_vec)
}
