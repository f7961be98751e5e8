//! Where a supply is made and which taxes follow from that.

use std::fmt;

use mpp_core::Gstin;
use serde::{Deserialize, Serialize};

use crate::PartyStanding;

/// A State or Union territory by its two-digit code, written `29`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct StateCode(&'static (&'static str, &'static str));

/// No State or Union territory has the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no State or Union territory has this code")]
pub struct UnknownState;

impl UnknownState {
    /// The same code will always be refused.
    #[must_use]
    pub const fn persistence(&self) -> mpp_core::Persistence {
        mpp_core::Persistence::Permanent
    }
}

/// Codes of the GST system (obligations.md §5).
static STATES: [(&str, &str); 37] = [
    ("01", "Jammu and Kashmir"),
    ("02", "Himachal Pradesh"),
    ("03", "Punjab"),
    ("04", "Chandigarh"),
    ("05", "Uttarakhand"),
    ("06", "Haryana"),
    ("07", "Delhi"),
    ("08", "Rajasthan"),
    ("09", "Uttar Pradesh"),
    ("10", "Bihar"),
    ("11", "Sikkim"),
    ("12", "Arunachal Pradesh"),
    ("13", "Nagaland"),
    ("14", "Manipur"),
    ("15", "Mizoram"),
    ("16", "Tripura"),
    ("17", "Meghalaya"),
    ("18", "Assam"),
    ("19", "West Bengal"),
    ("20", "Jharkhand"),
    ("21", "Odisha"),
    ("22", "Chhattisgarh"),
    ("23", "Madhya Pradesh"),
    ("24", "Gujarat"),
    ("26", "Dadra and Nagar Haveli and Daman and Diu"),
    ("27", "Maharashtra"),
    ("29", "Karnataka"),
    ("30", "Goa"),
    ("31", "Lakshadweep"),
    ("32", "Kerala"),
    ("33", "Tamil Nadu"),
    ("34", "Puducherry"),
    ("35", "Andaman and Nicobar Islands"),
    ("36", "Telangana"),
    ("37", "Andhra Pradesh"),
    ("38", "Ladakh"),
    ("97", "Other Territory"),
];

impl StateCode {
    /// The State of a registration.
    ///
    /// # Errors
    /// For a code that was issued once but names no State today (25, merged into 26).
    pub fn of(gstin: &Gstin) -> Result<Self, UnknownState> {
        Self::from_code(gstin.state_code())
    }

    fn from_code(code: &str) -> Result<Self, UnknownState> {
        let known = STATES.iter().find(|(known, _)| *known == code);
        known.map(Self).ok_or(UnknownState)
    }

    /// The two digits.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.0.0
    }

    /// The name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0.1
    }

    /// Whether it is a territory without a legislature, where UTGST stands in the place of SGST.
    #[must_use]
    pub fn levies_utgst(self) -> bool {
        matches!(self.code(), "04" | "26" | "31" | "35" | "38")
    }
}

impl TryFrom<String> for StateCode {
    type Error = UnknownState;

    fn try_from(code: String) -> Result<Self, UnknownState> {
        Self::from_code(&code)
    }
}

impl From<StateCode> for String {
    fn from(state: StateCode) -> Self {
        state.code().to_owned()
    }
}

impl fmt::Display for StateCode {
    /// As an invoice names the place of supply: `29-Karnataka`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.code(), self.name())
    }
}

/// Which taxes are charged on a supply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Levy {
    /// Within one State: half central, half State tax.
    CentralAndState,
    /// Within one Union territory without a legislature: half central, half territory tax.
    CentralAndTerritory,
    /// Between States: integrated tax.
    Integrated,
    /// To a special economic zone, with payment of integrated tax.
    ZoneWithTax,
    /// To a special economic zone under a letter of undertaking: no tax.
    ZoneUnderLut,
}

impl Levy {
    /// From where to whom; the place of supply is the recipient's State.
    #[must_use]
    pub fn between(supplier: StateCode, recipient: StateCode, standing: PartyStanding) -> Self {
        match standing {
            PartyStanding::ZoneWithTax => Self::ZoneWithTax,
            PartyStanding::ZoneUnderLut => Self::ZoneUnderLut,
            PartyStanding::Regular if supplier != recipient => Self::Integrated,
            PartyStanding::Regular if supplier.levies_utgst() => Self::CentralAndTerritory,
            PartyStanding::Regular => Self::CentralAndState,
        }
    }

    /// What an invoice to a special economic zone must say (Rule 46, first proviso).
    #[must_use]
    pub const fn endorsement(self) -> Option<&'static str> {
        match self {
            Self::CentralAndState | Self::CentralAndTerritory | Self::Integrated => None,
            Self::ZoneWithTax => Some(
                "SUPPLY MEANT FOR SEZ UNIT OR SEZ DEVELOPER FOR AUTHORISED OPERATIONS ON PAYMENT OF INTEGRATED TAX",
            ),
            Self::ZoneUnderLut => Some(
                "SUPPLY MEANT FOR SEZ UNIT OR SEZ DEVELOPER FOR AUTHORISED OPERATIONS UNDER BOND OR LETTER OF UNDERTAKING WITHOUT PAYMENT OF INTEGRATED TAX",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(code: &str) -> StateCode {
        StateCode::from_code(code).unwrap()
    }

    #[test]
    fn the_place_tells_the_taxes() {
        use PartyStanding::{Regular, ZoneUnderLut, ZoneWithTax};
        let levy = |from, to, standing| Levy::between(state(from), state(to), standing);
        assert_eq!(levy("27", "29", Regular), Levy::Integrated);
        assert_eq!(levy("27", "27", Regular), Levy::CentralAndState);
        for territory in ["04", "26", "31", "35", "38"] {
            assert_eq!(levy(territory, territory, Regular), Levy::CentralAndTerritory);
        }
        for state_with_legislature in ["07", "34", "01"] {
            let same = levy(state_with_legislature, state_with_legislature, Regular);
            assert_eq!(same, Levy::CentralAndState);
        }
        assert_eq!(levy("27", "27", ZoneWithTax), Levy::ZoneWithTax);
        assert_eq!(levy("27", "29", ZoneUnderLut), Levy::ZoneUnderLut);
    }

    #[test]
    fn codes_without_a_state_are_refused() {
        for bad in ["00", "25", "28", "39", "96", "99", "1", ""] {
            assert_eq!(StateCode::from_code(bad), Err(UnknownState), "{bad}");
        }
        assert_eq!(state("29").to_string(), "29-Karnataka");
    }
}
