//! Keys and key materials for the tests of the ReBIT exchange, sound ones and others, put together byte by byte.

use base64_simd::STANDARD;
use mpp_core::{Span, Timestamp};
use mpp_crypto::rebit::{
    DhPublicKeyForm, Flavour, KeyMaterialForm, OurKeyMaterial, PeerKeyMaterial, RebitError, Receiver,
};

use crate::seeded::SeededEntropy;

pub const NONCE: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

pub fn now() -> Timestamp {
    "2026-01-15T09:30:00Z".parse().unwrap()
}

pub fn material(flavour: Flavour, seed: u64) -> OurKeyMaterial {
    OurKeyMaterial::generate(flavour, &SeededEntropy::new(seed), now().plus(Span::from_hours(24)))
}

pub fn form(key: &str) -> KeyMaterialForm {
    KeyMaterialForm {
        crypto_alg: "ECDH".to_owned(),
        curve: "Curve25519".to_owned(),
        params: String::new(),
        dh_public_key: DhPublicKeyForm {
            expiry: "2099-12-31T23:59:59.000Z".to_owned(),
            parameters: String::new(),
            key_value: key.to_owned(),
        },
        nonce: NONCE.to_owned(),
    }
}

/// What becomes of a peer's public key text, up to the agreement with a key of ours of this flavour.
pub fn judge(key: &str, ours: Flavour) -> Result<(), RebitError> {
    let peer = PeerKeyMaterial::parse(&form(key), now())?;
    Receiver::new(&material(ours, 1), &peer, now()).map(|_| ())
}

pub fn judge_der(der: &[u8], ours: Flavour) -> Result<(), RebitError> {
    judge(&public_text(der), ours)
}

/// The public key of our writing with this point in it: 244 bytes that never change, then the point.
pub fn ecc_der(point: &str) -> Vec<u8> {
    let mut der = public_der(&material(Flavour::Ecc, 2));
    der.truncate(244);
    der.extend_from_slice(&hex::decode(point).unwrap());
    der
}

pub fn x25519_der(u: &str) -> Vec<u8> {
    hex::decode(format!("302a300506032b656e032100{u}")).unwrap()
}

pub fn public_der(material: &OurKeyMaterial) -> Vec<u8> {
    der_of(&material.public_form().dh_public_key.key_value)
}

pub fn private_der(material: &OurKeyMaterial) -> Vec<u8> {
    der_of(&material.private_key_text())
}

pub fn public_text(der: &[u8]) -> String {
    format!("-----BEGIN PUBLIC KEY-----{}-----END PUBLIC KEY-----", STANDARD.encode_to_string(der))
}

/// What becomes of a private key of ours.
pub fn judge_private(der: &[u8]) -> Result<OurKeyMaterial, RebitError> {
    OurKeyMaterial::from_private_key(&STANDARD.encode_to_string(der), NONCE, now())
}

fn der_of(text: &str) -> Vec<u8> {
    let body: String = text.split("-----").nth(2).unwrap().split_whitespace().collect();
    STANDARD.decode_to_vec(body).unwrap()
}
