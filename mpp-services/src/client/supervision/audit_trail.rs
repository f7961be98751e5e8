//! The audit log.

use crate::audit_trail::{self, AuditPage};
use crate::client::{ClientError, ClientService};

impl ClientService {
    /// Up to `limit` leaves before number `before`, or the newest; the newest first.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn audit_trail(&self, before: Option<u64>, limit: u32) -> Result<AuditPage, ClientError> {
        Ok(audit_trail::page(self.store(), before, limit).await?)
    }
}
