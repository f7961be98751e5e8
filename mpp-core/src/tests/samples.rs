//! One valid value of each kind, for all tests of the crate. Everything happens around 15 January 2026.

use std::collections::{BTreeMap, BTreeSet};

use crate::*;

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// When everything begins.
pub(crate) fn start() -> Timestamp {
    at("2026-01-15T09:30:00Z")
}

pub(crate) fn bureau() -> Source {
    Source::Provider("sandbox-bureau".parse().unwrap())
}

pub(crate) fn partner() -> PartnerId {
    PartnerId::from_random([1; 16])
}

pub(crate) fn device() -> DeviceId {
    DeviceId::from_random([2; 16])
}

pub(crate) fn device_key() -> PublicJwk {
    let coordinate = |of: &str| of.repeat(43);
    PublicJwk::Ec { crv: EcCurve::P256, x: coordinate("x"), y: coordinate("y") }
}

pub(crate) fn kid() -> Kid {
    "kaveri-2026".parse().unwrap()
}

pub(crate) fn customer() -> CustomerRef {
    "5c".repeat(32).parse().unwrap()
}

pub(crate) fn staff(name: &str) -> StaffId {
    name.parse().unwrap()
}

pub(crate) fn recipient() -> Recipient {
    Recipient::Partner { id: partner(), envelope_kid: kid() }
}

/// Terms of a year, data of thirteen months back, once a day.
pub(crate) fn periodic_terms() -> ConsentParametersForm {
    ConsentParametersForm {
        consent_start: start(),
        consent_expiry: at("2027-01-15T09:30:00Z"),
        consent_mode: ConsentMode::Store,
        fetch_type: FetchType::Periodic,
        consent_types: BTreeSet::from([ConsentType::Summary, ConsentType::Transactions]),
        fi_types: BTreeSet::from([FiType::Deposit]),
        purpose: Purpose { code: PurposeCode::SpendingPatterns, text: "To watch your spending".into() },
        data_range: DataRange::new(at("2024-12-15T09:30:00Z"), at("2027-01-15T09:30:00Z")).unwrap(),
        data_life: DataLife { unit: DataLifeUnit::Month, value: 1 },
        frequency: Frequency { unit: FrequencyUnit::Day, value: 1 },
        data_filter: vec![DataFilter {
            kind: DataFilterType::TransactionAmount,
            operator: DataFilterOperator::GreaterOrEqual,
            value: "1000".into(),
        }],
    }
}

/// Terms of a month, data of a year back, once.
pub(crate) fn onetime_terms() -> ConsentParametersForm {
    ConsentParametersForm {
        consent_expiry: at("2026-02-15T09:30:00Z"),
        fetch_type: FetchType::Onetime,
        purpose: Purpose { code: PurposeCode::AggregatedStatement, text: "To process your loan".into() },
        data_range: DataRange::new(at("2025-01-15T09:30:00Z"), start()).unwrap(),
        frequency: Frequency { unit: FrequencyUnit::Month, value: 1 },
        ..periodic_terms()
    }
}

pub(crate) fn artefact(terms: ConsentParametersForm) -> ConsentArtefact {
    ConsentArtefact {
        id: ArtefactId::from_random([3; 16]),
        consent: ConsentId::from_random([4; 16]),
        source: bureau(),
        recipient: recipient(),
        customer: customer(),
        parameters: ConsentParameters::new(terms).unwrap(),
        notice_version: 7,
        issued_at: start(),
        device: Some(device()),
        device_key: Some(device_key()),
        aa_consent: None,
    }
}

pub(crate) fn consent(terms: ConsentParametersForm) -> Consent {
    Consent::granted(ConsentRequestId::from_random([5; 16]), partner(), artefact(terms))
}

/// An intent wholly within both sorts of sample terms.
pub(crate) fn intent(terms: &ConsentParametersForm) -> FetchIntent {
    FetchIntent {
        source: bureau(),
        recipient: recipient(),
        range: DataRange::new(at("2025-06-01T00:00:00Z"), start()).unwrap(),
        consent_types: BTreeSet::from([ConsentType::Summary]),
        purpose: terms.purpose.code,
    }
}

pub(crate) fn requested_item(source: Source) -> RequestedItem {
    RequestedItem {
        source,
        kind: SourceKind::CreditBureau,
        title: "Credit report".into(),
        data_items: vec!["Score".into(), "Loans".into()],
        parameters: ConsentParameters::new(onetime_terms()).unwrap(),
    }
}

/// A request for two items that runs out an hour after the start.
pub(crate) fn request() -> ConsentRequest {
    ConsentRequest {
        id: ConsentRequestId::from_random([5; 16]),
        partner: partner(),
        customer: customer(),
        product: ProductId::from_random([6; 16]),
        product_version: ProductVersion::FIRST,
        notice_version: 7,
        case_ref: "LOAN-551".parse().unwrap(),
        placed_at: start(),
        items: vec![requested_item(Source::AccountAggregator), requested_item(bureau())],
        envelope_kid: kid(),
        state: ConsentRequestState::Placed { expires_at: start().plus(Span::from_hours(1)) },
    }
}

pub(crate) fn decisions() -> Vec<ItemDecision> {
    vec![
        ItemDecision { source: bureau(), decision: Decision::Approved },
        ItemDecision { source: Source::AccountAggregator, decision: Decision::Refused },
    ]
}

pub(crate) fn description() -> ParcelDescription {
    ParcelDescription {
        size_bytes: 65_552,
        sha256: Sha256Digest::from_bytes([9; 32]),
        content_type: "application/xml".parse().unwrap(),
    }
}

/// A parcel that expires 72 hours after the start.
pub(crate) fn parcel(state: ParcelState) -> Parcel {
    Parcel {
        id: ParcelId::from_random([7; 16]),
        consent: ConsentId::from_random([4; 16]),
        request: ConsentRequestId::from_random([5; 16]),
        partner: partner(),
        source: bureau(),
        kid: kid(),
        description: None,
        state,
        expires_at: start().plus(Span::from_hours(72)),
    }
}

pub(crate) fn notice_text() -> NoticeText {
    NoticeText {
        purpose: "So that we can offer you a loan.".into(),
        rights: "You may see, correct and erase your data.".into(),
        withdrawal: "One tap in the app.".into(),
        complaint: "Data Protection Board of India.".into(),
        grievance_contact: "grievance@kaveri.example".into(),
    }
}

pub(crate) fn product_terms() -> ProductTerms {
    let ConsentParametersForm {
        consent_mode,
        fetch_type,
        consent_types,
        fi_types,
        purpose,
        data_life,
        frequency,
        ..
    } = onetime_terms();
    ProductTerms {
        purpose,
        consent_mode,
        fetch_type,
        consent_types,
        fi_types,
        valid_for: CalendarSpan::from_months(1).unwrap(),
        range_back: CalendarSpan::from_months(12).unwrap(),
        data_life,
        frequency,
        data_filter: vec![],
    }
}

/// A product with bank data and a credit report.
pub(crate) fn product_content() -> ProductContent {
    let bank = ProductItem {
        source: Source::AccountAggregator,
        kind: SourceKind::FinancialInformation,
        title: "Bank accounts".into(),
        data_items: vec!["Balances and transactions".into()],
        terms: product_terms(),
    };
    let report = ProductItem {
        source: bureau(),
        kind: SourceKind::CreditBureau,
        title: "Credit report".into(),
        data_items: vec!["Score".into()],
        terms: ProductTerms { fi_types: BTreeSet::new(), ..product_terms() },
    };
    ProductContent {
        name: "Personal loan".into(),
        items: vec![bank, report],
        notice: Notice { version: 7, texts: BTreeMap::from([(LanguageTag::english(), notice_text())]) },
    }
}

pub(crate) fn product() -> Product {
    let id = ProductId::from_random([6; 16]);
    Product::draft(id, partner(), product_content(), staff("author"), start()).unwrap()
}
