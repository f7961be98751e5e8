//! Standard Webhooks signatures.
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

use mpp_core::{Span, Timestamp};
use mpp_crypto::import::read_signing_key;
use mpp_crypto::webhook::{
    HmacSecret, TOLERANCE, WebhookError, WebhookHeaders, WebhookSigner, WebhookVerifier, sign, verify,
};
use mpp_crypto::{AnySigningKey, SigningKey};
use proptest::prelude::*;
use seeded::SeededEntropy;

const PUBLISHED_ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const PUBLISHED_BODY: &[u8] = b"{\"test\": 2432232314}";
const BODY: &[u8] = b"{\"type\":\"parcel.available\"}";

fn now() -> Timestamp {
    Timestamp::from_unix_millis(1_768_469_400_000).unwrap()
}

fn published_at() -> Timestamp {
    Timestamp::from_unix_millis(1_614_265_330_000).unwrap()
}

fn secret(seed: u64) -> HmacSecret {
    HmacSecret::generate(&SeededEntropy::new(seed))
}

fn ed25519(seed: u64) -> SigningKey {
    SigningKey::generate_ed25519(&SeededEntropy::new(seed))
}

/// The example that the Standard Webhooks libraries test with.
#[test]
fn the_published_hmac_example_verifies() {
    let secret = HmacSecret::from_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let headers =
        sign(PUBLISHED_ID, published_at(), PUBLISHED_BODY, &[WebhookSigner::Hmac(&secret)]).unwrap();
    assert_eq!(headers.signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    assert_eq!(verify(&headers, PUBLISHED_BODY, &[WebhookVerifier::Hmac(&secret)], published_at()), Ok(()));
    assert_eq!(*secret.to_text(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    println!("Standard Webhooks v1: 1 vector");
}

/// The signature in the text of the standard, with the key that its first server tests with: `whsk_` is the seed and the
/// public key, 64 bytes.
#[test]
fn the_published_ed25519_example_verifies() {
    let pair = base64_simd::STANDARD
        .decode_to_vec(
            "6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==",
        )
        .unwrap();
    let text = |bytes: &[u8]| base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes);
    let (d, x) = (text(&pair[..32]), text(&pair[32..]));
    let jwk = serde_json::json!({ "kty": "OKP", "crv": "Ed25519", "d": d, "x": x });
    let AnySigningKey::Curve(key) = read_signing_key(jwk.to_string().as_bytes()).unwrap() else {
        panic!("an Ed25519 key")
    };
    let headers =
        sign(PUBLISHED_ID, published_at(), PUBLISHED_BODY, &[WebhookSigner::Ed25519(&key)]).unwrap();
    let published =
        "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==";
    assert_eq!(headers.signature, published);
    let verifiers = [WebhookVerifier::Ed25519(key.public())];
    assert_eq!(verify(&headers, PUBLISHED_BODY, &verifiers, published_at()), Ok(()));
    let among_others = WebhookHeaders {
        signature: format!("v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4= {published}"),
        ..headers
    };
    assert_eq!(verify(&among_others, PUBLISHED_BODY, &verifiers, published_at()), Ok(()));
    println!("Standard Webhooks v1a: 1 vector");
}

#[test]
fn both_kinds_verify_alone_and_together() {
    let (secret, key) = (secret(1), ed25519(1));
    let signers = [WebhookSigner::Ed25519(&key), WebhookSigner::Hmac(&secret)];
    let headers = sign("msg_1", now(), BODY, &signers).unwrap();
    assert!(headers.signature.starts_with("v1a,") && headers.signature.contains(" v1,"));
    for verifier in [WebhookVerifier::Ed25519(key.public()), WebhookVerifier::Hmac(&secret)] {
        assert_eq!(verify(&headers, BODY, &[verifier], now()), Ok(()));
    }
}

#[test]
fn a_receiver_changing_keys_takes_either() {
    let (old, new) = (ed25519(1), ed25519(2));
    let headers = sign("msg_1", now(), BODY, &[WebhookSigner::Ed25519(&old)]).unwrap();
    let both = [WebhookVerifier::Ed25519(new.public()), WebhookVerifier::Ed25519(old.public())];
    assert_eq!(verify(&headers, BODY, &both, now()), Ok(()));
    assert_eq!(verify(&headers, BODY, &both[..1], now()), Err(WebhookError::Signature));
    assert_eq!(verify(&headers, BODY, &[], now()), Err(WebhookError::Signature));
}

#[test]
fn altered_messages_are_refused() {
    let key = ed25519(1);
    let verifier = [WebhookVerifier::Ed25519(key.public())];
    let headers = sign("msg_1", now(), BODY, &[WebhookSigner::Ed25519(&key)]).unwrap();
    assert_eq!(verify(&headers, b"{}", &verifier, now()), Err(WebhookError::Signature));
    let renamed = WebhookHeaders { id: "msg_2".to_owned(), ..headers.clone() };
    assert_eq!(verify(&renamed, BODY, &verifier, now()), Err(WebhookError::Signature));
    let later = WebhookHeaders { timestamp: "1768469401".to_owned(), ..headers.clone() };
    assert_eq!(verify(&later, BODY, &verifier, now()), Err(WebhookError::Signature));
    let relabelled = WebhookHeaders { signature: headers.signature.replace("v1a,", "v1,"), ..headers };
    assert_eq!(verify(&relabelled, BODY, &verifier, now()), Err(WebhookError::Signature));
}

#[test]
fn the_window_is_five_minutes_either_way() {
    let secret = secret(1);
    let headers = sign("msg_1", now(), BODY, &[WebhookSigner::Hmac(&secret)]).unwrap();
    let at = |when: Timestamp| verify(&headers, BODY, &[WebhookVerifier::Hmac(&secret)], when);
    let second = Span::from_seconds(1);
    assert_eq!(at(now().plus(TOLERANCE)), Ok(()));
    assert_eq!(at(now().minus(TOLERANCE)), Ok(()));
    assert_eq!(at(now().plus(TOLERANCE).plus(second)), Err(WebhookError::Stale));
    assert_eq!(at(now().minus(TOLERANCE).minus(second)), Err(WebhookError::Stale));
}

#[test]
fn headers_of_another_form_are_refused() {
    let secret = secret(1);
    let good = sign("msg_1", now(), BODY, &[WebhookSigner::Hmac(&secret)]).unwrap();
    let check = |headers: &WebhookHeaders| verify(headers, BODY, &[WebhookVerifier::Hmac(&secret)], now());
    for id in ["", "a.b", "a b", "\u{e4}"] {
        assert_eq!(
            check(&WebhookHeaders { id: id.to_owned(), ..good.clone() }),
            Err(WebhookError::Malformed)
        );
        assert!(sign(id, now(), BODY, &[WebhookSigner::Hmac(&secret)]).is_err());
    }
    for timestamp in
        ["", "now", "-1", "+1768469400", "1768469400.5", "99999999999999999999", "9223372036854775807"]
    {
        let headers = WebhookHeaders { timestamp: timestamp.to_owned(), ..good.clone() };
        assert_eq!(check(&headers), Err(WebhookError::Malformed), "{timestamp}");
    }
    for signature in ["", "v1", "v1,", "v1,*", "v2,AAAA", ",", " "] {
        let headers = WebhookHeaders { signature: signature.to_owned(), ..good.clone() };
        assert_eq!(check(&headers), Err(WebhookError::Signature), "{signature}");
    }
    assert_eq!(sign("msg_1", now(), BODY, &[]), Err(WebhookError::Malformed));
}

#[test]
fn unsuitable_keys_and_secrets_are_refused() {
    let p256 = SigningKey::generate_p256(&SeededEntropy::new(1));
    let refused = sign("msg_1", now(), BODY, &[WebhookSigner::Ed25519(&p256)]);
    assert_eq!(refused, Err(WebhookError::UnsuitableKey));
    for bad in ["", "whsec_", "whsec_AAAA", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_*"] {
        assert_eq!(HmacSecret::from_text(bad).unwrap_err(), WebhookError::InvalidSecret);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_message_with_any_byte_altered_is_refused(
        body in prop::collection::vec(any::<u8>(), 1..200),
        at in any::<prop::sample::Index>(),
        change in 1_u8..,
    ) {
        let (secret, key) = (secret(1), ed25519(1));
        let headers =
            sign("msg_1", now(), &body, &[WebhookSigner::Hmac(&secret), WebhookSigner::Ed25519(&key)]).unwrap();
        let verifiers = [WebhookVerifier::Hmac(&secret), WebhookVerifier::Ed25519(key.public())];
        prop_assert_eq!(verify(&headers, &body, &verifiers, now()), Ok(()));
        let mut altered = body.clone();
        altered[at.index(body.len())] ^= change;
        prop_assert_eq!(verify(&headers, &altered, &verifiers, now()), Err(WebhookError::Signature));
    }

    #[test]
    fn random_headers_are_refused_without_panic(id in ".{0,40}", timestamp in ".{0,30}", signature in ".{0,200}") {
        let (secret, key) = (secret(1), ed25519(1));
        let verifiers = [WebhookVerifier::Hmac(&secret), WebhookVerifier::Ed25519(key.public())];
        let headers = WebhookHeaders { id, timestamp, signature };
        prop_assert!(verify(&headers, BODY, &verifiers, now()).is_err());
    }
}
