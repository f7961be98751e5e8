//! JWS over any bytes with any key of ours (RFC 7515 compact, appendix F detached, RFC 7797 raw payloads): for tools and
//! for talking to others. What this system issues itself is in [`crate::jws`], what the Account Aggregator ecosystem
//! signs in [`crate::detached`] and [`crate::signed_consent`].
//!
//! The key fixes the algorithm: a header that names another one is refused. `b64: false` must be announced in `crit`,
//! nothing else may be in `crit`, and a raw payload travels detached.

use mpp_core::{Kid, Persistence};

use crate::detached::signing_input;
use crate::import::PublicKeySet;
use crate::keys::{AnySigningKey, AnyVerifyingKey, JwsAlgorithm};
use crate::primitives::base64;
use crate::primitives::jws_header::JwsHeader;

/// Longer texts are refused before anything in them is decoded.
const MAX_TEXT: usize = 1 << 24;

/// A JWS could not be made or does not stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JoseError {
    /// The text is not a compact JWS.
    #[error("not a compact JWS")]
    Malformed,
    /// The header makes something critical that is not understood, or has `b64` without announcing it.
    #[error("the header asks for something that is not understood")]
    Critical,
    /// No key goes by the header's name, or the header names none and there are several.
    #[error("signed with an unknown key")]
    UnknownKey,
    /// The header names another algorithm than the key's.
    #[error("the header names another algorithm than the key's")]
    OtherAlgorithm,
    /// The document is of another kind than expected.
    #[error("a document of another kind")]
    OtherKind,
    /// The JWS is detached and its payload was not given.
    #[error("the payload is detached and was not given")]
    PayloadMissing,
    /// The JWS has its payload and another one was given.
    #[error("the payload is in the JWS, and another one was given")]
    PayloadTwice,
    /// The signature does not stand.
    #[error("the signature does not verify")]
    Signature,
    /// The JWS could not be made.
    #[error("the signature could not be made")]
    Unwritable,
}

impl JoseError {
    /// Whether trying again can help: after learning new keys it may, otherwise never.
    #[must_use]
    pub const fn persistence(&self) -> Persistence {
        match self {
            Self::UnknownKey => Persistence::Temporary,
            Self::Malformed
            | Self::Critical
            | Self::OtherAlgorithm
            | Self::OtherKind
            | Self::PayloadMissing
            | Self::PayloadTwice
            | Self::Signature
            | Self::Unwritable => Persistence::Permanent,
        }
    }
}

/// Where the payload is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PayloadForm {
    /// In the JWS, as base64url.
    #[default]
    Attached,
    /// Elsewhere; signed as base64url.
    Detached,
    /// Elsewhere; signed as it is (`b64: false`).
    DetachedRaw,
}

/// What goes into a header besides the algorithm.
#[derive(Debug, Clone, Copy, Default)]
pub struct HeaderMembers<'a> {
    /// The key's name.
    pub kid: Option<&'a Kid>,
    /// The kind of document.
    pub typ: Option<&'a str>,
}

/// Signs `payload`.
///
/// # Errors
/// [`JoseError::Unwritable`] when the library fails or the JWS would be too long to be read.
pub fn sign(
    key: &AnySigningKey,
    members: HeaderMembers<'_>,
    form: PayloadForm,
    payload: &[u8],
) -> Result<String, JoseError> {
    let raw = form == PayloadForm::DetachedRaw;
    let header = JwsHeader {
        alg: key.algorithm().name().to_owned(),
        kid: members.kid.map(Kid::to_string),
        typ: members.typ.map(str::to_owned),
        b64: raw.then_some(false),
        crit: raw.then(|| vec!["b64".to_owned()]),
    };
    let header = header.encode().ok_or(JoseError::Unwritable)?;
    let input = signing_input(&header, payload, raw).parts().concat();
    let signature = key.sign(&input).map_err(|_| JoseError::Unwritable)?;
    let middle = if form == PayloadForm::Attached { base64::encode_url(payload) } else { String::new() };
    let text = format!("{header}.{middle}.{}", base64::encode_url(&signature));
    if text.len() > MAX_TEXT { Err(JoseError::Unwritable) } else { Ok(text) }
}

/// A JWS whose signature stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedJws {
    /// The name of the key, as the header has it.
    pub kid: Option<Kid>,
    /// The kind of document.
    pub typ: Option<String>,
    /// The key's algorithm.
    pub algorithm: JwsAlgorithm,
    /// Where the payload was.
    pub form: PayloadForm,
    /// The payload, when it was in the JWS.
    pub payload: Option<Vec<u8>>,
}

/// Checks a JWS with the key its header names, or with the only key there is when that key has no name of its own.
/// `detached` is the payload of a detached JWS; `typ`, when given, is the kind of document that is expected.
///
/// # Errors
/// [`JoseError`] saying why the JWS is refused.
pub fn verify(
    keys: &PublicKeySet,
    text: &str,
    detached: Option<&[u8]>,
    typ: Option<&str>,
) -> Result<VerifiedJws, JoseError> {
    let parts = Parts::read(text)?;
    let kid = parts.kid()?;
    let key = choose(keys, kid.as_ref())?;
    if !key.algorithm().is_named(&parts.header.alg) {
        return Err(JoseError::OtherAlgorithm);
    }
    if typ.is_some() && parts.header.typ.as_deref() != typ {
        return Err(JoseError::OtherKind);
    }
    let attached = (!parts.payload.is_empty()).then_some(&parts.payload);
    let (payload, form) = match (attached, detached, parts.header.payload_is_raw()) {
        (Some(_), Some(_), _) => return Err(JoseError::PayloadTwice),
        (Some(_), None, true) => return Err(JoseError::Malformed),
        (Some(payload), None, false) => (payload.as_slice(), PayloadForm::Attached),
        (None, Some(payload), false) => (payload, PayloadForm::Detached),
        (None, Some(payload), true) => (payload, PayloadForm::DetachedRaw),
        (None, None, _) => return Err(JoseError::PayloadMissing),
    };
    let input = signing_input(parts.encoded_header, payload, form == PayloadForm::DetachedRaw);
    key.verify_parts(&input.parts(), &parts.signature).map_err(|_| JoseError::Signature)?;
    let payload = (form == PayloadForm::Attached).then(|| parts.payload.clone());
    Ok(VerifiedJws { kid, typ: parts.header.typ, algorithm: key.algorithm(), form, payload })
}

fn choose<'a>(keys: &'a PublicKeySet, kid: Option<&Kid>) -> Result<&'a AnyVerifyingKey, JoseError> {
    let Some(kid) = kid else { return keys.only().map(|only| &only.key).map_err(|_| JoseError::UnknownKey) };
    let unnamed = || keys.only().ok().filter(|only| only.kid.is_none()).map(|only| &only.key);
    keys.find(kid).or_else(unnamed).ok_or(JoseError::UnknownKey)
}

struct Parts<'a> {
    header: JwsHeader,
    encoded_header: &'a str,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl<'a> Parts<'a> {
    fn read(text: &'a str) -> Result<Self, JoseError> {
        let mut parts = text.split('.');
        let (Some(encoded_header), Some(payload), Some(signature), None, true) =
            (parts.next(), parts.next(), parts.next(), parts.next(), text.len() <= MAX_TEXT)
        else {
            return Err(JoseError::Malformed);
        };
        let decode = |text| base64::decode_url(text).ok_or(JoseError::Malformed);
        let header = JwsHeader::decode(encoded_header).ok_or(JoseError::Malformed)?;
        if !header.critical_members_hold() || header.b64.is_some() != header.crit.is_some() {
            return Err(JoseError::Critical);
        }
        Ok(Self { header, encoded_header, payload: decode(payload)?, signature: decode(signature)? })
    }

    fn kid(&self) -> Result<Option<Kid>, JoseError> {
        self.header.kid.as_deref().map(|kid| kid.parse().map_err(|_| JoseError::Malformed)).transpose()
    }
}
