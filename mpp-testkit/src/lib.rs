#![doc = include_str!("../README.md")]

mod clock;
mod entropy;

pub use clock::HandClock;
pub use entropy::SeededEntropy;
