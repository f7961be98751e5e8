//! Standard Webhooks signatures: `v1a` (Ed25519) by default, `v1` (HMAC-SHA256) for receivers that want it.
//!
//! Signed are `{webhook-id}.{webhook-timestamp}.{body}`; the receiver refuses messages more than five minutes off.

use std::fmt;

use mpp_core::{Entropy, Persistence, Span, Timestamp, draw};
use zeroize::Zeroizing;

use crate::keys::{SignatureAlgorithm, SigningKey, VerifyingKey};
use crate::primitives::{base64, equal_in_constant_time, kdf};

/// How far the timestamp of a message may lie from the receiver's clock, either way.
pub const TOLERANCE: Span = Span::from_minutes(5);

const SECRET_PREFIX: &str = "whsec_";
const HMAC_VERSION: &str = "v1";
const ED25519_VERSION: &str = "v1a";
/// More signatures than any change of keys needs are not looked at.
const MAX_SIGNATURES: usize = 16;

/// A webhook message could not be signed or is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// A header is missing, empty, or not of the standard's form.
    #[error("a webhook header is not of the standard's form")]
    Malformed,
    /// The message is more than five minutes off.
    #[error("the message is too old or from the future")]
    Stale,
    /// No signature stands.
    #[error("no signature verifies")]
    Signature,
    /// The secret is not `whsec_` and base64 of 24 to 64 bytes.
    #[error("not a webhook secret")]
    InvalidSecret,
    /// The signing key is not Ed25519, which `v1a` asks for.
    #[error("the standard signs with Ed25519 keys only")]
    UnsuitableKey,
}

impl WebhookError {
    /// Whether trying again can help: never with the same message.
    #[must_use]
    pub const fn persistence(&self) -> Persistence {
        Persistence::Permanent
    }
}

/// The shared secret of `v1` signatures. Wiped on drop, never cloned.
pub struct HmacSecret(Zeroizing<Vec<u8>>);

impl HmacSecret {
    /// A fresh secret of 32 bytes.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let bytes = Zeroizing::new(draw::<32>(entropy));
        Self(Zeroizing::new(bytes.to_vec()))
    }

    /// Reads `whsec_` and base64.
    ///
    /// # Errors
    /// [`WebhookError::InvalidSecret`] when the text is anything else, or the secret not of 24 to 64 bytes.
    pub fn from_text(text: &str) -> Result<Self, WebhookError> {
        let bytes = text.strip_prefix(SECRET_PREFIX).and_then(base64::decode_standard).map(Zeroizing::new);
        bytes.filter(|bytes| (24..=64).contains(&bytes.len())).map(Self).ok_or(WebhookError::InvalidSecret)
    }

    /// The text form, for handing over once and for sealed storage only.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{SECRET_PREFIX}{}", base64::encode_standard(&self.0)))
    }
}

impl fmt::Debug for HmacSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacSecret(..)")
    }
}

/// What a sender signs with.
#[derive(Debug, Clone, Copy)]
pub enum WebhookSigner<'a> {
    /// `v1a`.
    Ed25519(&'a SigningKey),
    /// `v1`.
    Hmac(&'a HmacSecret),
}

/// What a receiver checks with.
#[derive(Debug, Clone, Copy)]
pub enum WebhookVerifier<'a> {
    /// `v1a`.
    Ed25519(&'a VerifyingKey),
    /// `v1`.
    Hmac(&'a HmacSecret),
}

/// The three headers of a message, by the names the standard gives them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookHeaders {
    /// `webhook-id`: the receiver drops repeats by it.
    pub id: String,
    /// `webhook-timestamp`: seconds since 1970.
    pub timestamp: String,
    /// `webhook-signature`: one or more `version,base64`, separated by spaces.
    pub signature: String,
}

impl WebhookHeaders {
    /// The headers as name and value.
    #[must_use]
    pub fn pairs(&self) -> [(&'static str, &str); 3] {
        [
            ("webhook-id", self.id.as_str()),
            ("webhook-timestamp", self.timestamp.as_str()),
            ("webhook-signature", self.signature.as_str()),
        ]
    }
}

/// Signs a message with every signer given: one, or two while a receiver changes keys.
///
/// # Errors
/// [`WebhookError::UnsuitableKey`] for a key other than Ed25519, [`WebhookError::Malformed`] for an id that is empty
/// or holds a dot or white space, or when there is no signer.
pub fn sign(
    id: &str,
    at: Timestamp,
    body: &[u8],
    signers: &[WebhookSigner<'_>],
) -> Result<WebhookHeaders, WebhookError> {
    if signers.is_empty() || !is_sound_id(id) {
        return Err(WebhookError::Malformed);
    }
    let timestamp = at.as_unix_seconds().to_string();
    let signatures: Result<Vec<String>, WebhookError> =
        signers.iter().map(|signer| signature_by(*signer, id, &timestamp, body)).collect();
    Ok(WebhookHeaders { id: id.to_owned(), timestamp, signature: signatures?.join(" ") })
}

/// Checks a message: fresh, and signed under at least one of the verifiers. The caller then drops repeats by id.
///
/// # Errors
/// [`WebhookError::Malformed`], [`WebhookError::Stale`] or [`WebhookError::Signature`].
pub fn verify(
    headers: &WebhookHeaders,
    body: &[u8],
    verifiers: &[WebhookVerifier<'_>],
    now: Timestamp,
) -> Result<(), WebhookError> {
    if !is_sound_id(&headers.id) {
        return Err(WebhookError::Malformed);
    }
    let sent_at = sent_at(&headers.timestamp)?;
    if now.since(sent_at) > TOLERANCE || sent_at.since(now) > TOLERANCE {
        return Err(WebhookError::Stale);
    }
    let stands =
        headers.signature.split(' ').take(MAX_SIGNATURES).filter_map(|entry| entry.split_once(',')).any(
            |(version, signature)| {
                let Some(signature) = decode_padded(signature) else { return false };
                verifiers.iter().any(|verifier| {
                    accepts(*verifier, version, &signature, &headers.id, &headers.timestamp, body)
                })
            },
        );
    if stands { Ok(()) } else { Err(WebhookError::Signature) }
}

fn signature_by(
    signer: WebhookSigner<'_>,
    id: &str,
    timestamp: &str,
    body: &[u8],
) -> Result<String, WebhookError> {
    match signer {
        WebhookSigner::Hmac(secret) => {
            let mac = hmac(secret, id, timestamp, body);
            Ok(format!("{HMAC_VERSION},{}", base64::encode_standard(&mac)))
        }
        WebhookSigner::Ed25519(key) if key.algorithm() == SignatureAlgorithm::Ed25519 => {
            let signature = key.sign(&signed_content(id, timestamp, body));
            Ok(format!("{ED25519_VERSION},{}", base64::encode_standard(signature.as_bytes())))
        }
        WebhookSigner::Ed25519(_) => Err(WebhookError::UnsuitableKey),
    }
}

fn accepts(
    verifier: WebhookVerifier<'_>,
    version: &str,
    signature: &[u8],
    id: &str,
    timestamp: &str,
    body: &[u8],
) -> bool {
    match verifier {
        WebhookVerifier::Hmac(secret) => {
            version == HMAC_VERSION && equal_in_constant_time(&hmac(secret, id, timestamp, body), signature)
        }
        WebhookVerifier::Ed25519(key) => {
            version == ED25519_VERSION
                && key.algorithm() == SignatureAlgorithm::Ed25519
                && key.verify(&signed_content(id, timestamp, body), signature).is_ok()
        }
    }
}

/// The standard writes signatures with their padding: one signature has one text.
fn decode_padded(text: &str) -> Option<Vec<u8>> {
    base64::decode_standard(text).filter(|_| text.len().is_multiple_of(4))
}

fn hmac(secret: &HmacSecret, id: &str, timestamp: &str, body: &[u8]) -> [u8; 32] {
    kdf::hmac_sha256(&secret.0, &[id.as_bytes(), b".", timestamp.as_bytes(), b".", body])
}

fn signed_content(id: &str, timestamp: &str, body: &[u8]) -> Vec<u8> {
    [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat()
}

/// A dot would let id and timestamp be cut differently under one signature.
fn is_sound_id(id: &str) -> bool {
    (1..=256).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'.')
}

fn sent_at(text: &str) -> Result<Timestamp, WebhookError> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(WebhookError::Malformed);
    }
    let seconds: i64 = text.parse().map_err(|_| WebhookError::Malformed)?;
    let millis = seconds.checked_mul(1000).ok_or(WebhookError::Malformed)?;
    Timestamp::from_unix_millis(millis).map_err(|_| WebhookError::Malformed)
}
