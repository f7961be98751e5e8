//! This server's own keys in memory. They are made here, stored sealed, and never leave.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use mpp_core::{Kid, PublicJwk, Span, Timestamp};
use mpp_crypto::jws::{self, CompactJws, JwsError};
use mpp_crypto::keys::{EnvelopeKeyRing, EnvelopePrivateKey, SigningKey, VerifyingKey, follow_successions};
use mpp_store::{ListOrder, MAX_PAGE, Record, RecordReaderExt, Version, Versioned};
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::audit::{Action, Actor, Subject};
use super::change::Change;
use super::gateway::CentralPublicKeys;
use super::records::{IdentityRecord, KeyRecord, KeyUse};
use super::{ClientError, ClientService};

pub(super) const PEM: &str = "pem";

/// The server's keys as they are now, shared by the service and by what signs its requests. Empty until a
/// [`ClientService`] has loaded them.
#[derive(Debug, Default)]
pub struct ClientKeys {
    loaded: RwLock<Loaded>,
    refreshed_at: Mutex<Option<Timestamp>>,
}

/// How often central may be asked for its keys because a signature did not stand.
pub(super) const REFRESH_PAUSE: Span = Span::from_seconds(10);

#[derive(Debug, Default, Clone)]
struct Loaded {
    identity: Option<Arc<Identity>>,
    webhook: Option<Arc<SigningKey>>,
}

/// What this server is since its keys are enrolled.
#[derive(Debug)]
pub(super) struct Identity {
    /// What central says of the keys.
    pub(super) record: IdentityRecord,
    /// The version of the record.
    version: Version,
    /// Opens parcels: the enrolled key, and earlier ones.
    pub(super) ring: Arc<EnvelopeKeyRing>,
    /// Signs requests and acknowledgements.
    pub(super) signing: Arc<SigningKey>,
}

impl Identity {
    /// The keys with which central signs: the pinned ones, or those trusted since the enrolment, and those that follow from them.
    fn central_signing(&self, pinned: &[PublicJwk]) -> Vec<VerifyingKey> {
        let trusted = if pinned.is_empty() { self.record.central_signing.as_slice() } else { pinned };
        trusted_keys(trusted, &self.record.central_successions)
    }

    /// The keys with which central signs notifications.
    pub(super) fn central_notification(&self) -> Vec<VerifyingKey> {
        self.record.central_notification.iter().filter_map(|jwk| VerifyingKey::from_jwk(jwk).ok()).collect()
    }
}

/// Those of these keys that are sound, and those that follow from them.
pub(super) fn trusted_keys(keys: &[PublicJwk], successions: &[CompactJws]) -> Vec<VerifyingKey> {
    let keys = keys.iter().filter_map(|jwk| VerifyingKey::from_jwk(jwk).ok()).collect();
    follow_successions(keys, successions)
}

impl ClientKeys {
    /// The key that signs requests to central; `None` before the enrolment.
    #[must_use]
    pub fn signing(&self) -> Option<Arc<SigningKey>> {
        self.identity().map(|identity| Arc::clone(&identity.signing))
    }

    pub(super) fn identity(&self) -> Option<Arc<Identity>> {
        self.read().identity
    }

    pub(super) fn webhook(&self) -> Option<Arc<SigningKey>> {
        self.read().webhook
    }

    /// Whether central may be asked for its keys now; asking counts from here.
    pub(super) fn may_refresh(&self, now: Timestamp) -> bool {
        let mut refreshed_at = self.refreshed_at.lock().unwrap_or_else(PoisonError::into_inner);
        let may = refreshed_at.is_none_or(|before| now.since(before) >= REFRESH_PAUSE);
        if may {
            *refreshed_at = Some(now);
        }
        may
    }

    fn read(&self) -> Loaded {
        self.loaded.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn replace(&self, loaded: Loaded) {
        *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = loaded;
    }
}

impl ClientService {
    /// Who this server is, with the keys it has now.
    ///
    /// # Errors
    /// [`ClientError::NotEnrolled`], and like [`ClientService::present_identity`].
    pub(super) async fn identity(&self) -> Result<Arc<Identity>, ClientError> {
        self.present_identity().await?.ok_or(ClientError::NotEnrolled)
    }

    /// Who this server is; `None` before its keys are enrolled. Another node may have enrolled some since: the keys in memory count while
    /// the record of the identity is the one they were read with, and so do those that sign requests to central.
    ///
    /// # Errors
    /// When the store does not answer or a key does not open.
    pub(super) async fn present_identity(&self) -> Result<Option<Arc<Identity>>, ClientError> {
        let stored = self.store().get::<IdentityRecord>(&IdentityRecord::the_only()).await?;
        let known = self.parts.keys.identity();
        if stored.map(|read| read.version) == known.as_ref().map(|identity| identity.version) {
            return Ok(known);
        }
        self.load_keys().await?;
        Ok(self.parts.keys.identity())
    }

    /// The keys that open parcels, with the one of this name where this server has it. Central seals to a new key from the moment it takes
    /// it, which is before the identity says so here.
    ///
    /// # Errors
    /// Like [`ClientService::identity`].
    pub(super) async fn ring_for(&self, kid: &Kid) -> Result<Arc<EnvelopeKeyRing>, ClientError> {
        let identity = self.identity().await?;
        if identity.ring.find(kid).is_some() {
            return Ok(Arc::clone(&identity.ring));
        }
        self.load_keys().await?;
        self.identity().await.map(|identity| Arc::clone(&identity.ring))
    }

    /// Reads the keys from the store.
    pub(super) async fn load_keys(&self) -> Result<(), ClientError> {
        // first the identity: the keys it names were stored before it
        let identity = self.store().get::<IdentityRecord>(&IdentityRecord::the_only()).await?;
        let records = self.key_records().await?;
        let webhook = match records.iter().rfind(|key| key.key_use == KeyUse::Webhook) {
            Some(record) => Some(Arc::new(self.signing_key(record)?)),
            None => None,
        };
        let identity = match identity {
            Some(read) => Some(Arc::new(self.identity_of(read, &records)?)),
            None => None,
        };
        self.parts.keys.replace(Loaded { identity, webhook });
        Ok(())
    }

    /// Makes the key that signs notifications, once.
    pub(super) async fn make_webhook_key(&self) -> Result<(), ClientError> {
        if self.parts.keys.webhook().is_some() {
            return Ok(());
        }
        let key = SigningKey::generate_ed25519(self.entropy());
        let mut change = Change::new(self);
        let record = self.key_record(key.kid(), KeyUse::Webhook, &key.to_pkcs8_pem(), change.now())?;
        change.insert(&record);
        let subject = Subject { kid: Some(key.kid().clone()), ..Subject::default() };
        change.audit(Action::KeysMade, &Actor::Server, &subject);
        change.commit().await?;
        self.load_keys().await
    }

    /// The keys with which central signs. When none is of this name, central is asked, once in a while, whether a trusted one has named
    /// another after it.
    ///
    /// # Errors
    /// [`ClientError::NotEnrolled`]; when central or the store does not answer; an unknown key while central may not be asked yet, which
    /// passes.
    pub(super) async fn central_keys_for(&self, kid: &Kid) -> Result<Vec<VerifyingKey>, ClientError> {
        let known = |keys: &[VerifyingKey]| keys.iter().any(|key| key.kid() == kid);
        let keys = self.central_signing().await?;
        if known(&keys) {
            return Ok(keys);
        }
        let was_asked = self.refresh_central_keys().await?;
        let keys = self.central_signing().await?;
        if was_asked || known(&keys) { Ok(keys) } else { Err(JwsError::UnknownKey.into()) }
    }

    async fn central_signing(&self) -> Result<Vec<VerifyingKey>, ClientError> {
        Ok(self.identity().await?.central_signing(&self.settings().central_keys))
    }

    /// The payload of what central signed.
    ///
    /// # Errors
    /// As [`ClientService::central_keys_for`]. Within, why the signature does not stand.
    pub(super) async fn said_by_central<T: DeserializeOwned>(
        &self,
        typ: &str,
        said: &CompactJws,
    ) -> Result<Result<T, JwsError>, ClientError> {
        let keys = self.central_keys_for(said.kid()).await?;
        Ok(jws::verify_with(|kid| keys.iter().find(|key| key.kid() == kid), typ, said))
    }

    /// Asks central for its keys, unless that was done a moment ago; whether it was asked.
    pub(super) async fn refresh_central_keys(&self) -> Result<bool, ClientError> {
        if !self.parts.keys.may_refresh(self.now()) {
            return Ok(false);
        }
        let keys = self.central().central_keys().await?;
        self.until_settled(|| self.keep_central_keys(&keys)).await?;
        self.load_keys().await?;
        Ok(true)
    }

    async fn keep_central_keys(&self, keys: &CentralPublicKeys) -> Result<(), ClientError> {
        let read = self.store().get::<IdentityRecord>(&IdentityRecord::the_only()).await?;
        let mut read = read.ok_or(ClientError::NotEnrolled)?;
        let kept = &mut read.record;
        if (&kept.central_notification, &kept.central_successions) == (&keys.notification, &keys.successions)
        {
            return Ok(());
        }
        kept.central_notification.clone_from(&keys.notification);
        kept.central_successions.clone_from(&keys.successions);
        let mut change = Change::new(self);
        change.update(&read);
        change.commit().await
    }

    pub(super) fn key_record(
        &self,
        kid: &Kid,
        key_use: KeyUse,
        pem: &Zeroizing<String>,
        made_at: Timestamp,
    ) -> Result<KeyRecord, ClientError> {
        let sealed = self.seal::<KeyRecord>(&KeyRecord::key_of(kid), PEM, &pem.as_str())?;
        let (enrolment, replaced_at) = (None, None);
        Ok(KeyRecord { kid: kid.clone(), key_use, pem: sealed, made_at, enrolment, replaced_at })
    }

    pub(super) fn signing_key(&self, record: &KeyRecord) -> Result<SigningKey, ClientError> {
        let key = SigningKey::from_pkcs8_pem(&self.pem(record)?);
        key.map_err(|_| ClientError::Inconsistent("a signing key"))
    }

    pub(super) fn envelope_key(&self, record: &KeyRecord) -> Result<EnvelopePrivateKey, ClientError> {
        let key = EnvelopePrivateKey::from_pkcs8_pem(&self.pem(record)?);
        key.map_err(|_| ClientError::Inconsistent("an envelope key"))
    }

    pub(super) async fn stored_key(&self, kid: &Kid) -> Result<KeyRecord, ClientError> {
        let found = self.store().get::<KeyRecord>(&KeyRecord::key_of(kid)).await?;
        found.map(|read| read.record).ok_or(ClientError::Inconsistent("this server's keys"))
    }

    fn pem(&self, record: &KeyRecord) -> Result<Zeroizing<String>, ClientError> {
        self.open::<KeyRecord, String>(&record.key(), PEM, &record.pem).map(Zeroizing::new)
    }

    async fn key_records(&self) -> Result<Vec<KeyRecord>, ClientError> {
        let page = self.store().all::<KeyRecord>(ListOrder::OldestFirst, None, MAX_PAGE).await?;
        Ok(page.items.into_iter().map(|read| read.record).collect())
    }

    fn identity_of(
        &self,
        Versioned { version, record }: Versioned<IdentityRecord>,
        keys: &[KeyRecord],
    ) -> Result<Identity, ClientError> {
        let missing = ClientError::Inconsistent("this server's keys");
        let find = |kid: &Kid| keys.iter().find(|key| key.kid == *kid);
        let (Some(current), Some(signing)) = (find(&record.envelope_kid), find(&record.signing_kid)) else {
            return Err(missing);
        };
        let mut ring = EnvelopeKeyRing::new(self.envelope_key(current)?);
        let older = keys.iter().rev().filter(|key| key.key_use == KeyUse::Envelope && key.kid != current.kid);
        for key in older {
            ring = ring.with_older(self.envelope_key(key)?);
        }
        let signing = Arc::new(self.signing_key(signing)?);
        Ok(Identity { record, version, ring: Arc::new(ring), signing })
    }
}
