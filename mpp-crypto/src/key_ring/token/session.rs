//! Sessions with a token: one per call at work, kept for the next.

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::session::{Session, UserType};
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
    slot: Slot,
    label: String,
    pin: Pin,
    free: Mutex<Vec<Session>>,
    /// A PIN that was refused is not tried again: few wrong tries lock a token.
    refused: AtomicBool,
}

impl Sessions {
    /// Loads the module, looks for the token by its label and logs in.
    pub(super) fn open(module: &Path, label: &str, pin: Pin) -> Result<Self, KeyRingError> {
        let module = Pkcs11::new(module).map_err(|error| unavailable(&error))?;
        match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            // Another ring in this process was first.
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
            Err(error) => return Err(unavailable(&error)),
        }
        let slot = find_slot(&module, label)?;
        let (free, refused) = (Mutex::new(Vec::new()), AtomicBool::new(false));
        let sessions = Self { module, slot, label: label.to_owned(), pin, free, refused };
        sessions.with(|_| Ok(()))?;
        Ok(sessions)
    }

    /// Does `work` in a session, and once more in a new one when the token had forgotten the first.
    pub(super) fn with<T>(&self, work: impl Fn(&Session) -> Result<T, Error>) -> Result<T, KeyRingError> {
        let free = self.free().pop();
        if let Some(session) = free {
            match work(&session) {
                Err(error) if is_forgotten(&error) => self.free().clear(),
                done => return self.done(session, done),
            }
        }
        let session = self.log_in()?;
        let done = work(&session);
        self.done(session, done)
    }

    pub(super) fn label(&self) -> &str {
        &self.label
    }

    /// A session in which something failed may be in the middle of an operation: it is closed.
    fn done<T>(&self, session: Session, done: Result<T, Error>) -> Result<T, KeyRingError> {
        let answer = done.map_err(|error| unavailable(&error))?;
        self.free().push(session);
        Ok(answer)
    }

    fn log_in(&self) -> Result<Session, KeyRingError> {
        if self.refused.load(Ordering::Acquire) {
            return Err(KeyRingError::WrongPin);
        }
        let session = self.module.open_rw_session(self.slot).map_err(|error| unavailable(&error))?;
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

/// Whether the token was away, or logged everybody out.
const fn is_forgotten(error: &Error) -> bool {
    matches!(
        error,
        Error::Pkcs11(
            RvError::SessionHandleInvalid
                | RvError::SessionClosed
                | RvError::UserNotLoggedIn
                | RvError::DeviceRemoved
                | RvError::TokenNotPresent,
            _
        )
    )
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
