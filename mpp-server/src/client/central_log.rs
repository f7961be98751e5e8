//! Central's audit log over HTTP, and the look at it every five minutes.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use mpp_api::central::PartnerClient;
use mpp_core::Persistence;
use mpp_crypto::jws::CompactJws;
use mpp_crypto::tlog::{MAX_NOTE_BYTES, TILE_WIDTH, TilePath};
use mpp_services::client::{CentralLog, ClientError, ClientService, GatewayError, LogBreachKind, Witnessed};
use mpp_transport::Response;
use tokio::task::JoinHandle;

use super::gateway::refused;
use crate::runtime::Stopping;

/// How often central's log is looked at.
const EVERY: Duration = Duration::from_secs(300);
/// How long to wait while the keys are not enrolled, which costs no request.
const SOON: Duration = Duration::from_secs(2);

/// Asks central for its log as this partner.
#[derive(Debug)]
pub(super) struct HttpCentralLog(pub(super) PartnerClient);

#[async_trait]
impl CentralLog for HttpCentralLog {
    async fn key(&self) -> Result<Option<CompactJws>, GatewayError> {
        let keys = self.0.central_keys().await.map_err(refused)?;
        keys.log_key.map(|text| text.parse()).transpose().map_err(|_| GatewayError::Answer)
    }

    async fn checkpoint(&self) -> Result<Vec<u8>, GatewayError> {
        whole(self.0.log_checkpoint().await.map_err(refused)?, MAX_NOTE_BYTES).await
    }

    async fn tile(&self, path: TilePath) -> Result<Vec<u8>, GatewayError> {
        let tile = self.0.log_tile(&path.to_string()).await.map_err(refused)?;
        whole(tile, usize::from(TILE_WIDTH).saturating_mul(32)).await
    }
}

async fn whole(response: Response, most_bytes: usize) -> Result<Vec<u8>, GatewayError> {
    let bytes = response.body.collect(most_bytes).await;
    bytes
        .map(Vec::from)
        .map_err(|error| if error.is_temporary() { GatewayError::Unavailable } else { GatewayError::Answer })
}

/// Looks at central's log every five minutes, and soon again until there is something to see.
pub(super) fn spawn_witness(
    service: &Arc<ClientService>,
    central: PartnerClient,
    stopping: Stopping,
) -> JoinHandle<()> {
    let service = Arc::clone(service);
    let log = HttpCentralLog(central);
    tokio::spawn(async move {
        while !stopping.is_stopping() {
            let pause = tokio::select! {
                seen = service.witness_central(&log) => told(seen),
                () = stopping.wait() => return,
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = stopping.wait() => {}
            }
        }
    })
}

/// Says what is wrong; gives how long to wait.
fn told(seen: Result<Witnessed, ClientError>) -> Duration {
    match seen {
        Ok(Witnessed::Continued(_)) => {}
        Ok(Witnessed::Nothing) => return EVERY / 10,
        Err(ClientError::NotEnrolled) => return SOON,
        Ok(Witnessed::Breached(LogBreachKind::SetBack)) => {
            tracing::error!("central says that its audit log was set back: both checkpoints are kept");
        }
        Ok(Witnessed::Breached(kind)) => {
            tracing::error!(
                log.breach = kind.code(),
                "central's audit log is not what it was: both checkpoints are kept"
            );
        }
        Err(error) => {
            let is_passing = error.persistence() == Persistence::Temporary;
            tracing::warn!(%error, error.passing = is_passing, "central's audit log cannot be looked at");
        }
    }
    EVERY
}
