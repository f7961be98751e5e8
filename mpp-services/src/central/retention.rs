//! What central forgets, and when: one job per class. What is in force, and what is younger than its window, stays.

mod books;
mod devices;
mod prices;

use mpp_core::{ConsentRequestState, ConsentState, ProviderFetchState, Span, Timestamp};
use mpp_store::{IndexValue, Record, RecordReaderExt, Versioned, WriteBatch};

use super::records::{
    ChallengeRecord, ConsentRecord, ConsentUseRecord, EnrolmentTokenRecord, FeedRecord, FetchRecord,
    NotificationRecord, ParcelRecord, PhoneEventRecord, RequestRecord, UploadRecord, index,
};
use super::{CentralError, CentralService};
use crate::retention::{Elders, commit, forget, forget_leaves, forget_numbered};

/// How long an enrolment token or challenge is remembered after it ran out, for questions.
const ENROLMENTS_KEPT: Span = Span::from_days(30);

/// A class of what central keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetentionClass {
    /// Uses of consents: as long as logs are kept, from the use on.
    Uses,
    /// Fetches from providers: as long as logs are kept, from their end on.
    Fetches,
    /// Notifications to partners: as long as logs are kept, from what they tell of on.
    Notifications,
    /// News for phones: as long as logs are kept, from what they tell of on.
    PhoneEvents,
    /// The beginning of the audit log: as long as logs are kept.
    AuditLog,
    /// A consent request with its consents, artefacts, approval, receipts, acknowledgements, shown screen, parcels and
    /// uploads: as long as consent records are kept, from the end of the last of its consents and parcels on.
    ConsentRecords,
    /// Enrolment tokens and challenges: 30 days, from the end of their life on.
    Enrolments,
    /// Devices: as long as consent records are kept, and then as long as any request or consent on them is.
    Devices,
    /// Bills: eight years, from the end of the financial year on in which the last of its month and partner settled.
    Bills,
    /// Sums of use by day: eight years, from the end of their financial year on.
    UsageDays,
    /// Price plans that were thrown away: eight years, from the end of the financial year on in which they were.
    WithdrawnPlans,
    /// Metered uses: eight years, from the end of their financial year on, and while a bill of their month is kept.
    MeteredUses,
    /// Price plans that were agreed on: eight years, from the end of the financial year on in which they ended, and while a
    /// bill by them is kept.
    AgreedPlans,
    /// Series of document numbers: eight years, from the end of their financial year on, and while a document of it is kept.
    NumberSeries,
    /// Billing addresses of partners that are suspended and were known for eight financial years: while a bill or an agreed
    /// price plan of theirs is kept.
    BillingAddresses,
    /// Signed logs of partners: as the bills of their month, and eight years from the end of the financial year on in
    /// which they were brought.
    PartnerLogs,
}

impl RetentionClass {
    /// Every class, in the order in which they make room for each other.
    pub const ALL: [Self; 16] = [
        Self::Uses,
        Self::Fetches,
        Self::Notifications,
        Self::PhoneEvents,
        Self::AuditLog,
        Self::ConsentRecords,
        Self::Enrolments,
        Self::Devices,
        Self::Bills,
        Self::UsageDays,
        Self::WithdrawnPlans,
        Self::MeteredUses,
        Self::AgreedPlans,
        Self::NumberSeries,
        Self::BillingAddresses,
        Self::PartnerLogs,
    ];
}

impl CentralService {
    /// Forgets what of a class is over; gives how many of its entries went. It may be cut off anywhere, done again, and
    /// done by several nodes at once.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn forget_over(&self, class: RetentionClass) -> Result<u64, CentralError> {
        let (store, now) = (self.store(), self.now());
        let logs_before = self.settings().retention.logs_before(now);
        match class {
            RetentionClass::Uses => {
                Ok(forget(Elders::new(store), logs_before, |used: &ConsentUseRecord| used.at, |_| true)
                    .await?)
            }
            RetentionClass::Fetches => {
                Ok(forget(Elders::new(store), logs_before, last_time, is_settled).await?)
            }
            RetentionClass::Notifications => {
                let began = |told: &NotificationRecord| told.notification.occurred_at;
                let place = |told: &NotificationRecord| {
                    (FeedRecord::partner_feed(told.partner), told.notification.sequence)
                };
                Ok(forget_numbered(store, logs_before, began, place).await?)
            }
            RetentionClass::PhoneEvents => {
                let began = |told: &PhoneEventRecord| told.event.occurred_at;
                let place =
                    |told: &PhoneEventRecord| (FeedRecord::device_feed(told.device), told.event.sequence);
                Ok(forget_numbered(store, logs_before, began, place).await?)
            }
            RetentionClass::AuditLog => Ok(forget_leaves(store, logs_before).await?),
            RetentionClass::ConsentRecords => {
                self.forget_requests(self.settings().retention.consents_before(now)).await
            }
            RetentionClass::Enrolments => self.forget_enrolments(now.minus(ENROLMENTS_KEPT)).await,
            RetentionClass::Devices => {
                self.forget_devices(self.settings().retention.consents_before(now)).await
            }
            RetentionClass::Bills => self.forget_bills().await,
            RetentionClass::UsageDays => self.forget_usage_days().await,
            RetentionClass::WithdrawnPlans => self.forget_withdrawn_plans().await,
            RetentionClass::MeteredUses => self.forget_metered_uses().await,
            RetentionClass::AgreedPlans => self.forget_agreed_plans().await,
            RetentionClass::NumberSeries => self.forget_number_series().await,
            RetentionClass::BillingAddresses => self.forget_billing_addresses().await,
            RetentionClass::PartnerLogs => self.forget_partner_logs().await,
        }
    }

    async fn forget_enrolments(&self, before: Timestamp) -> Result<u64, CentralError> {
        let (tokens, offers) = (Elders::new(self.store()), Elders::new(self.store()));
        let tokens =
            forget(tokens, before, |token: &EnrolmentTokenRecord| token.expires_at, |_| true).await?;
        let challenges = forget(offers, before, |offer: &ChallengeRecord| offer.expires_at, |_| true).await?;
        Ok(tokens.saturating_add(challenges))
    }

    async fn forget_requests(&self, before: Timestamp) -> Result<u64, CentralError> {
        let mut elders = Elders::new(self.store());
        let mut forgotten = 0_u64;
        while let Some(some) = elders.next(before, |record: &RequestRecord| record.request.placed_at).await? {
            for read in some.iter().filter(|read| request_ended_before(&read.record, before)) {
                forgotten = forgotten.saturating_add(u64::from(self.forget_request(read, before).await?));
            }
        }
        Ok(forgotten)
    }

    /// What hangs on the request goes first and the request last, so that a pass that was cut off is found again.
    async fn forget_request(
        &self,
        request: &Versioned<RequestRecord>,
        before: Timestamp,
    ) -> Result<bool, CentralError> {
        let value = IndexValue::new(request.record.request.id);
        let consents = self.store().every_by_index::<ConsentRecord>(index::REQUEST, value).await?;
        let mut parcels = Vec::new();
        for consent in &consents {
            let value = IndexValue::new(consent.record.consent.id);
            parcels.extend(self.store().every_by_index::<ParcelRecord>(index::CONSENT, value).await?);
        }
        let over = consents.iter().all(|read| consent_ended_before(&read.record, before))
            && parcels.iter().all(|read| parcel_ended_before(&read.record, before));
        if !over {
            return Ok(false);
        }
        for parcel in &parcels {
            self.forget_parcel(parcel).await?;
        }
        let mut batch = WriteBatch::new();
        for consent in &consents {
            batch.delete::<ConsentRecord>(&consent.record.key(), consent.version);
        }
        batch.delete::<RequestRecord>(&request.record.key(), request.version);
        Ok(commit(self.store(), batch).await?)
    }

    async fn forget_parcel(&self, parcel: &Versioned<ParcelRecord>) -> Result<(), CentralError> {
        let mut batch = WriteBatch::new();
        if let Some(upload) = parcel.record.upload {
            let key = UploadRecord::key_of(upload);
            if let Some(upload) = self.store().get::<UploadRecord>(&key).await? {
                batch.delete::<UploadRecord>(&key, upload.version);
            }
        }
        batch.delete::<ParcelRecord>(&parcel.record.key(), parcel.version);
        commit(self.store(), batch).await?;
        Ok(())
    }
}

const fn last_time(record: &FetchRecord) -> Timestamp {
    match &record.fetch.state {
        ProviderFetchState::Scheduled { due, .. } => *due,
        ProviderFetchState::Running { since, .. } => *since,
        ProviderFetchState::Waiting { until, .. } => *until,
        ProviderFetchState::Sealed { at, .. }
        | ProviderFetchState::NoRecord { at }
        | ProviderFetchState::Failed { at, .. }
        | ProviderFetchState::Cancelled { at } => *at,
    }
}

const fn is_settled(record: &FetchRecord) -> bool {
    match &record.fetch.state {
        ProviderFetchState::Scheduled { .. }
        | ProviderFetchState::Running { .. }
        | ProviderFetchState::Waiting { .. } => false,
        ProviderFetchState::Sealed { .. }
        | ProviderFetchState::NoRecord { .. }
        | ProviderFetchState::Failed { .. }
        | ProviderFetchState::Cancelled { .. } => true,
    }
}

fn request_ended_before(record: &RequestRecord, before: Timestamp) -> bool {
    match &record.request.state {
        ConsentRequestState::Placed { .. } | ConsentRequestState::Opened { .. } => false,
        ConsentRequestState::Decided { at, .. }
        | ConsentRequestState::Expired { at, .. }
        | ConsentRequestState::Cancelled { at, .. } => *at < before,
    }
}

fn consent_ended_before(record: &ConsentRecord, before: Timestamp) -> bool {
    match record.consent.state {
        ConsentState::Active | ConsentState::Paused { .. } => false,
        ConsentState::Revoked { at } | ConsentState::Expired { at } => at < before,
    }
}

fn parcel_ended_before(record: &ParcelRecord, before: Timestamp) -> bool {
    record.receipt.as_ref().is_some_and(|receipt| receipt.at < before)
}
