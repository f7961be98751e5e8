//! The consent receipt, for reading and as it was signed.

use mpp_api::central::ConsentView;
use mpp_core::{ConsentReceipt, ReceiptParty, ReceiptPartyRole, Source, Timestamp};
use mpp_sdk::KeptArtefact;
use serde::Deserialize;

use super::evidence::{self, SignedText};
use super::{Frame, Language, when};

/// The receipt of one decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The phone's number.
    pub number: usize,
    /// The request, as addresses name it.
    pub request: String,
    /// The receipt for reading; `None` when it has a form this app does not know.
    pub readable: Option<Receipt>,
    /// The receipt as it was signed.
    pub signed: SignedText,
    /// The artefacts, each with its source.
    pub artefacts: Vec<(String, SignedText)>,
}

/// A receipt for reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// When the customer decided.
    pub decided_at: String,
    /// The consents given.
    pub consents: Vec<GivenRow>,
    /// The sources refused.
    pub refused: Vec<String>,
    /// The form of the receipt.
    pub form: String,
}

/// A consent on a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenRow {
    /// From where.
    pub source: String,
    /// What for.
    pub purpose: String,
    /// What data.
    pub data: Vec<String>,
    /// Who receives it.
    pub recipient: String,
    /// Where to turn with a grievance.
    pub grievance: String,
    /// From when to when it holds.
    pub validity: String,
    /// Which notice was shown, in which language.
    pub notice: String,
    /// How to withdraw.
    pub withdrawal: String,
    /// The rights.
    pub rights: String,
    /// How to complain.
    pub complaint: String,
}

/// The receipt's payload.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DecisionReceipt {
    decided_at: Timestamp,
    consents: Vec<ConsentReceipt>,
    refused: Vec<Source>,
}

/// A signed receipt for reading, its sources named as on the screen where known; `None` when it has a form this app
/// does not know.
#[must_use]
pub fn readable(
    signed: &str,
    artefacts: &[KeptArtefact],
    consents: &[ConsentView],
    language: Language,
) -> Option<Receipt> {
    let receipt: DecisionReceipt = evidence::payload(signed)?;
    Some(Receipt {
        decided_at: when::moment(receipt.decided_at, language),
        form: receipt.consents.first().map(|given| given.schema_version.clone()).unwrap_or_default(),
        consents: receipt
            .consents
            .iter()
            .map(|given| given_row(given, artefacts, consents, language))
            .collect(),
        refused: receipt.refused.iter().map(|source| source_name(source, language)).collect(),
    })
}

fn given_row(
    given: &ConsentReceipt,
    artefacts: &[KeptArtefact],
    consents: &[ConsentView],
    language: Language,
) -> GivenRow {
    let processing = &given.processing;
    let controller = given.parties.iter().find(|party| party.role == ReceiptPartyRole::PiiController);
    let of_controller =
        |part: fn(&ReceiptParty) -> &String| controller.map(part).cloned().unwrap_or_default();
    let granted = given.events.first();
    let kept = artefacts.iter().find(|artefact| artefact.artefact == given.record_id);
    GivenRow {
        source: kept.map_or_else(
            || source_name(&processing.collection_source, language),
            |artefact| title_of(artefact, consents, language),
        ),
        purpose: processing.purpose.purpose.clone(),
        data: processing.pii_information.clone(),
        recipient: of_controller(|party| &party.name),
        grievance: of_controller(|party| &party.contact),
        validity: granted
            .map_or_else(String::new, |event| when::days(event.event_time, event.valid_until, language)),
        notice: format!(
            "{} {}, {}",
            language.either("version", "संस्करण"),
            processing.privacy_notice_version,
            processing.language
        ),
        withdrawal: processing.withdrawal_method.clone(),
        rights: processing.privacy_rights.clone(),
        complaint: processing.complaint_method.clone(),
    }
}

/// A source in words.
#[must_use]
pub fn source_name(source: &Source, language: Language) -> String {
    match source {
        Source::AccountAggregator => {
            language.either("Accounts, through the Account Aggregator", "खाते, अकाउंट एग्रीगेटर से").to_owned()
        }
        Source::Provider(id) => format!("{} {id}", language.either("Source", "स्रोत")),
    }
}

/// What an artefact's consent was called on the screen, where central can be asked; else its source.
#[must_use]
pub fn title_of(artefact: &KeptArtefact, consents: &[ConsentView], language: Language) -> String {
    let shown = consents.iter().find(|consent| consent.consent_id == artefact.consent);
    shown.map_or_else(|| source_name(&artefact.source, language), |consent| consent.title.clone())
}
