//! P-256 keys drawn from an [`Entropy`] and written as JWK coordinates.

use mpp_core::{EcCurve, Entropy, PublicJwk, draw};
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::{PublicKey, SecretKey};
use zeroize::Zeroizing;

use super::providers::{ChosenP256, P256Agreement};
use super::{base64, hpke};

/// A fresh key pair by RFC 9180 `DeriveKeyPair` over 32 random bytes, as scalar and ready for use. Its rejection loop
/// fails with probability 2^-8192; then other bytes are drawn.
pub(crate) fn generate<P: P256Agreement>(entropy: &dyn Entropy) -> (Zeroizing<[u8; 32]>, P::Secret) {
    loop {
        let seed = Zeroizing::new(draw::<32>(entropy));
        if let Some(pair) = hpke::derive_key_pair::<P>(seed.as_slice()) {
            return pair;
        }
    }
}

/// A fresh key for one agreement.
pub(crate) fn ephemeral<P: P256Agreement>(entropy: &dyn Entropy) -> P::Secret {
    let of_the_library = if entropy.is_of_the_system() { P::fresh() } else { None };
    of_the_library.unwrap_or_else(|| generate::<P>(entropy).1)
}

/// A fresh key by derivation, for signing or keeping.
pub(crate) fn generate_secret(entropy: &dyn Entropy) -> SecretKey {
    loop {
        let (scalar, _) = generate::<ChosenP256>(entropy);
        if let Ok(secret) = SecretKey::from_slice(scalar.as_slice()) {
            return secret;
        }
    }
}

/// `04 || x || y`.
pub(crate) fn to_uncompressed(key: &PublicKey) -> [u8; 65] {
    let mut bytes = [0; 65];
    for (target, byte) in bytes.iter_mut().zip(key.to_sec1_point(false).as_bytes()) {
        *target = *byte;
    }
    bytes
}

/// Reads `04 || x || y`, refusing every other form and points off the curve.
pub(crate) fn from_uncompressed(bytes: &[u8]) -> Option<PublicKey> {
    match bytes {
        [4, ..] if bytes.len() == 65 => PublicKey::from_sec1_bytes(bytes).ok(),
        _ => None,
    }
}

/// The JWK of the key (RFC 7518 §6.2).
pub(crate) fn to_jwk(key: &PublicKey) -> PublicJwk {
    point_to_jwk(&to_uncompressed(key))
}

/// The JWK of a point `04 || x || y`.
pub(crate) fn point_to_jwk(point: &[u8; 65]) -> PublicJwk {
    let (x, y) = point.get(1..).map_or((&[][..], &[][..]), |coordinates| coordinates.split_at(32));
    PublicJwk::Ec { crv: EcCurve::P256, x: base64::encode_url(x), y: base64::encode_url(y) }
}

/// The key of a JWK; `None` when it is of another kind, not 32 bytes per coordinate, or off the curve.
pub(crate) fn from_jwk(jwk: &PublicJwk) -> Option<PublicKey> {
    let PublicJwk::Ec { crv: EcCurve::P256, x, y } = jwk else { return None };
    let x = <[u8; 32]>::try_from(base64::decode_url(x)?).ok()?;
    let y = <[u8; 32]>::try_from(base64::decode_url(y)?).ok()?;
    from_uncompressed(&[&[4][..], &x, &y].concat())
}
