//! Products: versioned consent templates, which take effect when a second person has approved them.
//!
//! | state | approve | retire |
//! | --- | --- | --- |
//! | draft | approved | retired |
//! | approved | - | retired |
//! | retired | - | - |
//!
//! Whoever wrote a version cannot approve it. An approved version never changes: a change is a new version.

mod error;
mod faults;
mod state;
mod terms;

use serde::{Deserialize, Serialize};

use crate::{
    ConsentParameters, InvalidConsentParameters, InvalidTransition, Notice, PartnerId, ProductId, Source,
    SourceKind, StaffId, Timestamp,
};

pub use error::{ApprovalError, InvalidProduct};
pub use faults::ProductFault;
pub use state::ProductState;
pub use terms::ProductTerms;

/// The version of a product, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct ProductVersion(pub u32);

impl ProductVersion {
    /// The first version.
    pub const FIRST: Self = Self(1);

    /// The version after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl std::fmt::Display for ProductVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// One source a product asks for; the customer decides on each item by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProductItem {
    /// From where.
    pub source: Source,
    /// What sort of data.
    pub kind: SourceKind,
    /// The item's title on the consent screen.
    pub title: String,
    /// What data, in words for the customer.
    pub data_items: Vec<String>,
    /// The terms, relative to the time of asking.
    pub terms: ProductTerms,
}

impl ProductItem {
    /// The terms of a consent asked for at `now`.
    ///
    /// # Errors
    /// When the terms contradict each other.
    pub fn parameters(&self, now: Timestamp) -> Result<ConsentParameters, InvalidConsentParameters> {
        self.terms.parameters(now)
    }
}

/// What a product says, before it has a version and an author.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProductContent {
    /// The product's name among the partner's products.
    pub name: String,
    /// What it asks for; each source once.
    pub items: Vec<ProductItem>,
    /// What the customer is told.
    pub notice: Notice,
}

impl ProductContent {
    /// Everything that keeps it from being offered as it stands at `now`.
    #[must_use]
    pub fn faults(&self, now: Timestamp) -> Vec<ProductFault> {
        faults::of(&self.name, &self.items, &self.notice, now)
    }
}

/// One version of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Product {
    /// The product.
    pub id: ProductId,
    /// Whose.
    pub partner: PartnerId,
    /// Which version of it.
    pub version: ProductVersion,
    /// Its name among the partner's products.
    pub name: String,
    /// What it asks for; each source once.
    pub items: Vec<ProductItem>,
    /// What the customer is told.
    pub notice: Notice,
    /// Where the version stands.
    pub state: ProductState,
}

impl Product {
    /// The first version of a new product, as a draft.
    ///
    /// # Errors
    /// When it could not be offered as it stands at `now`.
    pub fn draft(
        id: ProductId,
        partner: PartnerId,
        content: ProductContent,
        author: StaffId,
        now: Timestamp,
    ) -> Result<Self, InvalidProduct> {
        let ProductContent { name, items, notice } = content;
        let state = ProductState::Draft { author };
        let product = Self { id, partner, version: ProductVersion::FIRST, name, items, notice, state };
        product.check(now)?;
        Ok(product)
    }

    /// The next version, as a draft; this version stays as it is.
    ///
    /// # Errors
    /// When it could not be offered as it stands at `now`.
    pub fn revise(
        &self,
        content: ProductContent,
        author: StaffId,
        now: Timestamp,
    ) -> Result<Self, InvalidProduct> {
        let first = Self::draft(self.id, self.partner, content, author, now)?;
        Ok(Self { version: self.version.next(), ..first })
    }

    /// A second person approves the draft.
    ///
    /// # Errors
    /// When it is not a draft, the approver wrote it, or it could not be offered as it stands at `now`.
    pub fn approve(self, approver: StaffId, now: Timestamp) -> Result<Self, ApprovalError> {
        self.check(now)?;
        if self.state.author() == &approver && self.state.is_draft() {
            return Err(ApprovalError::OwnWork);
        }
        Ok(Self { state: self.state.approve(approver, now)?, ..self })
    }

    /// The version is no longer offered.
    ///
    /// # Errors
    /// When it is retired already.
    pub fn retire(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        Ok(Self { state: self.state.retire(now)?, ..self })
    }

    /// Whether the version may be offered as it stands at `now`.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn check(&self, now: Timestamp) -> Result<(), InvalidProduct> {
        let first = faults::of(&self.name, &self.items, &self.notice, now).into_iter().next();
        first.map_or(Ok(()), |fault| Err(fault.reason))
    }
}

#[cfg(test)]
mod tests;
