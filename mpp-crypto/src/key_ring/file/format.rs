//! The bytes of a key-ring file: `docs/formats/key-ring-v1.md`.

use std::fmt;

use mpp_core::Timestamp;
use zeroize::Zeroizing;

use super::password::{MasterKey, PasswordCost, SALT_LEN};
use crate::key_ring::key_list::{HeldKey, KeyList, MAX_KEYS, PrivateKey};
use crate::key_ring::{KeyAlgorithm, KeyRingError};
use crate::keys::{EnvelopePrivateKey, SignatureAlgorithm, SigningKey};
use crate::primitives::aead::{AeadKey, NONCE_LEN, TAG_LEN};

const MAGIC: [u8; 4] = *b"MPPK";
const VERSION: u8 = 1;
/// Argon2id version 1.3, AES-256-GCM.
const SUITE: u8 = 1;
/// Bytes of the header, which is the authenticated data of the body.
const HEADER_LEN: usize = 72;
/// Algorithm, state, time of making, private key.
const KEY_LEN: usize = 1 + 1 + 8 + 32;
const COUNT_LEN: usize = 2;
/// No file is longer: whoever reads one needs no more memory than this.
pub(super) const MAX_FILE: usize = HEADER_LEN + COUNT_LEN + MAX_KEYS * KEY_LEN + TAG_LEN;

/// The name of a ring, drawn when it is made and never changed: whoever remembers it notices another ring in its place.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RingId([u8; 16]);

impl RingId {
    pub(super) const fn from_random(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Reads the 32 hexadecimal digits that [`RingId`] displays; `None` for anything else.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }
}

impl fmt::Display for RingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for RingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RingId({self})")
    }
}

/// What a key-ring file says of itself to everyone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InspectedRing {
    /// The ring's name.
    pub id: RingId,
    /// How often the ring was written.
    pub revision: u64,
    /// What a guess of the password costs.
    pub cost: PasswordCost,
}

/// Reads the public header of a key-ring file, without the password: nothing in it is authenticated.
///
/// # Errors
/// [`KeyRingError::NotAKeyRing`] or [`KeyRingError::UnknownVersion`].
pub fn inspect_file(file: &[u8]) -> Result<InspectedRing, KeyRingError> {
    let (Header { id, revision, cost, .. }, _) = read(file)?;
    Ok(InspectedRing { id, revision, cost })
}

/// What stands in front of the keys, readable by everyone and authenticated by the body's tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) cost: PasswordCost,
    pub(super) salt: [u8; SALT_LEN],
    pub(super) id: RingId,
    /// How often the ring was written, so that an earlier state shows.
    pub(super) revision: u64,
    pub(super) nonce: [u8; NONCE_LEN],
}

impl Header {
    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_LEN);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&[VERSION, SUITE]);
        bytes.extend_from_slice(&self.cost.passes().to_be_bytes());
        bytes.extend_from_slice(&self.cost.lanes().to_be_bytes());
        bytes.extend_from_slice(&[0, 0]);
        bytes.extend_from_slice(&self.cost.memory_kib().to_be_bytes());
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&self.salt);
        bytes.extend_from_slice(&self.id.0);
        bytes.extend_from_slice(&self.revision.to_be_bytes());
        bytes.extend_from_slice(&self.nonce);
        bytes
    }
}

/// Reads the header and says what is behind it.
pub(super) fn read(file: &[u8]) -> Result<(Header, &[u8]), KeyRingError> {
    let mut rest = file;
    if take(&mut rest) != Some(MAGIC) {
        return Err(KeyRingError::NotAKeyRing);
    }
    let Some([version, suite]) = take(&mut rest) else { return Err(KeyRingError::NotAKeyRing) };
    if (version, suite) != (VERSION, SUITE) {
        return Err(KeyRingError::UnknownVersion);
    }
    let header = read_fields(&mut rest).ok_or(KeyRingError::NotAKeyRing)?;
    let keys_len = rest.len().checked_sub(COUNT_LEN + TAG_LEN).ok_or(KeyRingError::NotAKeyRing)?;
    if file.len() > MAX_FILE || !keys_len.is_multiple_of(KEY_LEN) {
        return Err(KeyRingError::NotAKeyRing);
    }
    Ok((header, rest))
}

/// Opens the body that stands behind `header`.
pub(super) fn open(header: &Header, body: &[u8], master: &MasterKey) -> Result<KeyList, KeyRingError> {
    let mut buffer = Zeroizing::new(body.to_vec());
    let opening: AeadKey = AeadKey::new(master.as_bytes());
    let opened = opening.open(&header.nonce, &header.encode(), &mut buffer);
    opened.map_err(|_| KeyRingError::DoesNotOpen)?;
    read_keys(&buffer).and_then(KeyList::from_keys).ok_or(KeyRingError::NotAKeyRing)
}

/// The whole file.
pub(super) fn seal(header: &Header, list: &KeyList, master: &MasterKey) -> Result<Vec<u8>, KeyRingError> {
    let mut file = header.encode();
    // Reserved in full: growing would leave copies of the keys behind.
    let plain_len = COUNT_LEN + KEY_LEN * list.keys().len();
    let mut body = Zeroizing::new(Vec::with_capacity(plain_len + TAG_LEN));
    let count = u16::try_from(list.keys().len()).map_err(|_| KeyRingError::Full)?;
    body.extend_from_slice(&count.to_be_bytes());
    for key in list.keys() {
        write_key(key, &mut body);
    }
    let sealing: AeadKey = AeadKey::new(master.as_bytes());
    let sealed = sealing.seal(&header.nonce, &file, &mut body);
    sealed.map_err(|_| KeyRingError::Unavailable { reason: "the library failed".to_owned() })?;
    file.extend_from_slice(&body);
    Ok(file)
}

fn read_fields(rest: &mut &[u8]) -> Option<Header> {
    let passes = u16::from_be_bytes(take(rest)?);
    let lanes = u16::from_be_bytes(take(rest)?);
    let reserved: [u8; 2] = take(rest)?;
    let memory_kib = u32::from_be_bytes(take(rest)?);
    let more_reserved: [u8; 4] = take(rest)?;
    if reserved != [0; 2] || more_reserved != [0; 4] {
        return None;
    }
    let cost = PasswordCost::new(memory_kib, passes, lanes)?;
    let salt = take(rest)?;
    let id = RingId(take(rest)?);
    let revision = u64::from_be_bytes(take(rest)?);
    Some(Header { cost, salt, id, revision, nonce: take(rest)? })
}

fn read_keys(body: &[u8]) -> Option<Vec<HeldKey>> {
    let mut rest = body;
    let count = u16::from_be_bytes(take(&mut rest)?);
    let keys: Option<Vec<HeldKey>> = (0..count).map(|_| read_key(&mut rest)).collect();
    keys.filter(|_| rest.is_empty())
}

fn read_key(rest: &mut &[u8]) -> Option<HeldKey> {
    let [algorithm, state] = take(rest)?;
    let created = Timestamp::from_unix_millis(i64::from_be_bytes(take(rest)?)).ok()?;
    let secret = Zeroizing::new(take::<32>(rest)?);
    let private = match algorithm {
        1 => PrivateKey::Envelope(EnvelopePrivateKey::from_scalar(&secret)?),
        2 => PrivateKey::Signing(SigningKey::from_secret(SignatureAlgorithm::Es256, &secret)?),
        3 => PrivateKey::Signing(SigningKey::from_secret(SignatureAlgorithm::Ed25519, &secret)?),
        _ => return None,
    };
    let retired = match state {
        0 => false,
        1 => true,
        _ => return None,
    };
    Some(HeldKey { private, created, retired })
}

fn write_key(key: &HeldKey, body: &mut Vec<u8>) {
    let algorithm = match key.private.algorithm() {
        KeyAlgorithm::EcdhP256 => 1,
        KeyAlgorithm::Es256 => 2,
        KeyAlgorithm::Ed25519 => 3,
    };
    body.extend_from_slice(&[algorithm, u8::from(key.retired)]);
    body.extend_from_slice(&key.created.as_unix_millis().to_be_bytes());
    let secret = match &key.private {
        PrivateKey::Envelope(key) => key.scalar(),
        PrivateKey::Signing(key) => key.secret_bytes(),
    };
    body.extend_from_slice(secret.as_slice());
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk()?;
    *rest = tail;
    Some(*head)
}

#[cfg(test)]
mod tests;
