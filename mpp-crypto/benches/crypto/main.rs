//! What the safe calls cost beside the bare primitives under them.
//!
//! Each line measures ours and the bare calls in turns within every sample, so that whatever the machine does meets both
//! alike. `cargo xtask bench crypto` runs this with and without `accelerated` and prints the table; by itself it prints
//! one JSON object per line.

#![expect(clippy::unwrap_used, reason = "a call that fails has nothing to measure")]

mod bare;
mod envelopes;
mod pairs;
#[cfg(feature = "accelerated")]
mod rebit;
#[cfg(all(feature = "accelerated", feature = "rs256-sign"))]
mod signatures;

use pairs::Report;

fn main() {
    let mut report = Report::new();
    envelopes::of_one_mebibyte(&mut report);
    #[cfg(feature = "accelerated")]
    {
        envelopes::small_and_large(&mut report);
        rebit::run(&mut report);
    }
    #[cfg(all(feature = "accelerated", feature = "rs256-sign"))]
    signatures::run(&mut report);
}
