//! Standard Webhooks: the three headers, and secrets as text.

use mpp_crypto::webhook::{HmacSecret, WebhookHeaders, WebhookSigner, WebhookVerifier, sign, verify};

use super::Reading;
use super::alteration::Alteration;
use super::world::{ED25519, HMAC, now};

/// The input begins with a choice. An odd one: the rest is id, timestamp, signature and body, a line each. An even one:
/// the rest is a body, which is signed, altered and refused. Either is also read as a secret.
pub(crate) fn message(data: &[u8]) -> Reading {
    let Some((choice, rest)) = data.split_first() else { return Reading::Refused };
    if let Ok(text) = std::str::from_utf8(rest) {
        read_secret(text);
    }
    let verifiers = [WebhookVerifier::Ed25519(ED25519.public()), WebhookVerifier::Hmac(&HMAC)];
    if choice & 1 == 1 {
        let Some((headers, body)) = split(rest) else { return Reading::Refused };
        let verified = verify(&headers, body, &verifiers, now());
        if verified.is_ok() {
            assert!(verify(&headers, &[body, b" "].concat(), &verifiers, now()).is_err());
            let dotted = WebhookHeaders { id: format!("{}.", headers.id), ..headers };
            assert!(verify(&dotted, body, &verifiers, now()).is_err());
        }
        return Reading::of(&verified);
    }
    let Some((alteration, body)) = Alteration::split_off(rest) else { return Reading::Refused };
    altered_message(alteration, body, &verifiers)
}

/// One signature of two may be altered without harm: the other one stands. Id, timestamp and body may not.
fn altered_message(alteration: Alteration, body: &[u8], verifiers: &[WebhookVerifier<'_>]) -> Reading {
    let signers = [WebhookSigner::Ed25519(&ED25519), WebhookSigner::Hmac(&HMAC)];
    let headers = sign("msg_1", now(), body, &signers).expect("a sound message");
    assert_eq!(verify(&headers, body, verifiers, now()), Ok(()));
    for verifier in verifiers {
        assert_eq!(verify(&headers, body, &[*verifier], now()), Ok(()));
    }
    let other_body = alteration.apply(body);
    let stands = verify(&headers, &other_body, verifiers, now());
    assert_eq!(stands.is_ok(), other_body == body);
    if let Some(id) = alteration.apply_to_text(&headers.id).filter(|id| *id != headers.id) {
        assert!(verify(&WebhookHeaders { id, ..headers.clone() }, body, verifiers, now()).is_err());
    }
    if let Some(timestamp) = alteration.apply_to_text(&headers.timestamp) {
        let same = timestamp == headers.timestamp;
        let moved = WebhookHeaders { timestamp, ..headers };
        assert_eq!(verify(&moved, body, verifiers, now()).is_ok(), same);
    }
    Reading::of(&stands)
}

/// A secret that is read is written in one form, which is read as the same secret.
fn read_secret(text: &str) {
    let Ok(secret) = HmacSecret::from_text(text) else { return };
    let again = HmacSecret::from_text(&secret.to_text()).expect("what we wrote");
    let signed = |secret: &HmacSecret| sign("msg_1", now(), b"{}", &[WebhookSigner::Hmac(secret)]);
    assert_eq!(signed(&secret), signed(&again));
}

fn split(data: &[u8]) -> Option<(WebhookHeaders, &[u8])> {
    let mut parts = data.splitn(4, |byte| *byte == b'\n');
    let mut text = || parts.next().and_then(|part| String::from_utf8(part.to_vec()).ok());
    let headers = WebhookHeaders { id: text()?, timestamp: text()?, signature: text()? };
    Some((headers, parts.next()?))
}
