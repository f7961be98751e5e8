//! The signature base (RFC 9421 §2.5): one line per covered component, then the parameters.

use std::fmt::Write;

use super::structured_field::{InnerList, Item};
use super::{HttpSignatureError, RequestParts};

const CONTENT_DIGEST: &str = "content-digest";
const DERIVED: [&str; 4] = ["@method", "@authority", "@path", "@query"];

/// What our own signatures cover.
pub(super) fn components_to_cover(parts: &RequestParts<'_>) -> Vec<Item> {
    let digest = parts.content_digest.map(|_| CONTENT_DIGEST);
    let fields = parts.fields.iter().map(|(name, _)| *name);
    let mut components: Vec<Item> = Vec::new();
    for name in DERIVED.into_iter().chain(digest).chain(fields) {
        if !components.iter().any(|known| known.is_plain(name)) {
            components.push(Item::plain(name));
        }
    }
    components
}

/// A verifier insists on every derived component and on the digest of a body.
pub(super) fn check_coverage(parts: &RequestParts<'_>, input: &InnerList) -> Result<(), HttpSignatureError> {
    let digest = parts.content_digest.map(|_| CONTENT_DIGEST);
    match DERIVED.into_iter().chain(digest).find(|name| !input.items.iter().any(|item| item.is_plain(name))) {
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
    write_base(input, |item| {
        let value = component(parts, content_digest, &item.text).filter(|_| item.parameters.is_empty());
        value.ok_or(HttpSignatureError::UnknownComponent)
    })
}

/// Builds a signature base from the values of its components, each of which may be there once.
pub(super) fn write_base(
    input: &InnerList,
    value_of: impl Fn(&Item) -> Result<String, HttpSignatureError>,
) -> Result<String, HttpSignatureError> {
    let mut base = String::new();
    for (position, item) in input.items.iter().enumerate() {
        if input.items.iter().take(position).any(|earlier| same_component(earlier, item)) {
            return Err(HttpSignatureError::UnknownComponent);
        }
        let value = value_of(item)?;
        // A line break in a value would let one component pose as two.
        if value.contains(['\n', '\r']) {
            return Err(HttpSignatureError::UnknownComponent);
        }
        writeln!(base, "{item}: {value}").map_err(|_| HttpSignatureError::Malformed)?;
    }
    write!(base, "\"@signature-params\": {input}").map_err(|_| HttpSignatureError::Malformed)?;
    Ok(base)
}

/// The order of its parameters does not make another component (RFC 9421 §2).
fn same_component(left: &Item, right: &Item) -> bool {
    left.text == right.text
        && left.parameters.len() == right.parameters.len()
        && left.parameters.iter().all(|parameter| right.parameters.contains(parameter))
}

fn component(parts: &RequestParts<'_>, content_digest: Option<&str>, name: &str) -> Option<String> {
    match name {
        "@method" => Some(parts.method.to_owned()),
        "@authority" => Some(normalised_authority(parts.authority)),
        "@path" => Some(path(parts.path).to_owned()),
        "@query" => Some(query(parts.query)),
        CONTENT_DIGEST => content_digest.map(|value| value.trim().to_owned()),
        _ => field(parts.fields, name),
    }
}

/// The empty path is `/` (RFC 9421 §2.2.6).
pub(super) fn path(path: &str) -> &str {
    if path.is_empty() { "/" } else { path }
}

/// The query with its `?`, which is there without a query too (RFC 9421 §2.2.7).
pub(super) fn query(query: Option<&str>) -> String {
    format!("?{}", query.unwrap_or_default())
}

/// All values of a header field, joined as RFC 9421 §2.1 says.
pub(super) fn field(fields: &[(&str, &str)], name: &str) -> Option<String> {
    let is_field =
        !name.is_empty() && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'));
    if !is_field {
        return None;
    }
    let values: Vec<&str> =
        fields.iter().filter(|(known, _)| *known == name).map(|(_, value)| value.trim()).collect();
    (!values.is_empty()).then(|| values.join(", "))
}

/// Lower case, without the port that goes without saying. The scheme is not known here, so that both are taken off: the
/// two sides agree whichever it is.
fn normalised_authority(authority: &str) -> String {
    let lower = authority.to_ascii_lowercase();
    let bare = lower.strip_suffix(":443").or_else(|| lower.strip_suffix(":80"));
    bare.map_or_else(|| lower.clone(), str::to_owned)
}
