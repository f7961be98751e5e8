//! Metered use, counted.

mod hours;

pub(in crate::central) use hours::HoursCounted;

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;
use mpp_billing::{BillingMonth, Quantity, UsageRow, UsageTotal, usage_report};
use mpp_core::{PartnerId, ProductId, Source, Timestamp, UsageEvent, UsageUnit};
use mpp_store::{IndexValue, MAX_PAGE, RecordReaderExt, UsageLogExt, UsageQuery, Versioned, WriteBatch};

use super::BillingRefusal;
use super::bills::LAST_COMMITS;
use crate::central::records::{UsageDayRecord, index};
use crate::central::{CentralError, CentralService};

/// Days in India, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsagePeriod {
    from: Date,
    to: Date,
}

impl UsagePeriod {
    /// The days from one to another.
    ///
    /// # Errors
    /// [`BillingRefusal::Period`] when it ends before it begins or is longer than a year.
    pub fn new(from: Date, to: Date) -> Result<Self, BillingRefusal> {
        let longest = from.checked_add(366.days()).map_err(|_| BillingRefusal::Period)?;
        if from <= to && to <= longest { Ok(Self { from, to }) } else { Err(BillingRefusal::Period) }
    }

    fn of_month(month: BillingMonth) -> Self {
        Self { from: month.first_day(), to: month.last_day() }
    }

    /// From the first instant up to the one after the last.
    fn instants(self) -> (Timestamp, Timestamp) {
        let after = self.to.tomorrow().unwrap_or(Date::MAX);
        (Timestamp::start_of_day_in_india(self.from), Timestamp::start_of_day_in_india(after))
    }
}

/// How much was used of what.
type Counts = BTreeMap<(PartnerId, ProductId, Source, UsageUnit), Quantity>;

fn add(
    sums: &mut Counts,
    counts: impl IntoIterator<Item = ((PartnerId, ProductId, Source, UsageUnit), Quantity)>,
) -> Result<(), BillingRefusal> {
    for (key, quantity) in counts {
        let sum = sums.entry(key).or_default();
        *sum = sum.plus(quantity)?;
    }
    Ok(())
}

fn rows_of(day: Date, counts: Counts) -> Vec<UsageRow> {
    let row = |((partner, product, source, unit), quantity)| UsageRow {
        partner,
        product,
        source,
        day,
        unit,
        quantity,
    };
    counts.into_iter().map(row).collect()
}

impl CentralService {
    /// Use per partner, product, source, day and unit, of one partner or of all. Days that are over are counted once and
    /// remembered; of a day that is not, the hours that are.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn usage_summary(
        &self,
        partner: Option<PartnerId>,
        period: UsagePeriod,
    ) -> Result<Vec<UsageRow>, CentralError> {
        let mut rows = Vec::new();
        let over_before = self.now().minus(LAST_COMMITS).day_in_india();
        let mut month = None;
        let mut known: BTreeMap<Date, Vec<UsageRow>> = BTreeMap::new();
        for day in period.from.series(1.day()).take_while(|day| *day <= period.to) {
            if month != Some(BillingMonth::of(day)) {
                month = Some(BillingMonth::of(day));
                known = self.days_counted(BillingMonth::of(day)).await?;
            }
            let of_day = match known.remove(&day) {
                Some(rows) => rows,
                None if day < over_before => self.count_past_day(day).await?,
                None => self.count_open_day(day).await?,
            };
            rows.extend(
                of_day.into_iter().filter(|row| partner.is_none_or(|partner| row.partner == partner)),
            );
        }
        Ok(rows)
    }

    /// The days of a month that were counted before.
    async fn days_counted(&self, month: BillingMonth) -> Result<BTreeMap<Date, Vec<UsageRow>>, CentralError> {
        let value = IndexValue::new(month);
        let read: Vec<Versioned<UsageDayRecord>> = self.store().every_by_index(index::MONTH, value).await?;
        Ok(read.into_iter().map(|read| (read.record.day, read.record.rows)).collect())
    }

    /// Counts a day that is over, and remembers the sums where its uses were not forgotten.
    async fn count_past_day(&self, day: Date) -> Result<Vec<UsageRow>, CentralError> {
        let (from, to) = UsagePeriod { from: day, to: day }.instants();
        let rows = rows_of(day, self.count(from, to).await?);
        if !self.day_is_forgotten(day) {
            let mut batch = WriteBatch::new();
            batch.insert(&UsageDayRecord { day, rows: rows.clone() });
            match self.store().commit(batch).await {
                Ok(_) => {}
                // somebody else counted the same day meanwhile, and the same
                Err(error) if error.is_conflict() => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(rows)
    }

    /// Counts what is dated from an instant up to another one of the same day.
    async fn count(&self, from: Timestamp, to: Timestamp) -> Result<Counts, CentralError> {
        let mut counts = Counts::new();
        self.each_page(None, (from, to), &mut |events| {
            let report = usage_report(&events)?.into_iter();
            add(
                &mut counts,
                report.map(|row| ((row.partner, row.product, row.source, row.unit), row.quantity)),
            )
        })
        .await?;
        Ok(counts)
    }

    /// Every use of a partner in a month.
    pub(super) async fn uses_of(
        &self,
        partner: PartnerId,
        month: BillingMonth,
    ) -> Result<Vec<UsageEvent>, CentralError> {
        self.uses(Some(partner), month).await
    }

    /// Every use in a month, of one partner or of all.
    pub(super) async fn uses(
        &self,
        partner: Option<PartnerId>,
        month: BillingMonth,
    ) -> Result<Vec<UsageEvent>, CentralError> {
        let mut uses = Vec::new();
        self.each_page(partner, UsagePeriod::of_month(month).instants(), &mut |events| {
            uses.extend(events);
            Ok(())
        })
        .await?;
        Ok(uses)
    }

    /// What a bill for the month would have to say it counted.
    pub(super) async fn totals_of(
        &self,
        partner: PartnerId,
        month: BillingMonth,
    ) -> Result<Vec<UsageTotal>, CentralError> {
        let mut totals: BTreeMap<UsageUnit, Quantity> = BTreeMap::new();
        self.each_page(Some(partner), UsagePeriod::of_month(month).instants(), &mut |events| {
            for event in events {
                let quantity = totals.entry(event.unit).or_default();
                *quantity = quantity.plus(Quantity::new(1))?;
            }
            Ok(())
        })
        .await?;
        let total = |(unit, quantity)| UsageTotal { unit, quantity, late: Quantity::default() };
        Ok(totals.into_iter().map(total).collect())
    }

    async fn each_page(
        &self,
        partner: Option<PartnerId>,
        (from, to): (Timestamp, Timestamp),
        take: &mut (dyn FnMut(Vec<UsageEvent>) -> Result<(), BillingRefusal> + Send),
    ) -> Result<(), CentralError> {
        let mut after = None;
        loop {
            let query = UsageQuery { partner, from, to, after, limit: MAX_PAGE };
            let page = self.store().events(query).await?;
            take(page.items)?;
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(()),
            }
        }
    }
}
