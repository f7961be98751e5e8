//! Checking what an Account Aggregator signed.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use mpp_crypto::detached;
use mpp_crypto::rs256::SigningKey;

use crate::pairs::{Report, timed};

pub(crate) fn run(report: &mut Report) {
    let kid: mpp_core::Kid = "key-1".parse().unwrap();
    let key = SigningKey::generate(kid).unwrap();
    let body = [b'x'; 4096];
    let value = detached::sign(&key, &body).unwrap();
    let signature = key.sign(&body).unwrap();
    let mpp_core::PublicJwk::Rsa { n, e } = key.public().to_jwk() else { return };
    let number = |text: &str| base64_simd::URL_SAFE_NO_PAD.decode_to_vec(text).unwrap();
    let bare = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, rsa_public_key(&number(&n), &number(&e)));
    report.pair(
        "detached JWS RS256 verify 4 KiB : aws-lc-rs verify",
        || timed(|| detached::verify(&value, &body, |_| Some(key.public())).unwrap()),
        || timed(|| bare.verify(&body, &signature).unwrap()),
    );
}

/// `RSAPublicKey` (RFC 8017 appendix A.1.1), which the library reads.
fn rsa_public_key(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let integer = |digits: &[u8]| {
        let padded = [&[0][..], digits].concat();
        let content =
            if digits.first().is_some_and(|first| first & 0x80 != 0) { padded } else { digits.to_vec() };
        [&[2][..], &length(content.len()), &content].concat()
    };
    let content = [integer(modulus), integer(exponent)].concat();
    [&[0x30][..], &length(content.len()), &content].concat()
}

fn length(bytes: usize) -> Vec<u8> {
    match u16::try_from(bytes).unwrap().to_be_bytes() {
        [0, short] if short < 0x80 => vec![short],
        [0, long] => vec![0x81, long],
        long => [&[0x82][..], &long].concat(),
    }
}
