#![doc = include_str!("../README.md")]

mod assets;
mod attempts;
#[cfg(feature = "central")]
pub mod central;
mod chart;
#[cfg(feature = "client")]
pub mod client;
mod desk;
mod export;
mod leaves;
mod live;
mod moment;
mod portal;
mod quality;
mod replaying;
mod safety;
mod setting_list;
mod signed;
mod templates;
mod trouble;
mod view;
mod waiting;
mod words;

pub use portal::{PREFIX, PortalParts};
pub use safety::protect;
pub use words::Language;
