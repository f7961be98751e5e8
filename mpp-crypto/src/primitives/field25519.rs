//! The field of 2^255 - 19, on the formally verified arithmetic of `fiat-crypto`.
//!
//! Values arrive and leave big-endian, as the Weierstrass form of the curve writes them. Nothing here branches
//! on or indexes by a value.

use fiat_crypto::curve25519_64 as fiat;
use fiat_crypto::curve25519_64::{
    fiat_25519_loose_field_element as Loose, fiat_25519_tight_field_element as Tight,
};

use super::equal_in_constant_time;

/// A square root of -1, big-endian.
const ROOT_OF_MINUS_ONE: [u8; 32] = [
    0x2b, 0x83, 0x24, 0x80, 0x4f, 0xc1, 0xdf, 0x0b, 0x2b, 0x4d, 0x00, 0x99, 0x3d, 0xfb, 0xd7, 0xa7, 0x2f,
    0x43, 0x18, 0x06, 0xad, 0x2f, 0xe4, 0x78, 0xc4, 0xee, 0x1b, 0x27, 0x4a, 0x0e, 0xa0, 0xb0,
];

/// An element of the field.
#[derive(Clone, Copy)]
pub(crate) struct FieldElement(Tight);

impl FieldElement {
    pub(crate) const ONE: Self = Self(Tight([1, 0, 0, 0, 0]));

    /// The element with these big-endian bytes, which must be below p.
    pub(crate) fn from_be_bytes(bytes: &[u8; 32]) -> Option<Self> {
        let element = Self::from_constant(bytes);
        equal_in_constant_time(&element.to_be_bytes(), bytes).then_some(element)
    }

    /// The element with these big-endian bytes, the top bit ignored and the rest reduced.
    pub(crate) fn from_constant(bytes: &[u8; 32]) -> Self {
        let mut little_endian = *bytes;
        little_endian.reverse();
        Self::from_le_bytes(little_endian)
    }

    /// The element with these little-endian bytes, the top bit ignored and the rest reduced.
    pub(crate) fn from_le_bytes(mut bytes: [u8; 32]) -> Self {
        if let Some(top) = bytes.last_mut() {
            *top &= 0x7f;
        }
        let mut element = Tight([0; 5]);
        fiat::fiat_25519_from_bytes(&mut element, &bytes);
        Self(element)
    }

    /// The only encoding of the element, big-endian.
    pub(crate) fn to_be_bytes(self) -> [u8; 32] {
        let mut bytes = self.to_le_bytes();
        bytes.reverse();
        bytes
    }

    /// The only encoding of the element, little-endian.
    pub(crate) fn to_le_bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        fiat::fiat_25519_to_bytes(&mut bytes, &self.0);
        bytes
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        let mut sum = Loose([0; 5]);
        fiat::fiat_25519_add(&mut sum, &self.0, &other.0);
        Self::carried(&sum)
    }

    pub(crate) fn minus(self, other: Self) -> Self {
        let mut difference = Loose([0; 5]);
        fiat::fiat_25519_sub(&mut difference, &self.0, &other.0);
        Self::carried(&difference)
    }

    pub(crate) fn negated(self) -> Self {
        let mut opposite = Loose([0; 5]);
        fiat::fiat_25519_opp(&mut opposite, &self.0);
        Self::carried(&opposite)
    }

    pub(crate) fn times(self, other: Self) -> Self {
        let mut product = Tight([0; 5]);
        fiat::fiat_25519_carry_mul(&mut product, &self.relaxed(), &other.relaxed());
        Self(product)
    }

    pub(crate) fn squared(self) -> Self {
        let mut square = Tight([0; 5]);
        fiat::fiat_25519_carry_square(&mut square, &self.relaxed());
        Self(square)
    }

    /// 1 / self; zero for zero: `self^(p-2)`, and `p - 2 = 8 (p-5)/8 + 3`.
    pub(crate) fn inverted(self) -> Self {
        self.root_power().squared_times(3).times(self.squared()).times(self)
    }

    /// A square root, if there is one; which of the two is left open. `(p+3)/8 = (p-5)/8 + 1`.
    pub(crate) fn square_root(self) -> Option<Self> {
        let candidate = self.root_power().times(self);
        let other = candidate.times(Self::root_of_minus_one());
        let root = Self::select(other, candidate, candidate.squared().equals(self));
        root.squared().equals(self).then_some(root)
    }

    /// Whether the only encoding of the element is odd.
    pub(crate) fn is_odd(self) -> bool {
        self.to_le_bytes().first().is_some_and(|low| low & 1 == 1)
    }

    pub(crate) fn equals(self, other: Self) -> bool {
        equal_in_constant_time(&self.to_le_bytes(), &other.to_le_bytes())
    }

    /// `chosen` when `condition` holds, else `otherwise`, without a branch.
    pub(crate) fn select(otherwise: Self, chosen: Self, condition: bool) -> Self {
        let mut selected = [0; 5];
        fiat::fiat_25519_selectznz(&mut selected, u8::from(condition), &otherwise.0.0, &chosen.0.0);
        Self(Tight(selected))
    }

    /// The root of -1 that this module calls i.
    pub(crate) fn root_of_minus_one() -> Self {
        Self::from_constant(&ROOT_OF_MINUS_ONE)
    }

    /// `self^((p-5)/8)`, the power of which roots, inverses and residue symbols are made. `(p-5)/8 = 2^252 - 3`:
    /// 251 squarings and 11 products, where `ones(n)` below stands for `self^(2^n - 1)`.
    pub(crate) fn root_power(self) -> Self {
        let ones_2 = self.squared().times(self);
        let ones_4 = ones_2.squared_times(2).times(ones_2);
        let ones_5 = ones_4.squared().times(self);
        let ones_10 = ones_5.squared_times(5).times(ones_5);
        let ones_20 = ones_10.squared_times(10).times(ones_10);
        let ones_40 = ones_20.squared_times(20).times(ones_20);
        let ones_50 = ones_40.squared_times(10).times(ones_10);
        let ones_100 = ones_50.squared_times(50).times(ones_50);
        let ones_200 = ones_100.squared_times(100).times(ones_100);
        let ones_250 = ones_200.squared_times(50).times(ones_50);
        ones_250.squared_times(2).times(self)
    }

    /// `self^(2^times)`.
    fn squared_times(self, times: u32) -> Self {
        let mut power = self.relaxed();
        let mut square = self.0;
        for _ in 0..times {
            fiat::fiat_25519_carry_square(&mut square, &power);
            fiat::fiat_25519_relax(&mut power, &square);
        }
        Self(square)
    }

    fn relaxed(self) -> Loose {
        let mut loose = Loose([0; 5]);
        fiat::fiat_25519_relax(&mut loose, &self.0);
        loose
    }

    fn carried(loose: &Loose) -> Self {
        let mut tight = Tight([0; 5]);
        fiat::fiat_25519_carry(&mut tight, loose);
        Self(tight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small(value: u8) -> FieldElement {
        let mut bytes = [0; 32];
        bytes[0] = value;
        FieldElement::from_le_bytes(bytes)
    }

    #[test]
    fn inverts_and_takes_roots() {
        assert!(small(7).times(small(7).inverted()).equals(FieldElement::ONE));
        let root = small(49).square_root().unwrap();
        assert!(root.equals(small(7)) || root.equals(small(7).negated()));
        assert!(small(2).square_root().is_none(), "2 is no square");
        assert!(FieldElement::ONE.negated().square_root().is_some());
    }

    #[test]
    fn refuses_what_is_not_below_p() {
        let mut p = [0xff; 32];
        p[0] = 0x7f;
        p[31] = 0xed;
        assert!(FieldElement::from_be_bytes(&p).is_none());
        p[31] = 0xec;
        assert!(FieldElement::from_be_bytes(&p).is_some());
        assert!(FieldElement::from_be_bytes(&[0xff; 32]).is_none());
    }
}
