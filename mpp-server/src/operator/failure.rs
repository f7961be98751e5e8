//! Why the command did not do what it was asked, and how it ends.

use std::path::PathBuf;

use mpp_api::{ApiError, AuthorizationError};
use mpp_core::Persistence;
use mpp_crypto::key_ring::KeyRingError;

use super::envelope::EnvelopeFailure;
use super::jws::JwsFailure;
use super::store::StoreFailure;
use crate::runtime::{ConfigError, SecretError};

/// Why the command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The server refused or does not answer.
    #[error("{}", in_words(.0))]
    Call(#[from] ApiError),
    /// A secret is not where it should be.
    #[error("{0}")]
    Secret(#[from] SecretError),
    /// A secret cannot be sent.
    #[error("{0}")]
    Authorization(#[from] AuthorizationError),
    /// An address is given neither on the command line nor in the environment.
    #[error("no address: give {option} or set {variable}")]
    NoAddress {
        /// The option.
        option: &'static str,
        /// The environment variable.
        variable: &'static str,
    },
    /// A key ring refuses.
    #[error("{0}")]
    KeyRing(#[from] KeyRingError),
    /// The command line does not say which key ring, or asks of it what it cannot do.
    #[error("{message}")]
    KeyRingPlace {
        /// What to do about it.
        message: &'static str,
    },
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A file is not what it should be.
    #[error("{}: {message}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// A configuration is not valid.
    #[error("{0}")]
    Config(#[from] ConfigError),
    /// A JWS was not signed or does not stand.
    #[error("{0} ({code})", code = .0.code())]
    Jws(#[from] JwsFailure),
    /// An envelope was not made or does not open.
    #[error("{0} ({code})", code = .0.code())]
    Envelope(#[from] EnvelopeFailure),
    /// A data folder was not looked after as asked.
    #[error("{0}")]
    Store(#[from] StoreFailure),
    /// The answer cannot be written out.
    #[error("the answer cannot be written: {0}")]
    Output(#[from] std::io::Error),
}

impl Failure {
    /// How the process ends: 1 for a refusal or wrong input, 3 where trying again later may help. (2 is a wrong command
    /// line.)
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Call(error) if error.persistence() == Persistence::Temporary => 3,
            Self::Envelope(failure) if failure.may_pass() => 3,
            Self::Store(failure) if failure.may_pass() => 3,
            Self::KeyRing(KeyRingError::Locked | KeyRingError::Unavailable { .. }) => 3,
            _ => 1,
        }
    }

    /// The stable code: the server's where it refused, our own for signatures and envelopes.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Call(error) => error.code(),
            Self::Jws(failure) => Some(failure.code()),
            Self::Envelope(failure) => Some(failure.code()),
            _ => None,
        }
    }
}

fn in_words(error: &ApiError) -> String {
    match error {
        ApiError::Refused(problem) => match &problem.detail {
            Some(detail) => format!("{problem}: {detail}"),
            None => problem.to_string(),
        },
        ApiError::Transport(cause) => format!("the server cannot be reached: {cause}"),
        other => other.to_string(),
    }
}
