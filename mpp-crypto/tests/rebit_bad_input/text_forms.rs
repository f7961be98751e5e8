//! DER, base64 and PEM of public keys, bent in every way.

use base64_simd::STANDARD;
use mpp_crypto::rebit::{Flavour, RebitError};

use crate::rebit_keys::{judge, judge_der, material, public_der, public_text};

const REFUSED: Result<(), RebitError> = Err(RebitError::InvalidPublicKey);
const FLAVOURS: [Flavour; 2] = [Flavour::Ecc, Flavour::X25519];

/// 244 bytes from the ECC key: `30 82 …` outside, the algorithm inside, `03 42 00` before the point.
fn with_parameters(parameters: &[u8]) -> Vec<u8> {
    let key = public_der(&material(Flavour::Ecc, 5));
    let oid = &key[7..16];
    let algorithm = sequence(&[oid, parameters].concat());
    sequence(&[&algorithm, &key[241..]].concat())
}

fn sequence(content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap();
    let [high, low] = length.to_be_bytes();
    let head: &[u8] = match length {
        0..=0x7f => &[0x30, low],
        0x80..=0xff => &[0x30, 0x81, low],
        _ => &[0x30, 0x82, high, low],
    };
    [head, content].concat()
}

/// The parts of the ECParameters: version, field, a and b, generator, order, cofactor.
fn parameters() -> [Vec<u8>; 6] {
    let key = public_der(&material(Flavour::Ecc, 5));
    let parts = [19..22, 22..67, 67..137, 137..204, 204..238, 238..241];
    parts.map(|range| key[range].to_vec())
}

#[test]
fn other_spellings_of_the_same_parameters_are_read() {
    let [version, field, curve, generator, order, cofactor] = parameters();
    let all = |cofactor: &[u8], curve: &[u8], generator: &[u8]| {
        sequence(&[&version, &field, curve, generator, &order, cofactor].concat())
    };
    assert_eq!(judge_der(&with_parameters(&all(&cofactor, &curve, &generator)), Flavour::Ecc), Ok(()));
    assert_eq!(judge_der(&with_parameters(&all(&[], &curve, &generator)), Flavour::Ecc), Ok(()));
    assert_eq!(judge_der(&with_parameters(&all(&[2, 1, 1], &curve, &generator)), Flavour::Ecc), Ok(()));
    let seeded = sequence(&[&curve[2..], &[3, 4, 0, 1, 2, 3]].concat());
    assert_eq!(judge_der(&with_parameters(&all(&cofactor, &seeded, &generator)), Flavour::Ecc), Ok(()));
    let mut compressed = [&[4, 33, 3], &generator[3..35]].concat();
    assert_eq!(judge_der(&with_parameters(&all(&cofactor, &curve, &compressed)), Flavour::Ecc), Ok(()));
    compressed[2] = 2;
    assert_eq!(judge_der(&with_parameters(&all(&cofactor, &curve, &compressed)), Flavour::Ecc), REFUSED);
    assert_eq!(judge_der(&with_parameters(&all(&[2, 1, 4], &curve, &generator)), Flavour::Ecc), REFUSED);
    let named = hex::decode("060a2b060104019755010501").unwrap();
    assert_eq!(judge_der(&with_parameters(&named), Flavour::Ecc), Ok(()));
    let other_name = hex::decode("06082a8648ce3d030107").unwrap();
    assert_eq!(judge_der(&with_parameters(&other_name), Flavour::Ecc), REFUSED);
    assert_eq!(judge_der(&with_parameters(&[5, 0]), Flavour::Ecc), REFUSED);
    assert_eq!(judge_der(&with_parameters(&[]), Flavour::Ecc), REFUSED);
}

#[test]
fn every_changed_bit_before_the_point_is_refused() {
    let key = public_der(&material(Flavour::Ecc, 6));
    for bit in 0..244 * 8 {
        let mut changed = key.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(judge_der(&changed, Flavour::Ecc), REFUSED, "bit {bit}");
    }
    let key = public_der(&material(Flavour::X25519, 6));
    for bit in 0..12 * 8 {
        let mut changed = key.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(judge_der(&changed, Flavour::X25519), REFUSED, "bit {bit}");
    }
}

#[test]
fn every_changed_bit_of_a_point_is_refused() {
    let key = public_der(&material(Flavour::Ecc, 7));
    for bit in 244 * 8..309 * 8 {
        let mut changed = key.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(judge_der(&changed, Flavour::Ecc), REFUSED, "bit {bit}");
    }
}

#[test]
fn every_truncation_and_every_byte_behind_is_refused() {
    for flavour in FLAVOURS {
        let key = public_der(&material(flavour, 8));
        for length in 0..key.len() {
            assert_eq!(judge_der(&key[..length], flavour), REFUSED, "{length}");
        }
        for behind in [0, 5, 0x30] {
            assert_eq!(judge_der(&[&key[..], &[behind]].concat(), flavour), REFUSED);
        }
        let text = material(flavour, 8).public_form().dh_public_key.key_value;
        let text = text.trim_end();
        for length in (0..text.len()).filter(|length| text.is_char_boundary(*length)) {
            assert_eq!(judge(&text[..length], flavour), REFUSED, "{length} characters");
        }
    }
}

#[test]
fn both_flavours_are_read_on_one_line_on_many_with_crlf_and_without_markers() {
    for flavour in FLAVOURS {
        let body = STANDARD.encode_to_string(public_der(&material(flavour, 9)));
        let lines = |columns: usize, end: &str| {
            let lines: Vec<&str> =
                body.as_bytes().chunks(columns).map(|line| std::str::from_utf8(line).unwrap()).collect();
            format!("-----BEGIN PUBLIC KEY-----{end}{}{end}-----END PUBLIC KEY-----{end}", lines.join(end))
        };
        let texts = [
            body.clone(),
            format!("-----BEGIN PUBLIC KEY-----{body}-----END PUBLIC KEY-----"),
            lines(64, "\n"),
            lines(64, "\r\n"),
            lines(76, "\r"),
            lines(1, "\n"),
            lines(64, " "),
            lines(64, "\n\t "),
            body.trim_end_matches('=').to_owned(),
        ];
        for text in texts {
            assert_eq!(judge(&text, flavour), Ok(()), "{text}");
        }
    }
}

#[test]
fn junk_inside_behind_and_under_another_label_is_refused() {
    for flavour in FLAVOURS {
        let body = STANDARD.encode_to_string(public_der(&material(flavour, 10)));
        let sound = public_text(&public_der(&material(flavour, 10)));
        let block = |label: &str, body: &str| format!("-----BEGIN {label}-----{body}-----END {label}-----");
        let texts = [
            String::new(),
            " \r\n".to_owned(),
            "-----BEGIN PUBLIC KEY-----".to_owned(),
            block("PUBLIC KEY", ""),
            block("PRIVATE KEY", &body),
            block("EC PUBLIC KEY", &body),
            block("PUBLIC KEY", &format!("{body}!")),
            block("PUBLIC KEY", &format!("{body}===")),
            block("PUBLIC KEY", &body.replacen('A', "-", 1)),
            block("PUBLIC KEY", &body.replacen('A', "\u{0}", 1)),
            block("PUBLIC KEY", &body.replacen('A', "\u{410}", 1)),
            block("PUBLIC KEY", &body.replacen('A', "\u{a0}", 1)),
            block("PUBLIC KEY", &format!("Proc-Type: 4,ENCRYPTED\n\n{body}")),
            format!("{sound}junk"),
            format!("{sound}{sound}"),
            format!("{body}-----END PUBLIC KEY-----"),
            sound.replace("END PUBLIC", "END PRIVATE"),
            "null".to_owned(),
            "{\"kty\":\"EC\"}".to_owned(),
        ];
        for text in texts {
            assert_eq!(judge(&text, flavour), REFUSED, "{text:?}");
        }
        assert_eq!(judge(&format!("exported by somebody\n{sound}\n"), flavour), Ok(()), "a heading");
    }
}

#[test]
fn huge_texts_are_refused_before_they_are_read() {
    for flavour in FLAVOURS {
        let sound = public_text(&public_der(&material(flavour, 11)));
        assert_eq!(judge(&format!("{}{sound}", "\n".repeat(4000)), flavour), Ok(()));
        for huge in [
            format!("{sound}{}", " ".repeat(8192)),
            format!("{}{sound}", "\n".repeat(8192)),
            "A".repeat(64 << 20),
            public_text(&vec![0x30; 8 << 20]),
        ] {
            assert_eq!(judge(&huge, flavour), REFUSED);
        }
    }
}
