//! `ConsentDetail` as it is sent and `SignedConsentDetail` as it comes back.

use std::collections::BTreeSet;

use mpp_core::{
    ConsentMode, ConsentParameters, ConsentParametersForm, ConsentType, DataFilter, DataFilterOperator,
    DataFilterType, DataLife, DataLifeUnit, DataRange, FetchType, FiType, FipId, Frequency, FrequencyUnit,
    LinkRefNumber, Purpose, PurposeCode, Timestamp, Vua,
};
use serde::{Deserialize, Serialize};

use super::lenient::{WireCount, WireTime};
use crate::account_aggregator::{ConsentDetail, ConsentedAccount, Consumer};

/// `DataConsumer`, `DataProvider` and `Notifier`: somebody and what he is.
#[derive(Serialize, Deserialize)]
pub(crate) struct PartyForm {
    pub(crate) id: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
}

impl PartyForm {
    pub(crate) fn new(id: impl ToString, kind: &str) -> Self {
        Self { id: id.to_string(), kind: kind.to_owned() }
    }

    /// `DataConsumer` of a consent to be asked for.
    pub(crate) fn consumer(consumer: &Consumer) -> Self {
        match consumer {
            Consumer::Customer(vua) => Self::new(vua.address(), "USER"),
            Consumer::Fiu(entity) => Self::new(entity, "FIU"),
        }
    }
}

/// `ConsentDetail`, strictly as the specification writes it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AskedDetail {
    consent_start: Timestamp,
    consent_expiry: Timestamp,
    consent_mode: ConsentMode,
    fetch_type: FetchType,
    consent_types: BTreeSet<ConsentType>,
    fi_types: BTreeSet<FiType>,
    #[serde(rename = "DataConsumer")]
    data_consumer: PartyForm,
    #[serde(rename = "Customer")]
    customer: AskedCustomer,
    #[serde(rename = "Purpose")]
    purpose: AskedPurpose,
    #[serde(rename = "FIDataRange")]
    range: DataRange,
    #[serde(rename = "DataLife")]
    data_life: DataLife,
    #[serde(rename = "Frequency")]
    frequency: Frequency,
    #[serde(rename = "DataFilter", skip_serializing_if = "Vec::is_empty")]
    data_filter: Vec<DataFilter>,
}

#[derive(Serialize)]
struct AskedCustomer {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(rename = "Identifiers", skip_serializing_if = "Vec::is_empty")]
    identifiers: Vec<Identifier>,
}

#[derive(Serialize)]
struct Identifier {
    #[serde(rename = "type")]
    kind: &'static str,
    value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AskedPurpose {
    code: PurposeCode,
    ref_uri: String,
    text: String,
    #[serde(rename = "Category")]
    category: Category,
}

#[derive(Serialize)]
struct Category {
    #[serde(rename = "type")]
    kind: &'static str,
}

impl From<&ConsentDetail> for AskedDetail {
    fn from(asked: &ConsentDetail) -> Self {
        let terms = asked.parameters().form();
        let mobile = asked.mobile().map(|mobile| mobile.digits().to_owned());
        Self {
            consent_start: terms.consent_start,
            consent_expiry: terms.consent_expiry,
            consent_mode: terms.consent_mode,
            fetch_type: terms.fetch_type,
            consent_types: terms.consent_types.clone(),
            fi_types: terms.fi_types.clone(),
            data_consumer: PartyForm::consumer(asked.consumer()),
            customer: AskedCustomer {
                id: asked.vua().map(Vua::address),
                identifiers: mobile.into_iter().map(|value| Identifier { kind: "MOBILE", value }).collect(),
            },
            purpose: AskedPurpose {
                code: terms.purpose.code,
                ref_uri: terms.purpose.code.ref_uri(),
                text: terms.purpose.text.clone(),
                category: Category { kind: terms.purpose.code.category() },
            },
            range: terms.data_range,
            data_life: terms.data_life,
            frequency: terms.frequency,
            data_filter: terms.data_filter.clone(),
        }
    }
}

/// `SignedConsentDetail`, the payload of a signed consent.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SignedDetail {
    consent_start: WireTime,
    consent_expiry: WireTime,
    consent_mode: ConsentMode,
    fetch_type: FetchType,
    consent_types: BTreeSet<ConsentType>,
    fi_types: BTreeSet<FiType>,
    #[serde(rename = "DataConsumer")]
    pub(crate) data_consumer: PartyForm,
    #[serde(rename = "DataProvider")]
    pub(crate) data_provider: PartyForm,
    #[serde(rename = "Customer")]
    pub(crate) customer: SignedCustomer,
    #[serde(rename = "Accounts", default)]
    accounts: Vec<SignedAccount>,
    #[serde(rename = "Purpose")]
    purpose: SignedPurpose,
    #[serde(rename = "FIDataRange")]
    range: SignedRange,
    #[serde(rename = "DataLife")]
    data_life: SignedDataLife,
    #[serde(rename = "Frequency")]
    frequency: SignedFrequency,
    #[serde(rename = "DataFilter", default)]
    data_filter: Option<Vec<SignedFilter>>,
}

#[derive(Deserialize)]
pub(crate) struct SignedCustomer {
    pub(crate) id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignedAccount {
    fi_type: FiType,
    fip_id: FipId,
    #[serde(default)]
    acc_type: String,
    link_ref_number: LinkRefNumber,
    #[serde(default)]
    masked_acc_number: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignedPurpose {
    code: PurposeCode,
    #[serde(default)]
    ref_uri: Option<String>,
    #[serde(default)]
    text: Option<String>,
}

#[derive(Deserialize)]
struct SignedRange {
    from: WireTime,
    to: WireTime,
}

#[derive(Deserialize)]
struct SignedDataLife {
    unit: DataLifeUnit,
    value: WireCount,
}

#[derive(Deserialize)]
struct SignedFrequency {
    unit: FrequencyUnit,
    value: WireCount,
}

#[derive(Deserialize)]
struct SignedFilter {
    #[serde(rename = "type")]
    kind: DataFilterType,
    operator: DataFilterOperator,
    value: String,
}

impl SignedDetail {
    /// Whether the purpose points to its definition, where it points at all.
    pub(crate) fn purpose_points_home(&self) -> bool {
        let expected = self.purpose.code.ref_uri();
        self.purpose.ref_uri.as_deref().is_none_or(|uri| uri.is_empty() || uri == expected)
    }

    /// The accounts the customer chose.
    pub(crate) fn accounts(&self) -> Vec<ConsentedAccount> {
        let accounts = self.accounts.iter().map(|account| ConsentedAccount {
            fi_type: account.fi_type,
            fip: account.fip_id.clone(),
            account_type: account.acc_type.clone(),
            link_ref: account.link_ref_number.clone(),
            masked_number: account.masked_acc_number.clone(),
        });
        accounts.collect()
    }

    /// The terms; `None` when they contradict themselves.
    pub(crate) fn parameters(&self) -> Option<ConsentParameters> {
        let filters = self.data_filter.iter().flatten().map(|filter| DataFilter {
            kind: filter.kind,
            operator: filter.operator,
            value: filter.value.clone(),
        });
        ConsentParameters::new(ConsentParametersForm {
            consent_start: self.consent_start.0,
            consent_expiry: self.consent_expiry.0,
            consent_mode: self.consent_mode,
            fetch_type: self.fetch_type,
            consent_types: self.consent_types.clone(),
            fi_types: self.fi_types.clone(),
            purpose: Purpose { code: self.purpose.code, text: self.purpose.text.clone().unwrap_or_default() },
            data_range: DataRange::new(self.range.from.0, self.range.to.0).ok()?,
            data_life: DataLife { unit: self.data_life.unit, value: self.data_life.value.0 },
            frequency: Frequency { unit: self.frequency.unit, value: self.frequency.value.0 },
            data_filter: filters.collect(),
        })
        .ok()
    }
}
