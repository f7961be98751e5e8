//! Whether signed terms are equal to, or narrower than, those asked for.

use mpp_core::{ConsentParametersForm, DataLife, DataLifeUnit, FetchType, Frequency, FrequencyUnit};

use super::terms::SignedTerms;

pub(super) fn lies_within(signed: &SignedTerms, asked: &ConsentParametersForm) -> bool {
    let filters = signed.data_filter.as_deref().unwrap_or_default();
    signed.consent_start.0 >= asked.consent_start
        && signed.consent_expiry.0 <= asked.consent_expiry
        && signed.consent_mode == asked.consent_mode
        && (signed.fetch_type == asked.fetch_type || signed.fetch_type == FetchType::Onetime)
        && signed.consent_types.is_subset(&asked.consent_types)
        && signed.fi_types.is_subset(&asked.fi_types)
        && signed.accounts.iter().all(|account| asked.fi_types.contains(&account.fi_type))
        && signed.purpose.code == asked.purpose.code
        && signed.range().is_some_and(|range| asked.data_range.covers(range))
        && is_no_longer(signed.data_life, asked.data_life)
        && (signed.fetch_type == FetchType::Onetime || is_no_oftener(signed.frequency, asked.frequency))
        && asked.data_filter.iter().all(|filter| filters.contains(filter))
}

/// Compared in days; between units, the longest reading of the signed life must not pass the shortest of the
/// asked one.
fn is_no_longer(signed: DataLife, asked: DataLife) -> bool {
    let days = |life: DataLife, month: u64, year: u64| match life.unit {
        DataLifeUnit::Day => Some(u64::from(life.value)),
        DataLifeUnit::Month => Some(u64::from(life.value).saturating_mul(month)),
        DataLifeUnit::Year => Some(u64::from(life.value).saturating_mul(year)),
        DataLifeUnit::Inf => None,
    };
    if signed.unit == asked.unit {
        return signed.value <= asked.value;
    }
    match (days(signed, 31, 366), days(asked, 28, 365)) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(signed), Some(asked)) => signed <= asked,
    }
}

/// No more fetches, in no shorter a unit.
fn is_no_oftener(signed: Frequency, asked: Frequency) -> bool {
    let length = |unit| match unit {
        FrequencyUnit::Inf => 0,
        FrequencyUnit::Hour => 1,
        FrequencyUnit::Day => 2,
        FrequencyUnit::Month => 3,
        FrequencyUnit::Year => 4,
    };
    asked.unit == FrequencyUnit::Inf
        || (length(signed.unit) >= length(asked.unit) && signed.value <= asked.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_lives_compare_across_units() {
        let life = |unit, value| DataLife { unit, value };
        use DataLifeUnit::{Day, Inf, Month, Year};
        assert!(is_no_longer(life(Month, 1), life(Month, 1)));
        assert!(is_no_longer(life(Day, 28), life(Month, 1)));
        assert!(is_no_longer(life(Year, 9), life(Inf, 0)));
        assert!(!is_no_longer(life(Day, 31), life(Month, 1)), "a month may have 28 days");
        assert!(!is_no_longer(life(Inf, 0), life(Year, 9)));
        assert!(!is_no_longer(life(Month, 2), life(Month, 1)));
    }

    #[test]
    fn frequencies_compare_by_unit_and_count() {
        let every = |unit, value| Frequency { unit, value };
        use FrequencyUnit::{Day, Hour, Inf, Month};
        assert!(is_no_oftener(every(Day, 1), every(Day, 1)));
        assert!(is_no_oftener(every(Month, 1), every(Day, 1)));
        assert!(is_no_oftener(every(Hour, 9), every(Inf, 0)));
        assert!(!is_no_oftener(every(Hour, 1), every(Day, 1)));
        assert!(!is_no_oftener(every(Day, 2), every(Day, 1)));
        assert!(!is_no_oftener(every(Inf, 0), every(Day, 1)));
    }
}
