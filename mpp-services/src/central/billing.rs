//! Prices, the monthly close, bills, and logs held against each other. The rules are `mpp-billing`'s; here they get
//! their people, their numbers and their place in the store, one decision one commit.

mod addresses;
mod bills;
mod credits;
mod numbering;
mod partner_logs;
mod plans;
mod reconciling;
mod refusal;
mod using;

use mpp_billing::Party;

pub use super::records::PlanState;
pub use addresses::NewBillingAddress;
pub use bills::{BillFile, BillRow, BillSearch};
pub use credits::CreditPart;
pub use numbering::Registration;
pub use partner_logs::{BroughtLog, LogBringer, LogOutcome, PartnerLog, PartnerLogFile, PartnerLogRefusal};
pub use plans::PlanFile;
pub use reconciling::{Reconciled, Reconciliation};
pub use refusal::BillingRefusal;
pub(super) use using::HoursCounted;
pub use using::UsagePeriod;

/// Who bills, and under which numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillingSettings {
    /// The supplier as it stands on every bill.
    pub supplier: Party,
    /// The series of invoices: 1 to 4 capital letters and digits.
    pub invoice_series: String,
    /// The series of credit notes; another one.
    pub credit_series: String,
    /// Whether invoices have to be registered at the invoice registration portal.
    pub e_invoices: bool,
}
