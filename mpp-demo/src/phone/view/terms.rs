//! The terms of a consent in words.

use mpp_core::{
    ConsentMode, ConsentParameters, ConsentType, DataFilter, DataFilterOperator, DataFilterType, DataLife,
    DataLifeUnit, FetchType, FiType, Frequency, FrequencyUnit, PurposeCode,
};

use super::{Language, figures, when};

/// The terms of a consent as the customer reads them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// What for, in the partner's words.
    pub purpose: String,
    /// The network's category of the purpose, with its code.
    pub purpose_kind: String,
    /// Which parts of the data.
    pub parts: Vec<&'static str>,
    /// Which kinds of account; empty for a third-party source.
    pub accounts: Vec<&'static str>,
    /// From when to when the data reaches.
    pub range: String,
    /// How long it may be kept.
    pub life: String,
    /// How often it may be fetched.
    pub frequency: String,
    /// How it may be used.
    pub use_mode: &'static str,
    /// From when to when the consent holds.
    pub validity: String,
    /// Narrowings of the transactions.
    pub filters: Vec<String>,
}

impl Terms {
    /// The terms in words.
    #[must_use]
    pub fn of(parameters: &ConsentParameters, language: Language) -> Self {
        let form = parameters.form();
        Self {
            purpose: form.purpose.text.clone(),
            purpose_kind: purpose_kind(form.purpose.code, language),
            parts: form.consent_types.iter().map(|part| part_name(*part, language)).collect(),
            accounts: form.fi_types.iter().map(|kind| account_kind(*kind, language)).collect(),
            range: when::range(form.data_range, language),
            life: life(form.data_life, language),
            frequency: frequency(form.fetch_type, form.frequency, language),
            use_mode: use_mode(form.consent_mode, language),
            validity: when::days(form.consent_start, form.consent_expiry, language),
            filters: form.data_filter.iter().map(|filter| filter_words(filter, language)).collect(),
        }
    }
}

fn purpose_kind(code: PurposeCode, language: Language) -> String {
    let words = match code {
        PurposeCode::WealthManagement => language.either("Wealth management", "संपत्ति प्रबंधन"),
        PurposeCode::SpendingPatterns => language.either("Spending and budget reports", "खर्च और बजट रिपोर्ट"),
        PurposeCode::AggregatedStatement => language.either("Aggregated statement", "समेकित विवरण"),
        PurposeCode::Monitoring => language.either("Monitoring of the accounts", "खातों की निगरानी"),
        PurposeCode::OneTime => language.either("One-time look at the accounts", "खातों की एक बार जाँच"),
    };
    format!("{words} ({})", code.code())
}

const fn part_name(part: ConsentType, language: Language) -> &'static str {
    match part {
        ConsentType::Profile => language.either("Profile", "प्रोफ़ाइल"),
        ConsentType::Summary => language.either("Summary", "सारांश"),
        ConsentType::Transactions => language.either("Transactions", "लेन-देन"),
    }
}

const fn use_mode(mode: ConsentMode, language: Language) -> &'static str {
    match mode {
        ConsentMode::View => language.either("View only, nothing is kept", "केवल देखना, कुछ रखा नहीं जाता"),
        ConsentMode::Store => language.either("Keep for the time below", "नीचे दिए समय तक रखना"),
        ConsentMode::Query => language.either("Ask questions of it", "डेटा से प्रश्न पूछना"),
        ConsentMode::Stream => language.either("Receive as it arises", "आते ही प्राप्त करना"),
    }
}

fn life(life: DataLife, language: Language) -> String {
    let (one, many) = match life.unit {
        DataLifeUnit::Day => (language.either("day", "दिन"), language.either("days", "दिन")),
        DataLifeUnit::Month => (language.either("month", "महीना"), language.either("months", "महीने")),
        DataLifeUnit::Year => (language.either("year", "वर्ष"), language.either("years", "वर्ष")),
        DataLifeUnit::Inf => return language.either("No end date", "कोई अंतिम तिथि नहीं").to_owned(),
    };
    match life.value {
        0 => language.either("Not kept", "रखा नहीं जाता").to_owned(),
        1 => format!("1 {one}"),
        value => format!("{} {many}", figures::grouped(u64::from(value))),
    }
}

fn frequency(fetch: FetchType, frequency: Frequency, language: Language) -> String {
    if fetch == FetchType::Onetime {
        return language.either("Once", "एक बार").to_owned();
    }
    let unit = match frequency.unit {
        FrequencyUnit::Hour => language.either("hour", "घंटे"),
        FrequencyUnit::Day => language.either("day", "दिन"),
        FrequencyUnit::Month => language.either("month", "महीने"),
        FrequencyUnit::Year => language.either("year", "वर्ष"),
        FrequencyUnit::Inf => return language.either("Any number of times", "कितनी भी बार").to_owned(),
    };
    match (language, frequency.value) {
        (Language::English, 1) => format!("Up to once a {unit}"),
        (Language::English, 2) => format!("Up to twice a {unit}"),
        (Language::English, value) => format!("Up to {value} times a {unit}"),
        (Language::Hindi, value) => format!("हर {unit} अधिकतम {value} बार"),
    }
}

fn filter_words(filter: &DataFilter, language: Language) -> String {
    let subject = match filter.kind {
        DataFilterType::TransactionType => language.either("kind", "प्रकार"),
        DataFilterType::TransactionAmount => language.either("amount", "राशि"),
    };
    let relation = match filter.operator {
        DataFilterOperator::Equal => "=",
        DataFilterOperator::NotEqual => "≠",
        DataFilterOperator::Greater => ">",
        DataFilterOperator::Less => "<",
        DataFilterOperator::GreaterOrEqual => "≥",
        DataFilterOperator::LessOrEqual => "≤",
    };
    format!("{subject} {relation} {}", figures::rupees(&filter.value))
}

/// A kind of financial information in words.
#[must_use]
pub const fn account_kind(kind: FiType, language: Language) -> &'static str {
    match kind {
        FiType::Deposit => language.either("Savings and current accounts", "बचत और चालू खाते"),
        FiType::TermDeposit => language.either("Fixed deposits", "सावधि जमा"),
        FiType::RecurringDeposit => language.either("Recurring deposits", "आवर्ती जमा"),
        FiType::Sip => language.either("Systematic investment plans", "एसआईपी"),
        FiType::Cp => language.either("Commercial paper", "वाणिज्यिक पत्र"),
        FiType::GovtSecurities => language.either("Government securities", "सरकारी प्रतिभूतियाँ"),
        FiType::Equities => language.either("Shares", "शेयर"),
        FiType::Bonds => language.either("Bonds", "बॉन्ड"),
        FiType::Debentures => language.either("Debentures", "डिबेंचर"),
        FiType::MutualFunds => language.either("Mutual funds", "म्यूचुअल फ़ंड"),
        FiType::Etf => language.either("Exchange traded funds", "ईटीएफ़"),
        FiType::Idr => language.either("Indian depository receipts", "भारतीय निक्षेप रसीद"),
        FiType::Cis => language.either("Collective investment schemes", "सामूहिक निवेश योजना"),
        FiType::Aif => language.either("Alternative investment funds", "वैकल्पिक निवेश फ़ंड"),
        FiType::InsurancePolicies => language.either("Insurance policies", "बीमा पॉलिसी"),
        FiType::Nps => language.either("National Pension System", "राष्ट्रीय पेंशन प्रणाली"),
        FiType::Invit => language.either("Infrastructure trusts (InvIT)", "इनविट"),
        FiType::Reit => language.either("Real estate trusts (REIT)", "रीट"),
        FiType::Gstr13b => language.either("GST returns (GSTR-1, GSTR-3B)", "जीएसटी रिटर्न (GSTR-1, GSTR-3B)"),
        FiType::LifeInsurance => language.either("Life insurance", "जीवन बीमा"),
        FiType::GeneralInsurance => language.either("General insurance", "सामान्य बीमा"),
        FiType::Other => language.either("Other accounts", "अन्य खाते"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_read_like_sentences() {
        let often =
            |value, unit| frequency(FetchType::Periodic, Frequency { unit, value }, Language::English);
        assert_eq!(often(1, FrequencyUnit::Month), "Up to once a month");
        assert_eq!(often(45, FrequencyUnit::Day), "Up to 45 times a day");
        assert_eq!(
            frequency(FetchType::Onetime, Frequency { unit: FrequencyUnit::Inf, value: 0 }, Language::Hindi),
            "एक बार"
        );
        let kept = |unit, value| life(DataLife { unit, value }, Language::English);
        assert_eq!(kept(DataLifeUnit::Year, 1), "1 year");
        assert_eq!(kept(DataLifeUnit::Month, 6), "6 months");
        assert_eq!(kept(DataLifeUnit::Inf, 0), "No end date");
        assert_eq!(kept(DataLifeUnit::Day, 0), "Not kept");
    }

    #[test]
    fn filters_show_amounts_in_rupees() {
        let filter = DataFilter {
            kind: DataFilterType::TransactionAmount,
            operator: DataFilterOperator::GreaterOrEqual,
            value: "100000".into(),
        };
        assert_eq!(filter_words(&filter, Language::English), "amount ≥ ₹1,00,000");
    }

    #[test]
    fn every_kind_of_account_has_words_in_both_languages() {
        for kind in FiType::ALL {
            assert_ne!(account_kind(kind, Language::English), account_kind(kind, Language::Hindi));
        }
    }
}
