//! A foreign program that answers one JSON object per line.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

/// One process for all requests of a test.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    child: Child,
    lines: RefCell<(Option<ChildStdin>, BufReader<ChildStdout>)>,
}

/// Every peer that speaks HPKE and JOSE.
pub(crate) fn all() -> Vec<Peer> {
    python().into_iter().chain(node()).collect()
}

/// `pyhpke`, `cryptography` and plain integers.
pub(crate) fn python() -> Option<Peer> {
    let program = place("MPP_FOREIGN_PYTHON", "python/venv/bin/python", "pyhpke and cryptography (Python)")?;
    let mut command = Command::new(program);
    // no folder of compiled scripts beside them
    command.arg("-B").arg(folder().join("peer.py"));
    Some(Peer::start("python", command))
}

/// `@hpke/core` and `jose`.
pub(crate) fn node() -> Option<Peer> {
    const MODULES: &str = "MPP_FOREIGN_NODE_MODULES";
    let modules = place(MODULES, "node/node_modules", "@hpke/core and jose (Node)")?;
    let mut command = Command::new("node");
    command.arg(folder().join("peer.mjs")).env(MODULES, modules);
    Some(Peer::start("node", command))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign_peers")
}

/// Where a peer is: where the environment says, or where `cargo xtask set-up` put it.
fn place(variable: &str, below_target: &str, what: &str) -> Option<PathBuf> {
    let told = std::env::var_os(variable).map(PathBuf::from);
    let usual = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../foreign-peers").join(below_target);
    let found = told.unwrap_or(usual);
    if found.exists() {
        return Some(found);
    }
    let how = format!("`cargo xtask set-up` installs it, or {variable} says where it is");
    let required = std::env::var("MPP_REQUIRE_FOREIGN").is_ok_and(|value| value == "1");
    assert!(!required, "{what} is required and not at {}: {how}", found.display());
    println!("skipped: {what} is not set up: {how}");
    None
}

impl Peer {
    fn start(name: &'static str, mut command: Command) -> Self {
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = started.unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        let (input, output) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Self { name, child, lines: RefCell::new((input, output)) }
    }

    /// The answer to one request, or what the peer says when it refuses.
    pub(crate) fn ask(&self, op: &str, mut request: Value) -> Result<Value, String> {
        request["op"] = json!(op);
        let (input, output) = &mut *self.lines.borrow_mut();
        writeln!(input.as_mut().unwrap(), "{request}").unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let answer: Value = serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("{} said {line:?}: {error}", self.name));
        if answer["ok"] == true { Ok(answer) } else { Err(text(&answer, "error")) }
    }
}

impl Drop for Peer {
    /// The end of its input ends the program.
    fn drop(&mut self) {
        self.lines.get_mut().0.take();
        let ended = self.child.wait().is_ok_and(|status| status.success());
        assert!(ended || std::thread::panicking(), "{} ended badly", self.name);
    }
}

/// A text of an answer.
pub(crate) fn text(answer: &Value, name: &str) -> String {
    answer[name].as_str().unwrap_or_else(|| panic!("no {name} in {answer}")).to_owned()
}

/// Bytes of an answer, base64.
pub(crate) fn bytes(answer: &Value, name: &str) -> Vec<u8> {
    base64_simd::STANDARD.decode_to_vec(text(answer, name)).unwrap()
}

pub(crate) fn encoded(bytes: &[u8]) -> String {
    base64_simd::STANDARD.encode_to_string(bytes)
}
