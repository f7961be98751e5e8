//! The two sides of a bill.

use mpp_core::Gstin;
use serde::{Deserialize, Serialize};

use crate::StateCode;

/// How supplies to a party are taxed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PartyStanding {
    /// As everybody.
    Regular,
    /// A unit or developer of a special economic zone, supplied with payment of integrated tax.
    ZoneWithTax,
    /// The same, supplied under a letter of undertaking without tax.
    ZoneUnderLut,
}

/// A supplier or recipient as it stands on the bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "PartyForm", into = "PartyForm")]
pub struct Party {
    form: PartyForm,
    state: StateCode,
}

/// A party as written, not yet checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PartyForm {
    /// The registered name.
    pub name: String,
    /// The address, line by line.
    pub address: Vec<String>,
    /// The registration.
    pub gstin: Gstin,
    /// How supplies to it are taxed.
    pub standing: PartyStanding,
}

/// Why a party cannot stand on a bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidParty {
    /// The name is blank, longer than 200 characters or has control characters.
    #[error("a name has 1 to 200 characters and no control characters")]
    Name,
    /// Not 1 to 6 address lines of 1 to 200 characters.
    #[error("an address has 1 to 6 lines of 1 to 200 characters")]
    Address,
    /// The registration names no State of today.
    #[error("the GSTIN's State exists no more")]
    State,
}

impl InvalidParty {
    /// The same form will always be refused.
    #[must_use]
    pub const fn persistence(&self) -> mpp_core::Persistence {
        mpp_core::Persistence::Permanent
    }
}

impl Party {
    /// The registered name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.form.name
    }

    /// The address, line by line.
    #[must_use]
    pub fn address(&self) -> &[String] {
        &self.form.address
    }

    /// The registration.
    #[must_use]
    pub const fn gstin(&self) -> &Gstin {
        &self.form.gstin
    }

    /// The State of registration.
    #[must_use]
    pub const fn state(&self) -> StateCode {
        self.state
    }

    /// How supplies to it are taxed.
    #[must_use]
    pub const fn standing(&self) -> PartyStanding {
        self.form.standing
    }
}

/// Whether a text can stand in one line of a bill.
pub(crate) fn is_line(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= 200 && !text.chars().any(char::is_control)
}

impl TryFrom<PartyForm> for Party {
    type Error = InvalidParty;

    fn try_from(form: PartyForm) -> Result<Self, InvalidParty> {
        if !is_line(&form.name) {
            return Err(InvalidParty::Name);
        }
        if !(1..=6).contains(&form.address.len()) || !form.address.iter().all(|line| is_line(line)) {
            return Err(InvalidParty::Address);
        }
        let state = StateCode::of(&form.gstin).map_err(|_| InvalidParty::State)?;
        Ok(Self { form, state })
    }
}

impl From<Party> for PartyForm {
    fn from(party: Party) -> Self {
        party.form
    }
}
