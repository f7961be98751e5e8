//! Opens the key ring that the command line names.

use std::path::Path;
use std::sync::Arc;

use mpp_crypto::key_ring::{FileKeyRing, KeyRing, Password, PasswordCost, Pin, RingId, TokenKeyRing};
use zeroize::Zeroizing;

use super::arguments::Place;
use crate::operator::connection::secret;
use crate::operator::{Failure, Surroundings};

const PASSWORD: &str = "MPP_KEY_RING_PASSWORD";
const PIN: &str = "MPP_TOKEN_PIN";

const NO_PLACE: Failure = Failure::KeyRingPlace {
    message: "no key ring: give --ring FILE, or --pkcs11-module PATH with --token LABEL",
};
const NO_TOKEN: Failure = Failure::KeyRingPlace { message: "which token: give its label with --token LABEL" };
const ONLY_FILES: Failure = Failure::KeyRingPlace {
    message: "only a key-ring file (--ring FILE) is made or gets a password here; a token has its maker's tools",
};
const NO_RING_ID: Failure =
    Failure::KeyRingPlace { message: "--ring-id is 32 hexadecimal digits and belongs to a key-ring file" };

/// The ring, whatever holds it.
pub(super) fn open(place: &Place, surroundings: &Surroundings) -> Result<Arc<dyn KeyRing>, Failure> {
    let Some(module) = &place.pkcs11_module else {
        return Ok(Arc::new(open_file(place, surroundings)?));
    };
    if place.ring_id.is_some() {
        return Err(NO_RING_ID);
    }
    let label = place.token.as_ref().ok_or(NO_TOKEN)?;
    let pin = Pin::new(&secret(place.pin_file.as_ref(), PIN)?);
    Ok(Arc::new(TokenKeyRing::open(module, label, pin)?))
}

/// The ring in a file.
pub(super) fn open_file(place: &Place, surroundings: &Surroundings) -> Result<FileKeyRing, Failure> {
    let file = file(place)?;
    let id = match &place.ring_id {
        Some(text) => Some(RingId::from_text(text).ok_or(NO_RING_ID)?),
        None => None,
    };
    let password = password(secret(place.password_file.as_ref(), PASSWORD)?)?;
    let ring = FileKeyRing::open(file, &password, Arc::clone(&surroundings.entropy))?;
    match id {
        Some(id) => Ok(ring.expecting(id)?),
        None => Ok(ring),
    }
}

/// A new ring in a new file.
pub(super) fn create_file(place: &Place, surroundings: &Surroundings) -> Result<FileKeyRing, Failure> {
    let file = file(place)?;
    let password = password(secret(place.password_file.as_ref(), PASSWORD)?)?;
    let entropy = Arc::clone(&surroundings.entropy);
    Ok(FileKeyRing::create(file, &password, PasswordCost::STANDARD, entropy)?)
}

/// A password from where secrets are.
pub(super) fn password(text: Zeroizing<String>) -> Result<Password, Failure> {
    Password::new(text).ok_or(Failure::Secret(crate::runtime::SecretError::Empty))
}

fn file(place: &Place) -> Result<&Path, Failure> {
    match (&place.ring, &place.pkcs11_module) {
        (Some(file), _) => Ok(file),
        (None, Some(_)) => Err(ONLY_FILES),
        (None, None) => Err(NO_PLACE),
    }
}
