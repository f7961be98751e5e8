//! Credit notes.

use mpp_billing::{Bill, CreditWish, Paise, Quantity, full_credit, partial_credit};
use mpp_core::{BillId, StaffId};

use super::{BillFile, BillingRefusal};
use crate::central::audit::{Action, Actor};
use crate::central::change::Change;
use crate::central::records::BillRecord;
use crate::central::{CentralError, CentralService};

/// What is taken back of one line of an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreditPart {
    /// Which line, the first being 0.
    pub line: usize,
    /// How many.
    pub quantity: Quantity,
    /// At which price each.
    pub unit_price: Paise,
}

impl CentralService {
    /// Drafts a credit note on an invoice: on all of it, or on parts of its lines. It goes the way of every bill: a
    /// second person approves it, and it takes effect when it gets its number.
    ///
    /// # Errors
    /// Unless the invoice is out and has that much to take back, or when the reason is missing.
    pub async fn draft_credit_note(
        &self,
        invoice: BillId,
        parts: Option<&[CreditPart]>,
        reason: &str,
        staff: &StaffId,
    ) -> Result<BillFile, CentralError> {
        let id = self.until_settled(|| self.try_draft_credit(invoice, parts, reason.trim(), staff)).await?;
        self.bill(id).await
    }

    async fn try_draft_credit(
        &self,
        invoice: BillId,
        parts: Option<&[CreditPart]>,
        reason: &str,
        staff: &StaffId,
    ) -> Result<BillId, CentralError> {
        let read = self.bill_record(invoice).await?;
        let content = match parts {
            None => full_credit(&read.record.bill, reason),
            Some(parts) => {
                let wish = |part: &CreditPart| CreditWish {
                    line: part.line,
                    quantity: part.quantity,
                    unit_price: part.unit_price,
                };
                let wishes: Vec<_> = parts.iter().map(wish).collect();
                partial_credit(&read.record.bill, &wishes, reason)
            }
        };
        let content = content.map_err(BillingRefusal::from)?;
        let mut change = Change::new(self);
        change.rests_on(&read);
        let id = BillId::generate(self.entropy());
        let record = BillRecord { id, bill: Bill::draft(content, staff.clone(), change.now()) };
        change.insert(&record);
        change.audit(Action::BillDrafted, Actor::Staff(staff.clone()), &super::bills::about(&record));
        change.commit().await?;
        Ok(id)
    }
}
