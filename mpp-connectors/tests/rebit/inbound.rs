use std::sync::Arc;

use mpp_connectors::ApiKey;
use mpp_connectors::account_aggregator::AaErrorCode;
use mpp_connectors::conformance::HandClock;
use mpp_connectors::rebit::PeerKeys;
use mpp_connectors::rebit::inbound::{
    FiStatus, Gate, InboundMessage, KnownAa, NotifiedConsent, RegistryTokens, Rejection, Responder,
    SessionStatus, SharedTokens, SignedAnswer,
};
use mpp_core::{Clock, Span, TxnId};
use mpp_crypto::{detached, signed_consent};
use serde_json::{Value, json};

use crate::fake_aa::{AA, CONSENT, HANDLE, LINK, SESSION, aa_public, keys, kid};

const TXNID: &str = "9d7c5b3a-1f2e-4d4c-8b6a-0e9f8d7c6b09";

fn gate() -> Gate {
    let tokens = [("aa-token", AA), ("stranger-token", "OTHER_AA")];
    let tokens = tokens.map(|(token, aa)| (ApiKey::new(token.into()).unwrap(), aa.parse().unwrap()));
    Gate::new(
        Arc::new(SharedTokens::new(tokens)),
        [KnownAa { entity: AA.parse().unwrap(), keys: aa_public() }],
    )
}

fn consent_message() -> Value {
    json!({
        "ver": "2.0.0", "timestamp": "2026-01-15T09:30:00.000Z", "txnid": TXNID,
        "Notifier": { "type": "AA", "id": AA },
        "ConsentStatusNotification": { "consentId": CONSENT, "consentHandle": HANDLE, "consentStatus": "ACTIVE" },
    })
}

fn fi_message() -> Value {
    json!({
        "ver": "2.0.0", "timestamp": "2026-01-15T09:30:00.000+0000", "txnid": TXNID,
        "Notifier": { "type": "AA", "id": AA },
        "FIStatusNotification": {
            "sessionId": SESSION, "sessionStatus": "COMPLETED",
            "FIStatusResponse": [{
                "fipID": "SAHYADRI_FIP",
                "Accounts": [{ "linkRefNumber": LINK, "FIStatus": "READY", "description": "" }],
            }],
        },
    })
}

fn signed(message: &Value) -> (String, Vec<u8>) {
    let body = serde_json::to_vec(message).unwrap();
    (detached::sign(&keys().aa, &body).unwrap(), body)
}

fn refusal(message: &Value) -> Rejection {
    let (signature, body) = signed(message);
    let message = InboundMessage { api_key: Some("aa-token"), signature: Some(&signature), body: &body };
    gate().consent_notification(message, HandClock::new().now()).unwrap_err()
}

fn fi_refusal(message: &Value) -> Rejection {
    let (signature, body) = signed(message);
    let message = InboundMessage { api_key: Some("aa-token"), signature: Some(&signature), body: &body };
    gate().fi_notification(message, HandClock::new().now()).unwrap_err()
}

#[test]
fn a_sound_consent_notification_passes() {
    let (signature, body) = signed(&consent_message());
    let message = InboundMessage { api_key: Some("aa-token"), signature: Some(&signature), body: &body };
    let accepted = gate().consent_notification(message, HandClock::new().now()).unwrap();
    assert_eq!(accepted.aa.as_str(), AA);
    assert_eq!(accepted.txnid.to_string(), TXNID);
    assert_eq!(accepted.body_digest, mpp_crypto::sha256(&body));
    assert_eq!(accepted.content.consent, Some(CONSENT.parse().unwrap()));
    assert_eq!(accepted.content.handle, Some(HANDLE.parse().unwrap()));
    assert_eq!(accepted.content.status, NotifiedConsent::Active);
}

#[test]
fn a_sound_fi_notification_passes() {
    let (signature, body) = signed(&fi_message());
    let message = InboundMessage { api_key: Some("aa-token"), signature: Some(&signature), body: &body };
    let accepted = gate().fi_notification(message, HandClock::new().now()).unwrap();
    assert_eq!(accepted.content.session.as_str(), SESSION);
    assert_eq!(accepted.content.status, SessionStatus::Completed);
    assert_eq!(accepted.content.fips[0].fip.as_str(), "SAHYADRI_FIP");
    assert_eq!(accepted.content.fips[0].accounts[0].link_ref.as_str(), LINK);
    assert_eq!(accepted.content.fips[0].accounts[0].status, FiStatus::Ready);
}

#[test]
fn the_key_decides_before_the_signature_and_the_signature_before_the_content() {
    let body = b"not json".to_vec();
    let foreign = detached::sign(&keys().stranger, &body).unwrap();
    let ours = detached::sign(&keys().aa, &body).unwrap();
    let cases = [
        (None, None, 401, AaErrorCode::Unauthorized),
        (Some("wrong-token"), Some(ours.as_str()), 401, AaErrorCode::Unauthorized),
        (Some("stranger-token"), Some(ours.as_str()), 401, AaErrorCode::Unauthorized),
        (Some("aa-token"), None, 400, AaErrorCode::SignatureDoesNotMatch),
        (Some("aa-token"), Some("garbage"), 400, AaErrorCode::SignatureDoesNotMatch),
        (Some("aa-token"), Some(foreign.as_str()), 400, AaErrorCode::SignatureDoesNotMatch),
        (Some("aa-token"), Some(ours.as_str()), 400, AaErrorCode::InvalidRequest),
    ];
    for (api_key, signature, status, code) in cases {
        let message = InboundMessage { api_key, signature, body: &body };
        for rejection in [
            gate().consent_notification(message, HandClock::new().now()).unwrap_err(),
            gate().fi_notification(message, HandClock::new().now()).unwrap_err(),
        ] {
            assert_eq!((rejection.status.as_u16(), rejection.code), (status, code), "{api_key:?}");
            assert_eq!(rejection.txnid, None, "what is nobody's is not repeated");
        }
    }
}

type Case = (u16, AaErrorCode, fn(&mut Value));

#[test]
fn later_checks_follow_the_order_of_the_rules() {
    let cases: [Case; 17] = [
        (400, AaErrorCode::InvalidRequest, |message| *message = json!([])),
        (400, AaErrorCode::InvalidRequest, |message| message["ConsentStatusNotification"] = json!({})),
        (400, AaErrorCode::InvalidRequest, |message| message["Notifier"] = Value::Null),
        (400, AaErrorCode::InvalidRequest, |message| message["Notifier"]["id"] = json!("")),
        (400, AaErrorCode::InvalidRequest, |message| message["Notifier"]["id"] = json!(7)),
        (400, AaErrorCode::InvalidRequest, |message| {
            message["ConsentStatusNotification"]["consentId"] = json!("");
            message["ConsentStatusNotification"]["consentHandle"] = Value::Null;
        }),
        // A missing member is found before the wrong version.
        (400, AaErrorCode::InvalidRequest, |message| {
            message["ver"] = json!("1.1.2");
            message["ConsentStatusNotification"]["consentStatus"] = json!("");
        }),
        (400, AaErrorCode::InvalidRequest, |message| message["ver"] = json!("")),
        // The wrong version is found before the stale timestamp.
        (404, AaErrorCode::NoSuchVersion, |message| {
            message["ver"] = json!("3.0.0");
            message["timestamp"] = json!("2020-01-15T09:30:00.000Z");
        }),
        (400, AaErrorCode::InvalidRequest, |message| {
            message["timestamp"] = json!("2026-01-15T09:14:59.999Z")
        }),
        (400, AaErrorCode::InvalidRequest, |message| {
            message["timestamp"] = json!("2026-01-15T09:45:00.001Z")
        }),
        (400, AaErrorCode::InvalidRequest, |message| message["timestamp"] = json!("yesterday")),
        (400, AaErrorCode::InvalidRequest, |message| message["txnid"] = json!("not-a-uuid")),
        // The stale timestamp is found before the wrong notifier.
        (400, AaErrorCode::InvalidRequest, |message| {
            message["timestamp"] = json!("2020-01-15T09:30:00.000Z");
            message["Notifier"]["id"] = json!("OTHER_AA");
        }),
        (400, AaErrorCode::InvalidNotifier, |message| message["Notifier"]["id"] = json!("OTHER_AA")),
        (400, AaErrorCode::InvalidNotifier, |message| message["Notifier"]["type"] = json!("FIP")),
        (400, AaErrorCode::InvalidConsentStatus, |message| {
            message["ConsentStatusNotification"]["consentStatus"] = json!("READY");
        }),
    ];
    for (number, (status, code, alter)) in cases.into_iter().enumerate() {
        let mut message = consent_message();
        alter(&mut message);
        let rejection = refusal(&message);
        assert_eq!((rejection.status.as_u16(), rejection.code), (status, code), "{number}: {rejection}");
    }
}

#[test]
fn an_fi_notification_has_codes_of_its_own() {
    let cases: [Case; 7] = [
        (400, AaErrorCode::InvalidRequest, |message| message["Notifier"]["id"] = json!("OTHER_AA")),
        (400, AaErrorCode::InvalidRequest, |message| {
            message["FIStatusNotification"]["sessionId"] = json!("")
        }),
        (400, AaErrorCode::InvalidSessionId, |message| {
            message["FIStatusNotification"]["sessionId"] = json!("x".repeat(65));
        }),
        (400, AaErrorCode::InvalidSessionStatus, |message| {
            message["FIStatusNotification"]["sessionStatus"] = json!("DONE");
        }),
        (400, AaErrorCode::InvalidFiStatus, |message| {
            message["FIStatusNotification"]["FIStatusResponse"][0]["Accounts"][0]["FIStatus"] = json!("OK");
        }),
        (400, AaErrorCode::InvalidRequest, |message| {
            message["FIStatusNotification"]["FIStatusResponse"] = Value::Null;
        }),
        (400, AaErrorCode::InvalidRequest, |message| {
            message["FIStatusNotification"]["FIStatusResponse"][0]["Accounts"][0]["linkRefNumber"] =
                Value::Null;
        }),
    ];
    for (number, (status, code, alter)) in cases.into_iter().enumerate() {
        let mut message = fi_message();
        alter(&mut message);
        let rejection = fi_refusal(&message);
        assert_eq!((rejection.status.as_u16(), rejection.code), (status, code), "{number}: {rejection}");
    }
}

fn body_of(answer: &SignedAnswer) -> Value {
    let verified = detached::verify(&answer.signature, answer.body.as_bytes(), |name| {
        (name.as_str() == "our-key-1").then(|| keys().ours.public())
    });
    verified.expect("our signature");
    serde_json::from_str(&answer.body).unwrap()
}

#[test]
fn answers_are_signed_and_repeat_the_transaction_id() {
    let responder = Responder::new(Arc::clone(&keys().ours));
    let now = HandClock::new().now();
    let txnid: TxnId = TXNID.parse().unwrap();
    let taken = responder.taken(txnid, now).unwrap();
    assert_eq!(taken.status, 200);
    let expected = json!({
        "ver": "2.0.0", "timestamp": "2026-01-15T09:30:00.000Z", "txnid": TXNID, "response": "OK",
    });
    assert_eq!(body_of(&taken), expected);

    let refused = responder.refused(&Rejection::unknown_session(txnid), now).unwrap();
    assert_eq!(refused.status, 400);
    let body = body_of(&refused);
    assert_eq!((&body["errorCode"], &body["txnid"]), (&json!("InvalidSessionId"), &json!(TXNID)));
    assert_eq!(responder.refused(&Rejection::txnid_reused(txnid), now).unwrap().status, 409);
    let unsigned = refusal(&json!([]));
    assert_eq!(body_of(&responder.refused(&unsigned, now).unwrap())["txnid"], "");
}

#[test]
fn registry_tokens_are_checked_for_issuer_time_and_role() {
    let registry_keys = PeerKeys::new([(kid("our-key-1"), keys().ours.public().clone())]);
    let tokens = RegistryTokens::new("https://iam.example".into(), Arc::new(registry_keys));
    let now = HandClock::new().now();
    let seconds = now.as_unix_seconds();
    let claims = json!({
        "iss": "https://iam.example", "iat": seconds - 60, "exp": seconds + 3600, "azp": AA,
        "typ": "Bearer", "roles": ["AA"],
    });
    let gate = Gate::new(Arc::new(tokens), [KnownAa { entity: AA.parse().unwrap(), keys: aa_public() }]);
    let (signature, body) = signed(&consent_message());
    let status = |claims: &Value, now| {
        let token = signed_consent::sign(&keys().ours, &serde_json::to_vec(claims).unwrap()).unwrap();
        let message = InboundMessage { api_key: Some(&token), signature: Some(&signature), body: &body };
        gate.consent_notification(message, now).map_or_else(|rejection| rejection.status.as_u16(), |_| 200)
    };
    assert_eq!(status(&claims, now), 200);
    assert_eq!(status(&claims, now.plus(Span::from_hours(2))), 401);
    let alterations: [fn(&mut Value); 5] = [
        |claims| claims["iss"] = json!("https://elsewhere.example"),
        |claims| claims["azp"] = json!("OTHER_AA"),
        |claims| claims["roles"] = json!("FIP"),
        |claims| claims["iat"] = json!(claims["exp"].as_i64().unwrap() + 1),
        |claims| claims["exp"] = Value::Null,
    ];
    for alter in alterations {
        let mut altered = claims.clone();
        alter(&mut altered);
        assert_eq!(status(&altered, now), 401, "{altered}");
    }
}
