//! Bills: drafted by the monthly close, approved by a second person, numbered, and corrected by credit notes.

use mpp_billing::{
    Bill, BillContent, BillDocument, BillError, BillState, BillingMonth, DocumentKind, DocumentNumber,
    FinancialYear, MonthlyClose, Paise, UsageTotal, close,
};
use mpp_core::{BillId, PartnerId, Span, StaffId, Timestamp};
use mpp_store::{IndexValue, Page, RecordReaderExt, Versioned};

use super::{BillingRefusal, PartnerLog};
use crate::central::audit::{Action, Actor, Subject};
use crate::central::change::Change;
use crate::central::records::{BillRecord, index, invoice_of};
use crate::central::{CentralError, CentralService, Look};

/// How long a commit dated in the last instant of a month may take; a month is closed only after that.
pub(super) const LAST_COMMITS: Span = Span::from_hours(1);

/// Which bills are wanted; every part that is there must hold.
#[derive(Debug, Clone, Default)]
pub struct BillSearch {
    /// Of this partner.
    pub partner: Option<PartnerId>,
    /// For this month.
    pub month: Option<BillingMonth>,
    /// In the state of this name.
    pub status: Option<String>,
}

/// A bill in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillRow {
    /// Names it.
    pub id: BillId,
    /// Whose.
    pub partner: PartnerId,
    /// The partner's name on the bill.
    pub recipient: String,
    /// For which month.
    pub month: BillingMonth,
    /// The number of the invoice that a credit note corrects; absent for an invoice.
    pub against: Option<DocumentNumber>,
    /// The name of its state.
    pub status: &'static str,
    /// Its number, once it has one.
    pub number: Option<DocumentNumber>,
    /// What is to be paid or comes back.
    pub payable: Paise,
}

/// A bill with what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillFile {
    /// Names it.
    pub id: BillId,
    /// The bill.
    pub bill: Bill,
    /// What the log of uses says of the month now; must be what the bill says. Empty for a credit note.
    pub counted_now: Vec<UsageTotal>,
    /// The partner's signed log of the month, if there is one. None for a credit note.
    pub partner_log: Option<PartnerLog>,
    /// The credit notes on it, drafts too, or the invoice it corrects.
    pub related: Vec<BillRow>,
}

impl CentralService {
    /// Bills, the newest first.
    ///
    /// # Errors
    /// When the cursor is not one of this list, or the store does not answer.
    pub async fn bills(&self, search: &BillSearch, look: &Look) -> Result<Page<BillRow>, CentralError> {
        let index = match (search.partner, search.month, &search.status) {
            (Some(partner), _, _) => Some((index::PARTNER, IndexValue::new(partner))),
            (None, Some(month), _) => Some((index::MONTH, IndexValue::new(month))),
            (None, None, Some(status)) => Some((index::STATUS, IndexValue::new(status))),
            (None, None, None) => None,
        };
        let keep = |record: &BillRecord| {
            let content = record.bill.content();
            search.partner.is_none_or(|partner| content.partner == partner)
                && search.month.is_none_or(|month| content.period == month)
                && search.status.as_ref().is_none_or(|status| record.bill.state().state_name() == status)
        };
        let page = self.look_for::<BillRecord>(index, look, keep).await?;
        page.try_map(|record| Ok(row(&record)))
    }

    /// A partner's own bills that are out, the newest first.
    ///
    /// # Errors
    /// When the cursor is not one of this list, or the store does not answer.
    pub async fn bills_of(&self, partner: PartnerId, look: &Look) -> Result<Page<BillRow>, CentralError> {
        let index = Some((index::PARTNER, IndexValue::new(partner)));
        let page = self.look_for::<BillRecord>(index, look, |record| record.number().is_some()).await?;
        page.try_map(|record| Ok(row(&record)))
    }

    /// The document of one of a partner's own bills that are out.
    ///
    /// # Errors
    /// [`CentralError::NotFound`], also for another partner's.
    pub async fn bill_document_of(
        &self,
        partner: PartnerId,
        id: BillId,
    ) -> Result<BillDocument, CentralError> {
        let bill = self.bill_record(id).await?.record.bill;
        let document = Some(bill).filter(|bill| bill.content().partner == partner);
        document.as_ref().and_then(BillDocument::of).ok_or(CentralError::NotFound)
    }

    /// One bill, with the month counted anew.
    ///
    /// # Errors
    /// [`CentralError::NotFound`].
    pub async fn bill(&self, id: BillId) -> Result<BillFile, CentralError> {
        let BillRecord { bill, .. } = self.bill_record(id).await?.record;
        let content = bill.content();
        let (counted_now, partner_log) = match content.document {
            DocumentKind::Invoice => {
                let log = self.known_log(content.partner, content.period).await?;
                let counted = self.totals_of(content.partner, content.period).await?;
                (counted, log.map(|read| read.record.log))
            }
            DocumentKind::CreditNote { .. } => (Vec::new(), None),
        };
        let related = self.related(id, content).await?;
        Ok(BillFile { id, bill, counted_now, partner_log, related })
    }

    /// Closes a month of a partner: counts its use, prices it by the plan in force, and drafts the invoice.
    ///
    /// # Errors
    /// When the month is not over or billed already, the partner has no address or no plan for it, something that was
    /// used has no price, or there is nothing to bill.
    pub async fn close_month(
        &self,
        partner: PartnerId,
        month: BillingMonth,
        staff: &StaffId,
    ) -> Result<BillFile, CentralError> {
        let id = self.until_settled(|| self.try_close(partner, month, staff)).await?;
        self.bill(id).await
    }

    async fn try_close(
        &self,
        partner: PartnerId,
        month: BillingMonth,
        staff: &StaffId,
    ) -> Result<BillId, CentralError> {
        let settings = self.billing_settings()?;
        if !month.is_over(self.now().minus(LAST_COMMITS).day_in_india()) {
            return Err(BillingRefusal::MonthNotOver(month).into());
        }
        if self.month_is_forgotten(month) {
            return Err(BillingRefusal::MonthForgotten(month).into());
        }
        let recipient = self.billing_party(partner).await?.ok_or(BillingRefusal::NoAddress)?;
        let value = IndexValue::new(invoice_of(partner, month));
        if self.store().first_by_index::<BillRecord>(index::INVOICE, value).await?.is_some() {
            return Err(BillingRefusal::AlreadyBilled(month).into());
        }
        let plan = self.plan_for(partner, month).await?;
        let usage = self.uses_of(partner, month).await?;
        // a use is dated and written in one commit: none of an earlier month can come to light after it is over
        let of = MonthlyClose {
            month,
            plan: &plan.record.plan,
            usage: &usage,
            late: &[],
            supplier: &settings.supplier,
            recipient: &recipient,
        };
        let content = close(&of).map_err(BillingRefusal::from)?;
        let mut change = Change::new(self);
        change.rests_on(&plan);
        let id = BillId::generate(self.entropy());
        let bill = Bill::draft(content, staff.clone(), change.now());
        let record = BillRecord { id, bill };
        change.insert(&record);
        change.audit(Action::BillDrafted, Actor::Staff(staff.clone()), &about(&record));
        change.commit().await?;
        Ok(id)
    }

    /// A second person agrees to a draft.
    ///
    /// # Errors
    /// Unless a draft of somebody else.
    pub async fn approve_bill(&self, id: BillId, staff: &StaffId) -> Result<BillFile, CentralError> {
        let step = |bill: Bill, now| bill.approve(staff.clone(), now);
        self.step_bill(id, Action::BillApproved, staff, &step).await
    }

    /// Throws a bill away that has no number yet.
    ///
    /// # Errors
    /// When it has one, or was thrown away before.
    pub async fn discard_bill(&self, id: BillId, staff: &StaffId) -> Result<BillFile, CentralError> {
        let step = |bill: Bill, now| bill.discard(now);
        self.step_bill(id, Action::BillDiscarded, staff, &step).await
    }

    /// Makes an invoice void; its number stays taken.
    ///
    /// # Errors
    /// Unless it is out, not credited, and not registered at the invoice registration portal.
    pub async fn cancel_bill(
        &self,
        id: BillId,
        reason: &str,
        staff: &StaffId,
    ) -> Result<BillFile, CentralError> {
        if !(1..=200).contains(&reason.trim().chars().count()) {
            return Err(CentralError::Invalid("the reason"));
        }
        let step = |bill: Bill, now| bill.cancel(reason.trim().to_owned(), staff.clone(), now);
        self.step_bill(id, Action::BillCancelled, staff, &step).await
    }

    /// Gives an approved bill its number and date, today in India; from then on it is out and does not change. A credit
    /// note takes effect on its invoice in the same commit.
    ///
    /// # Errors
    /// Unless approved; a credit note also when its invoice cannot be credited like this.
    pub async fn finalise_bill(&self, id: BillId, staff: &StaffId) -> Result<BillFile, CentralError> {
        self.until_settled(|| self.try_finalise(id, staff)).await?;
        self.bill(id).await
    }

    async fn try_finalise(&self, id: BillId, staff: &StaffId) -> Result<(), CentralError> {
        let settings = self.billing_settings()?;
        let mut read = self.bill_record(id).await?;
        let mut change = Change::new(self);
        let (now, today) = (change.now(), change.now().day_in_india());
        let corrects = against(read.record.bill.content()).cloned();
        let prefix = if corrects.is_some() { &settings.credit_series } else { &settings.invoice_series };
        let series = self.series(prefix, FinancialYear::of(today)).await?;
        let (numbers, registration) = (series.numbers(), settings.registration());
        if let Some(number) = corrects {
            let mut invoice = self.invoice_numbered(&number).await?;
            let credited =
                invoice.record.bill.clone().credit(read.record.bill, numbers, today, registration, now);
            let (changed, note, numbers) = credited.map_err(BillingRefusal::from)?;
            (invoice.record.bill, read.record.bill) = (changed, note);
            change.update(&invoice);
            change.audit(Action::BillCredited, Actor::Staff(staff.clone()), &about(&invoice.record));
            series.store(numbers, &mut change);
        } else {
            let (bill, numbers) =
                read.record.bill.finalise(numbers, today, registration, now).map_err(BillingRefusal::from)?;
            read.record.bill = bill;
            series.store(numbers, &mut change);
        }
        change.update(&read);
        change.audit(Action::BillFinalised, Actor::Staff(staff.clone()), &about(&read.record));
        change.commit().await
    }

    async fn step_bill(
        &self,
        id: BillId,
        action: Action,
        staff: &StaffId,
        step: &(dyn Fn(Bill, Timestamp) -> Result<Bill, BillError> + Sync),
    ) -> Result<BillFile, CentralError> {
        self.until_settled(|| async {
            let mut read = self.bill_record(id).await?;
            let mut change = Change::new(self);
            read.record.bill = step(read.record.bill, change.now()).map_err(BillingRefusal::from)?;
            change.update(&read);
            change.audit(action, Actor::Staff(staff.clone()), &about(&read.record));
            change.commit().await
        })
        .await?;
        self.bill(id).await
    }

    pub(super) async fn bill_record(&self, id: BillId) -> Result<Versioned<BillRecord>, CentralError> {
        let found = self.store().get(&BillRecord::key_of(id)).await?;
        found.ok_or(CentralError::NotFound)
    }

    async fn invoice_numbered(&self, number: &DocumentNumber) -> Result<Versioned<BillRecord>, CentralError> {
        let found = self.store().first_by_index(index::NUMBER, IndexValue::new(number)).await?;
        found.ok_or(CentralError::Inconsistent("the invoice of a credit note is gone"))
    }

    /// The other documents about the same invoice.
    async fn related(&self, id: BillId, content: &BillContent) -> Result<Vec<BillRow>, CentralError> {
        let value = IndexValue::new(content.period);
        let month: Vec<Versioned<BillRecord>> = self.store().every_by_index(index::MONTH, value).await?;
        let of_same = |record: &BillRecord| record.bill.content().partner == content.partner;
        Ok(month
            .iter()
            .map(|read| &read.record)
            .filter(|record| record.id != id && of_same(record))
            .map(row)
            .collect())
    }
}

/// The invoice that a credit note corrects.
const fn against(content: &BillContent) -> Option<&DocumentNumber> {
    match &content.document {
        DocumentKind::Invoice => None,
        DocumentKind::CreditNote { against, .. } => Some(&against.number),
    }
}

fn row(record: &BillRecord) -> BillRow {
    let content = record.bill.content();
    BillRow {
        id: record.id,
        partner: content.partner,
        recipient: content.recipient.name().to_owned(),
        month: content.period,
        against: against(content).cloned(),
        status: record.bill.state().state_name(),
        number: record.number().cloned(),
        payable: content.totals.payable,
    }
}

pub(super) fn about(record: &BillRecord) -> Subject {
    let reason = match record.bill.state() {
        BillState::Cancelled { .. } => Some("cancelled"),
        _ => None,
    };
    Subject {
        partner: Some(record.bill.content().partner),
        bill: Some(record.id),
        reason,
        ..Subject::default()
    }
}
