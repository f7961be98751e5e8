//! What bills rest on: metered uses, agreed price plans, series of numbers, billing addresses. It goes after the bills.

use std::collections::HashSet;

use jiff::civil::Date;
use mpp_billing::{BillingMonth, FinancialYear};
use mpp_core::{Standing, Timestamp};
use mpp_store::{IndexValue, ListOrder, MAX_PAGE, Record, RecordReaderExt, UsageQuery, WriteBatch};

use super::books::financial_year_is_over;
use crate::central::records::{
    BillRecord, BillingAddressRecord, PartnerRecord, PricePlanRecord, SeriesRecord, index,
};
use crate::central::{CentralError, CentralService};
use crate::retention::{Elders, commit};

impl CentralService {
    /// Month by month from the oldest use on, up to the first that is too young or that a bill is kept of: whoever looks at a
    /// bill is told whether the log still says the same.
    pub(super) async fn forget_metered_uses(&self) -> Result<u64, CentralError> {
        let (store, before) = (self.store(), self.books_before());
        let mut forgotten = 0_u64;
        while let Some(oldest) = self.oldest_use(before).await? {
            let month = BillingMonth::of(oldest.day_in_india());
            let bills = Some((index::MONTH, IndexValue::new(month)));
            if store.count_up_to(BillRecord::KIND, bills, 1).await? > 0 {
                break;
            }
            let after_month =
                month.last_day().tomorrow().map_err(|_| CentralError::Inconsistent("a month"))?;
            let end = Timestamp::start_of_day_in_india(after_month).min(before);
            let gone = store.remove_usage_before(end, MAX_PAGE).await?;
            forgotten = forgotten.saturating_add(gone);
            if gone == 0 {
                // another node is at it
                break;
            }
        }
        Ok(forgotten)
    }

    async fn oldest_use(&self, before: Timestamp) -> Result<Option<Timestamp>, CentralError> {
        let query = UsageQuery {
            partner: None,
            from: Timestamp::start_of_day_in_india(Date::MIN),
            to: before,
            after: None,
            limit: 1,
        };
        let page = self.store().usage_entries(query).await?;
        Ok(page.items.first().map(|entry| entry.at))
    }

    pub(super) async fn forget_agreed_plans(&self) -> Result<u64, CentralError> {
        let (mut elders, today) = (Elders::to_the_end(self.store()), self.now().day_in_india());
        let mut forgotten = 0_u64;
        let since = |read: &PricePlanRecord| Timestamp::start_of_day_in_india(read.plan.form().valid_from);
        while let Some(some) = elders.next(self.books_before(), since).await? {
            for read in some.iter().filter(|read| read.record.is_approved()) {
                let ended = read.record.plan.form().valid_until;
                let over = ended.is_some_and(|last| financial_year_is_over(FinancialYear::of(last), today));
                if !over || self.is_plan_in_use(&read.record).await? {
                    continue;
                }
                let mut batch = WriteBatch::new();
                batch.delete::<PricePlanRecord>(&read.record.key(), read.version);
                forgotten = forgotten.saturating_add(u64::from(commit(self.store(), batch).await?));
            }
        }
        Ok(forgotten)
    }

    /// Whether it is its partner's last plan, or a bill by it is kept.
    async fn is_plan_in_use(&self, read: &PricePlanRecord) -> Result<bool, CentralError> {
        let form = read.plan.form();
        let partner = self.store().get::<PartnerRecord>(&PartnerRecord::key_of(form.partner)).await?;
        if partner.is_some_and(|partner| {
            partner.record.partner.price_plan == form.id
                && partner.record.partner.standing == Standing::Active
        }) {
            return Ok(true);
        }
        let value = IndexValue::new(form.partner);
        let bills = self.store().every_by_index::<BillRecord>(index::PARTNER, value).await?;
        Ok(bills.iter().any(|bill| bill.record.bill.content().plan == form.id))
    }

    /// Bills are read through only when there is a series of a year that is over.
    pub(super) async fn forget_number_series(&self) -> Result<u64, CentralError> {
        let today = self.now().day_in_india();
        let all = self.store().all::<SeriesRecord>(ListOrder::OldestFirst, None, MAX_PAGE).await?.items;
        let mut over: Vec<_> =
            all.into_iter().filter(|read| financial_year_is_over(read.record.series.year(), today)).collect();
        if over.is_empty() {
            return Ok(0);
        }
        let kept = self.years_of_documents().await?;
        over.retain(|read| !kept.contains(&read.record.series.year()));
        let mut forgotten = 0_u64;
        for read in over {
            let mut batch = WriteBatch::new();
            batch.delete::<SeriesRecord>(&read.record.key(), read.version);
            forgotten = forgotten.saturating_add(u64::from(commit(self.store(), batch).await?));
        }
        Ok(forgotten)
    }

    /// The financial years in which documents that are kept were numbered.
    async fn years_of_documents(&self) -> Result<HashSet<FinancialYear>, CentralError> {
        let (mut years, mut after) = (HashSet::new(), None);
        loop {
            let page = self.store().all::<BillRecord>(ListOrder::OldestFirst, after, MAX_PAGE).await?;
            let issued = page.items.iter().filter_map(|read| read.record.bill.issue());
            years.extend(issued.map(|issue| FinancialYear::of(issue.date)));
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(years),
            }
        }
    }

    /// An address does not say since when it holds. Where the partner may be billed again, it is still needed.
    pub(super) async fn forget_billing_addresses(&self) -> Result<u64, CentralError> {
        let (mut after, mut forgotten) = (None, 0_u64);
        loop {
            let page =
                self.store().all::<BillingAddressRecord>(ListOrder::OldestFirst, after, MAX_PAGE).await?;
            for read in &page.items {
                if self.may_be_billed(&read.record).await? {
                    continue;
                }
                let mut batch = WriteBatch::new();
                batch.delete::<BillingAddressRecord>(&read.record.key(), read.version);
                forgotten = forgotten.saturating_add(u64::from(commit(self.store(), batch).await?));
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(forgotten),
            }
        }
    }

    async fn may_be_billed(&self, address: &BillingAddressRecord) -> Result<bool, CentralError> {
        let (store, value) = (self.store(), IndexValue::new(address.partner));
        let partner = store.get::<PartnerRecord>(&PartnerRecord::key_of(address.partner)).await?;
        let before = self.books_before();
        if partner.is_some_and(|read| {
            read.record.partner.standing == Standing::Active || read.record.partner.registered_at >= before
        }) {
            return Ok(true);
        }
        let bills = Some((index::PARTNER, value.clone()));
        if store.count_up_to(BillRecord::KIND, bills, 1).await? > 0 {
            return Ok(true);
        }
        let plans = store.every_by_index::<PricePlanRecord>(index::PARTNER, value).await?;
        Ok(plans.iter().any(|read| read.record.is_approved()))
    }
}
