//! Envelope v1: data sealed to a partner's public key, in chunks, bound to what it is for.
//!
//! HPKE (RFC 9180) base mode with one context per envelope and one seal per 64 KiB chunk; the whole header is HPKE's
//! `info`, so that every chunk is bound to it. The format is documented byte by byte in
//! `docs/formats/envelope-v1.md`.
//!
//! | a text that | seal | open |
//! | --- | --- | --- |
//! | arrives in pieces | [`Sealer`] | [`Opener`] |
//! | is read or written as a stream | [`SealingWriter`] | [`OpeningReader`] |
//! | is in memory and large | [`seal_in_place`] | [`open_in_place`], [`open_in_parallel`] |
//! | is in memory and small | [`seal_all`] | [`open_all`] |
//! | is wanted in part only | | [`ChunkOpener`] |
//!
//! HPKE base mode does not say who sealed: the sender signs a [`Fingerprint`] of the envelope ([`sign_as_sender`]).

mod adaptors;
mod chunking;
mod context;
mod header;
mod in_place;
mod opener;
mod random_access;
mod sealer;
mod sender;

use mpp_core::{Kid, Persistence};

#[cfg(feature = "async")]
pub use adaptors::{AsyncOpeningReader, AsyncSealingWriter};
pub use adaptors::{OpeningReader, SealingWriter};
pub use chunking::CHUNK_LEN;
pub use context::{ContentType, Context, InvalidContentType, Purpose};
pub use header::{EnvelopeId, Header, Inspected};
pub use in_place::{SealedInPlace, open_in_place, seal_in_place};
pub use opener::{Opened, Opener};
pub use random_access::{ChunkOpener, last_chunk_of, open_in_parallel};
pub use sealer::Sealer;
pub use sender::{
    Fingerprint, Fingerprinter, SENDER_STATEMENT, SenderStatement, sign_as_sender, verify_sender,
};

use chunking::{CHUNK_LEN as CHUNK, FINAL, MORE};

use crate::Plaintext;
use crate::keys::{EnvelopePublicKey, OpeningKeys};

/// Sealing, reading or opening an envelope failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// The bytes do not begin with an envelope header, or the header is not in its only encoding.
    #[error("not an envelope")]
    NotAnEnvelope,
    /// The envelope is of a version or suite this program does not know.
    #[error("an envelope of an unknown version or suite")]
    UnknownVersion,
    /// The bytes end before the header does; more may follow.
    #[error("the header is incomplete")]
    Incomplete,
    /// The envelope is sealed to a key that is not in the ring.
    #[error("sealed to an unknown key")]
    UnknownKey {
        /// The name in the header, as it stands there.
        kid: Kid,
    },
    /// The holder of the keys cannot use them now.
    #[error("the key cannot be used now: {reason}")]
    KeyUnavailable {
        /// What the holder said; never anything secret.
        reason: String,
    },
    /// The envelope does not open: altered, cut off, continued, moved to another context, or sealed by nobody who
    /// knew the key. Which of these is never told.
    #[error("the envelope does not open")]
    Authentication,
    /// The envelope would be longer than the format allows.
    #[error("too long for one envelope")]
    TooLong,
}

impl EnvelopeError {
    /// Whether trying again can help: with more bytes or a key learnt later it may.
    #[must_use]
    pub const fn persistence(&self) -> Persistence {
        match self {
            Self::Incomplete | Self::UnknownKey { .. } | Self::KeyUnavailable { .. } => {
                Persistence::Temporary
            }
            Self::NotAnEnvelope | Self::UnknownVersion | Self::Authentication | Self::TooLong => {
                Persistence::Permanent
            }
        }
    }
}

/// Seals a whole text at once into a buffer of its own. Use a [`Sealer`] for what should not stand in memory, and
/// [`seal_in_place`] where the text is not needed afterwards.
///
/// # Errors
/// [`EnvelopeError::TooLong`], which no text that fits into memory reaches.
pub fn seal_all(
    plaintext: &[u8],
    recipient: &EnvelopePublicKey,
    context: &Context,
    entropy: &dyn mpp_core::Entropy,
) -> Result<Vec<u8>, EnvelopeError> {
    let sealer::Begun { mut hpke, head: mut envelope, .. } = sealer::begin(recipient, context, entropy);
    envelope.reserve_exact(chunking::sealed_len(plaintext.len()));
    let mut rest = plaintext;
    while let Some((chunk, later)) = rest.split_at_checked(CHUNK).filter(|(_, later)| !later.is_empty()) {
        sealer::append_sealed(&mut hpke, MORE, chunk, &mut envelope)?;
        rest = later;
    }
    sealer::append_sealed(&mut hpke, FINAL, rest, &mut envelope)?;
    Ok(envelope)
}

/// Opens a whole envelope at once, giving nothing unless all of it stands. Use [`open_in_place`] where the envelope is not
/// needed afterwards.
///
/// # Errors
/// As [`Opener::push`] and [`Opener::finish`].
pub fn open_all(
    envelope: &[u8],
    keys: &dyn OpeningKeys,
    expected: &Context,
) -> Result<Plaintext, EnvelopeError> {
    // Everything is known at once, so that no piece waits for its successor.
    open_in_place(envelope.to_vec(), keys, expected).map(|(_, plaintext)| plaintext)
}

/// Reads the public header of an envelope, without any key: nothing in it is authenticated.
///
/// # Errors
/// [`EnvelopeError::Incomplete`] when more bytes are needed, [`EnvelopeError::NotAnEnvelope`] or
/// [`EnvelopeError::UnknownVersion`] when they will not help.
pub fn inspect(bytes: &[u8]) -> Result<Inspected, EnvelopeError> {
    header::read(bytes)
}
