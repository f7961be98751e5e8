//! Private and public keys of both flavours, and the agreement between them.

use curve25519_dalek::montgomery::MontgomeryPoint;
use mpp_core::{Entropy, draw};
use zeroize::Zeroizing;

use super::RebitError;
use super::der_forms::{self, PrivateBytes, PublicBytes};
use super::material::Flavour;
use crate::primitives::providers::{ChosenX25519, X25519Agreement};
use crate::primitives::wei25519::{Point, PointRefusal, SecretScalar};
use crate::primitives::{base64, pem};

const PUBLIC_LABEL: &str = "PUBLIC KEY";
const PRIVATE_LABEL: &str = "PRIVATE KEY";
/// Characters of the longest key text that is read: room for the longest form on short lines with a heading.
const TEXT_LIMIT: usize = 8192;

/// A peer's public key, checked.
#[derive(Clone, Copy)]
pub(super) enum PublicKey {
    Ecc(Point),
    X25519([u8; 32]),
}

impl PublicKey {
    /// Reads PEM, on one line or several, base64 of the DER alone, or 64 hex digits for X25519.
    pub(super) fn parse(text: &str) -> Result<Self, RebitError> {
        if text.len() > TEXT_LIMIT {
            return Err(RebitError::InvalidPublicKey);
        }
        if let Some(der) = usual_form(text)
            && let Some(point) = der_forms::point_of_usual_form(&der)
        {
            return Self::ecc(point);
        }
        if let Some(u) = from_hex(text.trim()) {
            return Ok(Self::X25519(u));
        }
        let der = pem::decode_lenient(PUBLIC_LABEL, text).ok_or(RebitError::InvalidPublicKey)?;
        match der_forms::read_public(&der).ok_or(RebitError::InvalidPublicKey)? {
            PublicBytes::X25519(u) => Ok(Self::X25519(u)),
            PublicBytes::Weierstrass(point) => Self::ecc(point),
        }
    }

    fn ecc(point: &[u8]) -> Result<Self, RebitError> {
        Point::from_sec1(point).map(Self::Ecc).map_err(|refusal| match refusal {
            PointRefusal::Invalid => RebitError::InvalidPublicKey,
            PointRefusal::LowOrder => RebitError::LowOrderPoint,
        })
    }

    pub(super) const fn flavour(&self) -> Flavour {
        match self {
            Self::Ecc(_) => Flavour::Ecc,
            Self::X25519(_) => Flavour::X25519,
        }
    }
}

/// Our private key with its public half; wiped on drop.
pub(super) enum PrivateKey {
    Ecc { scalar: SecretScalar, point: Point },
    X25519 { secret: Zeroizing<[u8; 32]>, u: [u8; 32] },
}

impl PrivateKey {
    pub(super) fn generate(flavour: Flavour, entropy: &dyn Entropy) -> Self {
        match flavour {
            Flavour::X25519 => Self::x25519(Zeroizing::new(draw(entropy))),
            Flavour::Ecc => loop {
                let scalar = SecretScalar::from_wide(&Zeroizing::new(draw(entropy)));
                if let Some(key) = scalar.and_then(Self::ecc) {
                    return key;
                }
            },
        }
    }

    /// Reads the PKCS#8 text forms of rahasya.md §2.3 and §4.
    pub(super) fn parse(text: &str) -> Result<Self, RebitError> {
        if text.len() > TEXT_LIMIT {
            return Err(RebitError::InvalidPrivateKey);
        }
        let der = pem::decode_lenient(PRIVATE_LABEL, text).ok_or(RebitError::InvalidPrivateKey)?;
        match der_forms::read_private(&der).ok_or(RebitError::InvalidPrivateKey)? {
            PrivateBytes::X25519(secret) => Ok(Self::x25519(secret)),
            PrivateBytes::Weierstrass(scalar) => {
                SecretScalar::from_be_bytes(&scalar).and_then(Self::ecc).ok_or(RebitError::InvalidPrivateKey)
            }
        }
    }

    pub(super) fn to_private_text(&self) -> Zeroizing<String> {
        match self {
            Self::Ecc { scalar, point } => {
                let der = der_forms::write_weierstrass_private(&scalar.to_be_bytes(), &point.to_sec1());
                pem::encode_one_line(PRIVATE_LABEL, &der)
            }
            Self::X25519 { secret, u } => {
                pem::encode_lines(PRIVATE_LABEL, &der_forms::write_x25519_private(secret, u))
            }
        }
    }

    pub(super) fn to_public_text(&self) -> String {
        match self {
            Self::Ecc { point, .. } => {
                let der = der_forms::write_weierstrass_public(&point.to_sec1());
                pem::encode_one_line(PUBLIC_LABEL, &der).to_string()
            }
            Self::X25519 { u, .. } => {
                pem::encode_lines(PUBLIC_LABEL, &der_forms::write_x25519_public(u)).to_string()
            }
        }
    }

    pub(super) const fn flavour(&self) -> Flavour {
        match self {
            Self::Ecc { .. } => Flavour::Ecc,
            Self::X25519 { .. } => Flavour::X25519,
        }
    }

    /// The reference's shared-secret call, and only that one, takes an X25519 key as 64 hex digits too.
    pub(super) fn parse_or_hex(text: &str) -> Result<Self, RebitError> {
        match from_hex(text.trim()).map(Zeroizing::new) {
            Some(secret) => Ok(Self::x25519(secret)),
            None => Self::parse(text),
        }
    }

    /// Z: the x-coordinate, 32 bytes, big-endian in the ECC flavour and little-endian in the other.
    pub(super) fn agree(&self, peer: &PublicKey) -> Result<Zeroizing<[u8; 32]>, RebitError> {
        self.agree_by::<ChosenX25519>(peer)
    }

    /// [`PrivateKey::agree`] by one implementation.
    pub(super) fn agree_by<X: X25519Agreement>(
        &self,
        peer: &PublicKey,
    ) -> Result<Zeroizing<[u8; 32]>, RebitError> {
        match (self, peer) {
            (Self::Ecc { scalar, .. }, PublicKey::Ecc(point)) => {
                scalar.shared_x::<X>(point).ok_or(RebitError::LowOrderPoint)
            }
            // The reference goes on with a secret of zero bytes, known to everyone; this must not.
            (Self::X25519 { secret, .. }, PublicKey::X25519(u)) => {
                X::agree(secret, u).ok_or(RebitError::LowOrderPoint)
            }
            (Self::Ecc { .. }, PublicKey::X25519(_)) | (Self::X25519 { .. }, PublicKey::Ecc(_)) => {
                Err(RebitError::InvalidPublicKey)
            }
        }
    }

    /// The public half is made in pure Rust, which cannot fail.
    fn x25519(secret: Zeroizing<[u8; 32]>) -> Self {
        let u = MontgomeryPoint::mul_base_clamped(*secret).to_bytes();
        Self::X25519 { secret, u }
    }

    fn ecc(scalar: SecretScalar) -> Option<Self> {
        let point = scalar.public_point()?;
        Some(Self::Ecc { scalar, point })
    }
}

/// The bytes of a key text such as the reference writes in its default flavour: one line between the markers.
fn usual_form(text: &str) -> Option<[u8; der_forms::WEIERSTRASS_PUBLIC_LEN]> {
    let body = text.strip_prefix("-----BEGIN PUBLIC KEY-----")?.strip_suffix("-----END PUBLIC KEY-----")?;
    base64::decode_standard_array(body)
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).ok().map(|()| bytes)
}
