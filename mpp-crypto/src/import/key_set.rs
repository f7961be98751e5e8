//! Public keys read together: a JWK Set as a registry publishes it, or a single key from any form.

use mpp_core::{Kid, PublicJwk};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::jwk::{Jwk, Operation, is_set};
use super::{Certificate, ImportError, MAX_BYTES, spki, text_of};
use crate::keys::AnyVerifyingKey;
use crate::primitives::pem;

/// More keys than any entity has at a time are not looked at.
const MAX_KEYS: usize = 1024;

/// A public key and the name it was published under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedKey {
    /// The published name; `None` when the key came without one.
    pub kid: Option<Kid>,
    /// The key.
    pub key: AnyVerifyingKey,
}

/// An entry of a set that is not taken, as RFC 7517 §5 wants: it does not spoil the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SkippedKey {
    /// Its place in the set, from 0.
    pub position: usize,
    /// Why.
    pub reason: ImportError,
}

/// Public keys found by their published names, or by their thumbprints where they have none.
///
/// Reading a JWK Set, entries of other kinds, curves, uses and algorithms and entries that are no sound key are skipped
/// and listed. The whole set is refused when any entry has private members, or when two **different** keys go by one name:
/// the order in a file must not decide which signature stands. The same key twice is one key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PublicKeySet {
    keys: Vec<NamedKey>,
    skipped: Vec<SkippedKey>,
}

impl PublicKeySet {
    /// Reads a file of keys: a JWK Set, a JWK, one PEM block (`PUBLIC KEY`, `RSA PUBLIC KEY`, `CERTIFICATE`), or the
    /// DER of a `SubjectPublicKeyInfo` or a certificate. Of a certificate only the key is taken here: see
    /// [`Certificate`] for its dates.
    ///
    /// # Errors
    /// [`ImportError`] saying why the file is refused.
    pub fn read(bytes: &[u8]) -> Result<Self, ImportError> {
        if bytes.len() > MAX_BYTES {
            return Err(ImportError::TooLong);
        }
        let key = match text_of(bytes) {
            Some(text) if pem::has_block(text) && !text.trim_start().starts_with('{') => public_pem(text)?,
            Some(text) if is_set(text) => return Self::from_jwk_set(text),
            Some(text) => return Self::single(public_jwk(text)?),
            None => spki::read_public_der(bytes).or_else(|refused| {
                Certificate::from_der(bytes).map(|read| read.key().clone()).map_err(|_| refused)
            })?,
        };
        Self::single(NamedKey { kid: None, key })
    }

    /// Reads a JWK Set (RFC 7517 §5).
    ///
    /// # Errors
    /// [`ImportError::PrivateKey`], [`ImportError::DuplicateKid`], [`ImportError::Malformed`] or
    /// [`ImportError::TooLong`]; a set without one usable key is no error here.
    pub fn from_jwk_set(text: &str) -> Result<Self, ImportError> {
        #[derive(Deserialize)]
        struct Set<'a> {
            #[serde(borrow)]
            keys: Vec<&'a RawValue>,
        }
        if text.len() > MAX_BYTES {
            return Err(ImportError::TooLong);
        }
        let set: Set<'_> = serde_json::from_str(text).map_err(|_| ImportError::Malformed)?;
        if set.keys.len() > MAX_KEYS {
            return Err(ImportError::TooLong);
        }
        let mut this = Self::default();
        for (position, entry) in set.keys.iter().enumerate() {
            match public_jwk(entry.get()) {
                Ok(named) => this.add(named)?,
                Err(ImportError::PrivateKey) => return Err(ImportError::PrivateKey),
                Err(reason) => this.skipped.push(SkippedKey { position, reason }),
            }
        }
        Ok(this)
    }

    /// The set with one more key.
    ///
    /// # Errors
    /// [`ImportError::DuplicateKid`] when another key goes by its name.
    pub fn with(mut self, named: NamedKey) -> Result<Self, ImportError> {
        self.add(named).map(|()| self)
    }

    /// The keys, in the order of the file.
    #[must_use]
    pub fn keys(&self) -> &[NamedKey] {
        &self.keys
    }

    /// The entries that were not taken.
    #[must_use]
    pub fn skipped(&self) -> &[SkippedKey] {
        &self.skipped
    }

    /// The key of this published name; among keys without one, the key of this thumbprint.
    #[must_use]
    pub fn find(&self, kid: &Kid) -> Option<&AnyVerifyingKey> {
        let named = self.keys.iter().find(|named| named.kid.as_ref() == Some(kid));
        let unnamed = || self.keys.iter().find(|named| named.kid.is_none() && named.key.thumbprint() == *kid);
        named.or_else(unnamed).map(|named| &named.key)
    }

    /// The only key there is.
    ///
    /// # Errors
    /// [`ImportError::NoKey`] or [`ImportError::SeveralKeys`].
    pub fn only(&self) -> Result<&NamedKey, ImportError> {
        match self.keys.as_slice() {
            [] => Err(ImportError::NoKey),
            [only] => Ok(only),
            _ => Err(ImportError::SeveralKeys),
        }
    }

    /// The set as a JWK Set: every key under its name, with `alg` and `use`.
    #[must_use]
    pub fn to_jwk_set(&self) -> String {
        #[derive(Serialize)]
        struct Entry {
            kid: Kid,
            alg: &'static str,
            #[serde(rename = "use")]
            intended_use: &'static str,
            #[serde(flatten)]
            key: PublicJwk,
        }
        let entry = |named: &NamedKey| Entry {
            kid: named.kid.clone().unwrap_or_else(|| named.key.thumbprint()),
            alg: named.key.algorithm().name(),
            intended_use: "sig",
            key: named.key.to_jwk(),
        };
        let keys: Vec<Entry> = self.keys.iter().map(entry).collect();
        serde_json::json!({ "keys": keys }).to_string()
    }

    fn single(named: NamedKey) -> Result<Self, ImportError> {
        Self::default().with(named)
    }

    fn add(&mut self, named: NamedKey) -> Result<(), ImportError> {
        if self.keys.contains(&named) {
            return Ok(());
        }
        if named.kid.is_some() && self.keys.iter().any(|known| known.kid == named.kid) {
            return Err(ImportError::DuplicateKid);
        }
        self.keys.push(named);
        Ok(())
    }
}

fn public_jwk(text: &str) -> Result<NamedKey, ImportError> {
    let jwk: Jwk = serde_json::from_str(text).map_err(|_| ImportError::Malformed)?;
    if jwk.has_secret() {
        return Err(ImportError::PrivateKey);
    }
    Ok(NamedKey { kid: jwk.kid()?, key: jwk.public_key(Operation::Verify)? })
}

/// The key of the only block; text around it is ignored (RFC 7468 §2).
fn public_pem(text: &str) -> Result<AnyVerifyingKey, ImportError> {
    let blocks = pem::blocks(text).ok_or(ImportError::Malformed)?;
    if blocks.iter().any(|block| block.label.ends_with("PRIVATE KEY")) {
        return Err(ImportError::PrivateKey);
    }
    let [block] = blocks.as_slice() else { return Err(ImportError::SeveralKeys) };
    match block.label {
        "PUBLIC KEY" => spki::read_public_der(&block.der),
        "RSA PUBLIC KEY" => spki::read_rsa_public_key(&block.der),
        "CERTIFICATE" => Certificate::from_der(&block.der).map(|read| read.key().clone()),
        _ => Err(ImportError::UnsupportedKind),
    }
}
