//! Finding things by what people have in hand: an identifier, a case reference, a mobile number.

use mpp_core::{CaseRef, ConsentId, ConsentRequestId, MobileNumber, ParcelId, PartnerId};
use mpp_store::RecordReaderExt;

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

/// How many requests are found by a reference or number.
const MOST: u32 = 20;

impl CentralService {
    /// Whatever `text` names.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn find(&self, text: &str) -> Result<Vec<Found>, CentralError> {
        let text = text.trim();
        if let Some(found) = self.find_by_id(text).await? {
            return Ok(vec![found]);
        }
        let search = match (text.parse::<MobileNumber>(), text.parse::<CaseRef>()) {
            (Ok(mobile), _) => RequestSearch { mobile: Some(mobile), ..RequestSearch::default() },
            (Err(_), Ok(case_ref)) => RequestSearch { case_ref: Some(case_ref), ..RequestSearch::default() },
            (Err(_), Err(_)) => return Ok(Vec::new()),
        };
        let page = self.search_requests(&search, &Look { after: None, limit: MOST }).await?;
        let found = |row: RequestRow| Found { thing: FoundThing::Request(row.id), request: Some(row) };
        Ok(page.items.into_iter().map(found).collect())
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
