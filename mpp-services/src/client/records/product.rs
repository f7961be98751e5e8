//! Product versions.

use mpp_core::{Product, ProductId, ProductVersion, StaffId, Timestamp};
use mpp_store::{IndexEntry, Record, RecordKey, RecordKind};
use serde::{Deserialize, Serialize};

use super::index;

/// One version of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::client) struct ProductRecord {
    pub(in crate::client) product: Product,
    /// When central took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::client) published_at: Option<Timestamp>,
}

impl ProductRecord {
    pub(in crate::client) fn key_of(product: ProductId, version: ProductVersion) -> RecordKey {
        RecordKey::new(format_args!("{product}/{version}"))
    }
}

impl Record for ProductRecord {
    const KIND: RecordKind = RecordKind::new("client-product");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.product.id, self.product.version)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        vec![IndexEntry::shared(index::PRODUCT, self.product.id)]
    }
}

/// A product that somebody proposed to retire and nobody else has agreed to yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::client) struct RetirementRecord {
    pub(in crate::client) product: ProductId,
    pub(in crate::client) proposed_by: StaffId,
    pub(in crate::client) proposed_at: Timestamp,
}

impl RetirementRecord {
    pub(in crate::client) fn key_of(product: ProductId) -> RecordKey {
        RecordKey::new(product)
    }
}

impl Record for RetirementRecord {
    const KIND: RecordKind = RecordKind::new("client-retirement");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.product)
    }
}
