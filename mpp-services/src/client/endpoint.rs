//! Where the partner's application takes notifications.

use mpp_core::{PublicJwk, StaffId};
use mpp_store::RecordReaderExt;
use url::Url;

use super::audit::{Action, Actor, Subject};
use super::change::Change;
use super::records::EndpointRecord;
use super::{ClientError, ClientService};

impl ClientService {
    /// Sets the address and gives the key that verifies notifications.
    ///
    /// # Errors
    /// [`ClientError::ForbiddenAddress`] when notifications may not go there.
    pub async fn set_webhook(&self, staff: &StaffId, url: Url) -> Result<PublicJwk, ClientError> {
        self.parts.application.check_address(&url).map_err(ClientError::ForbiddenAddress)?;
        self.until_settled(|| self.write_endpoint(staff, &url)).await?;
        self.webhook_key()
    }

    /// The key that verifies notifications.
    ///
    /// # Errors
    /// [`ClientError::Inconsistent`] when there is none, which does not happen on a started server.
    pub fn webhook_key(&self) -> Result<PublicJwk, ClientError> {
        let key = self.parts.keys.webhook().ok_or(ClientError::Inconsistent("the notification key"))?;
        Ok(key.public().to_jwk())
    }

    async fn write_endpoint(&self, staff: &StaffId, url: &Url) -> Result<(), ClientError> {
        let before = self.store().get::<EndpointRecord>(&EndpointRecord::the_only()).await?;
        let mut change = Change::new(self);
        let record = EndpointRecord { url: url.clone(), set_by: staff.clone(), set_at: change.now() };
        change.write(before.map(|read| read.version), &record);
        change.audit(Action::WebhookSet, &Actor::Staff(staff.clone()), &Subject::default());
        change.commit().await
    }
}
