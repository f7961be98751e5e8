#![doc = include_str!("../README.md")]

#[cfg(any(feature = "central", feature = "client"))]
mod attempts;
#[cfg(any(feature = "central", feature = "client"))]
mod audit_trail;
#[cfg(feature = "central")]
pub mod central;
#[cfg(feature = "client")]
pub mod client;
#[cfg(any(feature = "central", feature = "client"))]
mod consent_evidence;
#[cfg(any(feature = "central", feature = "client", feature = "private-share"))]
pub mod log;
#[cfg(any(feature = "central", feature = "client"))]
mod looking;
#[cfg(any(feature = "central", feature = "client"))]
mod multiplying;
#[cfg(any(feature = "central", feature = "client"))]
mod parked_range;
#[cfg(any(feature = "central", feature = "private-share"))]
mod percentile;
#[cfg(feature = "private-share")]
pub mod private_share;
#[cfg(any(feature = "central", feature = "client", feature = "private-share"))]
mod retention;
#[cfg(any(feature = "central", feature = "client"))]
mod staff_files;

#[cfg(any(feature = "central", feature = "client"))]
pub use attempts::DeliveryAttempt;
#[cfg(any(feature = "central", feature = "client"))]
pub use audit_trail::{AuditSearch, InvalidLeafWord, LeafWord};
#[cfg(any(feature = "central", feature = "client"))]
pub use multiplying::Multiplied;
#[cfg(any(feature = "central", feature = "client"))]
pub use parked_range::{ParkedRange, ReplayConfirmed, ReplayedRange};
#[cfg(any(feature = "central", feature = "client", feature = "private-share"))]
pub use retention::{RetentionWindows, WindowTooShort};
