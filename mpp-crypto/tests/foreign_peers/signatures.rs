//! JWS in every form of ours, and the names of keys, against `jose` and `cryptography`.

use mpp_core::PublicJwk;
use mpp_crypto::envelope::{Fingerprint, SENDER_STATEMENT, sign_as_sender, verify_sender};
use mpp_crypto::jws::{self, CompactJws};
use mpp_crypto::{SignatureAlgorithm, SigningKey, VerifyingKey, sha256, thumbprint};
use serde_json::{Value, json};

use crate::envelopes::sealed;
use crate::peer::{self, text};
use crate::seeded::SeededEntropy;

const TYP: &str = "mpp-artefact+jwt";

fn keys() -> [SigningKey; 2] {
    [SigningKey::generate_p256(&SeededEntropy::new(1)), SigningKey::generate_ed25519(&SeededEntropy::new(2))]
}

fn algorithm(key: &SigningKey) -> &'static str {
    match key.algorithm() {
        SignatureAlgorithm::Es256 => "ES256",
        SignatureAlgorithm::Ed25519 => "EdDSA",
    }
}

fn payload() -> Value {
    json!({ "consent": "c-1", "sources": ["account-aggregator", "provider:x"], "text": "\u{e4}\u{20ac}\u{1f511}" })
}

/// The public key that a peer wrote beside its signature.
fn jwk(answer: &Value) -> PublicJwk {
    serde_json::from_value(answer["jwk"].clone()).unwrap()
}

/// The text with one character of its last part exchanged, not the last one: its spare bits may mean nothing.
fn with_other_signature(text: &str) -> String {
    let at = text.len() - 10;
    let other = if text.as_bytes()[at] == b'A' { "B" } else { "A" };
    format!("{}{other}{}", &text[..at], &text[at + 1..])
}

#[test]
fn peers_verify_our_compact_jws() {
    for peer in peer::all() {
        for key in keys() {
            let signed = jws::sign(&key, TYP, &payload()).unwrap();
            let check = |jws: &str| {
                let request = json!({ "jws": jws, "jwk": key.public().to_jwk(), "alg": algorithm(&key) });
                peer.ask("jws_verify", request)
            };
            let answer = check(signed.as_str()).unwrap();
            assert_eq!(answer["payload"], payload(), "{}", peer.name);
            assert_eq!(answer["header"]["kid"], key.kid().as_str());
            assert_eq!(answer["header"]["typ"], TYP);
            assert!(check(&with_other_signature(signed.as_str())).is_err(), "{}", peer.name);
        }
    }
}

#[test]
fn we_verify_the_compact_jws_of_peers() {
    for peer in peer::all() {
        for key in keys() {
            let request = json!({
                "privateKey": *key.to_pkcs8_pem(), "alg": algorithm(&key), "typ": TYP, "payload": payload(),
            });
            let answer = peer.ask("jws_sign", request).unwrap();
            let theirs = VerifyingKey::from_jwk(&jwk(&answer)).unwrap();
            assert_eq!(&theirs, key.public(), "{} reads our key as another", peer.name);
            let signed: CompactJws = text(&answer, "jws").parse().unwrap();
            assert_eq!(jws::verify::<Value>(&theirs, TYP, &signed).unwrap(), payload());
            let altered: CompactJws = with_other_signature(signed.as_str()).parse().unwrap();
            assert!(jws::verify::<Value>(&theirs, TYP, &altered).is_err(), "{}", peer.name);
        }
    }
}

/// A sender's statement as a foreign program makes it from the document of the format alone.
fn said_by_hand(envelope: &[u8]) -> Value {
    let header_length = 8 + usize::from(u16::from_be_bytes([envelope[6], envelope[7]]));
    let header = &envelope[..header_length];
    let kid = &header[header.len() - 43..];
    json!({
        "envelope": hex(&header[12..28]),
        "kid": std::str::from_utf8(kid).unwrap(),
        "length": envelope.len(),
        "sha256": sha256(envelope).to_string(),
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn peers_read_who_sealed_an_envelope_and_say_so_themselves() {
    let envelope = sealed(b"<Account/>");
    let fingerprint = Fingerprint::of(&envelope).unwrap();
    for peer in peer::all() {
        for key in keys() {
            let ours = sign_as_sender(&key, &fingerprint).unwrap();
            let request =
                json!({ "jws": ours.as_str(), "jwk": key.public().to_jwk(), "alg": algorithm(&key) });
            let read = peer.ask("jws_verify", request).unwrap();
            assert_eq!(read["payload"], said_by_hand(&envelope), "{}", peer.name);
            assert_eq!(read["header"]["typ"], SENDER_STATEMENT);
            let request = json!({
                "privateKey": *key.to_pkcs8_pem(), "alg": algorithm(&key), "typ": SENDER_STATEMENT,
                "payload": said_by_hand(&envelope),
            });
            let answer = peer.ask("jws_sign", request).unwrap();
            let theirs: CompactJws = text(&answer, "jws").parse().unwrap();
            assert_eq!(verify_sender(key.public(), &theirs, &fingerprint), Ok(()), "{}", peer.name);
            let other = Fingerprint::of(&sealed(b"<Other/>")).unwrap();
            assert!(verify_sender(key.public(), &theirs, &other).is_err());
        }
    }
}

#[test]
fn peers_give_keys_the_names_that_we_give_them() {
    let rsa = PublicJwk::Rsa { e: "AQAB".to_owned(), n: "u".repeat(342) };
    let [ec, okp] = keys().map(|key| key.public().to_jwk());
    for peer in peer::all() {
        for jwk in [&ec, &okp, &rsa] {
            let answer = peer.ask("thumbprint", json!({ "jwk": jwk })).unwrap();
            assert_eq!(text(&answer, "thumbprint"), thumbprint(jwk).as_str(), "{}", peer.name);
        }
    }
}

#[cfg(feature = "rs256-sign")]
mod rs256 {
    use super::{json, jwk, peer, text, with_other_signature};
    use crate::peer::{bytes, encoded};
    use mpp_crypto::rs256::{SigningKey, VerifyingKey};
    use mpp_crypto::{detached, signed_consent};

    const KID: &str = "6b1f2a54-7c1e-4f0e-9d0b-2f5f0e6a9c11";
    /// With the characters that raw and encoded payloads treat differently.
    const BODY: &[u8] = "{\"ver\":\"2.0.0\", \"note\":\"a.b..c \u{20b9}\"}\n".as_bytes();

    fn key() -> SigningKey {
        SigningKey::generate(KID.parse().unwrap()).unwrap()
    }

    #[test]
    fn peers_verify_our_detached_jws_and_our_signed_consent() {
        let key = key();
        for peer in peer::all() {
            let value = detached::sign(&key, BODY).unwrap();
            let check = |value: &str, body: &[u8]| {
                let request = json!({ "value": value, "body": encoded(body), "jwk": key.public().to_jwk() });
                peer.ask("detached_verify", request)
            };
            let header = check(&value, BODY).unwrap()["header"].clone();
            assert_eq!(header, json!({ "alg": "RS256", "kid": KID, "b64": false, "crit": ["b64"] }));
            assert!(check(&value, b"{}").is_err(), "{}", peer.name);
            assert!(check(&with_other_signature(&value), BODY).is_err(), "{}", peer.name);
            let consent = signed_consent::sign(&key, BODY).unwrap();
            let check = |text: &str| {
                peer.ask("consent_verify", json!({ "text": text, "jwk": key.public().to_jwk() }))
            };
            assert_eq!(bytes(&check(&consent).unwrap(), "payload"), BODY);
            assert!(check(&with_other_signature(&consent)).is_err(), "{}", peer.name);
        }
    }

    #[test]
    fn we_verify_the_detached_jws_and_the_signed_consent_of_peers_in_both_forms() {
        let ours = key();
        let private = ours.to_pkcs8_pem().unwrap();
        for (peer, b64) in peer::all().iter().flat_map(|peer| [(peer, false), (peer, true)]) {
            let with = |name: &str| {
                let mut request = json!({ "privateKey": *private, "kid": KID, "b64": b64 });
                request[name] = json!(encoded(BODY));
                request
            };
            let answer = peer.ask("detached_sign", with("body")).unwrap();
            let theirs = VerifyingKey::from_jwk(&jwk(&answer)).unwrap();
            assert_eq!(&theirs, ours.public(), "{} reads our key as another", peer.name);
            let value = text(&answer, "value");
            assert_eq!(detached::verify(&value, BODY, |_| Some(&theirs)).unwrap().as_str(), KID);
            assert!(detached::verify(&value, b"{}", |_| Some(&theirs)).is_err());
            let consent = text(&peer.ask("consent_sign", with("payload")).unwrap(), "text");
            assert_eq!(signed_consent::verify(&consent, |_| Some(&theirs)).unwrap().payload, BODY);
            assert!(signed_consent::verify(&with_other_signature(&consent), |_| Some(&theirs)).is_err());
        }
    }
}
