//! Signed texts, cut and altered at every place, and the old tricks with headers.
#![cfg(feature = "rs256-sign")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

#[path = "signature_bad_input/altered.rs"]
mod altered;
#[path = "signature_bad_input/headers.rs"]
mod headers;
#[path = "support/published_keys.rs"]
#[allow(unreachable_pub, dead_code, reason = "shared by several tests")]
mod published_keys;
#[path = "support/seeded.rs"]
#[allow(unreachable_pub, reason = "shared by several tests")]
mod seeded;
#[path = "signature_bad_input/signatures.rs"]
mod signatures;

use mpp_core::Kid;
use mpp_crypto::AnySigningKey;
use mpp_crypto::import::{NamedKey, PublicKeySet, read_signing_key};
use mpp_crypto::jose::{self, JoseError, VerifiedJws};
use published_keys::{a2_private, a3_private, okp_private};
use serde_json::Value;

/// One key of each kind: RSA, P-256, Ed25519.
fn keys() -> [AnySigningKey; 3] {
    [a2_private(), a3_private(), okp_private()]
        .map(|jwk| read_signing_key(jwk.to_string().as_bytes()).unwrap())
}

fn public(key: &AnySigningKey, kid: Option<Kid>) -> PublicKeySet {
    PublicKeySet::default().with(NamedKey { kid, key: key.public() }).unwrap()
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes)
}

/// A JWS with this header, signed as its key does.
fn forged(key: &AnySigningKey, header: &str, payload: &[u8]) -> String {
    let signed = format!("{}.{}", encode(header), encode(payload));
    let signature = encode(key.sign(signed.as_bytes()).unwrap());
    format!("{signed}.{signature}")
}

fn check(key: &AnySigningKey, text: &str) -> Result<VerifiedJws, JoseError> {
    jose::verify(&public(key, None), text, None, None)
}

fn header(members: &Value) -> String {
    members.to_string()
}
