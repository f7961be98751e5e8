//! Every truncation and every flipped bit is refused, and nothing panics.

use mpp_core::{Span, Timestamp};
use mpp_crypto::http_signature::{self, ContentDigest, Nonce, RequestParts, SignatureHeaders, message};
use mpp_crypto::jose::{HeaderMembers, PayloadForm};
use mpp_crypto::jws::CompactJws;
use mpp_crypto::webhook::{self, HmacSecret, WebhookHeaders, WebhookSigner, WebhookVerifier};
use mpp_crypto::{AnySigningKey, SigningKey, detached, jose, jws, rs256, signed_consent};

use crate::seeded::SeededEntropy;
use crate::{encode, keys, public};

/// The text, which stands, and after it every truncation and every flipped bit of it that is text at all, which do not.
/// Says how many were refused.
fn refused_when_altered(name: &str, text: &str, stands: impl Fn(&str) -> bool) {
    assert!(stands(text), "{name}");
    let mut refused = 0_u32;
    for (length, _) in text.char_indices() {
        assert!(!stands(&text[..length]), "{name}: cut to {length}");
        refused += 1;
    }
    for bit in 0..text.len() * 8 {
        let mut altered = text.as_bytes().to_vec();
        altered[bit / 8] ^= 1 << (bit % 8);
        let Ok(altered) = String::from_utf8(altered) else { continue };
        assert!(!stands(&altered), "{name}: bit {bit}: {altered}");
        refused += 1;
    }
    for further in ["A", "=", ".", " ", "\n", "\0"] {
        assert!(!stands(&format!("{text}{further}")), "{name}: {further:?} behind it");
        assert!(!stands(&format!("{further}{text}")), "{name}: {further:?} before it");
    }
    println!("{name}: {refused} alterations refused");
}

fn rsa() -> rs256::SigningKey {
    let [AnySigningKey::Rsa(key), ..] = keys() else { panic!("the first is RSA") };
    key
}

fn now() -> Timestamp {
    "2026-01-15T09:30:00Z".parse().unwrap()
}

#[test]
fn compact_jws_of_every_algorithm() {
    for key in keys() {
        let members = HeaderMembers { kid: Some(key.kid()), typ: Some("t") };
        let text = jose::sign(&key, members, PayloadForm::Attached, b"{}").unwrap();
        let known = public(&key, Some(key.kid().clone()));
        let name = format!("compact JWS {}", key.algorithm());
        refused_when_altered(&name, &text, |text| jose::verify(&known, text, None, Some("t")).is_ok());
    }
}

#[test]
fn our_own_documents() {
    for key in [
        SigningKey::generate_p256(&SeededEntropy::new(1)),
        SigningKey::generate_ed25519(&SeededEntropy::new(1)),
    ] {
        let text = String::from(jws::sign(&key, "t", &7).unwrap());
        refused_when_altered(&format!("document {:?}", key.algorithm()), &text, |text| {
            text.parse::<CompactJws>().is_ok_and(|jws| jws::verify::<u8>(key.public(), "t", &jws).is_ok())
        });
    }
}

#[test]
fn detached_values_in_both_forms() {
    let key = rsa();
    let body = b"{\"ver\":\"2.0.0\"}";
    let ordinary = {
        let header = encode(format!("{{\"alg\":\"RS256\",\"kid\":\"{}\"}}", key.kid()));
        let signature = key.sign(format!("{header}.{}", encode(body)).as_bytes()).unwrap();
        format!("{header}..{}", encode(signature))
    };
    for (name, value) in
        [("detached, raw", detached::sign(&key, body).unwrap()), ("detached, encoded", ordinary)]
    {
        let resolve = |kid: &mpp_core::Kid| (kid == key.kid()).then_some(key.public());
        refused_when_altered(name, &value, |value| detached::verify(value, body, resolve).is_ok());
        for bit in 0..body.len() * 8 {
            let mut altered = body.to_vec();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert!(detached::verify(&value, &altered, resolve).is_err());
        }
        for length in 0..body.len() {
            assert!(detached::verify(&value, &body[..length], resolve).is_err());
        }
    }
}

#[test]
fn signed_consents() {
    let key = rsa();
    let text = signed_consent::sign(&key, b"{\"consentStart\":\"now\"}").unwrap();
    let resolve = |kid: &mpp_core::Kid| (kid == key.kid()).then_some(key.public());
    refused_when_altered("signedConsent", &text, |text| signed_consent::verify(text, resolve).is_ok());
}

#[test]
fn headers_of_signed_requests() {
    let key = SigningKey::generate_ed25519(&SeededEntropy::new(1));
    let parts = RequestParts {
        method: "POST",
        authority: "central.example",
        path: "/v1/consents",
        query: None,
        content_digest: Some(ContentDigest::of(b"{}")),
        fields: &[],
    };
    let nonce = Nonce::generate(&SeededEntropy::new(3));
    let headers = http_signature::sign(&parts, &key, now(), &nonce).unwrap();
    let check = |headers: &SignatureHeaders| {
        let resolve = |kid: &mpp_core::Kid| (kid == key.kid()).then_some(key.public());
        http_signature::verify(&parts, headers, resolve, now(), Span::from_minutes(5)).is_ok()
    };
    refused_when_altered_but_spaces("signature-input", &headers.signature_input, |text| {
        check(&SignatureHeaders { signature_input: text.to_owned(), ..headers.clone() })
    });
    refused_when_altered_but_spaces("signature", &headers.signature, |text| {
        check(&SignatureHeaders { signature: text.to_owned(), ..headers.clone() })
    });
    refused_when_altered_but_spaces("content-digest", headers.content_digest.as_deref().unwrap(), |text| {
        check(&SignatureHeaders { content_digest: Some(text.to_owned()), ..headers.clone() })
    });
}

/// Structured fields may have spaces around them; those change nothing and are not counted.
fn refused_when_altered_but_spaces(name: &str, text: &str, stands: impl Fn(&str) -> bool) {
    refused_when_altered(name, text, |altered| {
        let spaces_only = altered != text && altered.trim_matches(' ') == text;
        stands(altered) && !spaces_only
    });
}

#[test]
fn headers_of_signed_responses() {
    let [.., key] = keys();
    let parameters =
        message::SignatureParameters { label: "s", created: now(), expires: None, nonce: None, tag: None };
    let plain = [("content-type", "text/plain")];
    let response = message::Response { status: 200, fields: &plain, request: None };
    let members = message::sign(
        &message::Message::Response(response),
        "\"@status\" \"content-type\"",
        &parameters,
        &key,
    )
    .unwrap();
    let check = |input: &str, signature: &str| {
        let fields = [plain[0], ("signature-input", input), ("signature", signature)];
        let message = message::Message::Response(message::Response { fields: &fields, ..response });
        message::verify(&message, None, |kid| (kid == key.kid()).then(|| key.public()), now()).is_ok()
    };
    // Fields are trimmed before they are read, as HTTP says.
    let same = |altered: &str, text: &str| altered != text && altered.trim() == text;
    refused_when_altered("signature-input of a response", &members.input, |text| {
        check(text, &members.signature) && !same(text, &members.input)
    });
    refused_when_altered("signature of a response", &members.signature, |text| {
        check(&members.input, text) && !same(text, &members.signature)
    });
}

#[test]
fn headers_of_webhooks() {
    let secret = HmacSecret::generate(&SeededEntropy::new(1));
    let key = SigningKey::generate_ed25519(&SeededEntropy::new(2));
    let cases = [
        ("webhook v1", WebhookSigner::Hmac(&secret), WebhookVerifier::Hmac(&secret)),
        ("webhook v1a", WebhookSigner::Ed25519(&key), WebhookVerifier::Ed25519(key.public())),
    ];
    for (name, signer, verifier) in cases {
        let headers = webhook::sign("msg_1", now(), b"{}", &[signer]).unwrap();
        let check = |headers: &WebhookHeaders| webhook::verify(headers, b"{}", &[verifier], now()).is_ok();
        refused_when_altered(&format!("{name} id"), &headers.id, |text| {
            check(&WebhookHeaders { id: text.to_owned(), ..headers.clone() })
        });
        refused_when_altered(&format!("{name} timestamp"), &headers.timestamp, |text| {
            check(&WebhookHeaders { timestamp: text.to_owned(), ..headers.clone() })
        });
        // Behind a space another signature may follow, also an empty one.
        refused_when_altered(&format!("{name} signature"), &headers.signature, |text| {
            check(&WebhookHeaders { signature: text.to_owned(), ..headers.clone() })
                && (text == headers.signature || text.trim_matches(' ') != headers.signature)
        });
    }
}
