//! The audit log, the newest leaves first.

use mpp_store::{LeafIndex, NumberedLeaf};

use crate::client::{ClientError, ClientService};

/// Some leaves of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditPage {
    /// The leaves, the newest first.
    pub leaves: Vec<NumberedLeaf>,
    /// The number to go on before; absent at the beginning of the log.
    pub before: Option<u64>,
    /// How many leaves there are.
    pub size: u64,
}

impl ClientService {
    /// Up to `limit` leaves before number `before`, or the newest.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn audit_trail(&self, before: Option<u64>, limit: u32) -> Result<AuditPage, ClientError> {
        let size = self.store().size().await?;
        let end = before.unwrap_or(size).min(size);
        let begin = end.saturating_sub(u64::from(limit));
        let count = u32::try_from(end.saturating_sub(begin)).unwrap_or(limit);
        if count == 0 {
            return Ok(AuditPage { leaves: Vec::new(), before: None, size });
        }
        let mut leaves = self.store().leaves(LeafIndex(begin), count).await?;
        leaves.reverse();
        Ok(AuditPage { leaves, before: Some(begin).filter(|begin| *begin > 0), size })
    }
}
