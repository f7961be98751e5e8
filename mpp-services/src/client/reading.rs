//! What the partner's application reads. Every read is written down before the first byte leaves.

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use mpp_core::{ApiKeyId, ConsentId, DataItemId, Sha256Digest, Source, StaffId, Timestamp, draw};
use mpp_store::{Cursor, ListOrder, Page, Record, RecordReaderExt, Versioned};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::audit::{Action, Actor, Subject};
use super::change::Change;
use super::collection::{LABEL, subject_of};
use super::normalised::{NotNormalisable, normalise_xml};
use super::records::{AccessRecord, ItemRecord};
use super::{Application, ClientError, ClientService, Scope, SealedBy};

/// In which form a document was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadForm {
    /// Its exact bytes.
    Raw,
    /// As normalised JSON.
    Normalised,
    /// As normalised JSON in which whatever may be personal is masked.
    Masked,
}

/// A received document, without its content.
#[derive(Clone, PartialEq, Eq)]
pub struct Item {
    /// The item.
    pub id: DataItemId,
    /// The consent it came under.
    pub consent: ConsentId,
    /// The source.
    pub source: Source,
    /// What account it is about, where the document says so.
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
    /// Who sealed it; absent where a program of before did not look.
    pub sealed_by: Option<SealedBy>,
}

impl std::fmt::Debug for Item {
    /// Leaves the account out.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Item").field("id", &self.id).field("source", &self.source).finish_non_exhaustive()
    }
}

/// A document with its exact bytes as they are read.
pub struct Document {
    /// What it is.
    pub item: Item,
    /// The bytes.
    pub bytes: BoxStream<'static, Result<Bytes, ClientError>>,
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Document").field("item", &self.item).finish_non_exhaustive()
    }
}

/// A document as normalised JSON.
pub struct NormalisedDocument {
    /// What it is.
    pub item: Item,
    /// The content: the mapping of [`super::normalised`] for XML, JSON as it came.
    pub document: Box<RawValue>,
}

impl std::fmt::Debug for NormalisedDocument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NormalisedDocument").field("item", &self.item).finish_non_exhaustive()
    }
}

/// One read of received data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// What was read.
    pub item: DataItemId,
    /// By which application's key, where an application read.
    pub api_key: Option<ApiKeyId>,
    /// By whom, where a person did.
    pub staff: Option<StaffId>,
    /// Why, where the person had to say so.
    pub reason: Option<String>,
    /// In which form.
    pub form: ReadForm,
    /// When.
    pub at: Timestamp,
}

/// The sealed field of an access that says why.
pub(super) const REASON: &str = "reason";

/// Who reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reader {
    /// A partner application.
    Application(ApiKeyId),
    /// A member of staff, and why where that has to be said.
    Person {
        /// The account.
        staff: StaffId,
        /// Why.
        reason: Option<String>,
    },
}

impl ClientService {
    /// A document's exact bytes.
    ///
    /// # Errors
    /// [`ClientError::ScopeMissing`], [`ClientError::NotFound`], [`ClientError::DataGone`] once it is purged, its data
    /// life has ended or its consent is withdrawn.
    pub async fn read_raw(
        &self,
        application: &Application,
        item: DataItemId,
    ) -> Result<Document, ClientError> {
        application.require(Scope::Data)?;
        let record = self.begin_read(&Reader::Application(application.key()), item, ReadForm::Raw).await?;
        let bytes = self.documents.read(record.storage, record.size_bytes).await?;
        Ok(Document { item: self.item_view(record)?, bytes })
    }

    /// A document as normalised JSON.
    ///
    /// # Errors
    /// Like [`ClientService::read_raw`], and [`ClientError::NotNormalisable`].
    pub async fn read_normalised(
        &self,
        application: &Application,
        item: DataItemId,
    ) -> Result<NormalisedDocument, ClientError> {
        application.require(Scope::Data)?;
        self.normalised_for(&Reader::Application(application.key()), item, ReadForm::Normalised).await
    }

    /// A document as normalised JSON, for whoever may read it; the read is written down first.
    pub(super) async fn normalised_for(
        &self,
        reader: &Reader,
        item: DataItemId,
        form: ReadForm,
    ) -> Result<NormalisedDocument, ClientError> {
        let record = self.begin_read(reader, item, form).await?;
        let text = DocumentForm::of(&record.content_type)?;
        let whole = self.whole(&record).await?;
        Ok(NormalisedDocument { item: self.item_view(record)?, document: text.normalise(&whole)? })
    }

    /// One page of the reads, oldest first.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn accesses(&self, after: Option<Cursor>, limit: u32) -> Result<Page<Access>, ClientError> {
        let page = self.store().all::<AccessRecord>(ListOrder::OldestFirst, after, limit).await?;
        page.try_map(|read| self.access_view(read.record))
    }

    fn access_view(&self, record: AccessRecord) -> Result<Access, ClientError> {
        let reason = match &record.reason {
            Some(sealed) => Some(self.open::<AccessRecord, String>(&record.key(), REASON, sealed)?),
            None => None,
        };
        Ok(Access {
            item: record.item,
            api_key: record.api_key,
            staff: record.staff,
            reason,
            form: record.form,
            at: record.at,
        })
    }

    pub(super) fn item_view(&self, record: ItemRecord) -> Result<Item, ClientError> {
        let key = ItemRecord::key_of(record.item);
        let label = match &record.label {
            Some(sealed) => Some(self.open::<ItemRecord, String>(&key, LABEL, sealed)?),
            None => None,
        };
        Ok(Item {
            id: record.item,
            consent: record.consent,
            source: record.source,
            label,
            content_type: record.content_type,
            sha256: record.sha256,
            size_bytes: record.size_bytes,
            received_at: record.received_at,
            purge_by: record.purge_by,
            sealed_by: record.origin.as_ref().map(SealedBy::from),
        })
    }

    /// A document that may be read, with the read written down. A read that meets a withdrawal is refused and leaves nothing.
    async fn begin_read(
        &self,
        reader: &Reader,
        item: DataItemId,
        form: ReadForm,
    ) -> Result<ItemRecord, ClientError> {
        self.until_settled(|| self.try_begin_read(reader, item, form)).await
    }

    async fn try_begin_read(
        &self,
        reader: &Reader,
        item: DataItemId,
        form: ReadForm,
    ) -> Result<ItemRecord, ClientError> {
        let read = self.readable(item).await?;
        match form {
            ReadForm::Raw => {}
            ReadForm::Normalised | ReadForm::Masked => self.check_normalisable(&read.record)?,
        }
        self.log_read(reader, &read, form).await?;
        Ok(read.record)
    }

    async fn readable(&self, item: DataItemId) -> Result<Versioned<ItemRecord>, ClientError> {
        let found = self.store().get::<ItemRecord>(&ItemRecord::key_of(item)).await?;
        let read = found.ok_or(ClientError::NotFound)?;
        if read.record.is_readable(self.now()) { Ok(read) } else { Err(ClientError::DataGone) }
    }

    fn check_normalisable(&self, record: &ItemRecord) -> Result<(), NotNormalisable> {
        DocumentForm::of(&record.content_type)?;
        if record.size_bytes > self.settings().largest_normalised_bytes {
            return Err(NotNormalisable::TooLarge);
        }
        Ok(())
    }

    /// Writes the read down, as long as the document is as it was looked at.
    async fn log_read(
        &self,
        reader: &Reader,
        read: &Versioned<ItemRecord>,
        form: ReadForm,
    ) -> Result<(), ClientError> {
        let record = &read.record;
        let mut change = Change::new(self);
        change.rests_on(&record.key(), Some(read));
        let id = Sha256Digest::from_bytes(draw::<32>(self.entropy())).to_string();
        let mut access = AccessRecord {
            id,
            item: record.item,
            api_key: None,
            staff: None,
            reason: None,
            form,
            at: change.now(),
        };
        let actor = match reader {
            Reader::Application(key) => {
                access.api_key = Some(*key);
                Actor::Application(*key)
            }
            Reader::Person { staff, reason } => {
                access.staff = Some(staff.clone());
                access.reason = match reason {
                    Some(reason) => Some(self.seal::<AccessRecord>(&access.key(), REASON, reason)?),
                    None => None,
                };
                Actor::Staff(staff.clone())
            }
        };
        change.insert(&access);
        let subject = Subject { evidence: Some(record.sha256), ..subject_of(record) };
        change.audit(Action::ItemRead, &actor, &subject);
        change.commit().await
    }

    async fn whole(&self, record: &ItemRecord) -> Result<Zeroizing<Vec<u8>>, ClientError> {
        let size = usize::try_from(record.size_bytes).map_err(|_| NotNormalisable::TooLarge)?;
        let mut whole = Zeroizing::new(Vec::with_capacity(size));
        let mut bytes = self.documents.read(record.storage, record.size_bytes).await?.fuse();
        while let Some(chunk) = bytes.try_next().await? {
            whole.extend_from_slice(&chunk);
        }
        Ok(whole)
    }
}

/// What sort of text a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DocumentForm {
    Xml,
    Json,
}

impl DocumentForm {
    fn of(content_type: &str) -> Result<Self, NotNormalisable> {
        let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if matches!(essence.as_str(), "application/xml" | "text/xml") || essence.ends_with("+xml") {
            Ok(Self::Xml)
        } else if essence == "application/json" || essence.ends_with("+json") {
            Ok(Self::Json)
        } else {
            Err(NotNormalisable::MediaType)
        }
    }

    fn normalise(self, document: &[u8]) -> Result<Box<RawValue>, NotNormalisable> {
        match self {
            Self::Xml => {
                let value = normalise_xml(document)?;
                serde_json::value::to_raw_value(&value).map_err(|_| NotNormalisable::Malformed)
            }
            Self::Json => {
                let text = std::str::from_utf8(document).map_err(|_| NotNormalisable::Encoding)?;
                let text = text.strip_prefix('\u{feff}').unwrap_or(text);
                serde_json::from_str(text).map_err(|_| NotNormalisable::Malformed)
            }
        }
    }
}
