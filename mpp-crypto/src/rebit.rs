//! The end-to-end encryption of financial information between ReBIT parties, byte for byte as Sahamati's reference
//! *Rahasya* does it, in both of its flavours.
//!
//! The receiving side makes [`OurKeyMaterial`], sends [`OurKeyMaterial::public_form`] with its request, and opens
//! each account with [`open`]. The sending side makes a [`Sender`], which is used up by sealing one text: key and
//! nonce depend only on the two key materials, so a second text would repeat them.

mod der_forms;
mod expiry;
mod form;
mod keys;
mod material;
mod session;

use mpp_core::Persistence;

pub use form::{DhPublicKeyForm, KeyMaterialForm};
pub use material::{Flavour, OurKeyMaterial, PeerKeyMaterial};
pub use session::{SealedInformation, Sender, open};

/// An exchange failed. Each variant names which input is unusable; which of key, nonce and tag did not fit a
/// ciphertext is never told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RebitError {
    /// The ciphertext does not open under these key materials.
    #[error("the ciphertext does not open")]
    Authentication,
    /// The ciphertext is shorter than a tag.
    #[error("the ciphertext is too short")]
    CiphertextTooShort,
    /// The ciphertext is not standard base64.
    #[error("the ciphertext is not standard base64")]
    InvalidEncoding,
    /// A nonce is not base64 of at least 32 bytes.
    #[error("a nonce is not base64 of at least 32 bytes")]
    InvalidNonce,
    /// The peer's key is not a public key of the flavour in use.
    #[error("not a public key of this flavour")]
    InvalidPublicKey,
    /// The peer's key lies in a small subgroup: the secret would be known to everyone.
    #[error("a public key of low order")]
    LowOrderPoint,
    /// Our own stored key is not a private key of either flavour.
    #[error("not a private key of either flavour")]
    InvalidPrivateKey,
    /// The peer's key is past its expiry.
    #[error("the peer's key has expired")]
    KeyExpired,
    /// The peer's expiry is not an RFC 3339 date-time.
    #[error("the expiry is not a date-time with an offset")]
    InvalidExpiry,
}

impl RebitError {
    /// Whether trying again can help: never with the same inputs.
    #[must_use]
    pub const fn persistence(&self) -> Persistence {
        Persistence::Permanent
    }
}

#[cfg(test)]
mod tests;
