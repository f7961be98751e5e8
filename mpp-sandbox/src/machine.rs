//! The machine's clock and generator: the only place the sandbox asks for them.

use mpp_core::{Clock, Entropy, Timestamp};

/// The operating system's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "the sandbox is an outermost shell")]
        Timestamp::from_jiff(jiff::Timestamp::now())
    }
}

/// The operating system's generator.
#[derive(Debug, Clone, Copy)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        #[expect(clippy::disallowed_methods, reason = "the sandbox is an outermost shell")]
        #[expect(clippy::expect_used, reason = "a machine without randomness must not go on with zeroes")]
        getrandom::fill(buffer).expect("the operating system gives random bytes");
    }

    fn is_of_the_system(&self) -> bool {
        true
    }
}
