use super::*;
use crate::tests::samples::{at, bureau, product, product_content, staff, start};
use crate::{CalendarSpan, ConsentMode, FetchType, PurposeCode, Span, fair_use};

fn refusal_of(change: impl FnOnce(&mut ProductContent)) -> &'static str {
    let mut content = product_content();
    change(&mut content);
    let drafted = Product::draft(product().id, product().partner, content, staff("author"), start());
    drafted.map_or_else(|error| error.code(), |_| "accepted")
}

#[test]
fn an_author_cannot_approve_the_own_work() {
    assert_eq!(product().approve(staff("author"), start()), Err(ApprovalError::OwnWork));
    let approved = product().approve(staff("approver"), start()).unwrap();
    assert!(approved.state.is_approved());
    assert_eq!(approved.state.author(), &staff("author"));
}

#[test]
fn a_change_is_a_new_version_that_must_be_approved_again() {
    let approved = product().approve(staff("approver"), start()).unwrap();
    let mut content = product_content();
    content.name = "Personal loan, second edition".into();
    let revised = approved.revise(content, staff("approver"), start()).unwrap();
    assert_eq!((revised.id, revised.version), (approved.id, ProductVersion(2)));
    assert_eq!(revised.state, ProductState::Draft { author: staff("approver") });
    assert_eq!(approved.version, ProductVersion::FIRST);
}

#[test]
fn a_product_that_cannot_be_offered_is_not_even_a_draft() {
    assert_eq!(refusal_of(|_| {}), "accepted");
    assert_eq!(refusal_of(|content| content.items.clear()), "product_without_item");
    assert_eq!(refusal_of(|content| content.name = " ".into()), "product_without_name");
    assert_eq!(refusal_of(|content| content.notice.texts.clear()), "product_notice_incomplete");
    assert_eq!(refusal_of(|content| content.items[1].data_items.clear()), "product_item_without_data");
    assert_eq!(refusal_of(|content| content.items[0].title.clear()), "product_item_without_data");
}

#[test]
fn a_source_occurs_once_and_fits_its_kind() {
    let twice = |content: &mut ProductContent| content.items.push(content.items[1].clone());
    assert_eq!(refusal_of(twice), "product_source_twice");
    let bank_from_bureau = |content: &mut ProductContent| content.items[0].source = bureau();
    assert_eq!(refusal_of(bank_from_bureau), "product_source_twice");
    let mislabelled = |content: &mut ProductContent| content.items[1].kind = SourceKind::FinancialInformation;
    assert_eq!(refusal_of(mislabelled), "product_kind_against_source");
    let no_types = |content: &mut ProductContent| content.items[0].terms.fi_types.clear();
    assert_eq!(refusal_of(no_types), "product_kind_against_source");
}

#[test]
fn contradictory_and_unfair_terms_are_refused() {
    let view = |content: &mut ProductContent| content.items[1].terms.consent_mode = ConsentMode::View;
    assert_eq!(refusal_of(view), "product_terms_invalid");
    let two_months = CalendarSpan::from_months(2).unwrap();
    let too_long = |content: &mut ProductContent| content.items[0].terms.valid_for = two_months;
    assert_eq!(refusal_of(too_long), "fair_use_consent_expiry");
    let third_party = |content: &mut ProductContent| content.items[1].terms.valid_for = two_months;
    assert_eq!(refusal_of(third_party), "accepted", "fair use binds the network's data only");
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let mut content = product_content();
    assert_eq!(content.faults(start()), Vec::new());
    content.name.clear();
    content.items[0].title = " ".into();
    content.items[0].terms.valid_for = CalendarSpan::from_months(2).unwrap();
    content.items[0].terms.range_back = CalendarSpan::from_months(99).unwrap();
    content.items[1].terms.consent_mode = ConsentMode::View;
    content.items.push(content.items[1].clone());
    let told: Vec<_> = content.faults(start()).iter().map(|fault| (fault.item, fault.code())).collect();
    assert_eq!(
        told,
        [
            (None, "product_without_name"),
            (Some(0), "product_item_without_data"),
            (Some(0), "fair_use_consent_expiry"),
            (Some(0), "fair_use_data_range"),
            (Some(1), "product_source_twice"),
            (Some(1), "data_life_against_mode"),
            (Some(2), "product_source_twice"),
            (Some(2), "data_life_against_mode"),
        ]
    );
}

#[test]
fn fair_use_is_judged_alike_on_every_day() {
    let (days, months) = (CalendarSpan::from_days, CalendarSpan::from_months);
    let held = |span| move |content: &mut ProductContent| content.items[0].terms.valid_for = span;
    for (span, said) in [
        (days(28), "accepted"),
        (days(29), "fair_use_consent_expiry"),
        (days(31), "fair_use_consent_expiry"),
        (months(1), "accepted"),
        (CalendarSpan::new(1, 1), "fair_use_consent_expiry"),
    ] {
        assert_eq!(refusal_of(held(span.unwrap())), said, "{span:?}");
    }
    let periodic = |valid_for: CalendarSpan, range_back: CalendarSpan| {
        move |content: &mut ProductContent| {
            let terms = &mut content.items[0].terms;
            terms.fetch_type = FetchType::Periodic;
            terms.purpose.code = PurposeCode::SpendingPatterns;
            (terms.valid_for, terms.range_back) = (valid_for, range_back);
        }
    };
    for (valid_for, range_back, said) in [
        ("P1Y", "P13M", "accepted"),
        ("P365D", "P393D", "accepted"),
        ("P366D", "P13M", "fair_use_consent_expiry"),
        ("P1Y", "P395D", "fair_use_data_range"),
    ] {
        let change = periodic(valid_for.parse().unwrap(), range_back.parse().unwrap());
        assert_eq!(refusal_of(change), said, "{valid_for} {range_back}");
    }
}

/// No day gives a consent less room than the days that are looked at.
#[test]
fn what_is_judged_sound_is_sound_from_every_day() {
    let mut terms = product_content().items.remove(0).terms;
    terms.valid_for = CalendarSpan::from_days(28).unwrap();
    terms.range_back = CalendarSpan::new(12, 59).unwrap();
    assert_eq!(fair_use::violations_on_any_day(&terms), Vec::new());
    for day in 0..1461 {
        let parameters = terms.parameters(start().plus(Span::from_days(day))).unwrap();
        assert_eq!(fair_use::violations(&parameters), Vec::new(), "{day} days on");
    }
}

#[test]
fn a_onetime_consent_looks_back_from_now() {
    let parameters = product().items[0].parameters(start()).unwrap();
    let terms = parameters.form();
    assert_eq!((terms.consent_start, terms.consent_expiry), (start(), at("2026-02-15T09:30:00Z")));
    assert_eq!((terms.data_range.from(), terms.data_range.to()), (at("2025-01-15T09:30:00Z"), start()));
}

#[test]
fn a_periodic_consent_reaches_up_to_its_expiry() {
    let mut item = product().items.remove(0);
    item.terms.fetch_type = FetchType::Periodic;
    item.terms.purpose.code = PurposeCode::SpendingPatterns;
    let parameters = item.parameters(start()).unwrap();
    assert_eq!(parameters.form().data_range.to(), parameters.form().consent_expiry);
}

#[test]
fn the_widest_fair_product_stays_fair_at_the_end_of_every_month() {
    let mut content = product_content();
    content.items[0].terms.range_back = CalendarSpan::from_months(14).unwrap();
    let product = Product::draft(product().id, product().partner, content, staff("author"), start()).unwrap();
    for day in ["2026-03-31", "2026-02-28", "2028-02-29", "2026-05-31", "2026-12-31", "2027-04-30"] {
        assert_eq!(product.check(at(&format!("{day}T23:59:59.999Z"))), Ok(()), "{day}");
    }
}
