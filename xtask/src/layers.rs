//! `cargo xtask layers`: our crates depend inward only, and the map in the README is true.
//!
//! Only the manifests are read; nothing is resolved or built. Optional and platform-specific dependencies count
//! like any other.

mod edges;
mod map;
mod table;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use crate::Outcome;
use crate::workspace::Workspace;

/// What `cargo xtask layers` is asked for.
#[derive(Debug, Args, Default)]
pub(crate) struct Options {
    /// The top manifest of the workspace to check, instead of this repository's.
    #[arg(long, value_name = "PATH")]
    manifest_path: Option<PathBuf>,
    /// Redraw the map of crates in the README instead of only comparing it.
    #[arg(long)]
    write: bool,
}

/// Checks the edges, then compares or redraws the map.
///
/// # Errors
/// When the manifests or the README cannot be read or written, or the README has no place for the map.
pub(crate) fn run(options: &Options) -> anyhow::Result<Outcome> {
    let workspace = match &options.manifest_path {
        Some(manifest) => Workspace::read(manifest)?,
        None => Workspace::ours()?,
    };
    Ok(check_edges(&workspace).and(check_map(&workspace, options)?))
}

/// Reports every edge that the table does not allow.
fn check_edges(workspace: &Workspace) -> Outcome {
    let faults = edges::faults(workspace.metadata());
    for fault in &faults {
        eprintln!("layers: {fault}");
    }
    if faults.is_empty() {
        println!("layers: {} crates, every edge is allowed", workspace.metadata().packages.len());
        Outcome::Passed
    } else {
        Outcome::Failed
    }
}

/// Compares the map in the README with the manifests, or redraws it.
fn check_map(workspace: &Workspace, options: &Options) -> anyhow::Result<Outcome> {
    let path = workspace.root().join("README.md");
    let readme = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let redrawn = map::redraw(&readme, workspace.metadata())?;
    if redrawn == readme {
        println!("layers: the map in README.md is true");
        return Ok(Outcome::Passed);
    }
    if options.write {
        std::fs::write(&path, redrawn).with_context(|| format!("cannot write {}", path.display()))?;
        println!("layers: the map in README.md was redrawn");
        return Ok(Outcome::Passed);
    }
    eprintln!(
        "layers: the map in README.md differs from the manifests; `cargo xtask layers --write` redraws it"
    );
    Ok(Outcome::Failed)
}
