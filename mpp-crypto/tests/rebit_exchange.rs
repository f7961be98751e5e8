//! The ReBIT exchange as its two sides use it.
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
use mpp_crypto::rebit::{
    Flavour, KeyMaterialForm, OurKeyMaterial, PeerKeyMaterial, RebitError, Sender, open,
};
use seeded::SeededEntropy;

const ACCOUNT: &[u8] = b"<Account type=\"deposit\" version=\"2.0.0\"/>";

fn now() -> Timestamp {
    "2026-01-15T09:30:00Z".parse().unwrap()
}

fn expiry() -> Timestamp {
    now().plus(Span::from_hours(24))
}

fn material(flavour: Flavour, seed: u64) -> OurKeyMaterial {
    OurKeyMaterial::generate(flavour, &SeededEntropy::new(seed), expiry())
}

fn parse(form: &KeyMaterialForm) -> PeerKeyMaterial {
    PeerKeyMaterial::parse(form, now()).unwrap()
}

#[test]
fn what_one_side_seals_the_other_opens_in_both_flavours() {
    for (seed, flavour) in [(1, Flavour::Ecc), (2, Flavour::X25519)] {
        let receiver = material(flavour, seed);
        let asked = parse(&receiver.public_form());
        assert_eq!(asked.flavour(), flavour);
        let sealed =
            Sender::new(material(asked.flavour(), seed + 10), &asked, now()).unwrap().seal(ACCOUNT).unwrap();
        let opened = open(&receiver, &parse(&sealed.key_material), &sealed.encrypted, now()).unwrap();
        assert_eq!(opened.as_slice(), ACCOUNT);
    }
}

#[test]
fn generated_keys_agree_whatever_the_seed() {
    for seed in 0..200 {
        let flavour = if seed % 2 == 0 { Flavour::Ecc } else { Flavour::X25519 };
        let receiver = material(flavour, seed);
        let sender =
            Sender::new(material(flavour, seed + 1000), &parse(&receiver.public_form()), now()).unwrap();
        let sealed = sender.seal(b"x").unwrap();
        assert!(open(&receiver, &parse(&sealed.key_material), &sealed.encrypted, now()).is_ok(), "{seed}");
    }
}

#[test]
fn the_flavours_do_not_mix() {
    let asked = parse(&material(Flavour::X25519, 1).public_form());
    let error = Sender::new(material(Flavour::Ecc, 2), &asked, now()).unwrap_err();
    assert_eq!(error, RebitError::InvalidPublicKey);
}

#[test]
fn a_peer_key_that_expires_between_parsing_and_use_is_refused() {
    let receiver = material(Flavour::Ecc, 1);
    let asked = parse(&receiver.public_form());
    assert_eq!(Sender::new(material(Flavour::Ecc, 2), &asked, expiry()).unwrap_err(), RebitError::KeyExpired);
    let sealed = Sender::new(material(Flavour::Ecc, 2), &asked, now()).unwrap().seal(ACCOUNT).unwrap();
    let peer = parse(&sealed.key_material);
    assert_eq!(open(&receiver, &peer, &sealed.encrypted, expiry()).unwrap_err(), RebitError::KeyExpired);
}

#[test]
fn exported_key_material_opens_after_import() {
    for flavour in [Flavour::Ecc, Flavour::X25519] {
        let receiver = material(flavour, 3);
        let sealed = Sender::new(material(flavour, 4), &parse(&receiver.public_form()), now())
            .unwrap()
            .seal(ACCOUNT)
            .unwrap();
        let imported = OurKeyMaterial::import(&receiver.export()).unwrap();
        assert_eq!(imported.public_form(), receiver.public_form());
        assert!(open(&imported, &parse(&sealed.key_material), &sealed.encrypted, now()).is_ok());
    }
    for bad in [
        "",
        "{}",
        "null",
        "{\"form\":2,\"privateKey\":\"\",\"nonce\":\"\",\"expiry\":\"2026-01-15T09:30:00Z\"}",
    ] {
        assert_eq!(OurKeyMaterial::import(bad).unwrap_err(), RebitError::InvalidPrivateKey);
    }
}

#[test]
fn the_form_is_rebit_json_to_the_letter() {
    let json = serde_json::to_value(material(Flavour::Ecc, 5).public_form()).unwrap();
    let members: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(members, ["DHPublicKey", "Nonce", "cryptoAlg", "curve", "params"]);
    assert_eq!(json["cryptoAlg"], "ECDH");
    assert_eq!(json["curve"], "Curve25519");
    assert_eq!(json["DHPublicKey"]["expiry"], "2026-01-16T09:30:00.000Z");
    let key = json["DHPublicKey"]["KeyValue"].as_str().unwrap();
    assert!(key.starts_with("-----BEGIN PUBLIC KEY-----MIIBMTCB6gYHKoZIzj0C") && !key.contains('\n'));
    let curve = serde_json::to_value(material(Flavour::X25519, 5).public_form()).unwrap()["curve"].clone();
    assert_eq!(curve, "X25519", "the schema allows Curve25519 and X25519 only");
}

#[test]
fn missing_and_null_labels_are_read() {
    let form = material(Flavour::X25519, 6).public_form();
    let mut json = serde_json::to_value(&form).unwrap();
    json["curve"] = serde_json::Value::Null;
    json.as_object_mut().unwrap().remove("params");
    json.as_object_mut().unwrap().remove("cryptoAlg");
    json["DHPublicKey"].as_object_mut().unwrap().remove("Parameters");
    let lenient: KeyMaterialForm = serde_json::from_value(json).unwrap();
    assert_eq!(parse(&lenient).flavour(), Flavour::X25519);
}

/// account-aggregator.md §5, vector A.
#[test]
fn the_documented_weierstrass_vector_opens() {
    let point = "046a9b8b230e3f83c8f3fbe430242ca6b0e7d33ed7c0d92045c1fe19288202dd177db9860f268b82d450727df53a3df5f182d68a55e28eee17349ac01b3257e4f6";
    let scalar = "0c1f2e3d4c5b6a79880796a5b4c3d2e1f00112233445566778899aabbccddee1";
    let template = material(Flavour::Ecc, 7);
    let splice = |text: &str, at: usize, hex_bytes: &str| {
        let body = text.split("-----").nth(2).unwrap();
        let mut der = base64_simd::STANDARD.decode_to_vec(body).unwrap();
        let bytes = hex::decode(hex_bytes).unwrap();
        der[at..at + bytes.len()].copy_from_slice(&bytes);
        base64_simd::STANDARD.encode_to_string(der)
    };
    let private = format!(
        "-----BEGIN PRIVATE KEY-----{}-----END PRIVATE KEY-----",
        splice(&template.private_key_text(), 257, scalar)
    );
    let our =
        OurKeyMaterial::from_private_key(&private, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", expiry())
            .unwrap();
    let mut form = template.public_form();
    form.dh_public_key.key_value = splice(&form.dh_public_key.key_value, 244, point);
    form.nonce = "//jx6uPc1c7HwLmyq6Sdlo+IgXpzbGVeV1BJQjs0LSY=".to_owned();
    let opened = open(
        &our,
        &parse(&form),
        "Nst2RQH+r2KLqziemFKYRoZH4d98nNXUAWXXhVPgYEoZoI5RwgeeVaJBabeDDZQ9mtzOvgN3aWwK",
        now(),
    );
    assert_eq!(opened.unwrap().as_slice(), ACCOUNT);
}

/// account-aggregator.md §5, vector B: the keys of RFC 7748 §6.1, the public one as 64 hex digits.
#[test]
fn the_documented_x25519_vector_opens() {
    let der = format!(
        "302e020100300506032b656e04220420{}",
        "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"
    );
    let private = base64_simd::STANDARD.encode_to_string(hex::decode(der).unwrap());
    let our =
        OurKeyMaterial::from_private_key(&private, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", expiry());
    let mut form = material(Flavour::X25519, 8).public_form();
    form.dh_public_key.key_value =
        "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f".to_owned();
    form.nonce = "//jx6uPc1c7HwLmyq6Sdlo+IgXpzbGVeV1BJQjs0LSY=".to_owned();
    let encrypted = "iBuS+0IhjcnKOh0sUYGKUBuJOEyNE8zLuoUW4PNeEiKpqWpKHFw5m9qmrI76rjZZ+yaBrCjEpT0B";
    assert_eq!(open(&our.unwrap(), &parse(&form), encrypted, now()).unwrap().as_slice(), ACCOUNT);
}
