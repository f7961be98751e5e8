//! JSON Web Keys (RFC 7517, RFC 7518 §6, RFC 8037 §2).

use mpp_core::{EcCurve, Kid, OkpCurve, PublicJwk};
use serde::Deserialize;
use serde::de::IgnoredAny;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::ImportError;
use crate::keys::AnyVerifyingKey;

/// The members this system acts on, the private ones among them, and therefore wiped on drop. Others (`x5c`, `x5t`, …)
/// are ignored, duplicates of these refused.
#[derive(Deserialize, Zeroize, ZeroizeOnDrop)]
pub(super) struct Jwk {
    kty: String,
    #[serde(rename = "use")]
    intended_use: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    kid: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
    pub(super) d: Option<String>,
    pub(super) p: Option<String>,
    pub(super) q: Option<String>,
    pub(super) dp: Option<String>,
    pub(super) dq: Option<String>,
    pub(super) qi: Option<String>,
    k: Option<String>,
}

/// What a key is read for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Verify,
    Sign,
}

impl Jwk {
    pub(super) fn has_secret(&self) -> bool {
        let Self { d, p, q, dp, dq, qi, k, .. } = self;
        [d, p, q, dp, dq, qi, k].into_iter().any(Option::is_some)
    }

    /// The published name.
    pub(super) fn kid(&self) -> Result<Option<Kid>, ImportError> {
        self.kid.as_deref().map(|kid| kid.parse().map_err(|_| ImportError::Malformed)).transpose()
    }

    /// The public key, when the JWK's own words about use and algorithm agree with `operation`.
    pub(super) fn public_key(&self, operation: Operation) -> Result<AnyVerifyingKey, ImportError> {
        let jwk = self.public_members()?;
        let operations = match operation {
            Operation::Verify => "verify",
            Operation::Sign => "sign",
        };
        let for_signatures = self.intended_use.as_deref().is_none_or(|text| text == "sig");
        let allowed =
            self.key_ops.as_ref().is_none_or(|listed| listed.iter().any(|operation| operation == operations));
        if !for_signatures || !allowed {
            return Err(ImportError::OtherUse);
        }
        let key = AnyVerifyingKey::from_jwk(&jwk)?;
        match &self.alg {
            Some(alg) if !key.algorithm().is_named(alg) => Err(ImportError::OtherUse),
            _ => Ok(key),
        }
    }

    fn public_members(&self) -> Result<PublicJwk, ImportError> {
        let member = |value: &Option<String>| value.clone().ok_or(ImportError::MissingMembers);
        match (self.kty.as_str(), self.crv.as_deref()) {
            ("RSA", _) => Ok(PublicJwk::Rsa { e: member(&self.e)?, n: member(&self.n)? }),
            ("EC", Some("P-256")) => {
                Ok(PublicJwk::Ec { crv: EcCurve::P256, x: member(&self.x)?, y: member(&self.y)? })
            }
            ("OKP", Some("Ed25519")) => Ok(PublicJwk::Okp { crv: OkpCurve::Ed25519, x: member(&self.x)? }),
            ("EC" | "OKP", Some(_)) => Err(ImportError::UnsupportedCurve),
            ("EC" | "OKP", None) => Err(ImportError::MissingMembers),
            _ => Err(ImportError::UnsupportedKind),
        }
    }
}

/// Whether a JSON object is a JWK Set rather than a JWK.
pub(super) fn is_set(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Shape {
        keys: Option<IgnoredAny>,
    }
    serde_json::from_str::<Shape>(text).is_ok_and(|shape| shape.keys.is_some())
}
