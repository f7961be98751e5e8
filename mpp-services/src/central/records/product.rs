//! Products as partners publish them.

use mpp_core::{PartnerId, Product, ProductId, ProductVersion, Timestamp};
use mpp_store::{IndexEntry, Record, RecordKey, RecordKind};
use serde::{Deserialize, Serialize};

use super::index;

/// One version of a product; never changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::central) struct ProductRecord {
    /// The product in this version.
    pub(in crate::central) product: Product,
}

impl ProductRecord {
    pub(in crate::central) fn key_of(id: ProductId, version: ProductVersion) -> RecordKey {
        RecordKey::new(format_args!("{id}/{version}"))
    }
}

impl Record for ProductRecord {
    const KIND: RecordKind = RecordKind::new("product");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.product.id, self.product.version)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        vec![IndexEntry::shared(index::PARTNER, self.product.partner)]
    }
}

/// Which version of a product counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::central) struct ProductHeadRecord {
    /// The product.
    pub(in crate::central) id: ProductId,
    /// Whose.
    pub(in crate::central) partner: PartnerId,
    /// The newest approved version.
    pub(in crate::central) newest: ProductVersion,
    /// Since when nobody is asked for it any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::central) retired_at: Option<Timestamp>,
}

impl ProductHeadRecord {
    pub(in crate::central) fn key_of(id: ProductId) -> RecordKey {
        RecordKey::new(id)
    }
}

impl Record for ProductHeadRecord {
    const KIND: RecordKind = RecordKind::new("product-head");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.id)
    }
}
