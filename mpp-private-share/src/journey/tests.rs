use mpp_core::{AaConsentKey, DataSessionId};

use super::*;

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_unix_millis(1_768_469_100_000).unwrap().plus(Span::from_minutes(minutes))
}

fn parameters() -> ConsentParameters {
    serde_json::from_value(serde_json::json!({
        "consentStart": "2026-01-15T09:25:00.000Z", "consentExpiry": "2026-02-14T09:25:00.000Z",
        "consentMode": "STORE", "fetchType": "ONETIME", "consentTypes": ["PROFILE"], "fiTypes": ["DEPOSIT"],
        "purpose": {"code": "103", "text": "To process your loan application"},
        "dataRange": {"from": "2025-01-15T00:00:00.000Z", "to": "2026-01-15T00:00:00.000Z"},
        "dataLife": {"unit": "MONTH", "value": 1}, "frequency": {"unit": "MONTH", "value": 1}
    }))
    .unwrap()
}

fn journey() -> Journey {
    let aa = PinnedAccountAggregator { entity: "ONEMONEYDEMO_AA".parse().unwrap(), keys: Vec::new() };
    Journey::new(aa, "9000000001@onemoney".parse().unwrap(), parameters(), Patience::default())
}

fn consent(state: &str) -> AaConsentView {
    AaConsentView {
        key: AaConsentKey::from_random([1; 16]),
        state: state.to_owned(),
        handle: "handle".to_owned(),
        approval_url: "https://aa.example/web?handle=handle".parse().unwrap(),
        consent_id: None,
        signed_consent: None,
        accounts: Vec::new(),
    }
}

fn session(state: &str) -> DataSessionView {
    let session_id: DataSessionId = "session-1".parse().unwrap();
    DataSessionView { session_id, state: state.to_owned(), undelivered: Vec::new() }
}

fn opening() -> Journey {
    Journey { stage: Stage::Opening, ..journey() }
}

fn code(result: Result<Journey, ShareError>) -> String {
    result.map_or_else(|over| over.code().to_owned(), |journey| format!("{:?}", journey.next(at(1)).unwrap()))
}

#[test]
fn every_state_of_the_consent_leads_somewhere() {
    for (state, expected) in [
        ("paused", "consent_paused"),
        ("revoked", "consent_ended"),
        ("expired", "not_approved_in_time"),
        ("rejected", "refused"),
        ("failed", "consent_failed"),
        ("active", "unusable_answer"),
        ("nonsense", "unusable_answer"),
    ] {
        assert_eq!(code(journey().consent_seen(&consent(state), at(0))), expected, "{state}");
    }
    for state in ["drafted", "pending", "granted"] {
        let next = code(journey().consent_seen(&consent(state), at(0)));
        assert!(next.starts_with("AwaitDecision"), "{state}: {next}");
    }
}

#[test]
fn every_state_of_the_session_leads_somewhere() {
    for state in ["requested", "open", "partial"] {
        let next = code(opening().session_seen(&session(state), at(0)));
        assert!(next.starts_with("AwaitData"), "{state}: {next}");
    }
    for state in ["ready", "fetched"] {
        let next = code(opening().session_seen(&session(state), at(0)));
        assert!(next.starts_with("Fetch"), "{state}: {next}");
    }
    for (state, expected) in [("failed", "no_data"), ("expired", "no_data"), ("odd", "unusable_answer")] {
        assert_eq!(code(opening().session_seen(&session(state), at(0))), expected);
    }
}

#[test]
fn a_decision_and_data_are_waited_for_in_bounds() {
    let deciding = journey().consent_seen(&consent("pending"), at(0)).unwrap();
    assert!(deciding.next(at(14)).is_ok());
    let still = deciding.consent_seen(&consent("pending"), at(14)).unwrap();
    assert!(
        matches!(still.next(at(15)), Err(ShareError::NotApprovedInTime)),
        "polls do not move the deadline"
    );
    let waiting = opening().session_seen(&session("open"), at(0)).unwrap();
    assert!(matches!(waiting.next(at(10)), Err(ShareError::NoDataInTime)));
    let partly = waiting.session_seen(&session("partial"), at(5)).unwrap();
    assert!(matches!(partly.next(at(9)).unwrap(), Step::AwaitData { .. }));
    assert!(matches!(partly.next(at(10)).unwrap(), Step::Fetch { .. }), "what is there is fetched");
}

#[test]
fn answers_out_of_turn_are_refused() {
    assert_eq!(code(journey().session_seen(&session("ready"), at(0))), "unusable_answer");
    assert_eq!(code(opening().consent_seen(&consent("pending"), at(0))), "unusable_answer");
}

#[test]
fn what_was_said_of_an_account_is_its_outcome_without_a_document() {
    let account: LinkRefNumber = "link-1".parse().unwrap();
    let mut view = session("ready");
    view.undelivered.push(mpp_api::private_share::UndeliveredAccount {
        fip_id: "SAHYADRI_FIP".parse().unwrap(),
        link_ref_number: account.clone(),
        status: "DENIED".to_owned(),
    });
    let journey = opening().session_seen(&view, at(0)).unwrap();
    assert_eq!(journey.outcome_without_document(&account), AccountOutcome::Denied);
    let other = "link-2".parse().unwrap();
    assert_eq!(journey.outcome_without_document(&other), AccountOutcome::NotDelivered);
}
