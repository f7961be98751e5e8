//! Why the sandbox does not start.

use std::path::PathBuf;

use mpp_core::Persistence;
use mpp_crypto::KeyError;
use mpp_transport::{InvalidBaseUrl, TransportError};

/// The sandbox could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The listener could not be bound.
    #[error("the listener could not be bound")]
    Listen(#[source] std::io::Error),
    /// The address to be announced is not usable.
    #[error("the address of the sandbox is not usable")]
    Address(#[from] InvalidBaseUrl),
    /// A file with a key could not be read or written.
    #[error("the key file {path} could not be used")]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
    /// A file with a key's name holds something else.
    #[error("{path} holds no name of a key")]
    KeyName {
        /// The file.
        path: PathBuf,
    },
    /// A key is not usable.
    #[error("a key is not usable")]
    Key(#[from] KeyError),
    /// A key could not be made.
    #[error("a key could not be made")]
    KeyMaking,
    /// Outgoing connections are not possible.
    #[error("outgoing connections are not possible")]
    Transport(#[from] TransportError),
}

impl SandboxError {
    /// Whether starting again can help.
    #[must_use]
    pub const fn persistence(&self) -> Persistence {
        match self {
            Self::Listen(_) | Self::KeyMaking => Persistence::Temporary,
            Self::Address(_)
            | Self::KeyFile { .. }
            | Self::KeyName { .. }
            | Self::Key(_)
            | Self::Transport(_) => Persistence::Permanent,
        }
    }
}
