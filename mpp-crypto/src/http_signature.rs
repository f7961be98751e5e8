//! HTTP message signatures (RFC 9421) over requests between our own roles, with content digests (RFC 9530).
//!
//! Covered are always `@method`, `@authority`, `@path` and `@query`, the `content-digest` of every request that has a
//! body, and any further fields the parts name. The parameters are `created`, `nonce` and `keyid`; the key fixes the
//! algorithm. The verifier hands the nonce back: refusing one it has seen is its caller's part.
//!
//! Messages of others, responses among them, with the components and keys of their choice: [`message`].

mod base;
mod content_digest;
pub mod message;
mod nonce;
mod parameters;
mod structured_field;

use std::borrow::Borrow;

use mpp_core::{Kid, Persistence, Span, Timestamp};

pub use content_digest::ContentDigest;
pub use nonce::{InvalidNonce, Nonce};

use crate::keys::{SigningKey, VerifyingKey};
use structured_field::{BareItem, InnerList, Parameter};

/// The label of our signatures.
const LABEL: &str = "mpp";
/// How far the signer's clock may be ahead of ours.
const CLOCK_SKEW: Span = Span::from_seconds(30);

/// A request's signature could not be made or is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpSignatureError {
    /// `signature-input`, `signature` or `content-digest` is not of the form this system takes.
    #[error("a signature header is not of the expected form")]
    Malformed,
    /// The signature does not cover a component it must cover.
    #[error("the signature does not cover {component}")]
    NotCovered {
        /// The component, for example `@query`.
        component: &'static str,
    },
    /// The signature covers something the request does not have, or this system cannot derive.
    #[error("the signature covers a component that is not there")]
    UnknownComponent,
    /// The signature uses a part of the standard that this system leaves out.
    #[error("{what} is not supported")]
    Unsupported {
        /// The part, for example `the component parameter "bs"`.
        what: &'static str,
    },
    /// There are several signatures, and nobody said which is meant.
    #[error("several signatures, and none was chosen")]
    SeveralSignatures,
    /// No key of this name is known.
    #[error("signed with an unknown key")]
    UnknownKey,
    /// The signature is too old, from the future, or past its own expiry.
    #[error("the signature is not fresh")]
    Stale,
    /// The body is not the one that was signed.
    #[error("the content digest does not match the body")]
    ContentDiffers,
    /// The signature does not stand.
    #[error("the signature does not verify")]
    Signature,
}

impl HttpSignatureError {
    /// Whether trying again can help: after learning new keys it may, otherwise never with the same signature.
    #[must_use]
    pub const fn persistence(&self) -> Persistence {
        match self {
            Self::UnknownKey => Persistence::Temporary,
            Self::Malformed
            | Self::NotCovered { .. }
            | Self::UnknownComponent
            | Self::Unsupported { .. }
            | Self::SeveralSignatures
            | Self::Stale
            | Self::ContentDiffers
            | Self::Signature => Persistence::Permanent,
        }
    }
}

/// What of a request is signed.
#[derive(Debug, Clone, Copy)]
pub struct RequestParts<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// Host and, unless it is the scheme's own, port; case does not matter.
    pub authority: &'a str,
    /// The path as it travels, percent-encoded; empty means `/`.
    pub path: &'a str,
    /// The query as it travels, without its `?`.
    pub query: Option<&'a str>,
    /// The digest of the body; `None` for a request without one.
    pub content_digest: Option<ContentDigest>,
    /// Further header fields, name in lower case and value: all are signed, and available to the verifier.
    pub fields: &'a [(&'a str, &'a str)],
}

/// The headers that carry a signature, by the names RFC 9421 and RFC 9530 give them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureHeaders {
    /// `content-digest`; absent for a request without a body.
    pub content_digest: Option<String>,
    /// `signature-input`.
    pub signature_input: String,
    /// `signature`.
    pub signature: String,
}

impl SignatureHeaders {
    /// The headers as name and value.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, &str)> {
        let digest = self.content_digest.as_deref().map(|value| ("content-digest", value));
        let signature =
            [("signature-input", self.signature_input.as_str()), ("signature", self.signature.as_str())];
        digest.into_iter().chain(signature).collect()
    }
}

/// Who signed a request, and the means to refuse a repeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedSigner {
    /// The key that signed.
    pub kid: Kid,
    /// The nonce: refuse one that was seen within the freshness window.
    pub nonce: Nonce,
    /// When the request was signed, by the signer's clock.
    pub created: Timestamp,
}

/// Signs a request.
///
/// # Errors
/// [`HttpSignatureError::UnknownComponent`] when a further field has no value or a name that cannot be signed.
pub fn sign(
    parts: &RequestParts<'_>,
    key: &SigningKey,
    created: Timestamp,
    nonce: &Nonce,
) -> Result<SignatureHeaders, HttpSignatureError> {
    let content_digest = parts.content_digest.map(|digest| digest.to_string());
    let input = InnerList {
        items: base::components_to_cover(parts),
        parameters: vec![
            Parameter::new("created", BareItem::Integer(created.as_unix_seconds())),
            Parameter::new("nonce", BareItem::Text(nonce.as_str().to_owned())),
            Parameter::new("keyid", BareItem::Text(key.kid().to_string())),
        ],
    };
    let base = base::signature_base(parts, content_digest.as_deref(), &input)?;
    let signature = BareItem::Bytes(key.sign(base.as_bytes()).as_bytes().to_vec());
    Ok(SignatureHeaders {
        content_digest,
        signature_input: format!("{LABEL}={input}"),
        signature: format!("{LABEL}={signature}"),
    })
}

/// The name of the key the headers claim: **unverified**, good for looking the key up before [`verify`].
///
/// # Errors
/// [`HttpSignatureError::Malformed`] when the headers are not of the expected form.
pub fn claimed_kid(headers: &SignatureHeaders) -> Result<Kid, HttpSignatureError> {
    Received::read(headers).and_then(|received| received.kid())
}

/// Checks a request's signature: it covers what it must, is at most `max_age` old, names a known key, and stands;
/// and the body is the one that was signed.
///
/// # Errors
/// [`HttpSignatureError`] saying why the request is refused.
pub fn verify<K: Borrow<VerifyingKey>>(
    parts: &RequestParts<'_>,
    headers: &SignatureHeaders,
    resolve: impl Fn(&Kid) -> Option<K>,
    now: Timestamp,
    max_age: Span,
) -> Result<VerifiedSigner, HttpSignatureError> {
    let received = Received::read(headers)?;
    base::check_coverage(parts, &received.input)?;
    let created = received.check_freshness(now, max_age)?;
    let nonce = received.nonce()?;
    check_digest(parts, headers)?;
    let kid = received.kid()?;
    let key = resolve(&kid).ok_or(HttpSignatureError::UnknownKey)?;
    received.check_signature(parts, headers, key.borrow())?;
    Ok(VerifiedSigner { kid, nonce, created })
}

/// A digest that came along must be the body's, covered or not.
fn check_digest(parts: &RequestParts<'_>, headers: &SignatureHeaders) -> Result<(), HttpSignatureError> {
    let Some(value) = &headers.content_digest else {
        return match parts.content_digest {
            None => Ok(()),
            Some(_) => Err(HttpSignatureError::NotCovered { component: "content-digest" }),
        };
    };
    let announced = ContentDigest::parse(value)?;
    let actual = parts.content_digest.unwrap_or_else(|| ContentDigest::of(b""));
    if announced == actual { Ok(()) } else { Err(HttpSignatureError::ContentDiffers) }
}

/// One signature as it came in.
struct Received {
    input: InnerList,
    signature: Vec<u8>,
}

impl Received {
    /// Takes our label, or the only one there is.
    fn read(headers: &SignatureHeaders) -> Result<Self, HttpSignatureError> {
        let inputs = structured_field::parse_inner_lists(&headers.signature_input);
        let inputs = inputs.ok_or(HttpSignatureError::Malformed)?;
        let several = inputs.len() > 1;
        let chosen = inputs.into_iter().find(|(label, _)| !several || label == LABEL);
        let (label, input) = chosen.ok_or(HttpSignatureError::Malformed)?;
        if input.items.iter().any(|item| !item.parameters.is_empty()) {
            return Err(HttpSignatureError::Malformed);
        }
        let signatures = structured_field::parse_byte_sequences(&headers.signature);
        let signatures = signatures.ok_or(HttpSignatureError::Malformed)?;
        let found = signatures.into_iter().find(|(name, _)| *name == label);
        let (_, signature) = found.ok_or(HttpSignatureError::Malformed)?;
        Ok(Self { input, signature })
    }

    fn kid(&self) -> Result<Kid, HttpSignatureError> {
        parameters::text(&self.input, "keyid")?
            .and_then(|kid| kid.parse().ok())
            .ok_or(HttpSignatureError::Malformed)
    }

    fn nonce(&self) -> Result<Nonce, HttpSignatureError> {
        parameters::text(&self.input, "nonce")?
            .and_then(|nonce| nonce.parse().ok())
            .ok_or(HttpSignatureError::Malformed)
    }

    fn check_freshness(&self, now: Timestamp, max_age: Span) -> Result<Timestamp, HttpSignatureError> {
        let created = parameters::instant(&self.input, "created")?.ok_or(HttpSignatureError::Malformed)?;
        let expired = parameters::instant(&self.input, "expires")?.is_some_and(|expires| expires <= now);
        if expired || now.since(created) > max_age || created.since(now) > CLOCK_SKEW {
            return Err(HttpSignatureError::Stale);
        }
        Ok(created)
    }

    fn check_signature(
        &self,
        parts: &RequestParts<'_>,
        headers: &SignatureHeaders,
        key: &VerifyingKey,
    ) -> Result<(), HttpSignatureError> {
        let named = parameters::text(&self.input, "alg")?;
        if named.is_some_and(|name| name != parameters::algorithm_name(key.algorithm().into())) {
            return Err(HttpSignatureError::Signature);
        }
        let base = base::signature_base(parts, headers.content_digest.as_deref(), &self.input)?;
        key.verify(base.as_bytes(), &self.signature).map_err(|_| HttpSignatureError::Signature)
    }
}

#[cfg(test)]
mod tests;
