//! Backups of a client server's own keys, in a key-ring file under a password of its own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mpp_core::Kid;
use mpp_crypto::key_ring::{CarriedKey, FileKeyRing, KeyRing, Password, PasswordCost};
use mpp_crypto::thumbprint;
use mpp_services::client::{KeyBackupError, carry_out_keys, note_key_backup, put_keys_back};
use serde::Serialize;

use super::StoreFailure;
use super::place::{Place, PlaceArguments};
use crate::operator::connection::secret;
use crate::operator::output::Output;
use crate::operator::{Failure, Surroundings};
use crate::runtime::{SecretError, Storage, open_storage_at};

const PASSWORD: &str = "MPP_KEY_RING_PASSWORD";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BackedUp<'a> {
    to: &'a Path,
    ring_id: String,
    kids: Vec<Kid>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Restored {
    ring_id: String,
    restored: Vec<Kid>,
    here_already: Vec<Kid>,
}

/// The note is written last: what is noted was written, opened again and found to be the same keys.
pub(super) async fn back_up(
    place: PlaceArguments,
    to: &Path,
    password_file: Option<&PathBuf>,
    surroundings: &Surroundings,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let place = Place::of(place)?;
    let password = password(password_file)?;
    // refuses what is damaged, of another version, or in the hands of a server that keeps it to itself
    place.records().await?.close().await;
    let storage = storage(&place, surroundings).await?;
    let keys = carry_out_keys(storage.store.as_ref(), &storage.vault).await.map_err(StoreFailure::from)?;
    let wanted = names(&keys);
    let entropy = Arc::clone(&surroundings.entropy);
    FileKeyRing::create_with(to, &password, PasswordCost::STANDARD, keys, entropy)?;
    let ring = FileKeyRing::open(to, &password, Arc::clone(&surroundings.entropy))?;
    if wanted != names(&ring.carry_out()?) || wanted != entries(&ring)? {
        return Err(StoreFailure::KeysDiffer { path: to.to_owned() }.into());
    }
    let (id, kids) = (ring.id().to_string(), wanted.into_iter().collect::<Vec<_>>());
    let now = surroundings.clock.now();
    note_key_backup(storage.store.as_ref(), &kids, &id, now).await.map_err(StoreFailure::from)?;
    let lines = [
        ("backup", to.display().to_string()),
        ("ring id", id.clone()),
        ("keys", kids.len().to_string()),
        ("opened again", "every key is in it".to_owned()),
    ];
    output.one(&BackedUp { to, ring_id: id, kids }, &lines)
}

/// Makes the storage where it is gone.
pub(super) async fn restore(
    from: &Path,
    place: PlaceArguments,
    password_file: Option<&PathBuf>,
    surroundings: &Surroundings,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let place = Place::to_fill(place)?;
    let ring = FileKeyRing::open(from, &password(password_file)?, Arc::clone(&surroundings.entropy))?;
    let (id, keys) = (ring.id().to_string(), ring.carry_out()?);
    let storage = storage(&place, surroundings).await?;
    let now = surroundings.clock.now();
    let done = put_keys_back(storage.store.as_ref(), &storage.vault, keys, &id, now).await;
    let done = done.map_err(StoreFailure::from)?;
    let lines = [
        ("ring id", id.clone()),
        ("restored", done.restored.len().to_string()),
        ("here already", done.here.len().to_string()),
        ("now", "start the server anew".to_owned()),
    ];
    output.one(&Restored { ring_id: id, restored: done.restored, here_already: done.here }, &lines)
}

async fn storage(place: &Place, surroundings: &Surroundings) -> Result<Storage, StoreFailure> {
    let entropy = Arc::clone(&surroundings.entropy);
    Ok(open_storage_at(place.storage(), surroundings.clock.as_ref(), entropy).await?)
}

fn password(file: Option<&PathBuf>) -> Result<Password, Failure> {
    Password::new(secret(file, PASSWORD)?).ok_or(Failure::Secret(SecretError::Empty))
}

fn names(keys: &[CarriedKey]) -> BTreeSet<Kid> {
    keys.iter().map(|key| key.secret.kid().clone()).collect()
}

/// The names of the keys, computed from their public halves.
fn entries(ring: &FileKeyRing) -> Result<BTreeSet<Kid>, Failure> {
    let entries = ring.entries()?;
    Ok(entries.into_iter().map(|entry| thumbprint(&entry.public)).collect())
}

impl From<KeyBackupError> for StoreFailure {
    fn from(error: KeyBackupError) -> Self {
        match error {
            KeyBackupError::Store(error) => Self::Store(error),
            other => Self::Keys(other),
        }
    }
}
