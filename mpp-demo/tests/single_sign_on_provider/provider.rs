//! The provider as a program of its own.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use url::Url;

pub const CLIENT: &str = "mpp-central";
pub const SECRET: &str = "a secret of forty characters, no, of more";

/// Where the package is unless the environment says otherwise: `cargo xtask test` installs it from the list beside this file.
const MODULES: &str = "MPP_OIDC_NODE_MODULES";

pub struct Provider {
    child: Child,
    said: BufReader<ChildStdout>,
    issuer: Url,
}

impl Provider {
    pub fn start() -> Self {
        let usual = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../single-sign-on/node/node_modules");
        let modules = std::env::var_os(MODULES).map_or(usual, PathBuf::from);
        assert!(
            modules.join("oidc-provider").is_dir(),
            "no oidc-provider in {}; `cargo xtask test` installs it, or {MODULES} says where it is",
            modules.display()
        );
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/single_sign_on_provider/provider.mjs");
        let mut command = Command::new("node");
        command.args([script, CLIENT, SECRET]).env(MODULES, modules.canonicalize().unwrap());
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("node runs the provider (Debian package `nodejs`)");
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let issuer = line(&mut said).parse().unwrap();
        Self { child, said, issuer }
    }

    /// What it calls itself.
    pub fn issuer(&self) -> &Url {
        &self.issuer
    }

    /// Registers a server that people are sent back to, and serves from now on.
    pub fn serve(&mut self, return_address: &Url) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{return_address}").unwrap();
        assert_eq!(line(&mut self.said), "ready");
    }
}

fn line(said: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    line.trim().to_owned()
}

impl Drop for Provider {
    fn drop(&mut self) {
        // its input ends; killing makes sure when it hangs
        drop(self.child.stdin.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
