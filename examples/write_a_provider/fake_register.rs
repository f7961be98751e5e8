//! The register, in this process: written from its description and not from the adapter.

use axum::Router;
use axum::extract::Json;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::Value;

/// The key it gave us.
pub(crate) const KEY: &str = "register-key-1";
/// The mobile number of somebody who owns a car.
pub(crate) const OWNER: &str = "9000000001";
/// What the register has about them.
pub(crate) const DOCUMENT: &str = concat!(
    r#"{"register":"vehicles","ownerMobile":"9000000001", "#,
    r#""vehicles":[{"registrationNumber":"MH12QX1234","make":"Sahyadri","registeredOn":"2021-06-02"}]}"#,
    "\n"
);

/// The register's interface.
pub(crate) fn service() -> Router {
    Router::new()
        .route("/api/owners/query", post(query))
        .route("/api/health", get(|| async { StatusCode::NO_CONTENT }))
}

async fn query(headers: HeaderMap, Json(query): Json<Value>) -> Response {
    if headers.get(header::AUTHORIZATION).is_none_or(|value| *value != format!("Bearer {KEY}")) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let text = |name: &str| query.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    if text("requestRef").len() != 36 || text("consentRef").len() != 36 || text("purpose").is_empty() {
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(serde_json::json!({}))).into_response();
    }
    if text("ownerMobile") != OWNER {
        let nobody = Json(serde_json::json!({ "reason": "NO_VEHICLE" }));
        return (StatusCode::NOT_FOUND, nobody).into_response();
    }
    if text("ownerName") != "Asha Kulkarni" {
        let differs = Json(serde_json::json!({ "reason": "NAME_DIFFERS" }));
        return (StatusCode::UNPROCESSABLE_ENTITY, differs).into_response();
    }
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT).into_response()
}
