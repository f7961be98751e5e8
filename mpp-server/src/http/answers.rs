//! Answers that say by their type what they are: the descriptions of the interfaces read it there.

use std::marker::PhantomData;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

/// JSON about something that was made (201).
#[derive(Debug)]
pub struct Created<T>(pub T);

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, Json(self.0)).into_response()
    }
}

/// JSON whose exact bytes count, for somebody signs or compares them; a `T` when read.
#[derive(Debug)]
pub struct ExactJson<T> {
    text: String,
    read_as: PhantomData<fn() -> T>,
}

impl<T> ExactJson<T> {
    /// The JSON of a `T`.
    pub(crate) const fn new(text: String) -> Self {
        Self { text, read_as: PhantomData }
    }
}

impl<T> IntoResponse for ExactJson<T> {
    fn into_response(self) -> Response {
        let kind = HeaderValue::from_static("application/json");
        ([(header::CONTENT_TYPE, kind)], self.text).into_response()
    }
}

/// A kind of document that is not JSON.
pub trait Kind {
    /// Its media type; `*/*` where the document has one of its own.
    const MEDIA_TYPE: &'static str;
}

/// Bytes that nobody looks into here: sealed parcels, files of lists.
#[derive(Debug, Clone, Copy)]
pub enum Octets {}

impl Kind for Octets {
    const MEDIA_TYPE: &'static str = "application/octet-stream";
}

/// A text for people and programs.
#[derive(Debug, Clone, Copy)]
pub enum PlainText {}

impl Kind for PlainText {
    const MEDIA_TYPE: &'static str = "text/plain; charset=utf-8";
}

/// A printed document.
#[derive(Debug, Clone, Copy)]
pub enum Pdf {}

impl Kind for Pdf {
    const MEDIA_TYPE: &'static str = "application/pdf";
}

/// A compact JWS.
#[derive(Debug, Clone, Copy)]
pub enum CompactJws {}

impl Kind for CompactJws {
    const MEDIA_TYPE: &'static str = "application/jose";
}

/// A document as its source gave it.
#[derive(Debug, Clone, Copy)]
pub enum AnyDocument {}

impl Kind for AnyDocument {
    const MEDIA_TYPE: &'static str = "*/*";
}

/// A document of this kind.
#[derive(Debug)]
pub struct Document<K> {
    response: Response,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Document<K> {
    /// The document of an answer, under the media type of its kind if that is one.
    pub(crate) fn new(answer: impl IntoResponse) -> Self {
        let mut response = answer.into_response();
        if K::MEDIA_TYPE != "*/*" {
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(K::MEDIA_TYPE));
        }
        Self { response, kind: PhantomData }
    }
}

impl<K> IntoResponse for Document<K> {
    fn into_response(self) -> Response {
        self.response
    }
}
