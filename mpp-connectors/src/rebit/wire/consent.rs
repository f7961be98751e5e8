//! `/Consent`, `/Consent/handle`, `/Consent/fetch` and `/Consent/Notification` as their caller sees them.

use mpp_core::{AaConsentId, ConsentHandle, EntityId};
use serde::{Deserialize, Serialize};

use super::consent_terms::{AskedDetail, PartyForm};
use super::lenient::WireTime;
use crate::account_aggregator::{AaConsentStatus, ConsentChange, ConsentDetail, HandleStatus};

#[derive(Serialize)]
pub(crate) struct ConsentRequest {
    #[serde(rename = "ConsentDetail")]
    detail: AskedDetail,
}

impl From<&ConsentDetail> for ConsentRequest {
    fn from(asked: &ConsentDetail) -> Self {
        Self { detail: asked.into() }
    }
}

#[derive(Deserialize)]
pub(crate) struct ConsentRequestAnswer {
    #[serde(rename = "Customer", default)]
    pub(crate) customer: Option<AnsweredCustomer>,
    #[serde(rename = "ConsentHandle")]
    pub(crate) handle: ConsentHandle,
}

#[derive(Deserialize)]
pub(crate) struct AnsweredCustomer {
    pub(crate) id: String,
}

#[derive(Serialize)]
pub(crate) struct HandleRequest<'a> {
    #[serde(rename = "ConsentHandle")]
    pub(crate) handle: &'a ConsentHandle,
}

#[derive(Deserialize)]
pub(crate) struct HandleAnswer {
    #[serde(rename = "ConsentHandle")]
    pub(crate) handle: ConsentHandle,
    #[serde(rename = "ConsentStatus")]
    status: HandleStatusForm,
}

#[derive(Deserialize)]
struct HandleStatusForm {
    #[serde(default)]
    id: Option<String>,
    status: HandleWord,
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum HandleWord {
    Pending,
    Ready,
    Approved,
    Rejected,
    Failed,
    Expired,
}

impl HandleAnswer {
    /// The status; `None` when an approved handle names no consent.
    pub(crate) fn status(self) -> Option<HandleStatus> {
        Some(match self.status.status {
            HandleWord::Ready | HandleWord::Approved => {
                HandleStatus::Ready { consent: self.status.id?.parse().ok()? }
            }
            HandleWord::Pending => HandleStatus::Pending,
            HandleWord::Rejected => HandleStatus::Rejected,
            HandleWord::Failed => HandleStatus::Failed,
            HandleWord::Expired => HandleStatus::Expired,
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConsentFetchRequest<'a> {
    pub(crate) consent_id: &'a AaConsentId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConsentFetchAnswer {
    pub(crate) consent_id: AaConsentId,
    status: ConsentWord,
    pub(crate) create_timestamp: WireTime,
    pub(crate) signed_consent: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum ConsentWord {
    Active,
    Paused,
    Revoked,
    Expired,
}

impl ConsentFetchAnswer {
    pub(crate) const fn status(&self) -> AaConsentStatus {
        match self.status {
            ConsentWord::Active => AaConsentStatus::Active,
            ConsentWord::Paused => AaConsentStatus::Paused,
            ConsentWord::Revoked => AaConsentStatus::Revoked,
            ConsentWord::Expired => AaConsentStatus::Expired,
        }
    }
}

#[derive(Serialize)]
pub(crate) struct ConsentChangeRequest<'a> {
    #[serde(rename = "Notifier")]
    notifier: PartyForm,
    #[serde(rename = "ConsentStatusNotification")]
    change: ChangeForm<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChangeForm<'a> {
    consent_id: &'a AaConsentId,
    consent_status: &'static str,
}

impl<'a> ConsentChangeRequest<'a> {
    pub(crate) fn new(ours: &EntityId, consent: &'a AaConsentId, change: ConsentChange) -> Self {
        let consent_status = match change {
            ConsentChange::Pause => "PAUSED",
            ConsentChange::Resume => "ACTIVE",
            ConsentChange::Revoke => "REVOKED",
        };
        Self {
            notifier: PartyForm::new(ours, "FIU"),
            change: ChangeForm { consent_id: consent, consent_status },
        }
    }
}
