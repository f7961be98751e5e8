#![doc = include_str!("../README.md")]

mod bill;
mod close;
mod content;
mod credit;
mod document;
mod e_invoice;
mod lines;
mod money;
mod number;
mod party;
mod period;
mod place;
mod plan;
mod reconciliation;
mod report;
mod statement;
mod tax;
mod usage_log;
mod words;

pub use bill::{Bill, BillError, BillState, CreditedLine, Issue, NoteOnBill};
pub use close::{CloseError, MonthlyClose, close};
pub use content::{BillContent, BillLine, Credited, DocumentKind, LineKind, Totals, UsageTotal};
pub use credit::{CreditError, CreditWish, full_credit, partial_credit};
pub use document::{BillDocument, DocumentLine};
pub use e_invoice::{EInvoice, EInvoiceError};
pub use lines::LineCount;
pub use money::{BasisPoints, MoneyError, Paise, Quantity};
pub use number::{DocumentNumber, NumberError, NumberSeries, missing_numbers};
pub use party::{InvalidParty, Party, PartyForm, PartyStanding};
pub use period::{BillingMonth, FinancialYear, InvalidMonth};
pub use place::{Levy, StateCode, UnknownState};
pub use plan::{
    FixedFee, MinimumCounts, MonthlyMinimum, PriceItem, PricePlan, PricePlanError, PricePlanForm, Sac, Slab,
    SlabMode,
};
pub use reconciliation::{Comparison, Differing, Field, LogEntry, Reference, ThreeWay, compare, three_way};
pub use report::{OwnUseRow, UsageRow, usage_report};
pub use statement::{LineFault, LineProblem, Statement, StatementError, read_statement};
pub use tax::{TaxKind, TaxLine, taxes};
pub use usage_log::{
    MOST_LOG_BYTES, MOST_LOG_LINES, USAGE_LOG_TYP, UsageLog, UsageLogCounts, UsageLogFault, UsageLogForm,
    UsageLogLine,
};
pub use words::in_words;

#[cfg(test)]
mod tests;
