//! Central's audit log as partners see it: the key it is signed with, its newest checkpoint, its tiles.

use mpp_core::PublicJwk;
use mpp_crypto::VerifyingKey;
use mpp_crypto::jws::{self, CompactJws};
use mpp_crypto::tlog::TilePath;
use serde::Serialize;

use super::{CentralError, CentralService};
use crate::log::{LOG_KEY_TYP, LogError, NewestCheckpoint, newest_checkpoint, tile_bytes};

#[derive(Serialize)]
struct LogKey {
    v: u8,
    key: PublicJwk,
}

impl CentralService {
    /// Says, signed with the key partners know, which key signs the checkpoints of the audit log.
    ///
    /// # Errors
    /// When the signature cannot be made.
    pub fn state_log_key(&self, key: &VerifyingKey) -> Result<CompactJws, CentralError> {
        Ok(jws::sign(self.signing_key(), LOG_KEY_TYP, &LogKey { v: 1, key: key.to_jwk() })?)
    }

    /// The newest checkpoint of the audit log; `None` before the first one.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn log_checkpoint(&self) -> Result<Option<NewestCheckpoint>, CentralError> {
        newest_checkpoint(self.store()).await.map_err(unreadable)
    }

    /// The hashes of a tile of the audit log, one after the other; `None` for what the newest checkpoint does not need.
    ///
    /// # Errors
    /// When the store does not answer or the tile is damaged.
    pub async fn log_tile(&self, path: TilePath) -> Result<Option<Vec<u8>>, CentralError> {
        tile_bytes(self.store(), path).await.map_err(unreadable)
    }
}

fn unreadable(error: LogError) -> CentralError {
    match error {
        LogError::Store(error) => error.into(),
        _ => CentralError::Inconsistent("the audit log's tree"),
    }
}
