//! Why a bill did not change.

use jiff::civil::Date;
use mpp_core::InvalidTransition;

use crate::{EInvoiceError, MoneyError, NumberError};

/// Why a bill did not change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BillError {
    /// Not possible in this state.
    #[error(transparent)]
    Transition(#[from] InvalidTransition),
    /// Who drafted it wants to approve it, too.
    #[error("a bill is approved by another person than the one who drafted it")]
    SamePerson,
    /// The date lies before the end of the period, or before the invoice that is corrected.
    #[error("the document's date lies before what it bills")]
    DateTooEarly,
    /// A credit note after 30 November of the next financial year.
    #[error("credit notes on this invoice were possible until {0}")]
    CreditTooLate(Date),
    /// The credit note corrects another invoice, or is none.
    #[error("this is no credit note on this invoice")]
    OtherInvoice,
    /// A credit note becomes final with its invoice, not alone.
    #[error("a credit note becomes final together with the invoice it corrects")]
    CreditAlone,
    /// The credit notes together would take back more than was billed.
    #[error("the credit notes would take back more than the invoice asks for")]
    BeyondInvoice,
    /// The credit notes together would take back more of this line, the first being 0, than it has.
    #[error("line {} does not have that much left to credit", .0.saturating_add(1))]
    BeyondLine(usize),
    /// The registration portal still has it.
    #[error("the e-invoice must be cancelled at the portal first")]
    StillRegistered,
    /// No number.
    #[error(transparent)]
    Number(#[from] NumberError),
    /// The e-invoice did not change.
    #[error(transparent)]
    EInvoice(#[from] EInvoiceError),
    /// An amount is too large.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// A stored bill whose amounts do not follow from its lines.
    #[error("the stored bill does not add up")]
    DoesNotAddUp,
}

impl BillError {
    /// The same step will always be refused.
    #[must_use]
    pub const fn persistence(&self) -> mpp_core::Persistence {
        mpp_core::Persistence::Permanent
    }
}
