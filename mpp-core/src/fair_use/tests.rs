use super::*;
use crate::tests::samples::{at, onetime_terms, periodic_terms, start};
use crate::{ConsentMode, Span};

fn outcome(terms: ConsentParametersForm) -> Result<(), FairUseViolation> {
    check(&ConsentParameters::new(terms).unwrap())
}

fn with_purpose(code: PurposeCode, mut terms: ConsentParametersForm) -> ConsentParametersForm {
    terms.purpose.code = code;
    terms
}

#[test]
fn the_widest_terms_of_each_purpose_are_fair() {
    let monthly = |value| Frequency { unit: FrequencyUnit::Month, value };
    let from = |text: &str, to| DataRange::new(at(text), to).unwrap();
    let year = periodic_terms();
    for (code, terms) in [
        (PurposeCode::WealthManagement, ConsentParametersForm { frequency: monthly(31), ..year.clone() }),
        (PurposeCode::SpendingPatterns, ConsentParametersForm { frequency: monthly(45), ..year.clone() }),
        (
            PurposeCode::AggregatedStatement,
            ConsentParametersForm { data_range: from("2024-11-15T09:30:00Z", start()), ..onetime_terms() },
        ),
        (
            PurposeCode::Monitoring,
            ConsentParametersForm {
                consent_expiry: at("2031-01-15T09:30:00Z"),
                data_range: from("2025-07-15T09:30:00Z", at("2031-01-15T09:30:00Z")),
                frequency: monthly(5),
                ..year
            },
        ),
        (PurposeCode::OneTime, one_day()),
    ] {
        assert_eq!(outcome(with_purpose(code, terms)), Ok(()), "{code:?}");
    }
}

fn one_day() -> ConsentParametersForm {
    ConsentParametersForm {
        consent_expiry: start().plus(Span::from_days(1)),
        consent_types: BTreeSet::from([ConsentType::Profile, ConsentType::Summary]),
        data_range: DataRange::new(start().minus(Span::from_days(1)), start()).unwrap(),
        data_life: DataLife { unit: DataLifeUnit::Day, value: 1 },
        ..onetime_terms()
    }
}

#[test]
fn each_term_beyond_the_bounds_is_named() {
    let base = periodic_terms();
    let instant = Span::from_millis(1);
    let longer = base.consent_expiry.plus(instant);
    let earlier_from = DataRange::new(base.data_range.from().minus(instant), base.data_range.to()).unwrap();
    let beyond_expiry = DataRange::new(base.data_range.from(), longer).unwrap();
    for (terms, violation) in [
        (with_purpose(PurposeCode::AggregatedStatement, base.clone()), FairUseViolation::FetchType),
        (ConsentParametersForm { consent_expiry: longer, ..base.clone() }, FairUseViolation::ConsentExpiry),
        (ConsentParametersForm { data_range: earlier_from, ..base.clone() }, FairUseViolation::DataRange),
        (ConsentParametersForm { data_range: beyond_expiry, ..base.clone() }, FairUseViolation::DataRange),
        (
            ConsentParametersForm {
                data_life: DataLife { unit: DataLifeUnit::Day, value: 32 },
                ..base.clone()
            },
            FairUseViolation::DataLife,
        ),
        (
            ConsentParametersForm { data_life: DataLife { unit: DataLifeUnit::Inf, value: 0 }, ..base },
            FairUseViolation::DataLife,
        ),
    ] {
        assert_eq!(outcome(terms), Err(violation));
    }
}

#[test]
fn a_one_time_look_does_not_show_transactions() {
    let mut terms = with_purpose(PurposeCode::OneTime, one_day());
    terms.consent_types.insert(ConsentType::Transactions);
    assert_eq!(outcome(terms), Err(FairUseViolation::ConsentTypes));
}

#[test]
fn frequencies_are_bounded_in_every_unit() {
    for (code, unit, most) in [
        (PurposeCode::WealthManagement, FrequencyUnit::Day, 1),
        (PurposeCode::WealthManagement, FrequencyUnit::Month, 31),
        (PurposeCode::WealthManagement, FrequencyUnit::Year, 372),
        (PurposeCode::SpendingPatterns, FrequencyUnit::Month, 45),
    ] {
        let terms =
            |value| ConsentParametersForm { frequency: Frequency { unit, value }, ..periodic_terms() };
        assert_eq!(outcome(with_purpose(code, terms(most))), Ok(()));
        assert_eq!(outcome(with_purpose(code, terms(most + 1))), Err(FairUseViolation::Frequency));
    }
    for unit in [FrequencyUnit::Hour, FrequencyUnit::Inf] {
        let terms = ConsentParametersForm { frequency: Frequency { unit, value: 1 }, ..periodic_terms() };
        assert_eq!(outcome(terms), Err(FairUseViolation::Frequency));
    }
}

#[test]
fn securities_may_reach_back_further_but_not_in_one_request() {
    let securities = BTreeSet::from([FiType::Equities]);
    let mixed = BTreeSet::from([FiType::Equities, FiType::Deposit]);
    let ten_years = DataRange::new(at("2016-01-15T09:30:00Z"), at("2027-01-15T09:30:00Z")).unwrap();
    for fi_types in [securities.clone(), mixed.clone()] {
        let terms = ConsentParametersForm { fi_types, data_range: ten_years, ..periodic_terms() };
        assert_eq!(outcome(terms), Ok(()), "the largest range among the kinds counts");
    }
    let two_years = DataRange::new(at("2024-01-15T09:30:00Z"), start()).unwrap();
    let more = DataRange::new(at("2024-01-15T09:29:59Z"), start()).unwrap();
    let code = PurposeCode::SpendingPatterns;
    assert_eq!(check_request(code, &securities, two_years), Ok(()));
    assert_eq!(check_request(code, &securities, more), Err(FairUseViolation::DataRange));
    assert_eq!(check_request(code, &mixed, two_years), Err(FairUseViolation::DataRange));
}

#[test]
fn views_without_storage_are_fair() {
    let terms = ConsentParametersForm {
        consent_mode: ConsentMode::View,
        data_life: DataLife { unit: DataLifeUnit::Day, value: 0 },
        ..periodic_terms()
    };
    assert_eq!(outcome(terms), Ok(()));
}

#[test]
fn the_refusal_is_worded_as_the_network_words_it() {
    assert_eq!(
        FairUseViolation::DataRange.to_string(),
        "Consent parameters are not as per fair use policy - FIDataRange is invalid."
    );
}
