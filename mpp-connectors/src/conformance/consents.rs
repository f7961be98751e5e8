//! Consents and requests to try providers with.

use std::collections::BTreeSet;

use mpp_core::{
    ArtefactId, ConsentArtefact, ConsentId, ConsentMode, ConsentParameters, ConsentParametersForm,
    ConsentState, ConsentType, CustomerParticulars, DataLife, DataLifeUnit, DataRange, FetchId, FetchIntent,
    FetchPermit, FetchType, FiType, Frequency, FrequencyUnit, PartnerId, Purpose, PurposeCode, Recipient,
    Source, Span, Timestamp,
};

use crate::provider::{ConsentEvidence, ProviderRequest};

/// The random bytes of the artefact all permits of the suite rest on.
pub const ARTEFACT_BYTES: [u8; 16] = [7; 16];

/// A consent to a fetch from `source`, given just now.
#[must_use]
pub fn artefact_for(source: Source, now: Timestamp) -> ConsentArtefact {
    let recipient = match &source {
        Source::AccountAggregator => Recipient::Customer,
        Source::Provider(_) => Recipient::Partner {
            id: PartnerId::from_random([1; 16]),
            envelope_kid: "partner-key-1".parse().unwrap(),
        },
    };
    ConsentArtefact {
        id: ArtefactId::from_random(ARTEFACT_BYTES),
        consent: ConsentId::from_random([2; 16]),
        source,
        recipient,
        customer: "ab".repeat(32).parse().unwrap(),
        parameters: parameters(now),
        notice_version: 1,
        issued_at: now,
        device: None,
        device_key: None,
        aa_consent: None,
    }
}

fn parameters(now: Timestamp) -> ConsentParameters {
    ConsentParameters::new(ConsentParametersForm {
        consent_start: now,
        consent_expiry: now.plus(Span::from_days(30)),
        consent_mode: ConsentMode::Store,
        fetch_type: FetchType::Onetime,
        consent_types: BTreeSet::from([
            ConsentType::Profile,
            ConsentType::Summary,
            ConsentType::Transactions,
        ]),
        fi_types: BTreeSet::from([FiType::Deposit, FiType::TermDeposit]),
        purpose: Purpose {
            code: PurposeCode::AggregatedStatement,
            text: "To process your loan application".into(),
        },
        data_range: DataRange::new(now.minus(Span::from_days(365)), now).unwrap(),
        data_life: DataLife { unit: DataLifeUnit::Month, value: 1 },
        frequency: Frequency { unit: FrequencyUnit::Month, value: 1 },
        data_filter: Vec::new(),
    })
    .unwrap()
}

/// A permit for one fetch from `source`, granted just now.
#[must_use]
pub fn permit_for(source: Source, now: Timestamp) -> FetchPermit {
    let artefact = artefact_for(source.clone(), now);
    let terms = artefact.parameters.form();
    let intent = FetchIntent {
        source,
        recipient: artefact.recipient.clone(),
        range: terms.data_range,
        consent_types: terms.consent_types.clone(),
        purpose: terms.purpose.code,
    };
    artefact.authorise(&ConsentState::Active, &intent, &[], now).unwrap()
}

/// A request about this customer under the suite's artefact.
#[must_use]
pub fn request_about(customer: CustomerParticulars, now: Timestamp) -> ProviderRequest {
    ProviderRequest {
        client_ref: FetchId::from_random([9; 16]),
        customer,
        evidence: ConsentEvidence {
            artefact: ArtefactId::from_random(ARTEFACT_BYTES),
            approved_at: now,
            ip_address: Some([203, 0, 113, 7].into()),
        },
    }
}
