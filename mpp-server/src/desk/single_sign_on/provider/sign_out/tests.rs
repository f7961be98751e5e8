use mpp_crypto::{SigningKey, jws};
use mpp_testkit::SeededEntropy;
use serde_json::json;

use super::*;

fn key() -> (SigningKey, CoreJsonWebKey) {
    let key = SigningKey::generate_p256(&SeededEntropy::new(41));
    let shown = serde_json::to_value(key.public().to_jwk()).unwrap();
    (key, serde_json::from_value(shown).unwrap())
}

fn signed(key: &SigningKey, claims: &Value) -> String {
    jws::sign(key, "logout+jwt", claims).unwrap().as_str().to_owned()
}

#[test]
fn no_cut_and_no_changed_letter_is_taken_for_signed() {
    let (key, shown) = key();
    let whole = signed(&key, &json!({ "iss": "https://login.example", "events": { EVENT: {} } }));
    let genuine = |text: &str| Received::read(text).is_ok_and(|received| received.was_signed_with(&shown));
    assert!(genuine(&whole));
    for at in 0..whole.len() {
        assert!(!genuine(&whole[..at]), "cut at {at}");
    }
    let (text, signature) = whole.rsplit_once('.').unwrap();
    for at in 0..text.len() {
        let other = if text.as_bytes()[at] == b'A' { "B" } else { "A" };
        let changed = format!("{}{other}{}.{signature}", &text[..at], &text[at + 1..]);
        assert!(!genuine(&changed), "another letter at {at}");
    }
}

#[test]
fn what_is_no_form_of_a_notice_is_refused() {
    let part = |text: &str| base64_simd::URL_SAFE_NO_PAD.encode_to_string(text);
    let head = part(r#"{"alg":"ES256"}"#);
    for (what, text, refused) in [
        ("two parts", format!("{head}.{}", part("{}")), BadToken::Form),
        ("no object of claims", format!("{head}.{}.AAAA", part("[]")), BadToken::Form),
        ("an unknown algorithm", format!("{}.{}.AAAA", part(r#"{"alg":"X"}"#), part("{}")), BadToken::Form),
        (
            "a shared secret",
            format!("{}.{}.AAAA", part(r#"{"alg":"HS512"}"#), part("{}")),
            BadToken::Signature,
        ),
        ("encrypted", format!("{}.{}.AAAA", part(r#"{"alg":"dir"}"#), part("{}")), BadToken::Form),
        ("none", format!("{}.{}.", part(r#"{"alg":"none"}"#), part("{}")), BadToken::Signature),
        ("padded", format!("{head}.{}=.AAAA", part("{}")), BadToken::Form),
    ] {
        assert_eq!(Received::read(&text).err(), Some(refused), "{what}");
    }
    for (kind, taken) in [
        ("logout+jwt", true),
        ("application/logout+jwt", true),
        ("JWT", true),
        ("at+jwt", false),
        ("application/", false),
        ("", false),
    ] {
        assert_eq!(is_notice_type(kind), taken, "{kind}");
    }
}

#[test]
fn times_are_whole_seconds() {
    let (key, _) = key();
    for (said, seconds) in [
        (json!(1_700_000_000), Ok(Some(1_700_000_000))),
        (json!(1_700_000_000.9), Ok(Some(1_700_000_000))),
        (json!(1e300), Err(BadToken::Form)),
        (json!(i64::MAX), Err(BadToken::Form)),
        (json!(u64::MAX), Err(BadToken::Form)),
        (json!("1700000000"), Err(BadToken::Form)),
        (json!(null), Err(BadToken::Form)),
    ] {
        let token = signed(&key, &json!({ "iat": said }));
        let read = Received::read(&token).unwrap().moment("iat");
        assert_eq!(read.map(|at| at.map(Timestamp::as_unix_seconds)), seconds, "{said}");
    }
    assert_eq!(Received::read(&signed(&key, &json!({}))).unwrap().moment("iat"), Ok(None));
}
