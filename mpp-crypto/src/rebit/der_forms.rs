//! The DER forms of keys in both flavours (rahasya.md §2.2, §2.3, §4).
//!
//! Explicit curve parameters are compared with the constants of the curve and never used: a curve chosen by the peer is
//! an attack.

use zeroize::Zeroizing;

use crate::primitives::der::DerReader;
use crate::primitives::wei25519;

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// 1.2.840.10045.2.1
const ID_EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// 1.2.840.10045.1.1
const PRIME_FIELD: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x01, 0x01];
/// 1.3.6.1.4.1.3029.1.5.1
const NAMED_CURVE_25519: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x97, 0x55, 0x01, 0x05, 0x01];
/// 1.3.101.110
const ID_X25519: &[u8] = &[0x2b, 0x65, 0x6e];

/// The prime p as INTEGER content.
const PRIME: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xed,
];
/// The order n as INTEGER content.
const ORDER: [u8; 32] = [
    0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x14,
    0xde, 0xf9, 0xde, 0xa2, 0xf7, 0x9c, 0xd6, 0x58, 0x12, 0x63, 0x1a, 0x5c, 0xf5, 0xd3, 0xed,
];
/// The generator, x || y.
const GENERATOR: [u8; 64] = [
    0x2a, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa,
    0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xad, 0x24, 0x5a, 0x20, 0xae,
    0x19, 0xa1, 0xb8, 0xa0, 0x86, 0xb4, 0xe0, 0x1e, 0xdd, 0x2c, 0x77, 0x48, 0xd1, 0x4c, 0x92, 0x3d, 0x4d,
    0x7e, 0x6d, 0x7c, 0x61, 0xb2, 0x29, 0xe9, 0xc5, 0xa2, 0x7e, 0xce, 0xd3, 0xd9,
];

/// Everything before the point in the one public key form this system writes, 244 bytes.
#[rustfmt::skip]
const WEIERSTRASS_PREFIX: [u8; 244] = [
    0x30, 0x82, 0x01, 0x31, 0x30, 0x81, 0xea, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
    0x30, 0x81, 0xde, 0x02, 0x01, 0x01, 0x30, 0x2b, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x01,
    0x01, 0x02, 0x20, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xed, 0x30, 0x44, 0x04, 0x20, 0x2a, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa,
    0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa,
    0xaa, 0xaa, 0x98, 0x49, 0x14, 0xa1, 0x44, 0x04, 0x20, 0x7b, 0x42, 0x5e, 0xd0, 0x97, 0xb4, 0x25,
    0xed, 0x09, 0x7b, 0x42, 0x5e, 0xd0, 0x97, 0xb4, 0x25, 0xed, 0x09, 0x7b, 0x42, 0x5e, 0xd0, 0x97,
    0xb4, 0x26, 0x0b, 0x5e, 0x9c, 0x77, 0x10, 0xc8, 0x64, 0x04, 0x41, 0x04, 0x2a, 0xaa, 0xaa, 0xaa,
    0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa,
    0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xad, 0x24, 0x5a, 0x20, 0xae, 0x19, 0xa1,
    0xb8, 0xa0, 0x86, 0xb4, 0xe0, 0x1e, 0xdd, 0x2c, 0x77, 0x48, 0xd1, 0x4c, 0x92, 0x3d, 0x4d, 0x7e,
    0x6d, 0x7c, 0x61, 0xb2, 0x29, 0xe9, 0xc5, 0xa2, 0x7e, 0xce, 0xd3, 0xd9, 0x02, 0x20, 0x10, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x14, 0xde,
    0xf9, 0xde, 0xa2, 0xf7, 0x9c, 0xd6, 0x58, 0x12, 0x63, 0x1a, 0x5c, 0xf5, 0xd3, 0xed, 0x02, 0x01,
    0x08, 0x03, 0x42, 0x00,
];
/// Everything before u in an X25519 public key.
const X25519_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x03, 0x21, 0x00];

/// A public key as its DER names it; the bytes of the point are not judged yet.
pub(super) enum PublicBytes<'a> {
    /// A SEC 1 point on the Weierstrass form.
    Weierstrass(&'a [u8]),
    /// A u-coordinate.
    X25519([u8; 32]),
}

/// A private key as its DER names it; the scalar is not judged yet.
pub(super) enum PrivateBytes {
    /// A big-endian scalar.
    Weierstrass(Zeroizing<[u8; 32]>),
    /// Bytes to be clamped.
    X25519(Zeroizing<[u8; 32]>),
}

/// Bytes of the one Weierstrass public key form this system writes.
pub(super) const WEIERSTRASS_PUBLIC_LEN: usize = 309;

/// The point of a public key in exactly the form this system writes; every other form is for [`read_public`].
pub(super) fn point_of_usual_form(der: &[u8; WEIERSTRASS_PUBLIC_LEN]) -> Option<&[u8]> {
    der.strip_prefix(WEIERSTRASS_PREFIX.as_slice())
}

/// Reads a SubjectPublicKeyInfo of either flavour.
pub(super) fn read_public(der: &[u8]) -> Option<PublicBytes<'_>> {
    let mut outer = DerReader::new(der);
    let mut info = outer.expect_nested(SEQUENCE)?;
    outer.end()?;
    let flavour = read_algorithm(info.expect_nested(SEQUENCE)?)?;
    let (&unused_bits, key) = info.expect(BIT_STRING)?.split_first()?;
    info.end()?;
    if unused_bits != 0 {
        return None;
    }
    match flavour {
        Algorithm::Weierstrass => Some(PublicBytes::Weierstrass(key)),
        Algorithm::X25519 => key.try_into().ok().map(PublicBytes::X25519),
    }
}

/// Reads a PKCS#8 private key of either flavour; a public key inside is not compared.
pub(super) fn read_private(der: &[u8]) -> Option<PrivateBytes> {
    let mut outer = DerReader::new(der);
    let mut info = outer.expect_nested(SEQUENCE)?;
    outer.end()?;
    let version = info.expect(INTEGER)?;
    let flavour = read_algorithm(info.expect_nested(SEQUENCE)?)?;
    let mut key = DerReader::new(info.expect(OCTET_STRING)?);
    let public = info.optional(0x81)?;
    info.end()?;
    match (flavour, version) {
        (Algorithm::Weierstrass, [0]) if public.is_none() => {
            read_ec_private_key(key).map(PrivateBytes::Weierstrass)
        }
        (Algorithm::X25519, [0 | 1]) => {
            let bytes = key.expect(OCTET_STRING)?;
            key.end()?;
            bytes.try_into().ok().map(|bytes| PrivateBytes::X25519(Zeroizing::new(bytes)))
        }
        _ => None,
    }
}

/// The public key of a Weierstrass point `04 || x || y`: 309 bytes.
pub(super) fn write_weierstrass_public(point: &[u8; 65]) -> Vec<u8> {
    [WEIERSTRASS_PREFIX.as_slice(), point].concat()
}

/// The public key of a u-coordinate: 44 bytes.
pub(super) fn write_x25519_public(u: &[u8; 32]) -> Vec<u8> {
    [X25519_PREFIX.as_slice(), u].concat()
}

/// The private key of a scalar and its point: 587 bytes.
pub(super) fn write_weierstrass_private(scalar: &[u8; 32], point: &[u8; 65]) -> Zeroizing<Vec<u8>> {
    // The constant prefix holds the AlgorithmIdentifier at 4..241 and the ECParameters in it at 16..241.
    let algorithm = WEIERSTRASS_PREFIX.get(4..241).unwrap_or_default();
    let parameters = WEIERSTRASS_PREFIX.get(16..241).unwrap_or_default();
    let parts: [&[u8]; 8] = [
        &[0x30, 0x82, 0x02, 0x47, INTEGER, 1, 0],
        algorithm,
        &[OCTET_STRING, 0x82, 0x01, 0x53, SEQUENCE, 0x82, 0x01, 0x4f, INTEGER, 1, 1, OCTET_STRING, 32],
        scalar,
        &[0xa0, 0x81, 0xe1],
        parameters,
        &[0xa1, 0x44, BIT_STRING, 0x42, 0],
        point,
    ];
    Zeroizing::new(parts.concat())
}

/// The private key of X25519 bytes with the public key inside (PKCS#8 version 1): 83 bytes.
pub(super) fn write_x25519_private(secret: &[u8; 32], u: &[u8; 32]) -> Zeroizing<Vec<u8>> {
    let parts: [&[u8]; 6] = [
        &[SEQUENCE, 0x51, INTEGER, 1, 1, SEQUENCE, 5, OBJECT_IDENTIFIER, 3],
        ID_X25519,
        &[OCTET_STRING, 34, OCTET_STRING, 32],
        secret,
        &[0x81, 33, 0],
        u,
    ];
    Zeroizing::new(parts.concat())
}

enum Algorithm {
    Weierstrass,
    X25519,
}

fn read_algorithm(mut identifier: DerReader<'_>) -> Option<Algorithm> {
    let oid = identifier.expect(OBJECT_IDENTIFIER)?;
    if oid == ID_X25519 {
        identifier.end()?;
        return Some(Algorithm::X25519);
    }
    if oid != ID_EC_PUBLIC_KEY {
        return None;
    }
    check_parameters(&mut identifier)?;
    identifier.end()?;
    Some(Algorithm::Weierstrass)
}

/// Named curve or explicit parameters; either must be this curve.
fn check_parameters(parameters: &mut DerReader<'_>) -> Option<()> {
    if let Some(name) = parameters.optional(OBJECT_IDENTIFIER)? {
        return (name == NAMED_CURVE_25519).then_some(());
    }
    let mut explicit = parameters.expect_nested(SEQUENCE)?;
    explicit.expect_exactly(INTEGER, &[1])?;
    let mut field = explicit.expect_nested(SEQUENCE)?;
    field.expect_exactly(OBJECT_IDENTIFIER, PRIME_FIELD)?;
    field.expect_exactly(INTEGER, &PRIME)?;
    field.end()?;
    let mut curve = explicit.expect_nested(SEQUENCE)?;
    curve.expect_exactly(OCTET_STRING, &wei25519::A)?;
    curve.expect_exactly(OCTET_STRING, &wei25519::B)?;
    curve.optional(BIT_STRING)?;
    curve.end()?;
    check_generator(explicit.expect(OCTET_STRING)?)?;
    explicit.expect_exactly(INTEGER, &ORDER)?;
    if let Some(cofactor) = explicit.optional(INTEGER)? {
        matches!(cofactor, [1 | 8]).then_some(())?;
    }
    explicit.end()
}

fn check_generator(bytes: &[u8]) -> Option<()> {
    let (&tag, coordinates) = bytes.split_first()?;
    let expected = match tag {
        // The generator's y is odd.
        3 => GENERATOR.get(..32)?,
        4 => GENERATOR.as_slice(),
        _ => return None,
    };
    (coordinates == expected).then_some(())
}

/// ECPrivateKey (RFC 5915), its parameters and public key optional, the scalar possibly without leading zeros.
fn read_ec_private_key(mut outer: DerReader<'_>) -> Option<Zeroizing<[u8; 32]>> {
    let mut key = outer.expect_nested(SEQUENCE)?;
    outer.end()?;
    key.expect_exactly(INTEGER, &[1])?;
    let scalar = key.expect(OCTET_STRING)?;
    if let Some(parameters) = key.optional(0xa0)? {
        let mut parameters = DerReader::new(parameters);
        check_parameters(&mut parameters)?;
        parameters.end()?;
    }
    key.optional(0xa1)?;
    key.end()?;
    if scalar.is_empty() || scalar.len() > 32 {
        return None;
    }
    let mut padded = Zeroizing::new([0; 32]);
    for (target, byte) in padded.iter_mut().rev().zip(scalar.iter().rev()) {
        *target = *byte;
    }
    Some(padded)
}
