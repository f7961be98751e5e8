//! Following a consent at the Account Aggregator: the handle first, then the artefact.

use mpp_connectors::AaError;
use mpp_connectors::account_aggregator::{AaConsentStatus, ConsentChange, HandleStatus};
use mpp_core::{
    AaConsentFailure, AaConsentId, AaConsentState, InvalidTransition, Persistence, SignedConsent, Timestamp,
};
use mpp_store::RecordKey;

use crate::private_share::audit::AuditedEvent;
use crate::private_share::consent_record::AaConsent;
use crate::private_share::error::PrivateShareError;
use crate::private_share::service::PrivateShareService;

impl PrivateShareService {
    /// Asks the Account Aggregator where the consent stands and writes it down: the handle first, then the
    /// artefact. Notifications only ever cause this; they are not believed themselves.
    pub(in crate::private_share) async fn reread_consent(
        &self,
        name: &RecordKey,
    ) -> Result<AaConsent, PrivateShareError> {
        for _ in 0..Self::DECISIONS {
            let found = self.find_consent(name).await?;
            let (version, consent) = found.ok_or(PrivateShareError::NotFound { what: "consent" })?;
            let before = consent.state.state_name();
            let consent = self.follow_handle(consent).await?;
            let fetched = self.follow_artefact(consent).await;
            let (consent, trouble) = match fetched {
                Ok(consent) => (consent, None),
                Err((consent, trouble)) => (*consent, Some(trouble)),
            };
            let event = AuditedEvent::of_consent_state(consent.state.state_name());
            let event = event.filter(|_| consent.state.state_name() != before);
            match self.write_consent(version, &consent, event).await {
                Err(error) if error.is_conflict() => {}
                Err(error) => return Err(error),
                Ok(()) => return trouble.map_or(Ok(consent), Err),
            }
        }
        Err(PrivateShareError::InProgress)
    }

    async fn follow_handle(&self, mut consent: AaConsent) -> Result<AaConsent, PrivateShareError> {
        let now = self.now();
        let waits_or_holds = live_consent_id(&consent.state).is_some() || consent.handle_is_open();
        if waits_or_holds && now >= consent.asked.form().consent_expiry {
            consent.state = consent.state.expire(now)?;
        }
        if let AaConsentState::Pending { handle } = &consent.state {
            let status = self.account_aggregator().consent_status(handle).await?;
            consent.state = match status {
                HandleStatus::Pending => consent.state,
                HandleStatus::Ready { consent: id } => consent.state.grant(id)?,
                HandleStatus::Rejected => consent.state.reject(now)?,
                HandleStatus::Failed => consent.state.fail(AaConsentFailure::HandleFailed, now)?,
                HandleStatus::Expired => consent.state.expire(now)?,
            };
        }
        consent.checked_at = now;
        Ok(consent)
    }

    /// The consent as its artefact says; with the trouble beside it when the artefact could not be had, so that
    /// what was learnt before is kept.
    async fn follow_artefact(
        &self,
        mut consent: AaConsent,
    ) -> Result<AaConsent, (Box<AaConsent>, PrivateShareError)> {
        let Some(id) = live_consent_id(&consent.state) else { return Ok(consent) };
        let now = self.now();
        match self.account_aggregator().fetch_consent(&id, &consent.detail()).await {
            Ok(verified) => {
                let (status, signed) = (verified.status, verified.signed_consent.clone());
                if consent.artefact.is_none() {
                    consent.take_artefact(verified, now);
                }
                match at_status(consent.state.clone(), status, signed, now) {
                    Ok(state) => Ok(AaConsent { state, ..consent }),
                    Err(refused) => Err((Box::new(consent), refused.into())),
                }
            }
            Err(AaError::ConsentDiffers(_)) if matches!(consent.state, AaConsentState::Granted { .. }) => {
                self.drop_untrusted(consent, &id, now).await
            }
            Err(error) => Err((Box::new(consent), error.into())),
        }
    }

    /// A consent that is not the one asked for is withdrawn before it is given up: nobody could withdraw it afterwards. As
    /// long as the Account Aggregator does not answer, it is not given up.
    async fn drop_untrusted(
        &self,
        consent: AaConsent,
        id: &AaConsentId,
        now: Timestamp,
    ) -> Result<AaConsent, (Box<AaConsent>, PrivateShareError)> {
        match self.account_aggregator().change_consent(id, ConsentChange::Revoke).await {
            Err(error) if error.persistence() == Persistence::Temporary => {
                return Err((Box::new(consent), error.into()));
            }
            // what it refuses to withdraw does not stand there
            Ok(()) | Err(_) => {}
        }
        match consent.state.clone().fail(AaConsentFailure::ArtefactUntrusted, now) {
            Ok(state) => Ok(AaConsent { state, ..consent }),
            Err(refused) => Err((Box::new(consent), refused.into())),
        }
    }
}

/// What the Account Aggregator calls the consent, while asking about it can still tell something new.
fn live_consent_id(state: &AaConsentState) -> Option<AaConsentId> {
    match state {
        AaConsentState::Granted { id, .. }
        | AaConsentState::Active { id, .. }
        | AaConsentState::Paused { id, .. } => Some(id.clone()),
        AaConsentState::Drafted
        | AaConsentState::Pending { .. }
        | AaConsentState::Revoked { .. }
        | AaConsentState::Expired { .. }
        | AaConsentState::Rejected { .. }
        | AaConsentState::Failed { .. } => None,
    }
}

/// Brings a live state to where the Account Aggregator says the consent stands.
fn at_status(
    state: AaConsentState,
    status: AaConsentStatus,
    signed: SignedConsent,
    now: Timestamp,
) -> Result<AaConsentState, InvalidTransition> {
    use AaConsentStatus as Status;
    let state = match state {
        AaConsentState::Granted { .. } => state.activate(signed)?,
        known => known,
    };
    match (status, &state) {
        (Status::Active, AaConsentState::Paused { .. }) => state.resume(),
        (Status::Active, _) | (Status::Paused, AaConsentState::Paused { .. }) => Ok(state),
        (Status::Paused, _) => state.pause(now),
        (Status::Revoked, _) => state.revoke(now),
        (Status::Expired, _) => state.expire(now),
    }
}
