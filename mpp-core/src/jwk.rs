//! Public keys as JSON Web Keys (RFC 7517): the data only; computing with them is `mpp-crypto`'s.

use serde::{Deserialize, Serialize};

/// The elliptic curve of an `EC` key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum EcCurve {
    /// NIST P-256.
    #[serde(rename = "P-256")]
    P256,
}

/// The curve of an `OKP` key (RFC 8037).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum OkpCurve {
    /// Ed25519 signatures.
    Ed25519,
}

/// The required members of a public key, all numbers in base64url without padding. Further members
/// (`kid`, `use`, `alg`) are ignored on reading: the key's name is computed, never believed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kty")]
pub enum PublicJwk {
    /// An elliptic-curve key (RFC 7518 §6.2).
    #[serde(rename = "EC")]
    Ec {
        /// The curve.
        crv: EcCurve,
        /// The x coordinate.
        x: String,
        /// The y coordinate.
        y: String,
    },
    /// An Edwards-curve key (RFC 8037).
    #[serde(rename = "OKP")]
    Okp {
        /// The curve.
        crv: OkpCurve,
        /// The public key.
        x: String,
    },
    /// An RSA key (RFC 7518 §6.3).
    #[serde(rename = "RSA")]
    Rsa {
        /// The public exponent.
        e: String,
        /// The modulus.
        n: String,
    },
}
