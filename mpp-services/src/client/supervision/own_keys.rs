//! This server's keys, where each is in use and when it was backed up, and where notifications of the application go.

use mpp_core::{ApiKeyId, Kid, StaffId, Timestamp};
use mpp_crypto::jws::CompactJws;
use mpp_store::{IndexValue, ListOrder, ListQuery, MAX_PAGE, Page, Record, RecordReaderExt, Versioned};
use url::Url;

use super::cases::COUNTED_TO;
use crate::client::records::{
    ApiKeyRecord, CollectionRecord, EndpointRecord, IdentityRecord, ItemRecord, KeyBackupRecord, KeyRecord,
    KeyUse, index,
};
use crate::client::rotating::ProposedRotation;
use crate::client::{ClientError, ClientService, Scope};

/// The server's keys and endpoints.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnKeys {
    /// The partner key record in force, signed by central.
    pub key_record: Option<CompactJws>,
    /// The envelope key in force.
    pub envelope_kid: Option<Kid>,
    /// Who enrolled it, and when.
    pub enrolled: Option<(StaffId, Timestamp)>,
    /// Every key this server ever made, oldest first.
    pub keys: Vec<OwnKey>,
    /// How far was counted; a count that is as large may stand for more.
    pub counted_to: u64,
    /// Documents that do not say which key they were sealed to: a program of before took them.
    pub of_unknown_key: u64,
    /// Parcels that central announced and that are not collected yet. Which key they are sealed to is seen when they come.
    pub to_collect: u64,
    /// Whether everything is in the indexes that were counted.
    pub is_complete: bool,
    /// New keys that wait for a second person.
    pub rotation: Option<ProposedRotation>,
    /// Where the application takes notifications, who set that, and when.
    pub endpoint: Option<(Url, StaffId, Timestamp)>,
    /// Keys of applications, oldest first; the revoked ones too, which reads of data still name.
    pub applications: Vec<ApplicationKey>,
}

/// A key of a partner application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationKey {
    /// Its name.
    pub id: ApiKeyId,
    /// For which application, in words.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// Who made it, and when.
    pub made: (StaffId, Timestamp),
    /// Who revoked it, and when.
    pub revoked: Option<(StaffId, Timestamp)>,
}

impl From<ApiKeyRecord> for ApplicationKey {
    fn from(record: ApiKeyRecord) -> Self {
        Self {
            id: record.id,
            name: record.name,
            scopes: record.scopes,
            made: (record.made_by, record.made_at),
            revoked: record.revoked.map(|revoked| (revoked.by, revoked.at)),
        }
    }
}

/// A key of this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnKey {
    /// Its name.
    pub kid: Kid,
    /// `envelope`, `signing` or `webhook`.
    pub used_as: &'static str,
    /// When it was made.
    pub made_at: Timestamp,
    /// How it stands.
    pub standing: KeyStanding,
    /// When central took it, and who enrolled it, where that is known.
    pub enrolled: Option<(StaffId, Timestamp)>,
    /// The signed key record that names it, where it was kept.
    pub key_record: Option<CompactJws>,
    /// When another key took its place, where that is known.
    pub replaced_at: Option<Timestamp>,
    /// When the last backup with it was made.
    pub backed_up_at: Option<Timestamp>,
    /// Of envelope keys: documents on record that were sealed to it, and when the newest came.
    pub documents: Option<(u64, Option<Timestamp>)>,
}

/// How a key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyStanding {
    /// It is in use.
    Current,
    /// Another has taken its place; an envelope key still opens.
    Earlier,
    /// It was made for an enrolment that did not come to its end.
    Offered,
}

impl ClientService {
    /// The server's keys and endpoints; never a private half.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn own_keys(&self) -> Result<OwnKeys, ClientError> {
        let page: Page<Versioned<KeyRecord>> =
            self.store().all(ListOrder::OldestFirst, None, MAX_PAGE).await?;
        let identity = self.present_identity().await?;
        let identity = identity.as_ref().map(|identity| &identity.record);
        let webhook = self.parts.keys.webhook().map(|key| key.kid().clone());
        let mut keys = Vec::with_capacity(page.items.len());
        for read in page.items {
            keys.push(self.own_key(read.record, identity, webhook.as_ref()).await?);
        }
        let applications: Page<Versioned<ApiKeyRecord>> =
            self.store().all(ListOrder::OldestFirst, None, MAX_PAGE).await?;
        let endpoint = self.store().get::<EndpointRecord>(&EndpointRecord::the_only()).await?;
        let open = Some((index::STATUS, IndexValue::from(CollectionRecord::OPEN)));
        Ok(OwnKeys {
            key_record: identity.map(|identity| identity.key_record.clone()),
            envelope_kid: identity.map(|identity| identity.envelope_kid.clone()),
            enrolled: identity.map(|identity| (identity.enrolled_by.clone(), identity.enrolled_at)),
            keys,
            counted_to: COUNTED_TO,
            of_unknown_key: self.sealed_to(ItemRecord::UNKNOWN_KEY).await?,
            to_collect: self.store().count_up_to(CollectionRecord::KIND, open, COUNTED_TO).await?,
            is_complete: self.is_every_item_indexed().await? && self.is_every_collection_indexed().await?,
            rotation: self.proposed_rotation().await?,
            endpoint: endpoint.map(|read| (read.record.url, read.record.set_by, read.record.set_at)),
            applications: applications.items.into_iter().map(|read| read.record.into()).collect(),
        })
    }

    async fn own_key(
        &self,
        record: KeyRecord,
        identity: Option<&IdentityRecord>,
        webhook: Option<&Kid>,
    ) -> Result<OwnKey, ClientError> {
        let (used_as, current) = match record.key_use {
            KeyUse::Envelope => ("envelope", identity.map(|identity| &identity.envelope_kid)),
            KeyUse::Signing => ("signing", identity.map(|identity| &identity.signing_kid)),
            KeyUse::Webhook => ("webhook", webhook),
        };
        let is_current = current == Some(&record.kid);
        let of_identity = identity.filter(|_| is_current && record.key_use != KeyUse::Webhook);
        let enrolled = match (&record.enrolment, of_identity) {
            (Some(enrolment), _) => Some((enrolment.by.clone(), enrolment.at)),
            (None, Some(identity)) => Some((identity.enrolled_by.clone(), identity.enrolled_at)),
            (None, None) => None,
        };
        let key_record = record.enrolment.and_then(|enrolment| enrolment.key_record);
        let of_identity = of_identity.filter(|_| record.key_use == KeyUse::Envelope);
        let documents = match record.key_use {
            KeyUse::Envelope => Some(self.documents_sealed_to(&record.kid).await?),
            KeyUse::Signing | KeyUse::Webhook => None,
        };
        let backup = self.store().get::<KeyBackupRecord>(&KeyBackupRecord::key_of(&record.kid)).await?;
        // keys of before did not say when they were enrolled or replaced: those that opened something were
        let has_opened = documents.is_some_and(|(count, _)| count > 0);
        let standing = match (is_current, enrolled.is_some() || record.replaced_at.is_some() || has_opened) {
            (true, _) => KeyStanding::Current,
            (false, true) => KeyStanding::Earlier,
            (false, false) => KeyStanding::Offered,
        };
        Ok(OwnKey {
            key_record: key_record.or_else(|| of_identity.map(|identity| identity.key_record.clone())),
            kid: record.kid,
            used_as,
            made_at: record.made_at,
            standing,
            enrolled,
            replaced_at: record.replaced_at,
            backed_up_at: backup.map(|read| read.record.at),
            documents,
        })
    }

    async fn documents_sealed_to(&self, kid: &Kid) -> Result<(u64, Option<Timestamp>), ClientError> {
        let newest = ListQuery::of(ItemRecord::KIND)
            .by_index(index::KEY, IndexValue::new(kid))
            .in_order(ListOrder::NewestFirst)
            .limit(1);
        let newest: Page<Versioned<ItemRecord>> = self.store().page(newest).await?;
        let came = newest.items.first().map(|read| read.record.received_at);
        Ok((self.sealed_to(kid.as_str()).await?, came))
    }

    async fn sealed_to(&self, kid: &str) -> Result<u64, ClientError> {
        let sealed = Some((index::KEY, IndexValue::from(kid)));
        Ok(self.store().count_up_to(ItemRecord::KIND, sealed, COUNTED_TO).await?)
    }
}
