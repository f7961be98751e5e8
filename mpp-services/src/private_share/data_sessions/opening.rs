//! Opening a data session: the permit first, then the record, then the Account Aggregator.

use mpp_connectors::account_aggregator::FiRequest;
use mpp_core::{DataSessionFailure, DataSessionState, FetchPermit, FipId, Persistence, Sha256Digest, Span};
use mpp_crypto::rebit::{KeyMaterialForm, PeerKeyMaterial};
use mpp_crypto::sha256;
use mpp_store::{RecordReaderExt, Version, Versioned, WriteBatch};

use super::{DataSessionRequest, DataSessionStatus, status_of};
use crate::private_share::audit::AuditedEvent;
use crate::private_share::consent_record::{AaConsent, AaConsentRecord};
use crate::private_share::data_session_record::{AccountDataStatus, DataSessionRecord, SessionAccount};
use crate::private_share::error::PrivateShareError;
use crate::private_share::login::CustomerSession;
use crate::private_share::service::PrivateShareService;

/// How long a request under way keeps a repeat of it waiting.
const REQUEST_TIME: Span = Span::from_seconds(60);

impl PrivateShareService {
    /// Opens a data session. A repeat with the same key material finds the same session.
    ///
    /// # Errors
    /// [`PrivateShareError::Scope`] and [`PrivateShareError::NotApproved`] before the Account Aggregator is
    /// asked; [`PrivateShareError::KeyMaterial`]; [`PrivateShareError::AccountAggregator`].
    pub async fn open_data_session(
        &self,
        who: &CustomerSession,
        request: &DataSessionRequest,
    ) -> Result<DataSessionStatus, PrivateShareError> {
        PeerKeyMaterial::parse(&request.key_material, self.now()).map_err(PrivateShareError::KeyMaterial)?;
        let material = digest_of(&request.key_material)?;
        let name = DataSessionRecord::name(&who.customer, &material);
        if let Some(Versioned { version, record }) = self.store().get::<DataSessionRecord>(&name).await? {
            if !matches!(record.state, DataSessionState::Requested { .. }) {
                return status_of(&record);
            }
            if self.now().since(record.checked_at) < REQUEST_TIME {
                return Err(PrivateShareError::InProgress);
            }
            // An earlier try got no answer, or this process was killed before it came.
            return self.request_again(who, request, version, record).await;
        }
        let (consent_version, consent) = self.own_consent(who, request.consent).await?;
        let permit = self.permit(&consent, request.range, None).await?;
        let record = self.requested(who, request, material, &consent);
        let mut batch = WriteBatch::new();
        // A pause or withdrawal that comes between the permit and this write must win.
        batch.insert(&record);
        batch.unchanged::<AaConsentRecord>(&AaConsent::name(&who.customer, request.consent), consent_version);
        let version = match self.store().commit(batch).await {
            Err(error) if error.is_conflict() => return Err(PrivateShareError::InProgress),
            committed => committed?,
        };
        self.send_request(&permit, request, &consent, version, record).await
    }

    fn requested(
        &self,
        who: &CustomerSession,
        request: &DataSessionRequest,
        material: Sha256Digest,
        consent: &AaConsent,
    ) -> DataSessionRecord {
        let now = self.now();
        let pending = |fip: &FipId| SessionAccount {
            fip: fip.clone(),
            status: AccountDataStatus::Pending,
            settled_at: None,
        };
        DataSessionRecord {
            material,
            customer: who.customer.clone(),
            consent: request.consent,
            range: request.range,
            state: DataSessionState::Requested { at: now },
            session: None,
            accounts: consent
                .accounts
                .iter()
                .map(|account| (account.link_ref.clone(), pending(&account.fip)))
                .collect(),
            requested_at: now,
            checked_at: now,
        }
    }

    async fn request_again(
        &self,
        who: &CustomerSession,
        request: &DataSessionRequest,
        version: Version,
        record: DataSessionRecord,
    ) -> Result<DataSessionStatus, PrivateShareError> {
        let (_, consent) = self.own_consent(who, record.consent).await?;
        let permit = self.permit(&consent, record.range, Some(&record.material)).await?;
        let request = DataSessionRequest { consent: record.consent, range: record.range, ..request.clone() };
        let record = DataSessionRecord { checked_at: self.now(), ..record };
        let mut batch = WriteBatch::new();
        batch.update(version, &record);
        let version = match self.store().commit(batch).await {
            Err(error) if error.is_conflict() => return Err(PrivateShareError::InProgress),
            committed => committed?,
        };
        self.send_request(&permit, &request, &consent, version, record).await
    }

    async fn send_request(
        &self,
        permit: &FetchPermit,
        request: &DataSessionRequest,
        consent: &AaConsent,
        version: Version,
        record: DataSessionRecord,
    ) -> Result<DataSessionStatus, PrivateShareError> {
        let fi_request = fi_request(consent, request).ok_or(PrivateShareError::NotApproved)?;
        let _opening = self.opening();
        let answer = self.account_aggregator().request_fi(permit, &fi_request).await;
        let now = self.now();
        match answer {
            Ok(session) => {
                let state = record.state.clone().open(session.clone(), now)?;
                let record = DataSessionRecord { state, session: Some(session), checked_at: now, ..record };
                self.write_session(version, &record, Some(AuditedEvent::DataSessionOpened)).await?;
                status_of(&record)
            }
            Err(error) if error.persistence() == Persistence::Temporary => {
                // Whether a session was opened is unknown. Due at once for a repeat by the phone.
                let checked_at = now.minus(REQUEST_TIME);
                self.write_session(version, &DataSessionRecord { checked_at, ..record }, None).await?;
                Err(error.into())
            }
            Err(error) => {
                let (material, state) = (record.material, record.state.clone());
                let state = state.fail(DataSessionFailure::RequestRefused, now)?;
                self.write_session(version, &DataSessionRecord { state, ..record }, None).await?;
                // The consent may have been paused or withdrawn without our knowing: then that is the reason to tell.
                let reread = self.reread_consent(&AaConsent::name(&consent.customer, consent.key)).await;
                if let Ok(consent) = reread
                    && let Err(scope @ PrivateShareError::Scope(_)) =
                        self.permit(&consent, request.range, Some(&material)).await
                {
                    return Err(scope);
                }
                Err(error.into())
            }
        }
    }
}

fn fi_request(consent: &AaConsent, request: &DataSessionRequest) -> Option<FiRequest> {
    use mpp_core::AaConsentState::Active;
    let Active { id, signed_consent } = &consent.state else { return None };
    Some(FiRequest {
        consent: id.clone(),
        digital_signature: signed_consent.signature_part()?.to_owned(),
        range: request.range,
        key_material: request.key_material.clone(),
    })
}

fn digest_of(material: &KeyMaterialForm) -> Result<Sha256Digest, PrivateShareError> {
    let text = serde_json::to_vec(material);
    text.map(|text| sha256(&text)).map_err(|_| PrivateShareError::Inconsistent { what: "key material" })
}
