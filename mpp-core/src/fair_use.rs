//! The network's upper bounds of what may be asked for, by purpose (account-aggregator.md §7, default rows).

use std::collections::BTreeSet;

use crate::{
    ConsentParameters, ConsentParametersForm, ConsentType, DataLife, DataLifeUnit, DataRange, Fault,
    FetchType, FiType, Frequency, FrequencyUnit, Persistence, PurposeCode, Timestamp,
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

/// The bounds of one purpose; spans are (months, days).
struct Bounds {
    fetch_type: FetchType,
    expiry: (u32, u32),
    range: (u32, u32),
    range_of_securities: (u32, u32),
    data_life_days: u32,
    /// Fetches per day and per month; `None` where the purpose is for one fetch.
    fetches: Option<(u32, u32)>,
    transactions: bool,
}

const fn bounds(purpose: PurposeCode) -> Bounds {
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
            PurposeCode::Monitoring => (FetchType::Periodic, (60, 0), (6, 0), (6, 0), 31, Some((0, 5)), true),
            PurposeCode::OneTime => (FetchType::Onetime, (0, 1), (0, 1), (0, 1), 1, None, false),
        };
    Bounds { fetch_type, expiry, range, range_of_securities, data_life_days, fetches, transactions }
}

/// Whether a consent for financial information stays within the bounds of its purpose. Where several kinds of
/// financial information have different ranges, the largest counts.
///
/// # Errors
/// The first term that does not.
pub fn check(parameters: &ConsentParameters) -> Result<(), FairUseViolation> {
    let terms = parameters.form();
    let bounds = bounds(terms.purpose.code);
    if terms.fetch_type != bounds.fetch_type {
        return Err(FairUseViolation::FetchType);
    }
    if terms.consent_expiry > later(terms.consent_start, bounds.expiry) {
        return Err(FairUseViolation::ConsentExpiry);
    }
    if !bounds.transactions && terms.consent_types.contains(&ConsentType::Transactions) {
        return Err(FairUseViolation::ConsentTypes);
    }
    check_range(terms, &bounds)?;
    if days_of_life(terms.data_life).is_none_or(|days| days > bounds.data_life_days) {
        return Err(FairUseViolation::DataLife);
    }
    if bounds.fetches.is_some_and(|allowed| !within(terms.frequency, allowed)) {
        return Err(FairUseViolation::Frequency);
    }
    Ok(())
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
    let bounds = bounds(purpose);
    let only_securities = !fi_types.is_empty() && fi_types.iter().all(|kind| kind.is_securities());
    let widened = only_securities && bounds.range_of_securities != bounds.range;
    let allowed = if widened { (24, 0) } else { bounds.range };
    if range.from() < earlier(range.to(), allowed) { Err(FairUseViolation::DataRange) } else { Ok(()) }
}

/// A periodic consent reaches from the allowed range before its start up to its expiry; a one-time consent
/// over the allowed range, wherever that lies.
fn check_range(terms: &ConsentParametersForm, bounds: &Bounds) -> Result<(), FairUseViolation> {
    let securities = terms.fi_types.iter().any(|kind| kind.is_securities());
    let allowed = if securities { bounds.range_of_securities } else { bounds.range };
    let reach_back_from = match terms.fetch_type {
        FetchType::Periodic => terms.consent_start,
        FetchType::Onetime => terms.data_range.to(),
    };
    let starts_in_time = terms.data_range.from() >= earlier(reach_back_from, allowed);
    if starts_in_time && terms.data_range.to() <= terms.consent_expiry {
        Ok(())
    } else {
        Err(FairUseViolation::DataRange)
    }
}

fn later(start: Timestamp, (months, days): (u32, u32)) -> Timestamp {
    start.plus_calendar(months, days)
}

fn earlier(end: Timestamp, (months, days): (u32, u32)) -> Timestamp {
    end.minus_calendar(months, days)
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
