//! The customer's name at one role: a keyed hash that says "the same person" without saying who.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::InvalidId;

/// A keyed hash of the customer's mobile number, 64 lower-case hexadecimal digits. Each role has its own key,
/// so that two roles cannot join their records by it; `mpp-crypto` computes it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CustomerRef(String);

impl CustomerRef {
    /// The 64 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CustomerRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for CustomerRef {
    /// Shows the first eight digits: enough to follow one customer through a log, too few to look one up.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CustomerRef({}…)", self.0.get(..8).unwrap_or_default())
    }
}

impl FromStr for CustomerRef {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        if crate::sha256::is_digest_text(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidId { kind: "CustomerRef" })
        }
    }
}

impl TryFrom<String> for CustomerRef {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<CustomerRef> for String {
    fn from(customer: CustomerRef) -> Self {
        customer.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mobile_number_is_no_customer_ref() {
        assert!("9000000001".parse::<CustomerRef>().is_err());
        assert!("ab".repeat(32).parse::<CustomerRef>().is_ok());
    }

    #[test]
    fn debug_shows_only_the_beginning() {
        let customer: CustomerRef = "ab".repeat(32).parse().unwrap();
        assert_eq!(format!("{customer:?}"), "CustomerRef(abababab…)");
    }
}
