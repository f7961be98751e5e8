//! `/Consent/Notification` and `/FI/Notification` as their receiver sees them. Empty text, `{}` and `null` count
//! as missing (account-aggregator.md §6.5), so every member is optional here and checked by hand.

use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct ConsentNotificationBody {
    #[serde(rename = "Notifier", default)]
    pub(crate) notifier: Option<NotifierForm>,
    #[serde(rename = "ConsentStatusNotification", default)]
    pub(crate) content: Option<ConsentStatusForm>,
}

#[derive(Deserialize)]
pub(crate) struct NotifierForm {
    #[serde(rename = "type", default)]
    pub(crate) kind: Option<String>,
    #[serde(default)]
    pub(crate) id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConsentStatusForm {
    #[serde(default)]
    pub(crate) consent_id: Option<String>,
    #[serde(default)]
    pub(crate) consent_handle: Option<String>,
    #[serde(default)]
    pub(crate) consent_status: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct FiNotificationBody {
    #[serde(rename = "Notifier", default)]
    pub(crate) notifier: Option<NotifierForm>,
    #[serde(rename = "FIStatusNotification", default)]
    pub(crate) content: Option<FiStatusForm>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FiStatusForm {
    #[serde(default)]
    pub(crate) session_id: Option<String>,
    #[serde(default)]
    pub(crate) session_status: Option<String>,
    #[serde(rename = "FIStatusResponse", default)]
    pub(crate) fips: Option<Vec<FipStatusForm>>,
}

#[derive(Deserialize)]
pub(crate) struct FipStatusForm {
    #[serde(rename = "fipID", alias = "fipId", default)]
    pub(crate) fip: Option<String>,
    #[serde(rename = "Accounts", default)]
    pub(crate) accounts: Option<Vec<AccountStatusForm>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccountStatusForm {
    #[serde(default)]
    pub(crate) link_ref_number: Option<String>,
    #[serde(rename = "FIStatus", default)]
    pub(crate) status: Option<String>,
}
