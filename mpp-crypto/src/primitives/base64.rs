//! Base64 (RFC 4648): the standard alphabet with padding, and the URL-safe one without.

use base64_simd::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Standard alphabet, padded, one line.
pub(crate) fn encode_standard(bytes: &[u8]) -> String {
    STANDARD.encode_to_string(bytes)
}

/// Standard alphabet; the padding may be missing but not wrong; no white space.
pub(crate) fn decode_standard(text: &str) -> Option<Vec<u8>> {
    let decoder = if text.ends_with('=') { STANDARD } else { STANDARD_NO_PAD };
    decoder.decode_to_vec(text).ok()
}

/// URL-safe alphabet without padding (RFC 7515 §2).
pub(crate) fn encode_url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

/// The inverse of [`encode_url`]; takes nothing else.
pub(crate) fn decode_url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode_to_vec(text).ok()
}
