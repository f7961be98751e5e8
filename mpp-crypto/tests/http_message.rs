//! RFC 9421 over any message: which components there are, which are left out, and what a verifier is told.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

#[path = "support/seeded.rs"]
#[allow(unreachable_pub, reason = "shared by several tests")]
mod seeded;

use mpp_core::{Kid, Span, Timestamp};
use mpp_crypto::http_signature::message::{
    Message, Request, Response, SignatureMembers, SignatureParameters, VerifiedMessage, sign, verify,
};
use mpp_crypto::http_signature::{HttpSignatureError, Nonce};
use mpp_crypto::{AnySigningKey, AnyVerifyingKey, SigningKey};
use proptest::prelude::*;
use seeded::SeededEntropy;

const FIELDS: &[(&str, &str)] = &[
    ("content-type", "application/json"),
    ("x-list", " a "),
    ("x-list", "b"),
    ("digests", "a=:AQI=:, b=:AwQ=:"),
    ("lists", "a=(\"x\"  \"y\");n=1, b=()"),
    ("other", "a=1, b=2"),
    ("x-empty", ""),
];

fn now() -> Timestamp {
    "2026-01-15T09:30:00Z".parse().unwrap()
}

fn key() -> AnySigningKey {
    AnySigningKey::Curve(SigningKey::generate_ed25519(&SeededEntropy::new(1)))
}

fn parameters() -> SignatureParameters<'static> {
    SignatureParameters { label: "s", created: now(), expires: None, nonce: None, tag: None }
}

/// The request of the examples in RFC 9421 §2.2.
fn request() -> Request<'static> {
    Request {
        method: "POST",
        scheme: "https",
        authority: "www.example.com",
        path: "/path",
        query: Some("param=value&a=%7e&a+b=c+d"),
        fields: FIELDS,
    }
}

fn response() -> Response<'static> {
    Response { status: 200, fields: FIELDS, request: Some(request()) }
}

fn made(message: Message<'_>, components: &str) -> Result<SignatureMembers, HttpSignatureError> {
    sign(&message, components, &parameters(), &key())
}

/// Adds a signature to the message and checks it.
fn check(message: Message<'_>, members: &SignatureMembers) -> Result<VerifiedMessage, HttpSignatureError> {
    checked_at(message, members, now())
}

fn checked_at(
    message: Message<'_>,
    members: &SignatureMembers,
    at: Timestamp,
) -> Result<VerifiedMessage, HttpSignatureError> {
    let own = match message {
        Message::Request(request) => request.fields,
        Message::Response(response) => response.fields,
    };
    let mut fields = own.to_vec();
    fields.extend([("signature-input", members.input.as_str()), ("signature", members.signature.as_str())]);
    let message = match message {
        Message::Request(request) => Message::Request(Request { fields: &fields, ..request }),
        Message::Response(response) => Message::Response(Response { fields: &fields, ..response }),
    };
    verify(&message, None, |kid| (kid == key().kid()).then(|| key().public()), at)
}

/// Whether the component of the message has the value: a signature made by hand over that text stands.
fn has_value(message: Message<'_>, component: &str, value: &str) -> bool {
    let input = format!("({component});created=1768469400;keyid=\"{}\"", key().kid());
    let base = format!("{component}: {value}\n\"@signature-params\": {input}");
    let signature = base64_simd::STANDARD.encode_to_string(key().sign(base.as_bytes()).unwrap());
    check(message, &SignatureMembers { input: format!("s={input}"), signature: format!("s=:{signature}:") })
        .is_ok()
}

/// RFC 9421 §2.1 and §2.2.
#[test]
fn every_component_of_a_request_has_its_value() {
    for (component, value) in [
        ("\"@method\"", "POST"),
        ("\"@target-uri\"", "https://www.example.com/path?param=value&a=%7e&a+b=c+d"),
        ("\"@authority\"", "www.example.com"),
        ("\"@scheme\"", "https"),
        ("\"@request-target\"", "/path?param=value&a=%7e&a+b=c+d"),
        ("\"@path\"", "/path"),
        ("\"@query\"", "?param=value&a=%7e&a+b=c+d"),
        ("\"@query-param\";name=\"param\"", "value"),
        ("\"@query-param\";name=\"a\"", "%7E"),
        ("\"@query-param\";name=\"a%20b\"", "c%20d"),
        ("\"content-type\"", "application/json"),
        ("\"x-list\"", "a, b"),
        ("\"x-empty\"", ""),
        ("\"digests\"", "a=:AQI=:, b=:AwQ=:"),
        ("\"digests\";key=\"b\"", ":AwQ=:"),
        ("\"lists\";key=\"a\"", "(\"x\" \"y\");n=1"),
    ] {
        assert!(has_value(Message::Request(request()), component, value), "{component}");
        assert!(!has_value(Message::Request(request()), component, &format!("{value}x")), "{component}");
    }
    let bare = Request { path: "", query: None, authority: "WWW.Example.com:443", ..request() };
    for (component, value) in [
        ("\"@path\"", "/"),
        ("\"@query\"", "?"),
        ("\"@authority\"", "www.example.com"),
        ("\"@request-target\"", "/"),
    ] {
        assert!(has_value(Message::Request(bare), component, value), "{component}");
    }
    let other_port = Request { scheme: "http", ..bare };
    assert!(has_value(Message::Request(other_port), "\"@authority\"", "www.example.com:443"));
}

#[test]
fn a_response_has_its_status_and_its_request() {
    for (component, value) in [
        ("\"@status\"", "200"),
        ("\"content-type\"", "application/json"),
        ("\"@method\";req", "POST"),
        ("\"@query-param\";name=\"param\";req", "value"),
        ("\"@query-param\";req;name=\"param\"", "value"),
        ("\"x-list\";req", "a, b"),
        ("\"digests\";req;key=\"a\"", ":AQI=:"),
    ] {
        assert!(has_value(Message::Response(response()), component, value), "{component}");
    }
}

#[test]
fn what_is_not_there_is_refused() {
    let unknown = Err(HttpSignatureError::UnknownComponent);
    for component in [
        "\"@status\"",
        "\"@method\";req",
        "\"@signature-params\"",
        "\"@nothing\"",
        "\"missing\"",
        "\"Content-Type\"",
        "\"\"",
        "\"@query-param\"",
        "\"@query-param\";name=\"missing\"",
        "\"@method\";name=\"x\"",
        "\"@method\";key=\"x\"",
        "\"content-type\";name=\"x\"",
        "\"digests\";key=\"c\"",
        "\"@method\" \"@method\"",
        "\"@query-param\";name=\"param\" \"@query-param\";name=\"param\"",
    ] {
        assert_eq!(made(Message::Request(request()), component), unknown, "{component}");
    }
    for component in ["\"@method\"", "\"@path\"", "\"@status\";req", "\"@status\";key=\"x\"", "\"@query\""] {
        assert_eq!(made(Message::Response(response()), component), unknown, "{component}");
    }
    let alone = Response { request: None, ..response() };
    assert_eq!(made(Message::Response(alone), "\"@method\";req"), unknown);
    let reordered = "\"digests\";req;key=\"a\" \"digests\";key=\"a\";req";
    assert_eq!(made(Message::Response(response()), reordered), unknown, "the same component twice");
}

#[test]
fn what_is_left_out_says_so() {
    for (component, what) in [
        ("\"content-type\";sf", "the component parameter \"sf\""),
        ("\"content-type\";bs", "the component parameter \"bs\""),
        ("\"content-type\";tr", "the component parameter \"tr\""),
        ("\"content-type\";xy=1", "an unknown component parameter"),
        ("\"content-type\";req=?0", "an unknown component parameter"),
        ("\"other\";key=\"a\"", "\"key\" on a dictionary of this kind"),
    ] {
        let refused = made(Message::Request(request()), component);
        assert_eq!(refused, Err(HttpSignatureError::Unsupported { what }), "{component}");
    }
    for malformed in
        ["@method", "\"@method\"\"@path\"", "\"@method\") (\"@path\"", "\"@method\";", "\"a\nb\""]
    {
        assert_eq!(
            made(Message::Request(request()), malformed),
            Err(HttpSignatureError::Malformed),
            "{malformed}"
        );
    }
}

#[test]
fn line_breaks_and_bad_labels_cannot_be_smuggled_in() {
    let fields = [("x", "a\n\"@method\": GET")];
    let smuggled = Message::Request(Request { fields: &fields, ..request() });
    assert_eq!(made(smuggled, "\"x\""), Err(HttpSignatureError::UnknownComponent));
    let path = Message::Request(Request { path: "/a\r\nb", ..request() });
    assert_eq!(made(path, "\"@path\""), Err(HttpSignatureError::UnknownComponent));
    for (label, tag) in [("", None), ("S", None), ("a b", None), ("a=(),b", None), ("s", Some("\u{e4}"))] {
        let parameters = SignatureParameters { label, tag, ..parameters() };
        let refused = sign(&Message::Request(request()), "\"@path\"", &parameters, &key());
        assert_eq!(refused, Err(HttpSignatureError::Malformed), "{label}");
    }
}

#[test]
fn a_verifier_is_told_what_stands() {
    let nonce = Nonce::generate(&SeededEntropy::new(2));
    let whole = SignatureParameters {
        expires: Some(now().plus(Span::from_seconds(60))),
        nonce: Some(&nonce),
        tag: Some("app \"one\""),
        ..parameters()
    };
    let message = Message::Response(response());
    let members = sign(&message, "\"@status\" \"@method\";req", &whole, &key()).unwrap();
    let verified = check(message, &members).unwrap();
    assert_eq!((verified.label.as_str(), &verified.kid, verified.created), ("s", key().kid(), Some(now())));
    assert_eq!(
        (verified.nonce.as_deref(), verified.tag.as_deref()),
        (Some(nonce.as_str()), Some("app \"one\""))
    );
    assert!(verified.covers("\"@status\"") && verified.covers("\"@method\";req"));
    assert!(
        !verified.covers("@status")
            && !verified.covers("\"@method\"")
            && !verified.covers("\"content-type\"")
    );
    let at = |seconds| checked_at(message, &members, now().plus(Span::from_seconds(seconds))).map(|_| ());
    assert_eq!((at(59), at(60)), (Ok(()), Err(HttpSignatureError::Stale)));
    let early = |seconds| checked_at(message, &members, now().minus(Span::from_seconds(seconds))).map(|_| ());
    assert_eq!((early(30), early(31)), (Ok(()), Err(HttpSignatureError::Stale)));
}

#[test]
fn a_message_without_a_signature_is_refused() {
    let none = |_: &Kid| None::<AnyVerifyingKey>;
    for message in [Message::Request(request()), Message::Response(response())] {
        assert_eq!(verify(&message, None, none, now()), Err(HttpSignatureError::Malformed));
    }
    let members = made(Message::Request(request()), "\"@path\"").unwrap();
    let other_label =
        SignatureMembers { signature: members.signature.replace("s=", "t="), ..members.clone() };
    assert_eq!(check(Message::Request(request()), &other_label), Err(HttpSignatureError::Malformed));
    let nameless = SignatureMembers { input: members.input.replace("keyid", "keyed"), ..members };
    assert_eq!(check(Message::Request(request()), &nameless), Err(HttpSignatureError::Malformed));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_fields_are_refused_without_panic(input in ".{0,200}", signature in ".{0,200}", components in ".{0,60}") {
        let members = SignatureMembers { input, signature };
        prop_assert!(check(Message::Request(request()), &members).is_err());
        let _ = made(Message::Request(request()), &components);
    }

    #[test]
    fn any_query_can_be_read(query in "[ -~]{0,60}", name in "[a-z%+=&]{0,6}") {
        let request = Request { query: Some(&query), ..request() };
        let component = format!("\"@query-param\";name=\"{name}\"");
        if let Ok(members) = made(Message::Request(request), &component) {
            prop_assert!(check(Message::Request(request), &members).is_ok());
        }
    }
}
