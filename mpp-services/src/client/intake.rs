//! Taking central's notifications: pushed or polled, both end here, each counts once whatever the order.

use mpp_core::{DataItemId, ParcelId, Source, Span};
use mpp_crypto::keys::VerifyingKey;
use mpp_crypto::webhook::{self, WebhookError, WebhookHeaders, WebhookVerifier};
use mpp_store::{IndexValue, RecordReaderExt, Versioned};

use super::audit::{Action, Actor, Subject};
use super::change::Change;
use super::jobs::Job;
use super::news::{CentralNotification, CentralNotificationKind, NewsSubject};
use super::purge::PurgeCause;
use super::records::{
    CollectionRecord, CollectionState, ConsentRecord, FeedRecord, ItemRecord, RequestEnd, RequestEnded,
    Standing, TakenRecord, index,
};
use super::{ClientError, ClientService};

/// What became of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intake {
    /// It was taken.
    Taken,
    /// It was taken before.
    Repeated,
}

impl ClientService {
    /// Takes a notification that central pushed.
    ///
    /// # Errors
    /// [`ClientError::Notification`] when it is not signed by central, more than five minutes off, or not understood;
    /// [`ClientError::NotEnrolled`].
    pub async fn take_push(&self, headers: &WebhookHeaders, body: &[u8]) -> Result<Intake, ClientError> {
        self.verify_push(headers, body).await?;
        let notification: CentralNotification = serde_json::from_slice(body)
            .map_err(|_| ClientError::Notification("its body is not understood"))?;
        if headers.id != notification.id.to_string() {
            return Err(ClientError::Notification("its header names another notification"));
        }
        self.take(&notification).await
    }

    /// Polls central once for what was not taken yet and takes it. Gives how many notifications came; 0 says that
    /// `hold` went by without news.
    ///
    /// # Errors
    /// [`ClientError::NotEnrolled`], and when central or the store does not answer.
    pub async fn poll(&self, hold: Span) -> Result<usize, ClientError> {
        self.identity().await?;
        let after = Change::new(self).last_in(FeedRecord::CENTRAL).await?;
        let notifications = self.central().notifications(after, hold).await?;
        if let Some(first) = notifications.first() {
            self.pass_over(first.sequence).await?;
        }
        for notification in &notifications {
            self.take(notification).await?;
        }
        Ok(notifications.len())
    }

    /// Central answers without gaps from the number on that was asked for. Where it begins with a later one it no longer keeps
    /// what lies between, and there is no waiting for that.
    async fn pass_over(&self, first: u64) -> Result<(), ClientError> {
        self.until_settled(|| async {
            let mut change = Change::new(self);
            let last = change.last_in(FeedRecord::CENTRAL).await?;
            let before_first = first.saturating_sub(1);
            if before_first <= last {
                return Ok(());
            }
            change.set_last(FeedRecord::CENTRAL, before_first);
            let subject = Subject { reason: Some(format!("{last}..{first}")), ..Subject::default() };
            change.audit(Action::NotificationsMissed, &Actor::Central, &subject);
            change.commit().await
        })
        .await
    }

    /// Takes one notification: what it says and what follows from it are one commit.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn take(&self, notification: &CentralNotification) -> Result<Intake, ClientError> {
        self.until_settled(|| self.take_once(notification)).await
    }

    async fn take_once(&self, notification: &CentralNotification) -> Result<Intake, ClientError> {
        let seen = self.store().get::<TakenRecord>(&TakenRecord::key_of(notification.id)).await?.is_some();
        let mut change = Change::new(self);
        let last = change.last_in(FeedRecord::CENTRAL).await?;
        let is_next = notification.sequence == last.saturating_add(1);
        if is_next {
            change.set_last(FeedRecord::CENTRAL, notification.sequence);
        }
        if seen {
            if is_next {
                change.commit().await?;
            }
            return Ok(Intake::Repeated);
        }
        change.insert(&TakenRecord { notification: notification.clone(), taken_at: change.now() });
        self.apply(&mut change, notification).await?;
        if let Some(kind) = notification.kind.for_application() {
            change.tell(kind, notification.occurred_at, NewsSubject::from(&notification.data)).await?;
        }
        change.commit().await?;
        if notification.sequence > last.saturating_add(1) {
            self.ring_gap();
        }
        Ok(Intake::Taken)
    }

    async fn apply(
        &self,
        change: &mut Change<'_>,
        notification: &CentralNotification,
    ) -> Result<(), ClientError> {
        match notification.kind {
            CentralNotificationKind::DataAvailable => self.announce(change, notification).await,
            CentralNotificationKind::DataExpired => self.lose(change, notification).await,
            CentralNotificationKind::ConsentRevoked => {
                self.stand(change, notification, Standing::Revoked).await?;
                self.purge_consent(change, notification).await
            }
            CentralNotificationKind::ConsentApproved => {
                self.stand(change, notification, Standing::Active).await?;
                self.end_request(change, notification, RequestEnd::Decided).await
            }
            CentralNotificationKind::ConsentResumed => {
                self.stand(change, notification, Standing::Active).await
            }
            CentralNotificationKind::ConsentPaused => {
                self.stand(change, notification, Standing::Paused).await
            }
            // without a consent it is the request that has run out
            CentralNotificationKind::ConsentExpired if notification.data.consent_id.is_none() => {
                self.end_request(change, notification, RequestEnd::Expired).await
            }
            CentralNotificationKind::ConsentExpired => {
                self.stand(change, notification, Standing::Expired).await
            }
            CentralNotificationKind::ConsentCancelled => {
                let request = notification.data.consent_request_id;
                let by = &Actor::Central;
                self.note_taken_back(change, request, by, notification.occurred_at).await.map(drop)
            }
            CentralNotificationKind::DataNoRecord => self.note_no_record(change, notification).await,
            CentralNotificationKind::ConsentRejected => {
                self.end_request(change, notification, RequestEnd::Decided).await
            }
            CentralNotificationKind::DataFailed
            | CentralNotificationKind::DataDue
            | CentralNotificationKind::Later => Ok(()),
        }
    }

    async fn end_request(
        &self,
        change: &mut Change<'_>,
        notification: &CentralNotification,
        how: RequestEnd,
    ) -> Result<(), ClientError> {
        let ended = RequestEnded { how, at: notification.occurred_at };
        self.note_ended(change, notification.data.consent_request_id, ended).await
    }

    /// A parcel is ready: remember it and ask for its collection, unless the consent is withdrawn.
    async fn announce(
        &self,
        change: &mut Change<'_>,
        notification: &CentralNotification,
    ) -> Result<(), ClientError> {
        let data = &notification.data;
        let (Some(parcel), Some(consent), Some(source)) =
            (data.parcel_id, data.consent_id, data.source.clone())
        else {
            // refusing it would stop everything behind it: it is kept as taken, and this leaf says why nothing followed
            let reason = Some("notification_incomplete".to_owned());
            let subject = Subject { case_ref: Some(data.case_ref.clone()), reason, ..Subject::default() };
            change.audit(Action::ParcelRefused, &Actor::Central, &subject);
            return Ok(());
        };
        let known = self.store().get::<CollectionRecord>(&CollectionRecord::key_of(parcel)).await?;
        if known.is_some() {
            return Ok(());
        }
        let key = ConsentRecord::key_of(consent);
        let standing = self.store().get::<ConsentRecord>(&key).await?;
        change.rests_on(&key, standing.as_ref());
        let withdrawn = standing.is_some_and(|read| read.record.standing == Standing::Revoked);
        let (state, attempts) = if withdrawn {
            let reason = "consent_withdrawn".to_owned();
            (CollectionState::Gone { reason, at: change.now() }, Vec::new())
        } else {
            change.ask_for(&Job::Collect { parcel })?;
            // where the first attempt will write, so that it need not be noted then
            (CollectionState::Due, vec![ParcelId::generate(self.entropy())])
        };
        change.insert(&CollectionRecord {
            parcel,
            item: DataItemId::generate(self.entropy()),
            consent,
            request: data.consent_request_id,
            case_ref: data.case_ref.clone(),
            source,
            purge_by: data.purge_by,
            announced_at: change.now(),
            ready_at: Some(notification.occurred_at),
            fetch: data.fetch_id,
            attempts,
            state,
        });
        let subject = Subject { parcel: Some(parcel), consent: Some(consent), ..Subject::default() };
        change.audit(Action::ParcelAnnounced, &Actor::Central, &subject);
        Ok(())
    }

    /// A parcel that was not collected in time is gone at central.
    async fn lose(
        &self,
        change: &mut Change<'_>,
        notification: &CentralNotification,
    ) -> Result<(), ClientError> {
        let Some(parcel) = notification.data.parcel_id else { return Ok(()) };
        let known = self.store().get::<CollectionRecord>(&CollectionRecord::key_of(parcel)).await?;
        let Some(mut read) = known.filter(|read| read.record.is_open()) else { return Ok(()) };
        lost(change, &mut read, "expired");
        Ok(())
    }

    /// Writes down how a consent stands, unless something later is known already.
    async fn stand(
        &self,
        change: &mut Change<'_>,
        notification: &CentralNotification,
        standing: Standing,
    ) -> Result<(), ClientError> {
        let data = &notification.data;
        let Some(consent) = data.consent_id else { return Ok(()) };
        let known = self.store().get::<ConsentRecord>(&ConsentRecord::key_of(consent)).await?;
        let is_old = known.as_ref().is_some_and(|read| {
            read.record.as_of > notification.sequence || read.record.standing == Standing::Revoked
        });
        if is_old {
            return Ok(());
        }
        let record = ConsentRecord {
            consent,
            request: data.consent_request_id,
            case_ref: data.case_ref.clone(),
            source: data.source.clone(),
            standing,
            as_of: notification.sequence,
            since: Some(notification.occurred_at),
        };
        change.write(known.map(|read| read.version), &record);
        let subject = Subject {
            consent: Some(consent),
            case_ref: Some(data.case_ref.clone()),
            reason: data.source.as_ref().map(Source::to_string),
            ..Subject::default()
        };
        change.audit(Action::ConsentChanged, &Actor::Central, &subject);
        Ok(())
    }

    /// Nothing that came under the consent can be read from this commit on.
    async fn purge_consent(
        &self,
        change: &mut Change<'_>,
        notification: &CentralNotification,
    ) -> Result<(), ClientError> {
        let Some(consent) = notification.data.consent_id else { return Ok(()) };
        let value = IndexValue::new(consent);
        for mut read in self.store().every_by_index::<ItemRecord>(index::CONSENT, value.clone()).await? {
            self.begin_purge(change, &mut read, PurgeCause::ConsentWithdrawn, &Actor::Central).await?;
        }
        for mut read in self.store().every_by_index::<CollectionRecord>(index::CONSENT, value).await? {
            if read.record.is_open() {
                lost(change, &mut read, "consent_withdrawn");
            }
        }
        Ok(())
    }

    async fn verify_push(&self, headers: &WebhookHeaders, body: &[u8]) -> Result<(), ClientError> {
        let known = self.identity().await?.central_notification();
        match self.check_signature(headers, body, &known) {
            Err(WebhookError::Signature) => {}
            checked => return checked.map_err(refused),
        }
        // central may have changed its key since; a flood of bad pushes must not become a flood of questions
        self.refresh_central_keys().await?;
        let fresh = self.identity().await?.central_notification();
        self.check_signature(headers, body, &fresh).map_err(refused)
    }

    fn check_signature(
        &self,
        headers: &WebhookHeaders,
        body: &[u8],
        keys: &[VerifyingKey],
    ) -> Result<(), WebhookError> {
        let verifiers: Vec<_> = keys.iter().map(WebhookVerifier::Ed25519).collect();
        webhook::verify(headers, body, &verifiers, self.now())
    }
}

/// The parcel will not come any more; what attempts left behind is cleared.
pub(super) fn lost(change: &mut Change<'_>, read: &mut Versioned<CollectionRecord>, reason: &str) {
    read.record.state = CollectionState::Gone { reason: reason.to_owned(), at: change.now() };
    change.update(read);
    let subject = Subject {
        parcel: Some(read.record.parcel),
        consent: Some(read.record.consent),
        reason: Some(reason.to_owned()),
        ..Subject::default()
    };
    change.audit(Action::ParcelGone, &Actor::Central, &subject);
}

fn refused(error: WebhookError) -> ClientError {
    ClientError::Notification(match error {
        WebhookError::Stale => "it is more than five minutes off",
        WebhookError::Signature => "it is not signed by central",
        WebhookError::Malformed | WebhookError::InvalidSecret | WebhookError::UnsuitableKey => {
            "its headers are not those of the standard"
        }
    })
}
