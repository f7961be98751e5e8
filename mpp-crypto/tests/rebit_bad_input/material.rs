//! Nonces and expiries.

use base64_simd::STANDARD;
use mpp_core::Span;
use mpp_crypto::rebit::{Flavour, OurKeyMaterial, PeerKeyMaterial, RebitError, Receiver, Sender, open};

use crate::rebit_keys::{form, material, now};

fn peer_with_nonce(nonce: &str) -> Result<PeerKeyMaterial, RebitError> {
    let mut form = material(Flavour::Ecc, 20).public_form();
    form.nonce = nonce.to_owned();
    PeerKeyMaterial::parse(&form, now())
}

fn ours_with_nonce(nonce: &str) -> Result<OurKeyMaterial, RebitError> {
    OurKeyMaterial::from_private_key(&material(Flavour::Ecc, 21).private_key_text(), nonce, now())
}

fn peer_with_expiry(expiry: &str) -> Result<PeerKeyMaterial, RebitError> {
    let mut form = material(Flavour::Ecc, 22).public_form();
    form.dh_public_key.expiry = expiry.to_owned();
    PeerKeyMaterial::parse(&form, now())
}

#[test]
fn nonces_below_32_bytes_are_refused_on_both_sides_and_longer_ones_taken() {
    for length in [0, 1, 12, 16, 20, 31, 32, 33, 36, 64] {
        let nonce = STANDARD.encode_to_string(vec![7; length]);
        let expected = if length < 32 { Some(RebitError::InvalidNonce) } else { None };
        assert_eq!(peer_with_nonce(&nonce).err(), expected, "theirs of {length} bytes");
        assert_eq!(ours_with_nonce(&nonce).err(), expected, "ours of {length} bytes");
    }
}

/// 36 bytes occur: base64 of the text of a UUID.
#[test]
fn bytes_of_a_nonce_after_the_32nd_change_nothing() {
    let uuid = b"6f1c8a2e-94d7-4c1b-8b8e-0d5a7f3e2c19";
    let receiver = material(Flavour::Ecc, 23);
    let mut asked = receiver.public_form();
    asked.nonce = STANDARD.encode_to_string(uuid);
    let sender =
        Sender::new(material(Flavour::Ecc, 24), &PeerKeyMaterial::parse(&asked, now()).unwrap(), now());
    let sealed = sender.unwrap().seal(b"<Account/>").unwrap();
    for nonce in [STANDARD.encode_to_string(uuid), STANDARD.encode_to_string(&uuid[..32])] {
        let ours = OurKeyMaterial::from_private_key(&receiver.private_key_text(), &nonce, now()).unwrap();
        let peer = PeerKeyMaterial::parse(&sealed.key_material, now()).unwrap();
        assert_eq!(open(&ours, &peer, &sealed.encrypted, now()).unwrap().as_slice(), b"<Account/>");
    }
}

#[test]
fn nonces_are_standard_base64_with_or_without_padding_and_nothing_else() {
    let bytes = [0xfb; 32];
    let sound = STANDARD.encode_to_string(bytes);
    for taken in [sound.clone(), sound.trim_end_matches('=').to_owned()] {
        assert_eq!(peer_with_nonce(&taken).err(), None, "{taken}");
    }
    let url_safe = sound.replace('+', "-").replace('/', "_");
    assert_ne!(url_safe, sound);
    let refused = [
        url_safe,
        format!("{sound}="),
        format!("{sound}=="),
        format!(" {sound}"),
        format!("{sound}\n"),
        sound.replacen('v', "v\r\n", 1),
        sound.replacen('v', "!", 1),
        sound.replacen('v', "\u{e9}", 1),
        hex::encode(bytes) + "0",
        STANDARD.encode_to_string(vec![1; 1 << 20]),
    ];
    for nonce in refused {
        assert_eq!(peer_with_nonce(&nonce).err(), Some(RebitError::InvalidNonce), "{nonce:.60}");
        assert_eq!(ours_with_nonce(&nonce).err(), Some(RebitError::InvalidNonce), "{nonce:.60}");
    }
}

#[test]
fn a_key_is_good_while_its_expiry_lies_ahead() {
    for good in [
        "2026-01-15T09:30:00.001Z",
        "2099-12-31T23:59:59.000Z",
        "9999-12-30T00:00:00Z",
        "2026-01-15T15:00:00.001+05:30",
        "2026-01-15T00:00:00-10:00",
    ] {
        assert_eq!(peer_with_expiry(good).err(), None, "{good}");
    }
    for expired in [
        "2026-01-15T09:30:00.000Z",
        "2026-01-15T09:29:59.999Z",
        "2026-01-15T15:00:00+05:30",
        "2026-01-15T10:00:00+05:30",
        "1970-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
    ] {
        assert_eq!(peer_with_expiry(expired).err(), Some(RebitError::KeyExpired), "{expired}");
    }
}

#[test]
fn an_expiry_without_a_zone_or_in_another_form_is_refused() {
    for unreadable in [
        "",
        "null",
        "2099-12-31",
        "2099-12-31T23:59:59",
        "2099-12-31T23:59:59.Z",
        "2099-12-31T23:59Z",
        "2099-12-31 23:59:59Z",
        " 2099-12-31T23:59:59Z",
        "2099-12-31T23:59:59Z ",
        "2099-12-31T23:59:59Zjunk",
        "2099-12-31T23:59:59[Asia/Kolkata]",
        "2099-12-31T23:59:59+05:30[Asia/Kolkata]",
        "2099-12-31T23:59:59+0530",
        "2099-12-31T23:59:59+99:99",
        "2099-13-01T00:00:00Z",
        "2099-02-30T00:00:00Z",
        "2099-12-31T24:00:00Z",
        "99999-12-31T23:59:59Z",
        "4102444799000",
        "\u{0662}099-12-31T23:59:59Z",
        "9999999999999999999999999999999999999999999",
    ] {
        assert_eq!(peer_with_expiry(unreadable).err(), Some(RebitError::InvalidExpiry), "{unreadable}");
    }
    assert_eq!(peer_with_expiry(&"2".repeat(1 << 20)).err(), Some(RebitError::InvalidExpiry));
}

#[test]
fn an_agreed_receiver_opens_until_the_peers_key_expires_and_not_after() {
    let ours = material(Flavour::X25519, 25);
    let sender = Sender::new(
        material(Flavour::X25519, 26),
        &PeerKeyMaterial::parse(&ours.public_form(), now()).unwrap(),
        now(),
    );
    let sealed = sender.unwrap().seal(b"<Account/>").unwrap();
    let peer = PeerKeyMaterial::parse(&sealed.key_material, now()).unwrap();
    let receiver = Receiver::new(&ours, &peer, now()).unwrap();
    assert!(receiver.open(&sealed.encrypted, now()).is_ok());
    let late = now().plus(Span::from_hours(24));
    assert_eq!(receiver.open(&sealed.encrypted, late).unwrap_err(), RebitError::KeyExpired);
    let in_place = receiver.open_in_place(sealed.encrypted.into_bytes(), late);
    assert_eq!(in_place.unwrap_err(), RebitError::KeyExpired);
}

/// Our own expiry is never checked (rahasya.md §6).
#[test]
fn our_own_expiry_stops_nothing() {
    let long_gone = "2001-01-01T00:00:00Z".parse().unwrap();
    let text = material(Flavour::Ecc, 27).private_key_text();
    let ours = OurKeyMaterial::from_private_key(&text, crate::rebit_keys::NONCE, long_gone).unwrap();
    let key = material(Flavour::Ecc, 28).public_form().dh_public_key.key_value;
    let peer = PeerKeyMaterial::parse(&form(&key), now()).unwrap();
    assert!(Receiver::new(&ours, &peer, now()).is_ok());
}
