//! Where the partner's application takes notifications.

use mpp_core::{NotificationId, PublicJwk, StaffId, Timestamp};
use mpp_store::RecordReaderExt;
use serde::Serialize;
use url::Url;

use super::audit::{Action, Actor, Subject};
use super::change::Change;
use super::delivery::failure_name;
use super::records::EndpointRecord;
use super::{ClientError, ClientService};
use crate::attempts::DeliveryAttempt;

/// What became of a notification that was pushed as a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestedWebhook {
    /// Its name, as the application was told it.
    pub notification: NotificationId,
    /// How it went.
    pub attempt: DeliveryAttempt,
}

/// A notification that tells of nothing; it has no place among those that do, which begin with 1.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TestNotification {
    id: NotificationId,
    #[serde(rename = "type")]
    kind: &'static str,
    sequence: u64,
    occurred_at: Timestamp,
    data: NoSubject,
}

#[derive(Serialize)]
struct NoSubject {}

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

    /// Pushes a notification that tells of nothing, once, to where notifications go: signed like all of them, and not one of
    /// them. What became of it is in the audit log.
    ///
    /// # Errors
    /// [`ClientError::NotFound`] when there is no address to push to.
    pub async fn test_webhook(&self, staff: &StaffId) -> Result<TestedWebhook, ClientError> {
        let endpoint = self.store().get::<EndpointRecord>(&EndpointRecord::the_only()).await?;
        let url = endpoint.ok_or(ClientError::NotFound)?.record.url;
        let id = NotificationId::generate(self.entropy());
        let test =
            TestNotification { id, kind: "test", sequence: 0, occurred_at: self.now(), data: NoSubject {} };
        let body = serde_json::to_vec(&test).map_err(|_| ClientError::Inconsistent("a notification"))?;
        let outcome = self.push(id, body, url).await?;
        let mut change = Change::new(self);
        let attempt = DeliveryAttempt { at: change.now(), failure: outcome.err() };
        let subject = Subject { reason: Some(failure_name(outcome).to_owned()), ..Subject::default() };
        change.audit(Action::WebhookTested, &Actor::Staff(staff.clone()), &subject);
        change.commit().await?;
        Ok(TestedWebhook { notification: id, attempt })
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
