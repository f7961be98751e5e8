//! Cases as a list, the file of one, and counts at a glance.

use mpp_core::{
    ApiKeyId, CaseRef, ConsentId, ConsentRequestId, ProductId, ProductVersion, Source, StaffId, Timestamp,
};
use mpp_store::{Cursor, IndexValue, Page, QueueBacklog, Record, RecordReaderExt, Versioned};

use super::data::DocumentRow;
use crate::client::audit::Actor;
use crate::client::cases::{StartCase, StartedCase};
use crate::client::gateway::RequestStanding;
use crate::client::records::{CaseRecord, CaseStanding, ConsentRecord, ItemRecord, Standing, index};
use crate::client::{ClientError, ClientService};
use crate::looking::Walk;

/// Counts of what is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtAGlance {
    /// How far was counted; a count that is as large may stand for more.
    pub counted_to: u64,
    /// Cases of all times.
    pub cases: u64,
    /// Cases whose customer has not answered yet.
    pub waiting: u64,
    /// Documents that can be read.
    pub held: u64,
    /// Documents that were purged.
    pub purged: u64,
    /// Queues that hold work.
    pub queues: Vec<QueueBacklog>,
    /// Whether the keys are enrolled.
    pub enrolled: bool,
    /// How often central's audit log was not what it had been.
    pub central_log_findings: u64,
}

/// A case in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseRow {
    /// The application's own reference.
    pub case_ref: CaseRef,
    /// The request at central.
    pub request: ConsentRequestId,
    /// For which product.
    pub product: ProductId,
    /// In which version.
    pub product_version: ProductVersion,
    /// When consent was asked for.
    pub placed_at: Timestamp,
    /// Until when the link can be opened.
    pub expires_at: Timestamp,
    /// The application that asked.
    pub application: Option<ApiKeyId>,
    /// The person who asked.
    pub staff: Option<StaffId>,
    /// How the request stands, as far as central told.
    pub standing: CaseStanding,
    /// When the customer decided, or the request ran out.
    pub ended_at: Option<Timestamp>,
    /// When the request was taken back, and by whom.
    pub taken_back: Option<CaseTakenBack>,
}

/// That the request of a case was taken back. It names nobody where only central's notification says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseTakenBack {
    /// When.
    pub at: Timestamp,
    /// The application that did.
    pub application: Option<ApiKeyId>,
    /// The person who did.
    pub staff: Option<StaffId>,
}

/// Which cases are wanted; every part that is there must hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CaseSearch {
    /// For this product.
    pub product: Option<ProductId>,
    /// Those whose request stands so.
    pub standing: Option<CaseStanding>,
}

impl CaseRow {
    pub(super) fn of(record: CaseRecord) -> Self {
        Self {
            standing: record.standing(),
            ended_at: record.ended.map(|ended| ended.at),
            case_ref: record.case_ref,
            request: record.request,
            product: record.product,
            product_version: record.product_version,
            placed_at: record.placed_at,
            expires_at: record.expires_at,
            application: record.started_by,
            staff: record.started_by_staff,
            taken_back: record.taken_back.map(|taken| CaseTakenBack {
                at: taken.at,
                application: taken.application,
                staff: taken.staff,
            }),
        }
    }
}

/// Everything here about a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFile {
    /// The case.
    pub row: CaseRow,
    /// How the request stands at central; absent when central does not answer.
    pub standing: Option<RequestStanding>,
    /// The consents central told of.
    pub consents: Vec<ToldConsent>,
    /// The documents, also those that are purged.
    pub documents: Vec<DocumentRow>,
}

/// A consent as central told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldConsent {
    /// The consent.
    pub id: ConsentId,
    /// The source.
    pub source: Option<Source>,
    /// `active`, `paused`, `revoked` or `expired`.
    pub status: &'static str,
}

/// How many cases one call looks at before it answers with what it has.
const MOST_LOOKED_AT: usize = 1_000;

/// How far is counted: a page that counts a million rows answers nobody in time.
pub(super) const COUNTED_TO: u64 = 10_000;

impl ClientService {
    /// Counts of what is here.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn at_a_glance(&self) -> Result<AtAGlance, ClientError> {
        let status = |name: &str| Some((index::STATUS, IndexValue::new(name)));
        Ok(AtAGlance {
            counted_to: COUNTED_TO,
            cases: self.store().count_up_to(CaseRecord::KIND, None, COUNTED_TO).await?,
            waiting: self
                .store()
                .count_up_to(CaseRecord::KIND, status(CaseStanding::Open.name()), COUNTED_TO)
                .await?,
            held: self.store().count_up_to(ItemRecord::KIND, status("held"), COUNTED_TO).await?,
            purged: self.store().count_up_to(ItemRecord::KIND, status("purged"), COUNTED_TO).await?,
            queues: self.store().backlog_up_to(self.now(), COUNTED_TO).await?,
            enrolled: self.present_identity().await?.is_some(),
            central_log_findings: self.central_log_findings().await?,
        })
    }

    /// One page of the cases that are wanted, the newest first. What no index has (a state of a product; cases of before, while they are
    /// brought into the index) is looked for: a page may be empty and still have a next one.
    ///
    /// # Errors
    /// When the cursor is not one of this list, or the store does not answer.
    pub async fn cases(
        &self,
        search: CaseSearch,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<CaseRow>, ClientError> {
        let CaseSearch { product, standing } = search;
        let index = match (standing, product) {
            // of what was taken back there was nothing before there was the index
            (Some(standing), _)
                if standing == CaseStanding::TakenBack || self.is_every_case_standing().await? =>
            {
                Some((index::STATUS, IndexValue::new(standing.name())))
            }
            (None, Some(product)) if self.is_every_case_indexed().await? => {
                Some((index::PRODUCT, IndexValue::new(product)))
            }
            _ => None,
        };
        let wanted = |record: &CaseRecord| {
            product.is_none_or(|product| record.product == product)
                && standing.is_none_or(|standing| record.standing() == standing)
        };
        let walk = Walk::newest_first(self.store(), index, (after, limit), MOST_LOOKED_AT);
        Ok(walk.gather(|record| wanted(&record).then(|| CaseRow::of(record))).await?)
    }

    /// Everything here about a case.
    ///
    /// # Errors
    /// [`ClientError::NotFound`].
    pub async fn case_file(&self, case_ref: &CaseRef) -> Result<CaseFile, ClientError> {
        let found = self.store().get::<CaseRecord>(&CaseRecord::key_of(case_ref)).await?;
        let row = CaseRow::of(found.ok_or(ClientError::NotFound)?.record);
        let value = || IndexValue::new(case_ref);
        let consents: Vec<Versioned<ConsentRecord>> =
            self.store().every_by_index(index::CASE, value()).await?;
        let told = |read: Versioned<ConsentRecord>| ToldConsent {
            id: read.record.consent,
            source: read.record.source,
            status: match read.record.standing {
                Standing::Active => "active",
                Standing::Paused => "paused",
                Standing::Revoked => "revoked",
                Standing::Expired => "expired",
            },
        };
        let items: Vec<Versioned<ItemRecord>> = self.store().every_by_index(index::CASE, value()).await?;
        let documents = items.into_iter().map(|read| self.document_row(read.record));
        Ok(CaseFile {
            // what is here is worth seeing while central is away
            standing: self.central().consent_request(row.request).await.ok(),
            row,
            consents: consents.into_iter().map(told).collect(),
            documents: documents.collect::<Result<_, _>>()?,
        })
    }

    /// Asks for a customer's consent as a member of staff; see [`ClientService::start_case`].
    ///
    /// # Errors
    /// Like [`ClientService::start_case`].
    pub async fn start_case_by_staff(
        &self,
        staff: &StaffId,
        call: &StartCase,
    ) -> Result<StartedCase, ClientError> {
        self.start_case_as(&Actor::Staff(staff.clone()), call).await
    }
}
