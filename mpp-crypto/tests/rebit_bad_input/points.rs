//! Points and u-coordinates that are not keys.

use mpp_crypto::rebit::{Flavour, RebitError};

use crate::rebit_keys::{ecc_der, judge, judge_der, material, public_der, x25519_der};

const P: &str = "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed";
const GX: &str = "2aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaad245a";
const GY: &str = "20ae19a1b8a086b4e01edd2c7748d14c923d4d7e6d7c61b229e9c5a27eced3d9";

/// Points of order 8, 4 and 2.
const SMALL: [&str; 3] = [
    "042b62f409c0b00d31a85bdd479637b485156f4a9ca58e00c15962ebe62728103146ce3ed6a9617c5ad6b7d3eb19d74ba86cc403d6127fe4b29778eb7c6daf84d3",
    "042aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaad24526be4f497f9a9c2afc21fa77ad7f4a6ef635a11c7284a9363e9a248ef9c884415",
    "042aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaad24510000000000000000000000000000000000000000000000000000000000000000",
];
/// The generator plus each of those: on the curve, outside the subgroup.
const OUTSIDE: [&str; 3] = [
    "045dd02a7128be38494caf4364d19486ca469906a2be0e2e2519c0931acbde970c4bf03c5dd6b933bb30636f07acb14f14274c91a86c84eca8ee44af95e5ad24d4",
    "04495978998d2755df58724b63ce07f38d669b4058bf5d98a3293f8ca972dccf0e296346bbcc9f743d91db442eeabb2cae02f398b0e3a553d622f0e731df2e9cb2",
    "0471c71c71c71c71c71c71c71c71c71c71c71c71c71c71c71c71c71c71c71eeb63387c4536e46fcbc4e0c9e3fc4a61138a1dccacded58fd8de320cea98dbab460b",
];

fn ecc(point: &str) -> Result<(), RebitError> {
    judge_der(&ecc_der(point), Flavour::Ecc)
}

fn x25519(u: &str) -> Result<(), RebitError> {
    judge_der(&x25519_der(u), Flavour::X25519)
}

/// hex(a + b), both 32 bytes big-endian.
fn sum(a: &str, b: &str) -> String {
    let (a, b) = (hex::decode(a).unwrap(), hex::decode(b).unwrap());
    let mut carry = 0;
    let mut bytes = vec![0; 32];
    for place in (0..32).rev() {
        let total = u16::from(a[place]) + u16::from(b[place]) + carry;
        (bytes[place], carry) = (total.to_be_bytes()[1], total >> 8);
    }
    assert_eq!(carry, 0);
    hex::encode(bytes)
}

fn little_endian(big_endian: &str) -> String {
    hex::encode(hex::decode(big_endian).unwrap().into_iter().rev().collect::<Vec<u8>>())
}

#[test]
fn the_generator_is_a_key_with_either_sign() {
    assert_eq!(ecc(&format!("04{GX}{GY}")), Ok(()));
    let negative = "5f51e65e475f794b1fe122d388b72eb36dc2b28192839e4dd6163a5d81312c14";
    assert_eq!(ecc(&format!("04{GX}{negative}")), Ok(()));
}

#[test]
fn points_of_small_order_are_refused_as_such() {
    for point in SMALL {
        assert_eq!(ecc(point), Err(RebitError::LowOrderPoint), "{point}");
    }
}

#[test]
fn points_outside_the_subgroup_are_refused_as_such() {
    for point in OUTSIDE {
        assert_eq!(ecc(point), Err(RebitError::LowOrderPoint), "{point}");
    }
}

#[test]
fn points_off_the_curve_and_on_the_twist_are_refused() {
    let montgomery_generator = format!("04{:0>64}{GY}", "9");
    let swapped = format!("04{GY}{GX}");
    let origin = format!("04{:0>128}", "");
    // x = 4 belongs to a point of the twist, so that no y fits.
    let twist = format!("04{:0>64}{GY}", "4");
    let twist_compressed = [format!("02{:0>64}", "4"), format!("03{:0>64}", "4")];
    for point in [montgomery_generator, swapped, origin, twist].iter().chain(&twist_compressed) {
        let mut der = ecc_der(point);
        if der.len() < 309 {
            der = compressed(&der);
        }
        assert_eq!(judge_der(&der, Flavour::Ecc), Err(RebitError::InvalidPublicKey), "{point}");
    }
}

/// Repairs the lengths around a point of 33 bytes.
fn compressed(der: &[u8]) -> Vec<u8> {
    let mut der = der.to_vec();
    (der[3], der[242]) = (0x31 - 32, 0x42 - 32);
    der
}

#[test]
fn compressed_and_hybrid_points_are_read_with_the_right_parity_only() {
    // The generator's y is odd, so that 03 and 07 name it; 02 names its negative.
    for tag in ["02", "03"] {
        assert_eq!(judge_der(&compressed(&ecc_der(&format!("{tag}{GX}"))), Flavour::Ecc), Ok(()));
    }
    assert_eq!(ecc(&format!("07{GX}{GY}")), Ok(()));
    assert_eq!(ecc(&format!("06{GX}{GY}")), Err(RebitError::InvalidPublicKey));
    for tag in ["00", "01", "05", "08", "ff"] {
        assert_eq!(ecc(&format!("{tag}{GX}{GY}")), Err(RebitError::InvalidPublicKey), "{tag}");
    }
}

#[test]
fn infinity_is_refused_in_every_spelling() {
    let zeros = format!("{:0>130}", "");
    assert_eq!(ecc(&zeros), Err(RebitError::InvalidPublicKey));
    let mut der = ecc_der("00");
    (der[3], der[242]) = (0xf1, 2);
    assert_eq!(judge_der(&der, Flavour::Ecc), Err(RebitError::InvalidPublicKey));
}

#[test]
fn coordinates_that_are_not_below_p_are_refused() {
    assert_eq!(ecc(&format!("04{}{GY}", sum(GX, P))), Err(RebitError::InvalidPublicKey));
    assert_eq!(ecc(&format!("04{GX}{}", sum(GY, P))), Err(RebitError::InvalidPublicKey));
    assert_eq!(ecc(&format!("04{P}{GY}")), Err(RebitError::InvalidPublicKey));
    assert_eq!(ecc(&format!("04{}", "ff".repeat(64))), Err(RebitError::InvalidPublicKey));
}

#[test]
fn u_coordinates_of_small_order_are_refused_in_every_spelling() {
    let below_p = "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec";
    let above_p = "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffee";
    let order_8 = [
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    ];
    let (zero, one) = ("00".repeat(32), format!("01{}", "00".repeat(31)));
    let mut all: Vec<String> = [below_p, P, above_p].map(little_endian).to_vec();
    all.extend([zero, one]);
    all.extend(order_8.map(str::to_owned));
    for u in &all {
        assert_eq!(x25519(u), Err(RebitError::LowOrderPoint), "{u}");
        let top_bit = format!("{}{:02x}", &u[..62], u8::from_str_radix(&u[62..], 16).unwrap() | 0x80);
        assert_eq!(x25519(&top_bit), Err(RebitError::LowOrderPoint), "{top_bit}");
        assert_eq!(judge(u, Flavour::X25519), Err(RebitError::LowOrderPoint), "{u} in hex");
    }
}

/// RFC 7748 §5: the top bit is ignored and the rest reduced.
#[test]
fn other_spellings_of_a_u_coordinate_are_the_same_key() {
    use mpp_crypto::rebit::shared_secret;
    let ours = material(Flavour::X25519, 3).private_key_text();
    let nine = format!("09{}", "00".repeat(31));
    let expected = shared_secret(&ours, &nine).unwrap();
    let p_and_nine = little_endian(&sum(P, &format!("{:0>64}", "9")));
    for u in [format!("09{}80", "00".repeat(30)), p_and_nine] {
        assert_eq!(shared_secret(&ours, &u).unwrap(), expected, "{u}");
    }
}

#[test]
fn keys_of_another_curve_are_refused() {
    let p256 = "3059301306072a8648ce3d020106082a8648ce3d030107034200046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
    let ed25519 = "302a300506032b6570032100d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    let x448 = format!("3042300506032b656f033900{}", "05".repeat(56));
    for (name, der) in [("P-256", p256), ("Ed25519", ed25519), ("X448", &x448)] {
        for ours in [Flavour::Ecc, Flavour::X25519] {
            let judged = judge_der(&hex::decode(der).unwrap(), ours);
            assert_eq!(judged, Err(RebitError::InvalidPublicKey), "{name}");
        }
    }
}

#[test]
fn the_flavours_do_not_mix_in_either_direction() {
    let (ecc, x25519) = (material(Flavour::Ecc, 4), material(Flavour::X25519, 4));
    assert_eq!(judge_der(&public_der(&ecc), Flavour::X25519), Err(RebitError::InvalidPublicKey));
    assert_eq!(judge_der(&public_der(&x25519), Flavour::Ecc), Err(RebitError::InvalidPublicKey));
}

#[test]
fn a_bare_point_is_no_key() {
    let point = hex::decode(format!("04{GX}{GY}")).unwrap();
    assert_eq!(judge_der(&point, Flavour::Ecc), Err(RebitError::InvalidPublicKey));
    assert_eq!(judge(&hex::encode(&point), Flavour::Ecc), Err(RebitError::InvalidPublicKey));
    let x = hex::decode(GX).unwrap();
    assert_eq!(judge_der(&x, Flavour::X25519), Err(RebitError::InvalidPublicKey));
}
