#![doc = include_str!("telecom/README.md")]

mod client;
mod config;
mod mapping;
mod wire;

pub use client::OperatorProfile;
pub use config::{InvalidOperatorConfig, OperatorConfig, OperatorConfigForm};
