use futures::executor::block_on;
use http_body::Body as _;

use super::*;

fn chunks(parts: &[&'static str]) -> Body {
    let parts: Vec<_> = parts.iter().map(|part| Ok(Bytes::from_static(part.as_bytes()))).collect();
    Body::stream(stream::iter(parts))
}

#[test]
fn collecting_joins_the_chunks_in_order() {
    assert_eq!(block_on(chunks(&["one ", "", "two"]).collect(7)).unwrap(), "one two");
    assert_eq!(block_on(Body::from("three").collect(5)).unwrap(), "three");
    assert_eq!(block_on(Body::Empty.collect(0)).unwrap(), "");
}

#[test]
fn collecting_stops_at_the_limit_whatever_the_kind() {
    for body in [chunks(&["1234", "5"]), Body::from("12345")] {
        let error = block_on(body.collect(4)).unwrap_err();
        assert!(matches!(error, TransportError::TooLarge { limit_bytes: 4 }), "{error:?}");
    }
}

#[test]
fn a_broken_stream_is_never_a_shorter_body() {
    let parts = vec![Ok(Bytes::from_static(b"half")), Err(TransportError::interrupted("cut"))];
    let error = block_on(Body::stream(stream::iter(parts)).collect(100)).unwrap_err();
    assert!(matches!(error, TransportError::Interrupted { .. }), "{error:?}");
}

#[test]
fn debug_shows_no_content() {
    assert_eq!(format!("{:?}", Body::from("secret")), "Bytes(6 bytes)");
    assert_eq!(format!("{:?}", chunks(&["secret"])), "Stream");
}

#[test]
fn an_http_body_made_of_ours_gives_the_same_bytes_back() {
    for body in [Body::Empty, Body::from("abc"), chunks(&["a", "bc"])] {
        let wanted = if body.is_end_stream() { "" } else { "abc" };
        assert_eq!(block_on(Body::from_http(body).collect(3)).unwrap(), wanted);
    }
    assert_eq!(Body::from("abc").size_hint().exact(), Some(3));
}
