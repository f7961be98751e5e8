//! The signed terms as they stand in the artefact (`SignedConsentDetail`, account-aggregator.md §7).

use std::collections::BTreeSet;

use mpp_core::{
    ConsentMode, ConsentType, DataFilter, DataLife, DataRange, EntityId, FetchType, FiType, FipId, Frequency,
    LinkRefNumber, PurposeCode, Timestamp, Vua,
};
use serde::{Deserialize, Deserializer};

use super::ApprovedAccount;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SignedTerms {
    pub(super) consent_start: Instant,
    pub(super) consent_expiry: Instant,
    pub(super) consent_mode: ConsentMode,
    pub(super) fetch_type: FetchType,
    pub(super) consent_types: BTreeSet<ConsentType>,
    pub(super) fi_types: BTreeSet<FiType>,
    #[serde(rename = "DataConsumer")]
    consumer: Party,
    #[serde(rename = "DataProvider")]
    provider: Party,
    #[serde(rename = "Customer")]
    customer: Customer,
    #[serde(rename = "Accounts")]
    pub(super) accounts: Vec<SignedAccount>,
    #[serde(rename = "Purpose")]
    pub(super) purpose: SignedPurpose,
    #[serde(rename = "FIDataRange")]
    range: SignedRange,
    #[serde(rename = "DataLife")]
    pub(super) data_life: DataLife,
    #[serde(rename = "Frequency")]
    pub(super) frequency: Frequency,
    #[serde(rename = "DataFilter", default)]
    pub(super) data_filter: Option<Vec<DataFilter>>,
}

#[derive(Deserialize)]
struct Party {
    id: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Customer {
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SignedAccount {
    pub(super) fi_type: FiType,
    fip_id: FipId,
    pub(super) link_ref_number: LinkRefNumber,
    #[serde(default)]
    masked_acc_number: String,
}

#[derive(Deserialize)]
pub(super) struct SignedPurpose {
    pub(super) code: PurposeCode,
}

#[derive(Deserialize)]
struct SignedRange {
    from: Instant,
    to: Instant,
}

/// An instant; old artefacts have milliseconds since 1970 in place of a date-time.
#[derive(Clone, Copy)]
pub(super) struct Instant(pub(super) Timestamp);

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Millis(i64),
            Text(Timestamp),
        }
        match Form::deserialize(deserializer)? {
            Form::Text(instant) => Ok(Self(instant)),
            Form::Millis(millis) => {
                Timestamp::from_unix_millis(millis).map(Self).map_err(serde::de::Error::custom)
            }
        }
    }
}

impl SignedTerms {
    /// Whether the artefact is `provider`'s, and the customer at `vua` receives his own data.
    pub(super) fn is_between(&self, provider: &EntityId, vua: &Vua) -> bool {
        let is_customer = |id: &str| id.parse::<Vua>().is_ok_and(|address| address == *vua);
        self.consumer.kind == "USER"
            && is_customer(&self.consumer.id)
            && is_customer(&self.customer.id)
            && self.provider.kind == "AA"
            && self.provider.id == provider.as_str()
    }

    pub(super) fn range(&self) -> Option<DataRange> {
        DataRange::new(self.range.from.0, self.range.to.0).ok()
    }
}

impl From<SignedAccount> for ApprovedAccount {
    fn from(account: SignedAccount) -> Self {
        let SignedAccount { fi_type, fip_id, link_ref_number, masked_acc_number } = account;
        Self { fi_type, fip_id, link_ref_number, masked_acc_number }
    }
}
