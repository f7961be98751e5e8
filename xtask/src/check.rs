//! `cargo xtask check`: everything that can be told without running the tests.

use clap::{Args, ValueEnum};

use crate::workspace::{Workspace, find_program, run_shown};
use crate::{Outcome, layers};

/// What `cargo xtask check` is asked for.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Only these parts; all of them when none is named.
    #[arg(value_enum)]
    parts: Vec<Part>,
}

/// One part of the check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The formatting is what `cargo fmt` would make.
    Fmt,
    /// Our crates depend inward only.
    Layers,
    /// No lint fires, in any crate, target or feature.
    Clippy,
    /// The same for the program that prints invoices, a workspace of its own; its typesetter takes minutes the first time.
    Printer,
    /// Licences, advisories, bans (left out, and said so, where `cargo-deny` is not installed).
    Deny,
}

/// Runs the parts one after the other, all of them even when one fails.
///
/// # Errors
/// When a part cannot be started.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> anyhow::Result<Outcome> {
    let parts = if options.parts.is_empty() { Part::value_variants() } else { options.parts.as_slice() };
    let mut results = Vec::new();
    for part in parts {
        results.push((part, run_part(workspace, *part)?));
    }
    println!();
    for (part, result) in &results {
        println!("check: {part:?} {}", describe(*result));
    }
    let failed = results.iter().any(|(_, result)| *result == PartResult::Failed);
    Ok(if failed { Outcome::Failed } else { Outcome::Passed })
}

/// How one part ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PartResult {
    /// Nothing found.
    Passed,
    /// Something found, and reported above.
    Failed,
    /// The tool for it is not on this machine.
    NotInstalled,
}

impl From<Outcome> for PartResult {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Passed => PartResult::Passed,
            Outcome::Failed => PartResult::Failed,
        }
    }
}

/// The word for a result in the closing lines.
fn describe(result: PartResult) -> &'static str {
    match result {
        PartResult::Passed => "passed",
        PartResult::Failed => "FAILED",
        PartResult::NotInstalled => "NOT RUN: cargo-deny is not installed here",
    }
}

/// Runs one part.
fn run_part(workspace: &Workspace, part: Part) -> anyhow::Result<PartResult> {
    let printer = ["--manifest-path", "mpp-invoice-pdf/Cargo.toml"];
    let commands: Vec<Vec<&str>> = match part {
        Part::Fmt => {
            vec![vec!["fmt", "--all", "--check"], [&["fmt", "--check"], printer.as_slice()].concat()]
        }
        Part::Layers => return Ok(layers::run(&layers::Options::default())?.into()),
        Part::Clippy => vec![[&["clippy", "--workspace"], LINTED].concat()],
        Part::Printer => {
            let target = ["--target-dir", "target/invoice-pdf"];
            vec![[&["clippy", "--locked"], printer.as_slice(), &target, LINTED].concat()]
        }
        Part::Deny if find_program("cargo-deny").is_none() => return Ok(PartResult::NotInstalled),
        Part::Deny => vec![vec!["deny", "--all-features", "check"]],
    };
    for arguments in commands {
        if run_shown(&mut workspace.cargo(&arguments))? == Outcome::Failed {
            return Ok(PartResult::Failed);
        }
    }
    Ok(PartResult::Passed)
}

/// What lints look at, and how strictly.
const LINTED: &[&str] = &["--all-targets", "--all-features", "--", "-D", "warnings"];
