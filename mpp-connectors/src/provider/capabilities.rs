//! What a provider can do and needs: declared, so that products can be checked before a customer is asked.

use std::collections::BTreeSet;

use mpp_core::{CustomerParticulars, Span};
use serde::{Deserialize, Serialize};

/// A particular of the customer that a provider matches by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputField {
    /// The mobile number.
    Mobile,
    /// The full name.
    Name,
    /// The date of birth.
    DateOfBirth,
    /// The permanent account number.
    Pan,
    /// The postal code.
    Pincode,
}

impl InputField {
    /// Whether the particulars have it.
    #[must_use]
    pub fn is_given(self, particulars: &CustomerParticulars) -> bool {
        match self {
            Self::Mobile => true,
            Self::Name => particulars.name.as_deref().is_some_and(|name| !name.trim().is_empty()),
            Self::DateOfBirth => particulars.date_of_birth.is_some(),
            Self::Pan => particulars.pan.is_some(),
            Self::Pincode => particulars.pincode.is_some(),
        }
    }

    /// Its name in messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mobile => "mobile",
            Self::Name => "name",
            Self::DateOfBirth => "date of birth",
            Self::Pan => "PAN",
            Self::Pincode => "pincode",
        }
    }
}

/// What an enquiry leaves behind at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnquiryKind {
    /// Nothing others can see.
    Soft,
    /// A mark that other lenders see and that weighs on the customer's score: never repeat one that may have
    /// been accepted.
    Hard,
}

/// Whether a provider may defer its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resumption {
    /// It answers at once or not at all.
    Never,
    /// It may answer [`crate::ProviderOutcome::Pending`].
    Possible,
}

/// What a provider can do and needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// What the document tells, in words for the consent screen.
    pub data_items: Vec<String>,
    /// What must be known of the customer.
    pub required: BTreeSet<InputField>,
    /// What helps to find the customer when it is known.
    pub optional: BTreeSet<InputField>,
    /// What an enquiry leaves behind.
    pub enquiry: EnquiryKind,
    /// Whether the answer may be deferred.
    pub resumption: Resumption,
    /// How long one call may take.
    pub timeout: Span,
}

impl Capabilities {
    /// The first required input these particulars lack.
    #[must_use]
    pub fn missing_input(&self, particulars: &CustomerParticulars) -> Option<InputField> {
        self.required.iter().copied().find(|field| !field.is_given(particulars))
    }
}
