#![doc = include_str!("../README.md")]

mod bench;
mod check;
mod demo_run;
mod layers;
mod openapi;
mod soak;
mod test_run;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// Checks and chores of the repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    /// The chore to do.
    #[command(subcommand)]
    chore: Chore,
}

/// One chore of the repository.
#[derive(Debug, Subcommand)]
enum Chore {
    /// Check which of our crates depend on which, and the map of crates in the README.
    Layers(layers::Options),
    /// Check formatting, layers, lints, licences and advisories.
    Check(check::Options),
    /// Set up what the tests need, run all of them and say what ran.
    Test,
    /// Set up what the tests need and cargo cannot bring, and say where it is.
    SetUp,
    /// Compare the descriptions of the HTTP interfaces with the code, or write them.
    Openapi(openapi::Options),
    /// Measure.
    Bench(bench::Options),
    /// Run something for a long time.
    Soak(soak::Options),
}

/// How a chore ended, when it could be carried out at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Everything is as it should be.
    Passed,
    /// Something is wrong and has been reported.
    Failed,
}

impl Outcome {
    /// `Passed` only when both are.
    fn and(self, other: Outcome) -> Outcome {
        match (self, other) {
            (Outcome::Passed, Outcome::Passed) => Outcome::Passed,
            (Outcome::Failed, _) | (_, Outcome::Failed) => Outcome::Failed,
        }
    }
}

fn main() -> ExitCode {
    match run(&Arguments::parse().chore) {
        Ok(Outcome::Passed) => ExitCode::SUCCESS,
        Ok(Outcome::Failed) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Does one chore in this repository.
fn run(chore: &Chore) -> anyhow::Result<Outcome> {
    match chore {
        Chore::Layers(options) => layers::run(options),
        Chore::Check(options) => check::run(&Workspace::ours()?, options),
        Chore::Test => test_run::run(&Workspace::ours()?),
        Chore::SetUp => test_run::set_up(&Workspace::ours()?),
        Chore::Openapi(options) => openapi::run(&Workspace::ours()?, options),
        Chore::Bench(options) => bench::run(&Workspace::ours()?, options),
        Chore::Soak(options) => soak::run(&Workspace::ours()?, options),
    }
}
