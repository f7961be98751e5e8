use std::collections::BTreeSet;

use super::*;
use crate::tests::samples::{artefact, at, intent, kid, onetime_terms, partner, periodic_terms, start};
use crate::{ConsentParametersForm, ConsentType, DataRange, Persistence, PurposeCode, Span};

const ACTIVE: ConsentState = ConsentState::Active;

/// What `change` makes of an intent that is in order.
fn refusal_of(change: impl FnOnce(&mut FetchIntent)) -> Option<ScopeViolation> {
    let terms = periodic_terms();
    let mut intent = intent(&terms);
    change(&mut intent);
    artefact(terms).authorise(&ACTIVE, &intent, &[], start()).err()
}

#[test]
fn a_fetch_within_the_consent_is_permitted_as_asked() {
    let terms = periodic_terms();
    let (artefact, intent) = (artefact(terms.clone()), intent(&terms));
    let permit = artefact.authorise(&ACTIVE, &intent, &[], start()).unwrap();
    assert_eq!((permit.artefact(), permit.consent()), (artefact.id, artefact.consent));
    assert_eq!((permit.source(), permit.recipient()), (&intent.source, &intent.recipient));
    assert_eq!((permit.range(), permit.consent_types()), (intent.range, &intent.consent_types));
    assert_eq!((permit.customer(), permit.parameters()), (&artefact.customer, &artefact.parameters));
    assert_eq!((permit.granted_at(), permit.aa_consent()), (start(), None));
}

#[test]
fn a_permit_is_good_for_five_minutes() {
    let terms = periodic_terms();
    let permit = artefact(terms.clone()).authorise(&ACTIVE, &intent(&terms), &[], start()).unwrap();
    assert!(permit.still_good(start()));
    assert!(permit.still_good(start().plus(Span::from_millis(299_999))));
    assert!(!permit.still_good(start().plus(Span::from_minutes(5))));
    assert!(!permit.still_good(start().minus(Span::from_millis(1))), "a clock that was set back");
}

#[test]
fn a_permit_does_not_outlive_the_consent() {
    let terms = periodic_terms();
    let last_minute = terms.consent_expiry.minus(Span::from_minutes(1));
    let permit = artefact(terms.clone()).authorise(&ACTIVE, &intent(&terms), &[], last_minute).unwrap();
    assert_eq!(permit.good_until(), terms.consent_expiry);
    assert!(!permit.still_good(terms.consent_expiry));
}

#[test]
fn nothing_is_permitted_before_the_start_and_from_the_expiry_on() {
    let terms = periodic_terms();
    let (artefact, intent) = (artefact(terms.clone()), intent(&terms));
    let at = |now| artefact.authorise(&ACTIVE, &intent, &[], now).map(|permit| permit.granted_at());
    let instant = Span::from_millis(1);
    assert_eq!(at(terms.consent_start.minus(instant)), Err(ScopeViolation::NotYetStarted));
    assert_eq!(at(terms.consent_start), Ok(terms.consent_start));
    assert_eq!(at(terms.consent_expiry.minus(instant)), Ok(terms.consent_expiry.minus(instant)));
    assert_eq!(at(terms.consent_expiry), Err(ScopeViolation::Expired));
}

#[test]
fn only_an_active_consent_permits() {
    let terms = periodic_terms();
    let (artefact, intent) = (artefact(terms.clone()), intent(&terms));
    let now = start();
    for (standing, violation) in [
        (ConsentState::Paused { at: now }, ScopeViolation::Paused),
        (ConsentState::Revoked { at: now }, ScopeViolation::Revoked),
        (ConsentState::Expired { at: now }, ScopeViolation::Expired),
    ] {
        assert_eq!(artefact.authorise(&standing, &intent, &[], now), Err(violation));
    }
    let paused_and_lapsed = ConsentState::Paused { at: now };
    let refusal = artefact.authorise(&paused_and_lapsed, &intent, &[], terms.consent_expiry);
    assert_eq!(refusal, Err(ScopeViolation::Expired), "what can never change is told first");
}

#[test]
fn another_source_is_refused() {
    let refusal = refusal_of(|intent| intent.source = Source::AccountAggregator);
    assert_eq!(refusal, Some(ScopeViolation::WrongSource));
    let refusal = refusal_of(|intent| intent.source = Source::Provider("other-bureau".parse().unwrap()));
    assert_eq!(refusal, Some(ScopeViolation::WrongSource));
}

#[test]
fn another_partner_another_key_and_the_customer_himself_are_other_recipients() {
    let other_partner = Recipient::Partner { id: PartnerId::from_random([9; 16]), envelope_kid: kid() };
    let other_key = Recipient::Partner { id: partner(), envelope_kid: "kaveri-2027".parse().unwrap() };
    for recipient in [other_partner, other_key, Recipient::Customer] {
        let refusal = refusal_of(|intent| intent.recipient = recipient);
        assert_eq!(refusal, Some(ScopeViolation::WrongRecipient));
    }
}

#[test]
fn a_range_may_fill_the_consented_one_but_not_pass_it_on_either_side() {
    let consented = periodic_terms().data_range;
    let instant = Span::from_millis(1);
    let too_early = DataRange::new(consented.from().minus(instant), consented.to()).unwrap();
    let too_late = DataRange::new(consented.from(), consented.to().plus(instant)).unwrap();
    assert_eq!(refusal_of(|intent| intent.range = consented), None);
    assert_eq!(refusal_of(|intent| intent.range = too_early), Some(ScopeViolation::RangeTooWide));
    assert_eq!(refusal_of(|intent| intent.range = too_late), Some(ScopeViolation::RangeTooWide));
}

#[test]
fn parts_that_were_not_consented_and_unnamed_parts_are_refused() {
    let wider = BTreeSet::from([ConsentType::Summary, ConsentType::Profile]);
    assert_eq!(refusal_of(|intent| intent.consent_types = wider), Some(ScopeViolation::TypeNotConsented));
    assert_eq!(refusal_of(|intent| intent.consent_types.clear()), Some(ScopeViolation::TypeNotConsented));
}

#[test]
fn another_purpose_is_refused() {
    let refusal = refusal_of(|intent| intent.purpose = PurposeCode::Monitoring);
    assert_eq!(refusal, Some(ScopeViolation::PurposeDiffers));
}

#[test]
fn a_onetime_consent_permits_one_fetch_ever() {
    let terms = onetime_terms();
    let (artefact, intent) = (artefact(terms.clone()), intent(&terms));
    let later = start().plus(Span::from_days(20));
    assert!(artefact.authorise(&ACTIVE, &intent, &[], later).is_ok());
    assert_eq!(artefact.authorise(&ACTIVE, &intent, &[start()], later), Err(ScopeViolation::AlreadyUsed));
}

#[test]
fn a_periodic_consent_permits_again_when_the_calendar_day_ends() {
    let terms = periodic_terms();
    let (artefact, intent) = (artefact(terms.clone()), intent(&terms));
    let uses = [at("2026-01-20T23:50:00Z")];
    let again_at = at("2026-01-21T00:00:00Z");
    let refusal = artefact.authorise(&ACTIVE, &intent, &uses, at("2026-01-20T23:59:59Z"));
    assert_eq!(refusal, Err(ScopeViolation::TooFrequent { again_at }));
    assert!(artefact.authorise(&ACTIVE, &intent, &uses, again_at).is_ok());
}

#[test]
fn every_violation_has_its_own_code_and_a_sentence() {
    let all = [
        ScopeViolation::NotYetStarted,
        ScopeViolation::Expired,
        ScopeViolation::Paused,
        ScopeViolation::Revoked,
        ScopeViolation::WrongSource,
        ScopeViolation::WrongRecipient,
        ScopeViolation::RangeTooWide,
        ScopeViolation::TypeNotConsented,
        ScopeViolation::PurposeDiffers,
        ScopeViolation::AlreadyUsed,
        ScopeViolation::TooFrequent { again_at: start() },
    ];
    let codes: BTreeSet<&str> = all.iter().map(ScopeViolation::code).collect();
    assert_eq!(codes.len(), all.len());
    for code in codes {
        assert!(code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{code}");
    }
    assert!(all.iter().all(|violation| violation.to_string().contains(' ')));
    let passing: Vec<_> =
        all.iter().filter(|violation| violation.persistence() == Persistence::Temporary).collect();
    assert_eq!(passing.len(), 3);
}

#[test]
fn a_self_consent_permits_the_customer_only() {
    let terms: ConsentParametersForm = onetime_terms();
    let own = ConsentArtefact {
        recipient: Recipient::Customer,
        source: Source::AccountAggregator,
        aa_consent: Some("654024c8-29c8-4f1e-8868-0289437bf331".parse().unwrap()),
        ..artefact(terms.clone())
    };
    let for_partner = FetchIntent { source: Source::AccountAggregator, ..intent(&terms) };
    let for_customer = FetchIntent { recipient: Recipient::Customer, ..for_partner.clone() };
    assert_eq!(own.authorise(&ACTIVE, &for_partner, &[], start()), Err(ScopeViolation::WrongRecipient));
    let permit = own.authorise(&ACTIVE, &for_customer, &[], start()).unwrap();
    assert_eq!(permit.aa_consent(), own.aa_consent.as_ref());
}
