//! Prices and bills. Bills are immutable in what they say and stay for as long as tax law asks.

use jiff::civil::Date;
use mpp_billing::{
    Bill, BillState, BillingMonth, DocumentNumber, FinancialYear, NumberSeries, PartyStanding, PricePlan,
    UsageRow,
};
use mpp_core::{BillId, PartnerId, PricePlanId, StaffId, Timestamp};
use mpp_store::{IndexEntry, Record, RecordKey, RecordKind};
use serde::{Deserialize, Serialize};

use super::index;
use crate::central::billing::PartnerLog;

/// Where a partner's bills go, beside its name and registration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::central) struct BillingAddressRecord {
    /// Whose.
    pub(in crate::central) partner: PartnerId,
    /// The address, line by line.
    pub(in crate::central) lines: Vec<String>,
    /// How supplies to it are taxed.
    pub(in crate::central) standing: PartyStanding,
}

impl BillingAddressRecord {
    pub(in crate::central) fn key_of(partner: PartnerId) -> RecordKey {
        RecordKey::new(partner)
    }
}

impl Record for BillingAddressRecord {
    const KIND: RecordKind = RecordKind::new("billing-address");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.partner)
    }
}

/// Where a price plan stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum PlanState {
    /// Written, to be looked at by a second person.
    Proposed {
        /// Who wrote it.
        by: StaffId,
        /// When.
        at: Timestamp,
    },
    /// A second person agreed; months are closed by it.
    Approved {
        /// Who wrote it.
        proposed_by: StaffId,
        /// Who agreed.
        by: StaffId,
        /// When.
        at: Timestamp,
    },
    /// Thrown away before anybody agreed.
    Withdrawn {
        /// Who threw it away.
        by: StaffId,
        /// When.
        at: Timestamp,
    },
}

impl PlanState {
    /// The state's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Proposed { .. } => "proposed",
            Self::Approved { .. } => "approved",
            Self::Withdrawn { .. } => "withdrawn",
        }
    }
}

/// A price plan with its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::central) struct PricePlanRecord {
    /// The plan itself.
    pub(in crate::central) plan: PricePlan,
    /// Where it stands.
    pub(in crate::central) state: PlanState,
}

impl PricePlanRecord {
    pub(in crate::central) fn key_of(id: &PricePlanId) -> RecordKey {
        RecordKey::new(id)
    }

    pub(in crate::central) const fn is_approved(&self) -> bool {
        matches!(self.state, PlanState::Approved { .. })
    }
}

impl Record for PricePlanRecord {
    const KIND: RecordKind = RecordKind::new("price-plan");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(&self.plan.form().id)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        vec![
            IndexEntry::shared(index::PARTNER, self.plan.form().partner),
            IndexEntry::shared(index::STATUS, self.state.name()),
        ]
    }
}

/// An invoice or a credit note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::central) struct BillRecord {
    /// Names it, from its draft on.
    pub(in crate::central) id: BillId,
    /// The bill itself.
    pub(in crate::central) bill: Bill,
}

impl BillRecord {
    pub(in crate::central) fn key_of(id: BillId) -> RecordKey {
        RecordKey::new(id)
    }

    /// The document's number, once it has one.
    pub(in crate::central) fn number(&self) -> Option<&DocumentNumber> {
        self.bill.issue().map(|issue| &issue.number)
    }

    /// Whether it is an invoice that bills its month: not thrown away, not void, and not taken back whole.
    fn stands(&self) -> bool {
        match self.bill.state() {
            _ if self.bill.content().is_credit_note() => false,
            BillState::Draft { .. } | BillState::Approved { .. } | BillState::Final { .. } => true,
            BillState::Credited { .. } => self.bill.is_taken_back() != Ok(true),
            BillState::Cancelled { .. } | BillState::Discarded { .. } => false,
        }
    }
}

impl Record for BillRecord {
    const KIND: RecordKind = RecordKind::new("bill");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.id)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        let content = self.bill.content();
        let mut entries = vec![
            IndexEntry::shared(index::PARTNER, content.partner),
            IndexEntry::shared(index::MONTH, content.period),
            IndexEntry::shared(index::STATUS, self.bill.state().state_name()),
        ];
        if self.stands() {
            entries.push(IndexEntry::unique(index::INVOICE, invoice_of(content.partner, content.period)));
        }
        entries.extend(self.number().map(|number| IndexEntry::unique(index::NUMBER, number)));
        entries
    }
}

/// Use on one day in India, counted after its end. Events are dated and written in one commit and never change, so that
/// these sums do not change either; they only save counting again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::central) struct UsageDayRecord {
    /// The day.
    pub(in crate::central) day: Date,
    /// The sums per partner, product, source and unit.
    pub(in crate::central) rows: Vec<UsageRow>,
}

impl Record for UsageDayRecord {
    const KIND: RecordKind = RecordKind::new("usage-day");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        RecordKey::new(self.day)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        vec![IndexEntry::shared(index::MONTH, BillingMonth::of(self.day))]
    }
}

/// What names the one invoice of a partner and month that stands.
pub(in crate::central) fn invoice_of(partner: PartnerId, month: BillingMonth) -> String {
    format!("{partner}/{month}")
}

/// A series of document numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::central) struct SeriesRecord {
    /// The series, with the last number it gave.
    pub(in crate::central) series: NumberSeries,
}

impl SeriesRecord {
    pub(in crate::central) fn key_of(prefix: &str, year: FinancialYear) -> RecordKey {
        RecordKey::new(format_args!("{prefix}/{year}"))
    }
}

impl Record for SeriesRecord {
    const KIND: RecordKind = RecordKind::new("number-series");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.series.prefix(), self.series.year())
    }
}

/// A partner's signed log of a month; its text lies in pieces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::central) struct PartnerLogRecord {
    /// What is known of it.
    pub(in crate::central) log: PartnerLog,
    /// In how many pieces its text lies.
    pub(in crate::central) pieces: u32,
}

impl PartnerLogRecord {
    pub(in crate::central) fn key_of(partner: PartnerId, month: BillingMonth) -> RecordKey {
        RecordKey::new(format_args!("{partner}/{month}"))
    }
}

impl Record for PartnerLogRecord {
    const KIND: RecordKind = RecordKind::new("partner-log");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.log.partner, self.log.month)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        vec![
            IndexEntry::shared(index::PARTNER, self.log.partner),
            IndexEntry::shared(index::MONTH, self.log.month),
        ]
    }
}

/// A piece of the text of a partner's signed log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::central) struct PartnerLogPieceRecord {
    /// Whose log.
    pub(in crate::central) partner: PartnerId,
    /// Of which month.
    pub(in crate::central) month: BillingMonth,
    /// Its place, from 0.
    pub(in crate::central) number: u32,
    /// The text.
    pub(in crate::central) text: String,
}

impl PartnerLogPieceRecord {
    pub(in crate::central) fn key_of(partner: PartnerId, month: BillingMonth, number: u32) -> RecordKey {
        RecordKey::new(format_args!("{partner}/{month}/{number}"))
    }
}

impl Record for PartnerLogPieceRecord {
    const KIND: RecordKind = RecordKind::new("partner-log-piece");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.partner, self.month, self.number)
    }
}
