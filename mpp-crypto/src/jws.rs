//! Compact JWS (RFC 7515) for what this system issues: artefacts, receipts, key records.
//!
//! The key fixes the algorithm and its thumbprint is the `kid`; `typ` separates the kinds of documents, so that a
//! receipt can never be shown as an artefact. Nothing in a header chooses anything.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use mpp_core::{Kid, Persistence};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::keys::{SignatureAlgorithm, SigningKey, VerifyingKey};
use crate::primitives::base64;
use crate::primitives::jws_header::JwsHeader;

/// Longer texts are refused before anything in them is decoded.
const MAX_TEXT: usize = 1 << 20;

/// A JWS could not be made or does not stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// The text is not a compact JWS of ours.
    #[error("not a compact JWS of the expected form")]
    Malformed,
    /// No key of this name is known.
    #[error("signed with an unknown key")]
    UnknownKey,
    /// The document is of another kind than expected.
    #[error("a document of another kind")]
    OtherKind,
    /// The signature does not stand.
    #[error("the signature does not verify")]
    Signature,
    /// The signature stands, but the payload is not what this kind of document carries.
    #[error("the signed payload is not of the expected form")]
    Payload,
    /// The payload cannot be written as JSON.
    #[error("the payload cannot be written")]
    Unwritable,
}

impl JwsError {
    /// Whether trying again can help: after learning new keys it may, otherwise never.
    #[must_use]
    pub const fn persistence(&self) -> Persistence {
        match self {
            Self::UnknownKey => Persistence::Temporary,
            Self::Malformed | Self::OtherKind | Self::Signature | Self::Payload | Self::Unwritable => {
                Persistence::Permanent
            }
        }
    }
}

/// A compact JWS of the right shape whose signature nobody has checked yet: call [`verify`].
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CompactJws {
    text: String,
    kid: Kid,
    typ: String,
}

impl CompactJws {
    /// Reads a document that may be longer than others, up to `most_bytes`: a log rather than a receipt.
    ///
    /// # Errors
    /// [`JwsError::Malformed`] when the text is longer or no compact JWS of ours.
    pub fn parse_within(text: &str, most_bytes: usize) -> Result<Self, JwsError> {
        let parts = Parts::of(text, most_bytes).ok_or(JwsError::Malformed)?;
        let kid = parts.header.kid.as_deref().and_then(|kid| kid.parse().ok()).ok_or(JwsError::Malformed)?;
        let typ = parts.header.typ.clone().ok_or(JwsError::Malformed)?;
        Ok(Self { text: text.to_owned(), kid, typ })
    }

    /// The text as it travels.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The key it claims to be signed with: **unverified**, good for looking the key up and nothing else.
    #[must_use]
    pub const fn kid(&self) -> &Kid {
        &self.kid
    }

    /// The kind of document it claims to be: **unverified**.
    #[must_use]
    pub fn typ(&self) -> &str {
        &self.typ
    }
}

impl FromStr for CompactJws {
    type Err = JwsError;

    fn from_str(text: &str) -> Result<Self, JwsError> {
        Self::parse_within(text, MAX_TEXT)
    }
}

impl TryFrom<String> for CompactJws {
    type Error = JwsError;

    fn try_from(text: String) -> Result<Self, JwsError> {
        text.parse()
    }
}

impl From<CompactJws> for String {
    fn from(jws: CompactJws) -> Self {
        jws.text
    }
}

/// The payload may name a person: only the header shows.
impl fmt::Debug for CompactJws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompactJws")
            .field("typ", &self.typ)
            .field("kid", &self.kid.as_str())
            .finish_non_exhaustive()
    }
}

/// Signs `payload` as a document of kind `typ`.
///
/// # Errors
/// [`JwsError::Unwritable`] when the payload has no JSON form.
pub fn sign<T: Serialize>(key: &SigningKey, typ: &str, payload: &T) -> Result<CompactJws, JwsError> {
    sign_within(key, typ, payload, MAX_TEXT)
}

/// [`sign`] for documents that may be longer than others, up to `most_bytes` of text.
///
/// # Errors
/// [`JwsError::Unwritable`] when the payload has no JSON form or the text would be longer.
pub fn sign_within<T: Serialize>(
    key: &SigningKey,
    typ: &str,
    payload: &T,
    most_bytes: usize,
) -> Result<CompactJws, JwsError> {
    let header = JwsHeader {
        alg: algorithm_name(key.algorithm()).to_owned(),
        kid: Some(key.kid().to_string()),
        typ: Some(typ.to_owned()),
        b64: None,
        crit: None,
    };
    let header = header.encode().ok_or(JwsError::Unwritable)?;
    let payload = serde_json::to_vec(payload).map_err(|_| JwsError::Unwritable)?;
    let signed = format!("{header}.{}", base64::encode_url(&payload));
    let signature = base64::encode_url(key.sign(signed.as_bytes()).as_bytes());
    let text = format!("{signed}.{signature}");
    if text.len() > most_bytes {
        return Err(JwsError::Unwritable);
    }
    Ok(CompactJws { text, kid: key.kid().clone(), typ: typ.to_owned() })
}

/// Checks that `jws` is a document of kind `typ` signed by `key`, and gives its payload.
///
/// # Errors
/// [`JwsError::UnknownKey`] when it names another key, [`JwsError::OtherKind`] when it is of another kind,
/// [`JwsError::Signature`] when the signature does not stand, [`JwsError::Payload`] when the payload is not a `T`.
pub fn verify<T: DeserializeOwned>(key: &VerifyingKey, typ: &str, jws: &CompactJws) -> Result<T, JwsError> {
    // it was as long as it may be when it was read or signed
    let parts = Parts::of(&jws.text, jws.text.len()).ok_or(JwsError::Malformed)?;
    if parts.header.kid.as_deref() != Some(key.kid().as_str()) {
        return Err(JwsError::UnknownKey);
    }
    if parts.header.typ.as_deref() != Some(typ) {
        return Err(JwsError::OtherKind);
    }
    if parts.header.alg != algorithm_name(key.algorithm()) {
        return Err(JwsError::Signature);
    }
    key.verify(parts.signed.as_bytes(), &parts.signature).map_err(|_| JwsError::Signature)?;
    serde_json::from_slice(&parts.payload).map_err(|_| JwsError::Payload)
}

/// [`verify`] with the key that `resolve` knows under the name in the header.
///
/// # Errors
/// As [`verify`]; [`JwsError::UnknownKey`] when `resolve` knows no such key.
pub fn verify_with<T, K>(
    resolve: impl Fn(&Kid) -> Option<K>,
    typ: &str,
    jws: &CompactJws,
) -> Result<T, JwsError>
where
    T: DeserializeOwned,
    K: Borrow<VerifyingKey>,
{
    let key = resolve(&jws.kid).ok_or(JwsError::UnknownKey)?;
    verify(key.borrow(), typ, jws)
}

/// The decoded parts of a compact JWS without extensions.
struct Parts<'a> {
    header: JwsHeader,
    signed: &'a str,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str, most_bytes: usize) -> Option<Self> {
        if text.len() > most_bytes {
            return None;
        }
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        let header = JwsHeader::decode(header)?;
        if header.b64.is_some() || header.crit.is_some() {
            return None;
        }
        let payload = base64::decode_url(payload)?;
        let signature = base64::decode_url(signature)?;
        Some(Self { header, signed, payload, signature })
    }
}

/// The JOSE name of the algorithm (RFC 7518 §3.1, RFC 8037 §3.1).
const fn algorithm_name(algorithm: SignatureAlgorithm) -> &'static str {
    match algorithm {
        SignatureAlgorithm::Es256 => "ES256",
        SignatureAlgorithm::Ed25519 => "EdDSA",
    }
}
