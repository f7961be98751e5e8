//! Bodies that carry a right tag and still make no sense: written by a program with a fault, or by somebody who has the
//! password.

use mpp_core::{Entropy, draw};

use super::*;
use crate::key_ring::file::password::Password;

/// Counts; enough for keys that nobody needs to guess.
#[derive(Debug, Default)]
struct Counter(std::sync::atomic::AtomicU8);

impl Entropy for Counter {
    fn fill(&self, buffer: &mut [u8]) {
        for byte in buffer {
            *byte = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
    }
}

fn header() -> Header {
    let cost = PasswordCost::new(1_024, 1, 1).unwrap();
    Header { cost, salt: [1; SALT_LEN], id: RingId([2; 16]), revision: 3, nonce: [4; NONCE_LEN] }
}

fn master() -> MasterKey {
    let password = Password::new(Zeroizing::new("correct horse".to_owned())).unwrap();
    MasterKey::derive(&password, &header().salt, header().cost).unwrap()
}

/// What a reader says of a body with a right tag.
fn opened(plaintext: &[u8]) -> Result<KeyList, KeyRingError> {
    let mut body = plaintext.to_vec();
    let key: AeadKey = AeadKey::new(master().as_bytes());
    key.seal(&header().nonce, &header().encode(), &mut body).unwrap();
    open(&header(), &body, &master())
}

fn entry(algorithm: u8, state: u8, millis: i64, secret: [u8; 32]) -> Vec<u8> {
    [&[algorithm, state][..], &millis.to_be_bytes(), &secret].concat()
}

fn body(count: u16, entries: &[Vec<u8>]) -> Vec<u8> {
    [&count.to_be_bytes()[..], &entries.concat()].concat()
}

fn secret() -> [u8; 32] {
    [7; 32]
}

#[test]
fn sensible_bodies_open() {
    assert!(opened(&body(0, &[])).unwrap().keys().is_empty());
    let entries = [entry(1, 0, 0, secret()), entry(1, 1, -1, [8; 32]), entry(2, 0, 5, [9; 32])];
    assert_eq!(opened(&body(3, &entries)).unwrap().keys().len(), 3);
}

#[test]
fn senseless_bodies_are_no_key_rings() {
    let good = entry(1, 0, 0, secret());
    let order = hex::decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551").unwrap();
    let senseless: [(&str, Vec<u8>); 14] = [
        ("nothing", vec![]),
        ("half a count", vec![0]),
        ("more counted than there", body(2, std::slice::from_ref(&good))),
        ("fewer counted than there", body(0, std::slice::from_ref(&good))),
        ("a byte behind", [body(1, std::slice::from_ref(&good)), vec![0]].concat()),
        ("algorithm 0", body(1, &[entry(0, 0, 0, secret())])),
        ("algorithm 4", body(1, &[entry(4, 0, 0, secret())])),
        ("state 2", body(1, &[entry(1, 2, 0, secret())])),
        ("a time beyond the calendar", body(1, &[entry(1, 0, i64::MAX, secret())])),
        ("the scalar 0", body(1, &[entry(1, 0, 0, [0; 32])])),
        ("the order as scalar", body(1, &[entry(2, 0, 0, order.try_into().unwrap())])),
        ("the same key twice", body(2, &[good.clone(), entry(1, 1, 9, secret())])),
        ("one key for two uses", body(2, &[good, entry(2, 0, 0, secret())])),
        ("a retired first", body(2, &[entry(1, 1, 0, secret()), entry(1, 0, 0, [8; 32])])),
    ];
    for (what, plaintext) in senseless {
        assert_eq!(opened(&plaintext).unwrap_err(), KeyRingError::NotAKeyRing, "{what}");
    }
}

#[test]
fn a_full_ring_takes_no_further_key_and_fits_into_the_longest_file() {
    let entropy = Counter::default();
    let mut list = KeyList::default();
    let mut number = 0_u16;
    let created = Timestamp::from_unix_millis(0).unwrap();
    let mut add = |list: &mut KeyList| {
        number += 1;
        let mut seed = draw::<32>(&entropy);
        seed[..2].copy_from_slice(&number.to_be_bytes());
        let key = SigningKey::from_secret(SignatureAlgorithm::Ed25519, &seed).unwrap();
        list.add(PrivateKey::Signing(key), created)
    };
    for _ in 0..MAX_KEYS {
        add(&mut list).unwrap();
    }
    assert_eq!(add(&mut list).unwrap_err(), KeyRingError::Full);
    let file = seal(&header(), &list, &master()).unwrap();
    assert_eq!(file.len(), MAX_FILE);
    let (read_header, sealed) = read(&file).unwrap();
    assert_eq!(read_header, header());
    assert_eq!(open(&header(), sealed, &master()).unwrap().entries(), list.entries());
}
