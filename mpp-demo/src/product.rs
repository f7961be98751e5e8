//! The product of the demo: a personal loan decided on accounts, credit report and telecom profile.

use std::collections::{BTreeMap, BTreeSet};

use mpp_core::{
    CalendarSpan, ConsentMode, ConsentType, DataLife, DataLifeUnit, FetchType, FiType, Frequency,
    FrequencyUnit, LanguageTag, Notice, NoticeText, ProductContent, ProductItem, ProductTerms, Purpose,
    PurposeCode, Source, SourceKind,
};

/// The bureau's name in central's registry.
pub const BUREAU: &str = "sandbox-bureau";

/// The operator's name in central's registry.
pub const OPERATOR: &str = "sandbox-operator";

/// The product as its author drafts it.
///
/// # Errors
/// When a name in it is not valid, which a test rules out.
pub fn personal_loan() -> anyhow::Result<ProductContent> {
    Ok(ProductContent {
        name: "Personal loan".to_owned(),
        items: vec![
            ProductItem {
                source: Source::AccountAggregator,
                kind: SourceKind::FinancialInformation,
                title: "Your accounts".to_owned(),
                data_items: words(&[
                    "Savings, fixed and recurring deposits: holder, balance, transactions of the last 12 months",
                    "Mutual funds: holdings and transactions",
                    "Life insurance: policy and premiums",
                ]),
                terms: terms(fi_types())?,
            },
            ProductItem {
                source: Source::Provider(BUREAU.parse()?),
                kind: SourceKind::CreditBureau,
                title: "Your credit report".to_owned(),
                data_items: words(&[
                    "Credit score",
                    "Loans and cards with their payment history",
                    "Recent enquiries",
                ]),
                terms: terms(BTreeSet::new())?,
            },
            ProductItem {
                source: Source::Provider(OPERATOR.parse()?),
                kind: SourceKind::Telecom,
                title: "Your mobile connection".to_owned(),
                data_items: words(&[
                    "How long you have had your number",
                    "Plan and recharges",
                    "SIM changes",
                ]),
                terms: terms(BTreeSet::new())?,
            },
        ],
        notice: notice()?,
    })
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn fi_types() -> BTreeSet<FiType> {
    BTreeSet::from([
        FiType::Deposit,
        FiType::TermDeposit,
        FiType::RecurringDeposit,
        FiType::MutualFunds,
        FiType::InsurancePolicies,
        FiType::LifeInsurance,
    ])
}

fn terms(fi_types: BTreeSet<FiType>) -> anyhow::Result<ProductTerms> {
    Ok(ProductTerms {
        purpose: Purpose {
            code: PurposeCode::AggregatedStatement,
            text: "To decide on your application for a personal loan".to_owned(),
        },
        consent_mode: ConsentMode::Store,
        fetch_type: FetchType::Onetime,
        consent_types: BTreeSet::from([
            ConsentType::Profile,
            ConsentType::Summary,
            ConsentType::Transactions,
        ]),
        fi_types,
        valid_for: CalendarSpan::from_days(14)?,
        range_back: CalendarSpan::from_months(12)?,
        data_life: DataLife { unit: DataLifeUnit::Month, value: 1 },
        frequency: Frequency { unit: FrequencyUnit::Month, value: 1 },
        data_filter: Vec::new(),
    })
}

fn notice() -> anyhow::Result<Notice> {
    let english = NoticeText {
        purpose: "Kaveri Finance Ltd asks for the data listed here to decide on your application for a personal loan. \
                  You choose for each source."
            .to_owned(),
        rights: "You can see what was shared and with whom, have it corrected or erased, and name somebody to act for \
                 you: in this app, or by writing to privacy@kaveri.example."
            .to_owned(),
        withdrawal: "You can withdraw each consent at any time in this app, with one tap. What has not been collected \
                     is erased at once."
            .to_owned(),
        complaint: "If you are not satisfied with our answer, you can complain to the Data Protection Board of India."
            .to_owned(),
        grievance_contact: "Grievance Officer, Kaveri Finance Ltd, grievance@kaveri.example, 1800 000 000".to_owned(),
    };
    let hindi = NoticeText {
        purpose: "कावेरी फाइनेंस लिमिटेड आपके व्यक्तिगत ऋण के आवेदन पर निर्णय लेने के लिए यहाँ दी गई जानकारी माँगता है। \
                  हर स्रोत के लिए आप अलग से निर्णय लेते हैं।"
            .to_owned(),
        rights: "आप देख सकते हैं कि क्या और किसके साथ साझा किया गया, उसे ठीक करवा या मिटवा सकते हैं, और अपनी ओर से किसी को \
                 नामित कर सकते हैं: इस ऐप में, या privacy@kaveri.example पर लिखकर।"
            .to_owned(),
        withdrawal: "आप हर सहमति कभी भी इस ऐप में एक टैप से वापस ले सकते हैं। जो अभी तक लिया नहीं गया है, वह तुरंत मिटा दिया जाता है।"
            .to_owned(),
        complaint: "यदि आप हमारे उत्तर से संतुष्ट नहीं हैं, तो आप भारतीय डेटा संरक्षण बोर्ड में शिकायत कर सकते हैं।".to_owned(),
        grievance_contact: "शिकायत अधिकारी, कावेरी फाइनेंस लिमिटेड, grievance@kaveri.example, 1800 000 000".to_owned(),
    };
    let texts = BTreeMap::from([(LanguageTag::english(), english), ("hi".parse()?, hindi)]);
    Ok(Notice { version: 1, texts })
}

#[cfg(test)]
mod tests {
    use mpp_core::{Clock, Entropy, PartnerId, Product, ProductId};
    use mpp_server::runtime::{SystemClock, SystemEntropy};

    use super::*;

    #[test]
    fn the_product_could_be_offered_today() {
        let entropy: &dyn Entropy = &SystemEntropy;
        let (id, partner) = (ProductId::generate(entropy), PartnerId::generate(entropy));
        let author = "asha".parse().unwrap();
        Product::draft(id, partner, personal_loan().unwrap(), author, SystemClock.now()).unwrap();
    }
}
