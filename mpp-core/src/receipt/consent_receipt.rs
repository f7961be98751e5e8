//! The consent receipt, in the shape of ISO/IEC TS 27560: header, processing, parties, events.

use serde::{Deserialize, Serialize};

use crate::{
    ArtefactId, Consent, ConsentMode, CustomerRef, DataLife, FetchType, Frequency, LanguageTag, PurposeCode,
    Recipient, RequestedItem, Source, Timestamp,
};

/// What a customer keeps about one consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentReceipt {
    /// The form of the receipt.
    pub schema_version: String,
    /// The record: the consent artefact.
    pub record_id: ArtefactId,
    /// Whose data, by the keyed hash central knows the customer by.
    pub pii_principal_id: CustomerRef,
    /// What is processed and how.
    pub processing: ReceiptProcessing,
    /// Who takes part.
    pub parties: Vec<ReceiptParty>,
    /// What has happened with the consent.
    pub events: Vec<ReceiptEvent>,
}

/// What is processed, for what, for how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptProcessing {
    /// The version of the notice that was shown.
    pub privacy_notice_version: u32,
    /// The language it was shown in.
    pub language: LanguageTag,
    /// What for.
    pub purpose: ReceiptPurpose,
    /// What data, in words.
    pub pii_information: Vec<String>,
    /// From where it is collected.
    pub collection_source: Source,
    /// Who may open it, by its key.
    pub recipient: Recipient,
    /// How the recipient may use it.
    pub processing_method: ConsentMode,
    /// Once or repeatedly.
    pub fetch_type: FetchType,
    /// How often.
    pub frequency: Frequency,
    /// How long the recipient may keep it.
    pub retention_period: DataLife,
    /// Where it is kept.
    pub storage_location: String,
    /// Under which law.
    pub jurisdiction: String,
    /// How to withdraw.
    pub withdrawal_method: String,
    /// Which rights the customer has.
    pub privacy_rights: String,
    /// How to complain.
    pub complaint_method: String,
}

/// A purpose and the ground on which it rests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptPurpose {
    /// The words that were shown.
    pub purpose: String,
    /// The network's code.
    pub purpose_type: PurposeCode,
    /// Always `consent`.
    pub lawful_basis: String,
}

/// What a party is in the processing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptPartyRole {
    /// Decides on the purpose: the partner.
    PiiController,
    /// Works for the controller: the operator of central.
    PiiProcessor,
}

/// Somebody who takes part, and how to reach them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptParty {
    /// What it is.
    pub role: ReceiptPartyRole,
    /// Its name in law.
    pub name: String,
    /// Where to turn with a grievance.
    pub contact: String,
}

/// Something that happened with the consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptEvent {
    /// When.
    pub event_time: Timestamp,
    /// What the consent became, by the name of its state.
    pub event_state: String,
    /// Until when the consent holds.
    pub valid_until: Timestamp,
}

/// What a receipt says beyond the consent itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptContext {
    /// The item the customer approved.
    pub item: RequestedItem,
    /// The language the notice was shown in, and its text.
    pub language: LanguageTag,
    /// The text of the notice in that language.
    pub notice: crate::NoticeText,
    /// The partner's name in law.
    pub partner_name: String,
    /// The operator of central.
    pub operator: ReceiptParty,
    /// Where the data is kept.
    pub storage_location: String,
}

impl ConsentReceipt {
    /// The form written by this version of the code.
    pub const SCHEMA_VERSION: &'static str = "ISO-IEC-TS-27560:2023";

    /// The receipt of `consent` as it stands.
    #[must_use]
    pub fn of(consent: &Consent, context: ReceiptContext) -> Self {
        let ReceiptContext { item, language, notice, partner_name, operator, storage_location } = context;
        let terms = consent.artefact.parameters.form();
        let controller = ReceiptParty {
            role: ReceiptPartyRole::PiiController,
            name: partner_name,
            contact: notice.grievance_contact,
        };
        Self {
            schema_version: Self::SCHEMA_VERSION.to_owned(),
            record_id: consent.artefact.id,
            pii_principal_id: consent.artefact.customer.clone(),
            processing: ReceiptProcessing {
                privacy_notice_version: consent.artefact.notice_version,
                language,
                purpose: ReceiptPurpose {
                    purpose: terms.purpose.text.clone(),
                    purpose_type: terms.purpose.code,
                    lawful_basis: "consent".to_owned(),
                },
                pii_information: item.data_items,
                collection_source: consent.source.clone(),
                recipient: consent.artefact.recipient.clone(),
                processing_method: terms.consent_mode,
                fetch_type: terms.fetch_type,
                frequency: terms.frequency,
                retention_period: terms.data_life,
                storage_location,
                jurisdiction: "IN".to_owned(),
                withdrawal_method: notice.withdrawal,
                privacy_rights: notice.rights,
                complaint_method: notice.complaint,
            },
            parties: vec![controller, operator],
            events: events_of(consent),
        }
    }
}

/// The grant, and the present state where it is another.
fn events_of(consent: &Consent) -> Vec<ReceiptEvent> {
    use crate::ConsentState as State;
    let valid_until = consent.artefact.parameters.form().consent_expiry;
    let granted = State::Active.state_name();
    let mut history = vec![(consent.artefact.issued_at, granted)];
    match consent.state {
        State::Active => {}
        State::Paused { at } | State::Revoked { at } | State::Expired { at } => {
            history.push((at, consent.state.state_name()));
        }
    }
    history
        .into_iter()
        .map(|(event_time, state)| ReceiptEvent { event_time, event_state: state.to_owned(), valid_until })
        .collect()
}
