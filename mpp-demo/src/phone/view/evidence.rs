//! Signed texts for people to look at. They were verified by the SDK before they came here; this only reads them.

use serde::de::DeserializeOwned;
use serde_json::Value;

/// A compact JWS, as text and in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedText {
    /// The text as it was signed.
    pub compact: String,
    /// The header, indented.
    pub header: String,
    /// The payload, indented.
    pub payload: String,
}

impl SignedText {
    /// The parts of a compact JWS; parts that cannot be read are empty.
    #[must_use]
    pub fn new(compact: &str) -> Self {
        let part = |at: usize| part::<Value>(compact, at).map(|value| indented(&value)).unwrap_or_default();
        Self { compact: compact.to_owned(), header: part(0), payload: part(1) }
    }
}

/// The payload of a compact JWS; `None` when it is not of the form expected.
pub(super) fn payload<T: DeserializeOwned>(compact: &str) -> Option<T> {
    part(compact, 1)
}

fn part<T: DeserializeOwned>(compact: &str, at: usize) -> Option<T> {
    let encoded = compact.split('.').nth(at)?;
    let bytes = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(encoded).ok()?;
    serde_json::from_slice(&bytes).ok()
}

fn indented(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_texts_are_taken_apart() {
        let encode = |text: &str| base64_simd::URL_SAFE_NO_PAD.encode_to_string(text);
        let compact = format!("{}.{}.c2ln", encode("{\"alg\":\"ES256\"}"), encode("{\"a\":1}"));
        let signed = SignedText::new(&compact);
        assert_eq!(
            (signed.header.as_str(), signed.payload.as_str()),
            ("{\n  \"alg\": \"ES256\"\n}", "{\n  \"a\": 1\n}")
        );
        assert_eq!(payload::<Value>(&compact).unwrap()["a"], 1);
    }

    #[test]
    fn what_is_no_signed_text_has_no_parts() {
        for bad in ["", "a", "a.b.c", "..", "e30.e30"] {
            let signed = SignedText::new(bad);
            assert!(signed.payload.is_empty() || bad == "e30.e30", "{bad}");
        }
    }
}
