//! `cargo xtask bench store`: starts a PostgreSQL server with `fsync` on and runs the benchmark of `mpp-store` on it.

use std::fs;

use anyhow::Context as _;

use crate::Outcome;
use crate::test_run::postgres_server::{PostgresServer, programs};
use crate::workspace::{Workspace, run_shown};

/// What PostgreSQL keeps of its files, for `pgbench` as for the store. Its own setting, 128 MB, is for any machine it may be started on; its
/// manual advises a quarter of the memory of a machine for it, and this is less than a tenth of 24 GiB.
const MEMORY: &str = "shared_buffers=2GB";

/// Builds, starts the server, measures. Data lies below `target`: server, files and the disk's own figure share one disk.
///
/// # Errors
/// When PostgreSQL is not there or does not start.
pub(super) fn run(workspace: &Workspace, only: &str) -> anyhow::Result<Outcome> {
    let bench = ["bench", "--quiet", "--package", "mpp-store", "--all-features", "--bench", "store"];
    // built before the server runs, so that the disk has settled when it is measured
    if run_shown(workspace.cargo(&bench).arg("--no-run"))? == Outcome::Failed {
        return Ok(Outcome::Failed);
    }
    let programs = programs().context("PostgreSQL is not there (Debian package `postgresql`)")?;
    let folder = workspace.target().join(format!("bench-store-{}", std::process::id()));
    let mut server = PostgresServer::start(&programs, &folder.join("postgres"))?;
    server.set(MEMORY);
    server.restart("SIGINT")?;
    let files = folder.join("files");
    fs::create_dir_all(&files)?;
    println!("load before: {}", fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
    let mut command = workspace.cargo(&bench);
    command.env("MPP_POSTGRES", server.url()).env("MPP_POSTGRES_PROGRAMS", &programs);
    command.env("MPP_BENCH_FOLDER", &files).env("MPP_BENCH_ONLY", only);
    let outcome = run_shown(&mut command)?;
    drop(server);
    fs::remove_dir_all(folder)?;
    Ok(outcome)
}
