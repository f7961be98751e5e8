//! Why an exchange failed, and what that says about trying again.

/// An error of a layer below, kept as the source.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Whether the peer may have seen the request: decides whether one that must not happen twice may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Nothing left this process.
    NotSent,
    /// The peer may have received and carried out the request.
    PerhapsSent,
}

/// An exchange failed before a whole answer was there. An answer with an error status is not an error here.
///
/// No text of these errors holds a query string, a header or a body.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// No connection to the peer could be made (refused, unknown host, failed TLS handshake).
    #[error("no connection to the peer")]
    Connect {
        /// What the network said.
        #[source]
        source: BoxError,
    },
    /// The exchange was not over within the request's timeout.
    #[error("the peer did not answer in time")]
    Timeout,
    /// The exchange broke off: connection lost, answer cut short, not HTTP, or the request's stream failed.
    #[error("the exchange broke off")]
    Interrupted {
        /// What the layer below said.
        #[source]
        source: BoxError,
    },
    /// A body is larger than its reader accepts.
    #[error("the body is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The limit that was passed, in bytes.
        limit_bytes: usize,
    },
    /// The request or the transport's settings cannot be used as they are.
    #[error("the request cannot be sent: {reason}")]
    Invalid {
        /// What is wrong, without any part of the request.
        reason: &'static str,
    },
}

impl TransportError {
    /// A failed connection.
    pub fn connect(source: impl Into<BoxError>) -> Self {
        Self::Connect { source: source.into() }
    }

    /// A broken exchange.
    pub fn interrupted(source: impl Into<BoxError>) -> Self {
        Self::Interrupted { source: source.into() }
    }

    /// Whether the same request may succeed later. (`mpp-transport` depends on nothing of ours, so the
    /// conversion to `mpp_core::Persistence` is the caller's.)
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::Timeout | Self::Interrupted { .. } => true,
            Self::TooLarge { .. } | Self::Invalid { .. } => false,
        }
    }

    /// Whether the peer may have seen the request.
    #[must_use]
    pub const fn reach(&self) -> Reach {
        match self {
            Self::Connect { .. } | Self::Invalid { .. } => Reach::NotSent,
            Self::Timeout | Self::Interrupted { .. } | Self::TooLarge { .. } => Reach::PerhapsSent,
        }
    }
}
