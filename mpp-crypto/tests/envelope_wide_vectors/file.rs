//! The form of the file.

use std::path::Path;

use base64_simd::STANDARD;
use mpp_core::{ConsentId, ParcelId, PartnerId, Source};
use mpp_crypto::envelope::{ContentType, Context, Purpose};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(crate) struct File {
    pub(crate) format: String,
    pub(crate) private_keys: Vec<String>,
    pub(crate) positive: Vec<Positive>,
    pub(crate) negative: Vec<Negative>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct ContextForm {
    purpose: Purpose,
    partner: PartnerId,
    consent: ConsentId,
    parcel: ParcelId,
    source: Source,
    content_type: ContentType,
}

impl ContextForm {
    pub(crate) fn of(context: &Context) -> Self {
        let Context { purpose, partner, consent, parcel, source, content_type } = context.clone();
        Self { purpose, partner, consent, parcel, source, content_type }
    }

    pub(crate) fn read(&self) -> Context {
        let Self { purpose, partner, consent, parcel, source, content_type } = self.clone();
        Context { purpose, partner, consent, parcel, source, content_type }
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Positive {
    pub(crate) note: String,
    pub(crate) keys: Vec<usize>,
    pub(crate) context: ContextForm,
    pub(crate) text_len: usize,
    pub(crate) envelope: Bytes,
}

impl Positive {
    /// Byte i is i modulo 251.
    pub(crate) fn text(&self) -> Vec<u8> {
        text(self.text_len)
    }
}

pub(crate) fn text(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect()
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Negative {
    pub(crate) note: String,
    pub(crate) expect: String,
    pub(crate) keys: Vec<usize>,
    pub(crate) context: ContextForm,
    pub(crate) envelope: Bytes,
}

/// Bytes as base64, or as ranges of `three-chunks.bin`, one behind the other.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Bytes {
    Base64(String),
    ThreeChunks(Vec<(usize, usize)>),
}

impl Bytes {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self::Base64(STANDARD.encode_to_string(bytes))
    }

    pub(crate) fn bytes(&self, folder: &Path) -> Vec<u8> {
        match self {
            Self::Base64(text) => STANDARD.decode_to_vec(text).unwrap(),
            Self::ThreeChunks(ranges) => {
                let file = std::fs::read(folder.join("three-chunks.bin")).unwrap();
                ranges.iter().flat_map(|(from, to)| file[*from..*to].to_vec()).collect()
            }
        }
    }
}
