//! Sessions with a token: one per call at work, kept for the next.

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::session::{Session, SessionState, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use zeroize::Zeroizing;

use crate::key_ring::KeyRingError;

/// The user PIN of a token. Wiped on drop, never cloned.
pub struct Pin(AuthPin);

impl Pin {
    /// The PIN with this text.
    #[must_use]
    pub fn new(text: &Zeroizing<String>) -> Self {
        Self(AuthPin::from(text.as_str()))
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(..)")
    }
}

/// The way to one token. A session serves one thread at a time, so every call takes one that is free, or a new one.
pub(super) struct Sessions {
    module: Pkcs11,
    label: String,
    pin: Pin,
    free: Mutex<Vec<Session>>,
    /// A PIN that was refused is not tried again: few wrong tries lock a token.
    refused: AtomicBool,
    /// A change of the token's objects has the token to itself, for there are tokens (SoftHSM is one) that answer
    /// `CKR_GENERAL_ERROR` to a change while other sessions look for objects.
    changing: RwLock<()>,
}

impl Sessions {
    /// Loads the module, looks for the token by its label and logs in.
    pub(super) fn open(module: &Path, label: &str, pin: Pin) -> Result<Self, KeyRingError> {
        let module = Pkcs11::new(module).map_err(|error| unavailable(&error))?;
        let (free, refused, changing) = (Mutex::new(Vec::new()), AtomicBool::new(false), RwLock::new(()));
        let sessions = Self { module, label: label.to_owned(), pin, free, refused, changing };
        sessions.with(|_| Ok(()))?;
        Ok(sessions)
    }

    /// Does `work`, which changes no object that stays in the token, in a session.
    pub(super) fn with<T>(&self, work: impl FnOnce(&Session) -> Result<T, Error>) -> Result<T, KeyRingError> {
        let _others_may_read_too = self.changing.read().unwrap_or_else(PoisonError::into_inner);
        self.in_session(work)
    }

    /// Does `work`, which changes objects in the token, in a session, while no other session of this process is at work.
    pub(super) fn with_change<T>(
        &self,
        work: impl FnOnce(&Session) -> Result<T, Error>,
    ) -> Result<T, KeyRingError> {
        let _alone = self.changing.write().unwrap_or_else(PoisonError::into_inner);
        self.in_session(work)
    }

    /// A session in which something failed may be in the middle of an operation: it is closed.
    fn in_session<T>(&self, work: impl FnOnce(&Session) -> Result<T, Error>) -> Result<T, KeyRingError> {
        let session = match self.free_session() {
            Some(session) => session,
            None => self.log_in()?,
        };
        let answer = work(&session).map_err(|error| unavailable(&error))?;
        self.free().push(session);
        Ok(answer)
    }

    pub(super) fn label(&self) -> &str {
        &self.label
    }

    /// A session that the token still knows. One that is logged out would find no keys and seem to say that there are
    /// none.
    fn free_session(&self) -> Option<Session> {
        loop {
            let session = self.free().pop()?;
            let known = session.get_session_info();
            if known.is_ok_and(|info| matches!(info.session_state(), SessionState::RwUser)) {
                return Some(session);
            }
        }
    }

    /// Begins anew as far as needed: the token may have been away and be in another slot now.
    fn log_in(&self) -> Result<Session, KeyRingError> {
        if self.refused.load(Ordering::Acquire) {
            return Err(KeyRingError::WrongPin);
        }
        match self.module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
            Err(error) => return Err(unavailable(&error)),
        }
        let slot = find_slot(&self.module, &self.label)?;
        let session = self.module.open_rw_session(slot).map_err(|error| unavailable(&error))?;
        match session.login(UserType::User, Some(&self.pin.0)) {
            // All sessions of a process with one token are logged in together.
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(session),
            Err(Error::Pkcs11(RvError::PinLocked, _)) => Err(KeyRingError::PinLocked),
            Err(Error::Pkcs11(RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange, _)) => {
                self.refused.store(true, Ordering::Release);
                Err(KeyRingError::WrongPin)
            }
            Err(error) => Err(unavailable(&error)),
        }
    }

    // A list of free sessions is sound whatever its last user did.
    fn free(&self) -> std::sync::MutexGuard<'_, Vec<Session>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn find_slot(module: &Pkcs11, label: &str) -> Result<Slot, KeyRingError> {
    let slots = module.get_slots_with_initialized_token().map_err(|error| unavailable(&error))?;
    let named = |slot: &Slot| module.get_token_info(*slot).is_ok_and(|token| token.label() == label);
    let mut found = slots.into_iter().filter(named);
    match (found.next(), found.next()) {
        (Some(slot), None) => Ok(slot),
        (None, _) => Err(KeyRingError::Unavailable { reason: format!("no token is labelled {label:?}") }),
        (Some(_), Some(_)) => {
            Err(KeyRingError::Unavailable { reason: format!("several tokens are labelled {label:?}") })
        }
    }
}

/// The library's words are long; of a return value its name says enough.
fn unavailable(error: &Error) -> KeyRingError {
    let reason = match error {
        Error::Pkcs11(value, function) => format!("the token answers {value:?} to {function}"),
        Error::LibraryLoading(_) => "the PKCS#11 module cannot be loaded".to_owned(),
        other => other.to_string(),
    };
    KeyRingError::Unavailable { reason }
}
