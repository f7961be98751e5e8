//! The ReBIT exchange in both flavours against `cryptography` and plain integers.

use mpp_core::{Span, Timestamp};
use mpp_crypto::rebit::{
    DhPublicKeyForm, Flavour, KeyMaterialForm, OurKeyMaterial, PeerKeyMaterial, Sender, open,
};
use serde_json::{Value, json};

use crate::peer::{self, Peer, bytes, encoded, text};
use crate::seeded::SeededEntropy;

const FLAVOURS: [(Flavour, &str); 2] = [(Flavour::Ecc, "ecc"), (Flavour::X25519, "x25519")];
const ACCOUNT: &str = "<Account type=\"deposit\" note=\"\u{20b9} 1,00,000\"/>";

fn now() -> Timestamp {
    "2026-01-15T09:30:00Z".parse().unwrap()
}

fn material(flavour: Flavour, seed: u64) -> OurKeyMaterial {
    OurKeyMaterial::generate(flavour, &SeededEntropy::new(seed), now().plus(Span::from_hours(24)))
}

/// What a peer's key material looks like to us.
fn read(keys: &Value) -> PeerKeyMaterial {
    let form = KeyMaterialForm {
        crypto_alg: String::new(),
        curve: String::new(),
        params: String::new(),
        dh_public_key: DhPublicKeyForm {
            expiry: "2026-01-16T09:30:00.000Z".to_owned(),
            parameters: String::new(),
            key_value: text(keys, "publicKey"),
        },
        nonce: text(keys, "nonce"),
    };
    PeerKeyMaterial::parse(&form, now()).unwrap()
}

/// What the peer does with its own keys and the public half of ours.
fn ask(
    peer: &Peer,
    op: &str,
    keys: &Value,
    ours: &KeyMaterialForm,
    data: (&str, &str),
) -> Result<Value, String> {
    let mut request = json!({
        "ourPrivateKey": keys["privateKey"],
        "ourNonce": keys["nonce"],
        "remotePublicKey": ours.dh_public_key.key_value,
        "remoteNonce": ours.nonce,
    });
    request[data.0] = json!(data.1);
    peer.ask(op, request)
}

fn texts() -> [Vec<u8>; 3] {
    [Vec::new(), ACCOUNT.as_bytes().to_vec(), ACCOUNT.repeat(4000).into_bytes()]
}

#[test]
fn the_peer_opens_what_we_seal_in_both_flavours() {
    let Some(peer) = peer::python() else { return };
    for (flavour, curve) in FLAVOURS {
        for (seed, plaintext) in (1..).zip(texts()) {
            let keys = peer.ask("rebit_keygen", json!({ "curve": curve })).unwrap();
            assert_eq!(read(&keys).flavour(), flavour);
            let sender = Sender::new(material(flavour, seed), &read(&keys), now()).unwrap();
            let sealed = sender.seal(&plaintext).unwrap();
            let opened =
                ask(&peer, "rebit_open", &keys, &sealed.key_material, ("base64Data", &sealed.encrypted));
            assert_eq!(bytes(&opened.unwrap(), "data"), plaintext, "{curve}");
            let other = material(flavour, seed + 100).public_form();
            assert!(ask(&peer, "rebit_open", &keys, &other, ("base64Data", &sealed.encrypted)).is_err());
        }
    }
}

#[test]
fn we_open_what_the_peer_seals_in_both_flavours() {
    let Some(peer) = peer::python() else { return };
    for (flavour, curve) in FLAVOURS {
        for (seed, plaintext) in (1..).zip(texts()) {
            let ours = material(flavour, seed);
            let keys = peer.ask("rebit_keygen", json!({ "curve": curve })).unwrap();
            let answer = ask(&peer, "rebit_seal", &keys, &ours.public_form(), ("data", &encoded(&plaintext)));
            let sealed = text(&answer.unwrap(), "base64Data");
            assert_eq!(open(&ours, &read(&keys), &sealed, now()).unwrap()[..], plaintext[..], "{curve}");
            assert!(open(&material(flavour, seed + 100), &read(&keys), &sealed, now()).is_err());
        }
    }
}

/// The text forms of private keys are the same on both sides, to the byte.
#[test]
fn private_keys_travel_between_us_and_the_peer() {
    let Some(peer) = peer::python() else { return };
    for (flavour, curve) in FLAVOURS {
        let keys = peer.ask("rebit_keygen", json!({ "curve": curve })).unwrap();
        let (private, nonce) = (text(&keys, "privateKey"), text(&keys, "nonce"));
        let read = OurKeyMaterial::from_private_key(&private, &nonce, now()).unwrap();
        assert_eq!(*read.private_key_text(), private);
        assert_eq!(read.public_form().dh_public_key.key_value, text(&keys, "publicKey"));
        assert_eq!(read.flavour(), flavour);
        let ours = material(flavour, 9);
        let lent = json!({ "privateKey": *ours.private_key_text(), "nonce": ours.public_form().nonce });
        let sealed = ask(&peer, "rebit_seal", &lent, &read.public_form(), ("data", &encoded(b"x"))).unwrap();
        let sender = PeerKeyMaterial::parse(&ours.public_form(), now()).unwrap();
        assert_eq!(open(&read, &sender, &text(&sealed, "base64Data"), now()).unwrap()[..], *b"x");
    }
}

#[test]
fn the_peer_refuses_the_other_flavour_too() {
    let Some(peer) = peer::python() else { return };
    for (flavour, curve) in [(Flavour::X25519, "ecc"), (Flavour::Ecc, "x25519")] {
        let keys = peer.ask("rebit_keygen", json!({ "curve": curve })).unwrap();
        let other = material(flavour, 1);
        assert!(ask(&peer, "rebit_seal", &keys, &other.public_form(), ("data", "")).is_err());
        assert!(Sender::new(other, &read(&keys), now()).is_err());
    }
}
