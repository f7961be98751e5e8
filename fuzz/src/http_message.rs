//! HTTP message signatures with the components of somebody else's choice.

use mpp_core::Kid;
use mpp_crypto::http_signature::message::{Message, Request, Response, SignatureParameters, sign, verify};
use mpp_crypto::{AnySigningKey, AnyVerifyingKey, SigningKey};

use super::Reading;
use super::world::{ED25519, Seeded, now};

/// The input is a path and query, a list of components, a field and its value, and the members of a signature as they
/// came, a line each. What is signed stands and covers what was listed; the same signature over another value of a covered
/// field does not stand. What came stands only when the key says so.
pub(crate) fn signature(data: &[u8]) -> Reading {
    let Ok(text) = std::str::from_utf8(data) else { return Reading::Refused };
    let mut lines = text.splitn(6, '\n');
    let [target, components, name, value, input, signature] =
        [(); 6].map(|()| lines.next().unwrap_or_default());
    let own = [(name, value), ("signature-input", input), ("signature", signature)];
    let came = verify(&request(target, &own), None, known_key, now());
    let signed = sign_and_alter(target, components, name, value);
    if came.is_ok() || signed == Reading::Taken { Reading::Taken } else { Reading::Refused }
}

fn sign_and_alter(target: &str, components: &str, name: &str, value: &str) -> Reading {
    let key = AnySigningKey::Curve(SigningKey::generate_ed25519(&Seeded::new(2)));
    let parameters =
        SignatureParameters { label: "sig", created: now(), expires: None, nonce: None, tag: Some("fuzz") };
    let fields = [(name, value)];
    let Ok(members) = sign(&request(target, &fields), components, &parameters, &key) else {
        return Reading::Refused;
    };
    let with = |value: &str, respond: bool| {
        let fields = [(name, value), ("signature-input", &members.input), ("signature", &members.signature)];
        if respond {
            let answered = Message::Response(Response { status: 200, fields: &fields, request: None });
            return verify(&answered, None, known_key, now());
        }
        verify(&request(target, &fields), None, known_key, now())
    };
    // A field of one of these two names is another one once the signature is there.
    if name == "signature" || name == "signature-input" {
        return Reading::Refused;
    }
    let stands = with(value, false).expect("what we signed");
    if stands.covers(&format!("\"{name}\"")) {
        assert!(with(&format!("{value}x"), false).is_err(), "another value of a covered field");
    }
    if stands.covers("\"@method\"") {
        assert!(with(value, true).is_err(), "a response has no method");
    }
    Reading::Taken
}

fn request<'a>(target: &'a str, fields: &'a [(&'a str, &'a str)]) -> Message<'a> {
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    Message::Request(Request {
        method: "POST",
        scheme: "https",
        authority: "Example.com:443",
        path,
        query,
        fields,
    })
}

fn known_key(kid: &Kid) -> Option<AnyVerifyingKey> {
    (kid == ED25519.kid()).then(|| ED25519.public().clone().into())
}
