use mpp_core::PublicJwk;
use mpp_crypto::{detached, rs256};
use mpp_transport::Request;
use serde_json::{Value, json};

use crate::aa::{CALLBACK_KEY, HANDLE};
use crate::bench::Bench;
use crate::journey::notify;

const CONSENT_PATH: &str = "v2/Consent/Notification";

fn consent(handle: &str) -> Value {
    json!({"ConsentStatusNotification": {"consentHandle": handle, "consentStatus": "ACTIVE"}})
}

#[tokio::test]
pub(crate) async fn unknown_consents_and_sessions_are_refused_in_rebits_words() {
    let bench = Bench::start().await;
    let txnid = "11111111-1f2e-4d4c-8b6a-0e9f8d7c6b09";
    let (status, body) = notify(&bench, CONSENT_PATH, txnid, &consent(HANDLE)).await;
    assert_eq!((status, &body["errorCode"]), (400, &json!("InvalidConsentId")));
    assert_eq!(body["txnid"], txnid);
    let content = json!({"FIStatusNotification": {"sessionId": "nobodys", "sessionStatus": "COMPLETED",
        "FIStatusResponse": [{"fipID": "SAHYADRI_FIP", "Accounts": [
            {"linkRefNumber": "x", "FIStatus": "READY", "description": ""}]}]}});
    let txnid = "22222222-1f2e-4d4c-8b6a-0e9f8d7c6b09";
    let (status, body) = notify(&bench, "v2/FI/Notification", txnid, &content).await;
    assert_eq!((status, &body["errorCode"]), (400, &json!("InvalidSessionId")));
    bench.running.stop().await;
}

#[tokio::test]
pub(crate) async fn a_transaction_id_serves_one_message() {
    let bench = Bench::start().await;
    let txnid = "11111111-1f2e-4d4c-8b6a-0e9f8d7c6b09";
    let first = notify(&bench, CONSENT_PATH, txnid, &consent(HANDLE)).await;
    assert_eq!(notify(&bench, CONSENT_PATH, txnid, &consent(HANDLE)).await, first);
    let (status, body) = notify(&bench, CONSENT_PATH, txnid, &consent("another-handle")).await;
    assert_eq!((status, &body["errorCode"]), (409, &json!("IdempotencyError")));
    bench.running.stop().await;
}

#[tokio::test]
pub(crate) async fn forged_notifications_get_a_signed_refusal() {
    let bench = Bench::start().await;
    let keys: Value = bench.caller().get("/v1/keys", std::time::Duration::ZERO).await.unwrap();
    assert_eq!(keys["entity"], "MPP_PRIVATE_SHARE");
    let jwk: PublicJwk = serde_json::from_value(keys["key"].clone()).unwrap();
    let ours = rs256::VerifyingKey::from_jwk(&jwk).unwrap();
    let (body, signature) =
        bench.outside.notification("11111111-1f2e-4d4c-8b6a-0e9f8d7c6b09", &consent(HANDLE));
    let altered = body.replace("ACTIVE", "PAUSED");
    for (key, signature, body, expected) in [
        ("wrong-key", Some(&signature), &body, (401, "Unauthorized")),
        (CALLBACK_KEY, Some(&signature), &altered, (400, "SignatureDoesNotMatch")),
        (CALLBACK_KEY, None, &body, (400, "SignatureDoesNotMatch")),
    ] {
        let url = bench.running.base_url().join(CONSENT_PATH).unwrap();
        let mut request = Request::post(url).with_body(body.clone());
        request.headers.insert("aa_api_key", key.parse().unwrap());
        if let Some(signature) = signature {
            request.headers.insert("x-jws-signature", signature.parse().unwrap());
        }
        let answer = bench.transport.send(request).await.unwrap();
        let status = answer.status.as_u16();
        let proof = answer.headers["x-jws-signature"].to_str().unwrap().to_owned();
        let bytes = answer.collect(1 << 20).await.unwrap();
        assert!(detached::verify(&proof, &bytes, |_| Some(&ours)).is_ok());
        let refusal: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!((status, refusal["errorCode"].as_str().unwrap()), expected);
    }
    bench.running.stop().await;
}
