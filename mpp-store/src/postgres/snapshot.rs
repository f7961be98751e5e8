//! Snapshots: taken page by page in one transaction that sees one commit, restored in one transaction.

mod give;
mod rows_of;
mod take;

use async_trait::async_trait;
use sqlx::Connection;

use crate::snapshot::{SnapshotError, SnapshotReceiver, SnapshotSender, Snapshots};

use super::connections::Lent;
use super::{PostgresStore, unavailable};

/// How many rows travel at once.
const TOGETHER: usize = 500;

#[async_trait]
impl Snapshots for PostgresStore {
    async fn take_snapshot(&self, to: SnapshotSender) -> Result<(), SnapshotError> {
        let mut lent = self.connections.lend().await.map_err(unavailable)?;
        let taken = async {
            let sql = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
            let mut transaction = lent.begin_with(sql).await.map_err(unavailable)?;
            take::take(&mut transaction, &to).await?;
            transaction.rollback().await.map_err(unavailable).map_err(SnapshotError::from)
        };
        let taken = taken.await;
        settle(lent, taken)
    }

    async fn restore_snapshot(&self, mut from: SnapshotReceiver) -> Result<(), SnapshotError> {
        let mut lent = self.connections.lend().await.map_err(unavailable)?;
        let restored = async {
            let mut transaction = lent.begin().await.map_err(unavailable)?;
            give::restore(&mut transaction, &mut from).await?;
            transaction.commit().await.map_err(unavailable).map_err(SnapshotError::from)
        };
        let restored = restored.await;
        settle(lent, restored)
    }
}

/// A connection on which something failed is given up, and with it the transaction.
fn settle(lent: Lent, outcome: Result<(), SnapshotError>) -> Result<(), SnapshotError> {
    if outcome.is_err() {
        drop(Lent::take(lent));
    }
    outcome
}
