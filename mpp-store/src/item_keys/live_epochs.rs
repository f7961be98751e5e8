//! The epoch keys of a program that runs while epochs begin and end.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use mpp_core::Entropy;
use mpp_crypto::at_rest::{EpochKeyId, EpochKeys};

use super::epoch_folder::LoadedEpochs;
use super::{EpochKeyFolder, ItemKeyError};

/// The epoch keys as a running program holds them. Whoever begins or ends an epoch, in this process or another, the others
/// load the folder again when they come upon a key they do not know, and when the fence in front of the store tells them
/// that they are behind. A copy shares the keys.
#[derive(Clone)]
pub struct LiveEpochs(Arc<Shared>);

struct Shared {
    /// `None` for keys that are given once and stay.
    folder: Option<EpochKeyFolder>,
    held: RwLock<Held>,
}

struct Held {
    keys: Arc<EpochKeys>,
    /// The number of the epoch that seals.
    newest: u32,
    /// The names of all epochs this process ever loaded, those that ended too.
    known: BTreeMap<u32, EpochKeyId>,
}

impl LiveEpochs {
    /// The keys of a folder; one without any gets a first one. Blocks.
    ///
    /// # Errors
    /// Like [`EpochKeyFolder::load_or_create`].
    pub fn open(folder: EpochKeyFolder, entropy: &dyn Entropy) -> Result<Self, ItemKeyError> {
        let held = Held::new(folder.load_or_begin(entropy)?);
        Ok(Self(Arc::new(Shared { folder: Some(folder), held: RwLock::new(held) })))
    }

    /// The keys as they were loaded last.
    #[must_use]
    pub fn keys(&self) -> Arc<EpochKeys> {
        Arc::clone(&self.held().keys)
    }

    /// Loads the folder again. Keys that ended are wiped as soon as nobody is working with them. Blocks.
    ///
    /// # Errors
    /// Like [`EpochKeyFolder::load_or_create`].
    pub fn reload(&self) -> Result<(), ItemKeyError> {
        let Some(folder) = &self.0.folder else { return Ok(()) };
        let fresh = Held::new(folder.load_numbered()?);
        let mut held = self.0.held.write().unwrap_or_else(PoisonError::into_inner);
        let known = std::mem::take(&mut held.known);
        *held = fresh;
        held.known.extend(known);
        Ok(())
    }

    /// The folder, where there is one.
    pub(crate) fn folder(&self) -> Option<&EpochKeyFolder> {
        self.0.folder.as_ref()
    }

    /// The keys, and the number of the one that seals.
    pub(crate) fn sealing(&self) -> (Arc<EpochKeys>, u32) {
        let held = self.held();
        (Arc::clone(&held.keys), held.newest)
    }

    /// Whether no epoch was begun after this one. Blocks.
    pub(crate) fn is_newest(&self, number: u32) -> Result<bool, ItemKeyError> {
        self.0.folder.as_ref().map_or(Ok(true), |folder| folder.is_newest(number))
    }

    /// Whether the key of this name is loaded.
    pub(crate) fn is_loaded(&self, id: EpochKeyId) -> bool {
        self.held().keys.find(id).is_ok()
    }

    /// The name of every epoch this process ever loaded, by its number.
    pub(crate) fn known(&self) -> BTreeMap<u32, EpochKeyId> {
        self.held().known.clone()
    }

    fn held(&self) -> RwLockReadGuard<'_, Held> {
        // a panic cannot leave it half written: it is replaced by moves alone
        self.0.held.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn new(loaded: LoadedEpochs) -> Self {
        let LoadedEpochs { keys, newest, names } = loaded;
        Self { keys: Arc::new(keys), newest, known: names }
    }
}

/// Keys that are given once and stay.
impl From<Arc<EpochKeys>> for LiveEpochs {
    fn from(keys: Arc<EpochKeys>) -> Self {
        let known = BTreeMap::from([(1, keys.current().id())]);
        let held = Held { keys, newest: 1, known };
        Self(Arc::new(Shared { folder: None, held: RwLock::new(held) }))
    }
}

impl fmt::Debug for LiveEpochs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveEpochs").field("current", &self.keys().current().id()).finish_non_exhaustive()
    }
}
