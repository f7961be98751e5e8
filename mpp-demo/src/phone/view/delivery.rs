//! How far the data of each consent has come, as central's news tell it.

use std::collections::BTreeSet;

use mpp_api::central::{ConsentView, PhoneEvent, PhoneEventType};
use mpp_core::{ParcelId, Source};
use mpp_sdk::KeptArtefact;

use super::Language;
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
    /// The source had nothing about the customer.
    NothingThere,
}

impl DeliveryRow {
    /// Whether nothing more is expected.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        match self.state {
            Delivery::UnderWay | Delivery::Sealed => false,
            Delivery::Delivered | Delivery::Expired | Delivery::Failed | Delivery::NothingThere => true,
        }
    }

    /// In words.
    #[must_use]
    pub const fn words(&self, language: &Language) -> &'static str {
        match self.state {
            Delivery::UnderWay => language.either("On its way", "रास्ते में"),
            Delivery::Sealed => {
                language.either("Sealed, waits for the recipient", "सीलबंद, प्राप्तकर्ता की प्रतीक्षा में")
            }
            Delivery::Delivered => {
                language.either("Delivered, and erased at MPP central", "पहुँचा, और MPP सेंट्रल पर मिटाया गया")
            }
            Delivery::Expired => {
                language.either("Not collected in time, erased", "समय पर नहीं लिया, मिटाया गया")
            }
            Delivery::Failed => language.either("The source could not deliver", "स्रोत दे नहीं सका"),
            Delivery::NothingThere => {
                language.either("The source had nothing about you", "स्रोत के पास आपके बारे में कुछ नहीं")
            }
        }
    }

    /// As a style class.
    #[must_use]
    pub const fn class(&self) -> &'static str {
        match self.state {
            Delivery::UnderWay | Delivery::Sealed => "wait",
            Delivery::Delivered => "good",
            Delivery::Expired | Delivery::Failed | Delivery::NothingThere => "over",
        }
    }
}

/// How far the data of each artefact's consent has come. `sealed_here` is how many parcels of accounts this phone
/// sealed, so that the last of them is waited for.
pub(crate) fn delivery_rows(
    artefacts: &[KeptArtefact],
    consents: &[ConsentView],
    news: &[PhoneEvent],
    sealed_here: usize,
    language: Language,
) -> Vec<DeliveryRow> {
    let row = |artefact: &KeptArtefact| {
        let told: Vec<&PhoneEvent> =
            news.iter().filter(|event| event.consent_id == artefact.consent).collect();
        let expected = if artefact.source == Source::AccountAggregator { sealed_here } else { 0 };
        DeliveryRow {
            consent: artefact.consent.to_string(),
            source: title_of(artefact, consents, language),
            state: state_after(&told, expected),
            receipts: told.iter().filter(|event| event.erasure_receipt.is_some()).count(),
        }
    };
    artefacts.iter().map(row).collect()
}

/// What the news of one consent add up to: a parcel that was fetched and not yet disposed of keeps it open.
fn state_after(told: &[&PhoneEvent], expected: usize) -> Delivery {
    let parcels = |kind: PhoneEventType| -> BTreeSet<ParcelId> {
        told.iter().filter(|event| event.kind == kind).filter_map(|event| event.parcel_id).collect()
    };
    let (fetched, delivered, expired) = (
        parcels(PhoneEventType::Fetched),
        parcels(PhoneEventType::Delivered),
        parcels(PhoneEventType::Expired),
    );
    let disposed = delivered.union(&expired).count();
    if disposed < expected
        || fetched.iter().any(|parcel| !delivered.contains(parcel) && !expired.contains(parcel))
    {
        return if fetched.is_empty() && disposed == 0 { Delivery::UnderWay } else { Delivery::Sealed };
    }
    if !expired.is_empty() {
        Delivery::Expired
    } else if !delivered.is_empty() {
        Delivery::Delivered
    } else if told.iter().any(|event| event.kind == PhoneEventType::Failed) {
        Delivery::Failed
    } else if told.iter().any(|event| event.kind == PhoneEventType::Fetched) {
        Delivery::NothingThere
    } else {
        Delivery::UnderWay
    }
}

#[cfg(test)]
mod tests {
    use mpp_core::{ConsentId, ConsentRequestId, Timestamp};

    use super::*;

    fn event(kind: PhoneEventType, parcel: Option<u8>) -> PhoneEvent {
        PhoneEvent {
            sequence: 1,
            kind,
            occurred_at: Timestamp::from_unix_millis(0).unwrap(),
            consent_request_id: ConsentRequestId::from_random([1; 16]),
            consent_id: ConsentId::from_random([1; 16]),
            source: "account-aggregator".into(),
            parcel_id: parcel.map(|byte| ParcelId::from_random([byte; 16])),
            erasure_receipt: None,
            reason: None,
        }
    }

    #[test]
    fn the_last_parcel_decides() {
        use PhoneEventType::{Delivered, Expired, Failed, Fetched};
        let state = |events: &[(PhoneEventType, Option<u8>)], expected| {
            let events: Vec<PhoneEvent> = events.iter().map(|(kind, parcel)| event(*kind, *parcel)).collect();
            state_after(&events.iter().collect::<Vec<_>>(), expected)
        };
        assert_eq!(state(&[], 0), Delivery::UnderWay);
        assert_eq!(state(&[(Fetched, Some(1))], 0), Delivery::Sealed);
        assert_eq!(state(&[(Fetched, Some(1)), (Delivered, Some(1))], 0), Delivery::Delivered);
        assert_eq!(state(&[(Fetched, Some(1)), (Delivered, Some(1))], 2), Delivery::Sealed);
        assert_eq!(
            state(&[(Fetched, Some(1)), (Fetched, Some(2)), (Delivered, Some(1))], 0),
            Delivery::Sealed
        );
        assert_eq!(state(&[(Fetched, Some(1)), (Expired, Some(1))], 1), Delivery::Expired);
        assert_eq!(state(&[(Failed, None)], 0), Delivery::Failed);
        assert_eq!(state(&[(Fetched, None)], 0), Delivery::NothingThere);
    }
}
