//! How far the data of each consent has come, as central's news tell it.

use mpp_api::central::{ConsentView, PhoneEvent, PhoneEventType};
use mpp_sdk::KeptArtefact;

use super::receipt::title_of;

/// How far the data of one consent has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRow {
    /// The consent, as addresses name it.
    pub consent: String,
    /// From where.
    pub source: String,
    /// How far.
    pub state: Delivery,
    /// How many erasure receipts this phone has verified.
    pub receipts: usize,
}

/// How far data has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Nothing is known yet.
    UnderWay,
    /// It lies sealed at central.
    Sealed,
    /// The recipient has it, and central has erased its copy.
    Delivered,
    /// Nobody collected it; it is erased.
    Expired,
    /// The source could not deliver.
    Failed,
}

impl DeliveryRow {
    /// Whether nothing more is expected.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        match self.state {
            Delivery::UnderWay | Delivery::Sealed => false,
            Delivery::Delivered | Delivery::Expired | Delivery::Failed => true,
        }
    }

    /// In words.
    #[must_use]
    pub const fn words(&self) -> &'static str {
        match self.state {
            Delivery::UnderWay => "On its way",
            Delivery::Sealed => "Sealed, waits for the recipient",
            Delivery::Delivered => "Delivered, and erased at MPP central",
            Delivery::Expired => "Not collected in time, erased",
            Delivery::Failed => "The source could not deliver",
        }
    }

    /// As a style class.
    #[must_use]
    pub const fn class(&self) -> &'static str {
        match self.state {
            Delivery::UnderWay | Delivery::Sealed => "wait",
            Delivery::Delivered => "good",
            Delivery::Expired | Delivery::Failed => "over",
        }
    }
}

/// How far the data of each artefact's consent has come.
pub(crate) fn delivery_rows(
    artefacts: &[KeptArtefact],
    consents: &[ConsentView],
    news: &[PhoneEvent],
) -> Vec<DeliveryRow> {
    let row = |artefact: &KeptArtefact| {
        let told: Vec<&PhoneEvent> =
            news.iter().filter(|event| event.consent_id == artefact.consent).collect();
        DeliveryRow {
            consent: artefact.consent.to_string(),
            source: title_of(artefact, consents),
            state: told
                .iter()
                .filter_map(|event| state_after(event.kind))
                .next_back()
                .unwrap_or(Delivery::UnderWay),
            receipts: told.iter().filter(|event| event.erasure_receipt.is_some()).count(),
        }
    };
    artefacts.iter().map(row).collect()
}

const fn state_after(news: PhoneEventType) -> Option<Delivery> {
    match news {
        PhoneEventType::Delivered => Some(Delivery::Delivered),
        PhoneEventType::Expired => Some(Delivery::Expired),
        PhoneEventType::Fetched => Some(Delivery::Sealed),
        PhoneEventType::Failed => Some(Delivery::Failed),
        PhoneEventType::FetchDue | PhoneEventType::ConsentChanged => None,
    }
}
