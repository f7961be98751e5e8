#![doc = include_str!("../README.md")]

mod assets;
#[cfg(feature = "central")]
pub mod central;
mod desk;
mod export;
mod moment;
mod portal;
mod safety;
mod signed;
mod templates;
mod trouble;
mod view;
mod words;

pub use portal::{PREFIX, PortalParts};
pub use safety::protect;
pub use words::Language;
