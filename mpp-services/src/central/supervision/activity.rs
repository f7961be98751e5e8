//! What was done on a day, row by row, and what is held: the rows behind the counts of [`Today`](super::Today).

use jiff::civil::Date;
use mpp_core::{CaseRef, ConsentId, ConsentRequestId, ParcelId, PartnerId, Source, Timestamp};
use mpp_store::{IndexName, IndexValue, Page, Record, RecordKind, RecordReaderExt};

use super::Look;
use crate::central::records::{ConsentRecord, ConsentUseRecord, ParcelRecord, UseKind, index};
use crate::central::{CentralError, CentralService};

/// What there are rows of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// Consents that were given.
    Given,
    /// What was done under consents.
    Used(UseKind),
    /// Parcels whose bytes or keys are still here, of any day.
    Held,
}

impl Activity {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Given,
        Self::Used(UseKind::Fetched),
        Self::Used(UseKind::NoRecord),
        Self::Used(UseKind::Delivered),
        Self::Used(UseKind::Erased),
        Self::Used(UseKind::Expired),
        Self::Used(UseKind::Failed),
        Self::Held,
    ];

    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Used(kind) => kind.name(),
            Self::Held => "held",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// The records of it, and the index entry that leads to those of a day. What is counted is what is listed.
    pub(super) fn rows_on(self, day: Date) -> (RecordKind, Option<(IndexName, IndexValue)>) {
        let (kind, name, value) = match self {
            Self::Given => (ConsentRecord::KIND, index::DAY, IndexValue::new(day)),
            Self::Used(what) => {
                let value = IndexValue::new(format_args!("{day}/{}", what.name()));
                (ConsentUseRecord::KIND, index::DAY_DONE, value)
            }
            Self::Held => (ParcelRecord::KIND, index::KEPT, IndexValue::new("yes")),
        };
        (kind, Some((name, value)))
    }
}

/// One thing that was done, or is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityRow {
    /// When; of a parcel that is held, since when it stands as it does, and nothing before all of it has come.
    pub at: Option<Timestamp>,
    /// The consent it rests on.
    pub consent: ConsentId,
    /// The request the consent answers.
    pub request: ConsentRequestId,
    /// For whom.
    pub partner: PartnerId,
    /// The partner's own reference of the case.
    pub case_ref: CaseRef,
    /// From where.
    pub source: Source,
    /// The parcel, where there is one.
    pub parcel: Option<ParcelId>,
    /// The state of a parcel that is held, and until when it is kept.
    pub held: Option<(&'static str, Timestamp)>,
}

impl CentralService {
    /// What was done on a day, or is held now, the newest first.
    ///
    /// # Errors
    /// When the cursor is not one of this list, or the store does not answer.
    pub async fn activity(
        &self,
        what: Activity,
        day: Date,
        look: &Look,
    ) -> Result<Page<ActivityRow>, CentralError> {
        let (_, index) = what.rows_on(day);
        match what {
            Activity::Given => {
                let page = self.look_for::<ConsentRecord>(index, look, |_| true).await?;
                page.try_map(|record| {
                    let given_at = record.consent.artefact.issued_at;
                    Ok(ActivityRow { at: Some(given_at), ..row_under(record) })
                })
            }
            Activity::Used(_) => {
                let page = self.look_for::<ConsentUseRecord>(index, look, |_| true).await?;
                self.uses_with_consents(page).await
            }
            Activity::Held => {
                let page = self.look_for::<ParcelRecord>(index, look, |_| true).await?;
                page.try_map(|record| Ok(held_row(record)))
            }
        }
    }

    async fn uses_with_consents(
        &self,
        page: Page<ConsentUseRecord>,
    ) -> Result<Page<ActivityRow>, CentralError> {
        let keys: Vec<_> = page.items.iter().map(|used| ConsentRecord::key_of(used.consent)).collect();
        let consents = self.store().get_many::<ConsentRecord>(&keys).await?;
        // consents are kept longer than what was done under them
        let with_consent = |(used, consent): (ConsentUseRecord, Option<_>)| {
            let consent: mpp_store::Versioned<ConsentRecord> = consent?;
            Some(ActivityRow { at: Some(used.at), parcel: used.parcel, ..row_under(consent.record) })
        };
        let items = page.items.into_iter().zip(consents).filter_map(with_consent).collect();
        Ok(Page { items, next: page.next })
    }
}

fn row_under(record: ConsentRecord) -> ActivityRow {
    let consent = record.consent;
    ActivityRow {
        at: None,
        consent: consent.id,
        request: consent.request,
        partner: consent.partner,
        case_ref: record.case_ref,
        source: consent.source,
        parcel: None,
        held: None,
    }
}

fn held_row(record: ParcelRecord) -> ActivityRow {
    let parcel = record.parcel;
    ActivityRow {
        at: parcel.state.since(),
        consent: parcel.consent,
        request: parcel.request,
        partner: parcel.partner,
        case_ref: record.case_ref,
        source: parcel.source,
        parcel: Some(parcel.id),
        held: Some((parcel.state.state_name(), parcel.expires_at)),
    }
}
