//! Scalars that clamping leaves alone.
//!
//! For a point Q of the subgroup of order n, `x(s·Q) = x(d·Q)` whenever `s = ±d mod n`. Among these s is one with
//! `s = 0 mod 8` and `2^254 <= s < 2^255`, which is what clamping makes of every scalar, for all d but a 2^-124 part
//! (rahasya.md §3.1). So any X25519 multiplies points of Wei25519.

use zeroize::Zeroizing;

/// n, 64 bits at a time, the lowest first.
const ORDER: [u64; 4] = [0x5812_631a_5cf5_d3ed, 0x14de_f9de_a2f7_9cd6, 0, 0x1000_0000_0000_0000];

/// The s of d, both little-endian; `None` in the two narrow corners that have none.
///
/// With `t = 5 d mod 8`, s is `8n - d` for t = 0, `(8-t) n + d` for t = 1, 2, 3, 4 and `t n - d` for t = 5, 6, 7. The
/// case is picked by masks: nothing branches on d but the test for the corners.
pub(crate) fn clamped(d: &[u8; 32]) -> Option<Zeroizing<[u8; 32]>> {
    let t = u64::from(*d.first()?).wrapping_mul(5) & 7;
    let zero = t.wrapping_sub(1) >> 63;
    let subtract = t.wrapping_sub(1) >> 2 & 1;
    let mask = subtract.wrapping_neg();
    let (when_added, when_subtracted) = (8 - t, t | zero << 3);
    let factor = when_added ^ (mask & (when_added ^ when_subtracted));

    let mut s = Zeroizing::new([0; 32]);
    // -d is the complement of d and one more.
    let (mut product_carry, mut sum_carry) = (0, subtract == 1);
    let limbs = s.as_chunks_mut::<8>().0.iter_mut().zip(d.as_chunks::<8>().0).zip(ORDER);
    for ((target, of_d), of_n) in limbs {
        let (product, high) = of_n.carrying_mul(factor, product_carry);
        let (sum, carry) = product.carrying_add(u64::from_le_bytes(*of_d) ^ mask, sum_carry);
        (product_carry, sum_carry) = (high, carry);
        *target = sum.to_le_bytes();
    }
    s.last().is_some_and(|top| top >> 6 == 1).then_some(s)
}
