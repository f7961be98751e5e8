//! `/FI/request`, `/FI/fetch` and `/Heartbeat` as their caller sees them.

use mpp_core::{AaConsentId, DataRange, DataSessionId, FipId, LinkRefNumber};
use mpp_crypto::rebit::KeyMaterialForm;
use serde::{Deserialize, Serialize};

use crate::account_aggregator::{AaHealth, EncryptedAccount, FiFilter, FiFromFip, FiRequest};

#[derive(Serialize)]
pub(crate) struct FiRequestBody<'a> {
    #[serde(rename = "FIDataRange")]
    range: DataRange,
    #[serde(rename = "Consent")]
    consent: ConsentProof<'a>,
    #[serde(rename = "KeyMaterial")]
    key_material: &'a KeyMaterialForm,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConsentProof<'a> {
    id: &'a AaConsentId,
    digital_signature: &'a str,
}

impl<'a> From<&'a FiRequest> for FiRequestBody<'a> {
    fn from(request: &'a FiRequest) -> Self {
        Self {
            range: request.range,
            consent: ConsentProof { id: &request.consent, digital_signature: &request.digital_signature },
            key_material: &request.key_material,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FiRequestAnswer {
    pub(crate) consent_id: AaConsentId,
    pub(crate) session_id: DataSessionId,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FiFetchRequest<'a> {
    session_id: &'a DataSessionId,
    #[serde(skip_serializing_if = "Option::is_none")]
    fip_id: Option<&'a FipId>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    link_ref_number: Vec<LinkRef<'a>>,
}

#[derive(Serialize)]
struct LinkRef<'a> {
    id: &'a LinkRefNumber,
}

impl<'a> FiFetchRequest<'a> {
    pub(crate) fn new(session_id: &'a DataSessionId, filter: &'a FiFilter) -> Self {
        let link_ref_number = filter.accounts.iter().map(|id| LinkRef { id }).collect();
        Self { session_id, fip_id: filter.fip.as_ref(), link_ref_number }
    }
}

#[derive(Deserialize)]
pub(crate) struct FiFetchAnswer {
    #[serde(rename = "FI")]
    fi: Vec<FiForm>,
}

#[derive(Deserialize)]
struct FiForm {
    #[serde(rename = "fipID", alias = "fipId")]
    fip: FipId,
    data: Vec<DataForm>,
    #[serde(rename = "KeyMaterial")]
    key_material: KeyMaterialForm,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DataForm {
    link_ref_number: LinkRefNumber,
    #[serde(default)]
    masked_acc_number: Option<String>,
    #[serde(rename = "encryptedFI", default)]
    encrypted_fi: Option<String>,
}

impl From<FiFetchAnswer> for Vec<FiFromFip> {
    fn from(answer: FiFetchAnswer) -> Self {
        let entries = answer.fi.into_iter().map(|entry| FiFromFip {
            fip: entry.fip,
            key_material: entry.key_material,
            accounts: entry.data.into_iter().map(EncryptedAccount::from).collect(),
        });
        entries.collect()
    }
}

impl From<DataForm> for EncryptedAccount {
    fn from(form: DataForm) -> Self {
        Self {
            link_ref: form.link_ref_number,
            masked_number: form.masked_acc_number.unwrap_or_default(),
            encrypted: form.encrypted_fi.unwrap_or_default(),
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct HeartbeatAnswer {
    #[serde(rename = "Status")]
    status: HealthWord,
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum HealthWord {
    Up,
    Down,
}

impl HeartbeatAnswer {
    pub(crate) const fn health(&self) -> AaHealth {
        match self.status {
            HealthWord::Up => AaHealth::Up,
            HealthWord::Down => AaHealth::Down,
        }
    }
}
