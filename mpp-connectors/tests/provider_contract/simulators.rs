//! A bureau and an operator in a few lines, from the same description as the adapters.

use axum::Router;
use axum::extract::Json;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

pub(crate) const KEY: &str = "demo-key-1";
pub(crate) const KNOWN: &str = "9000000001";
pub(crate) const UNKNOWN: &str = "9000000404";
pub(crate) const DEFERRED: &str = "9000000202";

pub(crate) const REPORT: &str = concat!(
    r#"{"INProfileResponse":{ "Header":{"SystemCode":"0","MessageText":"","ReportDate":"20260115"},"#,
    r#""UserMessage":{"UserMessageText":"Normal Response"},"SCORE":{"BureauScore":"762"}}}"#,
    "\n"
);
pub(crate) const PROFILE: &str = concat!(
    r#"{"source":"telecom","provider":"SIM-OPERATOR-1", "msisdn":"9000000001","active":true,"#,
    r#""operator":"Sahyadri Telecom","unavailable":["usage"]}"#
);
const NOBODY: &str = concat!(
    r#"{"INProfileResponse":{"Header":{"SystemCode":"3","MessageText":"No record found"},"#,
    r#""UserMessage":{"UserMessageText":"No record found for the consumer"}}}"#
);

pub(crate) fn world() -> Router {
    Router::new()
        .route("/bureau/v1/reports", post(report))
        .route("/bureau/v1/reports/status", post(status))
        .route("/bureau/v1/health", get(|| async { StatusCode::NO_CONTENT }))
        .route("/operator/v1/profiles", post(profile))
}

fn lets_in(headers: &HeaderMap) -> bool {
    headers.get(header::AUTHORIZATION).is_some_and(|value| value == "Bearer demo-key-1")
}

fn json_text(status: StatusCode, text: &'static str) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}

async fn report(headers: HeaderMap, Json(request): Json<Value>) -> Response {
    if !lets_in(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    assert_eq!(request["firstName"], "Asha");
    assert_eq!(request["lastName"], "Kulkarni");
    assert_eq!(request["dateOfBirth"], "1990-05-14");
    assert_eq!(request["pan"], "ABCPK1234D");
    assert_eq!(request["pincode"], "411001");
    assert_eq!(request["consent"]["consentFlag"], true);
    assert_eq!(request["consent"]["consentTimestamp"], 1_768_469_400);
    assert_eq!(request["consent"]["consentIpAddress"], "203.0.113.7");
    assert_eq!(request["consent"]["consentMessageId"], "07070707-0707-4707-8707-070707070707");
    assert_eq!(request["clientRef"].as_str().map(str::len), Some(36));
    match request["phoneNumber"].as_str() {
        Some(KNOWN) => json_text(StatusCode::OK, REPORT),
        Some(DEFERRED) => {
            let pending = json!({ "status": "IN_PROCESS", "token": "t-202", "retryAfterSeconds": 2 });
            (StatusCode::ACCEPTED, Json(pending)).into_response()
        }
        _ => json_text(StatusCode::OK, NOBODY),
    }
}

async fn status(Json(request): Json<Value>) -> Response {
    if request == json!({ "token": "t-202" }) {
        json_text(StatusCode::OK, REPORT)
    } else {
        StatusCode::NOT_FOUND.into_response()
    }
}

async fn profile(headers: HeaderMap, Json(request): Json<Value>) -> Response {
    if !lets_in(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    assert_eq!(request["consent"]["artefactId"], "07070707-0707-4707-8707-070707070707");
    assert_eq!(request["consent"]["purpose"], "To process your loan application");
    if request["msisdn"] == KNOWN {
        json_text(StatusCode::OK, PROFILE)
    } else {
        json_text(StatusCode::NOT_FOUND, r#"{"code":"NOT_A_SUBSCRIBER"}"#)
    }
}
