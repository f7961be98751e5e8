//! Prices and bills on the wire.

use mpp_api::central::{
    BillRowView, BillView, ComparisonView, CreditPartForm, LineFaultView, PricePlanView, ReconciliationView,
};
use mpp_billing::{Comparison, LineFault};
use mpp_services::central::{BillFile, BillRow, CreditPart, PlanFile, PlanState, Reconciled};

pub(super) fn plan(file: PlanFile) -> PricePlanView {
    let status = file.state.name().to_owned();
    let (proposed_by, decided_by, at) = match file.state {
        PlanState::Proposed { by, at } => (Some(by), None, at),
        PlanState::Approved { proposed_by, by, at } => (Some(proposed_by), Some(by), at),
        PlanState::Withdrawn { by, at } => (None, Some(by), at),
    };
    PricePlanView { plan: file.plan.into(), status, proposed_by, decided_by, at }
}

pub(super) fn bill(file: BillFile, printer: bool) -> BillView {
    BillView {
        bill_id: file.id,
        printable: printer && file.bill.issue().is_some(),
        bill: file.bill,
        counted_now: file.counted_now,
        related: file.related.into_iter().map(bill_row).collect(),
        partner_log: file.partner_log.map(super::partner_logs::view),
    }
}

pub(in crate::central::routes) fn bill_row(row: BillRow) -> BillRowView {
    BillRowView {
        bill_id: row.id,
        partner_id: row.partner,
        recipient: row.recipient,
        month: row.month,
        against: row.against,
        status: row.status.to_owned(),
        number: row.number,
        payable: row.payable,
    }
}

/// Lines are counted from 1 by people; a line 0 is none.
pub(super) fn credit_part(part: CreditPartForm) -> CreditPart {
    let line = part.serial.checked_sub(1).and_then(|line| usize::try_from(line).ok());
    CreditPart { line: line.unwrap_or(usize::MAX), quantity: part.quantity, unit_price: part.unit_price }
}

pub(super) fn reconciled(found: Reconciled) -> ReconciliationView {
    ReconciliationView {
        with_partner: found.with_partner.map(comparison),
        with_source: found.with_source.map(comparison),
        partner_with_source: found.partner_with_source.map(comparison),
        partner_faults: found.partner_faults.into_iter().map(fault).collect(),
        source_faults: found.source_faults.into_iter().map(fault).collect(),
    }
}

pub(super) fn comparison(found: Comparison) -> ComparisonView {
    ComparisonView {
        matched: u64::try_from(found.matched.len()).unwrap_or(u64::MAX),
        missing_here: found.missing_here,
        missing_there: found.missing_there,
        differs: found.differs,
        repeated: found.repeated,
    }
}

fn fault(fault: LineFault) -> LineFaultView {
    let problem = fault.problem;
    LineFaultView {
        line: fault.line,
        problem: problem.to_string(),
        code: problem.code().to_owned(),
        same_as_line: problem.same_as_line(),
    }
}
