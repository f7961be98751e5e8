//! PEM and DER of public keys.

use mpp_crypto::import::{ImportError, PublicKeySet, to_public_der, to_public_pem};
use mpp_crypto::{AnyVerifyingKey, KeyError};
use proptest::prelude::*;

use crate::published_keys::{CERTIFICATE, ED25519, ED25519_SECRET, P256, P256_SECRET, RSA_PKCS1};

fn read(bytes: &[u8]) -> Result<AnyVerifyingKey, ImportError> {
    PublicKeySet::read(bytes).map(|set| set.only().unwrap().key.clone())
}

fn published() -> [AnyVerifyingKey; 3] {
    [RSA_PKCS1, P256, ED25519].map(|text| read(text.as_bytes()).unwrap())
}

#[test]
fn published_keys_are_read_and_written_again() {
    let [rsa, p256, ed25519] = published();
    assert_eq!([&rsa, &p256, &ed25519].map(|key| key.algorithm().name()), ["RS256", "ES256", "EdDSA"]);
    for (key, text) in [(&p256, P256), (&ed25519, ED25519)] {
        assert_eq!(to_public_pem(key), text);
    }
    for key in [rsa, p256, ed25519] {
        assert_eq!(read(to_public_pem(&key).as_bytes()).unwrap(), key);
        assert_eq!(read(&to_public_der(&key)).unwrap(), key);
    }
}

#[test]
fn junk_around_and_any_line_form_are_tolerated() {
    let one_line = P256.replace('\n', "");
    let body: String = P256.lines().filter(|line| !line.starts_with('-')).collect();
    let narrow: String = body.chars().flat_map(|c| [c, '\n']).collect();
    for text in [
        P256.replace('\n', "\r\n"),
        format!("Key of a party\nissued today\n{P256}\nand no more"),
        one_line,
        P256.replace('\n', "\n\t "),
        format!("-----BEGIN PUBLIC KEY-----\n{narrow}-----END PUBLIC KEY-----"),
        format!("\u{feff}{P256}"),
    ] {
        assert_eq!(read(text.as_bytes()).unwrap(), published()[1], "{text}");
    }
}

#[test]
fn what_is_no_single_public_key_is_refused_with_its_reason() {
    let certificate = format!("-----BEGIN CERTIFICATE-----\n{CERTIFICATE}\n-----END CERTIFICATE-----\n");
    let request = certificate.replace("CERTIFICATE", "CERTIFICATE REQUEST");
    let encrypted = ED25519_SECRET.replace("PRIVATE", "ENCRYPTED PRIVATE");
    let openssh = ED25519_SECRET.replace("PRIVATE", "OPENSSH PRIVATE");
    for (text, reason) in [
        (format!("{P256}{ED25519}"), ImportError::SeveralKeys),
        (format!("{P256}{P256}"), ImportError::SeveralKeys),
        (format!("{certificate}{certificate}"), ImportError::SeveralKeys),
        (P256_SECRET.to_owned(), ImportError::PrivateKey),
        (ED25519_SECRET.to_owned(), ImportError::PrivateKey),
        (format!("{P256}{P256_SECRET}"), ImportError::PrivateKey),
        (encrypted, ImportError::PrivateKey),
        (openssh, ImportError::PrivateKey),
        (request, ImportError::UnsupportedKind),
        (P256.replace("-----END PUBLIC", "-----END PRIVATE"), ImportError::Malformed),
        (P256.replace("-----END PUBLIC KEY-----", ""), ImportError::Malformed),
        (P256.replace("\nMFk", "\nProc-Type: 4,ENCRYPTED\n\nMFk"), ImportError::Malformed),
        (P256.replace("MFk", "MF*"), ImportError::Malformed),
        ("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----".to_owned(), ImportError::Malformed),
        (P256.replace("PUBLIC", "RSA PUBLIC"), ImportError::Malformed),
        (String::new(), ImportError::Malformed),
        ("no key".to_owned(), ImportError::Malformed),
    ] {
        assert_eq!(read(text.as_bytes()), Err(reason), "{text}");
    }
    let huge = format!("{}{P256}", "junk\n".repeat(1 << 18));
    assert_eq!(read(huge.as_bytes()), Err(ImportError::TooLong));
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
    let length = match (high, low) {
        (0, 0..=0x7f) => vec![low],
        (0, _) => vec![0x81, low],
        _ => vec![0x82, high, low],
    };
    [&[tag], &length[..], content].concat()
}

/// DER with the algorithm and the key of the caller's choice.
fn info(algorithm: &str, key: &[u8]) -> Vec<u8> {
    let bits = element(3, &[&[0], key].concat());
    element(0x30, &[element(0x30, &hex::decode(algorithm).unwrap()), bits].concat())
}

#[test]
fn other_algorithms_and_curves_are_refused_with_their_reason() {
    let point = &to_public_der(&published()[1])[26..];
    let p256 = "06072a8648ce3d020106082a8648ce3d030107";
    assert!(read(&info(p256, point)).is_ok());
    let compressed = [&[2 + (point[64] & 1)], &point[1..33]].concat();
    let mut off_curve = point.to_vec();
    off_curve[64] ^= 1;
    let cases = [
        ("P-384", info("06072a8648ce3d020106052b81040022", &[4; 97]), ImportError::UnsupportedCurve),
        ("secp256k1", info("06072a8648ce3d020106052b8104000a", point), ImportError::UnsupportedCurve),
        ("explicit parameters", info("06072a8648ce3d02013000", point), ImportError::UnsupportedCurve),
        ("no curve", info("06072a8648ce3d0201", point), ImportError::UnsupportedCurve),
        ("X25519", info("06032b656e", &[9; 32]), ImportError::UnsupportedCurve),
        ("Ed448", info("06032b6571", &[9; 57]), ImportError::UnsupportedCurve),
        ("RSASSA-PSS", info("06092a864886f70d01010a", &[0; 9]), ImportError::UnsupportedKind),
        ("DSA", info("06072a8648ce380401", &[0; 9]), ImportError::UnsupportedKind),
        ("compressed", info(p256, &compressed), KeyError::InvalidPublicKey.into()),
        ("off the curve", info(p256, &off_curve), KeyError::InvalidPublicKey.into()),
        ("the identity", info(p256, &[0]), KeyError::InvalidPublicKey.into()),
        ("short Ed25519", info("06032b6570", &[9; 31]), KeyError::InvalidPublicKey.into()),
        ("small order", info("06032b6570", &[0; 32]), KeyError::InvalidPublicKey.into()),
        ("Ed25519 with parameters", info("06032b65700500", &[9; 32]), ImportError::UnsupportedCurve),
        (
            "RSA of 1024 bits",
            info(RSA, &rsa_numbers(&[&[0], [0xff; 128].as_slice()].concat())),
            KeyError::TooWeak.into(),
        ),
        (
            "RSA of 8,200 bits",
            info(RSA, &rsa_numbers(&[&[0], [0xff; 1025].as_slice()].concat())),
            KeyError::TooLarge.into(),
        ),
        ("negative RSA", info(RSA, &rsa_numbers(&[0xff; 256])), ImportError::Malformed),
        (
            "RSA with a needless zero",
            info(RSA, &rsa_numbers(&[&[0, 0], [0xff; 256].as_slice()].concat())),
            ImportError::Malformed,
        ),
    ];
    for (name, der, reason) in cases {
        assert_eq!(read(&der), Err(reason), "{name}");
    }
}

const RSA: &str = "06092a864886f70d0101010500";

fn rsa_numbers(modulus: &[u8]) -> Vec<u8> {
    element(0x30, &[element(2, modulus), element(2, &[1, 0, 1])].concat())
}

#[test]
fn every_truncation_and_every_flipped_bit_of_der_is_another_key_or_none() {
    for key in published() {
        let der = to_public_der(&key);
        for length in 0..der.len() {
            assert!(read(&der[..length]).is_err(), "{length}");
        }
        assert!(read(&[&der[..], &[0]].concat()).is_err());
        for bit in 0..der.len() * 8 {
            let mut altered = der.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(read(&altered), Ok(key.clone()), "{bit}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_are_refused_without_panic(bytes: Vec<u8>, body in "[ -~\n]{0,300}") {
        prop_assert!(read(&bytes).is_err());
        let block = format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n");
        prop_assert!(read(block.as_bytes()).is_err());
        prop_assert!(mpp_crypto::import::read_signing_key(&bytes).is_err());
        prop_assert!(mpp_crypto::import::Certificate::from_der(&bytes).is_err());
    }
}
