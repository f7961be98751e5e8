//! The peer the suite talks to: an HTTP service whose behaviour is chosen by the path.

use std::collections::BTreeMap;
use std::convert::Infallible;

use bytes::Bytes;
use futures::{StreamExt, stream};
use http::{HeaderValue, Request, Response, StatusCode, header};

use crate::{Body, BoxError, TransportError};

/// The body of the peer's answers.
pub type PeerBody = Body;

const CHUNK_BYTES: usize = 48 * 1024;
const MIB: usize = 1024 * 1024;

/// `length` bytes that differ from place to place, so that lost or swapped chunks show.
#[must_use]
pub fn pattern(start: usize, length: usize) -> Bytes {
    (start..start + length).map(|at| u8::try_from((at ^ (at >> 8) ^ (at >> 16)) & 0xff).unwrap()).collect()
}

/// Answers one request. Below any base path:
///
/// | Path | Answer |
/// | --- | --- |
/// | `echo` | the body; method, path with query and `x-*` header fields in `seen-*` header fields |
/// | `status/{code}` | that status, with a `location` |
/// | `pattern/{n}` | `n` bytes of [`pattern`], streamed |
/// | `count` | how many bytes came, as text, when they were the [`pattern`] |
/// | `cut` | 4 MiB declared, 2 MiB sent |
/// | `silence` | none, ever |
/// | `endless` | a body that starts and never ends |
///
/// # Errors
/// Never: the type is what servers ask for.
pub async fn answer<B>(request: Request<B>) -> Result<Response<PeerBody>, Infallible>
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let (head, body) = request.into_parts();
    let body = Body::from_http(body);
    let path: Vec<&str> = head.uri.path().trim_start_matches("/base").split('/').skip(1).collect();
    let answer = match *path.as_slice() {
        ["echo", ..] => echo(&head, body),
        ["status", code] => {
            let mut answer = Response::new(Body::from("elsewhere"));
            *answer.status_mut() = code.parse().unwrap_or(StatusCode::IM_A_TEAPOT);
            answer.headers_mut().insert(header::LOCATION, HeaderValue::from_static("/base/echo"));
            answer
        }
        ["pattern", length] => Response::new(streamed_pattern(length.parse().unwrap_or(0))),
        ["count"] => Response::new(Body::from(count(body).await)),
        ["cut"] => {
            // Enough that the head and a part of the body are on the way before the end.
            let cut = stream::once(async { Err(TransportError::interrupted("cut on purpose")) });
            let mut answer = Response::new(Body::stream(streamed_pattern(2 * MIB).into_stream().chain(cut)));
            answer.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(4 * MIB));
            answer
        }
        ["silence"] => futures::future::pending().await,
        ["endless"] => {
            let first = stream::once(async { Ok(pattern(0, 10)) });
            Response::new(Body::stream(first.chain(stream::pending())))
        }
        _ => {
            let mut answer = Response::new(Body::Empty);
            *answer.status_mut() = StatusCode::NOT_FOUND;
            answer
        }
    };
    Ok(answer)
}

fn echo(head: &http::request::Parts, body: Body) -> Response<Body> {
    let mut answer = Response::new(body);
    let target = head.uri.path_and_query().map_or("", http::uri::PathAndQuery::as_str);
    let seen = answer.headers_mut();
    seen.insert("seen-method", HeaderValue::from_str(head.method.as_str()).unwrap());
    seen.insert("seen-target", HeaderValue::from_str(target).unwrap());
    for (name, value) in &head.headers {
        let name = name.as_str();
        if name.starts_with("x-") || matches!(name, "host" | "content-length" | "content-type") {
            seen.append(http::HeaderName::try_from(format!("seen-{name}")).unwrap(), value.clone());
        }
    }
    answer
}

fn streamed_pattern(length: usize) -> Body {
    let starts = (0..length).step_by(CHUNK_BYTES);
    Body::stream(stream::iter(starts.map(move |start| Ok(pattern(start, CHUNK_BYTES.min(length - start))))))
}

async fn count(body: Body) -> String {
    let mut chunks = body.into_stream();
    let mut came = 0;
    let mut faults = BTreeMap::new();
    while let Some(chunk) = chunks.next().await {
        match chunk {
            Ok(chunk) if chunk == pattern(came, chunk.len()) => came += chunk.len(),
            Ok(_) => *faults.entry("wrong bytes").or_insert(0) += 1,
            Err(_) => *faults.entry("broken off").or_insert(0) += 1,
        }
    }
    if faults.is_empty() { came.to_string() } else { format!("{faults:?}") }
}
