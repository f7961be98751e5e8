//! Received documents as a list, and reading one: masked, or unmasked with a reason.

use jiff::civil::Date;
use mpp_core::{CaseRef, ConsentId, DataItemId, ProductId, Sha256Digest, Source, StaffId, Timestamp};
use mpp_store::{Cursor, IndexName, IndexValue, Page};
use serde_json::Value;

use super::masking::mask;
use crate::client::reading::{NormalisedDocument, ReadForm, Reader};
use crate::client::records::{ItemRecord, ItemSlice, ItemState, LifeEnd, index};
use crate::client::{ClientError, ClientService, SealedBy};
use crate::looking::Walk;

/// How long a reason has to be, and may be, in characters.
const REASONS: std::ops::RangeInclusive<usize> = 8..=500;

/// How many records one call looks at before it answers with what it has.
const MOST_LOOKED_AT: usize = 1_000;

/// Which product's documents are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WantedProduct {
    /// This one's.
    Known(ProductId),
    /// Those whose case was not placed here.
    None,
}

impl WantedProduct {
    const fn id(self) -> Option<ProductId> {
        match self {
            Self::Known(product) => Some(product),
            Self::None => None,
        }
    }
}

/// Which documents are wanted; every part that is there must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocumentSearch {
    /// `held`, `purging` or `purged`.
    pub status: Option<String>,
    /// Those that are here and whose data life ends on this day in India.
    pub ends: Option<Date>,
    /// Those that are here and whose data life has no end.
    pub never_ends: bool,
    /// Those that were purged on this day in India.
    pub purged: Option<Date>,
    /// Those of a product.
    pub product: Option<WantedProduct>,
    /// Those of a source.
    pub source: Option<Source>,
}

impl DocumentSearch {
    /// The index with the fewest of them.
    fn index(&self) -> Option<(IndexName, IndexValue)> {
        let slice = self.slice();
        let by_day = |name, day: Date| {
            let whole = || IndexValue::new(day);
            (name, slice.as_ref().map_or_else(whole, |slice| slice.on(day)))
        };
        match (self.ends, self.purged) {
            (Some(day), _) => Some(by_day(index::LIFE_END, day)),
            (None, Some(day)) => Some(by_day(index::PURGED, day)),
            (None, None) if self.never_ends => Some((index::LIFE_END, LifeEnd::Never.value())),
            (None, None) => self.index_without_day(),
        }
    }

    /// What is being destroyed is soon gone, and the fewest by far; of what is here and what was purged there is much of everything.
    fn index_without_day(&self) -> Option<(IndexName, IndexValue)> {
        let of_product = |product: WantedProduct| (index::PRODUCT, ItemSlice::of_product(product.id()));
        let of_source = |source: &Source| (index::SOURCE, IndexValue::new(source));
        let passing = self.status_index().filter(|_| self.status.as_deref() == Some("purging"));
        let slice = self.slice().map(|slice| (index::SLICE, slice.whole()));
        let part = self.product.map(of_product).or_else(|| self.source.as_ref().map(of_source));
        passing.or(slice).or(part).or_else(|| self.status_index())
    }

    fn status_index(&self) -> Option<(IndexName, IndexValue)> {
        self.status.as_deref().map(|status| (index::STATUS, IndexValue::new(status)))
    }

    fn slice(&self) -> Option<ItemSlice> {
        Some(ItemSlice { product: self.product?.id(), source: self.source.clone()? })
    }

    fn holds(&self, record: &ItemRecord) -> bool {
        let held = record.state == ItemState::Held;
        let ends = record.purge_by.map(Timestamp::day_in_india);
        let purged = match record.state {
            ItemState::Purged { at, .. } => Some(at.day_in_india()),
            ItemState::Held | ItemState::Purging { .. } => None,
        };
        self.status.as_deref().is_none_or(|status| record.state.name() == status)
            && self.ends.is_none_or(|day| held && ends == Some(day))
            && (!self.never_ends || (held && ends.is_none()))
            && self.purged.is_none_or(|day| purged == Some(day))
            && self.product.is_none_or(|product| record.product == product.id())
            && self.source.as_ref().is_none_or(|source| record.source == *source)
    }
}

/// A document in a list.
#[derive(Clone, PartialEq, Eq)]
pub struct DocumentRow {
    /// The document.
    pub item: DataItemId,
    /// The case it belongs to.
    pub case_ref: CaseRef,
    /// The consent it came under.
    pub consent: ConsentId,
    /// For which product; absent where the case was not placed here.
    pub product: Option<ProductId>,
    /// The source.
    pub source: Source,
    /// What account it is about, with most digits hidden; gone with the document.
    pub label: Option<String>,
    /// The media type.
    pub content_type: String,
    /// The digest of the document.
    pub sha256: Sha256Digest,
    /// Its size.
    pub size_bytes: u64,
    /// When it arrived.
    pub received_at: Timestamp,
    /// When it will be purged; absent when it may stay.
    pub purge_by: Option<Timestamp>,
    /// `held`, `purging` or `purged`.
    pub status: &'static str,
    /// Who sealed it; absent where a program of before did not look.
    pub sealed_by: Option<SealedBy>,
    /// When and why it was purged.
    pub purged: Option<(Timestamp, &'static str)>,
}

impl std::fmt::Debug for DocumentRow {
    /// Leaves the account out.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DocumentRow")
            .field("item", &self.item)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl ClientService {
    /// One page of documents, the newest first. Days, states, products and sources are found by index; a state of a product or
    /// source is looked for, so that a page may be empty and still have a next one, when nothing was found among very many. So
    /// is everything but states, while documents of before are brought into the index.
    ///
    /// # Errors
    /// When the cursor is not one of this list, or the store does not answer.
    pub async fn documents_received(
        &self,
        search: &DocumentSearch,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<DocumentRow>, ClientError> {
        let by_day = self.is_every_item_indexed().await?;
        let index = if by_day { search.index() } else { search.status_index() };
        let walk = Walk::<ItemRecord>::newest_first(self.store(), index, (after, limit), MOST_LOOKED_AT);
        let found = walk.gather(|record| search.holds(&record).then_some(record)).await?;
        found.try_map(|record| self.document_row(record))
    }

    /// A document with whatever may be personal masked. The read is written down.
    ///
    /// # Errors
    /// Like [`ClientService::read_normalised`].
    pub async fn read_masked(
        &self,
        staff: &StaffId,
        item: DataItemId,
    ) -> Result<(NormalisedDocument, Value), ClientError> {
        let reader = Reader::Person { staff: staff.clone(), reason: None };
        let read = self.normalised_for(&reader, item, ReadForm::Masked).await?;
        let whole: Value = serde_json::from_str(read.document.get())
            .map_err(|_| crate::client::normalised::NotNormalisable::Malformed)?;
        Ok((read, mask(whole)))
    }

    /// A document as it is, for a reason. Read and reason are written down before the first byte leaves.
    ///
    /// # Errors
    /// Like [`ClientService::read_normalised`]; [`ClientError::Invalid`] without a reason.
    pub async fn read_unmasked(
        &self,
        staff: &StaffId,
        item: DataItemId,
        reason: &str,
    ) -> Result<NormalisedDocument, ClientError> {
        let reason = reason.trim();
        if !REASONS.contains(&reason.chars().count()) {
            return Err(ClientError::Invalid("the reason"));
        }
        let reader = Reader::Person { staff: staff.clone(), reason: Some(reason.to_owned()) };
        self.normalised_for(&reader, item, ReadForm::Normalised).await
    }

    pub(super) fn document_row(&self, record: ItemRecord) -> Result<DocumentRow, ClientError> {
        let purged = match record.state {
            ItemState::Held => None,
            ItemState::Purging { cause, since } => Some((since, cause.name())),
            ItemState::Purged { cause, at } => Some((at, cause.name())),
        };
        let (case_ref, product, status) = (record.case_ref.clone(), record.product, record.state.name());
        let item = self.item_view(record)?;
        Ok(DocumentRow {
            item: item.id,
            case_ref,
            consent: item.consent,
            product,
            source: item.source,
            label: item.label,
            content_type: item.content_type,
            sha256: item.sha256,
            size_bytes: item.size_bytes,
            received_at: item.received_at,
            purge_by: item.purge_by,
            sealed_by: item.sealed_by,
            status,
            purged,
        })
    }
}
