//! Who may call: staff by keys named in the configuration, applications by keys made here. Keys are kept as digests.

use mpp_core::{ApiKeyId, Sha256Digest, StaffId, draw};
use mpp_crypto::sha256;
use mpp_store::{IndexValue, RecordReaderExt};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::audit::{Action, Actor, Subject};
use super::change::Change;
use super::records::{ApiKeyRecord, RevokedKey, index};
use super::{ClientError, ClientService};

/// What begins every application's key, so that a leaked one is recognised.
const PREFIX: &str = "mppk_";

/// The longest name of an application, in bytes.
const LONGEST_NAME: usize = 100;

/// What a partner application may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Ask for consents and see how they stand.
    Consents,
    /// Read received data.
    Data,
}

impl Scope {
    /// The scope's name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Consents => "consents",
            Self::Data => "data",
        }
    }
}

/// A partner application that proved itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    pub(super) key: ApiKeyId,
    pub(super) scopes: Vec<Scope>,
}

impl Application {
    /// The key it proved itself with.
    #[must_use]
    pub const fn key(&self) -> ApiKeyId {
        self.key
    }

    /// Goes on only with the scope.
    ///
    /// # Errors
    /// [`ClientError::ScopeMissing`].
    pub fn require(&self, scope: Scope) -> Result<(), ClientError> {
        if self.scopes.contains(&scope) { Ok(()) } else { Err(ClientError::ScopeMissing(scope.name())) }
    }
}

/// A new key; the only time it is seen.
pub struct MadeApiKey {
    /// The key's name.
    pub id: ApiKeyId,
    /// The bearer key itself.
    pub key: Zeroizing<String>,
}

impl std::fmt::Debug for MadeApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MadeApiKey").field("id", &self.id).finish_non_exhaustive()
    }
}

impl ClientService {
    /// The member of staff with this bearer key.
    ///
    /// # Errors
    /// [`ClientError::Unauthenticated`].
    pub fn staff(&self, bearer_key: &str) -> Result<StaffId, ClientError> {
        let digest = sha256(bearer_key.as_bytes());
        // digests of long random keys: comparing them tells nothing about a key
        let found = self.settings().staff.iter().find(|staff| staff.key_sha256 == digest);
        found.map(|staff| staff.name.clone()).ok_or(ClientError::Unauthenticated)
    }

    /// The partner application with this bearer key.
    ///
    /// # Errors
    /// [`ClientError::Unauthenticated`], or when the store does not answer.
    pub async fn application(&self, bearer_key: &str) -> Result<Application, ClientError> {
        if !bearer_key.starts_with(PREFIX) {
            return Err(ClientError::Unauthenticated);
        }
        let digest = IndexValue::new(sha256(bearer_key.as_bytes()));
        let found = self.store().first_by_index::<ApiKeyRecord>(index::SECRET, digest).await?;
        let record = found.ok_or(ClientError::Unauthenticated)?.record;
        Ok(Application { key: record.id, scopes: record.scopes })
    }

    /// Makes a key for a partner application.
    ///
    /// # Errors
    /// [`ClientError::Invalid`] without a name or scope.
    pub async fn make_api_key(
        &self,
        staff: &StaffId,
        name: &str,
        mut scopes: Vec<Scope>,
    ) -> Result<MadeApiKey, ClientError> {
        if name.trim().is_empty() || name.len() > LONGEST_NAME {
            return Err(ClientError::Invalid("the application's name"));
        }
        scopes.sort();
        scopes.dedup();
        if scopes.is_empty() {
            return Err(ClientError::Invalid("the list of scopes"));
        }
        let (key, key_sha256) = self.fresh_key();
        let id = ApiKeyId::generate(self.entropy());
        let mut change = Change::new(self);
        change.insert(&ApiKeyRecord {
            id,
            name: name.trim().to_owned(),
            scopes,
            key_sha256,
            made_by: staff.clone(),
            made_at: change.now(),
            revoked: None,
        });
        let subject = Subject { api_key: Some(id), ..Subject::default() };
        change.audit(Action::ApiKeyMade, &Actor::Staff(staff.clone()), &subject);
        change.commit().await?;
        Ok(MadeApiKey { id, key })
    }

    /// Revokes a partner application's key, for good: calls with it are refused from then on, at every node. A repeat changes
    /// nothing.
    ///
    /// # Errors
    /// [`ClientError::NotFound`] when there is no such key.
    pub async fn revoke_api_key(&self, staff: &StaffId, id: ApiKeyId) -> Result<(), ClientError> {
        self.until_settled(|| async {
            let read = self.store().get::<ApiKeyRecord>(&ApiKeyRecord::key_of(id)).await?;
            let mut read = read.ok_or(ClientError::NotFound)?;
            if read.record.revoked.is_some() {
                return Ok(());
            }
            let mut change = Change::new(self);
            read.record.revoked = Some(RevokedKey { by: staff.clone(), at: change.now() });
            change.update(&read);
            let subject = Subject { api_key: Some(id), ..Subject::default() };
            change.audit(Action::ApiKeyRevoked, &Actor::Staff(staff.clone()), &subject);
            change.commit().await
        })
        .await
    }

    fn fresh_key(&self) -> (Zeroizing<String>, Sha256Digest) {
        let random = Zeroizing::new(draw::<32>(self.entropy()));
        let digits = Zeroizing::new(Sha256Digest::from_bytes(*random).to_string());
        let key = Zeroizing::new(format!("{PREFIX}{}", digits.as_str()));
        let digest = sha256(key.as_bytes());
        (key, digest)
    }
}
