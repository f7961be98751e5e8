//! Resumable uploads: IETF resumable uploads for HTTP, and tus 1.0 for clients that speak that.

use std::convert::Infallible;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodFilter;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use mpp_api::central::{UPLOAD_COMPLETE, UPLOAD_OFFSET};
use mpp_core::UploadId;
use mpp_services::central::{Append, CentralError, End, Progress};

use super::super::callers::CallingDevice;
use super::super::refusals::refuse;
use super::{Access, App, Group, named};
use crate::http::Refusal;

const TUS_RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
const TUS_VERSION: HeaderValue = HeaderValue::from_static("1.0.0");
const IETF_TYPE: &str = "application/partial-upload";
const TUS_TYPE: &str = "application/offset+octet-stream";

#[cfg(feature = "openapi")]
mod described;

pub(super) fn group() -> Group {
    let path = "/v1/uploads/{id}";
    Group::new(Access::Phone).add((MethodFilter::HEAD, "HEAD"), path, "How far an upload is", progress).add(
        (MethodFilter::PATCH, "PATCH"),
        path,
        "Appends to an upload",
        append,
    )
}

/// Which of the two protocols a request speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Ietf,
    Tus,
}

async fn progress(
    State(app): State<App>,
    CallingDevice(device): CallingDevice,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Standing, Refusal> {
    let dialect = dialect_of(&headers)?;
    let standing = app.service.upload_standing(device, named(&id)?).await.map_err(refuse)?;
    Ok(Standing(answer(standing.progress, standing.size_bytes, dialect)))
}

async fn append(
    State(app): State<App>,
    CallingDevice(device): CallingDevice,
    Path(id): Path<String>,
    AppendHeaders(headers): AppendHeaders,
    AppendedBytes(bytes): AppendedBytes,
) -> Result<Standing, Refusal> {
    let dialect = dialect_of(&headers)?;
    check_type(&headers, dialect)?;
    let upload: UploadId = named(&id)?;
    let standing = app.service.upload_standing(device, upload).await.map_err(refuse)?;
    let append = Append { offset: offset_of(&headers)?, bytes, end: end_of(&headers, dialect)? };
    match app.service.append(device, upload, append).await {
        Ok(progress) => Ok(Standing(answer(progress, standing.size_bytes, dialect))),
        Err(error) => Ok(Standing(refused(error))),
    }
}

/// How an upload stands now.
struct Standing(Response);

impl IntoResponse for Standing {
    fn into_response(self) -> Response {
        self.0
    }
}

/// The headers of an append, looked at one by one.
struct AppendHeaders(HeaderMap);

impl<S: Send + Sync> FromRequestParts<S> for AppendHeaders {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.headers.clone()))
    }
}

/// What an append adds.
struct AppendedBytes(Bytes);

impl<S: Send + Sync> FromRequest<S> for AppendedBytes {
    type Rejection = BytesRejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, BytesRejection> {
        Bytes::from_request(request, state).await.map(Self)
    }
}

/// A refused append says where the upload stands.
fn refused(error: CentralError) -> Response {
    let expected = match error {
        CentralError::UploadOffset { expected } => Some(expected),
        _ => None,
    };
    let mut response = refuse(error).into_response();
    if let Some(expected) = expected {
        response.headers_mut().insert(UPLOAD_OFFSET, HeaderValue::from(expected));
    }
    response
}

fn answer(progress: Progress, size_bytes: u64, dialect: Dialect) -> Response {
    let (offset, complete) = match progress {
        Progress::Partial { offset } => (offset, HeaderValue::from_static("?0")),
        Progress::Complete => (size_bytes, HeaderValue::from_static("?1")),
    };
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(UPLOAD_OFFSET, HeaderValue::from(offset));
    headers.insert(UPLOAD_LENGTH, HeaderValue::from(size_bytes));
    headers.insert(UPLOAD_COMPLETE, complete);
    if dialect == Dialect::Tus {
        headers.insert(TUS_RESUMABLE, TUS_VERSION);
    }
    response
}

fn dialect_of(headers: &HeaderMap) -> Result<Dialect, Refusal> {
    match headers.get(TUS_RESUMABLE) {
        None => Ok(Dialect::Ietf),
        Some(version) if *version == TUS_VERSION => Ok(Dialect::Tus),
        Some(_) => Err(Refusal::new(
            StatusCode::PRECONDITION_FAILED,
            "tus_version_unsupported",
            "Only version 1.0.0 of tus is spoken here",
        )),
    }
}

fn check_type(headers: &HeaderMap, dialect: Dialect) -> Result<(), Refusal> {
    let expected = match dialect {
        Dialect::Ietf => IETF_TYPE,
        Dialect::Tus => TUS_TYPE,
    };
    if headers.get(header::CONTENT_TYPE).is_some_and(|value| *value == expected) {
        return Ok(());
    }
    Err(Refusal::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "upload_type_unsupported",
        "The body of an append has a media type of its own",
    ))
}

fn offset_of(headers: &HeaderMap) -> Result<u64, Refusal> {
    let text = headers.get(UPLOAD_OFFSET).and_then(|value| value.to_str().ok());
    text.and_then(|text| text.parse().ok())
        .ok_or_else(|| Refusal::invalid_request("upload-offset is missing or not a number"))
}

/// tus knows the length beforehand and has no word for the end.
fn end_of(headers: &HeaderMap, dialect: Dialect) -> Result<End, Refusal> {
    match (headers.get(UPLOAD_COMPLETE).map(HeaderValue::as_bytes), dialect) {
        (Some(b"?1"), _) => Ok(End::Here),
        (Some(b"?0"), _) | (None, Dialect::Tus) => Ok(End::Later),
        (Some(_), _) | (None, Dialect::Ietf) => {
            Err(Refusal::invalid_request("upload-complete is missing or not ?0 or ?1"))
        }
    }
}
