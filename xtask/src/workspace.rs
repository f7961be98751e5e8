//! The repository as cargo sees it, and the commands that are run in it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use cargo_metadata::{Metadata, MetadataCommand};

use crate::Outcome;

/// A cargo workspace: where it is and what its manifests say.
#[derive(Debug)]
pub(crate) struct Workspace {
    metadata: Metadata,
}

impl Workspace {
    /// The workspace that this program was built from.
    ///
    /// # Errors
    /// When cargo cannot read the manifests.
    pub(crate) fn ours() -> anyhow::Result<Self> {
        Self::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join("Cargo.toml"))
    }

    /// The workspace of `manifest`.
    ///
    /// # Errors
    /// When cargo cannot read the manifests.
    pub(crate) fn read(manifest: &Path) -> anyhow::Result<Self> {
        let metadata = MetadataCommand::new()
            .manifest_path(manifest)
            .no_deps()
            .exec()
            .with_context(|| format!("cannot read the workspace of {}", manifest.display()))?;
        Ok(Self { metadata })
    }

    /// What cargo says of the members; dependencies outside the workspace are not resolved.
    pub(crate) fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The folder of the top manifest.
    pub(crate) fn root(&self) -> &Path {
        self.metadata.workspace_root.as_std_path()
    }

    /// Where cargo puts what it builds.
    pub(crate) fn target(&self) -> &Path {
        self.metadata.target_directory.as_std_path()
    }

    /// The reference material that some tests read, whether or not it is there.
    pub(crate) fn shared(&self) -> PathBuf {
        self.root().join("..").join("shared")
    }

    /// Cargo itself, in this workspace, with `arguments`.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.args(arguments).current_dir(self.root());
        command
    }
}

/// Prints the command, runs it to its end and tells whether it succeeded.
///
/// # Errors
/// When the program cannot be started.
pub(crate) fn run_shown(command: &mut Command) -> anyhow::Result<Outcome> {
    println!("$ {}", shown(command));
    let status = command.status().with_context(|| format!("cannot start `{}`", shown(command)))?;
    Ok(if status.success() { Outcome::Passed } else { Outcome::Failed })
}

/// The command as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    let words = std::iter::once(name).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

/// Where `program` is found along `PATH`.
pub(crate) fn find_program(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}
