//! The parameters of a signature (RFC 9421 §2.3).

use mpp_core::Timestamp;

use super::HttpSignatureError;
use super::structured_field::{BareItem, InnerList};
use crate::keys::JwsAlgorithm;

/// A parameter that is a string.
pub(super) fn text<'a>(input: &'a InnerList, name: &str) -> Result<Option<&'a str>, HttpSignatureError> {
    match input.parameter(name) {
        None => Ok(None),
        Some(BareItem::Text(text)) => Ok(Some(text)),
        Some(_) => Err(HttpSignatureError::Malformed),
    }
}

/// A parameter that is a number of seconds since 1970.
pub(super) fn instant(input: &InnerList, name: &str) -> Result<Option<Timestamp>, HttpSignatureError> {
    match input.parameter(name) {
        None => Ok(None),
        Some(BareItem::Integer(seconds)) => seconds
            .checked_mul(1000)
            .and_then(|millis| Timestamp::from_unix_millis(millis).ok())
            .map(Some)
            .ok_or(HttpSignatureError::Malformed),
        Some(_) => Err(HttpSignatureError::Malformed),
    }
}

/// The names of RFC 9421 §3.3. `rsa-pss-sha512`, `ecdsa-p384-sha384` and `hmac-sha256` have no key in this system.
pub(super) const fn algorithm_name(algorithm: JwsAlgorithm) -> &'static str {
    match algorithm {
        JwsAlgorithm::Rs256 => "rsa-v1_5-sha256",
        JwsAlgorithm::Es256 => "ecdsa-p256-sha256",
        JwsAlgorithm::EdDsa => "ed25519",
    }
}
