//! Which accounts a customer has at which FIP.

use mpp_core::FiType;
use serde::{Deserialize, Serialize};

use super::person::Person;

/// The FIPs of the sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Institution {
    /// A bank with the salary account and a term deposit.
    Sahyadri,
    /// A bank with a second savings account and a recurring deposit.
    Narmada,
    /// A fund house with mutual funds.
    DeccanFunds,
    /// An insurer with life policies.
    GodavariLife,
}

impl Institution {
    /// Every FIP.
    pub const ALL: [Self; 4] = [Self::Sahyadri, Self::Narmada, Self::DeccanFunds, Self::GodavariLife];

    /// The name in the Central Registry.
    #[must_use]
    pub const fn entity_id(self) -> &'static str {
        match self {
            Self::Sahyadri => "SAHYADRI_FIP",
            Self::Narmada => "NARMADA_FIP",
            Self::DeccanFunds => "DECCAN_FUNDS_FIP",
            Self::GodavariLife => "GODAVARI_LIFE_FIP",
        }
    }

    /// The FIP of that name.
    #[must_use]
    pub fn from_entity_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|institution| institution.entity_id() == id)
    }

    /// The name a customer reads.
    #[must_use]
    pub const fn display_name(self) -> &'static str {
        match self {
            Self::Sahyadri => "Sahyadri Bank",
            Self::Narmada => "Narmada Bank",
            Self::DeccanFunds => "Deccan Mutual Fund",
            Self::GodavariLife => "Godavari Life Insurance",
        }
    }

    /// The kinds of financial information held there.
    #[must_use]
    pub const fn fi_types(self) -> &'static [FiType] {
        match self {
            Self::Sahyadri => &[FiType::Deposit, FiType::TermDeposit],
            Self::Narmada => &[FiType::Deposit, FiType::RecurringDeposit],
            Self::DeccanFunds => &[FiType::MutualFunds],
            Self::GodavariLife => &[FiType::InsurancePolicies, FiType::LifeInsurance],
        }
    }

    /// Four letters that begin account references and IFSC codes.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Sahyadri => "SAHY",
            Self::Narmada => "NARM",
            Self::DeccanFunds => "DECC",
            Self::GodavariLife => "GODA",
        }
    }
}

/// What ReBIT calls `accType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum AccountType {
    /// A savings account.
    Savings,
    /// Anything that is not a running account.
    Default,
}

/// One account of one customer at one FIP.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) institution: Institution,
    pub(crate) fi_type: FiType,
    pub(crate) account_type: AccountType,
    /// The FIP's own name of the account (`accRefNumber`).
    pub(crate) reference: String,
    /// The number as it may be shown.
    pub(crate) masked: String,
    /// The last four digits.
    pub(crate) tail: String,
}

/// The accounts `person` has at `institution`, one of each kind held there.
pub(crate) fn accounts_of(person: &Person, institution: Institution) -> Vec<Account> {
    institution.fi_types().iter().map(|fi_type| account(person, institution, *fi_type)).collect()
}

fn account(person: &Person, institution: Institution, fi_type: FiType) -> Account {
    let kind = kind_code(fi_type);
    let mut dice = person.dice(&format!("account {} {kind}", institution.entity_id()));
    let tail = dice.digits(4);
    let owner = dice.digits(8);
    let account_type = if fi_type == FiType::Deposit { AccountType::Savings } else { AccountType::Default };
    Account {
        institution,
        fi_type,
        account_type,
        reference: format!("{}-{kind}-{owner}{tail}", institution.code()),
        masked: format!("XXXXXXXX{tail}"),
        tail,
    }
}

const fn kind_code(fi_type: FiType) -> &'static str {
    match fi_type {
        FiType::Deposit => "SB",
        FiType::TermDeposit => "TD",
        FiType::RecurringDeposit => "RD",
        FiType::MutualFunds => "MF",
        FiType::InsurancePolicies => "IN",
        FiType::LifeInsurance => "LI",
        _ => "OT",
    }
}
