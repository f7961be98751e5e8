//! The people, partners and products of the tests.

use std::collections::{BTreeMap, BTreeSet};

use mpp_billing::{PartyForm, PartyStanding};
use mpp_core::{
    CaseRef, ConsentMode, ConsentType, CustomerParticulars, DataLife, DataLifeUnit, Entropy, FetchType,
    FiType, Frequency, FrequencyUnit, LanguageTag, Notice, NoticeText, PartnerId, Product, ProductContent,
    ProductId, ProductItem, ProductTerms, Purpose, PurposeCode, Source, SourceKind,
};
use mpp_services::central::{BillingSettings, NewPartner};

pub(crate) const MOBILE: &str = "9000000001";
pub(crate) const NAME: &str = "Asha Canary Kulkarni";
pub(crate) const PAN: &str = "ABCPK1234D";
pub(crate) const REPORT: &[u8] = br#"{"score":"762","canary":"XQ-REPORT-CANARY"}"#;

pub(crate) fn new_partner(url: Option<&str>) -> NewPartner {
    NewPartner {
        legal_name: "Kaveri Finance Ltd".into(),
        gstin: "29AAACK9876L1ZN".parse().unwrap(),
        contract_ref: "MPP-2026-001".parse().unwrap(),
        contacts: vec!["ops@kaveri.example".into()],
        price_plan: "standard".parse().unwrap(),
        notification_url: url.map(|url| url.parse().unwrap()),
    }
}

pub(crate) fn billing() -> BillingSettings {
    let supplier = PartyForm {
        name: "Moneyone Private Limited".into(),
        address: vec!["1 Fort Road".into(), "Mumbai 400001".into()],
        gstin: "27AABCF4321K1ZR".parse().unwrap(),
        standing: PartyStanding::Regular,
    };
    BillingSettings {
        supplier: supplier.try_into().unwrap(),
        invoice_series: "MPP".into(),
        credit_series: "MPC".into(),
        e_invoices: false,
    }
}

pub(crate) fn case_ref(text: &str) -> CaseRef {
    text.parse().unwrap()
}

pub(crate) fn customer() -> CustomerParticulars {
    CustomerParticulars {
        mobile: MOBILE.parse().unwrap(),
        vua: None,
        name: Some(NAME.into()),
        date_of_birth: None,
        pan: Some(PAN.parse().unwrap()),
        pincode: None,
    }
}

pub(crate) fn bureau_item() -> ProductItem {
    ProductItem {
        source: "provider:bureau".parse().unwrap(),
        kind: SourceKind::CreditBureau,
        title: "Credit report".into(),
        data_items: vec!["Score and loans".into()],
        terms: ProductTerms {
            purpose: purpose(PurposeCode::AggregatedStatement),
            consent_mode: ConsentMode::Store,
            fetch_type: FetchType::Onetime,
            consent_types: BTreeSet::from([ConsentType::Summary]),
            fi_types: BTreeSet::new(),
            valid_for: "P1M".parse().unwrap(),
            range_back: "P12M".parse().unwrap(),
            data_life: DataLife { unit: DataLifeUnit::Month, value: 1 },
            frequency: Frequency { unit: FrequencyUnit::Month, value: 1 },
            data_filter: Vec::new(),
        },
    }
}

pub(crate) fn periodic_bureau_item() -> ProductItem {
    let mut item = bureau_item();
    item.terms.fetch_type = FetchType::Periodic;
    item.terms.purpose = purpose(PurposeCode::Monitoring);
    item.terms.valid_for = "P6M".parse().unwrap();
    item
}

pub(crate) fn account_item() -> ProductItem {
    let mut item = bureau_item();
    item.source = Source::AccountAggregator;
    item.kind = SourceKind::FinancialInformation;
    item.title = "Bank accounts".into();
    item.terms.consent_types = BTreeSet::from([ConsentType::Profile, ConsentType::Transactions]);
    item.terms.fi_types = BTreeSet::from([FiType::Deposit]);
    item
}

fn purpose(code: PurposeCode) -> Purpose {
    Purpose { code, text: "To process your loan application".into() }
}

pub(crate) fn product(
    partner: PartnerId,
    items: Vec<ProductItem>,
    now: mpp_core::Timestamp,
    entropy: &dyn Entropy,
) -> Product {
    let text = NoticeText {
        purpose: "To process your loan application.".into(),
        rights: "See, correct and erase your data in the app.".into(),
        withdrawal: "One tap in the app.".into(),
        complaint: "Data Protection Board of India.".into(),
        grievance_contact: "grievance@kaveri.example".into(),
    };
    let notice = Notice { version: 3, texts: BTreeMap::from([(LanguageTag::english(), text)]) };
    let content = ProductContent { name: "Personal loan".into(), items, notice };
    let draft =
        Product::draft(ProductId::generate(entropy), partner, content, "maya".parse().unwrap(), now).unwrap();
    draft.approve("ravi".parse().unwrap(), now).unwrap()
}
