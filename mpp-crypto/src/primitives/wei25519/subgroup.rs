//! Whether a point has the prime order n, without a multiplication by n.
//!
//! The curve's points form a cyclic group of order 8n, so those of order n (and infinity) are the multiples of 8. On
//! the Montgomery form E: `v^2 = u^3 + A u^2 + u`, write `T2 = (0, 0)` for the point of order 2:
//!
//! 1. P ≠ T2 is a double if and only if u is a square: E / 2E embeds into the square classes by `P -> u`, since
//!    the other factor `u^2 + A u + 1` is irreducible and its class is that of u.
//! 2. P = 2R is solved by hand. The doubling formula is `u = (r^2 - 1)^2 / (4 r (r^2 + A r + 1))`; with
//!    `t = r + 1/r` it becomes `t^2 - 4 u t - 4 (A u + 1) = 0`, so `t = 2 (u ± v/√u)`. For the two solutions the
//!    product of `t^2 - 4` is `16 u^2 (A^2 - 4)`, no square: exactly one of them gives an r in the field,
//!    `r = (t + √(t^2 - 4)) / 2`. The point over it is `R = (r, r k)` with `k = √(t^2 - 4) / (2 √u)`, because
//!    `r^2 + A r + 1 = r (t + A)` and `t + A = (t^2 - 4) / (4 u)`. It is a half of P or of -P, and the only other
//!    halves in the group differ from it by T2, a multiple of 4: the answer below is the same for all of them.
//! 3. P is a multiple of 8 if and only if R is a multiple of 4, which the Tate pairing of order 4 with the point
//!    `T4 = (1, c)`, `c = √(A + 2)`, decides, the fourth roots of unity lying in the field: the function with
//!    divisor `4 (T4) - 4 (O)` is `(v - c u)^2 / u`, the tangent at T4 passing through T2. So R is a multiple of 4 if
//!    and only if `(r k - c r)^2 / r = r (k - c)^2` is a fourth power.
//!
//! Three powers instead of a multiplication. Sources: the pairing, Koshelev, *Subgroup membership testing on elliptic
//! curves via the Tate pairing* (IACR ePrint 2022/037), which needs all eighth roots of unity in the field and so
//! only reaches multiples of 4 here; halving first, Pornin, *Point-Halving and Subgroup Membership in Twisted Edwards
//! Curves* (IACR ePrint 2022/1164). The formulas above were worked out for this curve form.
//!
//! Points that are judged are public: this branches on them.

use crate::primitives::field25519::FieldElement;

/// c, a square root of A + 2, big-endian.
const C: [u8; 32] = [
    0x6b, 0xe4, 0xf4, 0x97, 0xf9, 0xa9, 0xc2, 0xaf, 0xc2, 0x1f, 0xa7, 0x7a, 0xd7, 0xf4, 0xa6, 0xef, 0x63,
    0x5a, 0x11, 0xc7, 0x28, 0x4a, 0x93, 0x63, 0xe9, 0xa2, 0x48, 0xef, 0x9c, 0x88, 0x44, 0x15,
];
/// A square root of (A^2 - 4) / i, big-endian.
const OTHER_ROOT: [u8; 32] = [
    0x21, 0x9f, 0xc5, 0xbc, 0x27, 0xac, 0xf1, 0xee, 0xbe, 0x25, 0xd9, 0x69, 0x20, 0x2c, 0xa6, 0x8f, 0x9d,
    0xd7, 0x1e, 0xd4, 0xb8, 0x51, 0xca, 0x75, 0xa8, 0xb7, 0x12, 0x77, 0xb3, 0xba, 0x52, 0x22,
];
/// A square root of (A^2 - 4) / -i, big-endian.
const OTHER_ROOT_MINUS: [u8; 32] = [
    0x79, 0x7f, 0x01, 0x8b, 0x3b, 0x0e, 0xeb, 0xf0, 0xe7, 0xcc, 0x1e, 0x9c, 0xcf, 0x03, 0xa6, 0x48, 0x67,
    0xc6, 0xa1, 0x9e, 0xc5, 0xa6, 0x86, 0xcc, 0x00, 0xbc, 0x8b, 0xef, 0xa1, 0x4b, 0x63, 0x86,
];

/// (p + 1) / 2, big-endian.
const HALF: [u8; 32] = [
    0x3f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xf7,
];

/// Whether (u, v), which must be a point of the Montgomery form, has order n.
pub(super) fn contains(u: FieldElement, v: FieldElement) -> bool {
    let Some(inverse_root) = Residue::of(u).and_then(|residue| residue.inverse_root()) else { return false };
    let doubled_offset = doubled(v.times(inverse_root));
    let (r, root) = half(u, doubled_offset);
    let k = halved(root.times(inverse_root));
    let slope = k.minus(FieldElement::from_constant(&C));
    Residue::of(r.times(slope.squared())).is_some_and(|residue| matches!(residue.class, Class::One))
}

/// r and √(t^2 - 4) of the one t among `2 u ± doubled_offset` that has such a root.
fn half(u: FieldElement, doubled_offset: FieldElement) -> (FieldElement, FieldElement) {
    let four = doubled(doubled(FieldElement::ONE));
    let doubled_u = doubled(u);
    let t = doubled_u.plus(doubled_offset);
    let square = t.squared().minus(four);
    let other_root = |factor, power: FieldElement| {
        // (4 u)^2 (A^2 - 4) is the product of both: the other's root needs no power of its own.
        doubled(doubled_u).times(FieldElement::from_constant(factor)).times(power)
    };
    let (t, root) = match Residue::of(square) {
        None => (t, square),
        Some(residue) => match residue.class {
            Class::One | Class::MinusOne => {
                (t, residue.inverse_root().map_or(square, |inverse| inverse.times(square)))
            }
            Class::I => (doubled_u.minus(doubled_offset), other_root(&OTHER_ROOT, residue.power)),
            Class::MinusI => (doubled_u.minus(doubled_offset), other_root(&OTHER_ROOT_MINUS, residue.power)),
        },
    };
    (halved(t.plus(root)), root)
}

/// What `x^((p-1)/4)` is: a fourth power has One, a square One or MinusOne.
enum Class {
    One,
    MinusOne,
    I,
    MinusI,
}

/// The class of an x other than zero, and the power of it that led there.
struct Residue {
    class: Class,
    /// `x^((p-5)/8)`, whose square times x is `x^((p-1)/4)`.
    power: FieldElement,
}

impl Residue {
    fn of(x: FieldElement) -> Option<Self> {
        let power = x.root_power();
        let symbol = power.squared().times(x);
        let i = FieldElement::root_of_minus_one();
        let class = if symbol.equals(FieldElement::ONE) {
            Class::One
        } else if symbol.equals(FieldElement::ONE.negated()) {
            Class::MinusOne
        } else if symbol.equals(i) {
            Class::I
        } else if symbol.equals(i.negated()) {
            Class::MinusI
        } else {
            return None;
        };
        Some(Self { class, power })
    }

    /// 1/√x, if x is a square.
    fn inverse_root(&self) -> Option<FieldElement> {
        match self.class {
            Class::One => Some(self.power),
            Class::MinusOne => Some(self.power.times(FieldElement::root_of_minus_one())),
            Class::I | Class::MinusI => None,
        }
    }
}

fn doubled(x: FieldElement) -> FieldElement {
    x.plus(x)
}

/// x / 2.
fn halved(x: FieldElement) -> FieldElement {
    x.times(FieldElement::from_constant(&HALF))
}
