//! Text forms of keys (RFC 7468), written strictly and read leniently.

use zeroize::Zeroizing;

use super::base64;

const COLUMNS: usize = 64;
const BEGIN: &str = "-----BEGIN ";

/// A text block with a label, lines of 64 columns and a final newline.
pub(crate) fn encode_lines(label: &str, der: &[u8]) -> Zeroizing<String> {
    let body = Zeroizing::new(base64::encode_standard(der));
    let mut text = Zeroizing::new(String::with_capacity(body.len() + body.len() / COLUMNS + 80));
    text.push_str(BEGIN);
    text.push_str(label);
    text.push_str("-----\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at_checked(COLUMNS).unwrap_or((rest, ""));
        text.push_str(line);
        text.push('\n');
        rest = tail;
    }
    text.push_str("-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}

/// The form the ReBIT reference writes for its default flavour: no line break anywhere (rahasya.md §2.2).
pub(crate) fn encode_one_line(label: &str, der: &[u8]) -> Zeroizing<String> {
    let body = Zeroizing::new(base64::encode_standard(der));
    Zeroizing::new(format!("-----BEGIN {label}-----{}-----END {label}-----", body.as_str()))
}

/// The bytes of the first block with this label, or of the whole text when it has no markers. White space
/// anywhere inside is ignored; text before a block is, text behind one is not.
pub(crate) fn decode_lenient(label: &str, text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let body = match text.split_once(BEGIN) {
        None => text,
        Some((_, block)) => {
            let body = block.strip_prefix(label)?.strip_prefix("-----")?;
            let (body, end) = body.split_once("-----END ")?;
            let behind = end.strip_prefix(label)?.strip_prefix("-----")?;
            behind.trim().is_empty().then_some(body)?
        }
    };
    decode_body(body)
}

/// One block of a text with several.
pub(crate) struct Block<'a> {
    pub(crate) label: &'a str,
    pub(crate) der: Zeroizing<Vec<u8>>,
}

/// Whether there is a block at all.
pub(crate) fn has_block(text: &str) -> bool {
    text.contains(BEGIN)
}

/// All blocks of a text, whatever stands around them (RFC 7468 §2). White space anywhere inside is ignored, so that
/// any line length and line end will do. `None` when a block is not closed, holds a header (RFC 1421) or no base64.
pub(crate) fn blocks(text: &str) -> Option<Vec<Block<'_>>> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some((_, block)) = rest.split_once(BEGIN) {
        let (label, block) = block.split_once("-----")?;
        let (body, behind) = block.split_once("-----END ")?;
        rest = behind.strip_prefix(label)?.strip_prefix("-----")?;
        blocks.push(Block { label, der: decode_body(body)? });
    }
    Some(blocks)
}

fn decode_body(body: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(body.len()));
    bytes.extend(body.bytes().filter(|byte| !byte.is_ascii_whitespace()));
    if bytes.is_empty() {
        return None;
    }
    let length = base64::decode_standard_in_place(&mut bytes)?;
    bytes.truncate(length);
    Some(bytes)
}
