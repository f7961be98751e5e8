//! MPP, the paved path: share financial, credit-bureau, telecom and other data with an enterprise partner, privately,
//! item by item, by explicit consent.
//!
//! Each module is one crate of the family; enable what you embed:
//!
//! | feature | module | for |
//! | --- | --- | --- |
//! | always | [`core`] | the model: consents, permits, parcels, state machines |
//! | `crypto` (default) | `crypto` | envelopes to a partner, the ReBIT exchange, signatures, keys |
//! | `connectors` | `connectors`, `transport` | Account Aggregator and provider ports and adapters |
//! | `store` | `store` | storage ports and backends |
//! | `sdk` | `sdk`, `private_share`, `api`, `transport` | the SDKs of the phone |
//! | `roles` | `services`, `server`, `api`, and those of `connectors` and `store` | central, client and private share, as libraries and servers |
//!
//! The `examples/` folder shows them at work: sealing to a partner, writing a provider, writing a store, running the
//! central role inside a program of one's own. How an app embeds the SDK stands in the README.

pub use mpp_core as core;

#[cfg(any(feature = "roles", feature = "sdk"))]
pub use mpp_api as api;
#[cfg(feature = "connectors")]
pub use mpp_connectors as connectors;
#[cfg(feature = "crypto")]
pub use mpp_crypto as crypto;
#[cfg(feature = "sdk")]
pub use mpp_private_share as private_share;
#[cfg(feature = "sdk")]
pub use mpp_sdk as sdk;
#[cfg(feature = "roles")]
pub use mpp_server as server;
#[cfg(feature = "roles")]
pub use mpp_services as services;
#[cfg(feature = "store")]
pub use mpp_store as store;
#[cfg(any(feature = "connectors", feature = "sdk"))]
pub use mpp_transport as transport;

/// The README's example, compiled like every other one.
#[cfg(all(doctest, feature = "sdk"))]
#[doc = include_str!("../README.md")]
struct Readme;
