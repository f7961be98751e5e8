//! X.509 certificates (RFC 5280), as a wrapping of a public key.

use mpp_core::{Persistence, Timestamp};
use x509_cert::der::{Decode, Encode};

use super::{ImportError, MAX_BYTES, spki};
use crate::keys::AnyVerifyingKey;
use crate::primitives::pem;

/// A certificate is not valid at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ValidityError {
    /// Its time has not come.
    #[error("the certificate is not valid before {0}")]
    NotYetValid(Timestamp),
    /// Its time is over.
    #[error("the certificate is not valid after {0}")]
    Expired(Timestamp),
}

impl ValidityError {
    /// Whether trying again can help: only where the time is still to come.
    #[must_use]
    pub const fn persistence(&self) -> Persistence {
        match self {
            Self::NotYetValid(_) => Persistence::Temporary,
            Self::Expired(_) => Persistence::Permanent,
        }
    }
}

/// The key of a certificate and the time it is certified for.
///
/// **Nobody has checked who issued it**: no chain is built, no signature verified, no revocation asked for, no extension
/// read. It is worth as much as the place it came from, for example a registry's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    key: AnyVerifyingKey,
    not_before: Timestamp,
    not_after: Timestamp,
}

impl Certificate {
    /// Reads a certificate from DER.
    ///
    /// # Errors
    /// [`ImportError::Malformed`] when it is none, and the reasons why its key is not taken.
    pub fn from_der(der: &[u8]) -> Result<Self, ImportError> {
        if der.len() > MAX_BYTES {
            return Err(ImportError::TooLong);
        }
        let read = x509_cert::Certificate::from_der(der).map_err(|_| ImportError::Malformed)?;
        let read = read.tbs_certificate();
        let info = read.subject_public_key_info().to_der().map_err(|_| ImportError::Malformed)?;
        Ok(Self {
            key: spki::read_public_der(&info)?,
            not_before: instant(read.validity().not_before)?,
            not_after: instant(read.validity().not_after)?,
        })
    }

    /// Reads the only `CERTIFICATE` block of a PEM text. A chain is refused: which of several is meant is not guessed.
    ///
    /// # Errors
    /// As [`Certificate::from_der`]; [`ImportError::SeveralKeys`] when there are several blocks.
    pub fn from_pem(text: &str) -> Result<Self, ImportError> {
        if text.len() > MAX_BYTES {
            return Err(ImportError::TooLong);
        }
        let blocks = pem::blocks(text).ok_or(ImportError::Malformed)?;
        match blocks.as_slice() {
            [block] if block.label == "CERTIFICATE" => Self::from_der(&block.der),
            [] | [_] => Err(ImportError::Malformed),
            _ => Err(ImportError::SeveralKeys),
        }
    }

    /// The certified key.
    #[must_use]
    pub const fn key(&self) -> &AnyVerifyingKey {
        &self.key
    }

    /// The first instant of its validity.
    #[must_use]
    pub const fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// The last instant of its validity.
    #[must_use]
    pub const fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// Checks that the certificate is valid at `now`, both ends included (RFC 5280 §4.1.2.5).
    ///
    /// # Errors
    /// [`ValidityError`] when it is not.
    pub fn check_valid_at(&self, now: Timestamp) -> Result<(), ValidityError> {
        if now < self.not_before {
            return Err(ValidityError::NotYetValid(self.not_before));
        }
        // The last second is valid to its end.
        if now.as_unix_seconds() > self.not_after.as_unix_seconds() {
            return Err(ValidityError::Expired(self.not_after));
        }
        Ok(())
    }
}

fn instant(time: x509_cert::time::Time) -> Result<Timestamp, ImportError> {
    let millis = i64::try_from(time.to_unix_duration().as_millis()).map_err(|_| ImportError::Malformed)?;
    Timestamp::from_unix_millis(millis).map_err(|_| ImportError::Malformed)
}
