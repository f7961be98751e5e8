//! `cargo xtask soak`: the same thing again and again, to find what fails once in a thousand times.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::{Args, Subcommand};

use crate::Outcome;
use crate::demo_run::DemoProgram;
use crate::workspace::{Workspace, run_shown};

/// What `cargo xtask soak` is asked for.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// What to repeat.
    #[command(subcommand)]
    suite: Suite,
}

/// The long runs there are.
#[derive(Debug, Subcommand)]
enum Suite {
    /// The whole journey of the demo, each time in a new process.
    Journey {
        /// For how long, in minutes.
        #[arg(long, default_value = "10")]
        minutes: NonZeroU32,
    },
    /// The steps of our cryptography whose time must not depend on secrets: fails when it does.
    Timing {
        /// For how long, in minutes.
        #[arg(long, default_value = "2")]
        minutes: NonZeroU32,
    },
}

/// Repeats until the time is up.
///
/// # Errors
/// When a repetition fails; the error says which one.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> anyhow::Result<Outcome> {
    match options.suite {
        Suite::Journey { minutes } => journey(workspace, Duration::from_secs(u64::from(minutes.get()) * 60)),
        Suite::Timing { minutes } => timing(workspace, minutes),
    }
}

/// Repeats the journey for at least `length`.
fn journey(workspace: &Workspace, length: Duration) -> anyhow::Result<Outcome> {
    let demo = DemoProgram::build(workspace)?;
    let begun = now();
    let mut runs = 0_u64;
    let mut slowest = 0.0_f64;
    while begun.elapsed() < length {
        runs += 1;
        let report = demo.run_journey(0).with_context(|| format!("journey {runs} of the soak"))?;
        slowest = slowest.max(report.millis("wallMillis")?);
    }
    println!("{runs} journeys, none failed; the slowest took {slowest:.0} ms");
    Ok(Outcome::Passed)
}

/// Measures for about `minutes`, and prints as it goes.
fn timing(workspace: &Workspace, minutes: NonZeroU32) -> anyhow::Result<Outcome> {
    let seconds = (u64::from(minutes.get()) * 60).to_string();
    let target = ["--package", "mpp-crypto", "--features", "timing", "--example", "timing", "--"];
    let run = [["run", "--release"].as_slice(), &target, &[&seconds]].concat();
    run_shown(&mut workspace.cargo(&run))
}

/// The moment at which a long run begins.
#[expect(clippy::disallowed_methods, reason = "a chore's own stopwatch; nothing of the product sees it")]
fn now() -> Instant {
    Instant::now()
}
