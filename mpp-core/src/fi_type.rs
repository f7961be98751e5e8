//! The kinds of financial information the Account Aggregator network knows (fi-schemas.md §2).

use serde::{Deserialize, Serialize};

/// A kind of financial information, spelled as in the ReBIT 2.x enum `FITypes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are the network's own and say it")]
pub enum FiType {
    Deposit,
    #[serde(alias = "TERM-DEPOSIT")]
    TermDeposit,
    #[serde(alias = "RECURRING-DEPOSIT")]
    RecurringDeposit,
    Sip,
    Cp,
    GovtSecurities,
    Equities,
    Bonds,
    Debentures,
    MutualFunds,
    Etf,
    Idr,
    Cis,
    Aif,
    InsurancePolicies,
    Nps,
    Invit,
    Reit,
    #[serde(rename = "GSTR1_3B")]
    Gstr13b,
    LifeInsurance,
    GeneralInsurance,
    Other,
}

impl FiType {
    /// Every kind, in the order of the specification.
    pub const ALL: [Self; 22] = [
        Self::Deposit,
        Self::TermDeposit,
        Self::RecurringDeposit,
        Self::Sip,
        Self::Cp,
        Self::GovtSecurities,
        Self::Equities,
        Self::Bonds,
        Self::Debentures,
        Self::MutualFunds,
        Self::Etf,
        Self::Idr,
        Self::Cis,
        Self::Aif,
        Self::InsurancePolicies,
        Self::Nps,
        Self::Invit,
        Self::Reit,
        Self::Gstr13b,
        Self::LifeInsurance,
        Self::GeneralInsurance,
        Self::Other,
    ];

    /// Whether the kind falls under SEBI, for which fair use allows longer ranges.
    #[must_use]
    pub const fn is_securities(self) -> bool {
        matches!(
            self,
            Self::Sip
                | Self::Equities
                | Self::Bonds
                | Self::Debentures
                | Self::MutualFunds
                | Self::Etf
                | Self::Idr
                | Self::Cis
                | Self::Aif
                | Self::Invit
                | Self::Reit
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_is_rebits() {
        let spelled: Vec<String> =
            FiType::ALL.iter().map(|kind| serde_json::to_string(kind).unwrap()).collect();
        assert_eq!(spelled[1], "\"TERM_DEPOSIT\"");
        assert_eq!(spelled[18], "\"GSTR1_3B\"");
        for (kind, text) in FiType::ALL.iter().zip(&spelled) {
            assert_eq!(serde_json::from_str::<FiType>(text).unwrap(), *kind);
        }
        assert_eq!(serde_json::from_str::<FiType>("\"TERM-DEPOSIT\"").unwrap(), FiType::TermDeposit);
    }
}
