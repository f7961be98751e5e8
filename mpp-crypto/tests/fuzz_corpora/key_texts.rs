//! Seeds of keys as they come in.

use mpp_core::PublicJwk;
use mpp_crypto::SigningKey;
use serde_json::{Value, json};

use super::Seed;
use crate::targets::world::{ED25519, ES256, RING, RS256};

pub fn seeds() -> Vec<Seed> {
    let mut seeds = jwks();
    seeds.extend(pems());
    seeds
}

fn jwks() -> Vec<Seed> {
    let seed = |name: &str, jwk: &Value| Seed::new("jwk", name, jwk.to_string());
    let value = |jwk: &PublicJwk| serde_json::to_value(jwk).unwrap();
    let keys = [ES256.public().to_jwk(), ED25519.public().to_jwk(), RS256.to_jwk()];
    let [ec, okp, rsa] = keys.map(|jwk| value(&jwk));
    let with = |jwk: &Value, name: &str, member: Value| {
        let mut jwk = jwk.clone();
        jwk[name] = member;
        jwk
    };
    let zeros = base64_simd::URL_SAFE_NO_PAD.encode_to_string([0; 32]);
    let even = base64_simd::URL_SAFE_NO_PAD.encode_to_string([0xfe; 256]);
    vec![
        seed("ec", &ec),
        seed("ec with more", &with(&with(&ec, "kid", json!("x")), "use", json!("sig"))),
        seed("ec off the curve", &with(&ec, "y", ec["x"].clone())),
        seed("ec infinity", &with(&with(&ec, "x", json!(zeros)), "y", json!(zeros))),
        seed("ec another curve", &with(&ec, "crv", json!("P-384"))),
        seed("ec padded", &with(&ec, "x", json!(format!("{}=", ec["x"].as_str().unwrap())))),
        seed("okp", &okp),
        seed("okp weak", &with(&okp, "x", json!(zeros))),
        seed("okp x25519", &with(&okp, "crv", json!("X25519"))),
        seed("rsa", &rsa),
        seed("rsa exponent 3", &with(&rsa, "e", json!("Aw"))),
        seed("rsa exponent 1", &with(&rsa, "e", json!("AQ"))),
        seed("rsa even modulus", &with(&rsa, "n", json!(even))),
        seed("rsa short", &with(&rsa, "n", json!("AQAB"))),
        seed("oct", &json!({ "kty": "oct", "k": "AQAB" })),
        seed("a set", &json!({ "keys": [ec, okp, rsa] })),
        seed("an empty set", &json!({ "keys": [] })),
        Seed::new("jwk", "doubled member", r#"{"kty":"OKP","kty":"EC","crv":"Ed25519","x":"AA"}"#),
    ]
}

fn pems() -> Vec<Seed> {
    let seed = |name: &str, text: &str| Seed::new("key_pem", name, text);
    let mut seeds = vec![seed("envelope key", &RING.current().to_pkcs8_pem())];
    for (name, key) in [("p256", &ES256), ("ed25519", &ED25519)] {
        let key: &SigningKey = key;
        let pem = key.to_pkcs8_pem();
        seeds.push(seed(name, &pem));
        seeds.push(seed(&format!("{name} crlf"), &pem.replace('\n', "\r\n")));
        seeds.push(seed(&format!("{name} one line"), &pem.replace('\n', "")));
        seeds.push(seed(&format!("{name} with junk"), &format!("junk\n{}junk", *pem)));
        seeds.push(seed(&format!("{name} cut off"), &pem[..pem.len() / 2]));
        seeds.push(seed(&format!("{name} another label"), &pem.replace("PRIVATE KEY", "EC PRIVATE KEY")));
        seeds.push(seed(&format!("{name} altered"), &pem.replace("MIGH", "MIGG").replace("MC4C", "MC4D")));
    }
    seeds
}
