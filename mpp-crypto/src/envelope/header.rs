//! The header: one encoding per value, read before any key is looked up.

use std::fmt;

use mpp_core::{ConsentId, Kid, ParcelId, PartnerId, Source};

use super::EnvelopeError;
use super::chunking::CHUNK_LEN;
use super::context::{ContentType, Context, Purpose};
use crate::primitives::hpke::ENC_LEN;

const MAGIC: [u8; 4] = *b"MPPE";
const VERSION: u8 = 1;
/// DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
const SUITE: u8 = 1;
/// Magic, version, suite and the length of what follows.
const PREFIX_LEN: usize = 8;
/// Chunk size, envelope id, purpose, partner, consent, parcel.
const FIXED_LEN: usize = 4 + 16 + 1 + 3 * 16;
/// The fixed part and three texts with a length byte each.
const MAX_BODY: usize = FIXED_LEN + 3 * 256;
/// The longest header with the encapsulated key behind it.
pub(super) const MAX_HEAD: usize = PREFIX_LEN + MAX_BODY + ENC_LEN;

/// The random name of one envelope: sealing the same data twice gives two envelopes that cannot be confused.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct EnvelopeId([u8; 16]);

impl EnvelopeId {
    pub(super) const fn from_random(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The identifier's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for EnvelopeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for EnvelopeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EnvelopeId({self})")
    }
}

/// What stands in front of an envelope, readable by everyone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The envelope's own name.
    pub id: EnvelopeId,
    /// The key it is sealed to.
    pub kid: Kid,
    /// What it is bound to.
    pub context: Context,
}

/// A header and where it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspected {
    /// The header; nothing in it is authenticated yet.
    pub header: Header,
    /// Bytes of the header including the encapsulated key: the first chunk begins here.
    pub chunks_start: usize,
    /// The bytes every chunk is bound to.
    pub(super) info: Vec<u8>,
    pub(super) enc: [u8; ENC_LEN],
}

impl Header {
    /// The bytes from the magic to the last text: HPKE's `info`.
    pub(super) fn encode(&self) -> Vec<u8> {
        let source = self.context.source.to_string();
        let texts = [source.as_str(), self.context.content_type.as_str(), self.kid.as_str()];
        let body_len = FIXED_LEN + texts.iter().map(|text| 1 + text.len()).sum::<usize>();
        let mut bytes = Vec::with_capacity(PREFIX_LEN + body_len + ENC_LEN);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&[VERSION, SUITE]);
        bytes.extend_from_slice(&u16::try_from(body_len).unwrap_or(u16::MAX).to_be_bytes());
        bytes.extend_from_slice(&chunk_len_field());
        bytes.extend_from_slice(self.id.as_bytes());
        bytes.push(self.context.purpose.code());
        bytes.extend_from_slice(self.context.partner.as_bytes());
        bytes.extend_from_slice(self.context.consent.as_bytes());
        bytes.extend_from_slice(self.context.parcel.as_bytes());
        for text in texts {
            // The types bound every text below 256 bytes.
            bytes.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
            bytes.extend_from_slice(text.as_bytes());
        }
        bytes
    }
}

/// Reads header and encapsulated key from the beginning of `bytes`.
pub(super) fn read(bytes: &[u8]) -> Result<Inspected, EnvelopeError> {
    let known = bytes.len().min(MAGIC.len());
    if bytes.get(..known) != MAGIC.get(..known) {
        return Err(EnvelopeError::NotAnEnvelope);
    }
    let Some((prefix, rest)) = bytes.split_first_chunk::<PREFIX_LEN>() else {
        return Err(EnvelopeError::Incomplete);
    };
    let [_, _, _, _, version, suite, high, low] = *prefix;
    if (version, suite) != (VERSION, SUITE) {
        return Err(EnvelopeError::UnknownVersion);
    }
    let body_len = usize::from(u16::from_be_bytes([high, low]));
    if body_len > MAX_BODY {
        return Err(EnvelopeError::NotAnEnvelope);
    }
    let Some((body, rest)) = rest.split_at_checked(body_len) else { return Err(EnvelopeError::Incomplete) };
    let header = read_body(body).ok_or(EnvelopeError::NotAnEnvelope)?;
    let Some(enc) = rest.first_chunk::<ENC_LEN>() else { return Err(EnvelopeError::Incomplete) };
    let info_len = PREFIX_LEN + body_len;
    let info = bytes.get(..info_len).ok_or(EnvelopeError::Incomplete)?.to_vec();
    Ok(Inspected { header, chunks_start: info_len + ENC_LEN, info, enc: *enc })
}

fn read_body(body: &[u8]) -> Option<Header> {
    let mut rest = body;
    if take::<4>(&mut rest)? != chunk_len_field() {
        return None;
    }
    let id = EnvelopeId(take(&mut rest)?);
    let [purpose] = take(&mut rest)?;
    let purpose = Purpose::from_code(purpose)?;
    let partner: PartnerId = read_uuid(&mut rest)?.parse().ok()?;
    let consent: ConsentId = read_uuid(&mut rest)?.parse().ok()?;
    let parcel: ParcelId = read_uuid(&mut rest)?.parse().ok()?;
    let source: Source = read_text(&mut rest)?.parse().ok()?;
    let content_type: ContentType = read_text(&mut rest)?.parse().ok()?;
    let kid: Kid = read_text(&mut rest)?.parse().ok()?;
    let context = Context { purpose, partner, consent, parcel, source, content_type };
    rest.is_empty().then_some(Header { id, kid, context })
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk()?;
    *rest = tail;
    Some(*head)
}

/// 16 bytes of an identifier in the text form its type reads.
fn read_uuid(rest: &mut &[u8]) -> Option<String> {
    let text = hex::encode(take::<16>(rest)?);
    let cuts = [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)];
    let groups: Option<Vec<&str>> = cuts.iter().map(|(from, to)| text.get(*from..*to)).collect();
    groups.map(|groups| groups.join("-"))
}

fn read_text<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let [length] = take(rest)?;
    let (text, tail) = rest.split_at_checked(usize::from(length))?;
    *rest = tail;
    std::str::from_utf8(text).ok()
}

fn chunk_len_field() -> [u8; 4] {
    u32::try_from(CHUNK_LEN).unwrap_or(u32::MAX).to_be_bytes()
}
