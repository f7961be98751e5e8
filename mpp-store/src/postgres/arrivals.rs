//! Hearing from other nodes that there may be work.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::StoreError;

use super::unavailable;

/// Where the functions of the migrations announce jobs, with the name of their schema.
const CHANNEL: &str = "mpp_jobs";
/// Between two tries to listen again.
const PAUSE: Duration = Duration::from_secs(1);

/// Listens for as long as it lives.
#[derive(Debug)]
pub(super) struct Arrivals {
    bell: Arc<Notify>,
    listening: JoinHandle<()>,
}

impl Arrivals {
    /// Listens from when this returns, for jobs of this schema.
    pub(super) async fn listen(options: PgConnectOptions, schema: String) -> Result<Self, StoreError> {
        let pool = PgPoolOptions::new().max_connections(1).connect_lazy_with(options);
        let mut listener = PgListener::connect_with(&pool).await.map_err(unavailable)?;
        listener.listen(CHANNEL).await.map_err(unavailable)?;
        let bell = Arc::new(Notify::new());
        let listening = tokio::spawn(ring(listener, schema, Arc::clone(&bell)));
        Ok(Self { bell, listening })
    }

    pub(super) fn bell(&self) -> Arc<Notify> {
        Arc::clone(&self.bell)
    }
}

impl Drop for Arrivals {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// Rings for every announcement, and after every break, in which one may have been missed. The listener connects again by
/// itself.
async fn ring(mut listener: PgListener, schema: String, bell: Arc<Notify>) {
    loop {
        match listener.try_recv().await {
            Ok(Some(announced)) if announced.payload() != schema => {}
            Ok(_) => bell.notify_waiters(),
            Err(error) => {
                tracing::debug!(error = %error, "nothing is heard from other nodes; trying again");
                tokio::time::sleep(PAUSE).await;
                bell.notify_waiters();
            }
        }
    }
}
