//! Repeats: a POST with an `Idempotency-Key` seen before gets the answer that was stored then; the same key with another
//! body is a conflict. Only successes are stored, so a refused request may be tried again under its key.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use mpp_api::IDEMPOTENCY_KEY;
use mpp_core::{Clock, Sha256Digest, Span, Timestamp};
use mpp_crypto::at_rest::{FieldPlace, SealedField};
use mpp_store::{
    KnownKind, ListOrder, Record, RecordKey, RecordKind, RecordReaderExt, SealedKind, SealedRecord, Store,
    StoreError, Vault, WriteBatch,
};
use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;

use super::{CallerName, Refusal};
use crate::runtime::{Stopping, spawn_chore};

/// How long an answer is kept for repeats.
const KEPT: Span = Span::from_hours(24);

/// The largest body that is compared or stored, in bytes.
const LARGEST: usize = 8 * 1024 * 1024;

/// The answers given before.
#[derive(Debug, Clone)]
pub struct Idempotency {
    store: Arc<dyn Store>,
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
    running: Arc<Running>,
}

impl Idempotency {
    /// Answers kept in a store, their bodies sealed: they may hold links and keys.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, vault: Arc<Vault>, clock: Arc<dyn Clock>) -> Self {
        Self { store, vault, clock, running: Arc::default() }
    }

    /// Removes the answers that are too old to be asked for again; gives how many. Each is removed by itself, so that a
    /// repeat that comes at the same moment loses nothing.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn forget_old(&self) -> Result<u64, StoreError> {
        let now = self.clock.now();
        let mut forgotten = 0_u64;
        loop {
            let oldest = self.store.all::<StoredAnswer>(ListOrder::OldestFirst, None, 100).await?;
            let old: Vec<_> =
                oldest.items.into_iter().filter(|answer| now.since(answer.record.at) > KEPT).collect();
            if old.is_empty() {
                return Ok(forgotten);
            }
            for answer in old {
                let mut batch = WriteBatch::new();
                batch.delete::<StoredAnswer>(&answer.record.key(), answer.version);
                match self.store.commit(batch).await {
                    Ok(_) => forgotten = forgotten.saturating_add(1),
                    // another node was faster
                    Err(StoreError::Conflict { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }

    /// Starts the worker that removes old answers, now and every hour.
    #[must_use]
    pub fn keep_tidy(&self, stopping: Stopping) -> JoinHandle<()> {
        let answers = self.clone();
        spawn_chore(stopping, Duration::from_secs(3600), move || {
            let answers = answers.clone();
            async move {
                if let Err(error) = answers.forget_old().await {
                    tracing::warn!(%error, "old answers could not be removed");
                }
            }
        })
    }

    async fn stored(&self, name: &RecordKey) -> Result<Option<StoredAnswer>, StoreError> {
        Ok(self.store.get::<StoredAnswer>(name).await?.map(|found| found.record))
    }

    /// The stored answer, for whoever asks the same again.
    fn answer(&self, stored: &StoredAnswer, asked: Sha256Digest) -> Result<Response, Refusal> {
        let exchange = self.opened(stored)?;
        if exchange.request != asked {
            return Err(reused());
        }
        let status = StatusCode::from_u16(stored.status).unwrap_or(StatusCode::OK);
        let mut response = (status, exchange.answer).into_response();
        if let Ok(value) = HeaderValue::from_str(&stored.content_type) {
            response.headers_mut().insert(header::CONTENT_TYPE, value);
        }
        Ok(response)
    }

    async fn keep(
        &self,
        name: &RecordKey,
        request: Sha256Digest,
        response: Response,
    ) -> Result<Response, Refusal> {
        let (head, body) = response.into_parts();
        let body = to_bytes(body, LARGEST).await.map_err(|_| Refusal::internal())?;
        // only JSON answers are stored; anything else would have to be sent again by its own means
        let Ok(text) = std::str::from_utf8(&body) else {
            return Ok(Response::from_parts(head, Body::from(body)));
        };
        let content_type = head.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let exchange = Exchange { request, answer: text.to_owned() };
        let mut answer = StoredAnswer {
            name: name.as_str().to_owned(),
            request: None,
            status: head.status.as_u16(),
            content_type: content_type.unwrap_or("application/octet-stream").to_owned(),
            body: self.sealed(name, &exchange)?,
            at: self.clock.now(),
        };
        for _ in 0..TRIES {
            let mut batch = WriteBatch::new();
            batch.insert(&answer);
            match self.store.commit(batch).await {
                Ok(_) => return Ok(Response::from_parts(head, Body::from(body))),
                Err(StoreError::Conflict { .. }) => match self.stored(name).await {
                    // another node answered the same request first: its answer counts
                    Ok(Some(first)) => return self.answer(&first, request),
                    // the epoch it was sealed in has ended meanwhile
                    Ok(None) => answer.body = self.sealed(name, &exchange)?,
                    Err(_) => break,
                },
                Err(error) => {
                    tracing::error!(%error, "an answer could not be stored");
                    break;
                }
            }
        }
        Err(Refusal::internal())
    }

    fn sealed(&self, name: &RecordKey, exchange: &Exchange) -> Result<SealedField, Refusal> {
        self.vault.seal(&place(name.as_str()), exchange).map_err(|error| {
            tracing::error!(%error, "an answer cannot be sealed");
            Refusal::internal()
        })
    }

    fn opened(&self, stored: &StoredAnswer) -> Result<Exchange, Refusal> {
        let (place, sealed) = (place(&stored.name), &stored.body);
        let opened = match stored.request {
            None => self.vault.open(&place, sealed),
            Some(request) => self.vault.open(&place, sealed).map(|answer| Exchange { request, answer }),
        };
        opened.map_err(|error| {
            tracing::error!(%error, "a stored answer does not open");
            Refusal::internal()
        })
    }
}

/// Middleware for routes whose callers have proved who they are (see [`CallerName`]).
pub async fn answer_repeats(State(answers): State<Idempotency>, request: Request, next: Next) -> Response {
    let key = request.headers().get(IDEMPOTENCY_KEY).cloned();
    match key {
        Some(key) if request.method() == Method::POST => {
            once(&answers, &key, request, next).await.unwrap_or_else(IntoResponse::into_response)
        }
        _ => next.run(request).await,
    }
}

async fn once(
    answers: &Idempotency,
    key: &HeaderValue,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let key = key.to_str().ok().filter(|key| (1..=255).contains(&key.len()));
    let key = key.ok_or_else(|| {
        Refusal::invalid_request("the idempotency key is not 1 to 255 printable characters")
    })?;
    let caller = request.extensions().get::<CallerName>().map_or("anonymous", CallerName::as_str);
    let name =
        RecordKey::new(mpp_crypto::sha256(format!("{caller}\n{}\n{key}", request.uri().path()).as_bytes()));
    let (head, body) = request.into_parts();
    let body = to_bytes(body, LARGEST)
        .await
        .map_err(|_| Refusal::invalid_request("the body is too large or did not arrive whole"))?;
    let digest = mpp_crypto::sha256(&body);
    let turn = answers.running.turn_of(&name);
    let _turn = turn.lock().await;
    let stored = answers.stored(&name).await.map_err(|error| {
        tracing::error!(%error, "stored answers cannot be read");
        Refusal::internal()
    })?;
    if let Some(stored) = stored {
        return answers.answer(&stored, digest);
    }
    let response = next.run(Request::from_parts(head, Body::from(body))).await;
    if response.status().is_success() && keeps(response.headers()) {
        return answers.keep(&name, digest, response).await;
    }
    Ok(response)
}

/// Streams are not stored; they come from GET anyway.
fn keeps(headers: &HeaderMap) -> bool {
    let length =
        headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    length.is_none_or(|length| length <= LARGEST)
}

fn reused() -> Refusal {
    Refusal::new(
        StatusCode::CONFLICT,
        "idempotency_key_reused",
        "This idempotency key was used for another request",
    )
}

fn place(name: &str) -> FieldPlace<'_> {
    FieldPlace { table: StoredAnswer::KIND.as_str(), row: name, column: BODY }
}

const BODY: &str = "body";

/// How often an answer is sealed and stored before it is given up.
const TRIES: u32 = 3;

/// The kinds of the records here with sealed fields.
pub(crate) const SEALED_KINDS: [SealedKind; 1] = [SealedKind::of::<StoredAnswer>()];

/// The kinds of all records here.
pub(crate) const KINDS: [KnownKind; 1] = [KnownKind::of::<StoredAnswer>()];

/// What is sealed of an answer: what it answers, too, since bodies as short as a mobile number are found by trying out their digests.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Exchange {
    request: Sha256Digest,
    answer: String,
}

/// An answer given before.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StoredAnswer {
    name: String,
    /// Of answers that a program of before stored, which seal no more than the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request: Option<Sha256Digest>,
    status: u16,
    content_type: String,
    body: SealedField,
    at: Timestamp,
}

impl Record for StoredAnswer {
    const KIND: RecordKind = RecordKind::new("idempotent-answer");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        RecordKey::new(&self.name)
    }
}

impl SealedRecord for StoredAnswer {
    fn sealed_fields(&mut self) -> Vec<(&'static str, &mut SealedField)> {
        vec![(BODY, &mut self.body)]
    }
}

/// Requests under one key take turns within this process.
#[derive(Debug, Default)]
struct Running(Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>);

impl Running {
    fn turn_of(&self, name: &RecordKey) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = turns.get(name.as_str()).and_then(Weak::upgrade) {
            return turn;
        }
        turns.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::new(tokio::sync::Mutex::new(()));
        turns.insert(name.as_str().to_owned(), Arc::downgrade(&turn));
        turn
    }
}

#[cfg(test)]
mod tests;
