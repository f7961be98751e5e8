//! Why a JWS was not signed or does not stand, with the stable codes of `docs/cli.md`.

use std::path::{Path, PathBuf};

use mpp_crypto::KeyError;
use mpp_crypto::import::{ImportError, ValidityError};
use mpp_crypto::jose::JoseError;

/// Why a JWS was not signed or does not stand.
#[derive(Debug, thiserror::Error)]
pub enum JwsFailure {
    /// A key is not taken.
    #[error("{}: {reason}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: ImportError,
    },
    /// A certificate is not valid at the instant asked for.
    #[error("{}: {reason}", path.display())]
    Dates {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: ValidityError,
    },
    /// The JWS is refused or was not made.
    #[error("{0}")]
    Jws(#[from] JoseError),
}

impl JwsFailure {
    pub(super) fn key(path: &Path, reason: ImportError) -> Self {
        Self::Key { path: path.to_owned(), reason }
    }

    pub(super) fn dates(path: &Path, reason: ValidityError) -> Self {
        Self::Dates { path: path.to_owned(), reason }
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Key { reason, .. } => code_of_key(*reason),
            Self::Dates { reason: ValidityError::NotYetValid(_), .. } => "certificate_not_yet_valid",
            Self::Dates { reason: ValidityError::Expired(_), .. } => "certificate_expired",
            Self::Jws(reason) => code_of_jws(*reason),
        }
    }
}

const fn code_of_jws(reason: JoseError) -> &'static str {
    match reason {
        JoseError::Malformed => "jws_malformed",
        JoseError::Critical => "jws_critical_header",
        JoseError::UnknownKey => "jws_unknown_key",
        JoseError::OtherAlgorithm => "jws_other_algorithm",
        JoseError::OtherKind => "jws_other_typ",
        JoseError::PayloadMissing => "jws_payload_missing",
        JoseError::PayloadTwice => "jws_payload_twice",
        JoseError::Signature => "jws_signature_invalid",
        JoseError::Unwritable => "jws_not_made",
    }
}

const fn code_of_key(reason: ImportError) -> &'static str {
    match reason {
        ImportError::Malformed => "key_malformed",
        ImportError::TooLong => "key_file_too_long",
        ImportError::NoKey => "key_missing",
        ImportError::SeveralKeys => "key_ambiguous",
        ImportError::PrivateKey => "key_private",
        ImportError::PublicKey => "key_public",
        ImportError::Encrypted => "key_encrypted",
        ImportError::UnsupportedKind => "key_kind_unsupported",
        ImportError::UnsupportedCurve => "key_curve_unsupported",
        ImportError::OtherUse => "key_for_other_use",
        ImportError::MissingMembers => "key_members_missing",
        ImportError::DuplicateKid => "key_name_twice",
        ImportError::Key(KeyError::TooWeak) => "key_too_weak",
        ImportError::Key(KeyError::TooLarge) => "key_too_large",
        ImportError::Key(_) => "key_invalid",
    }
}
