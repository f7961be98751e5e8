#![doc = include_str!("../README.md")]

pub mod at_rest;
pub mod detached;
pub mod envelope;
pub mod http_signature;
pub mod import;
pub mod jose;
pub mod jws;
pub mod key_ring;
pub mod keys;
pub mod rebit;
pub mod rs256;
pub mod signed_consent;
#[cfg(feature = "timing")]
#[doc(hidden)]
pub mod timing;
pub mod tlog;
pub mod webhook;

mod customer_ref;
mod hashing;
mod plaintext;
mod primitives;

#[cfg(test)]
#[path = "../tests/support/shared_files.rs"]
#[allow(unreachable_pub, reason = "shared with the integration tests")]
mod shared_files;

pub use customer_ref::{CustomerRefKey, customer_ref};
pub use hashing::{Sha256, sha256};
pub use keys::{
    AnySigningKey, AnyVerifyingKey, EnvelopeKeyRing, EnvelopePrivateKey, EnvelopePublicKey, JwsAlgorithm,
    KeyError, OpeningKeys, Signature, SignatureAlgorithm, SignatureError, SigningKey, VerifyingKey,
    thumbprint,
};
pub use plaintext::Plaintext;
