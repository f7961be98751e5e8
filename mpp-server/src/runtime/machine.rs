//! The machine's clock and random generator: the one place where servers reach for them.

use mpp_core::{Clock, Entropy, Timestamp};

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the servers' one way to the machine's clock")]
    fn now(&self) -> Timestamp {
        Timestamp::from_jiff(jiff::Timestamp::now())
    }
}

/// The operating system's random generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "the servers' one way to the machine's randomness")]
    fn fill(&self, buffer: &mut [u8]) {
        // No key, nonce or token may ever be made of anything else: without randomness the process must end.
        if getrandom::fill(buffer).is_err() {
            tracing::error!("the operating system gives no random bytes: stopping");
            std::process::abort();
        }
    }

    fn is_of_the_system(&self) -> bool {
        true
    }
}
