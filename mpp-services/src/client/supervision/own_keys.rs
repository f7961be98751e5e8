//! This server's keys, and where notifications of the application go.

use mpp_core::{ApiKeyId, Kid, StaffId, Timestamp};
use mpp_crypto::jws::CompactJws;
use mpp_store::{ListOrder, MAX_PAGE, Page, RecordReaderExt, Versioned};
use url::Url;

use crate::client::records::{ApiKeyRecord, EndpointRecord, KeyRecord, KeyUse};
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
    /// Where the application takes notifications, who set that, and when.
    pub endpoint: Option<(Url, StaffId, Timestamp)>,
    /// Keys of applications: name, what they may do, who made them, when.
    pub applications: Vec<(ApiKeyId, String, Vec<Scope>, StaffId, Timestamp)>,
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
}

impl ClientService {
    /// The server's keys and endpoints; never a private half.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn own_keys(&self) -> Result<OwnKeys, ClientError> {
        let keys: Page<Versioned<KeyRecord>> =
            self.store().all(ListOrder::OldestFirst, None, MAX_PAGE).await?;
        let applications: Page<Versioned<ApiKeyRecord>> =
            self.store().all(ListOrder::OldestFirst, None, MAX_PAGE).await?;
        let endpoint = self.store().get::<EndpointRecord>(&EndpointRecord::the_only()).await?;
        let identity = self.identity().ok();
        let identity = identity.as_ref().map(|identity| &identity.record);
        let own = |read: Versioned<KeyRecord>| OwnKey {
            kid: read.record.kid,
            used_as: match read.record.key_use {
                KeyUse::Envelope => "envelope",
                KeyUse::Signing => "signing",
                KeyUse::Webhook => "webhook",
            },
            made_at: read.record.made_at,
        };
        let application = |read: Versioned<ApiKeyRecord>| {
            let ApiKeyRecord { id, name, scopes, made_by, made_at, .. } = read.record;
            (id, name, scopes, made_by, made_at)
        };
        Ok(OwnKeys {
            key_record: identity.map(|identity| identity.key_record.clone()),
            envelope_kid: identity.map(|identity| identity.envelope_kid.clone()),
            enrolled: identity.map(|identity| (identity.enrolled_by.clone(), identity.enrolled_at)),
            keys: keys.items.into_iter().map(own).collect(),
            endpoint: endpoint.map(|read| (read.record.url, read.record.set_by, read.record.set_at)),
            applications: applications.items.into_iter().map(application).collect(),
        })
    }
}
