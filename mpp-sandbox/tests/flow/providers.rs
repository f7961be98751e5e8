use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use mpp_core::Clock;
use mpp_crypto::SigningKey;
use mpp_crypto::webhook::{self, WebhookSigner};
use mpp_transport::{HeaderName, HeaderValue, Method, Request, Transport, Url};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::party::{MOBILE, Party};

fn report_request(client_ref: &str) -> Value {
    json!({
        "phoneNumber": MOBILE, "pan": "ABCPK1234D", "firstName": "ASHA", "lastName": "KULKARNI",
        "dateOfBirth": "1990-05-14", "gender": "Female", "pincode": "411001", "address": "12 Lake Road Pune",
        "consent": { "consentFlag": true, "consentTimestamp": 1_768_469_400, "consentIpAddress": "203.0.113.7",
            "consentMessageId": "CM_1" },
        "clientRef": client_ref,
    })
}

async fn bureau(party: &Party, path: &str, body: &Value) -> (StatusCode, Value) {
    party.json(Method::POST, path, Some("sandbox-bureau-key"), body).await
}

#[tokio::test]
async fn a_report_is_made_once_per_client_reference() {
    let party = Party::start().await;
    let (status, first) = bureau(&party, "/bureau/v1/reports", &report_request("ref-1")).await;
    assert_eq!(status, StatusCode::OK);
    let profile = &first["INProfileResponse"];
    assert_eq!(profile["Header"]["SystemCode"], "0");
    assert_eq!(profile["CreditProfileHeader"]["CustomerReferenceID"], "ref-1");
    assert!(profile["SCORE"]["BureauScore"].as_str().unwrap().parse::<u32>().unwrap() >= 300);
    let (_, second) = bureau(&party, "/bureau/v1/reports", &report_request("ref-1")).await;
    assert_eq!(first, second);
    let mut other = report_request("ref-1");
    other["pincode"] = json!("570001");
    let (status, _) = bureau(&party, "/bureau/v1/reports", &other).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let counters = party.get("/control/counters").await;
    assert_eq!(counters["bureau"], json!({ "reports": 3, "enquiries": 1 }));
}

#[tokio::test]
async fn a_report_may_take_several_polls() {
    let party = Party::start().await;
    let fault = json!({ "kind": "in-process", "polls": 2, "retryAfterSeconds": 7 });
    party.script("bureau", "reports", fault, 1).await;
    let (status, waiting) = bureau(&party, "/bureau/v1/reports", &report_request("ref-2")).await;
    assert_eq!(
        (status, &waiting["status"], &waiting["retryAfterSeconds"]),
        (StatusCode::ACCEPTED, &json!("IN_PROCESS"), &json!(7))
    );
    let poll = json!({ "token": waiting["token"] });
    let (status, _) = bureau(&party, "/bureau/v1/reports/status", &poll).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    let (status, report) = bureau(&party, "/bureau/v1/reports/status", &poll).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(report["INProfileResponse"]["Match_result"]["Exact_match"], "Y");
}

#[tokio::test]
async fn the_bureau_refuses_what_it_must() {
    let party = Party::start().await;
    let (status, _) = party.json(Method::POST, "/bureau/v1/reports", None, &report_request("r")).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    for (pointer, value, expected) in [
        ("/consent/consentFlag", json!(false), StatusCode::FORBIDDEN),
        ("/pan", json!("ABC"), StatusCode::BAD_REQUEST),
        ("/dateOfBirth", json!("14-05-1990"), StatusCode::BAD_REQUEST),
        ("/phoneNumber", json!("12345"), StatusCode::BAD_REQUEST),
    ] {
        let mut request = report_request("r");
        *request.pointer_mut(pointer).unwrap() = value;
        assert_eq!(bureau(&party, "/bureau/v1/reports", &request).await.0, expected, "{pointer}");
    }
    party.script("bureau", "reports", json!({ "kind": "no-record" }), 1).await;
    let (status, answer) = bureau(&party, "/bureau/v1/reports", &report_request("r")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(answer["INProfileResponse"]["UserMessage"]["UserMessageText"], "No record found");
    assert!(answer["INProfileResponse"].get("SCORE").is_none());
}

#[tokio::test]
async fn the_operator_tells_a_profile_or_that_it_has_none() {
    let party = Party::start().await;
    let request =
        json!({ "msisdn": MOBILE, "clientRef": "c", "consent": { "artefactId": "a", "purpose": "103" } });
    let key = Some("sandbox-operator-key");
    let (status, profile) = party.json(Method::POST, "/operator/v1/profiles", key, &request).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!((&profile["source"], &profile["msisdn"]), (&json!("telecom"), &json!(MOBILE)));
    assert_ne!(profile["recharges"].is_null(), profile["billing"].is_null());
    party.script("operator", "profiles", json!({ "kind": "no-record" }), 1).await;
    let (status, answer) = party.json(Method::POST, "/operator/v1/profiles", key, &request).await;
    assert_eq!((status, answer), (StatusCode::NOT_FOUND, json!({ "code": "NOT_A_SUBSCRIBER" })));
    let mut bare = request.clone();
    bare["consent"]["artefactId"] = json!("");
    let (status, _) = party.json(Method::POST, "/operator/v1/profiles", key, &bare).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_operator_makes_one_profile_per_reference() {
    let party = Party::start().await;
    let key = Some("sandbox-operator-key");
    let mut request =
        json!({ "msisdn": MOBILE, "clientRef": "c", "consent": { "artefactId": "a", "purpose": "103" } });
    let first = party.json(Method::POST, "/operator/v1/profiles", key, &request).await;
    party.clock.advance(mpp_core::Span::from_minutes(1));
    assert_eq!(party.json(Method::POST, "/operator/v1/profiles", key, &request).await, first);
    let made = party.get(&format!("/control/documents/{MOBILE}")).await;
    assert_eq!(made["documents"].as_array().unwrap().len(), 1);
    request["consent"]["purpose"] = json!("102");
    let (status, _) = party.json(Method::POST, "/operator/v1/profiles", key, &request).await;
    assert_eq!(status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn text_messages_land_in_the_inbox_newest_first() {
    let party = Party::start().await;
    for text in ["one", "two"] {
        let message = json!({ "to": MOBILE, "text": text });
        let (status, _) = party.json(Method::POST, "/sms/v1/messages", None, &message).await;
        assert_eq!(status, StatusCode::ACCEPTED);
    }
    let inbox = party.get(&format!("/sms/v1/inbox/{MOBILE}")).await;
    assert_eq!(
        (&inbox["messages"][0]["text"], &inbox["messages"][1]["text"]),
        (&json!("two"), &json!("one"))
    );
}

/// The requests for consent a client server got: idempotency key and body.
type Asked = Arc<Mutex<Vec<(String, Value)>>>;

/// The partner's client server, as far as its application sees it.
fn client_server(requests: Asked) -> Router {
    let content = "<Account/>";
    let items = json!({ "items": [{ "itemId": "item-1", "source": "account-aggregator", "label": "savings",
        "contentType": "application/xml", "sha256": hex::encode(Sha256::digest(content)), "size": content.len() }] });
    Router::new()
        .route(
            "/v1/consent-requests",
            post(|State(requests): State<Asked>, headers: HeaderMap, Json(body): Json<Value>| async move {
                let key = headers["idempotency-key"].to_str().unwrap().to_owned();
                assert_eq!(headers["authorization"], "Bearer partner-key");
                requests.lock().unwrap().push((key, body));
                (
                    StatusCode::CREATED,
                    Json(json!({ "consentRequestId": "cr-1", "link": "https://app.example/r/1" })),
                )
            }),
        )
        .route("/v1/cases/LOAN-1/items", get(async move || Json(items)))
        .route("/v1/items/item-1/content", get(async move || content))
        .with_state(requests)
}

#[tokio::test]
async fn the_partners_application_starts_cases_and_fetches_what_is_announced() {
    let party = Party::start().await;
    let requests = Arc::new(Mutex::new(Vec::new()));
    party.transport.insert("client.test", client_server(requests.clone()));
    let key = SigningKey::generate_ed25519(&*party.entropy);
    let settings = json!({ "clientServerBaseUrl": "http://client.test", "apiKey": "partner-key",
        "webhookPublicKeyJwk": key.public().to_jwk() });
    let (status, _) = party.json(Method::POST, "/control/partner-app", None, &settings).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let case = json!({ "productId": "p", "caseRef": "LOAN-1", "customer": { "mobile": MOBILE } });
    let (status, started) = party.json(Method::POST, "/partner-app/cases", None, &case).await;
    assert_eq!((status, &started["consentRequestId"]), (StatusCode::CREATED, &json!("cr-1")));
    assert_eq!(*requests.lock().unwrap(), [("case-LOAN-1".to_owned(), case)]);

    let notification = json!({ "id": "n-1", "type": "data.available", "sequence": 1,
        "occurredAt": party.clock.now(), "data": { "caseRef": "LOAN-1", "consentRequestId": "cr-1", "consentId": "c" } });
    assert_eq!(notify(&party, &key, &notification.to_string(), &notification.to_string()).await, 204);
    assert_eq!(notify(&party, &key, &notification.to_string(), "other bytes").await, 401);
    let shown = loop {
        let shown = party.get("/partner-app/cases/LOAN-1").await;
        if !shown["items"].as_array().unwrap().is_empty() {
            break shown;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(shown["items"][0]["asAnnounced"], json!(true));
    assert_eq!(shown["items"][0]["source"], "account-aggregator");
    assert_eq!(shown["events"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_case_can_be_started_from_the_partners_page() {
    let party = Party::start().await;
    let requests = Arc::new(Mutex::new(Vec::new()));
    party.transport.insert("client.test", client_server(requests.clone()));
    let settings = json!({ "clientServerBaseUrl": "http://client.test", "apiKey": "partner-key",
        "webhookSecret": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=" });
    party.json(Method::POST, "/control/partner-app", None, &settings).await;
    let url = Url::parse("http://sandbox.test/partner-app/start").unwrap();
    let form = format!("productId=p&caseRef=LOAN-2&mobile={MOBILE}&name=Asha+Kulkarni&pan=");
    let response = party.transport.send(Request::post(url).with_body(form)).await.unwrap();
    assert_eq!(response.header(&HeaderName::from_static("location")), Some("/partner-app/cases/LOAN-2"));
    let expected = json!({ "productId": "p", "caseRef": "LOAN-2", "customer": { "mobile": MOBILE, "name": "Asha Kulkarni" } });
    assert_eq!(requests.lock().unwrap()[0].1, expected);
    let url = Url::parse("http://sandbox.test/partner-app/cases/LOAN-2").unwrap();
    let accept = (HeaderName::from_static("accept"), HeaderValue::from_static("text/html"));
    let page = party.transport.send(Request::get(url).with_header(accept.0, accept.1)).await.unwrap();
    let page = page.collect(1 << 20).await.unwrap();
    assert!(std::str::from_utf8(&page).unwrap().contains("https://app.example/r/1"));
}

async fn notify(party: &Party, key: &SigningKey, sent: &str, signed: &str) -> u16 {
    let headers =
        webhook::sign("n-1", party.clock.now(), signed.as_bytes(), &[WebhookSigner::Ed25519(key)]).unwrap();
    let url = Url::parse("http://sandbox.test/partner-app/webhooks").unwrap();
    let mut request = Request::post(url).with_body(sent.to_owned());
    for (name, value) in headers.pairs() {
        request = request.with_header(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }
    party.transport.send(request).await.unwrap().status.as_u16()
}
