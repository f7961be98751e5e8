//! A ring in a PKCS#11 token: private keys are made there, used there and never leave.

mod label;
mod objects;
mod session;

use std::fmt;
use std::path::Path;

use cryptoki::error::Error;
use cryptoki::session::Session;
use mpp_core::{Kid, Timestamp};

pub use session::Pin;

use super::{KeyAlgorithm, KeyEntry, KeyRing, KeyRingError, KeyState, OpeningKeys, SigningKeys};
use crate::keys::{AgreedSecret, EncapsulatedKey, EnvelopePublicKey, Signature, VerifyingKey};
use crate::sha256;
use label::{Label, Purpose};
use objects::Pair;
use session::Sessions;

/// The keys with our labels in one token (PKCS#11 2.40 or later): `CKM_ECDH1_DERIVE` opens, `CKM_ECDSA` signs.
///
/// Signatures are not deterministic, and Ed25519 is not supported. Nothing is cached: every call asks the token, so that
/// all processes with the same token see the same keys. A token that was away is logged in to again; a PIN it refused is
/// never tried twice. Within a process, changes wait for calls at work and
/// hold up the next. PKCS#11 knows no transactions: two processes that generate at the same moment both make a key, and the
/// later one is current; a token that fails a change because another process uses it is [`KeyRingError::Unavailable`].
pub struct TokenKeyRing {
    sessions: Sessions,
}

impl TokenKeyRing {
    /// Opens the ring in the token with this label, through the PKCS#11 library at `module`.
    ///
    /// # Errors
    /// [`KeyRingError::Unavailable`] without library or token, [`KeyRingError::WrongPin`] or [`KeyRingError::PinLocked`].
    pub fn open(module: &Path, token: &str, pin: Pin) -> Result<Self, KeyRingError> {
        Ok(Self { sessions: Sessions::open(module, token, pin)? })
    }

    /// Changes the pair of this name, as its state allows.
    fn change(
        &self,
        kid: &Kid,
        change: impl FnOnce(&Session, &Pair, KeyState) -> Result<Result<(), KeyRingError>, Error>,
    ) -> Result<(), KeyRingError> {
        self.sessions
            .with_change(|session| with_pair(session, kid, |pair, state| change(session, pair, state)))?
    }

    /// Does `work` with a pair of this purpose that is not retired.
    fn with_usable<T>(
        &self,
        kid: &Kid,
        purpose: Purpose,
        work: impl FnOnce(&Session, &Pair) -> Result<T, Error>,
    ) -> Result<T, KeyRingError> {
        self.sessions.with(|session| match objects::find(session, kid)? {
            Some(pair) if pair.label.purpose == purpose && pair.label.retired => {
                Ok(Err(KeyRingError::Retired { kid: kid.clone() }))
            }
            Some(pair) if pair.label.purpose == purpose => work(session, &pair).map(Ok),
            Some(_) | None => Ok(Err(unknown(kid))),
        })?
    }
}

impl OpeningKeys for TokenKeyRing {
    fn envelope_key(&self, kid: &Kid) -> Result<EnvelopePublicKey, KeyRingError> {
        self.with_usable(kid, Purpose::Envelope, |_, pair| Ok(pair.public.clone()))
    }

    fn agree(&self, kid: &Kid, encapsulated: &EncapsulatedKey) -> Result<AgreedSecret, KeyRingError> {
        let agree = |session: &Session, pair: &Pair| objects::agree(session, pair, encapsulated);
        self.with_usable(kid, Purpose::Envelope, agree).map(AgreedSecret::from_bytes)
    }
}

impl SigningKeys for TokenKeyRing {
    fn verifying_key(&self, kid: &Kid) -> Result<VerifyingKey, KeyRingError> {
        let jwk = self.with_usable(kid, Purpose::Signing, |_, pair| Ok(pair.public.to_jwk()))?;
        VerifyingKey::from_jwk(&jwk).map_err(|_| unknown(kid))
    }

    fn sign(&self, kid: &Kid, message: &[u8]) -> Result<Signature, KeyRingError> {
        let digest = sha256(message);
        let sign = |session: &Session, pair: &Pair, state| match (pair.label.purpose, state) {
            (Purpose::Envelope, _) => Ok(Err(unknown(kid))),
            (Purpose::Signing, KeyState::Retired) => Ok(Err(KeyRingError::Retired { kid: kid.clone() })),
            (Purpose::Signing, KeyState::Older) => Ok(Err(KeyRingError::NotCurrent { kid: kid.clone() })),
            (Purpose::Signing, KeyState::Current) => {
                objects::sign(session, pair, digest.as_bytes()).map(|bytes| Ok(Signature::from_bytes(bytes)))
            }
        };
        self.sessions.with(|session| with_pair(session, kid, |pair, state| sign(session, pair, state)))?
    }
}

impl KeyRing for TokenKeyRing {
    fn supports(&self, algorithm: KeyAlgorithm) -> bool {
        Purpose::of(algorithm).is_some()
    }

    fn entries(&self) -> Result<Vec<KeyEntry>, KeyRingError> {
        let pairs = self.sessions.with(objects::pairs)?;
        Ok(pairs.iter().map(|pair| entry(pair, state_among(pair, &pairs))).collect())
    }

    fn generate(&self, algorithm: KeyAlgorithm, created: Timestamp) -> Result<KeyEntry, KeyRingError> {
        let purpose = Purpose::of(algorithm).ok_or(KeyRingError::Unsupported { algorithm })?;
        let pair = self.sessions.with_change(|session| {
            let number = objects::next_number(session)?;
            let label = Label { number, created, retired: false, purpose };
            objects::generate(session, label)
        })?;
        Ok(entry(&pair, KeyState::Current))
    }

    fn retire(&self, kid: &Kid) -> Result<(), KeyRingError> {
        self.change(kid, |session, pair, state| match state {
            KeyState::Current => Ok(Err(KeyRingError::StillCurrent { kid: kid.clone() })),
            KeyState::Retired => Ok(Ok(())),
            KeyState::Older => objects::relabel(session, pair, Label { retired: true, ..pair.label }).map(Ok),
        })
    }

    fn reinstate(&self, kid: &Kid) -> Result<(), KeyRingError> {
        self.change(kid, |session, pair, state| match state {
            KeyState::Current | KeyState::Older => Ok(Err(KeyRingError::NotRetired { kid: kid.clone() })),
            KeyState::Retired => {
                objects::relabel(session, pair, Label { retired: false, ..pair.label }).map(Ok)
            }
        })
    }

    fn destroy(&self, kid: &Kid) -> Result<(), KeyRingError> {
        self.change(kid, |session, pair, state| match state {
            KeyState::Current | KeyState::Older => Ok(Err(KeyRingError::NotRetired { kid: kid.clone() })),
            KeyState::Retired => objects::destroy(session, pair).map(Ok),
        })
    }
}

impl fmt::Debug for TokenKeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenKeyRing").field("token", &self.sessions.label()).finish_non_exhaustive()
    }
}

/// Does `work` with the pair of this name and its state.
fn with_pair<T>(
    session: &Session,
    kid: &Kid,
    work: impl FnOnce(&Pair, KeyState) -> Result<Result<T, KeyRingError>, Error>,
) -> Result<Result<T, KeyRingError>, Error> {
    let Some(pair) = objects::find(session, kid)? else { return Ok(Err(unknown(kid))) };
    let state = state(&pair, session)?;
    work(&pair, state)
}

fn state(pair: &Pair, session: &Session) -> Result<KeyState, Error> {
    if pair.label.retired {
        return Ok(KeyState::Retired);
    }
    Ok(if objects::is_newest(session, pair)? { KeyState::Current } else { KeyState::Older })
}

/// The first of its purpose is current, unless a hand from outside retired it.
fn state_among(pair: &Pair, newest_first: &[Pair]) -> KeyState {
    let first = newest_first.iter().find(|other| other.label.purpose == pair.label.purpose);
    if pair.label.retired {
        KeyState::Retired
    } else if first.is_some_and(|first| first.public == pair.public) {
        KeyState::Current
    } else {
        KeyState::Older
    }
}

fn entry(pair: &Pair, state: KeyState) -> KeyEntry {
    KeyEntry {
        kid: pair.public.kid().clone(),
        algorithm: pair.label.purpose.algorithm(),
        state,
        created: pair.label.created,
        public: pair.public.to_jwk(),
    }
}

fn unknown(kid: &Kid) -> KeyRingError {
    KeyRingError::UnknownKey { kid: kid.clone() }
}
