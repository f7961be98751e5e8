//! A world of one's own for each test, and waiting for what must happen in it.

use std::time::Duration;

use anyhow::{Context, Result};
use mpp_api::central::Holdings;
use mpp_demo::world::{Hosting, Keeping, ProviderPatience, World};
use serde_json::Value;
use tempfile::TempDir;

/// How long something may take before it counts as failed. Work of a killed server is taken up when its lease ends, after
/// five seconds; a machine busy with other tests takes its time.
pub(crate) const PATIENCE: Duration = Duration::from_secs(180);

/// Everything running on a folder that is removed at the end.
pub(crate) struct Town {
    pub(crate) world: World,
    _folder: TempDir,
}

impl Town {
    pub(crate) async fn new(hosting: Hosting) -> Result<Self> {
        Self::keeping(hosting, &Keeping::default()).await
    }

    /// With what the roles store in these places.
    pub(crate) async fn keeping(hosting: Hosting, keeping: &Keeping) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let patience = ProviderPatience::default();
        let world = World::start_on(folder.path(), hosting, patience, keeping).await?;
        Ok(Self { world, _folder: folder })
    }

    /// How often a party of the sandbox was called for an operation.
    pub(crate) async fn calls(&self, entity: &str, operation: &str) -> Result<u64> {
        let counters: Value = self.world.outside().get("/control/counters").await?;
        Ok(counters[entity][operation].as_u64().unwrap_or(0))
    }

    /// Waits until central holds no parcel and no key any more, and no job was given up.
    pub(crate) async fn nothing_is_held(&self) -> Result<Holdings> {
        until("central holds nothing", async || {
            let held = self.world.holdings().await?;
            let is_empty = held.parcels == 0 && held.parcel_keys == 0 && held.parked_jobs == 0;
            Ok(is_empty.then_some(held))
        })
        .await
    }
}

/// Looks until there is something, with a deadline.
pub(crate) async fn until<T>(what: &str, look: impl AsyncFn() -> Result<Option<T>>) -> Result<T> {
    let looking = async {
        loop {
            if let Some(found) = look().await? {
                return anyhow::Ok(found);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let found = tokio::time::timeout(PATIENCE, looking).await;
    found.with_context(|| format!("not in time: {what}"))?.with_context(|| what.to_owned())
}
