//! `mpp jws` as a program of its own.
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
use std::path::PathBuf;
use std::process::{Command, Stdio};

use mpp_crypto::import::{read_signing_key, to_public_pem};
use mpp_crypto::rs256;
use serde_json::{Value, json};
use tempfile::TempDir;

/// RFC 7515 appendix A.3.1.
const P256: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;
/// RFC 8037 appendix A.1.
const ED25519: &str = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}"#;
/// RFC 9421 appendix B.3: valid from 14 January 2020 to 23 January 2021.
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nMIIBqDCCAU6gAwIBAgIBBzAKBggqhkjOPQQDAjA6MRswGQYDVQQKDBJMZXQncyBBdXRoZW50aWNhdGUxGzAZBgNVBAMMEkxBIEludGVybWVkaWF0ZSBDQTAeFw0yMDAxMTQyMjU1MzNaFw0yMTAxMjMyMjU1MzNaMA0xCzAJBgNVBAMMAkJDMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE8YnXXfaUgmnMtOXU/IncWalRhebrXmckC8vdgJ1p5Be5F/3YC8OthxM4+k1M6aEAEFcGzkJiNy6J84y7uzo9M6NyMHAwCQYDVR0TBAIwADAfBgNVHSMEGDAWgBRm3WjLa38lbEYCuiCPct0ZaSED2DAOBgNVHQ8BAf8EBAMCBsAwEwYDVR0lBAwwCgYIKwYBBQUHAwIwHQYDVR0RAQH/BBMwEYEPYmRjQGV4YW1wbGUuY29tMAoGCCqGSM49BAMCA0gAMEUCIBHda/r1vaL6G3VliL4/Di6YK0Q6bMjeSkC3dFCOOB8TAiEAx/kHSB4urmiZ0NX5r5XarmPk0wmuydBVoU4hBVZ1yhk=\n-----END CERTIFICATE-----\n";
const PAYLOAD: &[u8] = b"{\"name\":\"Asha\"}\r\n\xff\x00";

/// How the program ended.
struct Outcome {
    code: i32,
    out: Vec<u8>,
    err: String,
}

impl Outcome {
    fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{}", self.err);
        serde_json::from_slice(&self.out).unwrap()
    }

    fn text(&self) -> String {
        assert_eq!(self.code, 0, "{}", self.err);
        String::from_utf8(self.out.clone()).unwrap()
    }

    #[track_caller]
    fn assert_refused(&self, code: &str) {
        assert_eq!(self.code, 1, "{}", self.err);
        assert!(self.err.contains(&format!("({code})")), "{code}: {}", self.err);
        assert!(self.out.is_empty(), "nothing is printed of what does not stand");
    }
}

/// A folder of keys.
struct Bench(TempDir);

impl Bench {
    /// The private and the public half of one key of each kind.
    fn new() -> Self {
        let this = Self(tempfile::tempdir().unwrap());
        let rsa = rs256::SigningKey::generate("rsa".parse().unwrap()).unwrap();
        for (name, text) in [
            ("rsa", rsa.to_pkcs8_pem().unwrap().to_string()),
            ("p256", P256.to_owned()),
            ("ed25519", ED25519.to_owned()),
        ] {
            let public = to_public_pem(&read_signing_key(text.as_bytes()).unwrap().public());
            this.write(name, text.as_bytes());
            this.write(&format!("{name}.pub"), public.as_bytes());
        }
        this.write("payload", PAYLOAD);
        this
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).unwrap();
    }

    /// Runs `mpp` in the folder.
    fn mpp(&self, arguments: &[&str], input: &[u8]) -> Outcome {
        let mut child = Command::new(env!("CARGO_BIN_EXE_mpp"))
            .args(arguments)
            .current_dir(self.0.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that refuses early does not read its input.
        let _ = child.stdin.take().unwrap().write_all(input);
        let output = child.wait_with_output().unwrap();
        Outcome {
            code: output.status.code().unwrap(),
            out: output.stdout,
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn signed(&self, arguments: &[&str]) -> String {
        self.mpp(&[&["jws", "sign"], arguments].concat(), PAYLOAD).text()
    }
}

#[test]
fn what_one_call_signs_another_verifies_whatever_the_key() {
    let bench = Bench::new();
    for (name, alg) in [("rsa", "RS256"), ("p256", "ES256"), ("ed25519", "EdDSA")] {
        let jws = bench.signed(&["--key", name, "--typ", "t"]);
        let public = format!("{name}.pub");
        let verified = bench.mpp(&["jws", "verify", "--key", &public, "--typ", "t"], jws.as_bytes());
        assert_eq!((verified.code, verified.out.as_slice()), (0, PAYLOAD), "{}", verified.err);
        bench.write("jws", jws.as_bytes());
        let facts = bench.mpp(&["--json", "jws", "verify", "--key", &public, "jws"], b"").json();
        assert_eq!((&facts["valid"], &facts["alg"], &facts["typ"]), (&json!(true), &json!(alg), &json!("t")));
        assert_eq!(facts["payloadBase64"], base64_simd::STANDARD.encode_to_string(PAYLOAD));
        let made =
            bench.mpp(&["jws", "sign", "--json", "--key", name, "--kid", "my-key", "payload"], b"").json();
        assert_eq!((&made["alg"], &made["kid"]), (&json!(alg), &json!("my-key")));
    }
}

#[test]
fn detached_values_need_their_payload() {
    let bench = Bench::new();
    for further in [&["--detached"][..], &["--detached", "--unencoded"]] {
        let value = bench.signed(&[&["--key", "rsa", "--kid", "registered"], further].concat());
        assert!(value.contains(".."));
        let verify = ["jws", "verify", "--key", "rsa.pub"];
        let facts = bench
            .mpp(&[&["--json"], &verify[..], &["--payload", "payload"]].concat(), value.as_bytes())
            .json();
        assert_eq!((&facts["kid"], &facts["payloadBase64"]), (&json!("registered"), &Value::Null));
        assert!(
            bench
                .mpp(&[&verify[..], &["--payload", "payload"]].concat(), value.as_bytes())
                .text()
                .contains("RS256")
        );
        bench.mpp(&verify, value.as_bytes()).assert_refused("jws_payload_missing");
        bench.write("other", &PAYLOAD[1..]);
        bench
            .mpp(&[&verify[..], &["--payload", "other"]].concat(), value.as_bytes())
            .assert_refused("jws_signature_invalid");
    }
    let raw = bench.signed(&["--key", "rsa", "--kid", "registered", "--detached", "--unencoded"]);
    let header = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(raw.split('.').next().unwrap()).unwrap();
    let expected = r#"{"alg":"RS256","kid":"registered","b64":false,"crit":["b64"]}"#;
    assert_eq!(String::from_utf8(header).unwrap(), expected, "the value of x-jws-signature");
    let attached = bench.signed(&["--key", "rsa"]);
    bench
        .mpp(&["jws", "verify", "--key", "rsa.pub", "--payload", "payload"], attached.as_bytes())
        .assert_refused("jws_payload_twice");
}

#[test]
fn a_key_set_is_searched_by_name() {
    let bench = Bench::new();
    let entry = |text: &str, kid: &str| {
        let mut jwk: Value = serde_json::from_str(text).unwrap();
        jwk.as_object_mut().unwrap().remove("d");
        jwk["kid"] = kid.into();
        jwk
    };
    let unknown = json!({ "kty": "AKP", "kid": "c" });
    let set = json!({ "keys": [unknown, entry(P256, "a"), entry(ED25519, "b")] });
    bench.write("set", set.to_string().as_bytes());
    let verify = |jws: &str| bench.mpp(&["jws", "verify", "--key", "set"], jws.as_bytes());
    assert_eq!(verify(&bench.signed(&["--key", "ed25519", "--kid", "b"])).code, 0);
    assert_eq!(verify(&bench.signed(&["--key", "p256", "--kid", "a"])).code, 0);
    verify(&bench.signed(&["--key", "p256", "--kid", "b"])).assert_refused("jws_other_algorithm");
    verify(&bench.signed(&["--key", "p256", "--kid", "c"])).assert_refused("jws_unknown_key");
    verify(&bench.signed(&["--key", "rsa"])).assert_refused("jws_unknown_key");
}

#[test]
fn a_certificate_gives_its_key_and_its_dates() {
    let bench = Bench::new();
    bench.write("certificate", CERTIFICATE.as_bytes());
    let jws = bench.signed(&["--key", "p256"]);
    let verify = |further: &[&str]| {
        bench.mpp(&[&["jws", "verify", "--key", "certificate"], further].concat(), jws.as_bytes())
    };
    verify(&[]).assert_refused("jws_signature_invalid");
    verify(&["--valid-at", "2020-06-01T00:00:00Z"]).assert_refused("jws_signature_invalid");
    verify(&["--valid-at", "2020-01-14T22:55:32Z"]).assert_refused("certificate_not_yet_valid");
    verify(&["--valid-at", "2021-01-23T22:55:34Z"]).assert_refused("certificate_expired");
    bench
        .mpp(&["jws", "verify", "--key", "p256.pub", "--valid-at", "2020-06-01T00:00:00Z"], jws.as_bytes())
        .assert_refused("key_malformed");
}

#[test]
fn bad_input_ends_with_its_code() {
    let bench = Bench::new();
    let jws = bench.signed(&["--key", "ed25519", "--typ", "t"]);
    let verify = |key: &str, jws: &[u8]| bench.mpp(&["jws", "verify", "--key", key], jws);
    verify("ed25519.pub", b"").assert_refused("jws_malformed");
    verify("ed25519.pub", b"\xff\xff").assert_refused("jws_malformed");
    verify("ed25519.pub", jws.replace('.', "").as_bytes()).assert_refused("jws_malformed");
    verify("p256.pub", jws.as_bytes()).assert_refused("jws_other_algorithm");
    let other = jws.replacen(['a', 'b', 'c'], "A", 50);
    assert_eq!(verify("ed25519.pub", other.as_bytes()).code, 1);
    bench
        .mpp(&["jws", "verify", "--key", "ed25519.pub", "--typ", "other"], jws.as_bytes())
        .assert_refused("jws_other_typ");
    let header = base64_simd::URL_SAFE_NO_PAD.encode_to_string(br#"{"alg":"EdDSA","crit":["exp"],"exp":1}"#);
    verify("ed25519.pub", format!("{header}.e30.AAAA").as_bytes()).assert_refused("jws_critical_header");
    // A private key must not lie where public keys are read, nor the other way round.
    verify("ed25519", jws.as_bytes()).assert_refused("key_private");
    verify("rsa", jws.as_bytes()).assert_refused("key_private");
    bench.mpp(&["jws", "sign", "--key", "ed25519.pub"], b"").assert_refused("key_public");
    bench.write("junk", b"junk");
    bench.mpp(&["jws", "sign", "--key", "junk"], b"").assert_refused("key_malformed");
    verify("junk", jws.as_bytes()).assert_refused("key_malformed");
    let missing = verify("missing", jws.as_bytes());
    assert_eq!(missing.code, 1);
    assert!(missing.err.contains("missing") && missing.out.is_empty());
}

#[test]
fn a_wrong_command_line_ends_with_2() {
    let bench = Bench::new();
    for arguments in [
        &["jws"][..],
        &["jws", "sign"],
        &["jws", "sign", "--key", "rsa", "--unencoded"],
        &["jws", "sign", "--key", "rsa", "--kid", "a b"],
        &["jws", "verify", "--key", "rsa.pub", "--valid-at", "yesterday"],
    ] {
        let outcome = bench.mpp(arguments, b"");
        assert_eq!(outcome.code, 2, "{arguments:?}");
        assert!(outcome.out.is_empty());
    }
}
