//! `cargo xtask openapi`: the descriptions of the HTTP interfaces, made from the code.

use clap::Args;

use crate::Outcome;
use crate::workspace::{Workspace, run_shown};

/// What `cargo xtask openapi` is asked for.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Write the documents; without it, say which are not current.
    #[arg(long)]
    write: bool,
}

/// Makes the documents and compares or writes them.
///
/// # Errors
/// When cargo cannot be started.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> anyhow::Result<Outcome> {
    let program =
        ["run", "--quiet", "--package", "mpp-server", "--features", "openapi", "--example", "openapi", "--"];
    let folder = workspace.root().join("docs/openapi");
    let mut cargo = workspace.cargo(&program);
    if options.write {
        cargo.arg("--write");
    }
    run_shown(cargo.arg(folder))
}
