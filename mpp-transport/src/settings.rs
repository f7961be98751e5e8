//! How connections are made and kept, for the transports that use the network.

use std::time::Duration;

/// Limits of connections. The defaults suit calls within one country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionSettings {
    /// How long making a connection may take, TLS included. Default 5 s.
    pub connect_timeout: Duration,
    /// How long an idle connection is kept for the next request. Default 30 s.
    pub idle_timeout: Duration,
    /// How many idle connections are kept per peer. Default 32.
    pub idle_per_peer: usize,
}

impl Default for ConnectionSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(30),
            idle_per_peer: 32,
        }
    }
}
