//! X.509 certificates.

use mpp_core::Timestamp;
use mpp_crypto::import::{Certificate, ImportError, PublicKeySet, ValidityError};

use crate::published_keys::{CERTIFICATE, P256};

fn der() -> Vec<u8> {
    base64_simd::STANDARD.decode_to_vec(CERTIFICATE).unwrap()
}

fn pem() -> String {
    format!("subject=CN = BC\n-----BEGIN CERTIFICATE-----\n{CERTIFICATE}\n-----END CERTIFICATE-----\n")
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn the_key_of_a_published_certificate_is_read() {
    let certificate = Certificate::from_der(&der()).unwrap();
    assert_eq!(certificate.key().algorithm().name(), "ES256");
    assert_eq!(Certificate::from_pem(&pem()).unwrap(), certificate);
    for bytes in [der(), pem().into_bytes()] {
        assert_eq!(&PublicKeySet::read(&bytes).unwrap().only().unwrap().key, certificate.key());
    }
}

#[test]
fn its_dates_hold_from_the_first_second_to_the_end_of_the_last() {
    let certificate = Certificate::from_der(&der()).unwrap();
    let (first, last) = (at("2020-01-14T22:55:33Z"), at("2021-01-23T22:55:33Z"));
    assert_eq!((certificate.not_before(), certificate.not_after()), (first, last));
    for inside in [first, at("2020-06-01T00:00:00Z"), last, at("2021-01-23T22:55:33.999Z")] {
        assert_eq!(certificate.check_valid_at(inside), Ok(()));
    }
    let early = certificate.check_valid_at(at("2020-01-14T22:55:32.999Z"));
    assert_eq!(early, Err(ValidityError::NotYetValid(first)));
    let late = certificate.check_valid_at(at("2021-01-23T22:55:34Z"));
    assert_eq!(late, Err(ValidityError::Expired(last)));
}

#[test]
fn what_is_no_certificate_is_refused() {
    let whole = der();
    for length in 0..whole.len() {
        assert!(Certificate::from_der(&whole[..length]).is_err(), "{length}");
    }
    assert_eq!(Certificate::from_der(&[&whole[..], &[0]].concat()), Err(ImportError::Malformed));
    assert_eq!(Certificate::from_pem(P256), Err(ImportError::Malformed));
    assert_eq!(Certificate::from_pem(&format!("{}{}", pem(), pem())), Err(ImportError::SeveralKeys));
    assert_eq!(Certificate::from_pem("{}"), Err(ImportError::Malformed));
    assert_eq!(Certificate::from_der(&vec![0x30; (1 << 20) + 1]), Err(ImportError::TooLong));
}

#[test]
fn no_flipped_bit_brings_it_down() {
    let whole = der();
    for bit in 0..whole.len() * 8 {
        let mut altered = whole.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        // Nobody checks the issuer's signature here: it may still be read, but it must not panic.
        let _ = Certificate::from_der(&altered);
    }
}
