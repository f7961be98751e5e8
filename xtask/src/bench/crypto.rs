//! `cargo xtask bench crypto`: what the safe calls of `mpp-crypto` cost beside the bare primitives.
//!
//! The benchmark itself is a target of `mpp-crypto`, built twice: as servers build it and as phones do. Here its lines are
//! held against the goals, and `openssl speed` runs before and after them as a yardstick of the machine.

use std::process::Command;

use anyhow::Context as _;
use serde::Deserialize;

use super::Spread;
use crate::Outcome;
use crate::workspace::{Workspace, find_program};

/// What a line is held against.
enum Goal {
    /// At least this share of the speed of the bare calls.
    Ratio(f64),
    /// At least this many calls in a second.
    PerSecond(f64),
    /// At least this many megabytes in a second, for a document of so many.
    Megabytes { goal: f64, document: f64 },
}

/// The lines in the order of the table: how they begin, and their goals.
const SERVERS: [(&str, Goal); 15] = [
    ("envelope seal 1 MiB", Goal::Ratio(0.85)),
    ("envelope open 1 MiB", Goal::Ratio(0.85)),
    ("all of sealing 1 MiB", Goal::Ratio(0.85)),
    ("all of opening 1 MiB", Goal::Ratio(0.85)),
    ("envelope seal 64 MiB", Goal::Ratio(0.85)),
    ("envelope open 64 MiB :", Goal::Ratio(0.85)),
    ("envelope seal 1 KiB", Goal::Ratio(0.9)),
    ("ReBIT open 1 MiB : ring AES-256-GCM and base64-simd, decoded into", Goal::Ratio(0.8)),
    ("ReBIT open 1 MiB : ring AES-256-GCM and base64-simd, both in place", Goal::Ratio(0.8)),
    ("ReBIT open 1 KiB, Wei25519", Goal::PerSecond(12_000.0)),
    ("ReBIT open 1 KiB, X25519", Goal::PerSecond(12_000.0)),
    ("ReBIT open and envelope seal", Goal::Megabytes { goal: 500.0, document: 16.777_216 }),
    ("detached JWS RS256", Goal::Ratio(0.9)),
    ("envelope open 64 MiB on 2 cores", Goal::Ratio(1.8)),
    ("ring AES-256-GCM of 64 MiB on 2 cores", Goal::Ratio(1.8)),
];
const PHONES: [(&str, Goal); 4] = [
    ("envelope seal 1 MiB", Goal::Ratio(0.9)),
    ("envelope open 1 MiB", Goal::Ratio(0.9)),
    ("all of sealing 1 MiB", Goal::Ratio(0.9)),
    ("all of opening 1 MiB", Goal::Ratio(0.9)),
];

/// A line as the benchmark prints it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    line: String,
    ours_nanos: f64,
    bare_nanos: f64,
    ratio: Option<f64>,
}

/// Measures `runs` times and prints the table.
///
/// # Errors
/// When the benchmark does not build, fails, or leaves a line out.
pub(super) fn run(workspace: &Workspace, runs: u32) -> anyhow::Result<Outcome> {
    print_openssl()?;
    table(
        workspace,
        "servers: feature `accelerated`",
        &["--features", "accelerated,rs256-sign"],
        &SERVERS,
        runs,
    )?;
    table(workspace, "phones: pure Rust", &[], &PHONES, runs)?;
    print_openssl()?;
    Ok(Outcome::Passed)
}

fn table(
    workspace: &Workspace,
    title: &str,
    features: &[&str],
    goals: &[(&str, Goal)],
    runs: u32,
) -> anyhow::Result<()> {
    let mut all = Vec::new();
    for run in 1..=runs {
        println!("{title}: run {run} of {runs}");
        all.extend(lines(workspace, features)?);
    }
    println!("\n{title}; medians of {runs} runs of 25 samples, lowest and highest run behind them");
    println!("{:<84}{:>12}{:>12}{:>22}{:>10}", "what : beside what", "ours", "beside", "", "goal");
    for (name, goal) in goals {
        let of_line: Vec<&Line> = all.iter().filter(|line| line.line.starts_with(name)).collect();
        let first = of_line.first().with_context(|| format!("the benchmark left out: {name}"))?;
        // A longer name that begins alike is another line.
        let same: Vec<&&Line> = of_line.iter().filter(|line| line.line == first.line).collect();
        let ours = spread(&same, |line| line.ours_nanos)?;
        let bare = spread(&same, |line| line.bare_nanos)?;
        let (value, wanted) = match goal {
            Goal::Ratio(goal) => {
                let ratio = spread(&same, |line| line.ratio.unwrap_or(f64::NAN))?;
                (format!("{:.2} ({:.2} to {:.2})", ratio.median, ratio.min, ratio.max), format!("{goal:.2}"))
            }
            Goal::PerSecond(goal) => {
                let per_second = spread(&same, |line| 1e9 / line.ours_nanos)?;
                let Spread { median, min, max } = per_second;
                (format!("{median:.0}/s ({min:.0} to {max:.0})"), format!("{goal:.0}/s"))
            }
            Goal::Megabytes { goal, document } => {
                let speed = spread(&same, |line| document * 1e9 / line.ours_nanos)?;
                let Spread { median, min, max } = speed;
                (format!("{median:.0} MB/s ({min:.0} to {max:.0})"), format!("{goal:.0} MB/s"))
            }
        };
        let beside = if bare.median > 0.0 { micros(bare.median) } else { String::new() };
        println!("{:<84}{:>12}{:>12}{:>24}{:>10}", first.line, micros(ours.median), beside, value, wanted);
    }
    println!();
    Ok(())
}

fn spread(lines: &[&&Line], value: impl Fn(&Line) -> f64) -> anyhow::Result<Spread> {
    Spread::over(lines.iter().map(|line| value(line)).collect()).context("nothing was measured")
}

fn micros(nanos: f64) -> String {
    format!("{:.1} us", nanos / 1000.0)
}

/// Runs the benchmark once.
fn lines(workspace: &Workspace, features: &[&str]) -> anyhow::Result<Vec<Line>> {
    let fixed = ["bench", "--quiet", "--package", "mpp-crypto", "--bench", "crypto"];
    let output = workspace.cargo(&[fixed.as_slice(), features].concat()).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        anyhow::bail!("the benchmark failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    let objects = text.lines().filter(|line| line.starts_with('{'));
    objects.map(|line| serde_json::from_str(line).context("a line of the benchmark")).collect()
}

/// What the machine's own OpenSSL does with the same work; nothing is held against it.
fn print_openssl() -> anyhow::Result<()> {
    let Some(openssl) = find_program("openssl") else {
        println!("openssl is not installed: no yardstick from outside\n");
        return Ok(());
    };
    for arguments in [
        ["speed", "-seconds", "1", "-bytes", "1048576", "-evp", "aes-256-gcm"].as_slice(),
        &["speed", "-seconds", "1", "ecdhp256"],
        &["speed", "-seconds", "1", "rsa2048"],
    ] {
        let output = Command::new(&openssl).args(arguments).output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        if let Some(last) = text.lines().rfind(|line| !line.trim().is_empty()) {
            println!("openssl {}: {}", arguments.last().copied().unwrap_or_default(), last.trim());
        }
    }
    println!();
    Ok(())
}
