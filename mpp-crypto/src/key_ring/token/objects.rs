//! The objects of a ring in a token: pairs that share `CKA_ID`, the SHA-256 thumbprint of the public key.
//!
//! What counts is written on the private object, which only the holder of the PIN can change; the public object gives
//! the point, which must fit the name on the private one. Pairs that do not fit (left by a crash, or of somebody else)
//! are not in the ring.

use cryptoki::error::Error;
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::elliptic_curve::{EcKdf, Ecdh1DeriveParams};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use mpp_core::{Kid, Timestamp};
use zeroize::Zeroizing;

use super::label::{Label, Purpose};
use crate::keys::{EncapsulatedKey, EnvelopePublicKey};
use crate::primitives::{base64, p256_keys};

/// `CKA_EC_PARAMS` of P-256: its object identifier 1.2.840.10045.3.1.7.
const P256: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// `CKA_EC_POINT` is an octet string around the point.
const OCTET_STRING_OF_65: [u8; 2] = [0x04, 65];

/// A pair of the ring.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) label: Label,
    pub(super) public: EnvelopePublicKey,
    id: Vec<u8>,
    private_object: ObjectHandle,
    public_object: ObjectHandle,
}

impl Pair {
    /// What orders keys. The name decides between two that were made at the same moment.
    fn rank(&self) -> (u32, Timestamp, &[u8]) {
        (self.label.number, self.label.created, &self.id)
    }
}

/// Every pair of the ring, newest first.
pub(super) fn pairs(session: &Session) -> Result<Vec<Pair>, Error> {
    let mut pairs = Vec::new();
    for object in private_objects(session)? {
        if let Some((id, label)) = name_and_label(session, object)? {
            pairs.extend(pair(session, object, id, label)?);
        }
    }
    pairs.sort_by(|one, other| other.rank().cmp(&one.rank()));
    Ok(pairs)
}

/// Whether no pair of the same purpose is newer. Asks the token for little more than the labels: this is in the way of
/// every signature.
pub(super) fn is_newest(session: &Session, of: &Pair) -> Result<bool, Error> {
    for object in private_objects(session)? {
        let Some((id, label)) = name_and_label(session, object)? else { continue };
        let newer = (label.number, label.created, id.as_slice()) > of.rank();
        if label.purpose == of.label.purpose && newer && pair(session, object, id, label)?.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The number of the next key.
pub(super) fn next_number(session: &Session) -> Result<u32, Error> {
    let mut highest = 0;
    for object in private_objects(session)? {
        let number = name_and_label(session, object)?.map_or(0, |(_, label)| label.number);
        highest = highest.max(number);
    }
    Ok(highest.saturating_add(1))
}

/// The pair of this name.
pub(super) fn find(session: &Session, kid: &Kid) -> Result<Option<Pair>, Error> {
    let Some(id) = base64::decode_url(kid.as_str()) else { return Ok(None) };
    let private = [Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::Id(id)];
    for object in session.find_objects(&private)? {
        let Some((id, label)) = name_and_label(session, object)? else { continue };
        if let Some(pair) = pair(session, object, id, label)? {
            return Ok(Some(pair));
        }
    }
    Ok(None)
}

/// A new pair, whose private half never leaves the token.
pub(super) fn generate(session: &Session, label: Label) -> Result<Pair, Error> {
    let text = Attribute::Label(label.to_string().into_bytes());
    let (sign, derive) = match label.purpose {
        Purpose::Envelope => (false, true),
        Purpose::Signing => (true, false),
    };
    let public = [
        Attribute::Token(true),
        Attribute::Private(false),
        Attribute::EcParams(P256.to_vec()),
        Attribute::Verify(sign),
        text.clone(),
    ];
    let private = [
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(sign),
        Attribute::Derive(derive),
        text,
    ];
    let (public_object, private_object) =
        session.generate_key_pair(&Mechanism::EccKeyPairGen, &public, &private)?;
    name(session, public_object, private_object, label).inspect_err(|_| {
        // Without its name it is in nobody's way; the failure above is what the caller must hear.
        let _ = session.destroy_object(private_object);
        let _ = session.destroy_object(public_object);
    })
}

/// Writes another label on the pair. That of the public object is for the eyes of people only, so that a failure there
/// must not make a change that took effect look like one that did not.
pub(super) fn relabel(session: &Session, pair: &Pair, label: Label) -> Result<(), Error> {
    let text = [Attribute::Label(label.to_string().into_bytes())];
    session.update_attributes(pair.private_object, &text)?;
    let _ = session.update_attributes(pair.public_object, &text);
    Ok(())
}

/// Deletes the pair. Without its private object the public one is nobody's key, as above.
pub(super) fn destroy(session: &Session, pair: &Pair) -> Result<(), Error> {
    session.destroy_object(pair.private_object)?;
    let _ = session.destroy_object(pair.public_object);
    Ok(())
}

/// The x-coordinate of the product, taken out of the token.
pub(super) fn agree(
    session: &Session,
    pair: &Pair,
    encapsulated: &EncapsulatedKey,
) -> Result<Zeroizing<[u8; 32]>, Error> {
    let parameters = Ecdh1DeriveParams::new(EcKdf::null(), encapsulated.as_bytes());
    let secret = [
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(KeyType::GENERIC_SECRET),
        Attribute::ValueLen(32.into()),
        Attribute::Token(false),
        Attribute::Private(true),
        Attribute::Sensitive(false),
        Attribute::Extractable(true),
    ];
    let derived = session.derive_key(&Mechanism::Ecdh1Derive(parameters), pair.private_object, &secret)?;
    let attributes = session.get_attributes(derived, &[AttributeType::Value]);
    session.destroy_object(derived)?;
    attributes?.into_iter().find_map(value).ok_or(Error::InvalidValue)
}

/// `r || s` over a digest.
pub(super) fn sign(session: &Session, pair: &Pair, digest: &[u8; 32]) -> Result<[u8; 64], Error> {
    Ok(session.sign(&Mechanism::Ecdsa, pair.private_object, digest)?.as_slice().try_into()?)
}

fn private_objects(session: &Session) -> Result<Vec<ObjectHandle>, Error> {
    session.find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::KeyType(KeyType::EC)])
}

/// `None` when the object is somebody else's.
fn name_and_label(
    session: &Session,
    private_object: ObjectHandle,
) -> Result<Option<(Vec<u8>, Label)>, Error> {
    let (mut id, mut label) = (None, None);
    for attribute in session.get_attributes(private_object, &[AttributeType::Id, AttributeType::Label])? {
        match attribute {
            Attribute::Id(bytes) => id = Some(bytes),
            Attribute::Label(bytes) => {
                label = std::str::from_utf8(&bytes).ok().and_then(|text| text.parse::<Label>().ok());
            }
            _ => {}
        }
    }
    Ok(id.zip(label))
}

/// `None` when there is no public object whose point fits the name.
fn pair(
    session: &Session,
    private_object: ObjectHandle,
    id: Vec<u8>,
    label: Label,
) -> Result<Option<Pair>, Error> {
    let named = [Attribute::Class(ObjectClass::PUBLIC_KEY), Attribute::Id(id.clone())];
    for public_object in session.find_objects(&named)? {
        if let Some(public) = public_key(session, public_object)?
            && base64::decode_url(public.kid().as_str()).is_some_and(|name| name == id)
        {
            return Ok(Some(Pair { label, public, id, private_object, public_object }));
        }
    }
    Ok(None)
}

fn name(
    session: &Session,
    public_object: ObjectHandle,
    private_object: ObjectHandle,
    label: Label,
) -> Result<Pair, Error> {
    let public = public_key(session, public_object)?.ok_or(Error::InvalidValue)?;
    let id = base64::decode_url(public.kid().as_str()).ok_or(Error::InvalidValue)?;
    session.update_attributes(public_object, &[Attribute::Id(id.clone())])?;
    session.update_attributes(private_object, &[Attribute::Id(id.clone())])?;
    Ok(Pair { label, public, id, private_object, public_object })
}

fn public_key(session: &Session, object: ObjectHandle) -> Result<Option<EnvelopePublicKey>, Error> {
    let attributes = session.get_attributes(object, &[AttributeType::EcPoint])?;
    Ok(attributes.into_iter().find_map(|attribute| match attribute {
        Attribute::EcPoint(bytes) => {
            // Some tokens leave the octet string out.
            let point = bytes.strip_prefix(&OCTET_STRING_OF_65).filter(|point| point.len() == 65);
            let key = p256_keys::from_uncompressed(point.unwrap_or(&bytes))?;
            EnvelopePublicKey::from_jwk(&p256_keys::to_jwk(&key)).ok()
        }
        _ => None,
    }))
}

/// Exactly 32 bytes: a token that left zeros out in front would give fewer, which are put back.
fn value(attribute: Attribute) -> Option<Zeroizing<[u8; 32]>> {
    let Attribute::Value(bytes) = attribute else { return None };
    let bytes = Zeroizing::new(bytes);
    let mut secret = Zeroizing::new([0; 32]);
    let start = secret.len().checked_sub(bytes.len())?;
    secret.get_mut(start..)?.copy_from_slice(&bytes);
    Some(secret)
}
