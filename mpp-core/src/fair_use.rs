//! The network's upper bounds of what may be asked for, by purpose (account-aggregator.md §7, default rows).

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::{
    CalendarSpan, ConsentParameters, ConsentParametersForm, ConsentType, DataLife, DataLifeUnit, DataRange,
    Fault, FetchType, FiType, Frequency, FrequencyUnit, Persistence, ProductTerms, PurposeCode, Timestamp,
};

/// Which term goes beyond the bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Consent parameters are not as per fair use policy - {} is invalid.", self.attribute())]
pub enum FairUseViolation {
    /// The purpose is for one-time consents only, or for periodic ones only.
    FetchType,
    /// The consent would hold too long.
    ConsentExpiry,
    /// The data would reach too far.
    DataRange,
    /// The data would be kept too long.
    DataLife,
    /// The data would be fetched too often.
    Frequency,
    /// The purpose does not allow one of the consent types.
    ConsentTypes,
}

impl FairUseViolation {
    /// The attribute, as ReBIT's `ConsentDetail` calls it.
    #[must_use]
    pub const fn attribute(&self) -> &'static str {
        match self {
            Self::FetchType => "fetchType",
            Self::ConsentExpiry => "consentExpiry",
            Self::DataRange => "FIDataRange",
            Self::DataLife => "DataLife",
            Self::Frequency => "Frequency",
            Self::ConsentTypes => "consentTypes",
        }
    }

    /// The stable code for clients.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::FetchType => "fair_use_fetch_type",
            Self::ConsentExpiry => "fair_use_consent_expiry",
            Self::DataRange => "fair_use_data_range",
            Self::DataLife => "fair_use_data_life",
            Self::Frequency => "fair_use_frequency",
            Self::ConsentTypes => "fair_use_consent_types",
        }
    }

    /// The same terms will always be refused.
    #[must_use]
    pub const fn persistence(&self) -> Persistence {
        Persistence::Permanent
    }

    /// The caller asks for too much.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        Fault::Caller
    }
}

/// The most that may be asked for under one purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FairUseBounds {
    /// Whether the purpose is for one fetch or for several.
    pub fetch_type: FetchType,
    /// How long the consent may hold.
    pub expiry: CalendarSpan,
    /// How far back the data may reach.
    pub range: CalendarSpan,
    /// How far back it may reach where kinds under SEBI are among it.
    pub range_of_securities: CalendarSpan,
    /// How long the data may be kept, in days.
    pub data_life_days: u32,
    /// Fetches per day and per month; `None` where the purpose is for one fetch.
    pub fetches: Option<(u32, u32)>,
    /// Whether single transactions may be asked for.
    pub transactions: bool,
}

impl FairUseBounds {
    /// The bounds of a purpose.
    #[must_use]
    pub const fn of(purpose: PurposeCode) -> Self {
        let (fetch_type, expiry, range, range_of_securities, data_life_days, fetches, transactions) =
            match purpose {
                PurposeCode::WealthManagement => {
                    (FetchType::Periodic, (12, 0), (13, 0), (240, 0), 31, Some((1, 31)), true)
                }
                PurposeCode::SpendingPatterns => {
                    (FetchType::Periodic, (12, 0), (13, 0), (120, 0), 31, Some((1, 45)), true)
                }
                PurposeCode::AggregatedStatement => {
                    (FetchType::Onetime, (1, 0), (14, 0), (14, 0), 31, None, true)
                }
                PurposeCode::Monitoring => {
                    (FetchType::Periodic, (60, 0), (6, 0), (6, 0), 31, Some((0, 5)), true)
                }
                PurposeCode::OneTime => (FetchType::Onetime, (0, 1), (0, 1), (0, 1), 1, None, false),
            };
        Self {
            fetch_type,
            expiry: CalendarSpan::constant(expiry),
            range: CalendarSpan::constant(range),
            range_of_securities: CalendarSpan::constant(range_of_securities),
            data_life_days,
            fetches,
            transactions,
        }
    }

    /// How far back data of these kinds may reach. Where they have different ranges, the largest counts.
    #[must_use]
    pub fn range_for(&self, fi_types: &BTreeSet<FiType>) -> CalendarSpan {
        let securities = fi_types.iter().any(|kind| kind.is_securities());
        if securities { self.range_of_securities } else { self.range }
    }
}

/// Whether a consent for financial information stays within the bounds of its purpose.
///
/// # Errors
/// The first term that does not.
pub fn check(parameters: &ConsentParameters) -> Result<(), FairUseViolation> {
    violations(parameters).first().map_or(Ok(()), |violation| Err(*violation))
}

/// Every term of a consent for financial information that goes beyond the bounds of its purpose.
#[must_use]
pub fn violations(parameters: &ConsentParameters) -> Vec<FairUseViolation> {
    use FairUseViolation as Beyond;
    let terms = parameters.form();
    let bounds = FairUseBounds::of(terms.purpose.code);
    let too_long = terms.consent_expiry > bounds.expiry.after(terms.consent_start);
    let too_detailed = !bounds.transactions && terms.consent_types.contains(&ConsentType::Transactions);
    let kept_too_long = days_of_life(terms.data_life).is_none_or(|days| days > bounds.data_life_days);
    let too_often = bounds.fetches.is_some_and(|allowed| !within(terms.frequency, allowed));
    let found = [
        (Beyond::FetchType, terms.fetch_type != bounds.fetch_type),
        (Beyond::ConsentExpiry, too_long),
        (Beyond::ConsentTypes, too_detailed),
        (Beyond::DataRange, !is_range_within(terms, &bounds)),
        (Beyond::DataLife, kept_too_long),
        (Beyond::Frequency, too_often),
    ];
    found.into_iter().filter(|(_, holds)| *holds).map(|(violation, _)| violation).collect()
}

/// Every term of a product that goes beyond the bounds for a consent of some day: a month has 28 days at least, and what is sound
/// in one month only is not sound. Terms that contradict each other are not looked at.
#[must_use]
pub fn violations_on_any_day(terms: &ProductTerms) -> Vec<FairUseViolation> {
    let mut found = Vec::new();
    for parameters in shortest_starts().filter_map(|start| terms.parameters(start).ok()) {
        for violation in violations(&parameters) {
            if !found.contains(&violation) {
                found.push(violation);
            }
        }
    }
    found
}

/// The first of every month of four years. Months are the shortest from a first to a first, and however long a span is, one
/// of the four years has the fewest leap days within it.
fn shortest_starts() -> impl Iterator<Item = Timestamp> {
    let firsts = (2025..=2028).flat_map(|year| (1..=12).map(move |month| Date::new(year, month, 1)));
    firsts.filter_map(Result::ok).map(Timestamp::at_start_of)
}

/// Whether one request for data stays within the bounds: under a consent for securities only two years at
/// once, else the purpose's range. Where the kinds differ, the strictest counts.
///
/// # Errors
/// [`FairUseViolation::DataRange`] when the range is longer.
pub fn check_request(
    purpose: PurposeCode,
    fi_types: &BTreeSet<FiType>,
    range: DataRange,
) -> Result<(), FairUseViolation> {
    let bounds = FairUseBounds::of(purpose);
    let only_securities = !fi_types.is_empty() && fi_types.iter().all(|kind| kind.is_securities());
    let widened = only_securities && bounds.range_of_securities != bounds.range;
    let allowed = if widened { CalendarSpan::constant((24, 0)) } else { bounds.range };
    if range.from() < allowed.before(range.to()) { Err(FairUseViolation::DataRange) } else { Ok(()) }
}

/// A periodic consent reaches from the allowed range before its start up to its expiry; a one-time consent
/// over the allowed range, wherever that lies.
fn is_range_within(terms: &ConsentParametersForm, bounds: &FairUseBounds) -> bool {
    let reach_back_from = match terms.fetch_type {
        FetchType::Periodic => terms.consent_start,
        FetchType::Onetime => terms.data_range.to(),
    };
    let allowed = bounds.range_for(&terms.fi_types);
    terms.data_range.from() >= allowed.before(reach_back_from)
        && terms.data_range.to() <= terms.consent_expiry
}

/// The longest the data may be kept, in days, a month as 31 and a year as 366; `None` when without end.
const fn days_of_life(life: DataLife) -> Option<u32> {
    match life.unit {
        DataLifeUnit::Day => Some(life.value),
        DataLifeUnit::Month => Some(life.value.saturating_mul(31)),
        DataLifeUnit::Year => Some(life.value.saturating_mul(366)),
        DataLifeUnit::Inf => None,
    }
}

/// The bound of the frequency's own unit counts: hours as parts of a day, years as twelve months.
const fn within(frequency: Frequency, (per_day, per_month): (u32, u32)) -> bool {
    match frequency.unit {
        FrequencyUnit::Hour => frequency.value.saturating_mul(24) <= per_day,
        FrequencyUnit::Day => frequency.value <= per_day,
        FrequencyUnit::Month => frequency.value <= per_month,
        FrequencyUnit::Year => frequency.value <= per_month.saturating_mul(12),
        FrequencyUnit::Inf => false,
    }
}

#[cfg(test)]
mod tests;
