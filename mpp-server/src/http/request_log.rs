//! Every request gets an id and one line in the log: method, route pattern, status and time taken. Never the path
//! itself, the query, headers or bodies.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue};
use mpp_core::Clock;
use uuid::Uuid;

use mpp_core::{Entropy, draw};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the request log needs.
pub type LogState = (Arc<dyn Clock>, Arc<dyn Entropy>);

/// Middleware: names the request in the answer's `x-request-id` and logs its outcome.
pub async fn log_requests(
    State((clock, entropy)): State<LogState>,
    request: Request,
    next: Next,
) -> Response {
    let begun = clock.now();
    let id = uuid::Builder::from_random_bytes(draw(entropy.as_ref())).into_uuid();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let mut response = next.run(request).await;
    name(&mut response, id);
    tracing::info!(
        http.request.id = %id,
        http.request.method = %method,
        http.route = route.as_deref().unwrap_or("none"),
        http.response.status = response.status().as_u16(),
        http.duration_ms = clock.now().since(begun).as_millis(),
        "request answered"
    );
    response
}

fn name(response: &mut Response, id: Uuid) {
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
}
