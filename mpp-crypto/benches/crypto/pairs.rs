//! Two ways to do the same, measured in turns.

use std::time::{Duration, Instant};

use criterion::Criterion;

/// Measures pairs and prints them.
pub(crate) struct Report {
    criterion: Criterion,
}

/// What one sample of a pair took, in nanoseconds for one call.
struct Sample {
    ours: f64,
    bare: f64,
}

impl Report {
    pub(crate) fn new() -> Self {
        let criterion = Criterion::default()
            .without_plots()
            .sample_size(25)
            .nresamples(1000)
            .warm_up_time(Duration::from_millis(200))
            .measurement_time(Duration::from_millis(1500));
        Self { criterion: criterion.configure_from_args() }
    }

    /// Measures a pair; each of the two does its own preparation and gives the time of what counts.
    pub(crate) fn pair(
        &mut self,
        line: &str,
        mut ours: impl FnMut() -> Duration,
        mut bare: impl FnMut() -> Duration,
    ) {
        let mut samples = Vec::new();
        self.criterion.bench_function(line, |bencher| {
            bencher.iter_custom(|calls| {
                let (mut our_time, mut bare_time) = (Duration::ZERO, Duration::ZERO);
                for _ in 0..calls {
                    our_time += ours();
                    bare_time += bare();
                }
                samples.push(Sample { ours: per_call(our_time, calls), bare: per_call(bare_time, calls) });
                our_time
            });
        });
        print(line, &samples);
    }

    /// Measures something that has nothing beside it.
    #[cfg(feature = "accelerated")]
    pub(crate) fn alone(&mut self, line: &str, ours: impl FnMut() -> Duration) {
        self.pair(line, ours, || Duration::ZERO);
    }
}

/// The time of one call.
#[expect(clippy::disallowed_methods, reason = "a stopwatch")]
pub(crate) fn timed<T>(call: impl FnOnce() -> T) -> Duration {
    let begun = Instant::now();
    let answer = std::hint::black_box(call());
    let took = begun.elapsed();
    drop(answer);
    took
}

#[expect(clippy::as_conversions, reason = "a count of calls, far below 2^52")]
fn per_call(time: Duration, calls: u64) -> f64 {
    time.as_secs_f64() * 1e9 / calls as f64
}

fn print(line: &str, samples: &[Sample]) {
    let of = |value: fn(&Sample) -> f64| -> Vec<f64> {
        let mut values: Vec<f64> = samples.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        values
    };
    let (ours, bare, ratio) =
        (of(|sample| sample.ours), of(|sample| sample.bare), of(|sample| sample.bare / sample.ours));
    let at = |values: &[f64], share: usize| values.get(values.len() * share / 4).or(values.last()).copied();
    let report = serde_json::json!({
        "line": line,
        "oursNanos": at(&ours, 2),
        "bareNanos": at(&bare, 2),
        "ratio": at(&ratio, 2),
        "ratioLow": at(&ratio, 1),
        "ratioHigh": at(&ratio, 3),
    });
    println!("{report}");
}
