#![doc = include_str!("../README.md")]

pub mod central;
pub mod client;
pub mod private_share;
