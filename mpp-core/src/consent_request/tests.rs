use super::*;
use crate::Span;
use crate::tests::samples::{bureau, decisions, device, request, start};

fn refused(state: &'static str, event: &'static str) -> InvalidTransition {
    InvalidTransition { machine: "consent_request", state, event }
}

#[test]
fn only_approved_items_count_after_the_decision() {
    let opened = request().open(device(), start()).unwrap();
    assert_eq!(opened.approved_items().count(), 0);
    let decided = opened.decide(decisions(), start()).unwrap();
    let approved: Vec<&Source> = decided.approved_items().map(|item| &item.source).collect();
    assert_eq!(approved, [&bureau()]);
}

#[test]
fn every_item_must_be_decided_exactly_once() {
    let opened = request().open(device(), start()).unwrap();
    let [bureau_yes, bank_no] = <[ItemDecision; 2]>::try_from(decisions()).unwrap();
    let bureau_no = ItemDecision { decision: Decision::Refused, ..bureau_yes.clone() };
    let telecom = ItemDecision { source: "provider:telecom".parse().unwrap(), decision: Decision::Approved };
    for (answers, code) in [
        (vec![bureau_yes.clone()], "item_undecided"),
        (vec![], "item_undecided"),
        (vec![bureau_yes.clone(), bank_no.clone(), bureau_no], "item_decided_twice"),
        (vec![bureau_yes, bank_no, telecom], "item_not_requested"),
    ] {
        assert_eq!(opened.clone().decide(answers, start()).unwrap_err().code(), code);
    }
}

#[test]
fn an_unopened_request_cannot_be_decided() {
    let error = request().decide(decisions(), start()).unwrap_err();
    assert_eq!(error, DecisionError::Transition(refused("placed", "decide")));
}

#[test]
fn an_opened_request_opens_again_on_the_same_device_only() {
    let opened = request().open(device(), start()).unwrap();
    let later = start().plus(Span::from_minutes(5));
    assert_eq!(opened.clone().open(device(), later), Ok(opened.clone()));
    let other = DeviceId::from_random([99; 16]);
    assert_eq!(opened.open(other, later), Err(refused("opened", "open")));
}

#[test]
fn what_was_taken_back_remembers_the_device_that_had_it_open() {
    let cancelled = |device| ConsentRequestState::Cancelled { device, at: start() };
    assert_eq!(request().cancel(start()).unwrap().state, cancelled(None));
    let opened = request().open(device(), start()).unwrap();
    assert_eq!(opened.cancel(start()).unwrap().state, cancelled(Some(device())));
}

#[test]
fn nothing_but_expiring_is_possible_once_the_time_has_run_out() {
    let end = start().plus(Span::from_hours(1));
    let opened = request().open(device(), start()).unwrap();
    assert_eq!(request().open(device(), end), Err(refused("expired", "open")));
    assert_eq!(
        opened.clone().decide(decisions(), end),
        Err(DecisionError::Transition(refused("expired", "decide")))
    );
    assert!(opened.clone().decide(decisions(), end.minus(Span::from_millis(1))).is_ok());
    assert_eq!(opened.expire(end).unwrap().state.state_name(), "expired");
}

#[test]
fn what_ran_out_remembers_the_device_that_had_it_open() {
    let end = start().plus(Span::from_hours(1));
    let expired = |device| ConsentRequestState::Expired { device, at: end };
    assert_eq!(request().expire(end).unwrap().state, expired(None));
    let opened = request().open(device(), start()).unwrap();
    assert_eq!(opened.expire(end).unwrap().state, expired(Some(device())));
}

#[test]
fn a_request_that_ran_out_in_an_earlier_form_names_no_device() {
    let stored = serde_json::json!({ "state": "expired", "at": start() });
    let read: ConsentRequestState = serde_json::from_value(stored.clone()).unwrap();
    assert_eq!(read, ConsentRequestState::Expired { device: None, at: start() });
    assert_eq!(serde_json::to_value(read).unwrap(), stored);
}

#[test]
fn a_request_does_not_expire_early() {
    let early = start().plus(Span::from_minutes(59));
    assert_eq!(request().expire(early), Err(refused("placed", "expire")));
}

#[test]
fn a_refused_step_says_what_was_wrong_in_words() {
    let error = request().cancel(start()).unwrap().open(device(), start()).unwrap_err();
    assert_eq!(error.code(), "invalid_transition");
    assert_eq!(
        error.to_string(),
        "the consent request is in the state \"cancelled\", in which the step \"open\" is not possible"
    );
}
