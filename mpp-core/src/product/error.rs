//! Why a product cannot be offered or approved.

use crate::{FairUseViolation, Fault, InvalidConsentParameters, InvalidTransition, Persistence, Source};

/// Why a product cannot be offered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidProduct {
    /// There is nothing to ask for.
    #[error("a product needs at least one item")]
    NoItem,
    /// Two items have the same source.
    #[error("{0} occurs twice")]
    SourceTwice(Source),
    /// The item does not say what data it asks for.
    #[error("the item for {0} needs a title and at least one data item")]
    NoDataItem(Source),
    /// Kind, source and kinds of financial information do not fit together.
    #[error(
        "financial information comes from the account aggregator and names its types; {0} does otherwise"
    )]
    KindAgainstSource(Source),
    /// The item's terms contradict each other.
    #[error("the terms for {source_of} do not hold")]
    Terms {
        /// The item.
        source_of: Source,
        /// What is wrong.
        #[source]
        reason: InvalidConsentParameters,
    },
    /// The item's terms go beyond the network's bounds.
    #[error("the terms for the account aggregator go beyond fair use")]
    FairUse(#[source] FairUseViolation),
    /// The notice lacks a part or the English text.
    #[error("the notice must exist in English and every text must have all its parts")]
    NoticeIncomplete,
    /// The product has no name.
    #[error("a product needs a name")]
    NoName,
}

impl InvalidProduct {
    /// The stable code for clients.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoItem => "product_without_item",
            Self::SourceTwice(_) => "product_source_twice",
            Self::NoDataItem(_) => "product_item_without_data",
            Self::KindAgainstSource(_) => "product_kind_against_source",
            Self::Terms { .. } => "product_terms_invalid",
            Self::FairUse(violation) => violation.code(),
            Self::NoticeIncomplete => "product_notice_incomplete",
            Self::NoName => "product_without_name",
        }
    }

    /// The same product will always be refused.
    #[must_use]
    pub const fn persistence(&self) -> Persistence {
        Persistence::Permanent
    }

    /// The caller's product is at fault.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        Fault::Caller
    }
}

/// Why a product version was not approved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalError {
    /// The version is not a draft.
    #[error(transparent)]
    Transition(#[from] InvalidTransition),
    /// Author and approver are the same person.
    #[error("whoever wrote a product version cannot approve it")]
    OwnWork,
    /// The version cannot be offered.
    #[error(transparent)]
    Product(#[from] InvalidProduct),
}

impl ApprovalError {
    /// The stable code for clients.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Transition(error) => error.code(),
            Self::OwnWork => "approval_of_own_work",
            Self::Product(error) => error.code(),
        }
    }

    /// The same approval will always be refused.
    #[must_use]
    pub const fn persistence(&self) -> Persistence {
        Persistence::Permanent
    }

    /// The caller may not approve, or not this.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        Fault::Caller
    }
}
