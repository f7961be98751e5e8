#![doc = include_str!("bureau/README.md")]

mod client;
mod config;
mod mapping;
mod wire;

pub use client::ExperianStyle;
pub use config::{BureauConfig, BureauConfigForm, InvalidBureauConfig};
