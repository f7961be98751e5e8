//! ReBIT key material and ciphertext: `KeyMaterial` of a peer, private key texts, `encryptedFI`.

use mpp_core::Timestamp;
use mpp_crypto::rebit::{
    DhPublicKeyForm, Flavour, KeyMaterialForm, OurKeyMaterial, PeerKeyMaterial, RebitError, Sender, open,
};

use super::Reading;
use super::alteration::Alteration;
use super::world::{Seeded, now, our_material, peer_texts};

/// The input is the text of a public key. A key that is taken is taken in its barest form too, and means the same there;
/// white space never matters.
pub(crate) fn public_key(data: &[u8]) -> Reading {
    let Ok(text) = std::str::from_utf8(data) else { return Reading::Refused };
    let [_, nonce, expiry] = peer_texts(Flavour::Ecc);
    let read = |key: &str| PeerKeyMaterial::parse(&form(key, &nonce, &expiry), now());
    let peer = read(text);
    if let Ok(peer) = &peer {
        let bare = bare(text);
        let again = read(&bare).expect("what is taken with markers is taken without");
        assert_eq!(sealed_to(peer), sealed_to(&again), "one key, two meanings");
        let spaced: String = bare.chars().flat_map(|character| [character, '\n']).collect();
        if bare.trim().len() != 64 {
            assert_eq!(
                read(&spaced).map(|peer| sealed_to(&peer)),
                Ok(sealed_to(peer)),
                "white space matters"
            );
        }
    } else {
        assert!(matches!(peer, Err(RebitError::InvalidPublicKey | RebitError::LowOrderPoint)), "{peer:?}");
    }
    Reading::of(&peer)
}

/// The input is `KeyMaterial` as JSON. What is read is written and read as the same; a nonce means its first 32 bytes,
/// and an expiry the same in the form that we write.
pub(crate) fn key_material(data: &[u8]) -> Reading {
    let Ok(form) = serde_json::from_slice::<KeyMaterialForm>(data) else { return Reading::Refused };
    let written = serde_json::to_vec(&form).expect("texts have a JSON form");
    assert_eq!(serde_json::from_slice::<KeyMaterialForm>(&written).expect("what we wrote"), form);
    let peer = PeerKeyMaterial::parse(&form, now());
    if let Ok(peer) = &peer {
        let expiry: Timestamp = form.dh_public_key.expiry.parse().expect("it was taken");
        let nonce = base64_simd::STANDARD_NO_PAD.decode_to_vec(form.nonce.trim_end_matches('='));
        let nonce = base64_simd::STANDARD.encode_to_string(&nonce.expect("it was taken")[..32]);
        let canonical = self::form(&form.dh_public_key.key_value, &nonce, &expiry.to_string());
        let again = PeerKeyMaterial::parse(&canonical, now()).expect("the form that we write");
        assert_eq!(sealed_to(peer), sealed_to(&again));
    }
    Reading::of(&peer)
}

/// The input is the text of a private key. What is taken is written in one form, which is read as the same key.
pub(crate) fn private_key(data: &[u8]) -> Reading {
    let Ok(text) = std::str::from_utf8(data) else { return Reading::Refused };
    let [_, nonce, _] = peer_texts(Flavour::Ecc);
    let ours = OurKeyMaterial::from_private_key(text, &nonce, now());
    if let Ok(ours) = &ours {
        let written = ours.private_key_text();
        let again = OurKeyMaterial::from_private_key(&written, &nonce, now()).expect("what we wrote");
        assert_eq!(*again.private_key_text(), *written);
        assert_eq!(again.public_form(), ours.public_form());
        let imported = OurKeyMaterial::import(&ours.export()).expect("what we exported");
        assert_eq!(imported.public_form(), ours.public_form());
    }
    assert!(OurKeyMaterial::import(text).is_err() || text.trim_start().starts_with('{'));
    Reading::of(&ours)
}

/// The input begins with a choice: an odd one means that the rest is `encryptedFI` itself, an even one that the rest is a
/// plaintext, which is sealed, altered as the input says, and then refused unless the alteration changed nothing.
pub(crate) fn ciphertext(data: &[u8]) -> Reading {
    let Some((choice, rest)) = data.split_first() else { return Reading::Refused };
    let flavour = if choice & 2 == 0 { Flavour::Ecc } else { Flavour::X25519 };
    let ours = our_material(flavour);
    if choice & 1 == 1 {
        let Ok(text) = std::str::from_utf8(rest) else { return Reading::Refused };
        return raw_ciphertext(text, flavour, &ours);
    }
    let Some((alteration, plaintext)) = Alteration::split_off(rest) else { return Reading::Refused };
    let theirs = OurKeyMaterial::generate(flavour, &Seeded::new(u64::from(*choice)), now().plus(HOUR));
    let asked =
        OurKeyMaterial::from_private_key(&ours.private_key_text(), &peer_texts(flavour)[1], now().plus(HOUR));
    let asked = asked.expect("our own key");
    let asked_form = PeerKeyMaterial::parse(&asked.public_form(), now()).expect("our own form");
    let sender = Sender::new(theirs, &asked_form, now()).expect("of one flavour");
    let sealed = sender.seal(plaintext).expect("a short text");
    let peer = PeerKeyMaterial::parse(&sealed.key_material, now()).expect("what a sender sends");
    let Some(altered) = alteration.apply_to_text(&sealed.encrypted) else { return Reading::Refused };
    let opened = open(&asked, &peer, &altered, now());
    match &opened {
        Ok(opened) => {
            assert_eq!(opened[..], *plaintext);
            let same = altered.trim_end_matches('=') == sealed.encrypted.trim_end_matches('=');
            assert!(same, "an altered ciphertext opened: {altered}");
        }
        Err(_) => assert_ne!(altered, sealed.encrypted, "a sound ciphertext was refused"),
    }
    Reading::of(&opened)
}

const HOUR: mpp_core::Span = mpp_core::Span::from_hours(1);

/// What opens under the keys of the vectors opens with its padding written out too.
fn raw_ciphertext(text: &str, flavour: Flavour, ours: &OurKeyMaterial) -> Reading {
    let [key, nonce, expiry] = peer_texts(flavour);
    let peer =
        PeerKeyMaterial::parse(&form(&key, &nonce, &expiry), now()).expect("the vectors' key material");
    let opened = open(ours, &peer, text, now());
    if let Ok(opened) = &opened {
        let bytes =
            base64_simd::STANDARD_NO_PAD.decode_to_vec(text.trim_end_matches('=')).expect("it opened");
        assert_eq!(bytes.len(), opened.len() + 16);
        let padded = base64_simd::STANDARD.encode_to_string(&bytes);
        assert_eq!(open(ours, &peer, &padded, now()).expect("the same bytes")[..], opened[..]);
    }
    Reading::of(&opened)
}

/// What our fixed key material seals to this peer.
fn sealed_to(peer: &PeerKeyMaterial) -> Option<String> {
    let sender = Sender::new(our_material(peer.flavour()), peer, now()).ok()?;
    Some(sender.seal(b"<Account/>").expect("a short text").encrypted)
}

fn form(key: &str, nonce: &str, expiry: &str) -> KeyMaterialForm {
    KeyMaterialForm {
        crypto_alg: "ECDH".to_owned(),
        curve: "Curve25519".to_owned(),
        params: String::new(),
        dh_public_key: DhPublicKeyForm {
            expiry: expiry.to_owned(),
            parameters: String::new(),
            key_value: key.to_owned(),
        },
        nonce: nonce.to_owned(),
    }
}

/// A key text without markers and white space.
fn bare(text: &str) -> String {
    let body = text.split_once("-----BEGIN PUBLIC KEY-----").map_or(text, |(_, body)| body);
    let body = body.split_once("-----END ").map_or(body, |(body, _)| body);
    body.chars().filter(|character| !character.is_ascii_whitespace()).collect()
}
