//! The SMS network: every message lands in an inbox anybody may read.

use std::collections::BTreeMap;
use std::sync::Mutex;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use mpp_core::{MobileNumber, Timestamp};
use serde::{Deserialize, Serialize};

use crate::guard::hold;
use crate::html::{Page, text};
use crate::world::Shared;

const KEPT_PER_NUMBER: usize = 200;

/// A text message as it lies in the inbox.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Message {
    pub(crate) from: String,
    pub(crate) text: String,
    pub(crate) received_at: Timestamp,
}

/// All inboxes.
#[derive(Debug, Default)]
pub(crate) struct Inboxes(Mutex<BTreeMap<MobileNumber, Vec<Message>>>);

impl Inboxes {
    /// Delivers a message.
    pub(crate) fn deliver(&self, to: &MobileNumber, from: &str, text: String, received_at: Timestamp) {
        let mut inboxes = hold(&self.0);
        let inbox = inboxes.entry(to.clone()).or_default();
        inbox.push(Message { from: from.to_owned(), text, received_at });
        let surplus = inbox.len().saturating_sub(KEPT_PER_NUMBER);
        inbox.drain(..surplus);
    }

    /// The messages to `mobile`, newest first.
    pub(crate) fn newest_first(&self, mobile: &MobileNumber) -> Vec<Message> {
        hold(&self.0).get(mobile).map(|inbox| inbox.iter().rev().cloned().collect()).unwrap_or_default()
    }
}

#[derive(Deserialize)]
struct NewMessage {
    to: String,
    text: String,
    #[serde(default)]
    from: Option<String>,
}

/// The routes below `/sms`.
pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/v1/messages", post(send))
        .route("/v1/inbox/{mobile}", get(inbox))
        .route("/inbox/{mobile}", get(inbox_page))
}

async fn send(State(world): State<Shared>, Json(message): Json<NewMessage>) -> Response {
    world.counters.count("sms", "messages");
    if let Some(failure) = world.plain_fault("sms", "messages").await {
        return failure;
    }
    let Ok(to) = message.to.trim_start_matches("+91").parse::<MobileNumber>() else {
        return (StatusCode::BAD_REQUEST, Json(serde_json::json!({ "code": "INVALID_NUMBER" })))
            .into_response();
    };
    let from = message.from.as_deref().unwrap_or("MPPSBX");
    world.inboxes.deliver(&to, from, message.text, world.now());
    (StatusCode::ACCEPTED, Json(serde_json::json!({ "status": "ACCEPTED" }))).into_response()
}

async fn inbox(State(world): State<Shared>, Path(mobile): Path<String>) -> Response {
    let Ok(mobile) = mobile.parse() else { return StatusCode::NOT_FOUND.into_response() };
    let messages = world.inboxes.newest_first(&mobile);
    Json(serde_json::json!({ "messages": messages })).into_response()
}

async fn inbox_page(State(world): State<Shared>, Path(mobile): Path<String>) -> Response {
    let Ok(mobile) = mobile.parse::<MobileNumber>() else { return StatusCode::NOT_FOUND.into_response() };
    let messages = world.inboxes.newest_first(&mobile);
    let mut page = Page::new("Messages");
    page.paragraph(&format!("Text messages to {}", mobile.digits()));
    if messages.is_empty() {
        page.paragraph("No messages yet.");
    }
    for message in messages {
        page.raw(&format!(
            "<article class=\"card\"><small>{} · {}</small><p>{}</p></article>",
            text(&message.from),
            text(&message.received_at.to_string()),
            text(&message.text)
        ));
    }
    Html(page.finish()).into_response()
}
