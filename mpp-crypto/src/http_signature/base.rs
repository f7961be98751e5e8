//! The signature base (RFC 9421 §2.5): one line per covered component, then the parameters.

use std::fmt::Write;

use super::structured_field::InnerList;
use super::{HttpSignatureError, RequestParts};

const CONTENT_DIGEST: &str = "content-digest";
const DERIVED: [&str; 4] = ["@method", "@authority", "@path", "@query"];

/// What our own signatures cover.
pub(super) fn components_to_cover(parts: &RequestParts<'_>) -> Vec<String> {
    let digest = parts.content_digest.map(|_| CONTENT_DIGEST);
    let fields = parts.fields.iter().map(|(name, _)| *name);
    let mut components: Vec<String> = Vec::new();
    for name in DERIVED.into_iter().chain(digest).chain(fields) {
        if !components.iter().any(|known| known == name) {
            components.push(name.to_owned());
        }
    }
    components
}

/// A verifier insists on every derived component and on the digest of a body.
pub(super) fn check_coverage(parts: &RequestParts<'_>, input: &InnerList) -> Result<(), HttpSignatureError> {
    let digest = parts.content_digest.map(|_| CONTENT_DIGEST);
    match DERIVED.into_iter().chain(digest).find(|name| !input.items.iter().any(|item| item == name)) {
        Some(component) => Err(HttpSignatureError::NotCovered { component }),
        None => Ok(()),
    }
}

/// Builds the signature base for these covered components and parameters.
pub(super) fn signature_base(
    parts: &RequestParts<'_>,
    content_digest: Option<&str>,
    input: &InnerList,
) -> Result<String, HttpSignatureError> {
    let mut base = String::new();
    for (position, name) in input.items.iter().enumerate() {
        let repeated = input.items.iter().take(position).any(|earlier| earlier == name);
        let value = component(parts, content_digest, name).filter(|_| !repeated);
        let value = value.ok_or(HttpSignatureError::UnknownComponent)?;
        writeln!(base, "\"{name}\": {value}").map_err(|_| HttpSignatureError::Malformed)?;
    }
    write!(base, "\"@signature-params\": {input}").map_err(|_| HttpSignatureError::Malformed)?;
    Ok(base)
}

fn component(parts: &RequestParts<'_>, content_digest: Option<&str>, name: &str) -> Option<String> {
    let value = match name {
        "@method" => parts.method.to_owned(),
        "@authority" => normalised_authority(parts.authority),
        "@path" => if parts.path.is_empty() { "/" } else { parts.path }.to_owned(),
        "@query" => format!("?{}", parts.query.unwrap_or_default()),
        CONTENT_DIGEST => content_digest?.trim().to_owned(),
        _ => field(parts, name)?,
    };
    // A line break in a value would let one component pose as two.
    value.bytes().all(|byte| byte != b'\n' && byte != b'\r').then_some(value)
}

/// All values of a header field, joined as RFC 9421 §2.1 says.
fn field(parts: &RequestParts<'_>, name: &str) -> Option<String> {
    let is_field =
        !name.is_empty() && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'));
    if !is_field {
        return None;
    }
    let values: Vec<&str> =
        parts.fields.iter().filter(|(known, _)| *known == name).map(|(_, value)| value.trim()).collect();
    (!values.is_empty()).then(|| values.join(", "))
}

/// Lower case, without the port that goes without saying. The scheme is not known here, so that both are taken off: the
/// two sides agree whichever it is.
fn normalised_authority(authority: &str) -> String {
    let lower = authority.to_ascii_lowercase();
    let bare = lower.strip_suffix(":443").or_else(|| lower.strip_suffix(":80"));
    bare.map_or_else(|| lower.clone(), str::to_owned)
}
