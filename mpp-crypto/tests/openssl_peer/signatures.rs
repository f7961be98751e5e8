//! Signatures in both directions. What `openssl` calls an ECDSA signature is DER; JOSE has `r || s`.

use mpp_crypto::import::{read_signing_key, to_public_pem};
use mpp_crypto::{AnySigningKey, SigningKey, rs256};

use crate::seeded::SeededEntropy;
use crate::{Bench, KINDS};

const MESSAGE: &[u8] = b"{\"ver\":\"2.0.0\"}\n";

fn der_of(raw: &[u8]) -> Vec<u8> {
    let number = |digits: &[u8]| {
        let start = digits.iter().position(|digit| *digit != 0).unwrap();
        let digits = &digits[start..];
        let sign: &[u8] = if digits[0] >= 0x80 { &[0] } else { &[] };
        let content = [sign, digits].concat();
        [&[2, u8::try_from(content.len()).unwrap()], &content[..]].concat()
    };
    let numbers = [number(&raw[..32]), number(&raw[32..])].concat();
    [&[0x30, u8::try_from(numbers.len()).unwrap()], &numbers[..]].concat()
}

fn raw_of(der: &[u8]) -> Vec<u8> {
    let mut rest = &der[2..];
    let mut raw = Vec::new();
    for _ in 0..2 {
        let length = usize::from(rest[1]);
        let digits = &rest[2..2 + length];
        let digits = &digits[digits.len().saturating_sub(32)..];
        raw.extend(std::iter::repeat_n(0, 32 - digits.len()).chain(digits.iter().copied()));
        rest = &rest[2 + length..];
    }
    raw
}

/// Whether `openssl` says that the signature stands.
fn stands(bench: &Bench, key: &AnySigningKey, signature: &[u8]) -> bool {
    bench.write("public.pem", to_public_pem(&key.public()));
    bench.write("message", MESSAGE);
    let check = match key.algorithm().name() {
        "EdDSA" => "pkeyutl -verify -pubin -inkey public.pem -rawin -in message -sigfile signature",
        _ => "dgst -sha256 -verify public.pem -signature signature message",
    };
    let signature = if key.algorithm().name() == "ES256" { der_of(signature) } else { signature.to_vec() };
    bench.write("signature", signature);
    bench.try_openssl(check).0
}

#[test]
fn openssl_verifies_what_we_sign() {
    let bench = Bench::new();
    let keys = [
        AnySigningKey::Rsa(rs256::SigningKey::generate("k".parse().unwrap()).unwrap()),
        AnySigningKey::Curve(SigningKey::generate_p256(&SeededEntropy::new(1))),
        AnySigningKey::Curve(SigningKey::generate_ed25519(&SeededEntropy::new(1))),
    ];
    for key in keys {
        let mut signature = key.sign(MESSAGE).unwrap();
        assert!(stands(&bench, &key, &signature), "{}", key.algorithm());
        signature[40] ^= 1;
        assert!(!stands(&bench, &key, &signature), "{}", key.algorithm());
    }
}

#[test]
fn we_verify_what_openssl_signs() {
    let bench = Bench::new();
    bench.write("message", MESSAGE);
    for (kind, alg) in KINDS {
        bench.openssl(&format!("genpkey {kind} -out key.pem"));
        bench.openssl(match alg {
            "EdDSA" => "pkeyutl -sign -inkey key.pem -rawin -in message -out signature",
            _ => "dgst -sha256 -sign key.pem -out signature message",
        });
        let signature = bench.read("signature");
        let signature = if alg == "ES256" { raw_of(&signature) } else { signature };
        let key = read_signing_key(&bench.read("key.pem")).unwrap();
        assert!(key.public().verify(MESSAGE, &signature).is_ok(), "{kind}");
        assert!(key.public().verify(b"other", &signature).is_err(), "{kind}");
        if alg != "ES256" {
            assert_eq!(key.sign(MESSAGE).unwrap(), signature, "{kind}: deterministic on both sides");
        }
    }
}
