//! `cargo xtask soak`: the same thing again and again, to find what fails once in a thousand times.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};

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
    /// A process that writes to a store and works off its jobs, killed again and again, and for PostgreSQL the server, too:
    /// fails when anything that was acknowledged is lost, half there, or done twice.
    Crash {
        /// The backend.
        #[arg(long)]
        backend: CrashBackend,
        /// How many kills.
        #[arg(long, default_value = "1000")]
        kills: NonZeroU32,
        /// Where chance begins: the same number gives the same moments, as far as the machine lets it.
        #[arg(long, default_value = "1")]
        seed: u32,
    },
}

/// A backend that lasts.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum CrashBackend {
    /// One SQLite file.
    Sqlite,
    /// A folder of sled.
    Sled,
    /// A PostgreSQL server, which is started for this and killed as well.
    Postgres,
}

impl CrashBackend {
    /// What the harness knows it by.
    const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Sled => "sled",
            Self::Postgres => "postgres",
        }
    }
}

/// Repeats until the time is up.
///
/// # Errors
/// When a repetition fails; the error says which one.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> anyhow::Result<Outcome> {
    match options.suite {
        Suite::Journey { minutes } => journey(workspace, Duration::from_secs(u64::from(minutes.get()) * 60)),
        Suite::Timing { minutes } => timing(workspace, minutes),
        Suite::Crash { backend, kills, seed } => crash(workspace, backend, kills, seed),
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

/// Runs the harness of `mpp-store`'s tests, which kills and compares.
fn crash(
    workspace: &Workspace,
    backend: CrashBackend,
    kills: NonZeroU32,
    seed: u32,
) -> anyhow::Result<Outcome> {
    let test = ["test", "--package", "mpp-store", "--all-features", "--test", "crash", "--"];
    let mut command =
        workspace.cargo(&[&test[..], &["--ignored", "--exact", "soak", "--nocapture"]].concat());
    command.env("MPP_CRASH_BACKEND", backend.name());
    command.env("MPP_CRASH_KILLS", kills.to_string()).env("MPP_CRASH_SEED", seed.to_string());
    run_shown(&mut command)
}

/// The moment at which a long run begins.
#[expect(clippy::disallowed_methods, reason = "a chore's own stopwatch; nothing of the product sees it")]
fn now() -> Instant {
    Instant::now()
}
