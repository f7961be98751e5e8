//! What the model never reaches for itself: the time and randomness, handed in by the outermost shell.

use std::fmt;

use crate::Timestamp;

/// Tells the time. Servers and SDK shells give the machine's clock, tests a clock they move by hand.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// Gives unpredictable bytes. Servers and SDK shells give the operating system's generator, tests a seeded one.
pub trait Entropy: fmt::Debug + Send + Sync {
    /// Fills `buffer` with bytes nobody can foresee.
    fn fill(&self, buffer: &mut [u8]);

    /// Whether the bytes are the operating system's. A library that draws from there by itself may then do so, which
    /// is quicker for some keys; with any other source it must take its bytes from [`Entropy::fill`] alone.
    fn is_of_the_system(&self) -> bool {
        false
    }
}

/// Draws `N` bytes.
pub fn draw<const N: usize>(entropy: &dyn Entropy) -> [u8; N] {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes);
    bytes
}
