//! Consents: raised for the customer, followed at the Account Aggregator, withdrawn.

mod following;

use std::time::Duration;

use mpp_connectors::account_aggregator::ConsentChange;
use mpp_core::{
    AaConsentFailure, AaConsentId, AaConsentKey, AaConsentState, ConsentParameters, Persistence,
    SignedConsent, Timestamp,
};
use mpp_store::{RecordKey, RecordReaderExt, Version, Versioned, WriteBatch};
use url::Url;

use super::audit::{self, AuditedEvent};
use super::consent_record::{AaConsent, AaConsentRecord, ChosenAccount};
use super::error::PrivateShareError;
use super::login::CustomerSession;
use super::service::PrivateShareService;

/// A consent as its customer sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AaConsentStatus {
    /// The consent, as the phone named it.
    pub key: AaConsentKey,
    /// The name of its state.
    pub state: &'static str,
    /// The Account Aggregator's handle.
    pub handle: String,
    /// Where the customer decides.
    pub approval_url: Url,
    /// The Account Aggregator's name of the approved consent.
    pub consent_id: Option<AaConsentId>,
    /// The verified artefact, while the consent is active or paused.
    pub signed_consent: Option<SignedConsent>,
    /// The accounts the customer chose.
    pub accounts: Vec<ChosenAccount>,
}

impl PrivateShareService {
    /// Raises a self consent. The phone's `key` makes a repeat find the same one.
    ///
    /// # Errors
    /// [`PrivateShareError::TermsDiffer`] when the key stands for other terms;
    /// [`PrivateShareError::AccountAggregator`].
    pub async fn raise_consent(
        &self,
        who: &CustomerSession,
        key: AaConsentKey,
        parameters: &ConsentParameters,
    ) -> Result<AaConsentStatus, PrivateShareError> {
        for _ in 0..Self::DECISIONS {
            let found = self.find_consent(&AaConsent::name(&who.customer, key)).await?;
            let (version, consent) = match found {
                Some((_, consent)) if consent.asked != *parameters => {
                    return Err(PrivateShareError::TermsDiffer);
                }
                Some((version, consent)) if consent.state == AaConsentState::Drafted => (version, consent),
                Some((_, consent)) => return Ok(self.status_of(&consent)),
                None => match self.draft_consent(who, key, parameters).await {
                    Err(error) if error.is_conflict() => continue,
                    drafted => drafted?,
                },
            };
            match self.request_consent(version, consent).await {
                Err(error) if error.is_conflict() => {}
                settled => return settled,
            }
        }
        Err(PrivateShareError::InProgress)
    }

    /// How a consent stands, as far as this service knows.
    ///
    /// # Errors
    /// [`PrivateShareError::NotFound`].
    pub async fn consent(
        &self,
        who: &CustomerSession,
        key: AaConsentKey,
    ) -> Result<AaConsentStatus, PrivateShareError> {
        Ok(self.status_of(&self.own_consent(who, key).await?.1))
    }

    /// Waits until the consent is in another state than `since`, at most for `hold`, and asks the Account
    /// Aggregator itself when a notification seems to be missing.
    ///
    /// # Errors
    /// [`PrivateShareError::NotFound`].
    pub async fn await_consent(
        &self,
        who: &CustomerSession,
        key: AaConsentKey,
        since: &str,
        hold: Duration,
    ) -> Result<AaConsentStatus, PrivateShareError> {
        let name = AaConsent::name(&who.customer, key);
        let bell = self.wakes().bell(name.as_str());
        let deadline = tokio::time::Instant::now() + self.bounded(hold);
        loop {
            let rung = bell.notified();
            tokio::pin!(rung);
            rung.as_mut().enable();
            let (_, consent) = self.own_consent(who, key).await?;
            let over = tokio::time::Instant::now() >= deadline;
            if consent.state.state_name() != since || over {
                return Ok(self.status_of(&consent));
            }
            if self.word_is_overdue(consent.checked_at) {
                // The phone's poll must not fail because the Account Aggregator cannot be asked right now.
                let _ = self.reread_consent(&name).await;
                if self.own_consent(who, key).await?.1.state.state_name() != since {
                    continue;
                }
            }
            let until =
                deadline.min(tokio::time::Instant::now() + self.settings().reread_after.as_duration());
            let _ = tokio::time::timeout_at(until, rung).await;
        }
    }

    /// Withdraws a consent at the Account Aggregator, for ever. Whether an undecided one is still undecided, the Account
    /// Aggregator is asked first.
    ///
    /// # Errors
    /// [`PrivateShareError::NotFound`]; [`PrivateShareError::NotApproved`] while the customer has not approved:
    /// he then just does not, or says no at the Account Aggregator; [`PrivateShareError::AccountAggregator`].
    pub async fn revoke_consent(
        &self,
        who: &CustomerSession,
        key: AaConsentKey,
    ) -> Result<AaConsentStatus, PrivateShareError> {
        let name = AaConsent::name(&who.customer, key);
        let (_, mut consent) = self.own_consent(who, key).await?;
        if consent.handle_is_open() {
            // The word of an approval may be late or lost, and the phone forgets what it need not withdraw.
            consent = self.reread_consent(&name).await?;
        }
        if matches!(consent.state, AaConsentState::Revoked { .. }) {
            return Ok(self.status_of(&consent));
        }
        let id = consent.state.consent_id().cloned().ok_or(PrivateShareError::NotApproved)?;
        let told = self.account_aggregator().change_consent(&id, ConsentChange::Revoke).await;
        if let Err(error) = told {
            // Withdrawn or run out there already: learn which. Otherwise it did not happen.
            let known = self.reread_consent(&name).await?;
            return if known.state.state_name() == "revoked" {
                Ok(self.status_of(&known))
            } else {
                Err(error.into())
            };
        }
        self.settle(&name, AuditedEvent::ConsentRevoked, |consent, now| match consent.state {
            AaConsentState::Revoked { .. } => Ok(consent),
            _ => Ok(AaConsent { state: consent.state.revoke(now)?, ..consent }),
        })
        .await
        .map(|consent| self.status_of(&consent))
    }

    pub(super) async fn find_consent(
        &self,
        name: &RecordKey,
    ) -> Result<Option<(Version, AaConsent)>, PrivateShareError> {
        let found = self.store().get::<AaConsentRecord>(name).await?;
        found.map(|Versioned { version, record }| Ok((version, record.open(self.sealing())?))).transpose()
    }

    pub(super) async fn own_consent(
        &self,
        who: &CustomerSession,
        key: AaConsentKey,
    ) -> Result<(Version, AaConsent), PrivateShareError> {
        let found = self.find_consent(&AaConsent::name(&who.customer, key)).await?;
        found.ok_or(PrivateShareError::NotFound { what: "consent" })
    }

    pub(super) fn bounded(&self, hold: Duration) -> Duration {
        hold.min(self.settings().longest_hold.as_duration())
    }

    /// Whether nothing was heard for so long that the Account Aggregator should be asked.
    pub(super) fn word_is_overdue(&self, last_heard: Timestamp) -> bool {
        self.now().since(last_heard) >= self.settings().reread_after
    }

    /// Changes a consent by a decision that may have to be made again on newer facts.
    async fn settle(
        &self,
        name: &RecordKey,
        event: AuditedEvent,
        decide: impl Fn(AaConsent, Timestamp) -> Result<AaConsent, PrivateShareError>,
    ) -> Result<AaConsent, PrivateShareError> {
        for _ in 0..Self::DECISIONS {
            let found = self.find_consent(name).await?;
            let (version, consent) = found.ok_or(PrivateShareError::NotFound { what: "consent" })?;
            let consent = decide(consent, self.now())?;
            match self.write_consent(version, &consent, Some(event)).await {
                Err(error) if error.is_conflict() => {}
                Err(error) => return Err(error),
                Ok(()) => return Ok(consent),
            }
        }
        Err(PrivateShareError::InProgress)
    }

    async fn draft_consent(
        &self,
        who: &CustomerSession,
        key: AaConsentKey,
        parameters: &ConsentParameters,
    ) -> Result<(Version, AaConsent), PrivateShareError> {
        let consent = AaConsent {
            key,
            customer: who.customer.clone(),
            vua: who.vua.clone(),
            asked: parameters.clone(),
            state: AaConsentState::Drafted,
            handle: None,
            accounts: Vec::new(),
            artefact: None,
            checked_at: self.now(),
        };
        let mut batch = WriteBatch::new();
        batch.insert(&consent.to_record(self.sealing())?);
        Ok((self.store().commit(batch).await?, consent))
    }

    async fn request_consent(
        &self,
        version: Version,
        consent: AaConsent,
    ) -> Result<AaConsentStatus, PrivateShareError> {
        let answer = self.account_aggregator().request_consent(&consent.detail()).await;
        let (consent, trouble) = match answer {
            Ok(raised) => {
                let state = consent.state.raise(raised.handle.clone())?;
                (AaConsent { state, handle: Some(raised.handle), vua: raised.vua, ..consent }, None)
            }
            Err(error) if error.persistence() == Persistence::Temporary => return Err(error.into()),
            Err(error) => {
                let state = consent.state.fail(AaConsentFailure::RequestRefused, self.now())?;
                (AaConsent { state, ..consent }, Some(error))
            }
        };
        let consent = AaConsent { checked_at: self.now(), ..consent };
        let event = if trouble.is_some() { AuditedEvent::ConsentFailed } else { AuditedEvent::ConsentRaised };
        self.write_consent(version, &consent, Some(event)).await?;
        trouble.map_or_else(|| Ok(self.status_of(&consent)), |error| Err(error.into()))
    }

    async fn write_consent(
        &self,
        version: Version,
        consent: &AaConsent,
        event: Option<AuditedEvent>,
    ) -> Result<(), PrivateShareError> {
        let record = consent.to_record(self.sealing())?;
        let mut batch = WriteBatch::new();
        batch.update(version, &record);
        if let Some(event) = event {
            batch.audit(audit::leaf(event, consent.key, self.now()));
        }
        self.store().commit(batch).await?;
        self.wakes().ring(AaConsent::name(&consent.customer, consent.key).as_str());
        Ok(())
    }

    fn status_of(&self, consent: &AaConsent) -> AaConsentStatus {
        let handle = consent.handle.as_ref().map(|handle| handle.as_str().to_owned()).unwrap_or_default();
        let signed_consent = match &consent.state {
            AaConsentState::Active { signed_consent, .. } | AaConsentState::Paused { signed_consent, .. } => {
                Some(signed_consent.clone())
            }
            _ => None,
        };
        AaConsentStatus {
            key: consent.key,
            state: consent.state.state_name(),
            approval_url: self.settings().approval_url(&handle),
            handle,
            consent_id: consent.consent_id().cloned(),
            signed_consent,
            accounts: consent.accounts.clone(),
        }
    }
}
