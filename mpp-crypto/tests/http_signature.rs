//! Signed requests between our roles.
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
use mpp_crypto::http_signature::{
    ContentDigest, HttpSignatureError, Nonce, RequestParts, SignatureHeaders, VerifiedSigner, claimed_kid,
    sign, verify,
};
use mpp_crypto::{SigningKey, VerifyingKey};
use proptest::prelude::*;
use seeded::SeededEntropy;

const BODY: &[u8] = b"{\"case_ref\":\"A-1\"}";

fn now() -> Timestamp {
    "2026-01-15T09:30:00Z".parse().unwrap()
}

fn max_age() -> Span {
    Span::from_minutes(5)
}

fn keys() -> [SigningKey; 2] {
    [SigningKey::generate_p256(&SeededEntropy::new(1)), SigningKey::generate_ed25519(&SeededEntropy::new(2))]
}

fn nonce() -> Nonce {
    Nonce::generate(&SeededEntropy::new(3))
}

fn parts() -> RequestParts<'static> {
    RequestParts {
        method: "POST",
        authority: "central.example",
        path: "/v1/consent-requests",
        query: Some("dry=1"),
        content_digest: Some(ContentDigest::of(BODY)),
        fields: &[("idempotency-key", "k-1")],
    }
}

fn signed(key: &SigningKey) -> SignatureHeaders {
    sign(&parts(), key, now(), &nonce()).unwrap()
}

fn check(
    parts: &RequestParts<'_>,
    headers: &SignatureHeaders,
    key: &VerifyingKey,
) -> Result<VerifiedSigner, HttpSignatureError> {
    verify(parts, headers, |kid| (kid == key.kid()).then_some(key), now(), max_age())
}

#[test]
fn what_one_role_signs_another_verifies() {
    for key in keys() {
        let headers = signed(&key);
        let verified = check(&parts(), &headers, key.public()).unwrap();
        assert_eq!(verified, VerifiedSigner { kid: key.kid().clone(), nonce: nonce(), created: now() });
        assert_eq!(claimed_kid(&headers).unwrap(), *key.kid());
        assert_eq!(headers.pairs().map_names(), ["content-digest", "signature-input", "signature"]);
    }
}

trait Names {
    fn map_names(&self) -> Vec<&'static str>;
}

impl Names for Vec<(&'static str, &str)> {
    fn map_names(&self) -> Vec<&'static str> {
        self.iter().map(|(name, _)| *name).collect()
    }
}

#[test]
fn the_headers_are_of_the_documented_form() {
    let key = &keys()[1];
    let headers = signed(key);
    assert_eq!(
        headers.signature_input,
        format!(
            "mpp=(\"@method\" \"@authority\" \"@path\" \"@query\" \"content-digest\" \"idempotency-key\")\
             ;created=1768469400;nonce=\"{}\";keyid=\"{}\"",
            nonce(),
            key.kid()
        )
    );
    assert!(headers.signature.starts_with("mpp=:") && headers.signature.ends_with("=:"));
    // RFC 9530 appendix B.
    assert_eq!(
        ContentDigest::of(b"{\"hello\": \"world\"}\n").to_string(),
        "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
    );
}

#[test]
fn every_covered_part_is_bound() {
    for key in keys() {
        let headers = signed(&key);
        let altered = [
            RequestParts { method: "PUT", ..parts() },
            RequestParts { authority: "other.example", ..parts() },
            RequestParts { path: "/v1/consents", ..parts() },
            RequestParts { query: Some("dry=0"), ..parts() },
            RequestParts { query: None, ..parts() },
            RequestParts { fields: &[("idempotency-key", "k-2")], ..parts() },
        ];
        for parts in altered {
            let refused = check(&parts, &headers, key.public());
            assert_eq!(refused, Err(HttpSignatureError::Signature), "{parts:?}");
        }
        let other_body = RequestParts { content_digest: Some(ContentDigest::of(b"{}")), ..parts() };
        assert_eq!(check(&other_body, &headers, key.public()), Err(HttpSignatureError::ContentDiffers));
        let forged = SignatureHeaders {
            content_digest: Some(ContentDigest::of(b"{}").to_string()),
            ..headers.clone()
        };
        assert_eq!(check(&other_body, &forged, key.public()), Err(HttpSignatureError::Signature));
        let missing = RequestParts { fields: &[], ..parts() };
        assert_eq!(check(&missing, &headers, key.public()), Err(HttpSignatureError::UnknownComponent));
    }
}

#[test]
fn case_and_default_port_of_the_authority_do_not_matter() {
    let key = &keys()[1];
    for authority in ["CENTRAL.example", "central.example:443", "central.example:80"] {
        assert!(check(&RequestParts { authority, ..parts() }, &signed(key), key.public()).is_ok());
    }
    let other_port = RequestParts { authority: "central.example:8443", ..parts() };
    assert!(check(&other_port, &signed(key), key.public()).is_err());
}

#[test]
fn a_request_without_a_body_needs_no_digest() {
    let key = &keys()[1];
    let parts = RequestParts { method: "GET", path: "", query: None, content_digest: None, ..parts() };
    let headers = sign(&parts, key, now(), &nonce()).unwrap();
    assert_eq!(headers.content_digest, None);
    assert!(check(&parts, &headers, key.public()).is_ok());
    let with_body = RequestParts { content_digest: Some(ContentDigest::of(BODY)), ..parts };
    assert_eq!(
        check(&with_body, &headers, key.public()),
        Err(HttpSignatureError::NotCovered { component: "content-digest" })
    );
    let digest_of_nothing = RequestParts { content_digest: Some(ContentDigest::of(b"")), ..parts };
    let headers = sign(&digest_of_nothing, key, now(), &nonce()).unwrap();
    assert!(check(&parts, &headers, key.public()).is_ok(), "a digest of no body is the digest of nothing");
}

/// Signs an arbitrary list of components with the real key, as a careless or hostile signer would.
fn resigned(key: &SigningKey, change: impl Fn(&str) -> String) -> SignatureHeaders {
    let mut headers = signed(key);
    headers.signature_input = change(&headers.signature_input);
    let input = headers.signature_input.strip_prefix("mpp=").unwrap().to_owned();
    let list = input[1..].split_once(')').unwrap().0;
    let mut base = String::new();
    for name in list.split_whitespace() {
        let value = match name {
            "\"@method\"" => "POST".to_owned(),
            "\"@authority\"" => "central.example".to_owned(),
            "\"@path\"" => "/v1/consent-requests".to_owned(),
            "\"@query\"" => "?dry=1".to_owned(),
            "\"content-digest\"" => headers.content_digest.clone().unwrap(),
            _ => "k-1".to_owned(),
        };
        base.push_str(&format!("{name}: {value}\n"));
    }
    base.push_str(&format!("\"@signature-params\": {input}"));
    let signature = base64_simd::STANDARD.encode_to_string(key.sign(base.as_bytes()).as_bytes());
    headers.signature = format!("mpp=:{signature}:");
    headers
}

#[test]
fn a_signature_that_covers_too_little_is_refused() {
    let key = &keys()[1];
    assert!(check(&parts(), &resigned(key, str::to_owned), key.public()).is_ok());
    for component in ["@method", "@authority", "@path", "@query", "content-digest"] {
        let headers =
            resigned(key, |input| input.replace(&format!("\"{component}\""), "").replace("  ", " "));
        let refused = check(&parts(), &headers, key.public());
        assert_eq!(refused, Err(HttpSignatureError::NotCovered { component }));
    }
    let further = resigned(key, |input| input.replace(" \"idempotency-key\"", ""));
    assert!(check(&parts(), &further, key.public()).is_ok(), "further fields are the signer's choice");
}

#[test]
fn parameters_are_judged() {
    let key = &keys()[1];
    let with = |change: &dyn Fn(&str) -> String| check(&parts(), &resigned(key, change), key.public());
    assert!(with(&|input| format!("{input};alg=\"ed25519\"")).is_ok());
    assert_eq!(
        with(&|input| format!("{input};alg=\"ecdsa-p256-sha256\"")),
        Err(HttpSignatureError::Signature)
    );
    assert_eq!(with(&|input| format!("{input};expires=1768469400")), Err(HttpSignatureError::Stale));
    assert!(with(&|input| format!("{input};expires=1768469401")).is_ok());
    assert!(with(&|input| format!("{input};tag=\"anything\"")).is_ok());
    assert_eq!(with(&|input| input.replace(";created=1768469400", "")), Err(HttpSignatureError::Malformed));
    assert_eq!(
        with(&|input| input.replace("1768469400", "\"1768469400\"")),
        Err(HttpSignatureError::Malformed)
    );
    assert_eq!(with(&|input| input.replace(nonce().as_str(), "short")), Err(HttpSignatureError::Malformed));
    assert_eq!(with(&|input| input.replace(";nonce=", ";nonsense=")), Err(HttpSignatureError::Malformed));
    assert_eq!(with(&|input| input.replace(";keyid=", ";keyed=")), Err(HttpSignatureError::Malformed));
    assert_eq!(
        with(&|input| input.replace("\"@path\"", "\"@path\" \"@path\"")),
        Err(HttpSignatureError::UnknownComponent)
    );
    assert_eq!(
        with(&|input| input.replace("\"@path\"", "\"@path\" \"@status\"")),
        Err(HttpSignatureError::UnknownComponent)
    );
}

#[test]
fn the_signature_must_be_fresh() {
    let key = &keys()[0];
    let headers = signed(key);
    let at = |when: Timestamp| {
        verify(&parts(), &headers, |_: &Kid| Some(key.public()), when, max_age()).map(|_| ())
    };
    let second = Span::from_seconds(1);
    assert_eq!(at(now().plus(max_age())), Ok(()));
    assert_eq!(at(now().plus(max_age()).plus(second)), Err(HttpSignatureError::Stale));
    assert_eq!(at(now().minus(Span::from_seconds(30))), Ok(()));
    assert_eq!(at(now().minus(Span::from_seconds(31))), Err(HttpSignatureError::Stale));
}

#[test]
fn unknown_keys_and_foreign_signatures_are_refused() {
    let [p256, ed25519] = keys();
    assert_eq!(check(&parts(), &signed(&p256), ed25519.public()), Err(HttpSignatureError::UnknownKey));
    let swapped = verify(&parts(), &signed(&p256), |_| Some(ed25519.public()), now(), max_age());
    assert_eq!(swapped, Err(HttpSignatureError::Signature));
}

#[test]
fn among_several_signatures_ours_is_taken() {
    let key = &keys()[1];
    let mut headers = signed(key);
    headers.signature_input =
        format!("proxy=(\"@method\");created=1;keyid=\"p\", {}", headers.signature_input);
    headers.signature = format!("proxy=:AAAA:, {}", headers.signature);
    assert!(check(&parts(), &headers, key.public()).is_ok());
    let foreign = SignatureHeaders {
        signature_input: headers.signature_input.replace("mpp=", "a="),
        signature: headers.signature.replace("mpp=", "a="),
        ..headers
    };
    assert_eq!(check(&parts(), &foreign, key.public()), Err(HttpSignatureError::Malformed));
}

#[test]
fn line_breaks_cannot_be_smuggled_into_the_base() {
    let smuggled = RequestParts { fields: &[("idempotency-key", "k-1\n\"@method\": GET")], ..parts() };
    assert_eq!(sign(&smuggled, &keys()[0], now(), &nonce()), Err(HttpSignatureError::UnknownComponent));
    let named = RequestParts { fields: &[("Idempotency-Key", "k-1")], ..parts() };
    assert_eq!(sign(&named, &keys()[0], now(), &nonce()), Err(HttpSignatureError::UnknownComponent));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_headers_are_refused_without_panic(input in ".{0,200}", signature in ".{0,200}", digest in ".{0,100}") {
        let headers =
            SignatureHeaders { content_digest: Some(digest.clone()), signature_input: input, signature };
        prop_assert!(check(&parts(), &headers, keys()[0].public()).is_err());
        prop_assert!(ContentDigest::parse(&digest).is_err());
    }

    #[test]
    fn altered_headers_never_name_another_signer(at in any::<prop::sample::Index>(), byte in b' '..=b'~', which in 0..2_u8) {
        let key = &keys()[1];
        let mut headers = signed(key);
        let text = if which == 0 { &mut headers.signature_input } else { &mut headers.signature };
        let mut bytes = text.clone().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        *text = String::from_utf8(bytes).unwrap();
        if let Ok(verified) = check(&parts(), &headers, key.public()) {
            prop_assert_eq!(verified, VerifiedSigner { kid: key.kid().clone(), nonce: nonce(), created: now() });
        }
    }
}
