//! What the register reads and writes. Nothing here leaves the adapter.

use serde::{Deserialize, Serialize};

/// A question about one owner.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OwnerQuery<'a> {
    pub(super) owner_mobile: &'a str,
    pub(super) owner_name: &'a str,
    pub(super) request_ref: String,
    pub(super) consent_ref: String,
    pub(super) purpose: &'a str,
}

/// As much of the answer as is looked at: the document itself is passed on as it is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Holdings {
    pub(super) register: String,
    pub(super) owner_mobile: String,
}

/// How the register words a refusal. Unknown members and words are ignored.
#[derive(Deserialize, Default)]
pub(super) struct Refusal {
    #[serde(default)]
    pub(super) reason: Option<String>,
}
