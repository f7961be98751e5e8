//! The MPP servers: `mpp-central`, `mpp-client`, `mpp-private-share-server`, and the operator's command `mpp`.
//!
//! `main` parses, wires, runs and drains; the three roles share one start-up routine ([`runtime`]). Each role can also
//! be run inside another program: see `central::start`, `client::start`, `private_share::start`.

#[cfg(feature = "central")]
pub mod central;
#[cfg(feature = "client")]
pub mod client;
pub mod http;
#[cfg(all(feature = "central", feature = "client", feature = "private-share"))]
pub mod operator;
#[cfg(feature = "private-share")]
pub mod private_share;
pub mod runtime;
