//! Terms, a notice and the items of a consent screen, as a lender would ask.

use mpp_api::central::ScreenItem;
use mpp_core::{
    ConsentMode, ConsentParameters, ConsentParametersForm, ConsentType, DataFilter, DataFilterOperator,
    DataFilterType, DataLife, DataLifeUnit, DataRange, FetchType, FiType, Frequency, FrequencyUnit, Purpose,
    PurposeCode, Timestamp,
};
use serde_json::{Value, json};

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn account_terms() -> ConsentParameters {
    ConsentParameters::new(ConsentParametersForm {
        consent_start: at("2026-01-15T09:00:00Z"),
        consent_expiry: at("2026-07-15T09:00:00Z"),
        consent_mode: ConsentMode::Store,
        fetch_type: FetchType::Periodic,
        consent_types: [ConsentType::Profile, ConsentType::Summary, ConsentType::Transactions].into(),
        fi_types: [FiType::Deposit, FiType::TermDeposit, FiType::MutualFunds].into(),
        purpose: Purpose {
            code: PurposeCode::OneTime,
            text: "To decide on your application for a personal loan of up to ₹5,00,000".into(),
        },
        data_range: DataRange::new(at("2025-01-15T00:00:00Z"), at("2026-01-15T00:00:00Z")).unwrap(),
        data_life: DataLife { unit: DataLifeUnit::Month, value: 6 },
        frequency: Frequency { unit: FrequencyUnit::Month, value: 1 },
        data_filter: vec![DataFilter {
            kind: DataFilterType::TransactionAmount,
            operator: DataFilterOperator::GreaterOrEqual,
            value: "100000".into(),
        }],
    })
    .unwrap()
}

pub fn third_party_terms(purpose: &str) -> ConsentParameters {
    let form = account_terms().form().clone();
    ConsentParameters::new(ConsentParametersForm {
        fetch_type: FetchType::Onetime,
        consent_types: [ConsentType::Summary].into(),
        fi_types: [].into(),
        purpose: Purpose { code: PurposeCode::OneTime, text: purpose.into() },
        data_filter: Vec::new(),
        ..form
    })
    .unwrap()
}

pub fn items() -> Vec<ScreenItem> {
    let item = |source: &str, kind: &str, title: &str, data: &[&str], terms| ScreenItem {
        source: source.into(),
        kind: kind.into(),
        title: title.into(),
        data_items: data.iter().map(|text| (*text).to_owned()).collect(),
        terms,
    };
    vec![
        item(
            "account-aggregator",
            "FINANCIAL_INFORMATION",
            "Bank accounts and investments",
            &["Who holds each account", "Balances", "Transactions of the last 12 months"],
            account_terms(),
        ),
        item(
            "provider:sandbox-bureau",
            "CREDIT_BUREAU",
            "Credit report",
            &["Loans and cards", "Repayment record", "Credit score"],
            third_party_terms("To see whether earlier loans were repaid"),
        ),
        item(
            "provider:sandbox-operator",
            "TELECOM",
            "Mobile number check",
            &["How long you have had this number", "Whether the SIM was changed lately"],
            third_party_terms("To be sure that you are the one who applies"),
        ),
    ]
}

pub fn notice() -> Value {
    json!({
        "en": {
            "purpose": "Kaveri Finance asks for the data below to decide on your application for a personal loan.",
            "rights": "You can see, correct and erase your data and name somebody who acts for you.",
            "withdrawal": "Open Consents in this app and tap Withdraw. It takes one tap and needs no reason.",
            "complaint": "You can complain to the Data Protection Board of India.",
            "grievanceContact": "Grievance officer: grievance@kaveri.example, 1800 000 0000"
        },
        "hi": {
            "purpose": "कावेरी फ़ाइनेंस आपके व्यक्तिगत ऋण के आवेदन पर निर्णय के लिए नीचे दिया डेटा माँगता है।",
            "rights": "आप अपना डेटा देख, सुधार और मिटवा सकते हैं और किसी को नामित कर सकते हैं।",
            "withdrawal": "इस ऐप में सहमतियाँ खोलें और वापस लें पर टैप करें। एक टैप काफ़ी है, कारण ज़रूरी नहीं।",
            "complaint": "आप भारतीय डेटा संरक्षण बोर्ड से शिकायत कर सकते हैं।",
            "grievanceContact": "शिकायत अधिकारी: grievance@kaveri.example, 1800 000 0000"
        }
    })
}
