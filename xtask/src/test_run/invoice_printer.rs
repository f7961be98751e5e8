//! The program that prints invoices: a workspace of its own, built for the tests that run it as central does.

use std::path::PathBuf;
use std::process::Command;

use crate::Outcome;
use crate::workspace::{Workspace, run_shown};

use super::libtest;
use super::real_parts::ReadyPart;
use super::tally::Tally;

const MANIFEST: &str = "mpp-invoice-pdf/Cargo.toml";

/// Builds the program; its typesetter takes minutes the first time.
///
/// # Errors
/// When cargo cannot be started.
pub(super) fn build(workspace: &Workspace) -> anyhow::Result<ReadyPart> {
    // together with its tests, which have dependencies with more features: the typesetter would be compiled for them once more
    let outcome = run_shown(&mut cargo(workspace, "build", &["--bins", "--tests"]))?;
    let program = target(workspace).join("debug/mpp-invoice-pdf");
    Ok(ReadyPart {
        name: "the program that prints invoices",
        variable: "MPP_INVOICE_PDF",
        path: (outcome == Outcome::Passed).then_some(program),
        shown: None,
        remedy: format!("cargo build --manifest-path {MANIFEST}"),
    })
}

/// Runs its own tests.
///
/// # Errors
/// When cargo cannot be started.
pub(super) fn run_tests(
    workspace: &Workspace,
    prepare: impl FnOnce(&mut Command) -> &mut Command,
    tally: &mut Tally,
) -> anyhow::Result<()> {
    let mut command = cargo(workspace, "test", &["--no-fail-fast"]);
    libtest::run(prepare(&mut command), "the tests of the invoice printer", tally)
}

fn cargo(workspace: &Workspace, what: &str, more: &[&str]) -> Command {
    let mut command = workspace.cargo(&[what, "--locked", "--manifest-path", MANIFEST]);
    command.arg("--target-dir").arg(target(workspace)).args(more);
    command
}

fn target(workspace: &Workspace) -> PathBuf {
    workspace.target().join("invoice-pdf")
}
