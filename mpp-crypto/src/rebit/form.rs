//! `KeyMaterial` as it stands in ReBIT messages.

use serde::{Deserialize, Deserializer, Serialize};

/// `KeyMaterial`: the public half of one side's key material, exactly as ReBIT writes it.
///
/// Reading is lenient where the field is: missing and `null` labels are empty text. Nothing is believed before
/// [`super::PeerKeyMaterial::parse`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyMaterialForm {
    /// `ECDH`; a label only.
    #[serde(rename = "cryptoAlg", default, deserialize_with = "text_or_null")]
    pub crypto_alg: String,
    /// `Curve25519` or `X25519`; a label only, and not always the right one.
    #[serde(default, deserialize_with = "text_or_null")]
    pub curve: String,
    /// Carries nothing.
    #[serde(default, deserialize_with = "text_or_null")]
    pub params: String,
    /// The public key and how long it is good.
    #[serde(rename = "DHPublicKey")]
    pub dh_public_key: DhPublicKeyForm,
    /// Base64 of 32 random bytes.
    #[serde(rename = "Nonce")]
    pub nonce: String,
}

/// `KeyMaterial.DHPublicKey`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DhPublicKeyForm {
    /// Until when the key is good, RFC 3339.
    pub expiry: String,
    /// Carries nothing.
    #[serde(rename = "Parameters", default, deserialize_with = "text_or_null")]
    pub parameters: String,
    /// The public key: PEM, on one line or several, or its base64 alone.
    #[serde(rename = "KeyValue")]
    pub key_value: String,
}

fn text_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Option::<String>::deserialize(deserializer).map(Option::unwrap_or_default)
}
