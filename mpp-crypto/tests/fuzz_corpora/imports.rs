//! Seeds of keys as others hand them over, of JWS under any of them, and of messages signed by others.

use base64_simd::STANDARD;
use mpp_crypto::http_signature::message::{Message, Request, SignatureParameters, sign};
use mpp_crypto::import::{PublicKeySet, to_public_der, to_public_pem};
use mpp_crypto::jws;
use mpp_crypto::{AnySigningKey, AnyVerifyingKey, SigningKey};
use serde_json::json;

use super::Seed;
use crate::published_keys::{
    CERTIFICATE, ED25519, ED25519_SECRET, P256, P256_SECRET, RSA_PKCS1, a2_private, a2_public, a3_private,
    a3_public, okp_private, okp_public,
};
use crate::targets::world::{self, Seeded, now};

pub fn seeds() -> Vec<Seed> {
    [public(), private(), any_jws(), messages()].into_iter().flatten().collect()
}

fn public() -> Vec<Seed> {
    let seed = |name: &str, bytes: &[u8]| Seed::new("import_public", name, bytes);
    let certificate = STANDARD.decode_to_vec(CERTIFICATE).unwrap();
    let pem =
        format!("subject=CN = BC\n-----BEGIN CERTIFICATE-----\n{CERTIFICATE}\n-----END CERTIFICATE-----\n");
    let mut seeds = vec![
        seed("certificate", &certificate),
        seed("certificate in pem", pem.as_bytes()),
        seed("certificate cut off", &certificate[..200]),
        seed("certificate twice", pem.repeat(2).as_bytes()),
    ];
    for (name, text) in [("rsa pkcs1", RSA_PKCS1), ("p256", P256), ("ed25519", ED25519)] {
        let key: AnyVerifyingKey = PublicKeySet::read(text.as_bytes()).unwrap().only().unwrap().key.clone();
        seeds.push(seed(name, text.as_bytes()));
        seeds.push(seed(&format!("{name} der"), &to_public_der(&key)));
        seeds.push(seed(&format!("{name} pem"), to_public_pem(&key).as_bytes()));
        seeds.push(seed(&format!("{name} crlf"), text.replace('\n', "\r\n").as_bytes()));
        seeds.push(seed(&format!("{name} private label"), text.replace("PUBLIC", "PRIVATE").as_bytes()));
    }
    let mut named = a3_public();
    named["kid"] = "one".into();
    named["use"] = "sig".into();
    named["alg"] = "ES256".into();
    let mut encrypting = okp_public();
    encrypting["use"] = "enc".into();
    for (name, jwk) in [
        ("rsa jwk", a2_public()),
        ("p256 jwk", a3_public()),
        ("okp jwk", okp_public()),
        ("named jwk", named.clone()),
        ("encrypting jwk", encrypting.clone()),
        ("private jwk", a3_private()),
        ("a set", json!({ "keys": [a2_public(), named, okp_public(), encrypting] })),
        (
            "one name twice",
            json!({ "keys": [named.clone(), { "kty": "OKP", "crv": "Ed25519", "kid": "one", "x": okp_public()["x"] }] }),
        ),
        ("an empty set", json!({ "keys": [] })),
        (
            "a set with others",
            json!({ "keys": [{ "kty": "oct", "k": "AA" }, { "kty": "EC", "crv": "P-384" }, a3_public()] }),
        ),
    ] {
        seeds.push(seed(name, jwk.to_string().as_bytes()));
    }
    seeds
}

fn private() -> Vec<Seed> {
    let seed = |name: &str, text: &str| Seed::new("import_private", name, text);
    let mut seeds = vec![
        seed("sec1", P256_SECRET),
        seed("pkcs8 ed25519", ED25519_SECRET),
        seed("pkcs8 p256", &world::ES256.to_pkcs8_pem()),
        seed("encrypted label", &ED25519_SECRET.replace("PRIVATE", "ENCRYPTED PRIVATE")),
        seed("public label", &ED25519_SECRET.replace("PRIVATE", "PUBLIC")),
        seed("one line", &ED25519_SECRET.replace('\n', "")),
        seed("twice", &ED25519_SECRET.repeat(2)),
        seed("a public key", P256),
    ];
    let mut mismatched = okp_private();
    mismatched["x"] = "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs".into();
    for (name, jwk) in [
        ("rsa jwk", a2_private()),
        ("p256 jwk", a3_private()),
        ("okp jwk", okp_private()),
        ("okp jwk of two keys", mismatched),
        ("public jwk", okp_public()),
    ] {
        seeds.push(seed(name, &jwk.to_string()));
    }
    seeds
}

fn any_jws() -> Vec<Seed> {
    let raw = |name: &str, choice: u8, text: &str| {
        Seed::new("jws_any", name, [&[choice], text.as_bytes()].concat())
    };
    let mut seeds: Vec<Seed> = super::jose::rs256()
        .into_iter()
        .map(|seed| {
            let choice = if seed.target == "jws_detached" { 3 } else { 1 };
            raw(&seed.name, choice, std::str::from_utf8(&seed.bytes).unwrap())
        })
        .collect();
    for (name, key) in [("es256", &world::ES256), ("eddsa", &world::ED25519)] {
        let signed = jws::sign(key, "mpp-artefact+jwt", &json!({ "a": 1 })).unwrap();
        seeds.push(raw(name, 1, signed.as_str()));
        seeds.push(raw(&format!("{name} with a payload twice"), 3, signed.as_str()));
    }
    seeds
}

/// Target, components, field, value, and the members of a signature, a line each.
fn messages() -> Vec<Seed> {
    let key = AnySigningKey::Curve(SigningKey::generate_ed25519(&Seeded::new(2)));
    let parameters =
        SignatureParameters { label: "sig", created: now(), expires: None, nonce: None, tag: None };
    let mut seeds = Vec::new();
    for (name, components) in [
        ("derived", r#""@method" "@target-uri" "@authority" "@scheme" "@request-target" "@path" "@query""#),
        ("field", r#""x-list" "@method""#),
        ("query parameters", r#""@query-param";name="a" "@query-param";name="b%20c""#),
        ("member of a dictionary", r#""x-list";key="a""#),
        ("nothing", ""),
        ("status of a request", r#""@status""#),
        ("twice", r#""@path" "@path""#),
        ("unsupported", r#""x-list";sf "x-list";bs "x-list";tr"#),
        ("of another request", r#""@method";req"#),
    ] {
        let fields = [("x-list", "a=:AQI=:, b=:AwQ=:")];
        let request = Request {
            method: "POST",
            scheme: "https",
            authority: "Example.com:443",
            path: "/path",
            query: Some("a=1&b%20c=2"),
            fields: &fields,
        };
        let signed = sign(&Message::Request(request), components, &parameters, &key);
        let members =
            signed.map(|members| format!("{}\n{}", members.input, members.signature)).unwrap_or_default();
        let lines = format!("/path?a=1&b%20c=2\n{components}\nx-list\na=:AQI=:, b=:AwQ=:\n{members}");
        seeds.push(Seed::new("http_message", name, lines));
    }
    seeds.push(Seed::new("http_message", "no lines", ""));
    seeds
}
