//! The people, partners and products of the tests.

use std::collections::{BTreeMap, BTreeSet};

use mpp_api::central::PlaceConsentRequest;
use mpp_core::{
    ConsentMode, ConsentType, CustomerParticulars, DataLife, DataLifeUnit, Entropy, FetchType, FiType,
    Frequency, FrequencyUnit, LanguageTag, Notice, NoticeText, PartnerId, Product, ProductContent, ProductId,
    ProductItem, ProductTerms, Purpose, PurposeCode, Source, SourceKind,
};

use crate::town::BUREAU;

pub(crate) fn asking(product: ProductId, case: &str) -> PlaceConsentRequest {
    PlaceConsentRequest {
        product_id: product,
        case_ref: case.parse().unwrap(),
        customer: CustomerParticulars {
            mobile: "9000000001".parse().unwrap(),
            vua: None,
            name: Some("Asha Kulkarni".into()),
            date_of_birth: Some("1990-05-14".parse().unwrap()),
            pan: Some("ABCPK1234D".parse().unwrap()),
            pincode: Some("411001".into()),
        },
    }
}

pub(crate) fn bureau_item() -> ProductItem {
    ProductItem {
        source: BUREAU.parse().unwrap(),
        kind: SourceKind::CreditBureau,
        title: "Credit report".into(),
        data_items: vec!["Score and loans".into()],
        terms: ProductTerms {
            purpose: Purpose { code: PurposeCode::AggregatedStatement, text: "To process your loan".into() },
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

pub(crate) fn account_item() -> ProductItem {
    let mut item = bureau_item();
    item.source = Source::AccountAggregator;
    item.kind = SourceKind::FinancialInformation;
    item.terms.fi_types = BTreeSet::from([FiType::Deposit]);
    item
}

pub(crate) fn product(
    partner: PartnerId,
    items: Vec<ProductItem>,
    now: mpp_core::Timestamp,
    entropy: &dyn Entropy,
) -> Product {
    let text = NoticeText {
        purpose: "To process your loan.".into(),
        rights: "See, correct and erase.".into(),
        withdrawal: "One tap in the app.".into(),
        complaint: "Data Protection Board of India.".into(),
        grievance_contact: "grievance@kaveri.example".into(),
    };
    let notice = Notice { version: 3, texts: BTreeMap::from([(LanguageTag::english(), text)]) };
    let content = ProductContent { name: "Personal loan".into(), items, notice };
    let id = ProductId::generate(entropy);
    let draft = Product::draft(id, partner, content, "maya".parse().unwrap(), now).unwrap();
    draft.approve("ravi".parse().unwrap(), now).unwrap()
}
