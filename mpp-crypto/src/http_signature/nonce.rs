//! What makes one signed request different from every other.

use std::fmt;
use std::str::FromStr;

use mpp_core::{Entropy, draw};

use crate::primitives::base64;

/// A text is not a nonce.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a nonce of 16 to 128 characters of base64")]
pub struct InvalidNonce;

/// The `nonce` of a signature: 16 to 128 characters of base64 or base64url.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nonce(String);

impl Nonce {
    /// A fresh nonce of 16 random bytes.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(base64::encode_url(&draw::<16>(entropy)))
    }

    /// The nonce as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Nonce {
    type Err = InvalidNonce;

    fn from_str(text: &str) -> Result<Self, InvalidNonce> {
        let sound =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'+' | b'/' | b'=');
        if (16..=128).contains(&text.len()) && text.bytes().all(sound) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidNonce)
        }
    }
}
