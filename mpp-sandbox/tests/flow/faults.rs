use axum::http::StatusCode;
use mpp_core::Span;
use mpp_crypto::rebit::{Flavour, OurKeyMaterial};
use serde_json::{Value, json};

use crate::party::{Approved, MOBILE, Party};

const TWO_BANKS: [(&str, &[&str]); 2] =
    [("SAHYADRI_FIP", &["DEPOSIT", "TERM_DEPOSIT"]), ("NARMADA_FIP", &["DEPOSIT"])];

async fn ready(changes: Value) -> (Party, Approved, OurKeyMaterial) {
    let mut party = Party::start().await;
    let consent = party.approved(&TWO_BANKS, changes).await;
    let ours = party.key_material(Flavour::Ecc);
    (party, consent, ours)
}

async fn fetch(party: &Party, opened: &Value) -> Value {
    party.rebit("FI/fetch", json!({ "sessionId": opened["sessionId"] })).await.1
}

#[tokio::test]
async fn a_failing_fip_fails_the_session_and_the_consent_can_be_used_again() {
    let (mut party, consent, ours) = ready(json!({})).await;
    party.script("NARMADA_FIP", "FI/request", json!({ "kind": "status", "status": 503 }), 1).await;
    let (_, opened) = party.request_fi(&consent, &ours).await;
    let end = party.session_end().await;
    assert_eq!(end["sessionStatus"], "FAILED");
    let narmada = &end["FIStatusResponse"][1];
    assert_eq!(
        (&narmada["fipID"], &narmada["Accounts"][0]["FIStatus"]),
        (&json!("NARMADA_FIP"), &json!("TIMEOUT"))
    );
    assert_eq!(fetch(&party, &opened).await["errorCode"], "NoDataFound");
    let ours = party.key_material(Flavour::Ecc);
    let (status, opened) = party.request_fi(&consent, &ours).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(party.session_end().await["sessionStatus"], "COMPLETED");
    assert_eq!(party.open_all(&fetch(&party, &opened).await, &ours).len(), 3);
}

#[tokio::test]
async fn a_fip_that_never_answers_leaves_the_others_readable_and_fails_after_an_hour() {
    let (mut party, consent, ours) = ready(json!({})).await;
    party.script("NARMADA_FIP", "prepare", json!({ "kind": "never" }), 1).await;
    let (_, opened) = party.request_fi(&consent, &ours).await;
    let (_, told) = party.notice().await;
    assert_eq!(told["FIStatusNotification"]["sessionStatus"], "ACTIVE");
    assert_eq!(party.open_all(&fetch(&party, &opened).await, &ours).len(), 2);
    party.clock.advance(Span::from_minutes(60));
    party.sandbox.sweep();
    assert_eq!(party.session_end().await["sessionStatus"], "FAILED");
}

#[tokio::test]
async fn documents_can_be_wrong_in_every_scripted_way() {
    for kind in ["garbage", "wrong-account", "wrong-customer", "partial"] {
        let (mut party, consent, ours) = ready(json!({})).await;
        party.script("SAHYADRI_FIP", "prepare", json!({ "kind": kind }), 1).await;
        let (_, opened) = party.request_fi(&consent, &ours).await;
        assert_eq!(party.session_end().await["sessionStatus"], "COMPLETED", "{kind}");
        let request = json!({ "sessionId": opened["sessionId"], "fipId": "SAHYADRI_FIP" });
        let (_, fetched) = party.rebit("FI/fetch", request).await;
        let first = &fetched["FI"][0]["data"][0];
        match kind {
            "garbage" => {
                let form = serde_json::from_value(fetched["FI"][0]["KeyMaterial"].clone()).unwrap();
                let now = mpp_core::Clock::now(&*party.clock);
                let peer = mpp_crypto::rebit::PeerKeyMaterial::parse(&form, now).unwrap();
                let text = first["encryptedFI"].as_str().unwrap();
                assert!(mpp_crypto::rebit::open(&ours, &peer, text, now).is_err());
            }
            "wrong-account" => {
                let told = first["linkRefNumber"].as_str().unwrap().to_owned();
                assert!(!consent.links.contains(&told));
            }
            "wrong-customer" => {
                let (_, document) = party.open_all(&fetched, &ours).remove(0);
                let text = String::from_utf8(document).unwrap();
                assert!(!text.contains(MOBILE) && text.contains("mobile=\"9000000007\""));
            }
            _ => {
                assert_eq!(first["encryptedFI"], "");
                assert_eq!(fetched["FI"].as_array().unwrap().len(), 2);
            }
        }
    }
}

#[tokio::test]
async fn notifications_can_be_doubled_dropped_and_misdirected() {
    let (mut party, consent, ours) =
        ready(json!({ "fetchType": "PERIODIC", "Frequency": { "unit": "HOUR", "value": 9 } })).await;
    party.script("ONEMONEYDEMO_AA", "notify/FI", json!({ "kind": "twice" }), 2).await;
    let (_, opened) = party.request_fi(&consent, &ours).await;
    for _ in 0..2 {
        let end = party.session_end().await;
        assert_eq!(end["sessionId"], opened["sessionId"]);
    }
    party.script("ONEMONEYDEMO_AA", "notify/FI", json!({ "kind": "wrong-session" }), 2).await;
    let (_, opened) = party.request_fi(&consent, &ours).await;
    let end = loop {
        let end = party.session_end().await;
        if end["sessionStatus"] == "COMPLETED" {
            break end;
        }
    };
    assert_ne!(end["sessionId"], opened["sessionId"]);
}

#[tokio::test]
async fn answers_can_be_badly_signed_mislabelled_or_no_answers_at_all() {
    let party = Party::start().await;
    let handle = party.request_consent(json!({})).await;
    let send = async |fault: Value| {
        party.script("ONEMONEYDEMO_AA", "Consent/handle", fault, 1).await;
        let mut body = party.envelope();
        body["ConsentHandle"] = json!(handle);
        let sent = serde_json::to_vec(&body).unwrap();
        let (status, signature, answer) =
            party.rebit_raw("Consent/handle", sent, crate::party::API_KEY).await;
        let signed = party.check_signature(&signature, &answer).is_ok();
        let parsed = serde_json::from_slice::<Value>(&answer).unwrap_or(Value::Null);
        (status.as_u16(), signed, parsed["txnid"] == body["txnid"], parsed)
    };
    let (_, signed, _, _) = send(json!({ "kind": "bad-signature" })).await;
    assert!(!signed);
    let (_, signed, _, _) = send(json!({ "kind": "unsigned" })).await;
    assert!(!signed);
    let (_, signed, echoed, _) = send(json!({ "kind": "wrong-txnid" })).await;
    assert!(signed && !echoed);
    let (_, _, _, answer) = send(json!({ "kind": "wrong-version" })).await;
    assert_eq!(answer["ver"], "0.9.9");
    let (_, _, _, answer) = send(json!({ "kind": "stale-timestamp" })).await;
    assert!(answer["timestamp"].as_str().unwrap().starts_with("2026-01-14"));
    let (_, _, _, answer) = send(json!({ "kind": "garbage" })).await;
    assert_eq!(answer, Value::Null);
    let (status, signed, _, answer) =
        send(json!({ "kind": "error", "status": 412, "code": "PreconditionFailed" })).await;
    assert_eq!((status, signed, &answer["errorCode"]), (412, true, &json!("PreconditionFailed")));
    let (status, ..) = send(json!({ "kind": "status", "status": 502 })).await;
    assert_eq!(status, 502);
    let counters = party.get("/control/counters").await;
    assert_eq!(counters["ONEMONEYDEMO_AA"]["Consent/handle"], json!(8));
}

#[tokio::test]
async fn the_signed_consent_can_say_too_much_or_be_forged() {
    let mut party = Party::start().await;
    let consent = party.approved(&[("SAHYADRI_FIP", &["DEPOSIT"])], json!({})).await;
    for kind in ["wider-terms", "broken-consent"] {
        party.script("ONEMONEYDEMO_AA", "Consent/fetch", json!({ "kind": kind }), 1).await;
        let (_, artefact) = party.rebit("Consent/fetch", json!({ "consentId": consent.id })).await;
        let text = artefact["signedConsent"].as_str().unwrap();
        let verified = mpp_crypto::signed_consent::verify(text, |_| Some(&party.aa_key));
        assert_eq!(verified.is_ok(), kind == "wider-terms");
        if let Ok(verified) = verified {
            let payload: Value = serde_json::from_slice(&verified.payload).unwrap();
            assert_eq!(payload["FIDataRange"]["from"], "2010-01-01T00:00:00.000Z");
        }
    }
}

#[tokio::test]
async fn a_fip_that_refuses_the_consent_fails_the_request() {
    let party = Party::start().await;
    let handle = party.request_consent(json!({})).await;
    let session = party.login(MOBILE).await;
    let links = party.link_all(&session, MOBILE, "SAHYADRI_FIP", &["DEPOSIT"]).await;
    party.script("SAHYADRI_FIP", "Consent", json!({ "kind": "status", "status": 500 }), 1).await;
    let otp_path = format!("/aa/app/consents/{handle}/otp");
    party.json(mpp_transport::Method::POST, &otp_path, Some(&session), &json!({})).await;
    let form = json!({ "linkRefNumbers": links, "otp": party.newest_otp(MOBILE).await });
    let path = format!("/aa/app/consents/{handle}/approve");
    let (status, _) = party.json(mpp_transport::Method::POST, &path, Some(&session), &form).await;
    assert_eq!(status, StatusCode::BAD_GATEWAY);
    let (_, answer) = party.rebit("Consent/handle", json!({ "ConsentHandle": handle })).await;
    assert_eq!(answer["ConsentStatus"]["status"], "FAILED");
}
