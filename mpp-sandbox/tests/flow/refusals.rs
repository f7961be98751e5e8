use axum::http::StatusCode;
use mpp_core::{Span, TxnId};
use mpp_crypto::rebit::Flavour;
use serde_json::{Value, json};

use crate::party::{API_KEY, Approved, Party, consent_detail};

async fn refused_raw(party: &Party, path: &str, body: &str, api_key: &str) -> (u16, String) {
    let (status, signature, answer) = party.rebit_raw(path, body.as_bytes().to_vec(), api_key).await;
    party.check_signature(&signature, &answer).unwrap();
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    (status.as_u16(), answer["errorCode"].as_str().unwrap_or("none").to_owned())
}

fn handle_request(party: &Party) -> Value {
    let mut body = party.envelope();
    body["ConsentHandle"] = json!("d2f0b8a4-6a0f-4a56-8a35-6a3f7f0c9b10");
    body
}

#[tokio::test]
async fn checks_come_in_the_order_of_the_specification() {
    let party = Party::start().await;
    let good = handle_request(&party);
    let with = |name: &str, value: Value| {
        let mut body = good.clone();
        body[name] = value;
        body["txnid"] = if name == "txnid" { body["txnid"].clone() } else { fresh(&party) };
        body.to_string()
    };
    let expected = |status: u16, code: &str| (status, code.to_owned());
    let path = "Consent/handle";
    assert_eq!(refused_raw(&party, path, "{", "nobody").await, expected(401, "Unauthorized"));
    assert_eq!(refused_raw(&party, path, "{", API_KEY).await, expected(400, "InvalidRequest"));
    for name in ["ver", "timestamp", "txnid", "ConsentHandle"] {
        for blank in [Value::Null, json!(""), json!({})] {
            let body = with(name, blank);
            assert_eq!(
                refused_raw(&party, path, &body, API_KEY).await,
                expected(400, "InvalidRequest"),
                "{body}"
            );
        }
    }
    let old = party_time(&party, 16);
    assert_eq!(
        refused_raw(&party, path, &with("ver", json!("1.1.2")), API_KEY).await,
        expected(404, "NoSuchVersion")
    );
    assert_eq!(
        refused_raw(&party, path, &with("timestamp", json!(old)), API_KEY).await,
        expected(400, "InvalidRequest")
    );
    assert_eq!(
        refused_raw(&party, path, &with("txnid", json!("abc")), API_KEY).await,
        expected(400, "InvalidRequest")
    );
    let unknown = refused_raw(&party, path, &good.to_string(), API_KEY).await;
    assert_eq!(unknown, expected(400, "InvalidConsentHandle"));
}

fn fresh(party: &Party) -> Value {
    json!(TxnId::generate(&*party.entropy).to_string())
}

fn party_time(party: &Party, minutes_ago: i64) -> String {
    use mpp_core::Clock;
    party.clock.now().minus(Span::from_minutes(minutes_ago)).to_string()
}

#[tokio::test]
async fn a_signature_must_be_the_callers_over_these_bytes() {
    let party = Party::start().await;
    let body = handle_request(&party).to_string();
    let other = mpp_crypto::rs256::SigningKey::generate("share-key-1".parse().unwrap()).unwrap();
    let own_over_other = mpp_crypto::detached::sign(&other, body.as_bytes()).unwrap();
    for signature in ["", "e30..e30", &own_over_other] {
        let (status, _, answer) =
            party.rebit_signed("Consent/handle", body.clone().into_bytes(), API_KEY, signature).await;
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!((status.as_u16(), &answer["errorCode"]), (400, &json!("SignatureDoesNotMatch")));
    }
}

#[tokio::test]
async fn the_same_request_again_gets_the_same_answer_and_another_is_refused() {
    let party = Party::start().await;
    let mut body = party.envelope();
    body["ConsentDetail"] = consent_detail();
    let sent = serde_json::to_vec(&body).unwrap();
    let (_, _, first) = party.rebit_raw("Consent", sent.clone(), API_KEY).await;
    let (_, _, second) = party.rebit_raw("Consent", sent, API_KEY).await;
    assert_eq!(first, second);
    body["ConsentDetail"]["consentMode"] = json!("VIEW");
    assert_eq!(
        refused_raw(&party, "Consent", &body.to_string(), API_KEY).await,
        (409, "IdempotencyError".into())
    );
}

#[tokio::test]
async fn terms_that_contradict_the_specification_are_refused() {
    let party = Party::start().await;
    let cases = [
        ("consentExpiry", json!("2026-01-15T09:25:00.000Z"), "InvalidRequest"),
        ("consentTypes", json!([]), "InvalidRequest"),
        ("fiTypes", json!(["CRYPTO"]), "InvalidRequest"),
        ("Purpose", json!({ "code": "199" }), "InvalidConsentPurpose"),
        (
            "Purpose",
            json!({ "code": "103", "refUri": "https://elsewhere.example/103.xml" }),
            "InvalidConsentPurpose",
        ),
        ("DataLife", json!({ "unit": "MONTH", "value": 0 }), "InvalidRequest"),
        ("Frequency", json!({ "unit": "MONTH", "value": 0 }), "InvalidRequest"),
        ("Customer", json!({ "id": "9000000001@another" }), "InvalidCustomerAddress"),
        ("DataConsumer", json!({ "id": "9000000002@onemoney", "type": "USER" }), "InvalidRequest"),
        ("DataConsumer", json!({ "id": "SOMEBODY_ELSE", "type": "FIU" }), "InvalidRequest"),
        (
            "FIDataRange",
            json!({ "from": "2026-01-15T00:00:00Z", "to": "2025-01-15T00:00:00Z" }),
            "InvalidRequest",
        ),
    ];
    for (field, value, code) in cases {
        let mut detail = consent_detail();
        detail[field] = value;
        let (status, answer) = party.rebit("Consent", json!({ "ConsentDetail": detail })).await;
        assert_eq!((status, &answer["errorCode"]), (StatusCode::BAD_REQUEST, &json!(code)), "{field}");
    }
}

async fn request(party: &Party, consent: &Approved, change: impl FnOnce(&mut Value)) -> (u16, String) {
    let ours = party.key_material(Flavour::Ecc);
    let mut request = json!({
        "FIDataRange": { "from": "2025-01-15T00:00:00.000Z", "to": "2026-01-15T00:00:00.000Z" },
        "Consent": { "id": consent.id, "digitalSignature": consent.signature },
        "KeyMaterial": ours.public_form(),
    });
    change(&mut request);
    let (status, answer) = party.rebit("FI/request", request).await;
    (status.as_u16(), answer["errorCode"].as_str().unwrap_or("none").to_owned())
}

#[tokio::test]
async fn data_requests_must_fit_the_consent() {
    let mut party = Party::start().await;
    let consent = party.approved(&[("SAHYADRI_FIP", &["DEPOSIT"])], json!({})).await;
    let expected = |code: &str| (400_u16, code.to_owned());
    let party = &party;
    let wrong = request(party, &consent, |body| body["Consent"]["digitalSignature"] = json!("abc")).await;
    assert_eq!(wrong, expected("InvalidConsentDetail"));
    let wrong = request(party, &consent, |body| body["Consent"]["id"] = json!("unknown")).await;
    assert_eq!(wrong, expected("InvalidConsentId"));
    let wide =
        request(party, &consent, |body| body["FIDataRange"]["from"] = json!("2024-01-01T00:00:00Z")).await;
    assert_eq!(wide, expected("InvalidDateRange"));
    let old = |body: &mut Value| body["KeyMaterial"]["DHPublicKey"]["expiry"] = json!("2026-01-15T09:00:00Z");
    assert_eq!(request(party, &consent, old).await, expected("InvalidKey"));
    let short = |body: &mut Value| body["KeyMaterial"]["Nonce"] = json!("AAAA");
    assert_eq!(request(party, &consent, short).await, expected("InvalidKey"));
    assert_eq!(request(party, &consent, |_| ()).await, (200, "none".to_owned()));
    assert_eq!(request(party, &consent, |_| ()).await, expected("InvalidConsentUse"));
}

#[tokio::test]
async fn data_is_not_there_before_it_is_there() {
    let mut party = Party::start().await;
    let consent = party.approved(&[("SAHYADRI_FIP", &["DEPOSIT"])], json!({})).await;
    party.script("SAHYADRI_FIP", "prepare", json!({ "kind": "never" }), 1).await;
    let (_, opened) = party.request_fi(&consent, &party.key_material(Flavour::Ecc)).await;
    let fetch = json!({ "sessionId": opened["sessionId"] });
    let (status, answer) = party.rebit("FI/fetch", fetch.clone()).await;
    assert_eq!((status, &answer["errorCode"]), (StatusCode::NOT_FOUND, &json!("NoDataFound")));
    party.json(mpp_transport::Method::DELETE, "/control/faults", None, &Value::Null).await;
    party.session_end().await;
    let (status, _) = party.rebit("FI/fetch", fetch).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn a_session_of_somebody_else_does_not_exist() {
    let party = Party::start().await;
    let unknown = json!({ "sessionId": "caa2f259-2dc2-4075-87aa-6d81018b6183" });
    let (status, answer) = party.rebit("FI/fetch", unknown).await;
    assert_eq!((status, &answer["errorCode"]), (StatusCode::BAD_REQUEST, &json!("InvalidSessionId")));
}
