use std::time::Duration;

use mpp_api::private_share::{OpenDataSession, PrivateShareClient, RaiseAaConsent};
use mpp_core::{AaConsentKey, Clock, ConsentParameters, Span};
use mpp_crypto::rebit::{Flavour, OurKeyMaterial};
use mpp_transport::Request;
use serde_json::{Value, json};

use crate::aa::{CALLBACK_KEY, HANDLE, LINK, SESSION};
use crate::bench::Bench;

pub(crate) fn parameters() -> ConsentParameters {
    serde_json::from_value(json!({
        "consentStart": "2026-01-15T09:25:00.000Z", "consentExpiry": "2026-02-14T09:25:00.000Z",
        "consentMode": "STORE", "fetchType": "ONETIME", "consentTypes": ["PROFILE", "TRANSACTIONS"],
        "fiTypes": ["DEPOSIT"],
        "purpose": {"code": "103", "text": "To process your loan application"},
        "dataRange": {"from": "2025-01-15T00:00:00.000Z", "to": "2026-01-15T00:00:00.000Z"},
        "dataLife": {"unit": "MONTH", "value": 1}, "frequency": {"unit": "MONTH", "value": 1}
    }))
    .unwrap()
}

/// Sends a notification as the Account Aggregator does; the status and the body of the answer.
pub(crate) async fn notify(bench: &Bench, path: &str, txnid: &str, content: &Value) -> (u16, Value) {
    let (body, signature) = bench.outside.notification(txnid, content);
    let mut request = Request::post(bench.running.base_url().join(path).unwrap()).with_body(body);
    request.headers.insert("aa_api_key", CALLBACK_KEY.parse().unwrap());
    request.headers.insert("x-jws-signature", signature.parse().unwrap());
    let answer = bench.transport.send(request).await.unwrap();
    assert!(answer.headers.contains_key("x-jws-signature"), "every answer is signed");
    let status = answer.status.as_u16();
    let body = answer.collect(1 << 20).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

pub(crate) async fn active_consent(bench: &Bench, phone: &PrivateShareClient) -> AaConsentKey {
    let key = AaConsentKey::from_random([9; 16]);
    let raised = phone.raise_consent(&RaiseAaConsent { key, parameters: parameters() }).await.unwrap();
    assert_eq!((raised.state.as_str(), raised.handle.as_str()), ("pending", HANDLE));
    let content = json!({"ConsentStatusNotification": {"consentHandle": HANDLE, "consentStatus": "ACTIVE"}});
    let poll = phone.consent(key, "pending", Duration::from_secs(20));
    let notice = notify(bench, "v2/Consent/Notification", "9d7c5b3a-1f2e-4d4c-8b6a-0e9f8d7c6b09", &content);
    let (polled, (status, body)) = tokio::join!(poll, notice);
    assert_eq!((status, &body["response"]), (200, &json!("OK")));
    let polled = polled.unwrap();
    assert_eq!(polled.state, "active");
    assert_eq!(polled.accounts[0].link_ref_number.as_str(), LINK);
    key
}

#[tokio::test]
pub(crate) async fn a_phone_gets_its_encrypted_data() {
    let bench = Bench::start().await;
    let phone = bench.phone("9000000001").await;
    let consent_key = active_consent(&bench, &phone).await;
    let expiry = bench.clock.now().plus(Span::from_hours(24));
    let material = OurKeyMaterial::generate(Flavour::Ecc, &*bench.entropy, expiry).public_form();
    let open = OpenDataSession {
        consent_key,
        range: parameters().form().data_range,
        key_material: serde_json::value::to_raw_value(&material).unwrap(),
    };
    let opened = phone.open_session("open-1", &open).await.unwrap();
    assert_eq!((opened.session_id.as_str(), opened.state.as_str()), (SESSION, "open"));
    let content = json!({"FIStatusNotification": {"sessionId": SESSION, "sessionStatus": "COMPLETED",
        "FIStatusResponse": [{"fipID": "SAHYADRI_FIP", "Accounts": [
            {"linkRefNumber": LINK, "FIStatus": "READY", "description": ""}]}]}});
    let poll = phone.session(&opened.session_id, "open", Duration::from_secs(20));
    let notice = notify(&bench, "v2/FI/Notification", "cc2d3e4f-5a6b-4c7d-8e8f-9a0b1c2d3e12", &content);
    let (polled, (status, _)) = tokio::join!(poll, notice);
    assert_eq!(status, 200);
    assert_eq!(polled.unwrap().state, "ready");
    let data = phone.fetch(&opened.session_id).await.unwrap();
    assert_eq!(data.entries[0].accounts[0].encrypted_fi, "c2VhbGVk");
    assert!(data.entries[0].key_material.get().contains("the-fips-key"));
    bench.running.stop().await;
}

#[tokio::test]
pub(crate) async fn another_phone_sees_nothing_of_it() {
    let bench = Bench::start().await;
    let key = active_consent(&bench, &bench.phone("9000000001").await).await;
    let stranger = bench.phone("9000000002").await;
    let error = stranger.consent(key, "pending", Duration::ZERO).await.unwrap_err();
    assert_eq!(error.code(), Some("not_found"));
    let error = stranger.session(&SESSION.parse().unwrap(), "open", Duration::ZERO).await.unwrap_err();
    assert_eq!(error.code(), Some("not_found"));
    bench.running.stop().await;
}
