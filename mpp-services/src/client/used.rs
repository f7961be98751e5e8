//! This server's own log of the uses central bills, and the signed copy of a month of it.
//!
//! A use is written down in the commit that keeps the proof of its collection, or, where a source had nothing, in the
//! one that takes central's word for it. So the log holds what was received, whatever central says later.

use std::collections::BTreeMap;

use jiff::civil::Date;
use mpp_billing::{
    BillingMonth, MOST_LOG_BYTES, MOST_LOG_LINES, OwnUseRow, Quantity, USAGE_LOG_TYP, UsageLog,
    UsageLogFault, UsageLogLine,
};
use mpp_core::{
    ConsentRequestId, ProductId, Sha256Digest, Source, SourceKind, StaffId, Timestamp, UsageSubject,
    UsageUnit,
};
use mpp_crypto::jws::{self, CompactJws};
use mpp_store::{Cursor, IndexValue, MAX_PAGE, Page, RecordReaderExt, Versioned};

use super::audit::{Action, Actor, Subject};
use super::change::Change;
use super::news::CentralNotification;
use super::records::{CaseRecord, CollectionRecord, ItemRecord, UseDayRecord, UseRecord, index};
use super::use_days::UseDays;
use super::{ClientError, ClientService};

impl ClientService {
    /// What was used in a month as this server saw it, by day, product, source and unit. Reads the sums of the days; as long
    /// as uses of before are not summed yet, every use of the month.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn use_counts(&self, month: BillingMonth) -> Result<Vec<OwnUseRow>, ClientError> {
        if !self.is_every_use_summed().await? {
            return self.counted_one_by_one(month).await;
        }
        let value = IndexValue::new(month);
        let days: Vec<Versioned<UseDayRecord>> = self.store().every_by_index(index::MONTH, value).await?;
        let mut rows: Vec<OwnUseRow> = days.into_iter().flat_map(|read| read.record.rows()).collect();
        rows.sort_by(|one, other| order(one).cmp(&order(other)));
        Ok(rows)
    }

    async fn counted_one_by_one(&self, month: BillingMonth) -> Result<Vec<OwnUseRow>, ClientError> {
        let mut counts: BTreeMap<_, u64> = BTreeMap::new();
        let mut after = None;
        loop {
            let page = self.uses(month, after, MAX_PAGE).await?;
            for line in page.items {
                let key = (line.at.day_in_india(), line.product, line.source, line.unit);
                let count = counts.entry(key).or_default();
                *count = count.saturating_add(1);
            }
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        let count = |((day, product, source, unit), quantity)| OwnUseRow {
            day,
            product,
            source,
            unit,
            quantity: Quantity::new(quantity),
        };
        Ok(counts.into_iter().map(count).collect())
    }

    /// One page of the uses of a month, the earliest written down first.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn uses(
        &self,
        month: BillingMonth,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<UsageLogLine>, ClientError> {
        let value = IndexValue::new(month);
        let page = self.store().by_index::<UseRecord>(index::MONTH, value, after, limit).await?;
        Ok(Page { items: page.items.iter().map(|read| read.record.line()).collect(), next: page.next })
    }

    /// The log of a month that is over, signed with this server's enrolled key. Each signing is audited.
    ///
    /// # Errors
    /// [`ClientError::UsageLog`] when the month is not over or has too many uses; [`ClientError::NotEnrolled`].
    pub async fn sign_usage_log(
        &self,
        month: BillingMonth,
        staff: &StaffId,
    ) -> Result<CompactJws, ClientError> {
        let identity = self.identity().await?;
        let now = self.now();
        if !month.is_over(now.day_in_india()) {
            return Err(ClientError::UsageLog(UsageLogTrouble::MonthNotOver(month)));
        }
        let lines = self.lines_of(month).await?;
        let log = UsageLog::new(identity.record.partner, month, now, lines)
            .map_err(|fault| ClientError::UsageLog(fault.into()))?;
        let signed = jws::sign_within(&identity.signing, USAGE_LOG_TYP, &log, MOST_LOG_BYTES)?;
        let mut change = Change::new(self);
        let subject = Subject {
            kid: Some(signed.kid().clone()),
            evidence: Some(mpp_crypto::sha256(signed.as_str().as_bytes())),
            reason: Some(month.to_string()),
            ..Subject::default()
        };
        change.audit(Action::UsageLogSigned, &Actor::Staff(staff.clone()), &subject);
        change.commit().await?;
        Ok(signed)
    }

    /// Signs the log of a month and sends it to central, which holds it against its own.
    ///
    /// # Errors
    /// As [`ClientService::sign_usage_log`], and when central refuses or does not answer.
    pub async fn send_usage_log(
        &self,
        month: BillingMonth,
        staff: &StaffId,
    ) -> Result<SentUsageLog, ClientError> {
        let signed = self.sign_usage_log(month, staff).await?;
        self.central().usage_log(&signed).await.map_err(ClientError::from)
    }

    async fn lines_of(&self, month: BillingMonth) -> Result<Vec<UsageLogLine>, ClientError> {
        let (mut lines, mut after) = (Vec::new(), None);
        loop {
            let page = self.uses(month, after, MAX_PAGE).await?;
            lines.extend(page.items);
            if lines.len() > MOST_LOG_LINES {
                return Err(ClientError::UsageLog(UsageLogFault::TooLong.into()));
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(lines),
            }
        }
    }

    /// Writes down the use a collected parcel belongs to, with this parcel in it. One that does not say what central meters
    /// it by is none.
    pub(super) async fn note_collected(
        &self,
        change: &mut Change<'_>,
        collection: &CollectionRecord,
        sealed: Sha256Digest,
    ) -> Result<(), ClientError> {
        let Some(subject) = collection.metered_as() else { return Ok(()) };
        let known = self.store().get::<UseRecord>(&UseRecord::key_of(subject)).await?;
        let item = self.store().get::<ItemRecord>(&ItemRecord::key_of(collection.item)).await?;
        let at = self.first_ready(collection).await?;
        let mut used = match &known {
            Some(read) => read.record.clone(),
            None => self.fresh_use(collection, subject, at).await?,
        };
        if used.sealed.contains(&sealed) {
            return Ok(());
        }
        used.sealed.push(sealed);
        used.sealed.sort_unstable();
        used.at = used.at.min(at);
        if let Some(Versioned { record, .. }) = item {
            used.bytes = used.bytes.saturating_add(record.size_bytes);
            used.received_at = used.received_at.max(Some(record.received_at));
        }
        self.write_use(change, known.as_ref(), used).await
    }

    /// Writes a use, and the sums of its day.
    async fn write_use(
        &self,
        change: &mut Change<'_>,
        known: Option<&Versioned<UseRecord>>,
        mut used: UseRecord,
    ) -> Result<(), ClientError> {
        let mut days = UseDays::new(self.store());
        days.sum(known.map(|read| &read.record), &mut used).await?;
        days.into_records().for_each(|(version, day)| change.write(version, &day));
        change.write(known.map(|read| read.version), &used);
        Ok(())
    }

    async fn fresh_use(
        &self,
        collection: &CollectionRecord,
        subject: UsageSubject,
        at: Timestamp,
    ) -> Result<UseRecord, ClientError> {
        let (product, kind) =
            self.asked_for(&collection.case_ref, collection.request, &collection.source).await?;
        Ok(UseRecord {
            subject,
            consent: collection.consent,
            product,
            source: collection.source.clone(),
            unit: UsageUnit::delivered(kind),
            at,
            received_at: None,
            bytes: 0,
            sealed: Vec::new(),
            is_summed: false,
        })
    }

    /// When the first parcel of the fetch was ready, whether or not it was collected: then the fetch was metered.
    async fn first_ready(&self, collection: &CollectionRecord) -> Result<Timestamp, ClientError> {
        let own = collection.ready_at.unwrap_or(collection.announced_at);
        if collection.fetch.is_none() {
            return Ok(own);
        }
        let value = IndexValue::new(collection.consent);
        let all = self.store().every_by_index::<CollectionRecord>(index::CONSENT, value).await?;
        let of_fetch = all.iter().filter(|read| read.record.fetch == collection.fetch);
        Ok(of_fetch.filter_map(|read| read.record.ready_at).chain([own]).min().unwrap_or(own))
    }

    /// A source had nothing: some charge for that.
    pub(super) async fn note_no_record(
        &self,
        change: &mut Change<'_>,
        notification: &CentralNotification,
    ) -> Result<(), ClientError> {
        let data = &notification.data;
        let (Some(fetch), Some(consent), Some(source)) = (data.fetch_id, data.consent_id, &data.source)
        else {
            return Ok(());
        };
        let (product, kind) = self.asked_for(&data.case_ref, data.consent_request_id, source).await?;
        let Some(unit) = UsageUnit::no_record(kind) else { return Ok(()) };
        let subject = UsageSubject::Fetch(fetch);
        if self.store().get::<UseRecord>(&UseRecord::key_of(subject)).await?.is_some() {
            return Ok(());
        }
        let used = UseRecord {
            subject,
            consent,
            product,
            source: source.clone(),
            unit,
            at: notification.occurred_at,
            received_at: None,
            bytes: 0,
            sealed: Vec::new(),
            is_summed: false,
        };
        self.write_use(change, None, used).await
    }

    /// For which product a request asked, and what sort of data the source gives. A case that is gone no longer says it.
    async fn asked_for(
        &self,
        case_ref: &mpp_core::CaseRef,
        request: ConsentRequestId,
        source: &Source,
    ) -> Result<(Option<ProductId>, SourceKind), ClientError> {
        let usual = match source {
            Source::AccountAggregator => SourceKind::FinancialInformation,
            Source::Provider(_) => SourceKind::Other,
        };
        let case = self.store().get::<CaseRecord>(&CaseRecord::key_of(case_ref)).await?;
        let Some(case) = case.map(|read| read.record).filter(|case| case.request == request) else {
            return Ok((None, usual));
        };
        let product = self.known_version(case.product, case.product_version).await?;
        let item = product.and_then(|product| product.items.into_iter().find(|item| item.source == *source));
        Ok((Some(case.product), item.map_or(usual, |item| item.kind)))
    }
}

/// What rows of a month are in order by.
type RowOrder<'a> = (Date, Option<ProductId>, &'a Source, UsageUnit);

const fn order(row: &OwnUseRow) -> RowOrder<'_> {
    (row.day, row.product, &row.source, row.unit)
}

/// Why there is no signed log of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UsageLogTrouble {
    /// The month is not over in India.
    #[error("{0} is not over yet")]
    MonthNotOver(BillingMonth),
    /// The uses do not make a log.
    #[error(transparent)]
    Fault(#[from] UsageLogFault),
}

impl UsageLogTrouble {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::MonthNotOver(_) => "month_not_over",
            Self::Fault(UsageLogFault::TooLong) => "usage_log_too_long",
            Self::Fault(_) => "usage_log_inconsistent",
        }
    }
}

/// What central says of a log it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentUsageLog {
    /// The digest of the signed text.
    pub sha256: Sha256Digest,
    /// How many uses it holds.
    pub lines: u64,
    /// The same on both sides.
    pub matched: u64,
    /// Here only: central does not know them.
    pub missing_at_central: u64,
    /// At central only: this server did not receive them.
    pub missing_here: u64,
    /// On both sides, but not the same.
    pub differs: u64,
}
