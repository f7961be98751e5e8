//! Programs from outside that some tests need and cargo cannot bring.
//!
//! A part is looked for, and on Debian as root installed, only when the workspace has tests that want it. Where it
//! is missing all the same, the summary says so; in CI that is a failure.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;
use crate::workspace::{Workspace, find_program, run_shown};

use super::{package_sets, servers};

/// A program that is really there or is not: nothing stands in for it.
#[derive(Debug)]
pub(super) struct RealPart {
    /// What it is.
    name: &'static str,
    /// The files under `tests/`, without ending, whose tests want it.
    wanted_by: &'static [&'static str],
    /// The names under which it is found along `PATH`, best first.
    programs: &'static [&'static str],
    /// The Debian package that brings it.
    package: &'static str,
    /// The environment variable that tells the tests where it is.
    variable: &'static str,
}

/// Every part there is.
const REAL_PARTS: &[RealPart] = &[
    RealPart {
        name: "a browser for the page tests",
        wanted_by: &["pages", "portals", "single_sign_on_pages"],
        programs: &["chromium", "chromium-browser", "google-chrome"],
        package: "chromium",
        variable: "MPP_CHROMIUM",
    },
    RealPart {
        name: "a font with Devanagari, for the pictures of pages in Hindi",
        wanted_by: &["pages", "portals", "single_sign_on_pages"],
        programs: &["/usr/share/fonts/truetype/lohit-devanagari/Lohit-Devanagari.ttf"],
        package: "fonts-lohit-deva",
        variable: "MPP_DEVANAGARI_FONT",
    },
    RealPart {
        name: "SoftHSM for the tests with keys in a token",
        wanted_by: &["key_ring_token", "keys_command"],
        programs: &["softhsm2-util"],
        package: "softhsm2",
        variable: "MPP_SOFTHSM",
    },
    RealPart {
        name: "openssl as a peer of our signatures and keys",
        wanted_by: &["openssl_peer", "postgres_ways"],
        programs: &["openssl"],
        package: "openssl",
        variable: "MPP_OPENSSL",
    },
    RealPart {
        name: "pdftotext to read our invoices back",
        wanted_by: &["central_endpoints"],
        programs: &["pdftotext"],
        package: "poppler-utils",
        variable: "MPP_PDFTOTEXT",
    },
];

/// A part that the suite wants, after setting up.
#[derive(Debug)]
pub(super) struct ReadyPart {
    /// What it is.
    pub(super) name: &'static str,
    /// The environment variable that tells the tests where it is.
    pub(super) variable: &'static str,
    /// Where it is, if it is.
    pub(super) path: Option<PathBuf>,
    /// What to print in place of where it is, when that has a password in it.
    pub(super) shown: Option<String>,
    /// What would bring it.
    pub(super) remedy: String,
}

impl fmt::Display for ReadyPart {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, remedy, .. } = self;
        match (&self.shown, &self.path) {
            (Some(shown), Some(_)) => write!(out, "{name}: {shown}"),
            (None, Some(path)) => write!(out, "{name}: {}", path.display()),
            (_, None) => write!(out, "{name} is MISSING ({remedy}): what needs it did not really run"),
        }
    }
}

/// Finds or installs every part that the tests of the workspace want.
///
/// # Errors
/// When the installer is there but cannot be started, or a set of packages has no place.
pub(super) fn set_up(workspace: &Workspace) -> anyhow::Result<Vec<ReadyPart>> {
    let wanted: Vec<_> = REAL_PARTS.iter().filter(|part| has_test_of(workspace, part.wanted_by)).collect();
    let sets = package_sets::wanted(workspace);
    let mut missing: Vec<_> =
        wanted.iter().filter(|part| find(part).is_none()).map(|part| part.package).collect();
    missing.extend(servers::missing_packages(workspace));
    missing.extend(sets.iter().flat_map(|set| set.missing_packages()));
    if !missing.is_empty() && can_install()? {
        install(&missing)?;
    }
    let parts = wanted.into_iter().map(|part| Ok(ready(part)));
    parts.chain(sets.into_iter().map(|set| set.set_up(workspace))).collect()
}

/// Whether the workspace has a test of one of these names.
pub(super) fn has_test_of(workspace: &Workspace, names: &[&str]) -> bool {
    let mut targets = workspace.metadata().packages.iter().flat_map(|package| &package.targets);
    targets.any(|target| target.is_test() && names.contains(&target.name.as_str()))
}

fn ready(part: &'static RealPart) -> ReadyPart {
    let RealPart { name, package, variable, .. } = part;
    ReadyPart { name, variable, path: find(part), shown: None, remedy: format!("Debian package `{package}`") }
}

/// Where the part is: where the environment says, or else along `PATH`.
fn find(part: &RealPart) -> Option<PathBuf> {
    let told = std::env::var_os(part.variable).map(PathBuf::from).filter(|path| path.is_file());
    told.or_else(|| part.programs.iter().find_map(|program| find_program(program)))
}

/// Whether this is Debian and we are root.
fn can_install() -> anyhow::Result<bool> {
    if !Path::new("/etc/debian_version").exists() || find_program("apt-get").is_none() {
        return Ok(false);
    }
    Ok(Command::new("id").arg("-u").output()?.stdout.trim_ascii() == b"0")
}

/// Installs Debian packages. That it fails shows when the programs are looked for again.
fn install(packages: &[&str]) -> anyhow::Result<()> {
    let mut update = Command::new("apt-get");
    let mut install = Command::new("apt-get");
    update.args(["update", "--quiet"]);
    install.args(["install", "--yes", "--quiet", "--no-install-recommends"]).args(packages);
    for command in [&mut update, &mut install] {
        if run_shown(command.env("DEBIAN_FRONTEND", "noninteractive"))? == Outcome::Failed {
            println!("that failed; going on without");
        }
    }
    Ok(())
}
