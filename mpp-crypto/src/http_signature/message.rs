//! RFC 9421 over any message: requests and responses, any covered components, any of our algorithms, several signatures.
//!
//! A standing signature says that the holder of the key signed the covered components, and nothing about the rest: which
//! must be covered and how old a signature may be is the caller's to check on [`VerifiedMessage`].
//!
//! Left out, and refused as such: the component parameters `sf`, `bs` and `tr`, `key` on other dictionaries than those of
//! byte sequences and inner lists, and the algorithms without a key in this system. `@request-target` is the origin form.

mod components;
mod query_param;

use std::borrow::Borrow;

use mpp_core::{Kid, Timestamp};

use super::structured_field::{self, BareItem, InnerList, Parameter};
use super::{CLOCK_SKEW, HttpSignatureError, Nonce, base, parameters};
use crate::keys::{AnySigningKey, AnyVerifyingKey};

/// A request, as signer and verifier see it.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// `https` or `http`.
    pub scheme: &'a str,
    /// Host and, unless it is the scheme's own, port.
    pub authority: &'a str,
    /// The path as it travels, percent-encoded; empty means `/`.
    pub path: &'a str,
    /// The query as it travels, without its `?`.
    pub query: Option<&'a str>,
    /// The header fields: name in lower case and value, repeated where the field is.
    pub fields: &'a [(&'a str, &'a str)],
}

/// A response, as signer and verifier see it.
#[derive(Debug, Clone, Copy)]
pub struct Response<'a> {
    /// The status code.
    pub status: u16,
    /// The header fields: name in lower case and value, repeated where the field is.
    pub fields: &'a [(&'a str, &'a str)],
    /// The request that was answered, for components with `req`.
    pub request: Option<Request<'a>>,
}

/// What is signed.
#[derive(Debug, Clone, Copy)]
pub enum Message<'a> {
    /// A request.
    Request(Request<'a>),
    /// A response.
    Response(Response<'a>),
}

impl<'a> Message<'a> {
    const fn fields(&self) -> &'a [(&'a str, &'a str)] {
        match self {
            Self::Request(request) => request.fields,
            Self::Response(response) => response.fields,
        }
    }
}

/// The parameters of a signature besides its key's name.
#[derive(Debug, Clone, Copy)]
pub struct SignatureParameters<'a> {
    /// The name of the signature among several.
    pub label: &'a str,
    /// When it is made.
    pub created: Timestamp,
    /// When it stops to stand.
    pub expires: Option<Timestamp>,
    /// What makes it different from every other.
    pub nonce: Option<&'a Nonce>,
    /// What it is for, in the words of an application.
    pub tag: Option<&'a str>,
}

/// The members to add to a message's `signature-input` and `signature`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureMembers {
    /// For `signature-input`.
    pub input: String,
    /// For `signature`.
    pub signature: String,
}

/// Who signed a message, and what of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedMessage {
    /// The name of the signature.
    pub label: String,
    /// The key that signed.
    pub kid: Kid,
    /// When, by the signer's clock.
    pub created: Option<Timestamp>,
    /// The nonce as it came.
    pub nonce: Option<String>,
    /// What the signature is for, in the words of an application.
    pub tag: Option<String>,
    covered: Vec<String>,
}

impl VerifiedMessage {
    /// Whether the component is signed; written as in `signature-input`, for example `"@method";req`.
    #[must_use]
    pub fn covers(&self, component: &str) -> bool {
        self.covered.iter().any(|covered| covered == component)
    }
}

/// Signs these components of a message, written as in `signature-input`: `"@status" "@method";req`.
///
/// # Errors
/// [`HttpSignatureError`] when a component is not there or left out here, or a parameter cannot be written.
pub fn sign(
    message: &Message<'_>,
    components: &str,
    parameters: &SignatureParameters<'_>,
    key: &AnySigningKey,
) -> Result<SignatureMembers, HttpSignatureError> {
    let items = structured_field::parse_items(components).ok_or(HttpSignatureError::Malformed)?;
    let input = InnerList { items, parameters: written(parameters, key.kid()) };
    let base = base::write_base(&input, |item| components::value_of(message, item))?;
    let signature = key.sign(base.as_bytes()).map_err(|_| HttpSignatureError::Signature)?;
    let members = SignatureMembers {
        input: format!("{}={input}", parameters.label),
        signature: format!("{}={}", parameters.label, BareItem::Bytes(signature)),
    };
    // What no verifier could read is not sent.
    structured_field::parse_inner_lists(&members.input).ok_or(HttpSignatureError::Malformed)?;
    Ok(members)
}

/// Checks one signature of a message: the one of this label, or the only one. `now` judges `expires`, and that the
/// signature is not from the future.
///
/// # Errors
/// [`HttpSignatureError`] saying why the message is refused.
pub fn verify<K: Borrow<AnyVerifyingKey>>(
    message: &Message<'_>,
    label: Option<&str>,
    resolve: impl Fn(&Kid) -> Option<K>,
    now: Timestamp,
) -> Result<VerifiedMessage, HttpSignatureError> {
    let (label, input, signature) = find(message, label)?;
    let text = |name| parameters::text(&input, name);
    let kid: Kid = text("keyid")?.and_then(|kid| kid.parse().ok()).ok_or(HttpSignatureError::Malformed)?;
    let created = parameters::instant(&input, "created")?;
    let expired = parameters::instant(&input, "expires")?.is_some_and(|expires| expires <= now);
    if expired || created.is_some_and(|created| created.since(now) > CLOCK_SKEW) {
        return Err(HttpSignatureError::Stale);
    }
    let key = resolve(&kid).ok_or(HttpSignatureError::UnknownKey)?;
    if text("alg")?.is_some_and(|name| name != parameters::algorithm_name(key.borrow().algorithm())) {
        return Err(HttpSignatureError::Signature);
    }
    let base = base::write_base(&input, |item| components::value_of(message, item))?;
    key.borrow().verify(base.as_bytes(), &signature).map_err(|_| HttpSignatureError::Signature)?;
    Ok(VerifiedMessage {
        created,
        nonce: text("nonce")?.map(str::to_owned),
        tag: text("tag")?.map(str::to_owned),
        covered: input.items.iter().map(ToString::to_string).collect(),
        label,
        kid,
    })
}

/// One signature of the message's own fields.
fn find(
    message: &Message<'_>,
    label: Option<&str>,
) -> Result<(String, InnerList, Vec<u8>), HttpSignatureError> {
    let field = |name| base::field(message.fields(), name).ok_or(HttpSignatureError::Malformed);
    let inputs = structured_field::parse_inner_lists(&field("signature-input")?);
    let inputs = inputs.ok_or(HttpSignatureError::Malformed)?;
    if label.is_none() && inputs.len() > 1 {
        return Err(HttpSignatureError::SeveralSignatures);
    }
    let mut inputs = inputs.into_iter();
    let chosen = inputs.find(|(known, _)| label.is_none_or(|label| label == known));
    let (label, input) = chosen.ok_or(HttpSignatureError::Malformed)?;
    let signatures = structured_field::parse_byte_sequences(&field("signature")?);
    let mut signatures = signatures.ok_or(HttpSignatureError::Malformed)?.into_iter();
    let found = signatures.find(|(known, _)| *known == label);
    let (_, signature) = found.ok_or(HttpSignatureError::Malformed)?;
    Ok((label, input, signature))
}

fn written(parameters: &SignatureParameters<'_>, kid: &Kid) -> Vec<Parameter> {
    let seconds = |at: Timestamp| BareItem::Integer(at.as_unix_seconds());
    let text = |text: &str| BareItem::Text(text.to_owned());
    let all = [
        ("created", Some(seconds(parameters.created))),
        ("expires", parameters.expires.map(seconds)),
        ("nonce", parameters.nonce.map(|nonce| text(nonce.as_str()))),
        ("keyid", Some(text(kid.as_str()))),
        ("tag", parameters.tag.map(text)),
    ];
    all.into_iter().filter_map(|(name, value)| value.map(|value| Parameter::new(name, value))).collect()
}
