//! Who sealed an envelope: HPKE's base mode does not say, so the sender signs what it sealed.

use mpp_core::{Kid, Sha256Digest};
use serde::{Deserialize, Serialize};

use super::{EnvelopeError, Header, header};
use crate::jws::{self, CompactJws, JwsError};
use crate::keys::{SigningKey, VerifyingKey};
use crate::{Sha256, sha256};

/// The `typ` of a sender's statement.
pub const SENDER_STATEMENT: &str = "mpp-envelope-sender+jwt";

/// What identifies one envelope down to the last byte: taken from the bytes as they pass.
///
/// The digest covers header, encapsulated key and every chunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    header: Header,
    sha256: Sha256Digest,
    length: u64,
}

impl Fingerprint {
    /// The fingerprint of an envelope at hand.
    ///
    /// # Errors
    /// As [`inspect`](super::inspect).
    pub fn of(envelope: &[u8]) -> Result<Self, EnvelopeError> {
        let header = header::read(envelope)?.header;
        let length = u64::try_from(envelope.len()).map_err(|_| EnvelopeError::TooLong)?;
        Ok(Self { header, sha256: sha256(envelope), length })
    }

    /// The header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The digest of the whole envelope.
    #[must_use]
    pub const fn sha256(&self) -> Sha256Digest {
        self.sha256
    }

    /// The length of the whole envelope, in bytes.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.length
    }
}

/// Takes the [`Fingerprint`] of an envelope whose bytes pass in pieces: what a sealer gives, or what arrives.
#[derive(Debug, Default)]
pub struct Fingerprinter {
    head: Vec<u8>,
    hasher: Sha256,
    length: u64,
}

impl Fingerprinter {
    /// A fingerprinter that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes of the envelope.
    pub fn take(&mut self, bytes: &[u8]) {
        let room = header::MAX_HEAD.saturating_sub(self.head.len());
        self.head.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        self.hasher.update(bytes);
        self.length = self.length.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    }

    /// The length of everything taken, in bytes.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// The digest of everything taken, whether or not it is an envelope.
    #[must_use]
    pub fn sha256(&self) -> Sha256Digest {
        self.hasher.clone().finish()
    }

    /// The fingerprint of everything taken.
    ///
    /// # Errors
    /// As [`inspect`](super::inspect).
    pub fn finish(self) -> Result<Fingerprint, EnvelopeError> {
        let header = header::read(&self.head)?.header;
        Ok(Fingerprint { header, sha256: self.hasher.finish(), length: self.length })
    }
}

/// What a sender's statement says. The whole context stands in the header, which the digest covers; the members here
/// let a reader see at once which envelope is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SenderStatement {
    /// The envelope's own name, as in its header.
    envelope: String,
    /// The key it is sealed to.
    kid: Kid,
    /// The length of the whole envelope, in bytes.
    length: u64,
    /// The digest of the whole envelope.
    sha256: Sha256Digest,
}

impl SenderStatement {
    /// Reads a statement that the owner of `key` signed, about whatever envelope.
    ///
    /// # Errors
    /// As [`jws::verify`].
    pub fn read(key: &VerifyingKey, statement: &CompactJws) -> Result<Self, JwsError> {
        jws::verify(key, SENDER_STATEMENT, statement)
    }

    /// Whether it can be about an envelope of which no more is known than this: its bytes may still be to come.
    #[must_use]
    pub fn names(&self, kid: &Kid, length: u64, sha256: Sha256Digest) -> bool {
        self.kid == *kid && self.length == length && self.sha256 == sha256
    }

    fn about(fingerprint: &Fingerprint) -> Self {
        Self {
            envelope: fingerprint.header.id.to_string(),
            kid: fingerprint.header.kid.clone(),
            length: fingerprint.length,
            sha256: fingerprint.sha256,
        }
    }
}

/// Says with `key` that its owner sealed this envelope.
///
/// # Errors
/// [`JwsError::Unwritable`], which a statement never is.
pub fn sign_as_sender(key: &SigningKey, fingerprint: &Fingerprint) -> Result<CompactJws, JwsError> {
    jws::sign(key, SENDER_STATEMENT, &SenderStatement::about(fingerprint))
}

/// Checks that the owner of `key` sealed exactly this envelope.
///
/// # Errors
/// As [`jws::verify`]; [`JwsError::Payload`] when the statement is about another envelope.
pub fn verify_sender(
    key: &VerifyingKey,
    statement: &CompactJws,
    fingerprint: &Fingerprint,
) -> Result<(), JwsError> {
    let said = SenderStatement::read(key, statement)?;
    if said == SenderStatement::about(fingerprint) { Ok(()) } else { Err(JwsError::Payload) }
}
