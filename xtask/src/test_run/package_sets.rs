//! Libraries of other languages that some tests talk to, installed once from pinned lists into a folder below `target`.
//!
//! The lists belong to the tests (`mpp-crypto/tests/foreign_peers`, `mpp-store/tests/s3_server`, `mpp-demo/tests/axe`,
//! `mpp-demo/tests/single_sign_on_provider`, `mpp-server/tests/openapi_validator`). Once installed, a set is used without asking anybody
//! until its lists change.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;

use crate::Outcome;
use crate::workspace::{Workspace, run_shown};

use super::real_parts::{ReadyPart, has_test_of};

/// Holds the lists that a folder was installed from, written last.
const STAMP: &str = "installed-from";

/// The libraries of one language.
#[derive(Debug)]
pub(super) struct PackageSet {
    /// What is in it.
    name: &'static str,
    /// The files under `tests/`, without ending, whose tests want it.
    wanted_by: &'static [&'static str],
    /// The environment variable that tells the tests where it is.
    variable: &'static str,
    /// The folder of the pinned lists.
    lists: &'static str,
    /// The folder below `target`; the tests look there by themselves.
    installed: &'static str,
    /// How it is installed.
    language: Language,
}

/// Every set there is.
const PACKAGE_SETS: &[PackageSet] = &[
    PackageSet {
        name: "pyhpke and cryptography for the tests with foreign peers",
        wanted_by: &["foreign_peers"],
        variable: "MPP_FOREIGN_PYTHON",
        lists: "mpp-crypto/tests/foreign_peers",
        installed: "foreign-peers",
        language: Language::Python,
    },
    PackageSet {
        name: "@hpke/core and jose for the tests with foreign peers",
        wanted_by: &["foreign_peers"],
        variable: "MPP_FOREIGN_NODE_MODULES",
        lists: "mpp-crypto/tests/foreign_peers",
        installed: "foreign-peers",
        language: Language::Node,
    },
    PackageSet {
        name: "axe-core for the tests of the portals",
        wanted_by: &["portals", "single_sign_on_pages"],
        variable: "MPP_AXE_NODE_MODULES",
        lists: "mpp-demo/tests/axe",
        installed: "axe",
        language: Language::Node,
    },
    PackageSet {
        name: "oidc-provider, which staff sign in with in the tests of single sign-on",
        wanted_by: &["single_sign_on_pages"],
        variable: "MPP_OIDC_NODE_MODULES",
        lists: "mpp-demo/tests/single_sign_on_provider",
        installed: "single-sign-on",
        language: Language::Node,
    },
    PackageSet {
        name: "moto, a server that speaks S3, for the tests of object storage",
        wanted_by: &["end_to_end", "parcel_s3", "store_command"],
        variable: "MPP_S3_PYTHON",
        lists: "mpp-store/tests/s3_server",
        installed: "s3-server",
        language: Language::Python,
    },
    PackageSet {
        name: "openapi-spec-validator for the descriptions of the interfaces",
        wanted_by: &["openapi_conformance"],
        variable: "MPP_OPENAPI_PYTHON",
        lists: "mpp-server/tests/openapi_validator",
        installed: "openapi-validator",
        language: Language::Python,
    },
];

/// A language whose packages can be installed from a pinned list.
#[derive(Debug, Clone, Copy)]
enum Language {
    /// `requirements.txt` with hashes, into an environment of its own.
    Python,
    /// `package.json` and `package-lock.json`.
    Node,
}

/// The sets that the tests of the workspace want.
pub(super) fn wanted(workspace: &Workspace) -> Vec<&'static PackageSet> {
    PACKAGE_SETS.iter().filter(|set| has_test_of(workspace, set.wanted_by)).collect()
}

impl PackageSet {
    /// The Debian packages of the tools that install it and are not there.
    pub(super) fn missing_packages(&self) -> Vec<&'static str> {
        let missing = self.language.tools().iter().filter(|(command, _)| !succeeds(command));
        missing.map(|(_, package)| *package).collect()
    }

    /// Installs the set unless it is installed from the same lists. That it fails shows as a missing part.
    ///
    /// # Errors
    /// When the lists cannot be read or the folder cannot be written.
    pub(super) fn set_up(&self, workspace: &Workspace) -> anyhow::Result<ReadyPart> {
        let told = std::env::var_os(self.variable).map(PathBuf::from).filter(|path| path.exists());
        let path = match told {
            Some(path) => Some(path),
            None => self.product(workspace)?,
        };
        let tools: Vec<&str> = self.language.tools().iter().map(|(_, package)| *package).collect();
        let remedy = format!("installed from {} with Debian's {}", self.lists, tools.join(", "));
        Ok(ReadyPart { name: self.name, variable: self.variable, path, shown: None, remedy })
    }

    /// The product, installed now or earlier; `None` when it cannot be installed.
    fn product(&self, workspace: &Workspace) -> anyhow::Result<Option<PathBuf>> {
        let folder = workspace.target().join(self.installed).join(self.language.folder());
        let lists = workspace.root().join(self.lists);
        let pinned = read_all(&lists, self.language.lists())?;
        if !is_current(&folder, &pinned) {
            make_anew(&folder)?;
            for list in self.language.lists() {
                fs::copy(lists.join(list), folder.join(list))
                    .with_context(|| format!("cannot copy {list}"))?;
            }
            if self.language.install(&folder)? == Outcome::Failed {
                println!("that failed; going on without");
                return Ok(None);
            }
            fs::write(folder.join(STAMP), pinned).context("cannot write the stamp of an installed set")?;
        }
        let product = folder.join(self.language.product());
        Ok(product.exists().then_some(product))
    }
}

impl Language {
    /// Commands that succeed when the tools are there, and the Debian packages that bring them.
    const fn tools(self) -> &'static [(&'static [&'static str], &'static str)] {
        match self {
            // Debian ships `venv` without what fills it
            Self::Python => &[(&["python3", "-c", "import ensurepip, venv"], "python3-venv")],
            Self::Node => &[(&["node", "--version"], "nodejs"), (&["npm", "--version"], "npm")],
        }
    }

    const fn folder(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Node => "node",
        }
    }

    const fn lists(self) -> &'static [&'static str] {
        match self {
            Self::Python => &["requirements.txt"],
            Self::Node => &["package.json", "package-lock.json"],
        }
    }

    /// What the tests are told of, in an installed folder.
    const fn product(self) -> &'static str {
        match self {
            Self::Python => "venv/bin/python",
            Self::Node => "node_modules",
        }
    }

    /// Installs what the lists in `folder` name; nothing of it runs while it is installed.
    fn install(self, folder: &Path) -> anyhow::Result<Outcome> {
        if !self.tools().iter().all(|(command, _)| succeeds(command)) {
            return Ok(Outcome::Failed);
        }
        match self {
            Self::Python => {
                let made =
                    run_shown(Command::new("python3").args(["-m", "venv", "venv"]).current_dir(folder))?;
                if made == Outcome::Failed {
                    return Ok(Outcome::Failed);
                }
                let options = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
                let pinned =
                    ["--require-hashes", "--only-binary", ":all:", "--requirement", "requirements.txt"];
                let mut pip = Command::new(folder.join(self.product()));
                run_shown(pip.args(options).args(pinned).current_dir(folder))
            }
            Self::Node => {
                let options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
                run_shown(Command::new("npm").args(options).current_dir(folder))
            }
        }
    }
}

/// Whether a folder was installed from these lists.
fn is_current(folder: &Path, pinned: &str) -> bool {
    fs::read_to_string(folder.join(STAMP)).is_ok_and(|stamp| stamp == pinned)
}

/// An empty folder in the place of whatever was there.
fn make_anew(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

fn read_all(folder: &Path, names: &[&str]) -> anyhow::Result<String> {
    let read =
        |name: &&str| fs::read_to_string(folder.join(name)).with_context(|| format!("cannot read {name}"));
    names.iter().map(read).collect()
}

/// Whether a command is there and succeeds; what it prints is nobody's business.
fn succeeds(command: &[&str]) -> bool {
    let Some((program, arguments)) = command.split_first() else { return false };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::{Language, PACKAGE_SETS, STAMP, is_current, make_anew, read_all, succeeds};
    use crate::workspace::Workspace;

    #[test]
    fn a_set_is_current_until_its_lists_change() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("python");
        make_anew(&folder).unwrap();
        assert!(!is_current(&folder, "a==1"), "nothing was installed");
        std::fs::write(folder.join(STAMP), "a==1").unwrap();
        assert!(is_current(&folder, "a==1"));
        assert!(!is_current(&folder, "a==2"));
        make_anew(&folder).unwrap();
        assert!(!is_current(&folder, "a==1"), "what is made anew is not installed yet");
    }

    #[test]
    fn every_list_is_there_and_pins_every_package() {
        let root = Workspace::ours().unwrap().root().to_path_buf();
        for set in PACKAGE_SETS {
            let list = read_all(&root.join(set.lists), set.language.lists()).unwrap();
            match set.language {
                Language::Python => {
                    let named =
                        list.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_alphanumeric()));
                    assert!(named.clone().count() >= 2 && named.into_iter().all(|line| line.contains("==")));
                }
                Language::Node => {
                    assert!(list.contains("\"integrity\": \"sha512-") && !list.contains("\"resolved\""));
                }
            }
        }
    }

    #[test]
    fn a_tool_that_is_not_there_does_not_succeed() {
        assert!(!succeeds(&["mpp-no-such-program"]));
        assert!(!succeeds(&[]));
        assert!(succeeds(&["true"]) && !succeeds(&["false"]));
    }
}
