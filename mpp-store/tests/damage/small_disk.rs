//! A disk of a few megabytes, in memory.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Such a disk, taken away again in the end.
pub struct SmallDisk {
    at: tempfile::TempDir,
}

impl SmallDisk {
    /// Mounts one; `None`, said plainly, where that is not allowed.
    pub fn mount(megabytes: u32) -> Option<Self> {
        let at = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "mpp-test"]).arg(at.path());
        let mounted = mount.output();
        if mounted.as_ref().is_ok_and(|output| output.status.success()) {
            return Some(Self { at });
        }
        println!("NOT TESTED: no small disk can be mounted here, which takes root ({mounted:?})");
        None
    }

    pub fn path(&self) -> &Path {
        self.at.path()
    }

    /// Where something lies that can be removed to have space again.
    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }

    pub fn load(&self, megabytes: usize) {
        std::fs::write(self.ballast(), vec![7; megabytes * 1024 * 1024]).unwrap();
    }

    pub fn relieve(&self) {
        std::fs::remove_file(self.ballast()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // lazily: a store that is dropped later may still hold its files
        let _ = Command::new("umount").arg("--lazy").arg(self.at.path()).status();
    }
}
