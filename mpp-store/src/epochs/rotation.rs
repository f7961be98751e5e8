//! Beginning an epoch, sealing anew what must live longer, and ending the epochs before.

use std::fmt;
use std::sync::Arc;

use mpp_core::{Clock, Entropy, Persistence, Span};
use mpp_crypto::at_rest::{EpochKeyId, SealedField};

use super::fence::EpochFence;
use super::{FenceError, SealedKind};
use crate::item_keys::Rewrapped;
use crate::private_file::Turn;
use crate::{
    Commit, Cursor, EpochKeyFolder, FileItemKeys, ItemKeyError, ItemName, ListQuery, RecordKey, RecordKind,
    RecordReader, StoreError, StoredRecord, Vault, VaultError, WriteBatch,
};

/// How many item keys are wrapped anew, or records looked at, in one step.
const BATCH: u32 = 100;
/// How often all records are gone through before it is said that some cannot be sealed anew.
const ROUNDS: u32 = 5;
/// How often one record is tried that others keep changing.
const TRIES: u32 = 5;

/// Changes the epochs of one server's storage.
///
/// A rotation consists of small steps, each of which may be done twice. It may be stopped between any two of them, or
/// killed within one: what was sealed anew opens under the new key, what was not still opens under the old one, which is
/// destroyed as the last step, and only when nothing names it any more. The next rotation takes up what is left.
pub struct Rotation {
    fence: Arc<EpochFence>,
    item_keys: FileItemKeys,
    kinds: Vec<SealedKind>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

/// What a rotation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rotated {
    /// How many item keys were wrapped anew.
    pub item_keys: u64,
    /// How many records were sealed anew.
    pub records: u64,
    /// How many item keys nobody can read: their epoch had ended before.
    pub unreadable: u64,
    /// How many epochs were ended.
    pub ended: u32,
}

/// The next thing a rotation does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Stage {
    /// Look which items have keys.
    #[default]
    Start,
    /// Wrap the keys of these items anew.
    ItemKeys(Vec<ItemName>),
    /// Seal the records anew: of the kind of this place in the list, those behind the cursor.
    Records {
        /// Which kind.
        kind: usize,
        /// Behind what.
        after: Option<Cursor>,
        /// How often all of them were gone through before.
        round: u32,
    },
    /// Let nobody commit anything under the older keys any more.
    Close {
        /// How often all records were gone through before.
        round: u32,
    },
    /// Look whether any record names an older key.
    Verify {
        /// How often all records were gone through before.
        round: u32,
    },
    /// Destroy the older keys.
    End,
    /// Nothing is left to do.
    Done,
}

/// A rotation stopped. Nothing is lost: the keys of all epochs that are needed are there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RotationError {
    /// A field does not open, or cannot be sealed. As long as that is so, its epoch does not end.
    #[error("the field {column} of {kind} {key} cannot be sealed anew: {source}")]
    Field {
        /// The kind of the record.
        kind: RecordKind,
        /// The record's key.
        key: RecordKey,
        /// The field.
        column: &'static str,
        /// Why.
        source: VaultError,
    },
    /// Records name the key of an older epoch, and none of the kinds that are sealed anew.
    #[error("records are still sealed under the epoch key {epoch}, which was kept")]
    StillNeeded {
        /// The name of the key.
        epoch: EpochKeyId,
    },
    /// The keys are not in a folder.
    #[error("these epoch keys are in no folder")]
    NoFolder,
    /// Records and keys do not belong together.
    #[error(transparent)]
    Fence(#[from] FenceError),
    /// The key files cannot be used.
    #[error(transparent)]
    Keys(#[from] ItemKeyError),
    /// The store refuses or does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl RotationError {
    /// Whether trying again can help.
    #[must_use]
    pub fn persistence(&self) -> Persistence {
        match self {
            Self::Field { source, .. } => source.persistence(),
            Self::Keys(error) | Self::Fence(FenceError::Keys(error)) => error.persistence(),
            Self::Store(error) | Self::Fence(FenceError::Store(error)) => error.persistence(),
            Self::StillNeeded { .. } | Self::NoFolder | Self::Fence(_) => Persistence::Permanent,
        }
    }
}

impl Rotation {
    /// The rotation of a storage whose records are behind this fence. `kinds` are all kinds of records with sealed
    /// fields: one that is left out keeps epochs from ending, since nothing is destroyed that a record names.
    #[must_use]
    pub const fn new(
        fence: Arc<EpochFence>,
        item_keys: FileItemKeys,
        kinds: Vec<SealedKind>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { fence, item_keys, kinds, clock, entropy }
    }

    /// Begins an epoch, if the current one has lasted for `life` or longer, and brings to an end what was begun. `None`
    /// when another process is at it.
    ///
    /// # Errors
    /// [`RotationError`]; everything that is stored can still be read.
    pub async fn when_due(&self, life: Span) -> Result<Option<Rotated>, RotationError> {
        let Some(_turn) = self.turn()? else {
            // keys that the other has ended are forgotten here too
            self.epochs().reload()?;
            return Ok(None);
        };
        let begun = self.fence.since().await?;
        if begun.plus(life) <= self.clock.now() && self.older().is_empty() {
            self.begin()?;
        }
        self.finish().await.map(Some)
    }

    /// Begins an epoch at once, and brings to an end what was begun. `None` when another process is at it.
    ///
    /// # Errors
    /// [`RotationError`]; everything that is stored can still be read.
    pub async fn now(&self) -> Result<Option<Rotated>, RotationError> {
        let Some(_turn) = self.turn()? else { return Ok(None) };
        self.begin()?;
        self.finish().await.map(Some)
    }

    /// Begins an epoch: from here on everything is sealed under a new key.
    ///
    /// # Errors
    /// [`RotationError::Keys`].
    pub fn begin(&self) -> Result<(), RotationError> {
        self.folder()?.begin_epoch(&*self.entropy)?;
        Ok(self.epochs().reload()?)
    }

    /// Does one step and names the next; `rotated` counts what was done. The caller has seen to it that nobody else is at
    /// it.
    ///
    /// # Errors
    /// [`RotationError`]: the step may be done again.
    pub async fn step(&self, stage: Stage, rotated: &mut Rotated) -> Result<Stage, RotationError> {
        match stage {
            Stage::Start => {
                self.epochs().reload()?;
                // what is no key any more, of a destruction that was cut short, still has a file
                let nothing = self.older().is_empty();
                Ok(if nothing { Stage::End } else { Stage::ItemKeys(self.item_keys.items()?) })
            }
            Stage::ItemKeys(items) => self.rewrap_some(items, rotated).await,
            Stage::Records { kind, after, round } => self.reseal_page(kind, after, round, rotated).await,
            Stage::Close { round } => {
                self.fence.close_older(self.clock.now()).await?;
                Ok(Stage::Verify { round })
            }
            Stage::Verify { round } => self.verify(round).await,
            Stage::End => {
                let (_, current) = self.epochs().sealing();
                let ended = self.folder()?.end_epochs_before(current)?;
                rotated.ended = rotated.ended.saturating_add(ended);
                self.epochs().reload()?;
                Ok(Stage::Done)
            }
            Stage::Done => Ok(Stage::Done),
        }
    }

    async fn finish(&self) -> Result<Rotated, RotationError> {
        let (mut rotated, mut stage) = (Rotated::default(), Stage::Start);
        while stage != Stage::Done {
            stage = self.step(stage, &mut rotated).await?;
        }
        Ok(rotated)
    }

    async fn rewrap_some(
        &self,
        mut items: Vec<ItemName>,
        rotated: &mut Rotated,
    ) -> Result<Stage, RotationError> {
        let rest = items.len().saturating_sub(usize::try_from(BATCH).unwrap_or(usize::MAX));
        let some = items.split_off(rest);
        for came_to in self.item_keys.rewrap(some).await? {
            match came_to {
                Rewrapped::Anew => rotated.item_keys = rotated.item_keys.saturating_add(1),
                Rewrapped::Unreadable => rotated.unreadable = rotated.unreadable.saturating_add(1),
                Rewrapped::Nothing => {}
            }
        }
        let records = Stage::Records { kind: 0, after: None, round: 0 };
        Ok(if items.is_empty() { records } else { Stage::ItemKeys(items) })
    }

    async fn reseal_page(
        &self,
        place: usize,
        after: Option<Cursor>,
        round: u32,
        rotated: &mut Rotated,
    ) -> Result<Stage, RotationError> {
        let Some(kind) = self.kinds.get(place) else { return Ok(Stage::Close { round }) };
        let page = self.fence.list(ListQuery::of(kind.kind()).after(after).limit(BATCH)).await?;
        let older: Vec<_> = self.older().into_iter().map(SealedField::beginning_under).collect();
        let stale = page.items.iter().filter(|stored| older.iter().any(|name| stored.data.contains(name)));
        let stale: Vec<_> = stale.collect();
        let resealed = match self.reseal_together(kind, &stale).await {
            Err(RotationError::Store(error)) if error.is_conflict() => self.one_by_one(kind, &stale).await?,
            resealed => resealed?,
        };
        rotated.records = rotated.records.saturating_add(resealed);
        Ok(match page.next {
            Some(next) => Stage::Records { kind: place, after: Some(next), round },
            None => Stage::Records { kind: place.saturating_add(1), after: None, round },
        })
    }

    async fn reseal_together(
        &self,
        kind: &SealedKind,
        stale: &[&StoredRecord],
    ) -> Result<u64, RotationError> {
        let (mut batch, mut resealed) = (WriteBatch::new(), 0_u64);
        let vault = self.vault();
        for stored in stale {
            resealed = resealed.saturating_add(u64::from(kind.seal_anew(stored, &vault, &mut batch)?));
        }
        if resealed > 0 {
            self.fence.commit(batch).await?;
        }
        Ok(resealed)
    }

    /// Some of the records change at this moment. One that keeps changing is found again in the next round.
    async fn one_by_one(&self, kind: &SealedKind, stale: &[&StoredRecord]) -> Result<u64, RotationError> {
        let mut resealed = 0_u64;
        for stored in stale {
            for _ in 0..TRIES {
                let Some(stored) = self.fence.read(kind.kind(), &stored.key).await? else { break };
                match self.reseal_together(kind, &[&stored]).await {
                    Err(RotationError::Store(error)) if error.is_conflict() => {}
                    done => {
                        resealed = resealed.saturating_add(done?);
                        break;
                    }
                }
            }
        }
        Ok(resealed)
    }

    async fn verify(&self, round: u32) -> Result<Stage, RotationError> {
        for epoch in self.older() {
            if self.fence.mentions(&SealedField::beginning_under(epoch)).await? {
                let again = Stage::Records { kind: 0, after: None, round: round.saturating_add(1) };
                return if round < ROUNDS { Ok(again) } else { Err(RotationError::StillNeeded { epoch }) };
            }
        }
        Ok(Stage::End)
    }

    fn older(&self) -> Vec<EpochKeyId> {
        self.epochs().keys().older().collect()
    }

    fn vault(&self) -> Vault {
        Vault::new(self.epochs().clone(), Arc::clone(&self.entropy))
    }

    fn epochs(&self) -> &crate::LiveEpochs {
        self.fence.epochs()
    }

    fn folder(&self) -> Result<&EpochKeyFolder, RotationError> {
        self.epochs().folder().ok_or(RotationError::NoFolder)
    }

    fn turn(&self) -> Result<Option<Turn>, RotationError> {
        Ok(self.folder()?.turn()?)
    }
}

impl fmt::Debug for Rotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rotation").field("kinds", &self.kinds).finish_non_exhaustive()
    }
}
