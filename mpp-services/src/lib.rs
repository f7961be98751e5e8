#![doc = include_str!("../README.md")]

#[cfg(feature = "central")]
pub mod central;
#[cfg(feature = "client")]
pub mod client;
#[cfg(feature = "private-share")]
pub mod private_share;
