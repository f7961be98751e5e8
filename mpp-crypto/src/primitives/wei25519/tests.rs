//! The subgroup check against the multiplication it replaces, and the ladder against the unclamped one.

use curve25519_dalek::constants::EIGHT_TORSION;
use proptest::prelude::*;

use super::*;
use crate::primitives::providers::{X25519Agreement, pure};

fn element(bytes: [u8; 32]) -> FieldElement {
    FieldElement::from_le_bytes(bytes)
}

/// The Weierstrass point, with either sign of y, of an Edwards point other than the neutral one.
fn weierstrass(edwards: EdwardsPoint, odd: bool) -> Point {
    let u = element(edwards.to_montgomery().to_bytes());
    Point::decompressed(u.plus(FieldElement::from_constant(&SHIFT)), odd)
        .or_else(|| Point::decompressed(u.plus(FieldElement::from_constant(&SHIFT)), !odd))
        .unwrap()
}

/// Bytes of every kind of scalar: anywhere, small, and close below n.
fn scalars() -> impl Strategy<Value = Scalar> {
    let near = |distance: u64| Scalar::ZERO - Scalar::from(distance);
    prop_oneof![
        8 => any::<[u8; 32]>().prop_map(Scalar::from_bytes_mod_order),
        1 => (1_u64..200).prop_map(Scalar::from),
        1 => (1_u64..200).prop_map(near),
    ]
    .prop_filter("zero", |scalar| *scalar != Scalar::ZERO)
}

/// ±(s mod n) must be d.
fn is_same_up_to_sign(s: [u8; 32], d: Scalar) -> bool {
    let reduced = Scalar::from_bytes_mod_order(s);
    reduced == d || reduced == -d
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_subgroup_check_is_that_of_a_multiplication_by_n_in_every_coset(scalar in scalars(), odd: bool) {
        let inside = EdwardsPoint::mul_base(&scalar);
        for (index, torsion) in EIGHT_TORSION.iter().enumerate() {
            let edwards = inside + torsion;
            let point = weierstrass(edwards, odd);
            prop_assert!(point.is_on_curve());
            prop_assert_eq!(edwards.is_torsion_free(), index == 0);
            prop_assert_eq!(subgroup::contains(point.u(), point.y), index == 0);
        }
    }

    #[test]
    fn the_subgroup_check_judges_any_point_of_the_curve_rightly(x: [u8; 32], odd: bool) {
        if let Some(point) = Point::decompressed(element(x), odd) {
            let edwards = MontgomeryPoint(point.u().to_le_bytes()).to_edwards(0).unwrap();
            prop_assert_eq!(subgroup::contains(point.u(), point.y), edwards.is_torsion_free());
        }
    }

    #[test]
    fn a_translated_scalar_is_the_same_one_and_clamping_leaves_it_alone(d in scalars()) {
        if let Some(s) = translated::clamped(&d.to_bytes()) {
            prop_assert_eq!(curve25519_dalek::scalar::clamp_integer(*s), *s);
            prop_assert!(is_same_up_to_sign(*s, d));
        }
    }
}

fn multiplies_as_the_ladder_does<X: X25519Agreement>(d: Scalar, q: Scalar) -> Result<(), TestCaseError> {
    let point = weierstrass(EdwardsPoint::mul_base(&q), true);
    let secret = SecretScalar(d);
    let ladder = secret.unclamped_ladder(&point.u().to_le_bytes()).unwrap();
    let x = element(*ladder).plus(FieldElement::from_constant(&SHIFT)).to_be_bytes();
    prop_assert_eq!(*secret.shared_x::<X>(&point).unwrap(), x);
    Ok(())
}

fn on_every_provider(d: Scalar, q: Scalar) -> Result<(), TestCaseError> {
    multiplies_as_the_ladder_does::<pure::X25519>(d, q)?;
    #[cfg(feature = "accelerated")]
    multiplies_as_the_ladder_does::<crate::primitives::providers::accelerated::X25519>(d, q)?;
    #[cfg(feature = "graviola")]
    multiplies_as_the_ladder_does::<crate::primitives::providers::on_graviola::X25519>(d, q)?;
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_secret_is_that_of_the_unclamped_ladder_on_every_provider(d in scalars(), q in scalars()) {
        on_every_provider(d, q)?;
    }
}

/// d that have no clamped form, and their neighbours that do: `t = 0` up to `8n - 2^255`, `t = 1` from `2^255 - 7n`.
#[test]
fn the_two_corners_have_no_clamped_form_and_agree_all_the_same() {
    let order = [0xd3ed_u64, 0x5cf5, 0x631a, 0x5812, 0x9cd6, 0xa2f7, 0xf9de, 0x14de];
    let step = Scalar::from(65_536_u64);
    let order_low = order.iter().rev().fold(Scalar::ZERO, |sum, part| sum * step + Scalar::from(*part));
    // 8 n - 2^255 is 8 (n - 2^252), and 2^255 - 7 n is n less that.
    let width = Scalar::from(8_u64) * order_low;
    let cases = [
        (Scalar::from(8_u64), false),
        (width, false),
        (width + Scalar::from(8_u64), true),
        (-width, false),
        (-width - Scalar::from(8_u64), true),
        (-Scalar::from(8_u64), false),
        (Scalar::ONE, true),
        (-Scalar::ONE, true),
    ];
    for (d, has_form) in cases {
        assert_eq!(translated::clamped(&d.to_bytes()).is_some(), has_form, "{d:?}");
        on_every_provider(d, Scalar::from(77_u64)).unwrap();
    }
}

#[test]
fn every_residue_of_eight_is_translated() {
    for low in 1..=64_u64 {
        let d = Scalar::from(low) * Scalar::from(0x1234_5678_9abc_def1_u64).invert() + Scalar::from(low);
        let s = translated::clamped(&d.to_bytes()).unwrap();
        assert!(is_same_up_to_sign(*s, d));
    }
}

#[test]
fn points_of_small_order_are_not_of_order_n() {
    for torsion in EIGHT_TORSION.iter().skip(1) {
        let point = weierstrass(*torsion, true);
        assert!(point.is_on_curve());
        assert_eq!(point.checked_order().err(), Some(PointRefusal::LowOrder));
    }
}
