//! SoftHSM, a PKCS#11 token in software: a real part that cargo cannot bring.

use std::path::{Path, PathBuf};
use std::process::Command;

pub const TOKEN: &str = "mpp test";
pub const PIN: &str = "271828";

/// A fresh token in a folder of its own.
pub struct SoftToken {
    folder: tempfile::TempDir,
}

impl SoftToken {
    pub fn new() -> Self {
        let token = Self { folder: tempfile::tempdir().unwrap() };
        let tokens = token.folder.path().join("tokens");
        std::fs::create_dir(&tokens).unwrap();
        let text = format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display());
        std::fs::write(token.configuration(), text).unwrap();
        let made = Command::new(program())
            .args(["--init-token", "--free", "--label", TOKEN, "--so-pin", "31415926", "--pin", PIN])
            .env("SOFTHSM2_CONF", token.configuration())
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        token
    }

    /// What `SOFTHSM2_CONF` must name in a process that uses the token.
    pub fn configuration(&self) -> PathBuf {
        self.folder.path().join("softhsm2.conf")
    }
}

/// The PKCS#11 library that belongs to the program.
pub fn module() -> PathBuf {
    let prefix = program().parent().and_then(Path::parent).map(Path::to_owned).unwrap_or_default();
    let folders =
        ["lib/softhsm", "lib64/softhsm", "lib/x86_64-linux-gnu/softhsm", "lib/aarch64-linux-gnu/softhsm"];
    let beside = folders.map(|folder| prefix.join(folder).join("libsofthsm2.so"));
    beside.into_iter().find(|path| path.is_file()).unwrap_or_else(|| {
        panic!("the library libsofthsm2.so is not beside {}: install softhsm2 whole", program().display())
    })
}

/// Where SoftHSM's tool is: named by `MPP_SOFTHSM`, or at its usual place.
fn program() -> PathBuf {
    let told = std::env::var_os("MPP_SOFTHSM").map(PathBuf::from);
    let program = told.unwrap_or_else(|| PathBuf::from("/usr/bin/softhsm2-util"));
    assert!(
        program.is_file(),
        "these tests use keys in SoftHSM, whose softhsm2-util is not at {}: install it (on Debian: apt-get install \
         softhsm2) or name it in MPP_SOFTHSM",
        program.display()
    );
    program
}
