#![doc = include_str!("../README.md")]

#[cfg(feature = "authenticator")]
mod authenticator;
mod clock;
mod entropy;

#[cfg(feature = "authenticator")]
pub use authenticator::SoftAuthenticator;
pub use clock::HandClock;
pub use entropy::SeededEntropy;
