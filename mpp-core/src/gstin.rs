//! The tax registration number of Indian businesses (obligations.md §5).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A GSTIN: state code, PAN, entity digit, `Z`, check character.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct Gstin(String);

/// Why a text is not a GSTIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidGstin {
    /// Not two digits, a PAN, an entity digit, `Z` and a check character.
    #[error("a GSTIN has 15 characters: state code, PAN, entity digit, Z, check character")]
    Form,
    /// No State or territory has the code.
    #[error("the GSTIN names no State or Union territory")]
    State,
    /// The check character does not fit: something was mistyped.
    #[error("the GSTIN's check character does not fit the rest")]
    CheckCharacter,
}

impl InvalidGstin {
    /// The same text will always be refused.
    #[must_use]
    pub const fn persistence(&self) -> crate::Persistence {
        crate::Persistence::Permanent
    }
}

const CHARACTERS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

impl Gstin {
    /// The 15 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The two-digit code of the State of registration, by which the place of supply is told.
    #[must_use]
    pub fn state_code(&self) -> &str {
        self.0.get(..2).unwrap_or_default()
    }
}

impl FromStr for Gstin {
    type Err = InvalidGstin;

    fn from_str(text: &str) -> Result<Self, InvalidGstin> {
        let (body, check) = text.as_bytes().split_at_checked(14).ok_or(InvalidGstin::Form)?;
        let form_holds = body.iter().enumerate().all(|(place, byte)| match place {
            0 | 1 | 7..=10 => byte.is_ascii_digit(),
            2..=6 | 11 => byte.is_ascii_uppercase(),
            12 => byte.is_ascii_uppercase() || matches!(byte, b'1'..=b'9'),
            _ => *byte == b'Z',
        });
        let &[check] = check else { return Err(InvalidGstin::Form) };
        if !form_holds || value(check).is_none() {
            return Err(InvalidGstin::Form);
        }
        if !text.get(..2).is_some_and(is_state_code) {
            return Err(InvalidGstin::State);
        }
        if check_character(body) != Some(check) {
            return Err(InvalidGstin::CheckCharacter);
        }
        Ok(Self(text.to_owned()))
    }
}

/// Weights 1, 2, 1, 2, ...; each product adds its two base-36 digits.
fn check_character(body: &[u8]) -> Option<u8> {
    let mut sum = 0;
    for (byte, weight) in body.iter().zip([1, 2].into_iter().cycle()) {
        let product = value(*byte)? * weight;
        sum += product / 36 + product % 36;
    }
    CHARACTERS.get((36 - sum % 36) % 36).copied()
}

fn value(byte: u8) -> Option<usize> {
    CHARACTERS.iter().position(|character| *character == byte)
}

fn is_state_code(code: &str) -> bool {
    matches!(code.parse(), Ok(1..=24 | 26 | 27 | 29..=38 | 97))
}

impl TryFrom<String> for Gstin {
    type Error = InvalidGstin;

    fn try_from(text: String) -> Result<Self, InvalidGstin> {
        text.parse()
    }
}

impl From<Gstin> for String {
    fn from(gstin: Gstin) -> Self {
        gstin.0
    }
}

impl fmt::Display for Gstin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_numbers_are_taken() {
        for good in [
            "27AAPFU0939F1ZV",
            "36AAACM5678N1ZU",
            "27AABCF4321K1ZR",
            "36AABCF4321K1ZS",
            "07AAACK9876L1ZT",
            "29AAACK9876L1ZN",
        ] {
            assert_eq!(good.parse::<Gstin>().unwrap().state_code(), &good[..2]);
        }
    }

    #[test]
    fn a_mistyped_number_is_told_by_its_check_character() {
        assert_eq!("29AAACK9876L1ZM".parse::<Gstin>(), Err(InvalidGstin::CheckCharacter));
        assert_eq!("29AAACK9867L1ZN".parse::<Gstin>(), Err(InvalidGstin::CheckCharacter));
    }

    #[test]
    fn other_texts_are_refused() {
        for bad in
            ["", "29AAACK9876L1Z", "29AAACK9876L1ZNN", "29aaack9876l1zn", "29AAACK9876L0ZN", "२९AAACK9"]
        {
            assert_eq!(bad.parse::<Gstin>(), Err(InvalidGstin::Form), "{bad}");
        }
        assert_eq!("99AAACK9876L1ZN".parse::<Gstin>(), Err(InvalidGstin::State));
    }
}
