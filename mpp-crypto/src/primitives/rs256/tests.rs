//! Both implementations give the same answers.

use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512};
use proptest::prelude::*;

use super::{accelerated, pure};

/// One key of each common size, with both views of its public half.
struct Both {
    pair: KeyPair,
    pure: pure::Key,
    accelerated: accelerated::Key,
}

static KEYS: LazyLock<[Both; 2]> = LazyLock::new(|| {
    [KeySize::Rsa2048, KeySize::Rsa3072].map(|size| {
        let pair = KeyPair::generate(size).unwrap();
        let (n, e) = components(&pair);
        let (pure, accelerated) = (pure::Key::new(&n, &e).unwrap(), accelerated::Key::new(&n, &e).unwrap());
        Both { pair, pure, accelerated }
    })
});

fn components(pair: &KeyPair) -> (Vec<u8>, Vec<u8>) {
    let public = pair.public_key();
    (
        public.modulus().big_endian_without_leading_zero().to_vec(),
        public.exponent().big_endian_without_leading_zero().to_vec(),
    )
}

impl Both {
    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).unwrap();
        signature
    }

    /// The answers of both, which must be the same.
    fn agreed(&self, parts: &[&[u8]], signature: &[u8]) -> bool {
        let answer = self.pure.verify(parts, signature);
        assert_eq!(self.accelerated.verify(parts, signature), answer);
        answer
    }
}

#[test]
fn where_a_message_is_cut_does_not_matter() {
    let key = &KEYS[0];
    let signature = key.sign(b"header.body");
    for at in 0..=11 {
        let (head, tail) = b"header.body".split_at(at);
        assert!(key.agreed(&[head, b"", tail], &signature));
    }
    assert!(!key.agreed(&[b"header", b"body"], &signature));
}

#[test]
fn both_refuse_other_lengths_numbers_and_hashes() {
    for key in KEYS.iter() {
        let good = key.sign(b"message");
        assert!(key.agreed(&[b"message"], &good));
        for length in [0, 1, 64, good.len() - 1] {
            assert!(!key.agreed(&[b"message"], &good[..length]));
        }
        assert!(!key.agreed(&[b"message"], &[&[0], &good[..]].concat()), "a leading zero");
        assert!(!key.agreed(&[b"message"], &[&good[..], &[0]].concat()), "a trailing zero");
        for byte in [0, 1, 0xff] {
            assert!(!key.agreed(&[b"message"], &vec![byte; good.len()]));
        }
        let mut other_hash = vec![0; good.len()];
        key.pair.sign(&RSA_PKCS1_SHA512, &SystemRandom::new(), b"message", &mut other_hash).unwrap();
        assert!(!key.agreed(&[b"message"], &other_hash));
    }
    let (two, three) = (&KEYS[0], &KEYS[1]);
    assert!(!three.agreed(&[b"message"], &two.sign(b"message")));
}

#[test]
fn both_refuse_the_same_components() {
    let (n, e) = components(&KEYS[0].pair);
    let even = [&n[..n.len() - 1], &[n[n.len() - 1] & 0xfe]].concat();
    let cases: [(&[u8], &[u8]); 7] = [
        (&n, &[]),
        (&n, &[1]),
        (&n, &[2]),
        (&n, &[1, 0, 0]),
        (&n, &[1, 0, 0, 0, 0, 1]),
        (&even, &e),
        (&[], &e),
    ];
    for (n, e) in cases {
        assert!(pure::Key::new(n, e).is_none() && accelerated::Key::new(n, e).is_none(), "{e:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_answer_the_same(large: bool, message: Vec<u8>, cut in any::<prop::sample::Index>(), bit in any::<prop::sample::Index>(), flip: bool) {
        let key = &KEYS[usize::from(large)];
        let mut signature = key.sign(&message);
        if flip {
            let bit = bit.index(signature.len() * 8);
            signature[bit / 8] ^= 1 << (bit % 8);
        }
        let (head, tail) = message.split_at(cut.index(message.len() + 1));
        prop_assert_eq!(key.agreed(&[head, tail], &signature), !flip);
    }
}
