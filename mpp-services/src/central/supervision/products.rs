//! The names of products, for lists that know them by their identifiers.

use mpp_core::{PartnerId, ProductId, ProductVersion, Source, Timestamp};
use mpp_store::{Cursor, ListOrder, Page, RecordReaderExt};

use crate::central::records::{ProductHeadRecord, ProductRecord};
use crate::central::{CentralError, CentralService};

/// A product that a partner has published, as its newest version is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedProduct {
    /// The product.
    pub id: ProductId,
    /// Whose.
    pub partner: PartnerId,
    /// Its name.
    pub name: String,
    /// The newest version.
    pub newest: ProductVersion,
    /// The sources that version asks for.
    pub sources: Vec<Source>,
    /// Since when nobody is asked for it any more.
    pub retired_at: Option<Timestamp>,
}

impl CentralService {
    /// One page of the products of all partners, in the order they were published first.
    ///
    /// # Errors
    /// When the cursor is not one of this list, or the store does not answer.
    pub async fn published_products(
        &self,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<PublishedProduct>, CentralError> {
        let heads = self.store().all::<ProductHeadRecord>(ListOrder::OldestFirst, after, limit).await?;
        let keys: Vec<_> = heads
            .items
            .iter()
            .map(|read| ProductRecord::key_of(read.record.id, read.record.newest))
            .collect();
        let found = self.store().get_many::<ProductRecord>(&keys).await?;
        let named = heads.items.into_iter().zip(found).filter_map(|(head, version)| {
            let head = head.record;
            let product = version?.record.product;
            Some(PublishedProduct {
                id: head.id,
                partner: head.partner,
                name: product.name,
                newest: head.newest,
                sources: product.items.into_iter().map(|item| item.source).collect(),
                retired_at: head.retired_at,
            })
        });
        Ok(Page { items: named.collect(), next: heads.next })
    }
}
