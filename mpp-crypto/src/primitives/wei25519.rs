//! Wei25519: Curve25519 in short-Weierstrass form, `y^2 = x^3 + a x + b` (rahasya.md §2.1, §3).
//!
//! The same points as Curve25519 with the x-axis moved: `x = u + A/3`. Multiplication therefore runs on any X25519,
//! given a scalar that clamping leaves alone and that multiplies a point of the subgroup to the same x.

mod subgroup;
mod translated;

#[cfg(feature = "timing")]
pub(crate) use translated::clamped as clamped_form;

use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::montgomery::MontgomeryPoint;
use curve25519_dalek::scalar::Scalar;
use zeroize::{Zeroize, Zeroizing};

use super::field25519::FieldElement;
use super::providers::X25519Agreement;

/// The coefficient a, big-endian.
pub(crate) const A: [u8; 32] = [
    0x2a, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa,
    0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0x98, 0x49, 0x14, 0xa1, 0x44,
];
/// The coefficient b, big-endian.
pub(crate) const B: [u8; 32] = [
    0x7b, 0x42, 0x5e, 0xd0, 0x97, 0xb4, 0x25, 0xed, 0x09, 0x7b, 0x42, 0x5e, 0xd0, 0x97, 0xb4, 0x25, 0xed,
    0x09, 0x7b, 0x42, 0x5e, 0xd0, 0x97, 0xb4, 0x26, 0x0b, 0x5e, 0x9c, 0x77, 0x10, 0xc8, 0x64,
];
/// A/3 of the Montgomery form, big-endian: the distance between x and u.
const SHIFT: [u8; 32] = [
    0x2a, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa,
    0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xad, 0x24, 0x51,
];
/// A of the Montgomery form, 486662, big-endian.
const MONTGOMERY_A: [u8; 32] = [
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x07, 0x6d, 0x06,
];
/// The square root of -486664 that sends the Ed25519 base point to the generator's y, big-endian.
const EDWARDS_FACTOR: [u8; 32] = [
    0x70, 0xd9, 0x12, 0x0b, 0x9f, 0x5f, 0xf9, 0x44, 0x2d, 0x84, 0xf7, 0x23, 0xfc, 0x03, 0xb0, 0x81, 0x3a,
    0x5e, 0x2c, 0x2e, 0xb4, 0x82, 0xe5, 0x7d, 0x33, 0x91, 0xfb, 0x55, 0x00, 0xba, 0x81, 0xe7,
];

/// Why bytes are not a usable point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PointRefusal {
    /// Not an encoding of a point on the curve.
    Invalid,
    /// On the curve, but outside the subgroup of prime order.
    LowOrder,
}

/// A point of the subgroup of prime order, never infinity.
#[derive(Clone, Copy)]
pub(crate) struct Point {
    x: FieldElement,
    y: FieldElement,
}

impl Point {
    /// Reads a point in SEC 1 form: uncompressed, compressed or hybrid.
    pub(crate) fn from_sec1(bytes: &[u8]) -> Result<Self, PointRefusal> {
        let (&tag, coordinates) = bytes.split_first().ok_or(PointRefusal::Invalid)?;
        let (x, y) = coordinates.split_at_checked(32).ok_or(PointRefusal::Invalid)?;
        let x = coordinate(x).ok_or(PointRefusal::Invalid)?;
        let point = match tag {
            2 | 3 if y.is_empty() => Self::decompressed(x, tag == 3),
            4 => coordinate(y).map(|y| Self { x, y }),
            6 | 7 => coordinate(y).filter(|y| y.is_odd() == (tag == 7)).map(|y| Self { x, y }),
            _ => None,
        };
        point.filter(|point| point.is_on_curve()).ok_or(PointRefusal::Invalid)?.checked_order()
    }

    /// `04 || x || y`.
    pub(crate) fn to_sec1(self) -> [u8; 65] {
        let mut bytes = [4; 65];
        let coordinates = self.x.to_be_bytes().into_iter().chain(self.y.to_be_bytes());
        for (target, byte) in bytes.iter_mut().skip(1).zip(coordinates) {
            *target = byte;
        }
        bytes
    }

    fn decompressed(x: FieldElement, odd: bool) -> Option<Self> {
        let root = curve_equation(x).square_root()?;
        let y = FieldElement::select(root, root.negated(), root.is_odd() != odd);
        (y.is_odd() == odd).then_some(Self { x, y })
    }

    fn is_on_curve(&self) -> bool {
        self.y.squared().equals(curve_equation(self.x))
    }

    /// n·Q = O.
    fn checked_order(self) -> Result<Self, PointRefusal> {
        if subgroup::contains(self.u(), self.y) { Ok(self) } else { Err(PointRefusal::LowOrder) }
    }

    /// The coordinate of the Montgomery form; the other one is y itself.
    fn u(self) -> FieldElement {
        self.x.minus(FieldElement::from_constant(&SHIFT))
    }
}

/// A secret scalar in [1, n-1], wiped on drop.
pub(crate) struct SecretScalar(Scalar);

impl SecretScalar {
    /// Uniform in [1, n-1] (within 2^-259), from 64 random bytes; `None` for the one residue that is zero.
    pub(crate) fn from_wide(bytes: &[u8; 64]) -> Option<Self> {
        Self::unless_zero(Scalar::from_bytes_mod_order_wide(bytes))
    }

    /// From 32 big-endian bytes that must already lie in [1, n-1].
    pub(crate) fn from_be_bytes(bytes: &[u8; 32]) -> Option<Self> {
        let mut little_endian = Zeroizing::new(*bytes);
        little_endian.reverse();
        Option::<Scalar>::from(Scalar::from_canonical_bytes(*little_endian)).and_then(Self::unless_zero)
    }

    pub(crate) fn to_be_bytes(&self) -> Zeroizing<[u8; 32]> {
        let mut bytes = Zeroizing::new(self.0.to_bytes());
        bytes.reverse();
        bytes
    }

    fn unless_zero(scalar: Scalar) -> Option<Self> {
        (scalar != Scalar::ZERO).then_some(Self(scalar))
    }

    /// d·G, with the sign of y that Bouncy Castle computes (rahasya.md §3.3).
    pub(crate) fn public_point(&self) -> Option<Point> {
        let compressed = EdwardsPoint::mul_base(&self.0).compress().to_bytes();
        let x_is_odd = compressed.last().is_some_and(|top| top >> 7 == 1);
        let y = FieldElement::from_le_bytes(compressed);
        let one = FieldElement::ONE;
        let u = one.plus(y).times(one.minus(y).inverted());
        let factor = FieldElement::from_constant(&MONTGOMERY_A);
        let square = u.squared().plus(factor.times(u)).plus(one).times(u);
        let root = square.square_root()?;
        let edwards_x = FieldElement::from_constant(&EDWARDS_FACTOR).times(u).times(root.inverted());
        let v = FieldElement::select(root, root.negated(), edwards_x.is_odd() != x_is_odd);
        Some(Point { x: u.plus(FieldElement::from_constant(&SHIFT)), y: v })
    }

    /// The x-coordinate of d·Q, 32 bytes big-endian, leading zeros kept (rahasya.md §3.1); `None` for infinity.
    pub(crate) fn shared_x<X: X25519Agreement>(&self, point: &Point) -> Option<Zeroizing<[u8; 32]>> {
        let u = point.u().to_le_bytes();
        let product = match translated::clamped(&Zeroizing::new(self.0.to_bytes())) {
            Some(scalar) => X::agree(&scalar, &u)?,
            None => self.unclamped_ladder(&u)?,
        };
        let x = FieldElement::from_le_bytes(*product).plus(FieldElement::from_constant(&SHIFT));
        Some(Zeroizing::new(x.to_be_bytes()))
    }

    /// For the few scalars, one in 2^124, that have no clamped form.
    fn unclamped_ladder(&self, u: &[u8; 32]) -> Option<Zeroizing<[u8; 32]>> {
        let mut product = MontgomeryPoint(*u) * self.0;
        let bytes = Zeroizing::new(product.to_bytes());
        product.zeroize();
        (!super::equal_in_constant_time(bytes.as_slice(), &[0; 32])).then_some(bytes)
    }
}

impl Drop for SecretScalar {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// x^3 + a x + b.
fn curve_equation(x: FieldElement) -> FieldElement {
    let a = FieldElement::from_constant(&A);
    let b = FieldElement::from_constant(&B);
    x.squared().plus(a).times(x).plus(b)
}

fn coordinate(bytes: &[u8]) -> Option<FieldElement> {
    <&[u8; 32]>::try_from(bytes).ok().and_then(FieldElement::from_be_bytes)
}

#[cfg(test)]
mod tests;
