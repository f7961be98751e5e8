//! `cargo xtask bench`: measurements that need more than one crate's benchmark.

mod crypto;
mod store;

use std::num::NonZeroU32;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use crate::Outcome;
use crate::demo_run::{DemoProgram, JourneyReport};
use crate::workspace::{Workspace, run_shown};

/// What `cargo xtask bench` is asked for.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// What to measure.
    #[command(subcommand)]
    suite: Suite,
}

/// The measurements there are.
#[derive(Debug, Subcommand)]
enum Suite {
    /// The whole journey of the demo, from the consent request to the erasure receipt.
    Journey {
        /// How many journeys, each in a process of its own.
        #[arg(long, default_value = "5")]
        runs: NonZeroU32,
    },
    /// Envelopes, the ReBIT exchange and signatures beside the bare primitives under them.
    Crypto {
        /// How many runs of the whole benchmark.
        #[arg(long, default_value = "3")]
        runs: NonZeroU32,
    },
    /// The pages of the portals, with very many consents.
    Portal {
        /// How many consents each server holds.
        #[arg(long, default_value = "100000")]
        consents: u64,
        /// Only the portal of `central` or of the `client` server, or `files` of a long list.
        #[arg(long)]
        only: Option<String>,
    },
    /// Commits, queue, takeover and growth of the store, beside `pgbench` and the disk, on a PostgreSQL server of its own.
    Store {
        /// Only the parts of these letters: a PostgreSQL, b SQLite, c sled, d queue, e takeover, f open loop, g growth.
        #[arg(long, default_value = "")]
        only: String,
    },
}

/// A line of the table: what it says, and how it is read from a journey's report, in milliseconds.
type Line = (&'static str, fn(&JourneyReport) -> anyhow::Result<f64>);

const LINES: [Line; 4] = [
    ("time on the clock", |report| report.millis("wallMillis")),
    ("our processor time", |report| report.millis("cpuMillis")),
    ("of that, signing RSA", |report| report.millis("rsaCpuMillis")),
    ("outside RSA signing", |report| Ok(report.millis("cpuMillis")? - report.millis("rsaCpuMillis")?)),
];

/// The size of every FI document in the run that shows what large ones cost, in bytes.
const LARGE_DOCUMENT: u32 = 16 * 1024 * 1024;

/// Measures and prints.
///
/// # Errors
/// When what is measured does not build, fails, or reports something else than expected.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> anyhow::Result<Outcome> {
    match &options.suite {
        Suite::Journey { runs } => journey(workspace, *runs),
        Suite::Crypto { runs } => crypto::run(workspace, runs.get()),
        Suite::Portal { consents, only } => portal(workspace, *consents, only.as_deref()),
        Suite::Store { only } => store::run(workspace, only),
    }
}

/// Fills central and a client server with copies of one case and times their pages.
fn portal(workspace: &Workspace, consents: u64, only: Option<&str>) -> anyhow::Result<Outcome> {
    let consents = consents.to_string();
    let mut arguments =
        vec!["bench", "--package", "mpp-demo", "--bench", "portal", "--", "--consents", &consents];
    arguments.extend(only.into_iter().flat_map(|portal| ["--only", portal]));
    run_shown(&mut workspace.cargo(&arguments))
}

/// Runs the journey `runs` times and prints the spread of each number.
fn journey(workspace: &Workspace, runs: NonZeroU32) -> anyhow::Result<Outcome> {
    let demo = DemoProgram::build(workspace)?;
    let mut reports = Vec::new();
    for run in 1..=runs.get() {
        let report = demo.run_journey(0).with_context(|| format!("run {run}"))?;
        println!("journey {run} of {runs}: {:.0} ms", report.millis("wallMillis")?);
        reports.push(report);
    }
    println!("\n{:<22}{:>12}{:>12}{:>12}", "milliseconds", "median", "min", "max");
    for (meaning, read) in LINES {
        let spread = Spread::of(&reports, read)?;
        println!("{meaning:<22}{:>12.1}{:>12.1}{:>12.1}", spread.median, spread.min, spread.max);
    }
    println!();
    for report in &reports {
        print_parts(report)?;
    }
    println!("\nwith FI documents of 16 MiB, seven at once");
    print_parts(&demo.run_journey(LARGE_DOCUMENT).context("the run with large documents")?)?;
    Ok(Outcome::Passed)
}

/// What each program took to be ready, held in memory when idle and at its peak, and used.
fn print_parts(report: &JourneyReport) -> anyhow::Result<()> {
    for part in report.parts()? {
        let number =
            |pointer: &str| part.pointer(pointer).and_then(serde_json::Value::as_f64).unwrap_or(f64::NAN);
        let name = part.get("program").and_then(serde_json::Value::as_str).unwrap_or_default();
        println!(
            "{name:<26} ready {:>6.1} ms   idle {:>5.1} MiB   peak {:>5.1} MiB   processor {:>6.1} ms",
            number("/readyMillis"),
            number("/before/residentKib") / 1024.0,
            number("/after/peakKib") / 1024.0,
            number("/cpuMillis"),
        );
    }
    Ok(())
}

/// The middle and the ends of a series of measurements, in milliseconds.
#[derive(Debug, PartialEq)]
struct Spread {
    median: f64,
    min: f64,
    max: f64,
}

impl Spread {
    /// The spread of one line over all reports.
    fn of(
        reports: &[JourneyReport],
        read: impl Fn(&JourneyReport) -> anyhow::Result<f64>,
    ) -> anyhow::Result<Self> {
        let values = reports.iter().map(read).collect::<anyhow::Result<Vec<_>>>()?;
        Self::over(values).context("nothing was measured")
    }

    /// The spread of `values`; `None` when there are none.
    fn over(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let upper = *values.get(values.len() / 2)?;
        let lower = *values.get(values.len().saturating_sub(1) / 2)?;
        Some(Self { median: lower.midpoint(upper), min: *values.first()?, max: *values.last()? })
    }
}

#[cfg(test)]
mod tests {
    use super::Spread;

    #[test]
    fn the_median_of_an_even_number_lies_between_the_middle_two() {
        let spread = Spread::over(vec![4.0, 1.0, 2.0, 9.0]);
        assert_eq!(spread, Some(Spread { median: 3.0, min: 1.0, max: 9.0 }));
    }

    #[test]
    fn the_median_of_an_odd_number_is_the_middle_one() {
        assert_eq!(Spread::over(vec![5.0, 1.0, 3.0]), Some(Spread { median: 3.0, min: 1.0, max: 5.0 }));
        assert_eq!(Spread::over(Vec::new()), None);
    }
}
