//! The end-to-end encryption of financial information between ReBIT parties, byte for byte as Sahamati's reference
//! *Rahasya* does it, in both of its flavours.
//!
//! The receiving side makes [`OurKeyMaterial`], sends [`OurKeyMaterial::public_form`] with its request, and opens
//! the accounts of the answer with a [`Receiver`], or one account with [`open`]. The sending side makes a [`Sender`],
//! which is used up by sealing one text: key and nonce depend only on the two key materials, so a second text would
//! repeat them.
//!
//! ```
//! use mpp_core::{Span, Timestamp};
//! use mpp_crypto::rebit::{Flavour, OurKeyMaterial, PeerKeyMaterial, Receiver, Sender};
//!
//! # #[derive(Debug)]
//! # struct Counter(std::sync::atomic::AtomicU8);
//! # impl mpp_core::Entropy for Counter {
//! #     fn fill(&self, buffer: &mut [u8]) {
//! #         for byte in buffer {
//! #             *byte = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
//! #         }
//! #     }
//! # }
//! # let entropy = Counter(7.into());
//! # let now: Timestamp = "2026-01-15T09:30:00Z".parse().unwrap();
//! let expiry = now.plus(Span::from_hours(24));
//! let ours = OurKeyMaterial::generate(Flavour::Ecc, &entropy, expiry);
//! let request = ours.public_form();
//!
//! // the sending side, which was given `request`
//! let asked = PeerKeyMaterial::parse(&request, now)?;
//! let sender = Sender::new(OurKeyMaterial::generate(asked.flavour(), &entropy, expiry), &asked, now)?;
//! let answer = sender.seal(b"<Account/>")?;
//!
//! // the receiving side again
//! let theirs = PeerKeyMaterial::parse(&answer.key_material, now)?;
//! let receiver = Receiver::new(&ours, &theirs, now)?;
//! let opened = receiver.open_in_place(answer.encrypted.into_bytes(), now)?;
//! assert_eq!(opened.as_slice(), b"<Account/>");
//! # Ok::<(), mpp_crypto::rebit::RebitError>(())
//! ```
//!
//! A second text under the same key material does not compile:
//!
//! ```compile_fail,E0382
//! # use mpp_crypto::rebit::{RebitError, Sender};
//! fn seal_two(sender: Sender) -> Result<(), RebitError> {
//!     sender.seal(b"<Account/>")?;
//!     sender.seal(b"<Account2/>")?;
//!     Ok(())
//! }
//! ```
//!
//! nor does a second sender of the same key material:
//!
//! ```compile_fail,E0382
//! # use mpp_core::Timestamp;
//! # use mpp_crypto::rebit::{OurKeyMaterial, PeerKeyMaterial, RebitError, Sender};
//! fn two_senders(ours: OurKeyMaterial, peer: &PeerKeyMaterial, now: Timestamp) -> Result<(), RebitError> {
//!     Sender::new(ours, peer, now)?.seal(b"<Account/>")?;
//!     Sender::new(ours, peer, now)?.seal(b"<Account2/>")?;
//!     Ok(())
//! }
//! ```

mod der_forms;
mod expiry;
mod form;
mod keys;
mod material;
mod receiver;
mod sender;
mod session;

use mpp_core::Persistence;
use zeroize::Zeroizing;

pub use form::{DhPublicKeyForm, KeyMaterialForm};
pub use material::{Flavour, OurKeyMaterial, PeerKeyMaterial};
pub use receiver::{Receiver, open, open_in_place};
pub use sender::{SealedInformation, Sender};

use keys::{PrivateKey, PublicKey};

/// The shared secret of two keys before anything is derived from it: big-endian x in the ECC flavour, u in the other.
/// X25519 keys may be 64 hex digits each.
///
/// For tests against other implementations only: the exchange itself needs no secret in anybody's hands.
///
/// # Errors
/// [`RebitError::InvalidPrivateKey`], [`RebitError::InvalidPublicKey`] (also when the flavours differ) or
/// [`RebitError::LowOrderPoint`].
pub fn shared_secret(
    our_private_key: &str,
    remote_public_key: &str,
) -> Result<Zeroizing<[u8; 32]>, RebitError> {
    PrivateKey::parse_or_hex(our_private_key)?.agree(&PublicKey::parse(remote_public_key)?)
}

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
