//! Finding things by what people have in hand: an identifier, a case reference, a mobile number.

use mpp_core::{CaseRef, ConsentId, ConsentRequestId, MobileNumber, ParcelId, PartnerId};
use mpp_store::{Page, RecordReaderExt};

use super::{Look, RequestRow, RequestSearch};
use crate::central::records::{ConsentRecord, ParcelRecord, PartnerRecord, RequestRecord};
use crate::central::{CentralError, CentralService};

/// Something that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// What it is.
    pub thing: FoundThing,
    /// The file it belongs to, where it belongs to one.
    pub request: Option<RequestRow>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FoundThing {
    /// A partner.
    Partner(PartnerId),
    /// A consent request.
    Request(ConsentRequestId),
    /// A consent.
    Consent(ConsentId),
    /// A parcel.
    Parcel(ParcelId),
}

/// Everything that a text names.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Findings {
    /// What was found; of very much, the newest requests.
    pub found: Vec<Found>,
    /// Whether there is more.
    pub more: bool,
}

impl Findings {
    fn add(&mut self, page: Page<RequestRow>) {
        self.more |= page.next.is_some();
        for row in page.items {
            let thing = FoundThing::Request(row.id);
            if self.found.iter().all(|found| found.thing != thing) {
                self.found.push(Found { thing, request: Some(row) });
            }
        }
    }
}

/// How many requests are found by a reference, and by a number.
const MOST: u32 = 20;

impl CentralService {
    /// Whatever `text` names. Ten digits may be a case reference as well as a mobile number.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn find(&self, text: &str) -> Result<Findings, CentralError> {
        let text = text.trim();
        if let Some(found) = self.find_by_id(text).await? {
            return Ok(Findings { found: vec![found], more: false });
        }
        let of_case = text.parse::<CaseRef>().ok();
        let of_customer = text.parse::<MobileNumber>().ok();
        let searches = [
            of_case.map(|case_ref| RequestSearch { case_ref: Some(case_ref), ..RequestSearch::default() }),
            of_customer.map(|mobile| RequestSearch { mobile: Some(mobile), ..RequestSearch::default() }),
        ];
        let mut findings = Findings::default();
        for search in searches.into_iter().flatten() {
            findings.add(self.search_requests(&search, &Look { after: None, limit: MOST }).await?);
        }
        Ok(findings)
    }

    async fn find_by_id(&self, text: &str) -> Result<Option<Found>, CentralError> {
        // every identifier has the same form: whichever it names
        let Ok(id) = text.parse::<ConsentRequestId>() else { return Ok(None) };
        if let Some(row) = self.row_of(id).await? {
            return Ok(Some(Found { thing: FoundThing::Request(id), request: Some(row) }));
        }
        if let Ok(id) = text.parse::<ConsentId>()
            && let Some(read) = self.store().get::<ConsentRecord>(&ConsentRecord::key_of(id)).await?
        {
            let request = self.row_of(read.record.consent.request).await?;
            return Ok(Some(Found { thing: FoundThing::Consent(id), request }));
        }
        if let Ok(id) = text.parse::<ParcelId>()
            && let Some(read) = self.store().get::<ParcelRecord>(&ParcelRecord::key_of(id)).await?
        {
            let request = self.row_of(read.record.parcel.request).await?;
            return Ok(Some(Found { thing: FoundThing::Parcel(id), request }));
        }
        if let Ok(id) = text.parse::<PartnerId>()
            && self.store().get::<PartnerRecord>(&PartnerRecord::key_of(id)).await?.is_some()
        {
            return Ok(Some(Found { thing: FoundThing::Partner(id), request: None }));
        }
        Ok(None)
    }

    async fn row_of(&self, id: ConsentRequestId) -> Result<Option<RequestRow>, CentralError> {
        let found = self.store().get::<RequestRecord>(&RequestRecord::key_of(id)).await?;
        Ok(found.map(|read| RequestRow::of(&read.record)))
    }
}
