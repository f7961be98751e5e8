//! Backups of this server's own keys, by whoever runs the machine: keys leave through a key-ring file under a password of its
//! own and never through the interface. What is in a backup is noted in the store, so that staff see what is not.

use mpp_core::{Kid, Timestamp};
use mpp_crypto::key_ring::{CarriedKey, CarriedSecret};
use mpp_crypto::keys::{EnvelopePrivateKey, SigningKey};
use mpp_store::{
    ListOrder, MAX_PAGE, Record, RecordReaderExt, Store, StoreError, Vault, Versioned, WriteBatch,
};
use zeroize::Zeroizing;

use super::audit::{self, Action, Actor, Subject};
use super::keys::PEM;
use super::records::{KeyBackupRecord, KeyRecord, KeyUse};

/// Why keys cannot be taken out or put back.
#[derive(Debug, thiserror::Error)]
pub enum KeyBackupError {
    /// This server has no keys.
    #[error("this server has no keys")]
    NoKeys,
    /// A key does not open: its epoch key is not here, or it is damaged.
    #[error("the key {0} does not open")]
    DoesNotOpen(Kid),
    /// A key cannot be sealed.
    #[error("the key {0} cannot be sealed")]
    DoesNotSeal(Kid),
    /// A key is of a sort that this server has no use for.
    #[error("the key {0} is of a sort that a client server does not use")]
    UnknownSort(Kid),
    /// The store did not do its part.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What became of the keys of a backup.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RestoredKeys {
    /// Those that were missing, or did not open any more.
    pub restored: Vec<Kid>,
    /// Those that were there and open.
    pub here: Vec<Kid>,
}

/// Every private key of a client server, the newest first. For the operator's command, on the machine of the server.
///
/// # Errors
/// [`KeyBackupError`] when there is none, or one does not open.
pub async fn carry_out_keys(store: &dyn Store, vault: &Vault) -> Result<Vec<CarriedKey>, KeyBackupError> {
    let page = store.all::<KeyRecord>(ListOrder::NewestFirst, None, MAX_PAGE).await?;
    if page.items.is_empty() {
        return Err(KeyBackupError::NoKeys);
    }
    page.items.into_iter().map(|read| opened(vault, &read.record)).collect()
}

/// Writes down that these keys are in a backup that was looked through.
///
/// # Errors
/// When the store does not answer, or somebody else writes the same at this moment.
pub async fn note_key_backup(
    store: &dyn Store,
    kids: &[Kid],
    ring: &str,
    now: Timestamp,
) -> Result<(), KeyBackupError> {
    let mut batch = WriteBatch::new();
    for kid in kids {
        let known = store.get::<KeyBackupRecord>(&KeyBackupRecord::key_of(kid)).await?;
        let record = KeyBackupRecord { kid: kid.clone(), at: now, ring: ring.to_owned() };
        write(&mut batch, known, &record);
        batch.audit(audit::leaf(Action::KeyBackedUp, &Actor::Server, &subject(kid, ring), now));
    }
    store.commit(batch).await?;
    Ok(())
}

/// Puts the keys of a backup back, sealed anew; those that are here and open are left alone. The server sees them when it is
/// started.
///
/// # Errors
/// [`KeyBackupError`]; nothing was written then.
pub async fn put_keys_back(
    store: &dyn Store,
    vault: &Vault,
    keys: Vec<CarriedKey>,
    ring: &str,
    now: Timestamp,
) -> Result<RestoredKeys, KeyBackupError> {
    let (mut batch, mut done) = (WriteBatch::new(), RestoredKeys::default());
    // stored from the oldest on, as they were made
    for key in keys.into_iter().rev() {
        let kid = key.secret.kid().clone();
        let known = store.get::<KeyRecord>(&KeyRecord::key_of(&kid)).await?;
        if known.as_ref().is_some_and(|read| opened(vault, &read.record).is_ok()) {
            done.here.push(kid);
            continue;
        }
        let record = sealed(vault, &key, known.as_ref().map(|read| &read.record))?;
        write(&mut batch, known, &record);
        batch.audit(audit::leaf(Action::KeyRestored, &Actor::Server, &subject(&kid, ring), now));
        done.restored.push(kid);
    }
    if !done.restored.is_empty() {
        store.commit(batch).await?;
    }
    Ok(done)
}

fn opened(vault: &Vault, record: &KeyRecord) -> Result<CarriedKey, KeyBackupError> {
    let refused = || KeyBackupError::DoesNotOpen(record.kid.clone());
    let key = record.key();
    let place = Vault::place::<KeyRecord>(&key, PEM);
    let pem: String = vault.open(&place, &record.pem).map_err(|_| refused())?;
    let pem = Zeroizing::new(pem);
    let secret = match record.key_use {
        KeyUse::Envelope => EnvelopePrivateKey::from_pkcs8_pem(&pem).map(CarriedSecret::Envelope),
        KeyUse::Signing | KeyUse::Webhook => SigningKey::from_pkcs8_pem(&pem).map(CarriedSecret::Signing),
    };
    let secret = secret.map_err(|_| refused())?;
    if *secret.kid() == record.kid {
        Ok(CarriedKey { secret, created: record.made_at })
    } else {
        Err(refused())
    }
}

/// The record of a key; what was known of it besides is kept.
fn sealed(vault: &Vault, key: &CarriedKey, known: Option<&KeyRecord>) -> Result<KeyRecord, KeyBackupError> {
    let kid = key.secret.kid().clone();
    let (key_use, pem) = match &key.secret {
        CarriedSecret::Envelope(key) => (KeyUse::Envelope, key.to_pkcs8_pem()),
        CarriedSecret::Signing(key) => (use_of(key), key.to_pkcs8_pem()),
        _ => return Err(KeyBackupError::UnknownSort(kid)),
    };
    let record_key = KeyRecord::key_of(&kid);
    let place = Vault::place::<KeyRecord>(&record_key, PEM);
    let pem = vault.seal(&place, &pem.as_str()).map_err(|_| KeyBackupError::DoesNotSeal(kid.clone()))?;
    let made_at = key.created;
    let enrolment = known.and_then(|known| known.enrolment.clone());
    let replaced_at = known.and_then(|known| known.replaced_at);
    Ok(KeyRecord { kid, key_use, pem, made_at, enrolment, replaced_at })
}

/// Central is spoken to with P-256, the application with Ed25519.
const fn use_of(key: &SigningKey) -> KeyUse {
    match key.algorithm() {
        mpp_crypto::keys::SignatureAlgorithm::Es256 => KeyUse::Signing,
        mpp_crypto::keys::SignatureAlgorithm::Ed25519 => KeyUse::Webhook,
    }
}

fn subject(kid: &Kid, ring: &str) -> Subject {
    Subject { kid: Some(kid.clone()), reason: Some(format!("ring:{ring}")), ..Subject::default() }
}

fn write<R: Record>(batch: &mut WriteBatch, known: Option<Versioned<R>>, record: &R) {
    match known {
        Some(read) => batch.update(read.version, record),
        None => batch.insert(record),
    };
}
