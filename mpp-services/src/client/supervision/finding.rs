//! Finding a case by what people have in hand: a reference, or the identifier of anything that belongs to it.

use mpp_core::{CaseRef, ConsentId, ConsentRequestId, DataItemId, ParcelId};
use mpp_store::{IndexValue, RecordReaderExt};

use super::CaseRow;
use crate::client::records::{CaseRecord, CollectionRecord, ConsentRecord, ItemRecord, index};
use crate::client::{ClientError, ClientService};

/// A case that was found, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundCase {
    /// What the text names.
    pub by: FoundBy,
    /// The case it belongs to.
    pub case: CaseRow,
}

/// By what a case was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundBy {
    /// Its own reference.
    Reference,
    /// The consent request.
    Request,
    /// A consent.
    Consent,
    /// A document.
    Document,
    /// A parcel.
    Parcel,
}

impl ClientService {
    /// The case of whatever `text` names. A reference that has the form of an identifier is found too.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn find_case(&self, text: &str) -> Result<Option<FoundCase>, ClientError> {
        let text = text.trim();
        let named = match self.named_by_id(text).await? {
            Some(named) => Some(named),
            None => text.parse::<CaseRef>().ok().map(|case_ref| (FoundBy::Reference, case_ref)),
        };
        let Some((by, case_ref)) = named else { return Ok(None) };
        let found = self.store().get::<CaseRecord>(&CaseRecord::key_of(&case_ref)).await?;
        Ok(found.map(|read| FoundCase { by, case: CaseRow::of(read.record) }))
    }

    /// Of which case something is: every identifier has the same form.
    async fn named_by_id(&self, text: &str) -> Result<Option<(FoundBy, CaseRef)>, ClientError> {
        let Ok(request) = text.parse::<ConsentRequestId>() else { return Ok(None) };
        let value = IndexValue::new(request);
        if let Some(read) = self.store().first_by_index::<CaseRecord>(index::REQUEST, value).await? {
            return Ok(Some((FoundBy::Request, read.record.case_ref)));
        }
        if let Ok(consent) = text.parse::<ConsentId>()
            && let Some(read) = self.store().get::<ConsentRecord>(&ConsentRecord::key_of(consent)).await?
        {
            return Ok(Some((FoundBy::Consent, read.record.case_ref)));
        }
        // of a consent central tells by itself only when it changes; what came under it names it before
        let value = IndexValue::new(request);
        let came = self.store().by_index::<CollectionRecord>(index::CONSENT, value, None, 1).await?;
        if let Some(read) = came.items.into_iter().next() {
            return Ok(Some((FoundBy::Consent, read.record.case_ref)));
        }
        if let Ok(item) = text.parse::<DataItemId>()
            && let Some(read) = self.store().get::<ItemRecord>(&ItemRecord::key_of(item)).await?
        {
            return Ok(Some((FoundBy::Document, read.record.case_ref)));
        }
        if let Ok(parcel) = text.parse::<ParcelId>()
            && let Some(read) =
                self.store().get::<CollectionRecord>(&CollectionRecord::key_of(parcel)).await?
        {
            return Ok(Some((FoundBy::Parcel, read.record.case_ref)));
        }
        Ok(None)
    }
}
