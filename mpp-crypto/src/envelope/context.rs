//! What an envelope is bound to.

use std::fmt;
use std::str::FromStr;

use mpp_core::{ConsentId, ParcelId, PartnerId, Source};
use serde::{Deserialize, Serialize};

/// What an envelope is for: an envelope made for one purpose does not open for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Customer data on its way to the partner.
    Parcel,
    /// The private half of ReBIT key material on its way to the customer's device (compatibility mode).
    KeyMaterial,
    /// A challenge to a client server that enrols its envelope key: only the key's owner can read it back.
    Enrolment,
}

impl Purpose {
    /// The byte in the header.
    pub(super) const fn code(self) -> u8 {
        match self {
            Self::Parcel => 1,
            Self::KeyMaterial => 2,
            Self::Enrolment => 3,
        }
    }

    pub(super) const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Parcel),
            2 => Some(Self::KeyMaterial),
            3 => Some(Self::Enrolment),
            _ => None,
        }
    }
}

/// A text is not a media type an envelope can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a media type of 1 to 127 printable ASCII characters")]
pub struct InvalidContentType;

/// The media type of the plaintext, for example `application/xml`: 1 to 127 printable ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContentType(String);

impl ContentType {
    /// `application/xml`.
    #[must_use]
    pub fn xml() -> Self {
        Self("application/xml".to_owned())
    }

    /// `application/json`.
    #[must_use]
    pub fn json() -> Self {
        Self("application/json".to_owned())
    }

    /// The media type as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ContentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ContentType {
    type Err = InvalidContentType;

    fn from_str(text: &str) -> Result<Self, InvalidContentType> {
        let printable = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        if printable && (1..=127).contains(&text.len()) && text.trim() == text {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidContentType)
        }
    }
}

impl TryFrom<String> for ContentType {
    type Error = InvalidContentType;

    fn try_from(text: String) -> Result<Self, InvalidContentType> {
        text.parse()
    }
}

impl From<ContentType> for String {
    fn from(content_type: ContentType) -> Self {
        content_type.0
    }
}

/// Everything an envelope is bound to besides the recipient's key. The opener says what it expects; an envelope
/// with any other context does not open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// What the envelope is for.
    pub purpose: Purpose,
    /// Who it is for.
    pub partner: PartnerId,
    /// The consent under which the data was fetched.
    pub consent: ConsentId,
    /// The parcel it is the content of.
    pub parcel: ParcelId,
    /// Where the data comes from.
    pub source: Source,
    /// What the plaintext is.
    pub content_type: ContentType,
}
