//! RFC 7638: the name of a key is the hash of its required members in a fixed order.

use mpp_core::{EcCurve, Kid, OkpCurve, PublicJwk};

use crate::primitives::base64;
use crate::sha256;

/// The RFC 7638 thumbprint of a public key: base64url of SHA-256 over its required members in lexical order.
///
/// The members are taken as they stand: name a key from the JWK its own `to_jwk` gives, not from a stranger's.
#[must_use]
#[expect(clippy::expect_used, reason = "proven by the form of the text")]
pub fn thumbprint(jwk: &PublicJwk) -> Kid {
    let members = match jwk {
        PublicJwk::Ec { crv: EcCurve::P256, x, y } => {
            serde_json::json!({ "crv": "P-256", "kty": "EC", "x": x, "y": y })
        }
        PublicJwk::Okp { crv: OkpCurve::Ed25519, x } => {
            serde_json::json!({ "crv": "Ed25519", "kty": "OKP", "x": x })
        }
        PublicJwk::Rsa { e, n } => serde_json::json!({ "e": e, "kty": "RSA", "n": n }),
    };
    let name = base64::encode_url(sha256(members.to_string().as_bytes()).as_bytes());
    name.parse().expect("43 characters of base64url are a key name")
}
