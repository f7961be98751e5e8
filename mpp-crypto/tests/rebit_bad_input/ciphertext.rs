//! Ciphertexts that do not open, in a copy and in place.

use base64_simd::{STANDARD, STANDARD_NO_PAD};
use mpp_crypto::rebit::{Flavour, PeerKeyMaterial, RebitError, Receiver, Sender};

use crate::rebit_keys::{material, now};

const ACCOUNT: &[u8] = b"<Account type=\"deposit\"/>";

/// An agreed receiver and what was sealed to it.
fn exchange(seed: u64) -> (Receiver, String) {
    let ours = material(Flavour::Ecc, seed);
    let asked = PeerKeyMaterial::parse(&ours.public_form(), now()).unwrap();
    let sealed = Sender::new(material(Flavour::Ecc, seed + 1), &asked, now()).unwrap().seal(ACCOUNT).unwrap();
    let theirs = PeerKeyMaterial::parse(&sealed.key_material, now()).unwrap();
    (Receiver::new(&ours, &theirs, now()).unwrap(), sealed.encrypted)
}

/// Both ways to open, which must say the same.
fn open(receiver: &Receiver, encrypted: &str) -> Result<Vec<u8>, RebitError> {
    let copied = receiver.open(encrypted, now()).map(|text| text.to_vec());
    let in_place = receiver.open_in_place(encrypted.as_bytes().to_vec(), now()).map(|text| text.to_vec());
    assert_eq!(copied, in_place);
    copied
}

#[test]
fn every_changed_bit_and_every_truncation_is_refused_alike() {
    let (receiver, sealed) = exchange(30);
    assert_eq!(open(&receiver, &sealed).unwrap(), ACCOUNT);
    let bytes = STANDARD.decode_to_vec(&sealed).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let text = STANDARD.encode_to_string(changed);
        assert_eq!(open(&receiver, &text), Err(RebitError::Authentication), "bit {bit}");
    }
    for length in 0..bytes.len() {
        let expected = if length < 16 { RebitError::CiphertextTooShort } else { RebitError::Authentication };
        assert_eq!(open(&receiver, &STANDARD.encode_to_string(&bytes[..length])), Err(expected), "{length}");
    }
    let longer = STANDARD.encode_to_string([&bytes[..], &[0]].concat());
    assert_eq!(open(&receiver, &longer), Err(RebitError::Authentication));
}

#[test]
fn what_was_sealed_to_another_does_not_open() {
    let (receiver, _) = exchange(32);
    let (_, elsewhere) = exchange(34);
    assert_eq!(open(&receiver, &elsewhere), Err(RebitError::Authentication));
}

#[test]
fn base64_is_standard_with_or_without_padding_and_nothing_else() {
    let (receiver, sealed) = exchange(36);
    let bytes = STANDARD.decode_to_vec(&sealed).unwrap();
    assert_eq!(bytes.len() % 3, 2, "one character of padding");
    assert_eq!(open(&receiver, &STANDARD_NO_PAD.encode_to_string(&bytes)).unwrap(), ACCOUNT);
    let refused = [
        format!("{sealed}="),
        format!("{sealed}===="),
        format!(" {sealed}"),
        format!("{sealed}\n"),
        format!("{}\r\n{}", &sealed[..20], &sealed[20..]),
        format!("-{}", &sealed[1..]),
        format!("_{}", &sealed[1..]),
        format!("={}", &sealed[1..]),
        format!("\u{0}{}", &sealed[1..]),
        format!("\u{e9}{}", &sealed[1..]),
        sealed[1..].to_owned(),
        "=".to_owned(),
        "====".to_owned(),
    ];
    for text in refused {
        assert_eq!(open(&receiver, &text), Err(RebitError::InvalidEncoding), "{text:?}");
    }
    assert_eq!(open(&receiver, ""), Err(RebitError::CiphertextTooShort));
    let not_text = receiver.open_in_place(vec![0xff; 64], now());
    assert_eq!(not_text.unwrap_err(), RebitError::InvalidEncoding);
}

#[test]
fn a_receiver_opens_the_empty_text_and_several_accounts() {
    let ours = material(Flavour::X25519, 38);
    let asked = PeerKeyMaterial::parse(&ours.public_form(), now()).unwrap();
    // Two accounts under one key material, as peers in the field send them.
    let seal = |text: &[u8]| {
        Sender::new(material(Flavour::X25519, 39), &asked, now())
            .unwrap()
            .seal_in_place(text.to_vec())
            .unwrap()
    };
    let (first, second) = (seal(b""), seal(b"two"));
    assert_eq!(first.key_material, second.key_material);
    let theirs = PeerKeyMaterial::parse(&first.key_material, now()).unwrap();
    let receiver = Receiver::new(&ours, &theirs, now()).unwrap();
    assert_eq!(open(&receiver, &first.encrypted).unwrap(), b"");
    assert_eq!(open(&receiver, &second.encrypted).unwrap(), b"two");
    assert_eq!(format!("{receiver:?}"), "Receiver { expiry: Timestamp(2026-01-16T09:30:00Z), .. }");
}
