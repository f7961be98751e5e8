//! The detached JWS over a ReBIT message body (`x-jws-signature`): RFC 7515 appendix F with RFC 7797.
//!
//! The bytes signed are the bytes that travel: sign what is sent, verify what came in **before** parsing it.

use std::borrow::{Borrow, Cow};

use mpp_core::{Kid, Persistence};

use crate::primitives::base64;
use crate::primitives::jws_header::JwsHeader;
use crate::rs256::VerifyingKey;

/// The only algorithm of the ecosystem.
pub(crate) const ALGORITHM: &str = "RS256";
/// Longer header values are refused before anything in them is decoded.
const MAX_VALUE: usize = 8192;

/// A ReBIT signature could not be made or does not stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RebitSignatureError {
    /// The text is not a JWS of the form this place asks for.
    #[error("not a JWS of the expected form")]
    Malformed,
    /// The algorithm is not RS256.
    #[error("signed with another algorithm than RS256")]
    OtherAlgorithm,
    /// The header names no key, or one that is not known.
    #[error("signed with an unknown key")]
    UnknownKey,
    /// The signature does not stand under these bytes.
    #[error("the signature does not verify")]
    Signature,
    /// The signature could not be made.
    #[error("the signature could not be made")]
    Unwritable,
}

impl RebitSignatureError {
    /// Whether trying again can help: after refreshing the registry's keys it may, otherwise never.
    #[must_use]
    pub const fn persistence(&self) -> Persistence {
        match self {
            Self::UnknownKey => Persistence::Temporary,
            Self::Malformed | Self::OtherAlgorithm | Self::Signature | Self::Unwritable => {
                Persistence::Permanent
            }
        }
    }
}

/// Signs `body`, giving the value of `x-jws-signature`.
///
/// # Errors
/// [`RebitSignatureError::Unwritable`] when the library fails.
#[cfg(feature = "rs256-sign")]
pub fn sign(key: &crate::rs256::SigningKey, body: &[u8]) -> Result<String, RebitSignatureError> {
    let header = raw_payload_header(key.kid()).ok_or(RebitSignatureError::Unwritable)?;
    let signature = key
        .sign_parts(&signing_input(&header, body, true).parts())
        .map_err(|_| RebitSignatureError::Unwritable)?;
    Ok(format!("{header}..{}", base64::encode_url(&signature)))
}

/// The name of the key the value claims: **unverified**, good for looking the key up before [`verify`].
///
/// # Errors
/// As [`verify`], except that no signature is checked.
pub fn claimed_kid(value: &str) -> Result<Kid, RebitSignatureError> {
    split(value).and_then(|(header, _, _)| kid_of(&header))
}

/// Checks the value of `x-jws-signature` against the exact bytes received, and names the key that signed.
///
/// Takes `b64: false` with or without `crit`, and the ordinary form (account-aggregator.md §4). That the key
/// belongs to the entity that calls is the resolver's to check.
///
/// # Errors
/// [`RebitSignatureError`] saying why the value is refused.
pub fn verify<K: Borrow<VerifyingKey>>(
    value: &str,
    body: &[u8],
    resolve: impl Fn(&Kid) -> Option<K>,
) -> Result<Kid, RebitSignatureError> {
    let (header, encoded_header, signature) = split(value)?;
    let kid = kid_of(&header)?;
    let key = resolve(&kid).ok_or(RebitSignatureError::UnknownKey)?;
    let input = signing_input(encoded_header, body, header.payload_is_raw());
    key.borrow().verify_parts(&input.parts(), &signature).map_err(|_| RebitSignatureError::Signature)?;
    Ok(kid)
}

/// The bytes under a signature, `ASCII(header) || "." || payload`, in parts: a raw payload is not copied.
pub(crate) struct SigningInput<'a> {
    header: &'a [u8],
    payload: Cow<'a, [u8]>,
}

impl SigningInput<'_> {
    pub(crate) fn parts(&self) -> [&[u8]; 3] {
        [self.header, b".", &self.payload]
    }
}

/// What is signed under this header, the payload raw or as base64url.
pub(crate) fn signing_input<'a>(encoded_header: &'a str, payload: &'a [u8], raw: bool) -> SigningInput<'a> {
    let payload =
        if raw { Cow::Borrowed(payload) } else { Cow::Owned(base64::encode_url(payload).into_bytes()) };
    SigningInput { header: encoded_header.as_bytes(), payload }
}

/// The header this system writes: `b64: false`, announced in `crit`.
#[cfg(feature = "rs256-sign")]
pub(crate) fn raw_payload_header(kid: &Kid) -> Option<String> {
    let header = JwsHeader {
        alg: ALGORITHM.to_owned(),
        kid: Some(kid.to_string()),
        typ: None,
        b64: Some(false),
        crit: Some(vec!["b64".to_owned()]),
    };
    header.encode()
}

/// Reads and checks an encoded header: RS256 and nothing critical that is not understood.
pub(crate) fn read_header(encoded: &str) -> Result<JwsHeader, RebitSignatureError> {
    let header = JwsHeader::decode(encoded).ok_or(RebitSignatureError::Malformed)?;
    if !header.critical_members_hold() {
        return Err(RebitSignatureError::Malformed);
    }
    if header.alg != ALGORITHM {
        return Err(RebitSignatureError::OtherAlgorithm);
    }
    Ok(header)
}

/// The key's name in a header; it is mandatory.
pub(crate) fn kid_of(header: &JwsHeader) -> Result<Kid, RebitSignatureError> {
    header.kid.as_deref().and_then(|kid| kid.parse().ok()).ok_or(RebitSignatureError::UnknownKey)
}

fn split(value: &str) -> Result<(JwsHeader, &str, Vec<u8>), RebitSignatureError> {
    if value.len() > MAX_VALUE {
        return Err(RebitSignatureError::Malformed);
    }
    let (encoded_header, signature) = value.split_once("..").ok_or(RebitSignatureError::Malformed)?;
    let header = read_header(encoded_header)?;
    let signature = base64::decode_url(signature).ok_or(RebitSignatureError::Malformed)?;
    Ok((header, encoded_header, signature))
}
