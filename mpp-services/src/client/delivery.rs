//! Pushing notifications to the partner's application, by the schedule of the model.

use mpp_core::{DeliveryFailure, DeliveryState, Jitter, JobId, NotificationId, StaffId, draw};
use mpp_crypto::webhook::{self, WebhookSigner};
use mpp_store::{Cursor, LeasedJob, Page, RecordReaderExt, Versioned};
use url::Url;

use super::audit::{Action, Actor, Subject};
use super::change::Change;
use super::jobs::ParkedWork;
use super::notifier::SignedPush;
use super::records::{EndpointRecord, FeedRecord, NewsRecord};
use super::{ClientError, ClientService, News};
use crate::attempts::{self, DeliveryAttempt};
use crate::retention::first_kept;

impl ClientService {
    /// Up to `limit` notifications to the application after a sequence number, oldest first: for applications that ask
    /// instead of being pushed to. Where those that follow the number are no longer kept, they begin with the first that is:
    /// its number tells.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn news(&self, after: u64, limit: u32) -> Result<Vec<News>, ClientError> {
        let found = self.news_following(after, limit).await?;
        if !found.is_empty() {
            return Ok(found);
        }
        let before_first = first_kept(self.store(), FeedRecord::APPLICATION).await?.saturating_sub(1);
        if before_first > after { self.news_following(before_first, limit).await } else { Ok(found) }
    }

    async fn news_following(&self, after: u64, limit: u32) -> Result<Vec<News>, ClientError> {
        let mut found = Vec::new();
        let mut sequence = after;
        while found.len() < usize::try_from(limit).unwrap_or(usize::MAX) {
            sequence = sequence.saturating_add(1);
            let read = self.store().get::<NewsRecord>(&NewsRecord::key_of(sequence)).await?;
            let Some(read) = read else { break };
            found.push(read.record.news);
        }
        Ok(found)
    }

    /// One page of the work that waits for a person.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn parked(&self, after: Option<Cursor>, limit: u32) -> Result<Page<ParkedWork>, ClientError> {
        let page = self.store().parked(None, after, limit).await?;
        let view = |job: mpp_store::ParkedJob| ParkedWork {
            job: job.id,
            queue: job.queue.to_string(),
            reason: job.reason.to_string(),
            attempts: job.attempt,
            parked_at: job.parked_at,
        };
        Ok(Page { items: page.items.into_iter().map(view).collect(), next: page.next })
    }

    /// Puts parked work back, to be done now.
    ///
    /// # Errors
    /// [`ClientError::NotFound`] when there is no such parked work.
    pub async fn replay(&self, staff: &StaffId, job: JobId) -> Result<(), ClientError> {
        match self.store().replay(job, self.now()).await {
            Err(mpp_store::StoreError::NotParked { .. }) => return Err(ClientError::NotFound),
            replayed => replayed?,
        }
        let mut change = Change::new(self);
        let subject = Subject { reason: Some(job.to_string()), ..Subject::default() };
        change.audit(Action::JobReplayed, &Actor::Staff(staff.clone()), &subject);
        change.commit().await?;
        super::jobs::QUEUES.iter().for_each(|queue| self.ring_work(queue));
        Ok(())
    }

    /// Works on a job that pushes.
    pub(super) async fn work_deliver(&self, job: &LeasedJob, sequence: u64) -> Result<(), ClientError> {
        let read = self.store().get::<NewsRecord>(&NewsRecord::key_of(sequence)).await?;
        let endpoint = self.store().get::<EndpointRecord>(&EndpointRecord::the_only()).await?;
        let (Some(read), Some(endpoint)) = (read, endpoint) else { return self.done(job).await };
        let state = match read.record.delivery {
            None | Some(DeliveryState::Delivered { .. }) => return self.done(job).await,
            Some(due @ DeliveryState::Due { .. }) => due,
            // somebody replayed the job
            Some(parked @ DeliveryState::Parked { .. }) => parked.replay(self.now())?,
        };
        let body =
            serde_json::to_vec(&read.record.news).map_err(|_| ClientError::Inconsistent("a notification"))?;
        let outcome = self.push(read.record.news.id, body, endpoint.record.url).await?;
        self.write_outcome(job, read, state, outcome).await
    }

    /// Pushes once.
    pub(super) async fn push(
        &self,
        id: NotificationId,
        body: Vec<u8>,
        url: Url,
    ) -> Result<Result<(), DeliveryFailure>, ClientError> {
        if self.parts.application.check_address(&url).is_err() {
            return Ok(Err(DeliveryFailure::ForbiddenAddress));
        }
        let key = self.parts.keys.webhook().ok_or(ClientError::Inconsistent("the notification key"))?;
        let headers = webhook::sign(&id.to_string(), self.now(), &body, &[WebhookSigner::Ed25519(&key)])
            .map_err(|_| ClientError::Inconsistent("the notification key"))?;
        Ok(self.parts.application.push(&SignedPush { url, headers, body }).await)
    }

    async fn write_outcome(
        &self,
        job: &LeasedJob,
        mut read: Versioned<NewsRecord>,
        state: DeliveryState,
        outcome: Result<(), DeliveryFailure>,
    ) -> Result<(), ClientError> {
        let mut change = Change::new(self);
        let now = change.now();
        let attempt = DeliveryAttempt { at: now, failure: outcome.err() };
        attempts::remember(&mut read.record.attempts, attempt);
        let [random] = draw::<1>(self.entropy());
        let state = match outcome {
            Ok(()) => state.succeed(now)?,
            Err(DeliveryFailure::ForbiddenAddress) => state.park(DeliveryFailure::ForbiddenAddress, now)?,
            Err(reason) => state.fail(reason, Jitter::from_random(random), now)?,
        };
        match state {
            DeliveryState::Delivered { .. } => change.complete(job),
            DeliveryState::Due { at, .. } => change.release(job, at, failure_name(outcome)),
            DeliveryState::Parked { .. } => {
                change.park(job, failure_name(outcome));
                let subject = Subject {
                    case_ref: Some(read.record.news.data.case_ref.clone()),
                    reason: Some(failure_name(outcome).to_owned()),
                    ..Subject::default()
                };
                change.audit(Action::NewsParked, &Actor::Server, &subject);
            }
        }
        read.record.delivery = Some(state);
        change.update(&read);
        change.commit().await
    }
}

pub(super) const fn failure_name(outcome: Result<(), DeliveryFailure>) -> &'static str {
    match outcome {
        Ok(()) => "delivered",
        Err(DeliveryFailure::Refused { .. }) => "receiver_refused",
        Err(DeliveryFailure::TimedOut) => "receiver_timed_out",
        Err(DeliveryFailure::Unreachable) => "receiver_unreachable",
        Err(DeliveryFailure::ForbiddenAddress) => "address_forbidden",
    }
}
