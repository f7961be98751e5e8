//! `mpp envelope` as a program of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const CONTEXT: [&str; 10] = [
    "--partner",
    "11111111-1111-4111-9111-111111111111",
    "--consent",
    "22222222-2222-4222-a222-222222222222",
    "--parcel",
    "33333333-3333-4333-b333-333333333333",
    "--source",
    "account-aggregator",
    "--content-type",
    "application/xml",
];

/// How the program ended.
struct Outcome {
    code: i32,
    out: Vec<u8>,
    err: String,
}

impl Outcome {
    #[track_caller]
    fn bytes(self) -> Vec<u8> {
        assert_eq!(self.code, 0, "{}", self.err);
        self.out
    }

    #[track_caller]
    fn assert_refused(&self, code: &str) {
        assert_eq!(self.code, 1, "{}", self.err);
        assert!(self.err.contains(&format!("({code})")), "{code}: {}", self.err);
    }
}

/// A folder with a key pair.
struct Bench(TempDir);

impl Bench {
    fn new() -> Self {
        let this = Self(tempfile::tempdir().unwrap());
        let public = this.mpp(&["envelope", "keygen", "--out", "private.pem"], b"").bytes();
        fs::write(this.path("public.jwk"), public).unwrap();
        this
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn mpp(&self, arguments: &[&str], input: &[u8]) -> Outcome {
        let mut child = Command::new(env!("CARGO_BIN_EXE_mpp"))
            .args(arguments)
            .current_dir(self.0.path())
            .env("MPP_KEY_RING_PASSWORD", "correct horse battery staple")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        // A program that refuses early does not read to the end.
        let feeding = std::thread::spawn(move || stdin.write_all(&input).is_ok());
        let output = child.wait_with_output().unwrap();
        feeding.join().unwrap();
        Outcome {
            code: output.status.code().unwrap(),
            out: output.stdout,
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn seal(&self, text: &[u8]) -> Vec<u8> {
        self.mpp(&[&["envelope", "seal", "--key", "public.jwk"], &CONTEXT[..]].concat(), text).bytes()
    }

    fn open(&self, envelope: &[u8]) -> Outcome {
        let named = ["envelope", "open", "--key", "private.pem", "--purpose", "parcel"];
        self.mpp(&[&named, &CONTEXT[..]].concat(), envelope)
    }
}

fn text(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect()
}

#[test]
fn what_is_sealed_opens_through_streams_and_files() {
    let bench = Bench::new();
    for length in [0, 1, 65_536, 300_000] {
        assert!(bench.open(&bench.seal(&text(length))).bytes() == text(length), "{length}");
    }
    fs::write(bench.path("text"), text(100_000)).unwrap();
    let seal = ["envelope", "seal", "--key", "public.jwk", "--out", "sealed", "text"];
    bench.mpp(&[&seal, &CONTEXT[..]].concat(), b"").bytes();
    let open =
        ["envelope", "open", "--key", "private.pem", "--purpose", "parcel", "--out", "opened", "sealed"];
    bench.mpp(&[&open, &CONTEXT[..]].concat(), b"").bytes();
    assert_eq!(fs::read(bench.path("opened")).unwrap(), text(100_000));
    assert_eq!(fs::metadata(bench.path("opened")).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(bench.path("private.pem")).unwrap().permissions().mode() & 0o777, 0o600);
    let again = bench.mpp(&[&open, &CONTEXT[..]].concat(), b"");
    assert_eq!(again.code, 1, "a file that is there is not written over");
}

#[test]
fn keys_are_read_as_pem_and_as_jwk() {
    let bench = Bench::new();
    let envelope = bench.seal(b"text");
    let pem = bench.mpp(&["envelope", "keygen", "--pem", "--out", "other.pem"], b"").bytes();
    fs::write(bench.path("other.pub"), pem).unwrap();
    let seal = ["envelope", "seal", "--key", "other.pub"];
    let other = bench.mpp(&[&seal, &CONTEXT[..]].concat(), b"other").bytes();
    let both = ["envelope", "open", "--trust-header", "--key", "private.pem", "--key", "other.pem"];
    assert_eq!(bench.mpp(&both, &envelope).bytes(), b"text");
    assert_eq!(bench.mpp(&both, &other).bytes(), b"other");
    bench.open(&other).assert_refused("envelope_key_unknown");
    assert_eq!(bench.mpp(&["envelope", "seal", "--key", "public.jwk"], b"").code, 2, "no context");
    let with_private = [&["envelope", "seal", "--key", "private.pem"], &CONTEXT[..]].concat();
    bench.mpp(&with_private, b"").assert_refused("key_private");
    let named = ["envelope", "open", "--trust-header", "--key", "public.jwk"];
    bench.mpp(&named, &envelope).assert_refused("key_public");
}

#[test]
fn a_key_ring_opens_too() {
    let bench = Bench::new();
    bench.mpp(&["keys", "init", "--ring", "ring"], b"").bytes();
    let made = bench.mpp(&["--json", "keys", "generate", "envelope", "--ring", "ring"], b"").bytes();
    let made: Value = serde_json::from_slice(&made).unwrap();
    fs::write(bench.path("public.jwk"), made["publicJwk"].to_string()).unwrap();
    let envelope = bench.seal(b"text");
    assert_eq!(
        bench.mpp(&["envelope", "open", "--trust-header", "--ring", "ring"], &envelope).bytes(),
        b"text"
    );
}

#[test]
fn an_envelope_shows_what_it_claims() {
    let bench = Bench::new();
    let envelope = bench.seal(b"secret-canary-text");
    let shown = bench.mpp(&["--json", "envelope", "inspect"], &envelope).bytes();
    let shown: Value = serde_json::from_slice(&shown).unwrap();
    assert_eq!(shown["purpose"], "parcel");
    assert_eq!(shown["partner"], CONTEXT[1]);
    assert_eq!(shown["source"], "account-aggregator");
    assert_eq!(shown["contentType"], "application/xml");
    let text = bench.mpp(&["envelope", "inspect"], &envelope[..envelope.len() - 20]).bytes();
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains(CONTEXT[3]) && text.contains(shown["kid"].as_str().unwrap()));
    bench.mpp(&["envelope", "inspect"], b"MPPE").assert_refused("envelope_incomplete");
    bench.mpp(&["envelope", "inspect"], b"something else").assert_refused("envelope_malformed");
    bench.mpp(&["envelope", "inspect"], b"MPPE\x02\x01\x00\x00").assert_refused("envelope_version_unknown");
}

#[test]
fn what_does_not_stand_leaves_no_file() {
    let bench = Bench::new();
    let mut envelope = bench.seal(&text(200_000));
    let last = envelope.len() - 1;
    envelope[last] ^= 1;
    bench.open(&envelope).assert_refused("envelope_does_not_open");
    bench.open(&envelope[..last - 70_000]).assert_refused("envelope_does_not_open");
    let to_file = [
        &["envelope", "open", "--key", "private.pem", "--purpose", "parcel", "--out", "opened"],
        &CONTEXT[..],
    ]
    .concat();
    bench.mpp(&to_file, &envelope).assert_refused("envelope_does_not_open");
    let left: Vec<String> = fs::read_dir(bench.0.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("opened"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn another_context_is_refused() {
    let bench = Bench::new();
    let envelope = bench.seal(b"text");
    let mut other = CONTEXT;
    other[5] = "44444444-4444-4444-8444-444444444444";
    let named = ["envelope", "open", "--key", "private.pem", "--purpose", "parcel"];
    bench.mpp(&[&named, &other[..]].concat(), &envelope).assert_refused("envelope_does_not_open");
    let as_material = ["envelope", "open", "--key", "private.pem", "--purpose", "key-material"];
    bench.mpp(&[&as_material, &CONTEXT[..]].concat(), &envelope).assert_refused("envelope_does_not_open");
    let half = bench.mpp(&["envelope", "open", "--key", "private.pem", "--purpose", "parcel"], &envelope);
    assert_eq!(half.code, 2, "what is not named is not guessed");
    let partly = ["envelope", "open", "--trust-header", "--key", "private.pem", "--parcel", other[5]];
    bench.mpp(&partly, &envelope).assert_refused("envelope_does_not_open");
}
