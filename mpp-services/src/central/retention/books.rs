//! Books: bills, sums of use, partners' logs, and plans that came to nothing. They are kept for eight years from the end of their financial
//! year on.

use jiff::civil::Date;
use mpp_billing::{BillState, BillingMonth, FinancialYear};
use mpp_core::Timestamp;
use mpp_store::{IndexValue, Record, RecordReaderExt, Versioned, WriteBatch};

use crate::central::records::{
    BillRecord, PartnerLogRecord, PlanState, PricePlanRecord, UsageDayRecord, index,
};
use crate::central::{CentralError, CentralService};
use crate::retention::{Elders, commit, forget};

/// Whether the books of a year are not kept any more.
pub(super) fn financial_year_is_over(year: FinancialYear, today: Date) -> bool {
    year.begins_in() < FinancialYear::of(FinancialYear::books_kept_from(today)).begins_in()
}

impl CentralService {
    /// Whether the books of a month may be gone.
    pub(in crate::central) fn month_is_forgotten(&self, month: BillingMonth) -> bool {
        self.day_is_forgotten(month.last_day())
    }

    /// Whether the books of a day may be gone.
    pub(in crate::central) fn day_is_forgotten(&self, day: Date) -> bool {
        day < FinancialYear::books_kept_from(self.now().day_in_india())
    }

    pub(super) fn books_before(&self) -> Timestamp {
        Timestamp::start_of_day_in_india(FinancialYear::books_kept_from(self.now().day_in_india()))
    }

    /// All bills of a month and partner go in one commit, so that no credit note is left without its invoice.
    pub(super) async fn forget_bills(&self) -> Result<u64, CentralError> {
        let (mut elders, before) = (Elders::to_the_end(self.store()), self.books_before());
        let mut forgotten = 0_u64;
        while let Some(some) = elders.next(before, last_step).await? {
            for read in some.iter().filter(|read| is_settled(&read.record)) {
                forgotten = forgotten.saturating_add(self.forget_bills_beside(read, before).await?);
            }
        }
        Ok(forgotten)
    }

    async fn forget_bills_beside(
        &self,
        read: &Versioned<BillRecord>,
        before: Timestamp,
    ) -> Result<u64, CentralError> {
        let content = read.record.bill.content();
        let value = IndexValue::new(content.period);
        let mut bills: Vec<Versioned<BillRecord>> = self.store().every_by_index(index::MONTH, value).await?;
        bills.retain(|other| other.record.bill.content().partner == content.partner);
        let mut batch = WriteBatch::new();
        for bill in &bills {
            if !is_settled(&bill.record) || last_step(&bill.record) >= before {
                return Ok(0);
            }
            batch.delete::<BillRecord>(&bill.record.key(), bill.version);
        }
        let gone = !bills.is_empty() && commit(self.store(), batch).await?;
        Ok(if gone { u64::try_from(bills.len()).unwrap_or(u64::MAX) } else { 0 })
    }

    pub(super) async fn forget_usage_days(&self) -> Result<u64, CentralError> {
        let began = |counted: &UsageDayRecord| Timestamp::start_of_day_in_india(counted.day);
        Ok(forget(Elders::to_the_end(self.store()), self.books_before(), began, |_| true).await?)
    }

    /// A log stays while any bill of its month and partner does.
    pub(super) async fn forget_partner_logs(&self) -> Result<u64, CentralError> {
        let (mut elders, before) = (Elders::to_the_end(self.store()), self.books_before());
        let mut forgotten = 0_u64;
        while let Some(some) = elders.next(before, |read: &PartnerLogRecord| read.log.taken_at).await? {
            for read in &some {
                let value = IndexValue::new(read.record.log.month);
                let bills: Vec<Versioned<BillRecord>> =
                    self.store().every_by_index(index::MONTH, value).await?;
                let is_kept =
                    bills.iter().any(|bill| bill.record.bill.content().partner == read.record.log.partner);
                if !is_kept && self.drop_partner_log(read).await? {
                    forgotten = forgotten.saturating_add(1);
                }
            }
        }
        Ok(forgotten)
    }

    pub(super) async fn forget_withdrawn_plans(&self) -> Result<u64, CentralError> {
        let last_step = |read: &PricePlanRecord| match read.state {
            PlanState::Proposed { at, .. }
            | PlanState::Approved { at, .. }
            | PlanState::Withdrawn { at, .. } => at,
        };
        let is_over = |read: &PricePlanRecord| matches!(read.state, PlanState::Withdrawn { .. });
        Ok(forget(Elders::to_the_end(self.store()), self.books_before(), last_step, is_over).await?)
    }
}

/// Whether nobody will do anything about a bill any more.
const fn is_settled(record: &BillRecord) -> bool {
    match record.bill.state() {
        BillState::Draft { .. } | BillState::Approved { .. } => false,
        BillState::Final { .. }
        | BillState::Credited { .. }
        | BillState::Cancelled { .. }
        | BillState::Discarded { .. } => true,
    }
}

/// When the last thing was done about it, as far as its credit notes do not say.
const fn last_step(record: &BillRecord) -> Timestamp {
    match record.bill.state() {
        BillState::Final { issue } | BillState::Credited { issue, .. } => issue.at,
        BillState::Draft { at, .. }
        | BillState::Approved { at, .. }
        | BillState::Cancelled { at, .. }
        | BillState::Discarded { at } => *at,
    }
}
