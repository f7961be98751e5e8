#![doc = include_str!("../README.md")]

#[cfg(any(feature = "central", feature = "client"))]
mod attempts;
#[cfg(feature = "central")]
pub mod central;
#[cfg(feature = "client")]
pub mod client;
#[cfg(any(feature = "central", feature = "client"))]
mod desk;
pub mod egress;
pub mod http;
#[cfg(feature = "openapi")]
pub mod openapi;
#[cfg(all(feature = "central", feature = "client", feature = "private-share"))]
pub mod operator;
#[cfg(feature = "private-share")]
pub mod private_share;
pub mod runtime;
