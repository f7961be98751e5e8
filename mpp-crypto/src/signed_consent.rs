//! `signedConsent`, the Account Aggregator's signed artefact: a JWS in three parts with a peculiarity.
//!
//! Its payload part is base64url text as usual, but when the header says `b64: false` the signature covers
//! `BASE64URL(header) . <decoded payload>`: an ordinary JWT library refuses it.

use std::borrow::Borrow;
use std::fmt;

use mpp_core::Kid;

use crate::detached::{RebitSignatureError, kid_of, read_header, signing_input};
use crate::primitives::base64;
use crate::primitives::jws_header::JwsHeader;
use crate::rs256::VerifyingKey;

/// Longer texts are refused before anything in them is decoded.
const MAX_TEXT: usize = 1 << 20;

/// A `signedConsent` whose signature stands.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedSignedConsent {
    /// The key that signed.
    pub kid: Kid,
    /// The consent as signed: JSON bytes.
    pub payload: Vec<u8>,
    /// The third part, copied unchanged into `Consent.digitalSignature` of `/FI/request`.
    pub signature: String,
}

/// The payload names a person: only the key shows.
impl fmt::Debug for VerifiedSignedConsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedSignedConsent").field("kid", &self.kid.as_str()).finish_non_exhaustive()
    }
}

/// Signs a consent as an Account Aggregator does (`b64: false`).
///
/// # Errors
/// [`RebitSignatureError::Unwritable`] when the library fails.
#[cfg(feature = "rs256-sign")]
pub fn sign(key: &crate::rs256::SigningKey, payload: &[u8]) -> Result<String, RebitSignatureError> {
    let header = crate::detached::raw_payload_header(key.kid()).ok_or(RebitSignatureError::Unwritable)?;
    let signature = key
        .sign_parts(&signing_input(&header, payload, true).parts())
        .map_err(|_| RebitSignatureError::Unwritable)?;
    Ok(format!("{header}.{}.{}", base64::encode_url(payload), base64::encode_url(&signature)))
}

/// The name of the key the text claims: **unverified**, good for looking the key up before [`verify`].
///
/// # Errors
/// As [`verify`], except that no signature is checked.
pub fn claimed_kid(text: &str) -> Result<Kid, RebitSignatureError> {
    split(text).and_then(|parts| kid_of(&parts.header))
}

/// Checks a `signedConsent` as its header says: raw payload under `b64: false`, ordinary JWS otherwise.
///
/// # Errors
/// [`RebitSignatureError`] saying why the text is refused.
pub fn verify<K: Borrow<VerifyingKey>>(
    text: &str,
    resolve: impl Fn(&Kid) -> Option<K>,
) -> Result<VerifiedSignedConsent, RebitSignatureError> {
    let parts = split(text)?;
    let kid = kid_of(&parts.header)?;
    let key = resolve(&kid).ok_or(RebitSignatureError::UnknownKey)?;
    let input = signing_input(parts.encoded_header, &parts.payload, parts.header.payload_is_raw());
    key.borrow()
        .verify_parts(&input.parts(), &parts.signature)
        .map_err(|_| RebitSignatureError::Signature)?;
    Ok(VerifiedSignedConsent { kid, payload: parts.payload, signature: parts.encoded_signature.to_owned() })
}

struct Parts<'a> {
    header: JwsHeader,
    encoded_header: &'a str,
    payload: Vec<u8>,
    signature: Vec<u8>,
    encoded_signature: &'a str,
}

fn split(text: &str) -> Result<Parts<'_>, RebitSignatureError> {
    let mut parts = text.split('.');
    let (Some(encoded_header), Some(payload), Some(encoded_signature), None, true) =
        (parts.next(), parts.next(), parts.next(), parts.next(), text.len() <= MAX_TEXT)
    else {
        return Err(RebitSignatureError::Malformed);
    };
    let header = read_header(encoded_header)?;
    let payload = base64::decode_url(payload).filter(|payload| !payload.is_empty());
    let payload = payload.ok_or(RebitSignatureError::Malformed)?;
    let signature = base64::decode_url(encoded_signature).ok_or(RebitSignatureError::Malformed)?;
    Ok(Parts { header, encoded_header, payload, signature, encoded_signature })
}
