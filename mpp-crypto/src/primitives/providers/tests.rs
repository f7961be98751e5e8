//! Every implementation gives the same answers as the pure one.

use proptest::prelude::*;

use super::{Aead, P256Agreement, X25519Agreement, pure};

/// Runs `$check::<…>` for the type of this name of every implementation that is compiled in.
macro_rules! for_every_other {
    ($type:ident, $check:ident($($argument:expr),*)) => {{
        #[cfg(feature = "accelerated")]
        $check::<super::accelerated::$type>($($argument),*)?;
        #[cfg(feature = "graviola")]
        $check::<super::on_graviola::$type>($($argument),*)?;
    }};
}

fn seals_alike<A: Aead>(
    key: &[u8; 32],
    nonce: &[u8; 12],
    aad: &[u8],
    text: &[u8],
    flip: usize,
) -> Result<(), TestCaseError> {
    let (mut expected, mut sealed) = (text.to_vec(), text.to_vec());
    let expected_tag = pure::Aes256GcmKey::new(key).seal_in_place(nonce, aad, &mut expected).unwrap();
    let cipher = A::new(key);
    let mut tag = cipher.seal_in_place(nonce, aad, &mut sealed).unwrap();
    prop_assert_eq!((&sealed, tag), (&expected, expected_tag));
    let mut opened = sealed.clone();
    prop_assert!(cipher.open_in_place(nonce, aad, &mut opened, &tag).is_ok());
    prop_assert_eq!(opened, text);
    tag[flip % 16] ^= 1 << (flip % 8);
    let mut refused = sealed.clone();
    prop_assert!(cipher.open_in_place(nonce, aad, &mut refused, &tag).is_err());
    prop_assert!(text.len() < 16 || refused != text, "a refused text was left open");
    Ok(())
}

fn agrees_alike_over_p256<P: P256Agreement>(ours: &[u8; 32], peer: &[u8; 65]) -> Result<(), TestCaseError> {
    let (Some(expected), Some(secret)) = (pure::P256::secret(ours), P::secret(ours)) else {
        prop_assert!(pure::P256::secret(ours).is_none() && P::secret(ours).is_none());
        return Ok(());
    };
    prop_assert_eq!(P::public(&secret), pure::P256::public(&expected));
    prop_assert_eq!(P::agree(&secret, peer), pure::P256::agree(&expected, peer));
    Ok(())
}

fn agrees_alike_over_x25519<X: X25519Agreement>(
    secret: &[u8; 32],
    u: &[u8; 32],
) -> Result<(), TestCaseError> {
    prop_assert_eq!(X::agree(secret, u), pure::X25519::agree(secret, u));
    Ok(())
}

/// Bytes at the ends of the range as often as in the middle.
fn scalars() -> impl Strategy<Value = [u8; 32]> {
    let order = <[u8; 32]>::try_from(
        hex::decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551").unwrap(),
    )
    .unwrap();
    let mut below = order;
    below[31] -= 1;
    prop_oneof![
        8 => any::<[u8; 32]>(),
        1 => Just([0; 32]),
        1 => Just([0xff; 32]),
        1 => Just(order),
        1 => Just(below),
    ]
}

fn points() -> impl Strategy<Value = [u8; 65]> {
    let sound = any::<[u8; 32]>().prop_filter_map("no scalar", |scalar| {
        pure::P256::secret(&scalar).and_then(|secret| pure::P256::public(&secret))
    });
    (sound, any::<bool>(), 0_usize..520).prop_map(|(mut point, damage, bit)| {
        if damage {
            point[bit / 8] ^= 1 << (bit % 8);
        }
        point
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn aes_256_gcm(key: [u8; 32], nonce: [u8; 12], aad: Vec<u8>, text in prop::collection::vec(any::<u8>(), 0..4100), flip: usize) {
        for_every_other!(Aes256GcmKey, seals_alike(&key, &nonce, &aad, &text, flip));
    }

    #[test]
    fn p256(ours in scalars(), peer in points()) {
        for_every_other!(P256, agrees_alike_over_p256(&ours, &peer));
    }

    #[test]
    fn x25519(secret: [u8; 32], u: [u8; 32]) {
        for_every_other!(X25519, agrees_alike_over_x25519(&secret, &u));
    }
}

fn fresh_keys_agree<P: P256Agreement>(expected: bool) -> Result<(), TestCaseError> {
    let (Some(one), Some(other)) = (P::fresh(), P::fresh()) else {
        prop_assert!(!expected, "a generator of its own");
        return Ok(());
    };
    let (first, second) = (P::public(&one), P::public(&other));
    prop_assert_ne!(first, second);
    prop_assert!(P::agree(&one, &second.unwrap()).is_some());
    prop_assert_eq!(P::agree(&one, &second.unwrap()), P::agree(&other, &first.unwrap()));
    let ours = pure::P256::secret(&[7; 32]).unwrap();
    let agreed = pure::P256::agree(&ours, &first.unwrap());
    prop_assert_eq!(P::agree(&one, &pure::P256::public(&ours).unwrap()), agreed);
    Ok(())
}

#[test]
fn keys_of_a_library_s_own_generator_agree_with_all() {
    #[cfg(feature = "accelerated")]
    fresh_keys_agree::<super::accelerated::P256>(true).unwrap();
    #[cfg(feature = "graviola")]
    fresh_keys_agree::<super::on_graviola::P256>(false).unwrap();
    fresh_keys_agree::<pure::P256>(false).unwrap();
}

#[test]
fn u_coordinates_of_small_order_are_refused_by_all() {
    let p = |last: u8| -> [u8; 32] {
        let mut bytes = [0xff; 32];
        (bytes[0], bytes[31]) = (last, 0x7f);
        bytes
    };
    let mut one = [0; 32];
    one[0] = 1;
    let order_8 = [
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    ];
    let order_8 = order_8.map(|text| <[u8; 32]>::try_from(hex::decode(text).unwrap()).unwrap());
    for u in [[0; 32], one, p(0xec), p(0xed), p(0xee), order_8[0], order_8[1]] {
        assert_eq!(pure::X25519::agree(&[0x42; 32], &u), None);
        let check = || -> Result<(), TestCaseError> {
            for_every_other!(X25519, agrees_alike_over_x25519(&[0x42; 32], &u));
            Ok(())
        };
        check().unwrap();
    }
}
