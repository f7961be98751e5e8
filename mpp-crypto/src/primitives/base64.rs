//! Base64 (RFC 4648): the standard alphabet with padding, and the URL-safe one without.

use base64_simd::{AsOut, Base64, STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Standard alphabet, padded, one line.
pub(crate) fn encode_standard(bytes: &[u8]) -> String {
    STANDARD.encode_to_string(bytes)
}

/// Standard alphabet; the padding may be missing but not wrong; no white space.
pub(crate) fn decode_standard(text: &str) -> Option<Vec<u8>> {
    standard_decoder(text.as_bytes()).decode_to_vec(text).ok()
}

/// [`decode_standard`] over the text's own bytes: what it stands for is at their beginning afterwards, in this length.
/// The content is unspecified after a refusal.
pub(crate) fn decode_standard_in_place(text: &mut [u8]) -> Option<usize> {
    standard_decoder(text).decode_inplace(text).ok().map(|decoded| decoded.len())
}

/// [`decode_standard`] for a text that stands for exactly `N` bytes.
pub(crate) fn decode_standard_array<const N: usize>(text: &str) -> Option<[u8; N]> {
    let decoder = standard_decoder(text.as_bytes());
    if decoder.decoded_length(text.as_bytes()).ok()? != N {
        return None;
    }
    let mut bytes = [0; N];
    decoder.decode(text.as_bytes(), bytes.as_mut_slice().as_out()).ok()?;
    Some(bytes)
}

/// The base64 of `head` and `tail` one behind the other, without bringing them together.
pub(crate) fn encode_standard_both(head: &[u8], tail: &[u8]) -> String {
    let mut text = String::with_capacity(STANDARD.encoded_length(head.len().saturating_add(tail.len())));
    let (groups, rest) = head.as_chunks::<3>();
    STANDARD.encode_append(groups.as_flattened(), &mut text);
    STANDARD.encode_append([rest, tail].concat(), &mut text);
    text
}

fn standard_decoder(text: &[u8]) -> Base64 {
    if text.last() == Some(&b'=') { STANDARD } else { STANDARD_NO_PAD }
}

/// URL-safe alphabet without padding (RFC 7515 §2).
pub(crate) fn encode_url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

/// The inverse of [`encode_url`]; takes nothing else.
pub(crate) fn decode_url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode_to_vec(text).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn in_place_in_parts_and_into_an_array_say_what_the_plain_calls_say(bytes: Vec<u8>, at: usize, text: String) {
            let (head, tail) = bytes.split_at(at % (bytes.len() + 1));
            let encoded = encode_standard(&bytes);
            prop_assert_eq!(&encode_standard_both(head, tail), &encoded);
            for text in [encoded.as_str(), encoded.trim_end_matches('='), &format!("{encoded}="), &text] {
                let mut buffer = text.as_bytes().to_vec();
                let length = decode_standard_in_place(&mut buffer);
                prop_assert_eq!(length.map(|length| buffer[..length].to_vec()), decode_standard(text));
                let of_three = decode_standard(text).filter(|bytes| bytes.len() == 3);
                prop_assert_eq!(decode_standard_array::<3>(text).map(|bytes| bytes.to_vec()), of_three);
            }
        }
    }
}
