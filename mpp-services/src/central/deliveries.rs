//! Step 8: notifications are pushed to client servers that have an address, by the schedule of the model, then parked.

use bytes::Bytes;
use mpp_core::{DeliveryFailure, DeliveryState, Jitter, ParcelState, PartnerId, draw};
use mpp_crypto::webhook::{self, WebhookSigner};
use mpp_store::{LeasedJob, RecordReaderExt, Versioned};
use url::Url;

use super::audit::{Action, Actor, Subject};
use super::change::Change;
use super::erasure::of_parcel;
use super::news::{Notification, NotificationKind};
use super::ports::Webhook;
use super::records::{NotificationRecord, ParcelRecord};
use super::requests::of_request;
use super::{CentralError, CentralService};
use crate::attempts::{self, DeliveryAttempt};

impl CentralService {
    /// Pushes a notification once and settles the job by how it went.
    pub(super) async fn deliver(
        &self,
        partner: PartnerId,
        sequence: u64,
        job: &LeasedJob,
    ) -> Result<(), CentralError> {
        let key = NotificationRecord::key_of(partner, sequence);
        let Some(read) = self.store().get::<NotificationRecord>(&key).await? else {
            // it is no longer kept, and a job of those days was replayed
            return Ok(mpp_store::OutboxExt::complete(self.store(), job).await?);
        };
        let url = self.partner_record(partner).await?.record.notification_url;
        let (Some(url), true) = (url, is_open(read.record.delivery)) else {
            return self.until_settled(|| self.try_leave_to_polling(partner, sequence, job)).await;
        };
        let webhook = self.signed_webhook(&read.record.notification, url)?;
        let result = self.parts.notifications.send(webhook).await;
        let jitter = Jitter::from_random(u8::from_le_bytes(draw(self.entropy())));
        self.until_settled(|| self.try_settle_delivery(partner, sequence, result, jitter, job)).await
    }

    /// Nothing is pushed: it was before, or the partner's address was taken away, and it polls.
    async fn try_leave_to_polling(
        &self,
        partner: PartnerId,
        sequence: u64,
        job: &LeasedJob,
    ) -> Result<(), CentralError> {
        let mut change = Change::new(self);
        let mut read = self.notification_record(partner, sequence).await?;
        if is_open(read.record.delivery) {
            read.record.delivery = None;
            change.update(&read);
        }
        change.complete(job);
        change.commit().await
    }

    fn signed_webhook(&self, notification: &Notification, url: Url) -> Result<Webhook, CentralError> {
        let unsent = |_| CentralError::Crypto("a notification could not be signed");
        let body = serde_json::to_vec(notification)
            .map_err(|_| CentralError::Crypto("a notification has no form"))?;
        let id = notification.id.to_string();
        let signer = WebhookSigner::Ed25519(&self.parts.keys.notification);
        let headers = webhook::sign(&id, self.now(), &body, &[signer]).map_err(unsent)?;
        Ok(Webhook { url, headers, body: Bytes::from(body) })
    }

    async fn try_settle_delivery(
        &self,
        partner: PartnerId,
        sequence: u64,
        result: Result<(), DeliveryFailure>,
        jitter: Jitter,
        job: &LeasedJob,
    ) -> Result<(), CentralError> {
        let mut change = Change::new(self);
        let mut read = self.notification_record(partner, sequence).await?;
        let now = change.now();
        let due = match read.record.delivery {
            // somebody asked for a replay: the outbox gave the parked job back
            Some(parked @ DeliveryState::Parked { .. }) => {
                let about = of_request(partner, read.record.notification.data.consent_request_id);
                change.audit(Action::NotificationReplayed, Actor::Operator, &about);
                parked.replay(now)?
            }
            Some(due @ DeliveryState::Due { .. }) => due,
            Some(DeliveryState::Delivered { .. }) | None => {
                change.complete(job);
                return change.commit().await;
            }
        };
        let attempt = DeliveryAttempt { at: now, failure: result.err() };
        attempts::remember(&mut read.record.attempts, attempt);
        let settled = match result {
            Ok(()) => due.succeed(now)?,
            Err(reason @ DeliveryFailure::ForbiddenAddress) => due.park(reason, now)?,
            Err(reason) => due.fail(reason, jitter, now)?,
        };
        read.record.delivery = Some(settled);
        change.update(&read);
        match settled {
            DeliveryState::Delivered { .. } => {
                self.mark_notified(&mut change, &read.record.notification).await?;
                change.complete(job);
            }
            DeliveryState::Due { at, .. } => change.release(job, at, "the receiver did not take it"),
            DeliveryState::Parked { reason, .. } => {
                change.park(job, failure_name(reason));
                let data = &read.record.notification.data;
                let subject = Subject {
                    reason: Some(failure_name(reason)),
                    ..of_request(partner, data.consent_request_id)
                };
                change.audit(Action::NotificationParked, Actor::Central, &subject);
            }
        }
        change.commit().await
    }

    /// The partner now knows of the parcel.
    async fn mark_notified(
        &self,
        change: &mut Change<'_>,
        notification: &Notification,
    ) -> Result<(), CentralError> {
        let (NotificationKind::DataAvailable, Some(id)) = (notification.kind, notification.data.parcel_id)
        else {
            return Ok(());
        };
        let mut read: Versioned<ParcelRecord> = self.parcel_record(id).await?;
        if matches!(read.record.parcel.state, ParcelState::Available { .. }) {
            read.record.parcel = read.record.parcel.clone().notify(change.now())?;
            change.update(&read);
            change.audit(Action::ParcelNotified, Actor::Central, &of_parcel(&read.record));
        }
        Ok(())
    }

    async fn notification_record(
        &self,
        partner: PartnerId,
        sequence: u64,
    ) -> Result<Versioned<NotificationRecord>, CentralError> {
        let key = NotificationRecord::key_of(partner, sequence);
        self.store().get(&key).await?.ok_or(CentralError::Inconsistent("a notification is gone"))
    }
}

const fn is_open(delivery: Option<DeliveryState>) -> bool {
    matches!(delivery, Some(DeliveryState::Due { .. } | DeliveryState::Parked { .. }))
}

const fn failure_name(reason: DeliveryFailure) -> &'static str {
    match reason {
        DeliveryFailure::Refused { .. } => "refused",
        DeliveryFailure::TimedOut => "timed_out",
        DeliveryFailure::Unreachable => "unreachable",
        DeliveryFailure::ForbiddenAddress => "forbidden_address",
    }
}
