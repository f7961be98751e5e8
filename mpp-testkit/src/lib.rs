//! Test support shared by the crates of MPP: a clock moved by hand and a seeded source of bytes. Never a dependency of
//! anything that is shipped.

mod clock;
mod entropy;

pub use clock::HandClock;
pub use entropy::SeededEntropy;
