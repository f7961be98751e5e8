//! Properties that hold for every input, not only for the examples.

use proptest::collection::vec;
use proptest::prelude::*;

use super::samples::*;
use crate::*;

/// An instant of the years 2020 to 2040.
fn instant() -> impl Strategy<Value = Timestamp> {
    (1_577_836_800_000_i64..2_208_988_800_000).prop_map(|millis| Timestamp::from_unix_millis(millis).unwrap())
}

/// An instant of one of few days, so that buckets are hit more than once.
fn near_instant() -> impl Strategy<Value = Timestamp> {
    (0_i64..72 * 3_600_000).prop_map(|millis| start().plus(Span::from_millis(millis)))
}

fn range() -> impl Strategy<Value = DataRange> {
    (instant(), instant())
        .prop_filter_map("an empty range", |(one, other)| DataRange::new(one.min(other), one.max(other)).ok())
}

fn unit() -> impl Strategy<Value = FrequencyUnit> {
    prop_oneof![
        Just(FrequencyUnit::Hour),
        Just(FrequencyUnit::Day),
        Just(FrequencyUnit::Month),
        Just(FrequencyUnit::Year),
    ]
}

/// How much of the written date two instants of the same bucket share.
fn shared_digits(unit: FrequencyUnit) -> usize {
    match unit {
        FrequencyUnit::Hour => "2026-01-15T09".len(),
        FrequencyUnit::Day => "2026-01-15".len(),
        FrequencyUnit::Month => "2026-01".len(),
        FrequencyUnit::Year => "2026".len(),
        FrequencyUnit::Inf => 0,
    }
}

fn contains(range: DataRange, at: Timestamp) -> bool {
    range.from() <= at && at <= range.to()
}

proptest! {
    #[test]
    fn a_range_covers_exactly_the_ranges_whose_every_instant_it_contains(a in range(), b in range(), x in instant()) {
        prop_assert!(a.covers(a));
        prop_assert_eq!(a.covers(b), contains(a, b.from()) && contains(a, b.to()));
        if a.covers(b) && contains(b, x) {
            prop_assert!(contains(a, x));
        }
        if a.covers(b) && b.covers(a) {
            prop_assert_eq!(a, b);
        }
    }

    #[test]
    fn covering_is_handed_on(a in range(), b in range(), c in range()) {
        if a.covers(b) && b.covers(c) {
            prop_assert!(a.covers(c));
        }
    }

    #[test]
    fn buckets_cover_time_without_gap_or_overlap(unit in unit(), a in instant(), b in instant()) {
        let frequency = Frequency { unit, value: 1 };
        let bucket = frequency.bucket(a).unwrap();
        prop_assert!(bucket.contains(a) && !bucket.contains(bucket.ends()));
        prop_assert_eq!(frequency.bucket(bucket.ends()).unwrap().starts(), bucket.ends());
        let digits = shared_digits(unit);
        prop_assert_eq!(bucket.contains(b), a.to_string()[..digits] == b.to_string()[..digits]);
    }

    #[test]
    fn no_bucket_ever_holds_more_fetches_than_consented(
        unit in unit(),
        value in 1_u32..4,
        mut moments in vec(near_instant(), 1..60),
    ) {
        moments.sort();
        let frequency = Frequency { unit, value };
        let terms = ConsentParametersForm { frequency, ..periodic_terms() };
        let (consent, intent) = (consent(terms.clone()), intent(&terms));
        let mut uses = Vec::new();
        for now in moments {
            match consent.authorise(&intent, &uses, now) {
                Ok(permit) => uses.push(permit.granted_at()),
                Err(violation) => {
                    let again_at = frequency.bucket(now).unwrap().ends();
                    prop_assert_eq!(violation, ScopeViolation::TooFrequent { again_at });
                }
            }
        }
        for used_at in &uses {
            let bucket = frequency.bucket(*used_at).unwrap();
            let held = uses.iter().filter(|other| bucket.contains(**other)).count();
            prop_assert!(u32::try_from(held).unwrap() <= value);
        }
    }

    #[test]
    fn calendar_spans_come_back(months in 0_u32..=99_999, days in 0_u32..=99_999) {
        prop_assume!(months + days > 0);
        let span = CalendarSpan::new(months, days).unwrap();
        prop_assert_eq!(span.to_string().parse(), Ok(span));
    }

    #[test]
    fn a_calendar_span_that_is_read_can_be_read_as_written(text in "P([0-9]{1,5}Y)?([0-9]{1,5}M)?([0-9]{1,5}D)?") {
        if let Ok(span) = text.parse::<CalendarSpan>() {
            prop_assert_eq!(span.to_string().parse(), Ok(span));
        }
    }

    #[test]
    fn instants_come_back(at in instant()) {
        prop_assert_eq!(at.to_string().parse(), Ok(at));
    }

    #[test]
    fn a_single_mistyped_character_never_makes_another_gstin(place in 0_usize..15, typed in "[0-9A-Z]") {
        let good = "29AAACK9876L1ZN";
        let mut mistyped = good.to_owned();
        mistyped.replace_range(place..=place, &typed);
        prop_assert!(mistyped == good || mistyped.parse::<Gstin>().is_err(), "{}", mistyped);
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in "\\PC{0,48}") {
        let _ = text.parse::<Gstin>();
        let _ = text.parse::<Source>();
        let _ = text.parse::<Sha256Digest>();
        let _ = text.parse::<CustomerRef>();
        let _ = text.parse::<LanguageTag>();
        let _ = text.parse::<CalendarSpan>();
        let _ = text.parse::<Timestamp>();
        let _ = text.parse::<MobileNumber>();
        let _ = text.parse::<Vua>();
        let _ = text.parse::<Pan>();
        let _ = text.parse::<ConsentId>();
    }
}

/// What may happen to a consent, in any order.
#[derive(Debug, Clone, Copy)]
enum Step {
    Pause,
    Resume,
    Revoke,
    Expire,
    Fetch,
    Wait(Span),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Pause),
        4 => Just(Step::Resume),
        1 => Just(Step::Revoke),
        1 => Just(Step::Expire),
        8 => Just(Step::Fetch),
        6 => (0_i64..100 * 24).prop_map(|hours| Step::Wait(Span::from_hours(hours))),
    ]
}

/// What an onlooker knows who only watches which steps succeeded.
#[derive(Debug, Default)]
struct Onlooker {
    withdrawn: bool,
    paused: bool,
    fetches: Vec<Timestamp>,
}

fn live(terms: &ConsentParametersForm, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let (mut consent, mut now) = (consent(terms.clone()), terms.consent_start.minus(Span::from_days(10)));
    let (intent, mut onlooker) = (intent(terms), Onlooker::default());
    for step in steps {
        let before = consent.clone();
        let outcome = match step {
            Step::Pause => consent.clone().pause(now),
            Step::Resume => consent.clone().resume(now),
            Step::Revoke => consent.clone().revoke(now),
            Step::Expire => consent.clone().expire(now),
            Step::Wait(span) => {
                now = now.plus(span);
                continue;
            }
            Step::Fetch => {
                fetch(&consent, &intent, now, &mut onlooker)?;
                continue;
            }
        };
        if let Ok(after) = outcome {
            onlooker.withdrawn |= matches!(step, Step::Revoke | Step::Expire);
            onlooker.paused = matches!(step, Step::Pause);
            prop_assert_eq!(&after.artefact, &before.artefact, "an artefact never changes");
            consent = after;
        }
    }
    Ok(())
}

fn fetch(
    consent: &Consent,
    intent: &FetchIntent,
    now: Timestamp,
    onlooker: &mut Onlooker,
) -> Result<(), TestCaseError> {
    let terms = consent.artefact.parameters.form();
    let Ok(permit) = consent.authorise(intent, &onlooker.fetches, now) else { return Ok(()) };
    prop_assert!(!onlooker.withdrawn, "a permit after the end");
    prop_assert!(!onlooker.paused, "a permit while paused");
    prop_assert!(terms.consent_start <= now && now < terms.consent_expiry, "a permit outside the validity");
    prop_assert!(terms.fetch_type != FetchType::Onetime || onlooker.fetches.is_empty(), "a second permit");
    prop_assert!(permit.still_good(now) && !permit.still_good(terms.consent_expiry));
    prop_assert!(!permit.still_good(now.plus(FetchPermit::LIFETIME)));
    onlooker.fetches.push(now);
    Ok(())
}

proptest! {
    #[test]
    fn a_periodic_consent_never_yields_a_permit_when_it_must_not(steps in vec(step(), 0..60)) {
        live(&periodic_terms(), steps)?;
    }

    #[test]
    fn a_onetime_consent_never_yields_a_permit_when_it_must_not(steps in vec(step(), 0..60)) {
        live(&onetime_terms(), steps)?;
    }

    #[test]
    fn a_parcel_is_never_handed_out_once_it_is_to_be_erased(events in vec(0_usize..8, 0..40)) {
        let mut state = ParcelState::Expected;
        let mut doomed = false;
        for event in events {
            let outcome = match event {
                0 => state.receive(1),
                1 => state.discard(),
                2 => state.complete(start()),
                3 => state.notify(start()),
                4 => state.collect(start()),
                5 => state.expire(start()),
                6 => state.revoke(start()),
                _ => state.erase(ErasureReceiptId::from_random([8; 16]), start()),
            };
            state = outcome.unwrap_or(state);
            doomed |= state.erasure_cause().is_some();
            prop_assert!(!(doomed && state.may_be_handed_out()));
            prop_assert_eq!(doomed, state.erasure_cause().is_some(), "what is to be erased stays so");
        }
    }
}
