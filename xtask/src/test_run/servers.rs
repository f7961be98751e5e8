//! Servers that some tests talk to, started before the tests and stopped after them, however those end.
//!
//! A server that the environment names already is used as it is.

use std::path::PathBuf;

use crate::workspace::Workspace;

use super::postgres_server::{PostgresServer, programs};
use super::real_parts::{ReadyPart, has_test_of};

const NAME: &str = "PostgreSQL for the tests of the store and the journey on it";
/// The files under `tests/`, without ending, whose tests want it.
const WANTED_BY: &[&str] = &[
    "crash",
    "end_to_end",
    "epochs",
    "forensics",
    "migrations",
    "postgres",
    "postgres_failures",
    "postgres_ways",
    "store_command",
    "store_contract",
];
/// The Debian package that brings it.
const PACKAGE: &str = "postgresql";
/// The environment variable that tells the tests its address, with a password.
const VARIABLE: &str = "MPP_POSTGRES";

/// The servers of this run; they stop when this is dropped.
#[derive(Debug, Default)]
pub(super) struct Servers {
    _postgres: Option<PostgresServer>,
    parts: Vec<ReadyPart>,
}

/// The Debian packages of servers that the tests of the workspace want and that are not there.
pub(super) fn missing_packages(workspace: &Workspace) -> Option<&'static str> {
    let needed = wanted(workspace) && told().is_none() && programs().is_none();
    needed.then_some(PACKAGE)
}

/// What is there to start, for whoever runs tests without us.
pub(super) fn startable(workspace: &Workspace) -> Option<ReadyPart> {
    wanted(workspace).then(|| part(programs(), None))
}

/// Starts every server that the tests of the workspace want. That one does not start shows as a missing part.
pub(super) fn start(workspace: &Workspace) -> Servers {
    if !wanted(workspace) {
        return Servers::default();
    }
    if let Some(url) = told() {
        let parts = vec![part(Some(url), Some("the one that MPP_POSTGRES names".to_owned()))];
        return Servers { _postgres: None, parts };
    }
    let folder = workspace.target().join(format!("postgres-{}", std::process::id()));
    let started = programs().map(|programs| (PostgresServer::start(&programs, &folder), programs));
    match started {
        Some((Ok(server), programs)) => {
            let shown = format!("started for this run from {}", programs.display());
            let parts = vec![part(Some(PathBuf::from(server.url())), Some(shown))];
            Servers { _postgres: Some(server), parts }
        }
        Some((Err(error), _)) => {
            println!("{NAME}: {error}");
            Servers { _postgres: None, parts: vec![part(None, None)] }
        }
        None => Servers { _postgres: None, parts: vec![part(None, None)] },
    }
}

impl Servers {
    /// What the tests are told of them.
    pub(super) fn take_parts(&mut self) -> Vec<ReadyPart> {
        std::mem::take(&mut self.parts)
    }
}

fn wanted(workspace: &Workspace) -> bool {
    has_test_of(workspace, WANTED_BY)
}

fn told() -> Option<PathBuf> {
    std::env::var_os(VARIABLE).filter(|url| !url.is_empty()).map(PathBuf::from)
}

fn part(path: Option<PathBuf>, shown: Option<String>) -> ReadyPart {
    ReadyPart { name: NAME, variable: VARIABLE, path, shown, remedy: format!("Debian package `{PACKAGE}`") }
}
