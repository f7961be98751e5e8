//! An Account Aggregator of the tests' own: keeps consents and sessions, and does what a test says.

use std::sync::Mutex;

use async_trait::async_trait;
use http::StatusCode;
use mpp_connectors::account_aggregator::{
    AaConsentStatus, AaErrorCode, AaHealth, ConsentChange, ConsentDetail, ConsentedAccount, EncryptedAccount,
    FiFilter, FiFromFip, FiRequest, HandleStatus, RaisedConsent, TermsDefect, VerifiedAaConsent,
};
use mpp_connectors::{AaError, AccountAggregator};
use mpp_core::{
    AaConsentId, ConsentHandle, DataSessionId, EntityId, FetchPermit, FiType, SignedConsent, Timestamp,
};
use mpp_crypto::rebit::KeyMaterialForm;

/// What goes wrong next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Nothing.
    None,
    /// Calls get no answer.
    Down,
    /// Calls are refused for good.
    Refusing(AaErrorCode),
    /// The artefact is wider than asked.
    WiderArtefact,
}

struct FakeConsent {
    handle: ConsentHandle,
    id: AaConsentId,
    asked: ConsentDetail,
    decision: HandleStatus,
    standing: AaConsentStatus,
}

struct FakeSession {
    id: DataSessionId,
    material: KeyMaterialForm,
    delivered: bool,
}

struct State {
    consents: Vec<FakeConsent>,
    sessions: Vec<FakeSession>,
    trouble: Trouble,
    calls: Vec<&'static str>,
}

pub(crate) struct FakeAa {
    entity: EntityId,
    state: Mutex<State>,
}

impl std::fmt::Debug for FakeAa {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FakeAa")
    }
}

pub(crate) const ACCOUNTS: [(&str, &str, &str); 2] =
    [("SAHYADRI_FIP", "link-savings", "XXXXXXXX4020"), ("DECCAN_FIP", "link-deposit", "XXXXXXXX7711")];

impl FakeAa {
    pub(crate) fn new() -> Self {
        let state =
            State { consents: Vec::new(), sessions: Vec::new(), trouble: Trouble::None, calls: Vec::new() };
        Self { entity: "ONEMONEYDEMO_AA".parse().unwrap(), state: Mutex::new(state) }
    }

    pub(crate) fn set_trouble(&self, trouble: Trouble) {
        self.state.lock().unwrap().trouble = trouble;
    }

    pub(crate) fn calls(&self, name: &str) -> usize {
        self.state.lock().unwrap().calls.iter().filter(|call| **call == name).count()
    }

    /// The customer decides on the last request.
    pub(crate) fn decide(&self, approved: bool) -> ConsentHandle {
        let mut state = self.state.lock().unwrap();
        let consent = state.consents.last_mut().unwrap();
        consent.decision = if approved {
            HandleStatus::Ready { consent: consent.id.clone() }
        } else {
            HandleStatus::Rejected
        };
        consent.handle.clone()
    }

    pub(crate) fn last_handle(&self) -> ConsentHandle {
        self.state.lock().unwrap().consents.last().unwrap().handle.clone()
    }

    /// The customer changes the last consent at the Account Aggregator.
    pub(crate) fn stand(&self, standing: AaConsentStatus) -> AaConsentId {
        let mut state = self.state.lock().unwrap();
        let consent = state.consents.last_mut().unwrap();
        consent.standing = standing;
        consent.id.clone()
    }

    /// The FIPs deliver the last session.
    pub(crate) fn deliver(&self) -> DataSessionId {
        let mut state = self.state.lock().unwrap();
        let session = state.sessions.last_mut().unwrap();
        session.delivered = true;
        session.id.clone()
    }

    fn enter(&self, call: &'static str) -> Result<(), AaError> {
        let mut state = self.state.lock().unwrap();
        state.calls.push(call);
        match state.trouble {
            Trouble::None | Trouble::WiderArtefact => Ok(()),
            Trouble::Down => Err(AaError::Unavailable { status: StatusCode::BAD_GATEWAY }),
            Trouble::Refusing(code) => Err(AaError::Refused { status: StatusCode::BAD_REQUEST, code }),
        }
    }
}

fn refused(code: AaErrorCode) -> AaError {
    AaError::Refused { status: StatusCode::BAD_REQUEST, code }
}

#[async_trait]
impl AccountAggregator for FakeAa {
    fn entity(&self) -> &EntityId {
        &self.entity
    }

    async fn heartbeat(&self) -> Result<AaHealth, AaError> {
        Ok(AaHealth::Up)
    }

    async fn request_consent(&self, asked: &ConsentDetail) -> Result<RaisedConsent, AaError> {
        self.enter("request_consent")?;
        let mut state = self.state.lock().unwrap();
        let number = state.consents.len();
        let handle: ConsentHandle = format!("handle-{number}").parse().unwrap();
        state.consents.push(FakeConsent {
            handle: handle.clone(),
            id: format!("consent-{number}").parse().unwrap(),
            asked: asked.clone(),
            decision: HandleStatus::Pending,
            standing: AaConsentStatus::Active,
        });
        Ok(RaisedConsent { handle, vua: asked.vua().unwrap().clone() })
    }

    async fn consent_status(&self, handle: &ConsentHandle) -> Result<HandleStatus, AaError> {
        self.enter("consent_status")?;
        let state = self.state.lock().unwrap();
        let consent = state.consents.iter().find(|consent| consent.handle == *handle);
        consent
            .map(|consent| consent.decision.clone())
            .ok_or_else(|| refused(AaErrorCode::InvalidConsentHandle))
    }

    async fn fetch_consent(
        &self,
        id: &AaConsentId,
        asked: &ConsentDetail,
    ) -> Result<VerifiedAaConsent, AaError> {
        self.enter("fetch_consent")?;
        let state = self.state.lock().unwrap();
        if state.trouble == Trouble::WiderArtefact {
            return Err(AaError::ConsentDiffers(TermsDefect::Range));
        }
        let consent = state.consents.iter().find(|consent| consent.id == *id);
        let consent = consent.ok_or_else(|| refused(AaErrorCode::InvalidConsentId))?;
        assert_eq!(consent.asked, *asked, "the service asks for what it asked");
        let account = |(fip, link, masked): &(&str, &str, &str)| ConsentedAccount {
            fi_type: FiType::Deposit,
            fip: fip.parse().unwrap(),
            account_type: "SAVINGS".into(),
            link_ref: link.parse().unwrap(),
            masked_number: (*masked).into(),
        };
        Ok(VerifiedAaConsent {
            id: id.clone(),
            status: consent.standing,
            created_at: Timestamp::from_unix_millis(0).unwrap(),
            signed_consent: SignedConsent::new("aGVhZGVy.cGF5bG9hZA.c2lnbmF0dXJl".into()),
            digital_signature: "c2lnbmF0dXJl".into(),
            vua: asked.vua().unwrap().clone(),
            accounts: ACCOUNTS.iter().map(account).collect(),
            parameters: asked.parameters().clone(),
        })
    }

    async fn change_consent(&self, id: &AaConsentId, change: ConsentChange) -> Result<(), AaError> {
        self.enter("change_consent")?;
        let mut state = self.state.lock().unwrap();
        let consent = state.consents.iter_mut().find(|consent| consent.id == *id).unwrap();
        if consent.standing == AaConsentStatus::Revoked {
            return Err(refused(AaErrorCode::InvalidConsentStatus));
        }
        consent.standing = match change {
            ConsentChange::Pause => AaConsentStatus::Paused,
            ConsentChange::Resume => AaConsentStatus::Active,
            ConsentChange::Revoke => AaConsentStatus::Revoked,
        };
        Ok(())
    }

    async fn request_fi(&self, permit: &FetchPermit, request: &FiRequest) -> Result<DataSessionId, AaError> {
        self.enter("request_fi")?;
        assert_eq!(permit.aa_consent(), Some(&request.consent));
        assert_eq!(request.digital_signature, "c2lnbmF0dXJl");
        let mut state = self.state.lock().unwrap();
        let id: DataSessionId = format!("session-{}", state.sessions.len()).parse().unwrap();
        state.sessions.push(FakeSession {
            id: id.clone(),
            material: request.key_material.clone(),
            delivered: false,
        });
        Ok(id)
    }

    async fn fetch_fi(
        &self,
        _permit: &FetchPermit,
        session: &DataSessionId,
        _filter: &FiFilter,
    ) -> Result<Vec<FiFromFip>, AaError> {
        self.enter("fetch_fi")?;
        let state = self.state.lock().unwrap();
        let session = state.sessions.iter().find(|known| known.id == *session);
        let session = session.ok_or_else(|| refused(AaErrorCode::InvalidSessionId))?;
        if !session.delivered {
            return Err(refused(AaErrorCode::NoDataFound));
        }
        let entry = |(fip, link, masked): &(&str, &str, &str)| FiFromFip {
            fip: fip.parse().unwrap(),
            key_material: session.material.clone(),
            accounts: vec![EncryptedAccount {
                link_ref: link.parse().unwrap(),
                masked_number: (*masked).into(),
                encrypted: "c2VhbGVk".into(),
            }],
        };
        Ok(ACCOUNTS.iter().map(entry).collect())
    }
}
