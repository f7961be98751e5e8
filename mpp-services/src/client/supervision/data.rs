//! Received documents as a list, and reading one: masked, or unmasked with a reason.

use mpp_core::{CaseRef, ConsentId, DataItemId, Sha256Digest, Source, StaffId, Timestamp};
use mpp_store::{Cursor, IndexValue, ListOrder, ListQuery, Page, Record, RecordReaderExt, Versioned};
use serde_json::Value;

use super::masking::mask;
use crate::client::reading::{NormalisedDocument, ReadForm, Reader};
use crate::client::records::{ItemRecord, ItemState, index};
use crate::client::{ClientError, ClientService};

/// How long a reason has to be, and may be, in characters.
const REASONS: std::ops::RangeInclusive<usize> = 8..=500;

/// A document in a list.
#[derive(Clone, PartialEq, Eq)]
pub struct DocumentRow {
    /// The document.
    pub item: DataItemId,
    /// The case it belongs to.
    pub case_ref: CaseRef,
    /// The consent it came under.
    pub consent: ConsentId,
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
    /// One page of documents, the newest first; of one state when it is named.
    ///
    /// # Errors
    /// When the cursor is not one of this list, or the store does not answer.
    pub async fn documents_received(
        &self,
        status: Option<&str>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<DocumentRow>, ClientError> {
        let mut query =
            ListQuery::of(ItemRecord::KIND).in_order(ListOrder::NewestFirst).after(after).limit(limit);
        query.index = status.map(|status| (index::STATUS, IndexValue::new(status)));
        let page: Page<Versioned<ItemRecord>> = self.store().page(query).await?;
        page.try_map(|read| self.document_row(read.record))
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
        let (case_ref, status) = (record.case_ref.clone(), record.state.name());
        let item = self.item_view(record)?;
        Ok(DocumentRow {
            item: item.id,
            case_ref,
            consent: item.consent,
            source: item.source,
            label: item.label,
            content_type: item.content_type,
            sha256: item.sha256,
            size_bytes: item.size_bytes,
            received_at: item.received_at,
            purge_by: item.purge_by,
            status,
            purged,
        })
    }
}
