//! A bill from its draft on. What it says never changes; only the state does.
//!
//! | state | approve | finalise | credit | cancel | discard | report |
//! | --- | --- | --- | --- | --- | --- | --- |
//! | draft | approved | - | - | - | discarded | - |
//! | approved | - | final | - | - | discarded | - |
//! | final | - | - | credited | cancelled | - | final |
//! | credited | - | - | credited | - | - | credited |
//! | cancelled | - | - | - | - | - | - |
//! | discarded | - | - | - | - | - | - |

use jiff::civil::Date;
use mpp_core::{InvalidTransition, StaffId, Timestamp};
use serde::{Deserialize, Serialize};

mod error;
mod notes;

pub use error::BillError;
pub(crate) use notes::{Beyond, TakenBack, serial};
pub use notes::{CreditedLine, NoteOnBill};

use crate::{
    BillContent, DocumentKind, DocumentNumber, EInvoice, EInvoiceError, FinancialYear, MoneyError,
    NumberSeries,
};

/// An invoice or a credit note with its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "BillForm", into = "BillForm")]
pub struct Bill {
    content: BillContent,
    state: BillState,
}

#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BillForm {
    content: BillContent,
    state: BillState,
}

/// Number, date and people of a document that is out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Issue {
    /// Its number.
    pub number: DocumentNumber,
    /// Its date.
    #[cfg_attr(feature = "schema", schemars(with = "mpp_core::schema::Day"))]
    pub date: Date,
    /// Who drafted it.
    pub drafted_by: StaffId,
    /// Who approved it.
    pub approved_by: StaffId,
    /// When it became final.
    pub at: Timestamp,
    /// Where it stands at the registration portal.
    pub e_invoice: EInvoice,
}

/// Where a bill stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "state", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum BillState {
    /// Computed, to be looked at by a second person.
    Draft {
        /// Who drafted it.
        by: StaffId,
        /// When.
        at: Timestamp,
    },
    /// A second person agrees.
    Approved {
        /// Who drafted it.
        drafted_by: StaffId,
        /// Who approved it.
        by: StaffId,
        /// When.
        at: Timestamp,
    },
    /// Out, with a number.
    Final {
        /// Number, date and people.
        issue: Issue,
    },
    /// Out, and partly or wholly taken back by credit notes.
    Credited {
        /// Number, date and people.
        issue: Issue,
        /// The credit notes.
        notes: Vec<NoteOnBill>,
    },
    /// Cancelled after it had a number; the number stays taken.
    Cancelled {
        /// Number, date and people.
        issue: Issue,
        /// Why.
        reason: String,
        /// Who cancelled it.
        by: StaffId,
        /// When.
        at: Timestamp,
    },
    /// Thrown away before it had a number.
    Discarded {
        /// When.
        at: Timestamp,
    },
}

impl Bill {
    /// The machine's name.
    pub const MACHINE: &'static str = "bill";
    /// Every state.
    pub const STATES: [&'static str; 6] =
        ["draft", "approved", "final", "credited", "cancelled", "discarded"];
    /// Every event.
    pub const EVENTS: [&'static str; 6] = ["approve", "finalise", "credit", "cancel", "discard", "report"];

    /// A draft.
    #[must_use]
    pub const fn draft(content: BillContent, by: StaffId, now: Timestamp) -> Self {
        Self { content, state: BillState::Draft { by, at: now } }
    }

    /// What it says.
    #[must_use]
    pub const fn content(&self) -> &BillContent {
        &self.content
    }

    /// Where it stands.
    #[must_use]
    pub const fn state(&self) -> &BillState {
        &self.state
    }

    /// Number, date and people, once it has them.
    #[must_use]
    pub const fn issue(&self) -> Option<&Issue> {
        match &self.state {
            BillState::Final { issue }
            | BillState::Credited { issue, .. }
            | BillState::Cancelled { issue, .. } => Some(issue),
            BillState::Draft { .. } | BillState::Approved { .. } | BillState::Discarded { .. } => None,
        }
    }

    /// Whether credit notes take all of it back.
    ///
    /// # Errors
    /// When an amount is too large.
    pub fn is_taken_back(&self) -> Result<bool, MoneyError> {
        let notes = self.notes();
        Ok(!notes.is_empty() && TakenBack::by(&self.content, notes)?.is_all()?)
    }

    pub(crate) fn notes(&self) -> &[NoteOnBill] {
        match &self.state {
            BillState::Credited { notes, .. } => notes,
            BillState::Draft { .. }
            | BillState::Approved { .. }
            | BillState::Final { .. }
            | BillState::Cancelled { .. }
            | BillState::Discarded { .. } => &[],
        }
    }

    /// A second person agrees.
    ///
    /// # Errors
    /// Unless a draft of somebody else.
    pub fn approve(self, by: StaffId, now: Timestamp) -> Result<Self, BillError> {
        match self.state {
            BillState::Draft { by: drafted_by, .. } if drafted_by == by => Err(BillError::SamePerson),
            BillState::Draft { by: drafted_by, .. } => {
                Ok(Self { content: self.content, state: BillState::Approved { drafted_by, by, at: now } })
            }
            state @ (BillState::Approved { .. }
            | BillState::Final { .. }
            | BillState::Credited { .. }
            | BillState::Cancelled { .. }
            | BillState::Discarded { .. }) => Err(refuse(&state, "approve")),
        }
    }

    /// The invoice takes its number and goes out. Store bill and series together or neither.
    ///
    /// # Errors
    /// Unless an approved invoice dated on the period's last day or later, with a number left in the series.
    pub fn finalise(
        self,
        series: NumberSeries,
        date: Date,
        e_invoice: EInvoice,
        now: Timestamp,
    ) -> Result<(Self, NumberSeries), BillError> {
        if matches!(self.state, BillState::Approved { .. }) && self.content.is_credit_note() {
            return Err(BillError::CreditAlone);
        }
        let earliest = self.content.period.last_day();
        self.number(series, date, earliest, e_invoice, now)
    }

    /// The approved credit note goes out and stands on this invoice from then on. Store invoice, note and series
    /// together or none.
    ///
    /// # Errors
    /// Unless final or credited; when the note is not approved or not on this invoice, takes back too much, or comes
    /// too late.
    pub fn credit(
        self,
        note: Self,
        series: NumberSeries,
        date: Date,
        e_invoice: EInvoice,
        now: Timestamp,
    ) -> Result<(Self, Self, NumberSeries), BillError> {
        let (issue, mut notes) = match self.state {
            BillState::Final { issue } => (issue, Vec::new()),
            BillState::Credited { issue, notes } => (issue, notes),
            state @ (BillState::Draft { .. }
            | BillState::Approved { .. }
            | BillState::Cancelled { .. }
            | BillState::Discarded { .. }) => return Err(refuse(&state, "credit")),
        };
        check_against(&self.content, &issue, &note)?;
        let last_day = FinancialYear::of(issue.date).last_day_for_credit();
        if date > last_day {
            return Err(BillError::CreditTooLate(last_day));
        }
        let (note, series) = note.number(series, date, issue.date, e_invoice, now)?;
        notes.extend(NoteOnBill::of(&note));
        TakenBack::by(&self.content, &notes)?.check()?;
        Ok((Self { content: self.content, state: BillState::Credited { issue, notes } }, note, series))
    }

    /// The document is void; its number stays taken.
    ///
    /// # Errors
    /// Unless final and not registered as an e-invoice.
    pub fn cancel(self, reason: String, by: StaffId, now: Timestamp) -> Result<Self, BillError> {
        match self.state {
            BillState::Final { issue } if matches!(issue.e_invoice, EInvoice::Issued { .. }) => {
                Err(BillError::StillRegistered)
            }
            // A cancelled note would leave its invoice short of what it asks for.
            BillState::Final { .. } if self.content.is_credit_note() => Err(BillError::CreditAlone),
            BillState::Final { issue } => {
                let state = BillState::Cancelled { issue, reason, by, at: now };
                Ok(Self { content: self.content, state })
            }
            state @ (BillState::Draft { .. }
            | BillState::Approved { .. }
            | BillState::Credited { .. }
            | BillState::Cancelled { .. }
            | BillState::Discarded { .. }) => Err(refuse(&state, "cancel")),
        }
    }

    /// The draft is thrown away.
    ///
    /// # Errors
    /// Unless it has no number yet.
    pub fn discard(self, now: Timestamp) -> Result<Self, BillError> {
        match self.state {
            BillState::Draft { .. } | BillState::Approved { .. } => {
                Ok(Self { content: self.content, state: BillState::Discarded { at: now } })
            }
            state @ (BillState::Final { .. }
            | BillState::Credited { .. }
            | BillState::Cancelled { .. }
            | BillState::Discarded { .. }) => Err(refuse(&state, "discard")),
        }
    }

    /// The registration portal answered: `change` is one of the events of [`EInvoice`].
    ///
    /// # Errors
    /// Unless final or credited, or when the e-invoice refuses the event.
    pub fn report(
        self,
        change: impl FnOnce(EInvoice) -> Result<EInvoice, EInvoiceError>,
    ) -> Result<Self, BillError> {
        let changed = |issue: Issue| {
            change(issue.e_invoice).map(|e_invoice| Issue {
                number: issue.number,
                date: issue.date,
                drafted_by: issue.drafted_by,
                approved_by: issue.approved_by,
                at: issue.at,
                e_invoice,
            })
        };
        let state = match self.state {
            BillState::Final { issue } => BillState::Final { issue: changed(issue)? },
            BillState::Credited { issue, notes } => BillState::Credited { issue: changed(issue)?, notes },
            state @ (BillState::Draft { .. }
            | BillState::Approved { .. }
            | BillState::Cancelled { .. }
            | BillState::Discarded { .. }) => return Err(refuse(&state, "report")),
        };
        Ok(Self { content: self.content, state })
    }

    fn number(
        self,
        series: NumberSeries,
        date: Date,
        earliest: Date,
        e_invoice: EInvoice,
        now: Timestamp,
    ) -> Result<(Self, NumberSeries), BillError> {
        let (drafted_by, approved_by) = match self.state {
            BillState::Approved { drafted_by, by, .. } => (drafted_by, by),
            state @ (BillState::Draft { .. }
            | BillState::Final { .. }
            | BillState::Credited { .. }
            | BillState::Cancelled { .. }
            | BillState::Discarded { .. }) => return Err(refuse(&state, "finalise")),
        };
        if date < earliest {
            return Err(BillError::DateTooEarly);
        }
        let (number, series) = series.take(date)?;
        let issue = Issue { number, date, drafted_by, approved_by, at: now, e_invoice };
        Ok((Self { content: self.content, state: BillState::Final { issue } }, series))
    }
}

impl BillState {
    /// The state's name.
    #[must_use]
    pub const fn state_name(&self) -> &'static str {
        match self {
            Self::Draft { .. } => "draft",
            Self::Approved { .. } => "approved",
            Self::Final { .. } => "final",
            Self::Credited { .. } => "credited",
            Self::Cancelled { .. } => "cancelled",
            Self::Discarded { .. } => "discarded",
        }
    }
}

fn refuse(state: &BillState, event: &'static str) -> BillError {
    InvalidTransition { machine: Bill::MACHINE, state: state.state_name(), event }.into()
}

/// Whether the note corrects exactly this invoice, of the same two parties.
fn check_against(content: &BillContent, issue: &Issue, note: &Bill) -> Result<(), BillError> {
    let same_parties = note.content.partner == content.partner && note.content.recipient == content.recipient;
    match &note.content.document {
        DocumentKind::CreditNote { against, .. }
            if same_parties && against.number == issue.number && against.date == issue.date =>
        {
            Ok(())
        }
        DocumentKind::CreditNote { .. } | DocumentKind::Invoice => Err(BillError::OtherInvoice),
    }
}

impl TryFrom<BillForm> for Bill {
    type Error = BillError;

    fn try_from(BillForm { content, state }: BillForm) -> Result<Self, BillError> {
        if content.adds_up() { Ok(Self { content, state }) } else { Err(BillError::DoesNotAddUp) }
    }
}

impl From<Bill> for BillForm {
    fn from(Bill { content, state }: Bill) -> Self {
        Self { content, state }
    }
}
