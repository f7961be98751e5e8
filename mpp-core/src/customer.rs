//! Who the customer is: mobile number, Virtual User Address and the particulars a bureau matches by.
//! All are personal data: `Debug` shows masks only and nothing here implements `Display`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An Indian mobile number: ten digits, the first 6 to 9, without country code.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct MobileNumber(String);

/// The text is not a ten-digit Indian mobile number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a ten-digit Indian mobile number")]
pub struct InvalidMobileNumber;

impl MobileNumber {
    /// The ten digits.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// The number with all but the last three digits hidden, as `XXXXXXX001`.
    #[must_use]
    pub fn masked(&self) -> String {
        mask(&self.0, 3)
    }
}

impl FromStr for MobileNumber {
    type Err = InvalidMobileNumber;

    fn from_str(text: &str) -> Result<Self, InvalidMobileNumber> {
        let starts_well = text.starts_with(['6', '7', '8', '9']);
        if text.len() == 10 && starts_well && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidMobileNumber)
        }
    }
}

impl TryFrom<String> for MobileNumber {
    type Error = InvalidMobileNumber;

    fn try_from(text: String) -> Result<Self, InvalidMobileNumber> {
        text.parse()
    }
}

impl From<MobileNumber> for String {
    fn from(mobile: MobileNumber) -> Self {
        mobile.0
    }
}

impl fmt::Debug for MobileNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MobileNumber({})", self.masked())
    }
}

/// A Virtual User Address at an Account Aggregator, `local@handle`; the handle is compared without case.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct Vua {
    local: String,
    handle: String,
}

/// The text is not a Virtual User Address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a Virtual User Address of the form local@handle")]
pub struct InvalidVua;

impl Vua {
    /// The address a customer new to the Account Aggregator has: the mobile number at its handle.
    ///
    /// # Errors
    /// When `handle` is not a valid handle.
    pub fn from_mobile(mobile: &MobileNumber, handle: &str) -> Result<Self, InvalidVua> {
        format!("{}@{handle}", mobile.digits()).parse()
    }

    /// The whole address, for the wire.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}@{}", self.local, self.handle)
    }

    /// The Account Aggregator's handle, in lower case.
    #[must_use]
    pub fn handle(&self) -> &str {
        &self.handle
    }

    /// The mobile number, where the local part is one.
    #[must_use]
    pub fn mobile(&self) -> Option<MobileNumber> {
        self.local.parse().ok()
    }

    /// The address with all but the last three characters of the local part hidden.
    #[must_use]
    pub fn masked(&self) -> String {
        format!("{}@{}", mask(&self.local, 3), self.handle)
    }
}

impl FromStr for Vua {
    type Err = InvalidVua;

    fn from_str(text: &str) -> Result<Self, InvalidVua> {
        let (local, handle) = text.split_once('@').ok_or(InvalidVua)?;
        let local_holds = (1..=64).contains(&local.len())
            && local.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
        let handle_holds = (1..=64).contains(&handle.len())
            && handle.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if local_holds && handle_holds {
            Ok(Self { local: local.to_owned(), handle: handle.to_ascii_lowercase() })
        } else {
            Err(InvalidVua)
        }
    }
}

impl TryFrom<String> for Vua {
    type Error = InvalidVua;

    fn try_from(text: String) -> Result<Self, InvalidVua> {
        text.parse()
    }
}

impl From<Vua> for String {
    fn from(vua: Vua) -> Self {
        vua.address()
    }
}

impl fmt::Debug for Vua {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vua({})", self.masked())
    }
}

/// A permanent account number (PAN) of the income-tax department: five letters, four digits, one letter.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct Pan(String);

/// The text is not a PAN.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a PAN of five letters, four digits and one letter")]
pub struct InvalidPan;

impl Pan {
    /// The ten characters, in upper case.
    #[must_use]
    pub fn characters(&self) -> &str {
        &self.0
    }
}

impl FromStr for Pan {
    type Err = InvalidPan;

    fn from_str(text: &str) -> Result<Self, InvalidPan> {
        let holds = text.len() == 10
            && text.bytes().enumerate().all(|(at, byte)| match at {
                5..=8 => byte.is_ascii_digit(),
                _ => byte.is_ascii_alphabetic(),
            });
        if holds { Ok(Self(text.to_ascii_uppercase())) } else { Err(InvalidPan) }
    }
}

impl TryFrom<String> for Pan {
    type Error = InvalidPan;

    fn try_from(text: String) -> Result<Self, InvalidPan> {
        text.parse()
    }
}

impl From<Pan> for String {
    fn from(pan: Pan) -> Self {
        pan.0
    }
}

impl fmt::Debug for Pan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pan(XXXXXXXXXX)")
    }
}

/// What a partner tells about its customer so that sources can find the right person
/// (other-sources.md §1.2: name, date of birth, and PAN or mobile).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CustomerParticulars {
    /// The customer's mobile number.
    pub mobile: MobileNumber,
    /// The customer's address at the Account Aggregator, when the partner knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vua: Option<Vua>,
    /// Full name as in the customer's documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Date of birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Day>"))]
    pub date_of_birth: Option<jiff::civil::Date>,
    /// Permanent account number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pan: Option<Pan>,
    /// Postal code of the customer's address, six digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pincode: Option<String>,
}

impl fmt::Debug for CustomerParticulars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CustomerParticulars").field("mobile", &self.mobile).finish_non_exhaustive()
    }
}

fn mask(text: &str, shown: usize) -> String {
    let hidden = text.chars().count().saturating_sub(shown);
    text.chars().enumerate().map(|(at, character)| if at < hidden { 'X' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_never_shows_the_person() {
        let particulars = CustomerParticulars {
            mobile: "9000000001".parse().unwrap(),
            vua: Some("9000000001@onemoney".parse().unwrap()),
            name: Some("Asha Kulkarni".into()),
            date_of_birth: Some(jiff::civil::date(1990, 5, 14)),
            pan: Some("ABCPK1234D".parse().unwrap()),
            pincode: Some("411001".into()),
        };
        let shown = format!("{particulars:?} {:?} {:?}", particulars.vua, particulars.pan);
        for canary in ["9000000001", "Asha", "1990", "ABCPK1234D", "411001"] {
            assert!(!shown.contains(canary), "{shown}");
        }
    }

    #[test]
    fn mobile_numbers_are_ten_digits_without_country_code() {
        assert!("9000000001".parse::<MobileNumber>().is_ok());
        for bad in ["+919000000001", "5000000001", "900000000", "90000 0000", "९०००००००००१"]
        {
            assert_eq!(bad.parse::<MobileNumber>(), Err(InvalidMobileNumber), "{bad}");
        }
    }

    #[test]
    fn vua_handles_compare_without_case() {
        let upper: Vua = "asha.k@OneMoney".parse().unwrap();
        assert_eq!(upper, "asha.k@onemoney".parse().unwrap());
        assert_eq!(upper.masked(), "XXXa.k@onemoney");
        for bad in ["", "@onemoney", "asha", "a b@c", "a@b@c"] {
            assert_eq!(bad.parse::<Vua>(), Err(InvalidVua), "{bad}");
        }
    }

    #[test]
    fn pan_is_taken_in_lower_case_and_kept_in_upper() {
        assert_eq!("abcpk1234d".parse::<Pan>().unwrap().characters(), "ABCPK1234D");
        assert!("ABCP11234D".parse::<Pan>().is_err());
    }
}
