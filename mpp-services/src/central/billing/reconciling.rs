//! Our log of uses against what others wrote down.

use std::collections::BTreeSet;

use mpp_billing::{BillingMonth, Comparison, LineFault, LogEntry, Reference, compare, read_statement};
use mpp_core::{PartnerId, Source, UsageEvent};

use super::BillingRefusal;
use crate::central::{CentralError, CentralService};

/// What is to be compared: our log of a month, and the files of others.
#[derive(Debug, Clone)]
pub struct Reconciliation<'a> {
    /// The month.
    pub month: BillingMonth,
    /// Only this partner's uses.
    pub partner: Option<PartnerId>,
    /// Only uses of this source.
    pub source: Option<Source>,
    /// The partner's log, as CSV.
    pub partner_log: Option<&'a [u8]>,
    /// The source's statement, as CSV.
    pub statement: Option<&'a [u8]>,
}

impl Reconciliation<'_> {
    fn covers(&self, event: &UsageEvent) -> bool {
        self.partner.is_none_or(|partner| event.partner == partner)
            && self.source.as_ref().is_none_or(|source| event.source == *source)
    }
}

/// How the logs stand to each other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reconciled {
    /// Ours (here) and the partner's (there).
    pub with_partner: Option<Comparison>,
    /// Ours (here) and the source's (there).
    pub with_source: Option<Comparison>,
    /// The partner's (here) and the source's (there), when both files are there.
    pub partner_with_source: Option<Comparison>,
    /// Lines of the partner's log that could not be read.
    pub partner_faults: Vec<LineFault>,
    /// Lines of the statement that could not be read.
    pub source_faults: Vec<LineFault>,
}

impl CentralService {
    /// Compares our log of a month with the files of others. Nothing of the files is kept. Where only a partner's uses or
    /// those of a source are compared, lines about other uses of ours are left out; lines we know nothing of never are.
    ///
    /// # Errors
    /// When there is no file, one has no proper header or too many lines, the month's books are gone, or the store does
    /// not answer.
    pub async fn reconcile(&self, wanted: &Reconciliation<'_>) -> Result<Reconciled, CentralError> {
        if wanted.partner_log.is_none() && wanted.statement.is_none() {
            return Err(BillingRefusal::NothingToCompare.into());
        }
        if self.month_is_forgotten(wanted.month) {
            return Err(BillingRefusal::MonthForgotten(wanted.month).into());
        }
        let read = |bytes: Option<&[u8]>| bytes.map(read_statement).transpose().map_err(BillingRefusal::from);
        let (mut partner, mut source) = (read(wanted.partner_log)?, read(wanted.statement)?);
        let uses = self.uses(None, wanted.month).await?;
        let (within, outside): (Vec<_>, Vec<_>) = uses.iter().partition(|event| wanted.covers(event));
        let ours: Vec<_> = within.into_iter().map(|event| LogEntry::of(event, None)).collect();
        let outside: BTreeSet<_> = outside.into_iter().map(Reference::of).collect();
        for file in [&mut partner, &mut source].into_iter().flatten() {
            file.entries.retain(|entry| !outside.contains(&entry.reference));
        }
        let both = partner.as_ref().zip(source.as_ref());
        Ok(Reconciled {
            with_partner: partner.as_ref().map(|partner| compare(&ours, &partner.entries)),
            with_source: source.as_ref().map(|source| compare(&ours, &source.entries)),
            partner_with_source: both.map(|(partner, source)| compare(&partner.entries, &source.entries)),
            partner_faults: partner.map(|partner| partner.faults).unwrap_or_default(),
            source_faults: source.map(|source| source.faults).unwrap_or_default(),
        })
    }
}
