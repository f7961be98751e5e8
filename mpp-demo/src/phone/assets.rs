//! Style and script, served from this program: nothing is loaded from elsewhere.

use axum::http::header;
use axum::response::{IntoResponse, Response};

/// The style sheet.
pub const STYLE: &str = include_str!("../../assets/phone/phone.css");
/// The script; every page works without it.
pub const SCRIPT: &str = include_str!("../../assets/phone/phone.js");

/// The picture in the browser's tab.
const ICON: &str = include_str!("../../assets/phone/icon.svg");

pub(super) async fn icon() -> Response {
    file("image/svg+xml", ICON)
}

pub(super) async fn style() -> Response {
    file("text/css; charset=utf-8", STYLE)
}

pub(super) async fn script() -> Response {
    file("text/javascript; charset=utf-8", SCRIPT)
}

fn file(kind: &'static str, content: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind)], content).into_response()
}
