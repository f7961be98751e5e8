//! Numbers of documents, and what the invoice registration portal said of them.

use mpp_billing::{Bill, BillError, EInvoice, FinancialYear, NumberSeries};
use mpp_core::{BillId, Sha256Digest, StaffId};
use mpp_store::{RecordReaderExt, Versioned};

use super::{BillFile, BillingRefusal, BillingSettings};
use crate::central::audit::{Action, Actor};
use crate::central::change::Change;
use crate::central::records::SeriesRecord;
use crate::central::{CentralError, CentralService};

/// What the invoice registration portal said. Whoever registers invoices there brings the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Registration {
    /// It gave its reference number and signed code.
    Issued {
        /// The invoice reference number.
        irn: Sha256Digest,
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

/// A series as it was read, or one that begins.
pub(super) enum Series {
    Read(Versioned<SeriesRecord>),
    New(NumberSeries),
}

impl Series {
    pub(super) fn numbers(&self) -> NumberSeries {
        match self {
            Self::Read(read) => read.record.series.clone(),
            Self::New(series) => series.clone(),
        }
    }

    /// Stores how far it is now.
    pub(super) fn store(self, series: NumberSeries, change: &mut Change<'_>) {
        let record = SeriesRecord { series };
        match self {
            Self::Read(read) => change.update(&Versioned { record, ..read }),
            Self::New(_) => change.insert(&record),
        }
    }
}

impl BillingSettings {
    pub(super) const fn registration(&self) -> EInvoice {
        if self.e_invoices { EInvoice::Pending } else { EInvoice::NotRequired }
    }
}

impl CentralService {
    pub(super) fn billing_settings(&self) -> Result<&BillingSettings, BillingRefusal> {
        self.settings().billing.as_ref().ok_or(BillingRefusal::NotConfigured)
    }

    pub(super) async fn series(&self, prefix: &str, year: FinancialYear) -> Result<Series, CentralError> {
        let found = self.store().get::<SeriesRecord>(&SeriesRecord::key_of(prefix, year)).await?;
        match found {
            Some(read) => Ok(Series::Read(read)),
            None => Ok(Series::New(NumberSeries::begin(prefix, year).map_err(BillingRefusal::from)?)),
        }
    }

    /// Notes what the invoice registration portal said of a document.
    ///
    /// # Errors
    /// Unless the document is out and the portal was to be asked, and as [`EInvoice`] says.
    pub async fn note_registration(
        &self,
        id: BillId,
        said: &Registration,
        staff: &StaffId,
    ) -> Result<BillFile, CentralError> {
        self.until_settled(|| async {
            let mut read = self.bill_record(id).await?;
            let mut change = Change::new(self);
            let now = change.now();
            let told = |at_portal: EInvoice| match said.clone() {
                Registration::Issued { irn, signed_qr } => at_portal.issue(irn, signed_qr, now),
                Registration::Refused { code } => at_portal.fail(code, now),
                Registration::Cancelled => at_portal.cancel(now),
            };
            let noted: Result<Bill, BillError> = read.record.bill.report(told);
            read.record.bill = noted.map_err(BillingRefusal::from)?;
            change.update(&read);
            change.audit(
                Action::RegistrationNoted,
                Actor::Staff(staff.clone()),
                &super::bills::about(&read.record),
            );
            change.commit().await?;
            self.bill(id).await
        })
        .await
    }
}
