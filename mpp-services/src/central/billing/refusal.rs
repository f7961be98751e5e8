//! Why prices and bills stay as they are.

use mpp_billing::{
    BillError, BillingMonth, CloseError, CreditError, InvalidParty, MoneyError, NumberError, PricePlanError,
    StatementError,
};

use super::PartnerLogRefusal;

/// Why prices and bills stay as they are, or logs cannot be compared. Texts name no customer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BillingRefusal {
    /// The configuration says nothing about billing.
    #[error("central's configuration has no section on billing: supplier and number series are not known")]
    NotConfigured,
    /// The partner has no billing address yet.
    #[error("the partner has no billing address yet")]
    NoAddress,
    /// No approved price plan holds in the month.
    #[error("no approved price plan of this partner holds in {0}")]
    NoPlan(BillingMonth),
    /// The month is not over in India.
    #[error("{0} is not over yet")]
    MonthNotOver(BillingMonth),
    /// The month is so long ago that its books may be gone: it may have been billed.
    #[error("the books of {0} are not kept any more")]
    MonthForgotten(BillingMonth),
    /// There is an invoice for the month.
    #[error("there is an invoice for {0} already; discard, cancel or credit it first")]
    AlreadyBilled(BillingMonth),
    /// The name has characters that do not fit into an address.
    #[error("a price plan is named by letters, digits, '-', '_' and '.'")]
    PlanName,
    /// There is a plan of this name.
    #[error("there is a price plan of this name already")]
    PlanNameTaken,
    /// The plan begins or ends within a month.
    #[error("a price plan begins on the first and ends on the last day of a month")]
    PlanWithinMonth,
    /// Another approved plan of the partner holds at the same time.
    #[error("another approved price plan of this partner holds at the same time")]
    PlanOverlaps,
    /// The plan was approved or withdrawn before.
    #[error("this price plan is not waiting for approval")]
    PlanNotProposed,
    /// Who proposed the plan wants to approve it, too.
    #[error("a price plan is approved by another person than the one who proposed it")]
    SamePerson,
    /// The plan cannot be used.
    #[error(transparent)]
    Plan(#[from] PricePlanError),
    /// The partner cannot stand on a bill.
    #[error(transparent)]
    Party(#[from] InvalidParty),
    /// The month cannot be closed.
    #[error(transparent)]
    Close(#[from] CloseError),
    /// The bill does not change.
    #[error(transparent)]
    Bill(#[from] BillError),
    /// No credit note can be drafted.
    #[error(transparent)]
    Credit(#[from] CreditError),
    /// There is no number.
    #[error(transparent)]
    Number(#[from] NumberError),
    /// An amount or count is too large.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// A period ends before it begins, or is longer than a year.
    #[error("a period has a first and a last day, at most 366 days apart")]
    Period,
    /// A file of another side cannot be read.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// Nothing to compare with.
    #[error("there is no file to compare with")]
    NothingToCompare,
    /// A partner's signed log is not taken.
    #[error(transparent)]
    PartnerLog(#[from] PartnerLogRefusal),
}

impl BillingRefusal {
    /// The stable code for clients.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotConfigured => "billing_not_configured",
            Self::NoAddress => "billing_address_missing",
            Self::NoPlan(_) => "price_plan_missing",
            Self::MonthNotOver(_) => "month_not_over",
            Self::MonthForgotten(_) => "month_forgotten",
            Self::AlreadyBilled(_) => "month_billed_already",
            Self::PlanName => "price_plan_name_invalid",
            Self::PlanNameTaken => "price_plan_name_taken",
            Self::PlanWithinMonth => "price_plan_within_month",
            Self::PlanOverlaps => "price_plan_overlaps",
            Self::PlanNotProposed => "price_plan_not_proposed",
            Self::SamePerson | Self::Bill(BillError::SamePerson) => "second_person_needed",
            Self::Plan(_) => "price_plan_invalid",
            Self::Party(_) => "billing_address_invalid",
            Self::Close(_) => "month_not_billable",
            Self::Bill(_) | Self::Number(_) => "bill_step_refused",
            Self::Credit(_) => "credit_refused",
            Self::Money(_) => "amount_too_large",
            Self::Period => "period_invalid",
            Self::Statement(_) => "statement_unreadable",
            Self::NothingToCompare => "statement_missing",
            Self::PartnerLog(refusal) => refusal.code(),
        }
    }

    /// Whether it lies in how things stand, rather than in what was sent.
    #[must_use]
    pub const fn is_conflict(&self) -> bool {
        matches!(
            self,
            Self::NotConfigured
                | Self::NoAddress
                | Self::NoPlan(_)
                | Self::MonthNotOver(_)
                | Self::MonthForgotten(_)
                | Self::AlreadyBilled(_)
                | Self::PlanNameTaken
                | Self::PlanOverlaps
                | Self::PlanNotProposed
                | Self::SamePerson
                | Self::Bill(_)
                | Self::Number(_)
        )
    }
}
