//! `cargo xtask test`: sets up what the whole suite needs, runs it, and says what it ran.
//!
//! The last line is always `N passed, N failed`. A step that does not even get to running tests (the code does
//! not build, say) counts as one failure.

mod invoice_printer;
mod kinds;
mod libtest;
mod nextest;
mod package_sets;
pub(crate) mod postgres_server;
mod real_parts;
mod servers;
mod tally;

use std::path::Path;
use std::process::Command;

use crate::Outcome;
use crate::workspace::{Workspace, find_program, run_shown};

use kinds::Kind;
use real_parts::ReadyPart;
use tally::Tally;

/// Set to demand that tests which read `../shared` fail where it is absent.
const REQUIRE_SHARED: &str = "MPP_REQUIRE_SHARED";

/// Set to demand that tests with foreign peers fail where those are not set up.
const REQUIRE_FOREIGN: &str = "MPP_REQUIRE_FOREIGN";

/// Sets up, builds, runs and reports.
///
/// # Errors
/// When a program that is needed cannot be started at all. Failing tests are an [`Outcome`].
pub(crate) fn run(workspace: &Workspace) -> anyhow::Result<Outcome> {
    let mut parts = real_parts::set_up(workspace)?;
    parts.push(invoice_printer::build(workspace)?);
    // kept to the end of the run, whatever that is: dropping it stops them
    let mut servers = servers::start(workspace);
    parts.extend(servers.take_parts());
    let mut tally = Tally::default();
    tally.fail_unless_ready(&parts);
    // Tests that start the servers as processes of their own find the binaries built, and built as the tests are: together with them,
    // since binaries alone have dependencies with fewer features, which would be compiled for them once more.
    let together = ["build", "--workspace", "--bins", "--tests", "--all-features"];
    if step(workspace, &parts, &together)? == Outcome::Failed {
        tally.add_broken_step("building the binaries and the tests");
    } else {
        run_tests(workspace, &parts, &mut tally)?;
        run_examples_in_docs(workspace, &parts, &mut tally)?;
        invoice_printer::run_tests(workspace, |command| prepare(command, &parts), &mut tally)?;
    }
    report(workspace, &parts, &tally);
    Ok(tally.outcome())
}

/// Sets up what the suite needs, for whoever then runs some of its tests with cargo alone.
///
/// # Errors
/// As [`run`].
pub(crate) fn set_up(workspace: &Workspace) -> anyhow::Result<Outcome> {
    let mut parts = real_parts::set_up(workspace)?;
    parts.push(invoice_printer::build(workspace)?);
    parts.extend(servers::startable(workspace));
    for part in &parts {
        println!("{part}");
    }
    Ok(if parts.iter().all(|part| part.path.is_some()) { Outcome::Passed } else { Outcome::Failed })
}

/// Unit and integration tests, with `cargo-nextest` where it is installed.
fn run_tests(workspace: &Workspace, parts: &[ReadyPart], tally: &mut Tally) -> anyhow::Result<()> {
    if find_program("cargo-nextest").is_some() {
        return nextest::run(workspace, |command| prepare(command, parts), tally);
    }
    println!("cargo-nextest is not installed: running with `cargo test`, which is slower");
    let arguments = ["test", "--workspace", "--all-features", "--tests", "--examples", "--no-fail-fast"];
    libtest::run(prepare(&mut workspace.cargo(&arguments), parts), "the tests", tally)
}

/// The examples in the documentation, which no other runner can run.
fn run_examples_in_docs(workspace: &Workspace, parts: &[ReadyPart], tally: &mut Tally) -> anyhow::Result<()> {
    let arguments = ["test", "--doc", "--workspace", "--all-features", "--no-fail-fast"];
    libtest::run(prepare(&mut workspace.cargo(&arguments), parts), "the examples in the documentation", tally)
}

/// Runs one cargo command in the environment of the tests.
fn step(workspace: &Workspace, parts: &[ReadyPart], arguments: &[&str]) -> anyhow::Result<Outcome> {
    run_shown(prepare(&mut workspace.cargo(arguments), parts))
}

/// Gives a command the environment in which tests run.
fn prepare<'c>(command: &'c mut Command, parts: &[ReadyPart]) -> &'c mut Command {
    if in_ci() {
        command.env(REQUIRE_SHARED, "1").env(REQUIRE_FOREIGN, "1");
    }
    for part in parts {
        if let Some(path) = &part.path {
            command.env(part.variable, path);
        }
    }
    command
}

/// Whether nobody watches: then nothing may be left out quietly.
fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false")
}

/// Prints what ran.
fn report(workspace: &Workspace, parts: &[ReadyPart], tally: &Tally) {
    println!("\nwhat ran");
    for kind in Kind::ALL {
        let counts = tally.of(kind);
        println!(
            "  {:<32}{:>6} passed{:>6} failed{:>6} ignored",
            kind.title(),
            counts.passed,
            counts.failed,
            counts.ignored
        );
    }
    for (store, counts) in tally.stores() {
        println!(
            "the contract of the store on {store}: {} cases passed, {} failed",
            counts.passed, counts.failed
        );
    }
    println!("{}", shared_line(&workspace.shared()));
    for part in parts {
        println!("{part}");
    }
    for failure in tally.failures() {
        println!("failed: {}", failure.name);
        for line in &failure.last_words {
            println!("    {line}");
        }
    }
    let total = tally.total();
    println!("{} passed, {} failed", total.passed, total.failed);
}

/// Says whether the reference material was there.
fn shared_line(shared: &Path) -> String {
    if shared.is_dir() {
        return "../shared was present: tests that read its schemas, vectors and specifications ran"
            .to_owned();
    }
    let required = in_ci() || std::env::var_os(REQUIRE_SHARED).is_some_and(|value| value == "1");
    let effect =
        if required { "failed, as it is required here" } else { "had nothing to read and passed unread" };
    format!("../shared was ABSENT: tests that read it {effect}")
}
