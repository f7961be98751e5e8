//! The suite's tests, one function each; `ALL` names them in the order of the macro.

use std::time::Duration;

use futures::{StreamExt, future, stream};
use http::{HeaderName, HeaderValue, Method, StatusCode};

use super::{Subject, pattern};
use crate::{Body, Bytes, Reach, Request, Response, TransportError};

const MIB: usize = 1024 * 1024;
const LARGE: usize = 16 * MIB;
const SHORT: Duration = Duration::from_millis(60);

/// The names of all tests, which the macro compares with its own list.
pub const ALL: [&str; 18] = [
    "method_path_query_and_headers_arrive_unaltered",
    "answer_status_and_headers_arrive_unaltered",
    "any_status_is_an_answer_and_redirects_are_not_followed",
    "an_empty_body_arrives_empty",
    "bytes_arrive_whole_with_their_length",
    "a_head_answer_has_no_body",
    "a_large_body_streams_up",
    "a_large_body_streams_down",
    "both_directions_stream_at_once",
    "an_answer_beyond_the_limit_is_refused",
    "a_peer_that_never_answers_is_a_timeout",
    "a_body_that_never_ends_is_a_timeout",
    "nobody_listening_is_a_failed_connection",
    "a_truncated_answer_is_interrupted",
    "a_failing_request_stream_fails_the_exchange",
    "requests_run_at_the_same_time",
    "a_dropped_answer_leaves_the_transport_usable",
    "errors_and_debug_tell_no_query",
];

impl Subject {
    fn to(&self, method: Method, path: &str) -> Request {
        Request::new(method, self.peer.endpoint(path))
    }

    async fn send(&self, request: Request) -> Response {
        self.transport.send(request).await.expect("an answer")
    }

    async fn failure(&self, request: Request) -> TransportError {
        self.transport.send(request).await.expect_err("no answer")
    }
}

fn seen<'a>(answer: &'a Response, name: &'static str) -> Option<&'a str> {
    answer.header(&HeaderName::from_static(name))
}

fn streamed_pattern(length: usize) -> Body {
    let starts = (0..length).step_by(MIB);
    Body::stream(stream::iter(starts.map(move |start| Ok(pattern(start, MIB.min(length - start))))))
}

pub async fn method_path_query_and_headers_arrive_unaltered(subject: Subject) {
    for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS] {
        let mut request = subject.to(method.clone(), "echo/a%20b/~c");
        request.url.set_query(Some("k=v%26w&k=2"));
        let request = request
            .with_header(
                HeaderName::from_static("x-one"),
                HeaderValue::from_static("  spaced \tvalue".trim()),
            )
            .with_header(HeaderName::from_static("x-two"), HeaderValue::from_bytes(b"caf\xe9").unwrap());
        let answer = subject.send(request).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(seen(&answer, "seen-method"), Some(method.as_str()));
        assert_eq!(seen(&answer, "seen-target"), Some("/base/echo/a%20b/~c?k=v%26w&k=2"));
        assert_eq!(seen(&answer, "seen-x-one"), Some("spaced \tvalue"));
        assert_eq!(answer.headers.get("seen-x-two").unwrap().as_bytes(), b"caf\xe9");
        let url = subject.peer.as_url();
        let host = format!("{}{}", url.host_str().unwrap(), port_suffix(url));
        assert_eq!(seen(&answer, "seen-host"), Some(host.as_str()));
    }
}

fn port_suffix(url: &url::Url) -> String {
    url.port().map(|port| format!(":{port}")).unwrap_or_default()
}

pub async fn answer_status_and_headers_arrive_unaltered(subject: Subject) {
    let mut request = subject.to(Method::GET, "echo");
    let name = HeaderName::from_static("x-many");
    request.headers.append(&name, HeaderValue::from_static("1"));
    request.headers.append(&name, HeaderValue::from_static("2"));
    let answer = subject.send(request).await;
    let values: Vec<_> = answer.headers.get_all("seen-x-many").iter().collect();
    assert_eq!(values, ["1", "2"]);
    assert_eq!(answer.header(&HeaderName::from_static("seen-x-many")), None, "two values are no value");
}

pub async fn any_status_is_an_answer_and_redirects_are_not_followed(subject: Subject) {
    for code in [200, 201, 202, 301, 302, 307, 308, 400, 401, 404, 409, 412, 429, 500, 503] {
        let answer = subject.send(subject.to(Method::GET, &format!("status/{code}"))).await;
        assert_eq!(answer.status.as_u16(), code);
        assert_eq!(answer.collect(100).await.unwrap(), "elsewhere");
    }
}

pub async fn an_empty_body_arrives_empty(subject: Subject) {
    for body in [Body::Empty, Body::from(""), Body::stream(stream::empty())] {
        let answer = subject.send(subject.to(Method::POST, "echo").with_body(body)).await;
        assert_eq!(answer.collect(0).await.unwrap(), "");
    }
}

pub async fn bytes_arrive_whole_with_their_length(subject: Subject) {
    let body = pattern(0, 100_000);
    let answer = subject.send(subject.to(Method::POST, "echo").with_body(body.clone())).await;
    assert_eq!(seen(&answer, "seen-content-length"), Some("100000"));
    assert_eq!(answer.collect(100_000).await.unwrap(), body);
}

pub async fn a_head_answer_has_no_body(subject: Subject) {
    let answer = subject.send(subject.to(Method::HEAD, "status/200")).await;
    assert_eq!(answer.status, StatusCode::OK);
    let body = answer.collect(100).await.unwrap();
    // A server strips the body; a bare service in this process may not.
    assert!(body.is_empty() || body == "elsewhere");
}

pub async fn a_large_body_streams_up(subject: Subject) {
    let request = subject.to(Method::PUT, "count").with_body(streamed_pattern(LARGE));
    let answer = subject.send(request).await;
    assert_eq!(answer.collect(100).await.unwrap(), LARGE.to_string());
}

pub async fn a_large_body_streams_down(subject: Subject) {
    let answer = subject.send(subject.to(Method::GET, &format!("pattern/{LARGE}"))).await;
    let mut chunks = answer.body.into_stream();
    let mut came = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.unwrap();
        assert_eq!(chunk, pattern(came, chunk.len()));
        came += chunk.len();
    }
    assert_eq!(came, LARGE);
}

pub async fn both_directions_stream_at_once(subject: Subject) {
    let request = subject.to(Method::POST, "echo").with_body(streamed_pattern(LARGE));
    let answer = subject.send(request).await;
    assert_eq!(answer.collect(LARGE).await.unwrap(), pattern(0, LARGE));
}

pub async fn an_answer_beyond_the_limit_is_refused(subject: Subject) {
    let answer = subject.send(subject.to(Method::GET, "pattern/1000")).await;
    let error = answer.collect(999).await.unwrap_err();
    assert!(matches!(error, TransportError::TooLarge { limit_bytes: 999 }), "{error:?}");
    assert!(!error.is_temporary());
}

pub async fn a_peer_that_never_answers_is_a_timeout(subject: Subject) {
    let error = subject.failure(subject.to(Method::POST, "silence").with_timeout(SHORT)).await;
    assert!(matches!(error, TransportError::Timeout), "{error:?}");
    assert_eq!((error.is_temporary(), error.reach()), (true, Reach::PerhapsSent));
}

pub async fn a_body_that_never_ends_is_a_timeout(subject: Subject) {
    let request = subject.to(Method::GET, "endless").with_timeout(SHORT * 5);
    let mut chunks = subject.send(request).await.body.into_stream();
    assert_eq!(chunks.next().await.unwrap().unwrap(), pattern(0, 10));
    let error = chunks.next().await.unwrap().unwrap_err();
    assert!(matches!(error, TransportError::Timeout), "{error:?}");
    assert!(chunks.next().await.is_none(), "a stream ends after its error");
}

pub async fn nobody_listening_is_a_failed_connection(subject: Subject) {
    let error = subject.failure(Request::get(subject.nobody.endpoint("echo"))).await;
    assert!(matches!(error, TransportError::Connect { .. }), "{error:?}");
    assert_eq!((error.is_temporary(), error.reach()), (true, Reach::NotSent));
}

pub async fn a_truncated_answer_is_interrupted(subject: Subject) {
    let answer = subject.send(subject.to(Method::GET, "cut")).await;
    assert_eq!(answer.status, StatusCode::OK);
    let error = answer.collect(LARGE).await.unwrap_err();
    assert!(matches!(error, TransportError::Interrupted { .. }), "{error:?}");
    assert_eq!((error.is_temporary(), error.reach()), (true, Reach::PerhapsSent));
}

pub async fn a_failing_request_stream_fails_the_exchange(subject: Subject) {
    let parts = vec![Ok(pattern(0, 10)), Err(TransportError::interrupted("the source broke"))];
    let request = subject.to(Method::PUT, "echo").with_body(Body::stream(stream::iter(parts)));
    let outcome = match subject.transport.send(request).await {
        Ok(answer) => answer.collect(1000).await,
        Err(error) => Err(error),
    };
    let error = outcome.expect_err("half a body must not pass for a whole one");
    assert!(matches!(error, TransportError::Interrupted { .. }), "{error:?}");
}

pub async fn requests_run_at_the_same_time(subject: Subject) {
    let stuck = subject.to(Method::GET, "silence").with_timeout(SHORT * 50);
    let exchanges = (0..24_usize).map(|at| {
        let request = subject.to(Method::POST, "echo").with_body(at.to_string());
        let subject = &subject;
        async move { (at, subject.send(request).await.collect(10).await.unwrap()) }
    });
    let all = future::join_all(exchanges);
    futures::pin_mut!(all);
    let waiting = subject.transport.send(stuck);
    let answers = match future::select(waiting, all).await {
        future::Either::Left(_) => panic!("a silent peer must not hold up the others"),
        future::Either::Right((answers, _)) => answers,
    };
    for (at, body) in answers {
        assert_eq!(body, at.to_string());
    }
}

pub async fn a_dropped_answer_leaves_the_transport_usable(subject: Subject) {
    for _ in 0..3 {
        let answer = subject.send(subject.to(Method::GET, &format!("pattern/{LARGE}"))).await;
        let mut chunks = answer.body.into_stream();
        assert!(chunks.next().await.unwrap().is_ok());
        drop(chunks);
        let answer = subject.send(subject.to(Method::POST, "echo").with_body("still here")).await;
        assert_eq!(answer.collect(100).await.unwrap(), Bytes::from_static(b"still here"));
    }
}

pub async fn errors_and_debug_tell_no_query(subject: Subject) {
    let mut url = subject.nobody.endpoint("path");
    url.set_query(Some("token=canary-9000000001"));
    let request = Request::get(url)
        .with_header(http::header::AUTHORIZATION, HeaderValue::from_static("Bearer canary-key"))
        .with_body("canary-body");
    let mut texts = vec![format!("{request:?}")];
    let error = subject.failure(request).await;
    texts.push(format!("{error:?}"));
    let mut cause: Option<&dyn std::error::Error> = Some(&error);
    while let Some(error) = cause {
        texts.push(error.to_string());
        cause = error.source();
    }
    for text in texts {
        assert!(!text.contains("canary"), "{text}");
    }
}
