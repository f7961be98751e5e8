//! Central's own keys: which are published, and that a change of them is on record.

use mpp_core::{Kid, PublicJwk};
use mpp_crypto::CustomerRefKey;
use mpp_crypto::jws::CompactJws;
use mpp_crypto::keys::SigningKey;
use mpp_store::RecordReaderExt;

use super::audit::{Action, Actor, Subject};
use super::change::Change;
use super::records::OwnKeysRecord;
use super::{CentralError, CentralService};

/// What central signs with and names customers by.
#[derive(Debug)]
pub struct CentralKeys {
    /// Signs artefacts, receipts and key records.
    pub signing: SigningKey,
    /// Earlier signing keys whose signatures still stand.
    pub older_signing: Vec<PublicJwk>,
    /// What each of them said of the key after it ([`mpp_crypto::keys::sign_succession`]), oldest first.
    pub successions: Vec<CompactJws>,
    /// Signs notifications (Ed25519).
    pub notification: SigningKey,
    /// Earlier notification keys whose signatures still stand.
    pub older_notification: Vec<PublicJwk>,
    /// Turns a mobile number into the name central knows the customer by.
    pub customer_ref: CustomerRefKey,
}

/// Central's public keys, the present one first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKeys {
    /// Check artefacts, receipts and key records.
    pub signing: Vec<PublicJwk>,
    /// What earlier ones of them said of the key after them: whoever trusts one of them may trust the present one.
    pub successions: Vec<CompactJws>,
    /// Check notifications.
    pub notification: Vec<PublicJwk>,
}

impl CentralService {
    /// Central's public keys.
    #[must_use]
    pub fn public_keys(&self) -> PublicKeys {
        let list = |present: &SigningKey, older: &[PublicJwk]| {
            std::iter::once(present.public().to_jwk()).chain(older.iter().cloned()).collect()
        };
        let keys = &self.parts.keys;
        PublicKeys {
            signing: list(&keys.signing, &keys.older_signing),
            successions: keys.successions.clone(),
            notification: list(&keys.notification, &keys.older_notification),
        }
    }

    /// Puts on record with which keys this process signs, if they are others than those on record. To be called when a process
    /// starts: keys are changed while none runs, or are taken up by those that start afterwards.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn note_own_keys(&self) -> Result<(), CentralError> {
        self.until_settled(|| self.try_note_own_keys()).await
    }

    async fn try_note_own_keys(&self) -> Result<(), CentralError> {
        let (signing, notification) = (self.signing_key().kid(), self.parts.keys.notification.kid());
        let found = self.store().get::<OwnKeysRecord>(&OwnKeysRecord::the_only()).await?;
        let mut change = Change::new(self);
        let note = |change: &mut Change<'_>, kid: &Kid, before: Option<&Kid>| {
            if before != Some(kid) {
                let action = if before.is_some() { Action::OwnKeyReplaced } else { Action::OwnKeyMade };
                change.audit(
                    action,
                    Actor::Central,
                    &Subject { kid: Some(kid.clone()), ..Subject::default() },
                );
            }
        };
        let before = found.as_ref().map(|found| &found.record);
        note(&mut change, signing, before.map(|before| &before.signing));
        note(&mut change, notification, before.map(|before| &before.notification));
        let now = OwnKeysRecord {
            signing: signing.clone(),
            notification: notification.clone(),
            since: change.now(),
        };
        match found {
            Some(found)
                if found.record.signing == now.signing && found.record.notification == now.notification =>
            {
                return Ok(());
            }
            Some(mut found) => {
                found.record = now;
                change.update(&found);
            }
            None => change.insert(&now),
        }
        change.commit().await
    }
}
