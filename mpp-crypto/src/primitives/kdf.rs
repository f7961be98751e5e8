//! HKDF-SHA256 (RFC 5869) and HMAC-SHA256 (RFC 2104).

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// `HKDF-Extract(salt, ikm)`, with `ikm` given in parts.
pub(crate) fn extract(salt: &[u8], ikm: &[&[u8]]) -> Hkdf<Sha256> {
    let mut extraction = hkdf::HkdfExtract::<Sha256>::new(Some(salt));
    for part in ikm {
        extraction.input_ikm(part);
    }
    extraction.finalize().1
}

/// `HKDF-Expand(prk, info, N)`, with `info` given in parts. `N` is at most 8,160 by RFC 5869; every use here
/// asks for less than 64, so the zero bytes a longer request would give cannot occur.
pub(crate) fn expand<const N: usize>(prk: &Hkdf<Sha256>, info: &[&[u8]]) -> Zeroizing<[u8; N]> {
    const { assert!(N <= 255 * 32, "longer than HKDF-SHA256 can give") };
    let mut output = Zeroizing::new([0; N]);
    let expanded = prk.expand_multi_info(info, output.as_mut());
    debug_assert!(expanded.is_ok(), "the length is checked at compile time");
    output
}

/// `HKDF(ikm, salt, info, N)`.
pub(crate) fn derive<const N: usize>(ikm: &[u8], salt: &[u8], info: &[&[u8]]) -> Zeroizing<[u8; N]> {
    expand(&extract(salt, &[ikm]), info)
}

/// `HMAC-SHA256(key, parts[0] || parts[1] || …)`. The key is brought to the block length by hand, as RFC 2104
/// says, so that no key length can fail.
pub(crate) fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut block = Zeroizing::new([0_u8; 64]);
    let hashed = Zeroizing::new(<[u8; 32]>::from(Sha256::digest(key)));
    let shortened = if key.len() > block.len() { hashed.as_slice() } else { key };
    for (target, byte) in block.iter_mut().zip(shortened) {
        *target = *byte;
    }
    let mut mac = <Hmac<Sha256> as KeyInit>::new((&*block).into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hmac_gives_the_answers_of_rfc_4231() {
        let short = hmac_sha256(b"Jefe", &[b"what do ya want ", b"for nothing?"]);
        assert_eq!(hex::encode(short), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        let long = hmac_sha256(&[0xaa; 131], &[b"Test Using Larger Than Block-Size Key - Hash Key First"]);
        assert_eq!(hex::encode(long), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    }

    #[test]
    fn hkdf_gives_the_answer_of_rfc_5869_case_1() {
        let salt: Vec<u8> = (0..=0x0c).collect();
        let info: Vec<u8> = (0xf0..=0xf9).collect();
        let output = derive::<42>(&[0x0b; 22], &salt, &[&info]);
        assert_eq!(
            hex::encode(output.as_slice()),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
        );
    }
}
