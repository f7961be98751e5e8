//! The inner values of the vectors, which the public interface does not show.

use super::keys::{PrivateKey, PublicKey};
use super::material::{OurKeyMaterial, PeerKeyMaterial};
use super::session::Session;

#[path = "../../tests/support/rebit_file.rs"]
#[allow(dead_code, unreachable_pub, missing_docs, reason = "shared with other tests")]
mod rebit_file;

use rebit_file::{Party, vector_files};

fn peer(party: &Party) -> PeerKeyMaterial {
    let mut form =
        OurKeyMaterial::from_private_key(&party.private_key, &party.nonce, party.expiry.parse().unwrap())
            .unwrap()
            .public_form();
    form.dh_public_key.key_value.clone_from(&party.public_key);
    PeerKeyMaterial::parse(&form, "2026-01-15T09:30:00Z".parse().unwrap()).unwrap()
}

#[test]
fn shared_secret_key_and_iv_are_those_of_the_vectors() {
    for case in vector_files().iter().flat_map(|file| &file.cases) {
        let receiver = &case.receiver;
        let our = OurKeyMaterial::from_private_key(
            &receiver.private_key,
            &receiver.nonce,
            "2099-01-01T00:00:00Z".parse().unwrap(),
        )
        .unwrap();
        let peer = peer(&case.sender);
        assert_eq!(
            hex::encode(our.key.agree(&peer.key).unwrap().as_slice()),
            case.shared_secret,
            "{}",
            case.id
        );
        let session = Session::agree(&our, &peer).unwrap();
        assert_eq!(hex::encode(session.key.as_slice()), case.session_key, "{}", case.id);
        assert_eq!(hex::encode(session.iv), case.iv, "{}", case.id);
    }
}

#[test]
fn accepted_agreements_give_the_secret_of_the_vectors() {
    for case in vector_files().iter().flat_map(|file| &file.negative) {
        let Some(expected) = &case.shared_secret else { continue };
        let ours = PrivateKey::parse(&case.input.our_private_key).unwrap();
        let peer = PublicKey::parse(&case.input.remote_public_key).unwrap();
        assert_eq!(hex::encode(ours.agree(&peer).unwrap().as_slice()), *expected, "{}", case.id);
    }
}

#[test]
fn the_point_of_a_scalar_has_the_sign_the_reference_computes() {
    let mut count = 0;
    for party in vector_files()[0].cases.iter().flat_map(|case| [&case.sender, &case.receiver]) {
        let Some(expected) = &party.point else { continue };
        let PrivateKey::Ecc { point, .. } = PrivateKey::parse(&party.private_key).unwrap() else {
            panic!("an ECC vector")
        };
        assert_eq!(hex::encode(point.to_sec1()), *expected);
        count += 1;
    }
    assert_eq!(count, 98);
}

/// Runs one Wycheproof suite of X25519 with keys in the text forms this exchange reads.
fn run_wycheproof(name: &str, to_text: impl Fn(&str) -> String) {
    let Some(text) = crate::shared_files::read_shared(&format!("crypto/vectors/wycheproof/{name}.json"))
    else {
        return;
    };
    let suite: serde_json::Value = serde_json::from_str(&text).unwrap();
    for test in
        suite["testGroups"].as_array().unwrap().iter().flat_map(|group| group["tests"].as_array().unwrap())
    {
        let field = |name: &str| test[name].as_str().unwrap();
        let private = PrivateKey::parse(&to_text(field("private")));
        let agreed = PublicKey::parse(&to_text(field("public"))).and_then(|public| private?.agree(&public));
        let zero_secret = field("shared").bytes().all(|digit| digit == b'0');
        match agreed {
            Ok(ref shared) => {
                assert_eq!(hex::encode(shared.as_slice()), field("shared"), "{name} {}", test["tcId"])
            }
            Err(_) => assert!(field("result") == "invalid" || zero_secret, "{name} {}", test["tcId"]),
        }
        assert!(field("result") != "invalid" || agreed.is_err(), "{name} {}", test["tcId"]);
    }
}

#[test]
fn x25519_stands_the_wycheproof_suites() {
    run_wycheproof("x25519_pem_test", str::to_owned);
    run_wycheproof("x25519_asn_test", |der| {
        base64_simd::STANDARD.encode_to_string(hex::decode(der).unwrap())
    });
}
