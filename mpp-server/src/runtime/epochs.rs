//! Epochs that a server begins and ends by itself.

use std::sync::Arc;
use std::time::Duration;

use mpp_core::{Persistence, Span};
use mpp_store::{Rotated, Rotation, RotationError};
use serde::Deserialize;
use tokio::task::JoinHandle;

use super::{Stopping, spawn_chore};

/// How often is looked whether an epoch is over, and whether a rotation was left unfinished.
const LOOK_EVERY: Duration = Duration::from_secs(3600);

/// The longest epoch: with it, what was dropped from records can be read for a year by whoever has an old copy.
const LONGEST_HOURS: u32 = 366 * 24;

/// How long an epoch lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Hours")]
pub struct EpochSection(u32);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hours {
    hours: Option<u32>,
}

/// An epoch cannot last so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("hours must be from 1 to {LONGEST_HOURS}")]
pub struct NoSuchEpoch;

impl EpochSection {
    const USUAL: Self = Self(24);

    /// The life of an epoch.
    #[must_use]
    pub fn life(self) -> Span {
        Span::from_hours(self.0.into())
    }
}

impl Default for EpochSection {
    fn default() -> Self {
        Self::USUAL
    }
}

impl TryFrom<Hours> for EpochSection {
    type Error = NoSuchEpoch;

    fn try_from(hours: Hours) -> Result<Self, NoSuchEpoch> {
        let hours = hours.hours.unwrap_or(Self::USUAL.0);
        if (1..=LONGEST_HOURS).contains(&hours) { Ok(Self(hours)) } else { Err(NoSuchEpoch) }
    }
}

/// Has epochs begin and end. A stop does not wait for a rotation: the next start goes on with it.
pub(crate) fn spawn_rotation(stopping: Stopping, rotation: Rotation, epochs: EpochSection) -> JoinHandle<()> {
    let (rotation, until) = (Arc::new(rotation), stopping.clone());
    spawn_chore(stopping, LOOK_EVERY, move || {
        let (rotation, until) = (Arc::clone(&rotation), until.clone());
        async move {
            tokio::select! {
                rotated = rotation.when_due(epochs.life()) => report(rotated),
                () = until.wait() => {}
            }
        }
    })
}

fn report(rotated: Result<Option<Rotated>, RotationError>) {
    match rotated {
        // nothing was due, or another process is at it
        Ok(None) => {}
        Ok(Some(rotated)) if rotated == Rotated::default() => {}
        Ok(Some(Rotated { item_keys, records, unreadable, ended })) => tracing::info!(
            epochs.ended = ended,
            records,
            item_keys,
            unreadable,
            "what is kept was sealed anew, and older epoch keys were destroyed"
        ),
        Err(error) => {
            let is_passing = error.persistence() == Persistence::Temporary;
            tracing::warn!(%error, error.passing = is_passing, "older epoch keys could not be ended");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_lasts_a_day_unless_it_is_said_otherwise() {
        assert_eq!(toml::from_str::<EpochSection>("").unwrap().life(), Span::from_hours(24));
        assert_eq!(toml::from_str::<EpochSection>("hours = 1").unwrap().life(), Span::from_hours(1));
        for bad in ["hours = 0", "hours = 8785", "days = 1"] {
            assert!(toml::from_str::<EpochSection>(bad).is_err(), "{bad}");
        }
    }
}
