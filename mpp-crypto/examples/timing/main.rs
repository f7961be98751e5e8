//! Looks for time that depends on a secret, in the manner of dudect (Reparaz, Balasch, Verbauwhede, *Dude, is my code
//! constant time?*, 2017): each step runs over one fixed secret and over random ones, in random order, and Welch's t
//! says how sure it is that the two means differ. Started by `cargo xtask soak timing`.
//!
//! Fails when any |t| passes 10. That the two are the same gives |t| above 4.5 once in 100,000 tests on a quiet
//! machine; a shared one, and the largest of six tests a step, give it now and then. A real difference grows with the
//! square root of the number of measurements, so it passes 10 in the time it took to reach 4.5 five times over: the
//! limit costs a little patience and no false alarm. A comparison that leaks on purpose is measured too, and must be
//! seen.

mod welch;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use mpp_crypto::timing::{FIXED, LEAK, STEPS, Secret, Step};
use welch::Cropped;

/// Beyond this the step fails.
const LIMIT: f64 = 10.0;
/// Measurements between two looks at the clock.
const BLOCK: usize = 512;

fn main() -> ExitCode {
    let seconds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(120_u64);
    let steps: u32 = STEPS.len().try_into().unwrap_or(u32::MAX);
    let each = Duration::from_secs(seconds) / steps.saturating_add(1);
    let mut random = SplitMix(0x6d70_7020_7469_6d65);
    println!("{:<24} {:>14} {:>9}  verdict", "step", "measurements", "max |t|");
    let mut failed = false;
    for step in STEPS {
        let (count, t) = measure(&step, each, &mut random);
        let passes = t <= LIMIT;
        failed |= !passes;
        show(&step, count, t, if passes { "no difference seen" } else { "TIME DEPENDS ON THE SECRET" });
    }
    let (count, t) = measure(&LEAK, each.min(Duration::from_secs(5)), &mut random);
    let seen = t > LIMIT;
    show(&LEAK, count, t, if seen { "seen, as it must be" } else { "NOT SEEN: THE MEASUREMENT IS BLIND" });
    if failed || !seen { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn show(step: &Step, count: f64, t: f64, verdict: &str) {
    println!("{:<24} {count:>14} {t:>9.2}  {verdict}", step.name);
}

/// Measures for `length`; how often, and the largest |t|.
fn measure(step: &Step, length: Duration, random: &mut SplitMix) -> (f64, f64) {
    let begun = now();
    // The first block warms caches and shows which times are usual.
    let usual: Vec<f64> = block(step, random).into_iter().map(|(_, nanos)| nanos).collect();
    let mut cropped = Cropped::at_quantiles_of(usual);
    while begun.elapsed() < length {
        for (fixed, nanos) in block(step, random) {
            cropped.add(fixed, nanos);
        }
    }
    (cropped.count(), cropped.largest_t())
}

/// One block: class and time of each measurement. Secrets are prepared before the first, each in its own place.
fn block(step: &Step, random: &mut SplitMix) -> Vec<(bool, f64)> {
    let prepared: Vec<(bool, Secret)> = std::iter::repeat_with(|| {
        let fixed = random.next() & 1 == 1;
        let drawn = random.bytes();
        Secret::new(if fixed { FIXED } else { drawn }).map(|secret| (fixed, secret))
    })
    .flatten()
    .take(BLOCK)
    .collect();
    let time = |(fixed, secret): &(bool, Secret)| {
        let begun = now();
        for _ in 0..step.runs {
            step.run(secret);
        }
        (*fixed, begun.elapsed().as_secs_f64() * 1e9)
    };
    prepared.iter().map(time).collect()
}

#[expect(clippy::disallowed_methods, reason = "a measurement's own stopwatch")]
fn now() -> Instant {
    Instant::now()
}

/// SplitMix64: the order of the classes and the random secrets need to be uniform, not secret.
struct SplitMix(u64);

impl SplitMix {
    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for chunk in bytes.as_chunks_mut::<8>().0 {
            *chunk = self.next().to_le_bytes();
        }
        bytes
    }
}
