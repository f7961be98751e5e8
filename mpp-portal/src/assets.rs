//! Style, script and pictures, served from this program: nothing is loaded from elsewhere.

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

const STYLE: &str = include_str!("../assets/portal.css");
const SCRIPT: &str = include_str!("../assets/portal.js");
const PASSKEYS: &str = include_str!("../assets/passkeys.js");
const ICON: &str = include_str!("../assets/icon.svg");

/// The files; nested at the portal's prefix.
pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/assets/portal.css", get(|| file("text/css; charset=utf-8", STYLE)))
        .route("/assets/portal.js", get(|| file("text/javascript; charset=utf-8", SCRIPT)))
        .route("/assets/passkeys.js", get(|| file("text/javascript; charset=utf-8", PASSKEYS)))
        .route("/assets/icon.svg", get(|| file("image/svg+xml", ICON)))
}

async fn file(kind: &'static str, content: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind)], content).into_response()
}
