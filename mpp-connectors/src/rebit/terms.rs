//! Whether a signed consent is what was asked for, or less.

use std::cmp::Ordering;

use mpp_core::{
    ConsentParameters, ConsentParametersForm, EntityId, FetchType, Frequency, FrequencyUnit, Vua,
};

use super::wire::{PartyForm, SignedDetail};
use crate::account_aggregator::{ConsentDetail, TermsDefect};

/// The customer and the terms of a signed consent, once it is no more than what was asked of `aa`.
pub(super) fn check(
    signed: &SignedDetail,
    asked: &ConsentDetail,
    aa: &EntityId,
) -> Result<(Vua, ConsentParameters), TermsDefect> {
    let expected = PartyForm::consumer(asked.consumer());
    if !same_party(&signed.data_consumer, &expected) {
        return Err(TermsDefect::Consumer);
    }
    if signed.data_provider.kind != "AA" || signed.data_provider.id != aa.as_str() {
        return Err(TermsDefect::Provider);
    }
    let vua = customer(signed, asked).ok_or(TermsDefect::Customer)?;
    if !signed.purpose_points_home() {
        return Err(TermsDefect::Purpose);
    }
    // Terms that contradict themselves allow something nobody asked for.
    let parameters = signed.parameters().ok_or(TermsDefect::Mode)?;
    if let Some(defect) = first_excess(parameters.form(), asked.parameters().form()) {
        return Err(defect);
    }
    let foreign = |fi_type| !parameters.form().fi_types.contains(&fi_type);
    if signed.accounts().iter().any(|account| foreign(account.fi_type)) {
        return Err(TermsDefect::FiTypes);
    }
    Ok((vua, parameters))
}

/// Addresses compare without case in the handle, entity ids exactly.
fn same_party(signed: &PartyForm, expected: &PartyForm) -> bool {
    let same_address = match (signed.id.parse::<Vua>(), expected.id.parse::<Vua>()) {
        (Ok(signed), Ok(expected)) => signed == expected,
        _ => signed.id == expected.id,
    };
    signed.kind == expected.kind && same_address
}

fn customer(signed: &SignedDetail, asked: &ConsentDetail) -> Option<Vua> {
    let vua: Vua = signed.customer.id.parse().ok()?;
    let same = match (asked.vua(), asked.mobile(), vua.mobile()) {
        (Some(asked), _, _) => *asked == vua,
        (None, Some(asked), Some(mobile)) => *asked == mobile,
        // Asked by number, answered with a name: only the Account Aggregator can know.
        (None, _, _) => true,
    };
    same.then_some(vua)
}

fn first_excess(signed: &ConsentParametersForm, asked: &ConsentParametersForm) -> Option<TermsDefect> {
    let keeps_within =
        match (signed.data_life.ends(asked.consent_start), asked.data_life.ends(asked.consent_start)) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(signed), Some(asked)) => signed <= asked,
        };
    let fetches_within = signed.fetch_type == asked.fetch_type || signed.fetch_type == FetchType::Onetime;
    let rules = [
        (asked.consent_start <= signed.consent_start, TermsDefect::Validity),
        (signed.consent_expiry <= asked.consent_expiry, TermsDefect::Validity),
        (signed.consent_mode == asked.consent_mode, TermsDefect::Mode),
        (fetches_within, TermsDefect::FetchType),
        (signed.consent_types.is_subset(&asked.consent_types), TermsDefect::ConsentTypes),
        (signed.fi_types.is_subset(&asked.fi_types), TermsDefect::FiTypes),
        (signed.purpose == asked.purpose, TermsDefect::Purpose),
        (asked.data_range.covers(signed.data_range), TermsDefect::Range),
        (keeps_within, TermsDefect::DataLife),
        (is_no_more_frequent(signed.frequency, asked.frequency), TermsDefect::Frequency),
        (asked.data_filter.iter().all(|filter| signed.data_filter.contains(filter)), TermsDefect::DataFilter),
    ];
    rules.into_iter().find_map(|(holds, defect)| (!holds).then_some(defect))
}

/// Whether `signed` never allows a fetch that `asked` would not, counted in calendar buckets.
fn is_no_more_frequent(signed: Frequency, asked: Frequency) -> bool {
    let (Some(signed_rank), Some(asked_rank)) = (rank(signed.unit), rank(asked.unit)) else {
        return asked.unit == FrequencyUnit::Inf;
    };
    match signed_rank.cmp(&asked_rank) {
        // Fewer or as many in a bucket that is as long or longer.
        Ordering::Equal | Ordering::Greater => signed.value <= asked.value,
        // The longest asked bucket holds at most so many signed ones.
        Ordering::Less => {
            let buckets = most_buckets(signed.unit, asked.unit);
            u64::from(signed.value) * buckets <= u64::from(asked.value)
        }
    }
}

const fn rank(unit: FrequencyUnit) -> Option<u8> {
    match unit {
        FrequencyUnit::Hour => Some(0),
        FrequencyUnit::Day => Some(1),
        FrequencyUnit::Month => Some(2),
        FrequencyUnit::Year => Some(3),
        FrequencyUnit::Inf => None,
    }
}

const fn most_buckets(short: FrequencyUnit, long: FrequencyUnit) -> u64 {
    match (short, long) {
        (FrequencyUnit::Hour, FrequencyUnit::Day) => 24,
        (FrequencyUnit::Hour, FrequencyUnit::Month) => 31 * 24,
        (FrequencyUnit::Hour, FrequencyUnit::Year) => 366 * 24,
        (FrequencyUnit::Day, FrequencyUnit::Month) => 31,
        (FrequencyUnit::Day, FrequencyUnit::Year) => 366,
        (FrequencyUnit::Month, FrequencyUnit::Year) => 12,
        _ => 1,
    }
}

#[cfg(test)]
mod tests;
