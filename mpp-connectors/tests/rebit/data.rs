use std::sync::Arc;

use mpp_connectors::account_aggregator::{
    AaError, AccountAggregator, AnswerDefect, FiFilter, FiRequest, PermitDefect,
};
use mpp_connectors::conformance::{artefact_for, permit_for};
use mpp_core::{Clock, ConsentState, DataRange, FetchIntent, FetchPermit, Persistence, Source, Span};
use serde_json::{Value, json};

use crate::fake_aa::{CONSENT, FakeAa, HANDLE, LINK, SESSION, key_material};
use crate::parameters;

fn permit(aa: &FakeAa) -> FetchPermit {
    permit_for(Source::AccountAggregator, aa.clock().now())
}

fn request(aa: &Arc<FakeAa>) -> FiRequest {
    FiRequest {
        consent: CONSENT.parse().unwrap(),
        digital_signature: "c2lnbmF0dXJl".into(),
        range: parameters(aa).form().data_range,
        key_material: serde_json::from_value(key_material()).unwrap(),
    }
}

#[tokio::test]
async fn a_session_is_opened_with_the_consents_signature_and_our_key_material() {
    let aa = FakeAa::new();
    let session = aa.client().request_fi(&permit(&aa), &request(&aa)).await.unwrap();
    assert_eq!(session.as_str(), SESSION);
    let (path, _, body) = aa.sent().remove(0);
    assert_eq!(path, "FI/request");
    assert_eq!(body["Consent"], json!({ "id": CONSENT, "digitalSignature": "c2lnbmF0dXJl" }));
    assert_eq!(body["KeyMaterial"], key_material());
    let range = json!({ "from": "2025-01-15T09:30:00.000Z", "to": "2026-01-15T09:30:00.000Z" });
    assert_eq!(body["FIDataRange"], range);
}

#[tokio::test]
async fn without_a_fitting_permit_nothing_is_sent() {
    let aa = FakeAa::new();
    let client = aa.client();
    let session = SESSION.parse().unwrap();
    let other = permit_for(Source::Provider("sandbox-bureau".parse().unwrap()), aa.clock().now());
    let mut errors = vec![
        (client.request_fi(&other, &request(&aa)).await.unwrap_err(), PermitDefect::Source),
        (client.fetch_fi(&other, &session, &FiFilter::default()).await.unwrap_err(), PermitDefect::Source),
    ];

    let range = parameters(&aa).form().data_range;
    let mut wide = request(&aa);
    wide.range = DataRange::new(range.from().minus(Span::from_millis(1)), range.to()).unwrap();
    errors.push((client.request_fi(&permit(&aa), &wide).await.unwrap_err(), PermitDefect::Range));

    let mut artefact = artefact_for(Source::AccountAggregator, aa.clock().now());
    artefact.aa_consent = Some(HANDLE.parse().unwrap());
    let terms = artefact.parameters.form();
    let intent = FetchIntent {
        source: Source::AccountAggregator,
        recipient: artefact.recipient.clone(),
        range: terms.data_range,
        consent_types: terms.consent_types.clone(),
        purpose: terms.purpose.code,
    };
    let other_consent = artefact.authorise(&ConsentState::Active, &intent, &[], aa.clock().now()).unwrap();
    errors.push((client.request_fi(&other_consent, &request(&aa)).await.unwrap_err(), PermitDefect::Consent));

    let (permit, request) = (permit(&aa), request(&aa));
    aa.clock().advance(FetchPermit::LIFETIME);
    errors.push((client.request_fi(&permit, &request).await.unwrap_err(), PermitDefect::Lapsed));
    errors.push((
        client.fetch_fi(&permit, &session, &FiFilter::default()).await.unwrap_err(),
        PermitDefect::Lapsed,
    ));
    for (error, expected) in errors {
        let matched = matches!(&error, AaError::Permit(defect) if *defect == expected);
        assert!(matched, "{error:?} instead of {expected:?}");
        assert_eq!(error.persistence(), Persistence::Permanent);
    }
    assert!(aa.sent().is_empty());
}

#[tokio::test]
async fn data_comes_back_unopened_with_the_fips_key_material() {
    let aa = FakeAa::new();
    let fetched =
        aa.client().fetch_fi(&permit(&aa), &SESSION.parse().unwrap(), &FiFilter::default()).await.unwrap();
    assert_eq!(fetched.len(), 1);
    assert_eq!(fetched[0].fip.as_str(), "SAHYADRI_FIP");
    assert_eq!(serde_json::to_value(&fetched[0].key_material).unwrap(), key_material());
    assert_eq!(fetched[0].accounts[0].link_ref.as_str(), LINK);
    assert_eq!(fetched[0].accounts[0].encrypted, "Nst2RQH+");
    assert!(!format!("{fetched:?}").contains("4020"));
    let (_, _, body) = aa.sent().remove(0);
    assert_eq!(body["sessionId"], SESSION);
    assert!(body.get("fipId").is_none() && body.get("linkRefNumber").is_none());
}

#[tokio::test]
async fn a_filter_is_sent_and_held_to() {
    let aa = FakeAa::new();
    let filter =
        FiFilter { fip: Some("SAHYADRI_FIP".parse().unwrap()), accounts: vec![LINK.parse().unwrap()] };
    aa.client().fetch_fi(&permit(&aa), &SESSION.parse().unwrap(), &filter).await.unwrap();
    let (_, _, body) = aa.sent().remove(0);
    assert_eq!(body["fipId"], "SAHYADRI_FIP");
    assert_eq!(body["linkRefNumber"], json!([{ "id": LINK }]));

    let alterations: [fn(&mut Value); 3] = [
        |answer| answer["FI"][0]["fipID"] = json!("OTHER_FIP"),
        |answer| answer["FI"][0]["data"][0]["linkRefNumber"] = json!("another"),
        |answer| {
            let again = answer["FI"][0].clone();
            answer["FI"].as_array_mut().unwrap().push(again);
        },
    ];
    for alter in alterations {
        let aa = FakeAa::new().altering_answers(alter);
        let error = aa.client().fetch_fi(&permit(&aa), &SESSION.parse().unwrap(), &filter).await.unwrap_err();
        assert!(matches!(error, AaError::Untrusted(AnswerDefect::Subject)), "{error:?}");
    }
}

#[tokio::test]
async fn accounts_without_data_come_back_empty() {
    let aa = FakeAa::new().altering_answers(|answer| {
        answer["FI"][0]["data"][0]["encryptedFI"] = Value::Null;
        answer["FI"][0]["data"][0]["maskedAccNumber"] = Value::Null;
    });
    let fetched =
        aa.client().fetch_fi(&permit(&aa), &SESSION.parse().unwrap(), &FiFilter::default()).await.unwrap();
    assert_eq!(fetched[0].accounts[0].encrypted, "");
}

#[tokio::test]
async fn a_session_of_another_consent_is_not_believed() {
    let aa = FakeAa::new().altering_answers(|answer| answer["consentId"] = json!(HANDLE));
    let error = aa.client().request_fi(&permit(&aa), &request(&aa)).await.unwrap_err();
    assert!(matches!(error, AaError::Untrusted(AnswerDefect::Subject)), "{error:?}");
}
