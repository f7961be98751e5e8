//! HTTP message signatures and webhooks against Python code written from the standards.

use mpp_core::{PublicJwk, Span, Timestamp};
use mpp_crypto::http_signature::{self, ContentDigest, Nonce, RequestParts, SignatureHeaders};
use mpp_crypto::webhook::{self, HmacSecret, WebhookHeaders, WebhookSigner, WebhookVerifier};
use mpp_crypto::{SigningKey, VerifyingKey};
use serde_json::{Value, json};

use crate::peer::{self, encoded, text};
use crate::seeded::SeededEntropy;

const BODY: &[u8] = b"{\"type\":\"parcel.available\"}";
const FIELDS: &[(&str, &str)] = &[
    ("content-type", "application/json"),
    ("x-list", "a"),
    ("x-list", " b "),
    ("date", "Thu, 15 Jan 2026 09:30:00 GMT"),
];

fn now() -> Timestamp {
    Timestamp::from_unix_millis(1_768_469_400_000).unwrap()
}

fn keys() -> [SigningKey; 2] {
    [SigningKey::generate_p256(&SeededEntropy::new(1)), SigningKey::generate_ed25519(&SeededEntropy::new(2))]
}

fn nonce() -> Nonce {
    Nonce::generate(&SeededEntropy::new(3))
}

fn parts<'a>(fields: &'a [(&'a str, &'a str)], body: &[u8]) -> RequestParts<'a> {
    RequestParts {
        method: "POST",
        authority: "Central.Example:8443",
        path: "/v1/parcels/%C3%A4",
        query: Some("page=2&q=a%20b"),
        content_digest: Some(ContentDigest::of(body)),
        fields,
    }
}

/// The same request for the peer.
fn request(fields: &[(&str, &str)]) -> Value {
    let parts = parts(&[], BODY);
    json!({
        "method": parts.method, "authority": parts.authority, "path": parts.path, "query": parts.query,
        "fields": fields, "body": encoded(BODY),
    })
}

#[test]
fn the_peer_verifies_our_http_signatures() {
    let Some(peer) = peer::python() else { return };
    for key in keys() {
        let headers = http_signature::sign(&parts(FIELDS, BODY), &key, now(), &nonce()).unwrap();
        let mut asked = request(FIELDS);
        asked["signatureInput"] = json!(headers.signature_input);
        asked["signature"] = json!(headers.signature);
        asked["contentDigest"] = json!(headers.content_digest);
        asked["jwk"] = json!(key.public().to_jwk());
        let covered = peer.ask("http_verify", asked.clone()).unwrap()["covered"].clone();
        let names =
            ["@method", "@authority", "@path", "@query", "content-digest", "content-type", "x-list", "date"];
        assert_eq!(covered, json!(names));
        for (name, other) in [("method", "PUT"), ("query", "page=3"), ("path", "/v1"), ("body", "e30=")] {
            let mut altered = asked.clone();
            altered[name] = json!(other);
            assert!(peer.ask("http_verify", altered).is_err(), "another {name}");
        }
    }
}

#[test]
fn we_verify_the_http_signatures_of_the_peer() {
    let Some(peer) = peer::python() else { return };
    // one value per name: the peer lists a name once for each of its fields
    let fields = &FIELDS[..1];
    for key in keys() {
        let mut asked = request(fields);
        asked["privateKey"] = json!(*key.to_pkcs8_pem());
        asked["created"] = json!(now().as_unix_seconds());
        asked["nonce"] = json!(nonce().as_str());
        let answer = peer.ask("http_sign", asked).unwrap();
        let headers = SignatureHeaders {
            content_digest: Some(text(&answer, "contentDigest")),
            signature_input: text(&answer, "signatureInput"),
            signature: text(&answer, "signature"),
        };
        let check = |parts: &RequestParts<'_>| {
            let resolve = |kid: &mpp_core::Kid| (kid == key.kid()).then_some(key.public());
            http_signature::verify(parts, &headers, resolve, now(), Span::from_minutes(5))
        };
        let signer = check(&parts(fields, BODY)).unwrap();
        assert_eq!((signer.kid, signer.nonce), (key.kid().clone(), nonce()));
        assert!(check(&RequestParts { path: "/v1", ..parts(fields, BODY) }).is_err());
        assert!(check(&parts(fields, b"{}")).is_err());
        assert!(check(&parts(&[("content-type", "text/plain")], BODY)).is_err());
    }
}

#[test]
fn the_peer_verifies_our_webhooks_of_both_versions() {
    let Some(peer) = peer::python() else { return };
    let (secret, [_, key]) = (HmacSecret::generate(&SeededEntropy::new(4)), keys());
    let signers = [WebhookSigner::Ed25519(&key), WebhookSigner::Hmac(&secret)];
    let headers = webhook::sign("msg_1", now(), BODY, &signers).unwrap();
    let asked = |body: &[u8]| {
        json!({
            "id": headers.id, "timestamp": headers.timestamp, "signature": headers.signature,
            "body": encoded(body), "secret": *secret.to_text(), "jwk": key.public().to_jwk(),
        })
    };
    assert_eq!(peer.ask("webhook_verify", asked(BODY)).unwrap()["versions"], json!(["v1a", "v1"]));
    assert!(peer.ask("webhook_verify", asked(b"{}")).is_err());
}

#[test]
fn we_verify_the_webhooks_of_the_peer_of_both_versions() {
    let Some(peer) = peer::python() else { return };
    let (secret, [_, key]) = (HmacSecret::generate(&SeededEntropy::new(4)), keys());
    let timestamp = now().as_unix_seconds().to_string();
    let asked = json!({
        "privateKey": *key.to_pkcs8_pem(), "secret": *secret.to_text(), "id": "msg_2", "timestamp": timestamp,
        "body": encoded(BODY),
    });
    let answer = peer.ask("webhook_sign", asked).unwrap();
    let jwk: PublicJwk = serde_json::from_value(answer["jwk"].clone()).unwrap();
    let theirs = VerifyingKey::from_jwk(&jwk).unwrap();
    let headers = WebhookHeaders { id: "msg_2".to_owned(), timestamp, signature: text(&answer, "signature") };
    for verifier in [WebhookVerifier::Ed25519(&theirs), WebhookVerifier::Hmac(&secret)] {
        assert_eq!(webhook::verify(&headers, BODY, &[verifier], now()), Ok(()));
        assert!(webhook::verify(&headers, b"{}", &[verifier], now()).is_err());
    }
}
