//! Prices, bills and logs held against each other, as Moneyone's staff ask for them. Plans, bills and documents have the
//! form that `mpp-billing` gives them; amounts are paise in whole numbers.

mod calls;

use mpp_billing::{
    Bill, BillingMonth, Differing, DocumentNumber, LogEntry, Paise, PartyStanding, PricePlanForm, Quantity,
    Reference, UsageTotal,
};
use mpp_core::{BillId, PartnerId, StaffId, Timestamp};
use serde::{Deserialize, Serialize};

use super::PartnerLogView;
use crate::address::present;

/// `POST /v1/operator/partners/{id}/billing-address`: where a partner's bills go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetBillingAddress {
    /// The address, line by line: 1 to 6 lines.
    pub lines: Vec<String>,
    /// How supplies to it are taxed.
    pub standing: PartyStanding,
}

/// A price plan with its state (`GET /v1/operator/price-plans`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PricePlanView {
    /// The plan.
    pub plan: PricePlanForm,
    /// `proposed`, `approved` or `withdrawn`.
    pub status: String,
    /// Who proposed it; absent of a plan that was withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed_by: Option<StaffId>,
    /// Who approved or withdrew it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<StaffId>,
    /// When it came into this state.
    pub at: Timestamp,
}

/// Which bills are wanted (`GET /v1/operator/bills`). Every part that is there must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BillSearchQuery {
    /// Of this partner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
    /// For this month, `yyyy-MM`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub month: Option<String>,
    /// In this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Where to go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

impl BillSearchQuery {
    /// The parts that are there, by name.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, &str)> {
        present([
            ("partner", &self.partner),
            ("month", &self.month),
            ("status", &self.status),
            ("after", &self.after),
        ])
    }
}

/// A bill in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct BillRowView {
    /// Names it, from its draft on.
    pub bill_id: BillId,
    /// Whose.
    pub partner_id: PartnerId,
    /// The partner's name on it.
    pub recipient: String,
    /// For which month.
    pub month: BillingMonth,
    /// The number of the invoice that a credit note corrects; absent for an invoice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<DocumentNumber>,
    /// `draft`, `approved`, `final`, `credited`, `cancelled` or `discarded`.
    pub status: String,
    /// Its number, once it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<DocumentNumber>,
    /// What is to be paid or comes back.
    pub payable: Paise,
}

/// A bill with what it rests on (`GET /v1/operator/bills/{id}`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct BillView {
    /// Names it, from its draft on.
    pub bill_id: BillId,
    /// The bill.
    pub bill: Bill,
    /// What the log of uses says of the month now; empty for a credit note.
    pub counted_now: Vec<UsageTotal>,
    /// Other documents to the same partner for the same month.
    pub related: Vec<BillRowView>,
    /// The partner's signed log of the month and how it stands to ours, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner_log: Option<PartnerLogView>,
    /// Whether its document can be had as PDF.
    pub printable: bool,
}

/// `POST /v1/operator/bills`: closes a month of a partner and drafts its invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CloseMonth {
    /// Whose.
    pub partner_id: PartnerId,
    /// Which month, `yyyy-MM`.
    pub month: BillingMonth,
}

/// `POST /v1/operator/bills/{id}/cancel`: makes an invoice void.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CancelBill {
    /// Why.
    pub reason: String,
}

/// `POST /v1/operator/bills/{id}/credit-notes`: drafts a credit note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DraftCreditNote {
    /// Why.
    pub reason: String,
    /// What is taken back; all of it when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<Vec<CreditPartForm>>,
}

/// What is taken back of one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreditPartForm {
    /// The line's number on the invoice, from 1.
    pub serial: u32,
    /// How many.
    pub quantity: Quantity,
    /// At which price each; negative of a discount.
    pub unit_price: Paise,
}

/// `POST /v1/operator/bills/{id}/registration`: what the invoice registration portal said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "answer", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum NoteRegistration {
    /// It registered the document.
    Issued {
        /// The invoice reference number, 64 hexadecimal digits.
        irn: String,
        /// The content of the signed QR code.
        signed_qr: String,
    },
    /// It refused.
    Refused {
        /// Its code for why.
        code: String,
    },
    /// It took the document back.
    Cancelled,
}

/// Which use is counted (`GET /v1/operator/usage/summary`). Days are days in India.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UsageSummaryQuery {
    /// The first day, `yyyy-MM-dd`.
    pub from: String,
    /// The last day; at most a year later.
    pub to: String,
    /// Of this partner only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
}

/// `POST /v1/operator/reconciliations`: compares our log of a month with files of others. Nothing is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reconcile {
    /// The month, `yyyy-MM`.
    pub month: BillingMonth,
    /// Only this partner's uses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner_id: Option<PartnerId>,
    /// Only uses of this source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The partner's log: CSV with the columns `reference`, `day`, `unit` and perhaps `amount`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner_log: Option<String>,
    /// The source's statement, with the same columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
}

/// How the logs stand to each other. A comparison is absent when one of its sides is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ReconciliationView {
    /// Ours (here) and the partner's (there).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with_partner: Option<ComparisonView>,
    /// Ours (here) and the source's (there).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with_source: Option<ComparisonView>,
    /// The partner's (here) and the source's (there).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner_with_source: Option<ComparisonView>,
    /// Lines of the partner's log that could not be read.
    pub partner_faults: Vec<LineFaultView>,
    /// Lines of the statement that could not be read.
    pub source_faults: Vec<LineFaultView>,
}

/// Two logs side by side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ComparisonView {
    /// How many are the same on both sides.
    pub matched: u64,
    /// There only.
    pub missing_here: Vec<LogEntry>,
    /// Here only.
    pub missing_there: Vec<LogEntry>,
    /// On both sides, but not the same.
    pub differs: Vec<Differing>,
    /// References that one side has more than once.
    pub repeated: Vec<Reference>,
}

/// A line of a file that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LineFaultView {
    /// The line, counted from 1 with the header.
    pub line: u64,
    /// What is wrong, without what stands there.
    pub problem: String,
    /// The same as a stable code.
    pub code: String,
    /// The earlier line with the same reference, where that is what is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as_line: Option<u64>,
}

/// A step of a bill or a price plan without anything to say about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BillStep {
    /// A second person agrees.
    Approve,
    /// The document gets its number.
    Finalise,
    /// The draft is thrown away.
    Discard,
}

impl BillStep {
    const fn path(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Finalise => "finalise",
            Self::Discard => "discard",
        }
    }
}
