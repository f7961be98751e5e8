//! What the operator's interface reads and writes. Nothing here leaves the adapter.

use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProfileRequest<'a> {
    pub(super) msisdn: &'a str,
    pub(super) client_ref: String,
    pub(super) consent: ConsentBlock<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConsentBlock<'a> {
    pub(super) artefact_id: String,
    pub(super) purpose: &'a str,
}

/// As much of the profile as is looked at. Of what only its quality hangs on, every form is taken.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProfileHead {
    pub(super) source: String,
    pub(super) msisdn: String,
    /// When the operator wrote it, RFC 3339.
    #[serde(default)]
    pub(super) as_of: Value,
    /// The parts that this operator does not offer.
    #[serde(default)]
    pub(super) unavailable: Value,
}
