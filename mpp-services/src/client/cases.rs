//! Cases: the partner's application asks for a customer's consent.

use mpp_core::{CaseRef, ConsentRequestId, CustomerParticulars, ProductId, Sha256Digest, Timestamp};
use mpp_crypto::sha256;
use mpp_store::{IndexValue, Record, RecordReaderExt, Versioned};
use url::Url;

use super::audit::{Action, Actor, Subject};
use super::change::Change;
use super::gateway::{PlacedRequest, RequestStanding, RequestToPlace};
use super::reading::Item;
use super::records::{CaseRecord, CaseSecret, CollectionRecord, ConsentRecord, ItemRecord, index};
use super::{Application, ClientError, ClientService, Scope};

pub(super) const SECRET: &str = "secret";

/// What the application asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartCase {
    /// The product whose terms are asked for.
    pub product: ProductId,
    /// The application's own reference, unique among its cases.
    pub case_ref: CaseRef,
    /// Whom to ask.
    pub customer: CustomerParticulars,
}

/// A case with its consent request at central.
#[derive(Clone, PartialEq, Eq)]
pub struct StartedCase {
    /// The request.
    pub request: ConsentRequestId,
    /// The one-time link for the customer's app.
    pub link: Url,
    /// Until when the link can be opened.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for StartedCase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StartedCase").field("request", &self.request).finish_non_exhaustive()
    }
}

/// What has been received for a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The case.
    pub case_ref: CaseRef,
    /// The documents that can be read, oldest first.
    pub items: Vec<Item>,
}

impl ClientService {
    /// Asks for a customer's consent. The same call for the same case gives the same answer, as long as the link can be opened.
    ///
    /// # Errors
    /// [`ClientError::CaseRefTaken`] when the case was started otherwise, was taken back, or its link has expired, [`ClientError::ProductNotApproved`],
    /// [`ClientError::ProductRetired`], [`ClientError::NotEnrolled`], and what central refuses.
    pub async fn start_case(
        &self,
        application: &Application,
        call: &StartCase,
    ) -> Result<StartedCase, ClientError> {
        application.require(Scope::Consents)?;
        self.start_case_as(&Actor::Application(application.key()), call).await
    }

    /// Asks for a customer's consent as whoever may.
    pub(super) async fn start_case_as(
        &self,
        starter: &Actor,
        call: &StartCase,
    ) -> Result<StartedCase, ClientError> {
        self.identity().await?;
        let call_sha256 = digest_of(call)?;
        let known = self.store().get::<CaseRecord>(&CaseRecord::key_of(&call.case_ref)).await?;
        if let Some(read) = known {
            return self.repeated(&read, call_sha256);
        }
        let product = self.offered_version(call.product).await?;
        let to_place = RequestToPlace {
            product: call.product,
            case_ref: call.case_ref.clone(),
            customer: call.customer.clone(),
        };
        let name = format!("case-{}", call.case_ref);
        let placed = self.central().place_consent_request(&name, &to_place).await?;
        // central may have taken a newer version since, or placed the request with an older one before its answer was lost
        let asked_for = placed.product_version.unwrap_or(product.version);
        let record = self.case_record(starter, call, asked_for, &placed, call_sha256)?;
        match self.write_case(starter, &record).await {
            // the same call was made twice at the same time: the first one's answer stands
            Err(error) if error.is_conflict() => {
                match self.store().get::<CaseRecord>(&record.key()).await? {
                    Some(read) => self.repeated(&read, call_sha256),
                    // nobody wrote the case: the epoch it was sealed in has ended
                    None => Err(error),
                }
            }
            Err(error) => Err(error),
            Ok(()) => {
                Ok(StartedCase { request: placed.request, link: placed.link, expires_at: placed.expires_at })
            }
        }
    }

    /// How a consent request stands at central.
    ///
    /// # Errors
    /// [`ClientError::NotFound`] when it was not placed here, and what central refuses.
    pub async fn case_standing(
        &self,
        application: &Application,
        request: ConsentRequestId,
    ) -> Result<RequestStanding, ClientError> {
        application.require(Scope::Consents)?;
        let known =
            self.store().first_by_index::<CaseRecord>(index::REQUEST, IndexValue::new(request)).await?;
        known.ok_or(ClientError::NotFound)?;
        Ok(self.central().consent_request(request).await?)
    }

    /// The documents of a case that can be read.
    ///
    /// # Errors
    /// [`ClientError::NotFound`] when nothing is known of the case.
    pub async fn case_items(
        &self,
        application: &Application,
        case_ref: &CaseRef,
    ) -> Result<Case, ClientError> {
        application.require(Scope::Data)?;
        let value = IndexValue::new(case_ref);
        let records = self.store().every_by_index::<ItemRecord>(index::CASE, value).await?;
        if records.is_empty() && !self.knows_case(case_ref).await? {
            return Err(ClientError::NotFound);
        }
        let now = self.now();
        let readable = records.into_iter().map(|read| read.record).filter(|record| record.is_readable(now));
        let items: Result<Vec<Item>, ClientError> = readable.map(|record| self.item_view(record)).collect();
        Ok(Case { case_ref: case_ref.clone(), items: items? })
    }

    /// A case is known when it was started here or central told of it.
    async fn knows_case(&self, case_ref: &CaseRef) -> Result<bool, ClientError> {
        if self.store().get::<CaseRecord>(&CaseRecord::key_of(case_ref)).await?.is_some() {
            return Ok(true);
        }
        let value = IndexValue::new(case_ref);
        let consents = self.store().by_index::<ConsentRecord>(index::CASE, value.clone(), None, 1).await?;
        let parcels = self.store().by_index::<CollectionRecord>(index::CASE, value, None, 1).await?;
        Ok(!consents.items.is_empty() || !parcels.items.is_empty())
    }

    fn repeated(
        &self,
        read: &Versioned<CaseRecord>,
        call_sha256: Sha256Digest,
    ) -> Result<StartedCase, ClientError> {
        let secret = self.case_secret(&read.record)?;
        if secret.call_sha256 != call_sha256 || self.now() >= read.record.expires_at {
            return Err(ClientError::CaseRefTaken);
        }
        // a link is dropped only when it no longer opens: its time is over, or the request was taken back
        let link = secret.link.ok_or(ClientError::CaseRefTaken)?;
        Ok(StartedCase { request: read.record.request, link, expires_at: read.record.expires_at })
    }

    fn case_secret(&self, record: &CaseRecord) -> Result<CaseSecret, ClientError> {
        self.open::<CaseRecord, _>(&record.key(), SECRET, &record.secret)
    }

    /// The case without its link.
    pub(super) fn without_link(&self, record: CaseRecord) -> Result<CaseRecord, ClientError> {
        let secret = CaseSecret { link: None, ..self.case_secret(&record)? };
        let secret = self.seal::<CaseRecord>(&record.key(), SECRET, &secret)?;
        Ok(CaseRecord { secret, link_dropped: true, ..record })
    }

    fn case_record(
        &self,
        starter: &Actor,
        call: &StartCase,
        product_version: mpp_core::ProductVersion,
        placed: &PlacedRequest,
        call_sha256: Sha256Digest,
    ) -> Result<CaseRecord, ClientError> {
        let secret = CaseSecret { link: Some(placed.link.clone()), call_sha256 };
        let sealed = self.seal::<CaseRecord>(&CaseRecord::key_of(&call.case_ref), SECRET, &secret)?;
        let (started_by, started_by_staff) = match starter {
            Actor::Application(key) => (Some(*key), None),
            Actor::Staff(staff) => (None, Some(staff.clone())),
            Actor::Central | Actor::Server => (None, None),
        };
        Ok(CaseRecord {
            case_ref: call.case_ref.clone(),
            request: placed.request,
            product: call.product,
            product_version,
            secret: sealed,
            link_dropped: false,
            expires_at: placed.expires_at,
            started_by,
            started_by_staff,
            placed_at: self.now(),
            taken_back: None,
            ended: None,
        })
    }

    async fn write_case(&self, starter: &Actor, record: &CaseRecord) -> Result<(), ClientError> {
        let mut change = Change::new(self);
        change.insert(record);
        let subject = Subject {
            product: Some(record.product),
            product_version: Some(record.product_version),
            case_ref: Some(record.case_ref.clone()),
            ..Subject::default()
        };
        change.audit(Action::CaseStarted, starter, &subject);
        change.commit().await
    }
}

/// What tells two calls apart. As good as the mobile number in it, so it is only ever kept sealed.
fn digest_of(call: &StartCase) -> Result<Sha256Digest, ClientError> {
    let text = serde_json::to_vec(&(call.product, &call.case_ref, &call.customer));
    text.map(|text| sha256(&text)).map_err(|_| ClientError::Invalid("the customer"))
}
