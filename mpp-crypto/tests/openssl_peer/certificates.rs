//! Certificates that `openssl` issues.

use mpp_core::{Span, Timestamp};
use mpp_crypto::import::{Certificate, ValidityError, read_signing_key};

use crate::{Bench, KINDS, public_key};

/// A date of `openssl x509 -dateopt iso_8601`, for example `notBefore=2026-01-15 09:30:00Z`.
fn date(bench: &Bench, option: &str) -> Timestamp {
    let text = bench.openssl(&format!("x509 -in certificate.pem -noout -{option} -dateopt iso_8601"));
    let text = String::from_utf8(text).unwrap();
    text.split_once('=').unwrap().1.trim().replace(' ', "T").parse().unwrap()
}

#[test]
fn key_and_dates_of_a_certificate_are_what_openssl_says() {
    let bench = Bench::new();
    for (kind, _) in KINDS {
        bench.openssl(&format!("genpkey {kind} -out key.pem"));
        bench.openssl(
            "req -x509 -new -key key.pem -subj /CN=SAHYADRI_FIP/O=Test -days 30 -out certificate.pem",
        );
        bench.openssl("x509 -in certificate.pem -outform DER -out certificate.der");
        let certificate = Certificate::from_der(&bench.read("certificate.der")).unwrap();
        let pem = String::from_utf8(bench.read("certificate.pem")).unwrap();
        assert_eq!(Certificate::from_pem(&pem).unwrap(), certificate);
        let key = read_signing_key(&bench.read("key.pem")).unwrap().public();
        assert_eq!(certificate.key(), &key, "{kind}");
        assert_eq!(public_key(pem.as_bytes()), Ok(key.clone()));
        assert_eq!(public_key(&bench.read("certificate.der")), Ok(key), "{kind}");
        let (first, last) = (date(&bench, "startdate"), date(&bench, "enddate"));
        assert_eq!((certificate.not_before(), certificate.not_after()), (first, last), "{kind}");
        assert_eq!(certificate.check_valid_at(first.plus(Span::from_days(1))), Ok(()));
        let early = certificate.check_valid_at(first.minus(Span::from_seconds(1)));
        assert_eq!(early, Err(ValidityError::NotYetValid(first)));
        let late = certificate.check_valid_at(last.plus(Span::from_seconds(1)));
        assert_eq!(late, Err(ValidityError::Expired(last)));
    }
}

/// RFC 5280 §4.1.2.5: from 2050 on dates have another form.
#[test]
fn dates_beyond_2050_are_read() {
    let bench = Bench::new();
    bench.openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem");
    bench.openssl("req -x509 -new -key key.pem -subj /CN=x -days 20000 -out certificate.pem");
    let pem = String::from_utf8(bench.read("certificate.pem")).unwrap();
    assert_eq!(Certificate::from_pem(&pem).unwrap().not_after(), date(&bench, "enddate"));
}
