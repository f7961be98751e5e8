//! `mpp keys`, as an operator runs it: the program itself, with files and a token.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

#[path = "../../mpp-crypto/tests/support/softhsm.rs"]
#[allow(unreachable_pub, reason = "shared by several tests")]
mod softhsm;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use mpp_core::PublicJwk;
use mpp_crypto::thumbprint;
use serde_json::Value;
use softhsm::SoftToken;

/// A folder with a ring and its password, and the options that name them.
struct Desk {
    folder: tempfile::TempDir,
    options: Vec<String>,
    environment: Vec<(&'static str, PathBuf)>,
}

impl Desk {
    fn with_file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = ["--ring", "ring", "--password-file", "password"].map(ToOwned::to_owned).into();
        let desk = Self { folder, options, environment: Vec::new() };
        desk.put("password", "correct horse\n");
        desk
    }

    fn with_token(token: &SoftToken) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let module = softhsm::module().display().to_string();
        let options = ["--pkcs11-module", module.as_str(), "--token", softhsm::TOKEN, "--pin-file", "pin"];
        let environment = vec![("SOFTHSM2_CONF", token.configuration())];
        let desk = Self { folder, options: options.map(ToOwned::to_owned).into(), environment };
        desk.put("pin", softhsm::PIN);
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn run(&self, line: &[&str]) -> Output {
        let mut command = mpp(self.folder.path());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.arg("keys").args(&self.options).args(line).output().unwrap()
    }

    fn text(&self, line: &[&str]) -> String {
        let output = self.run(line);
        assert!(output.status.success(), "{line:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, line: &[&str]) -> Value {
        serde_json::from_str(&self.text(&[line, &["--json"]].concat())).unwrap()
    }

    /// How the program ends and what it says.
    fn refused(&self, line: &[&str]) -> (Option<i32>, String) {
        let output = self.run(line);
        assert!(output.stdout.is_empty(), "{line:?}");
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    }

    fn states(&self) -> Vec<String> {
        let listed = self.json(&["list"]);
        let state = |key: &Value| {
            format!("{} {}", key["algorithm"].as_str().unwrap(), key["state"].as_str().unwrap())
        };
        listed.as_array().unwrap().iter().map(state).collect()
    }
}

fn mpp(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mpp"));
    for variable in ["MPP_KEY_RING_PASSWORD", "MPP_KEY_RING_NEW_PASSWORD", "MPP_TOKEN_PIN"] {
        command.env_remove(variable);
    }
    command.current_dir(folder);
    command
}

fn kid(key: &Value) -> &str {
    key["kid"].as_str().unwrap()
}

/// The life of keys, the same in a file and in a token.
fn a_life_of_keys(desk: &Desk) {
    assert_eq!(desk.json(&["list"]), serde_json::json!([]));
    let first = desk.json(&["generate", "envelope"]);
    assert_eq!((first["use"].as_str(), first["state"].as_str()), (Some("envelope"), Some("current")));
    let jwk: PublicJwk = serde_json::from_value(first["publicJwk"].clone()).unwrap();
    assert_eq!(thumbprint(&jwk).as_str(), kid(&first));
    desk.json(&["generate", "signing"]);
    desk.json(&["generate", "envelope"]);
    assert_eq!(desk.states(), ["ECDH-P256 current", "ES256 current", "ECDH-P256 older"]);

    let table = desk.text(&["list"]);
    let mut lines = table.lines();
    assert!(lines.next().unwrap().starts_with("KID"));
    assert!(lines.clone().count() == 3 && table.contains(kid(&first)));

    // A name may begin with a hyphen; it is a name all the same.
    let (code, said) = desk.refused(&["retire", "-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("no key of the name"), "{said}");
    let (code, said) = desk.refused(&["destroy", kid(&first)]);
    assert_eq!((code, said.contains("is not retired")), (Some(1), true), "{said}");
    assert_eq!(desk.json(&["retire", kid(&first)])["state"], "retired");
    assert_eq!(desk.json(&["reinstate", kid(&first)])["state"], "older");
    desk.text(&["retire", kid(&first)]);
    assert_eq!(desk.json(&["destroy", kid(&first)])["destroyed"], true);
    assert_eq!(desk.states(), ["ECDH-P256 current", "ES256 current"]);
    let current = desk.json(&["list"])[0].clone();
    let (code, said) = desk.refused(&["retire", kid(&current)]);
    assert_eq!((code, said.contains("generate its successor first")), (Some(1), true), "{said}");

    let pem = desk.text(&["export-public", kid(&current), "--form", "pem"]);
    let jwk = desk.text(&["export-public", kid(&current), "--form", "jwk"]);
    assert!(pem.starts_with("-----BEGIN PUBLIC KEY-----\n") && pem.ends_with("-----END PUBLIC KEY-----\n"));
    assert_eq!(serde_json::from_str::<Value>(&jwk).unwrap(), current["publicJwk"]);
    assert_eq!(desk.text(&["export-public", kid(&current)]), format!("{jwk}{pem}"));
    let both = desk.json(&["export-public", kid(&current)]);
    assert_eq!((both["pem"].as_str(), &both["jwk"]), (Some(pem.as_str()), &current["publicJwk"]));
}

#[test]
fn keys_live_in_a_file() {
    let desk = Desk::with_file();
    let made = desk.json(&["init"]);
    assert_eq!(made["ringId"].as_str().unwrap().len(), 32);
    assert_eq!(fs::metadata(desk.path("ring")).unwrap().permissions().mode() & 0o777, 0o600);
    a_life_of_keys(&desk);
    desk.text(&["generate", "signing", "--algorithm", "ed25519"]);
    assert_eq!(desk.states(), ["Ed25519 current", "ECDH-P256 current", "ES256 older"]);
}

#[test]
fn keys_live_in_a_token() {
    let token = SoftToken::new();
    let desk = Desk::with_token(&token);
    a_life_of_keys(&desk);
    let (code, said) = desk.refused(&["generate", "signing", "--algorithm", "ed25519"]);
    assert_eq!((code, said.as_str()), (Some(1), "mpp: this key ring holds no Ed25519 keys\n"));
    for command in [["init"], ["change-password"]] {
        let (code, said) = desk.refused(&command);
        assert_eq!((code, said.contains("maker's tools")), (Some(1), true), "{said}");
    }
    desk.put("pin", "000000");
    let (code, said) = desk.refused(&["list"]);
    assert_eq!((code, said.as_str()), (Some(1), "mpp: the token refuses the PIN\n"));
}

#[test]
fn a_token_that_is_not_there_may_come_back() {
    let token = SoftToken::new();
    let desk = Desk::with_token(&token);
    let (code, said) = desk.refused(&["list", "--token", "another"]);
    assert_eq!((code, said.contains("no token is labelled \"another\"")), (Some(3), true), "{said}");
}

#[test]
fn a_wrong_password_is_refused_and_shown_to_nobody() {
    let desk = Desk::with_file();
    desk.text(&["init"]);
    desk.put("password", "incorrect horse");
    let (code, said) = desk.refused(&["list"]);
    assert_eq!(code, Some(1));
    assert_eq!(said, "mpp: the key ring does not open: wrong password, or altered\n");
    desk.put("password", "\n");
    let (code, said) = desk.refused(&["list"]);
    assert_eq!((code, said.as_str()), (Some(1), "mpp: the secret is empty\n"));
}

#[test]
fn the_password_may_come_from_the_environment() {
    let desk = Desk::with_file();
    desk.text(&["init"]);
    let listed = |password: &str| {
        let mut command = mpp(desk.folder.path());
        command.args(["keys", "list", "--ring", "ring"]).env("MPP_KEY_RING_PASSWORD", password);
        command.output().unwrap().status.code()
    };
    assert_eq!(listed("correct horse"), Some(0));
    assert_eq!(listed("correct horst"), Some(1));
}

#[test]
fn a_ring_that_the_world_can_read_is_refused() {
    let desk = Desk::with_file();
    desk.text(&["init"]);
    fs::set_permissions(desk.path("ring"), Permissions::from_mode(0o644)).unwrap();
    let (code, said) = desk.refused(&["list"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("ring is open to other users (mode 644)"), "{said}");
    let before = fs::read(desk.path("ring")).unwrap();
    assert_eq!(desk.refused(&["generate", "signing"]).0, Some(1));
    assert_eq!(fs::read(desk.path("ring")).unwrap(), before);
}

#[test]
fn a_ring_is_not_made_twice() {
    let desk = Desk::with_file();
    desk.text(&["init"]);
    let before = fs::read(desk.path("ring")).unwrap();
    let (code, said) = desk.refused(&["init"]);
    assert_eq!((code, said.as_str()), (Some(1), "mpp: ring: entity already exists\n"));
    assert_eq!(fs::read(desk.path("ring")).unwrap(), before);
}

#[test]
fn another_ring_than_the_expected_one_is_refused() {
    let desk = Desk::with_file();
    let id = desk.json(&["init"])["ringId"].as_str().unwrap().to_owned();
    desk.text(&["list", "--ring-id", &id]);
    fs::remove_file(desk.path("ring")).unwrap();
    desk.text(&["init"]);
    let (code, said) = desk.refused(&["list", "--ring-id", &id]);
    assert_eq!((code, said.as_str()), (Some(1), "mpp: another key ring than the expected one\n"));
    assert_eq!(desk.refused(&["list", "--ring-id", "7"]).0, Some(1));
}

#[test]
fn a_changed_password_is_the_only_one() {
    let desk = Desk::with_file();
    desk.text(&["init"]);
    let made = desk.json(&["generate", "envelope"]);
    desk.put("new", "battery staple");
    assert_eq!(desk.json(&["change-password", "--new-password-file", "new"])["passwordChanged"], true);
    assert_eq!(desk.refused(&["list"]).0, Some(1));
    let listed = desk.json(&["list", "--password-file", "new"]);
    assert_eq!(listed[0], {
        let mut older = made;
        older["state"] = "current".into();
        older
    });
}

#[test]
fn who_holds_the_lock_is_waited_for_by_a_later_call() {
    let desk = Desk::with_file();
    desk.text(&["init"]);
    let lock = fs::File::open(desk.path("ring.lock")).unwrap();
    lock.lock().unwrap();
    let (code, said) = desk.refused(&["generate", "envelope"]);
    assert_eq!((code, said.as_str()), (Some(3), "mpp: somebody else is changing the key ring\n"));
    lock.unlock().unwrap();
    desk.text(&["generate", "envelope"]);
}

#[test]
fn a_command_line_without_a_ring_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let output = mpp(folder.path()).args(["keys", "list"]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("--ring FILE") && said.contains("--pkcs11-module"), "{said}");
    let both = ["keys", "list", "--ring", "ring", "--pkcs11-module", "x.so"];
    assert_eq!(mpp(folder.path()).args(both).output().unwrap().status.code(), Some(2));
}
