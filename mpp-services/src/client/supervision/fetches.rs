//! How data came, or why it did not: what central told of fetches, with what became of each parcel here.

use std::collections::BTreeMap;

use jiff::civil::Date;
use mpp_core::{
    CaseRef, ConsentId, ConsentRequestId, DataItemId, NotificationId, ParcelId, ProductId, Source, Timestamp,
};
use mpp_store::{Cursor, IndexName, IndexValue, Page, RecordReaderExt};

use crate::client::news::CentralNotificationKind;
use crate::client::records::{CaseRecord, CollectionRecord, CollectionState, TakenRecord, index};
use crate::client::{ClientError, ClientService};
use crate::looking::{Days, Walk};

/// How many notifications one call looks at, each with its parcel, before it answers with what it has.
const MOST_LOOKED_AT: usize = 400;

/// How a fetch stands at a client server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FetchStanding {
    /// It is time for the customer's app to share again; nothing has come of that yet, or something has, in a row of its own.
    Due,
    /// Central has a parcel, which is being collected.
    Collecting,
    /// The document came.
    Received,
    /// What came is not what was announced; it waits for a person, and central still has it.
    Faulty,
    /// Central no longer has the parcel, and it never was here.
    Gone,
    /// The source does not know the customer.
    NoRecord,
    /// The source could not deliver.
    Failed,
}

impl FetchStanding {
    /// Every one.
    pub const ALL: [Self; 7] =
        [Self::Due, Self::Collecting, Self::Received, Self::Faulty, Self::Gone, Self::NoRecord, Self::Failed];

    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Collecting => "collecting",
            Self::Received => "received",
            Self::Faulty => "faulty",
            Self::Gone => "gone",
            Self::NoRecord => "no_record",
            Self::Failed => "failed",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.name() == name)
    }

    /// What central told.
    const fn told(self) -> CentralNotificationKind {
        match self {
            Self::Due => CentralNotificationKind::DataDue,
            Self::Collecting | Self::Received | Self::Faulty | Self::Gone => {
                CentralNotificationKind::DataAvailable
            }
            Self::NoRecord => CentralNotificationKind::DataNoRecord,
            Self::Failed => CentralNotificationKind::DataFailed,
        }
    }
}

/// Which fetches are wanted; every part that is there must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FetchSearch {
    /// That stand so.
    pub standing: Option<FetchStanding>,
    /// From this source.
    pub source: Option<Source>,
    /// Told on this day in India or later.
    pub from: Option<Date>,
    /// Told on this day in India or earlier.
    pub to: Option<Date>,
}

impl FetchSearch {
    /// The index with the fewest of them.
    fn index(&self) -> Option<(IndexName, IndexValue)> {
        let told = || self.standing.and_then(|standing| standing.told().of_fetch());
        match (self.from, self.to) {
            (Some(from), Some(to)) if from == to => Some((index::DAY, IndexValue::new(from))),
            _ => told().map(|name| (index::STATUS, IndexValue::new(name))),
        }
    }

    const fn days(&self) -> Days {
        Days { from: self.from, to: self.to }
    }

    fn holds(&self, row: &FetchRow) -> bool {
        self.standing.is_none_or(|standing| row.standing == standing)
            && self.source.as_ref().is_none_or(|source| row.source.as_ref() == Some(source))
            && self.days().hold(row.at)
    }
}

/// A fetch, as central told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchRow {
    /// The notification that told it.
    pub notification: NotificationId,
    /// When it happened.
    pub at: Timestamp,
    /// The case.
    pub case_ref: CaseRef,
    /// The consent request.
    pub request: ConsentRequestId,
    /// For which product; absent where the case was not placed here.
    pub product: Option<ProductId>,
    /// The consent.
    pub consent: Option<ConsentId>,
    /// From where.
    pub source: Option<Source>,
    /// How it stands.
    pub standing: FetchStanding,
    /// A stable reason, where nothing came or what came is not taken.
    pub reason: Option<String>,
    /// The document that came.
    pub item: Option<DataItemId>,
    /// What central noticed about it; codes of later programs are passed on as they are.
    pub quality: Vec<String>,
}

impl FetchRow {
    /// `None` for what is not about a fetch.
    fn of(taken: TakenRecord, collection: Option<CollectionRecord>) -> Option<Self> {
        let notification = taken.notification;
        let data = notification.data;
        let told = (notification.kind, data.reason);
        let (standing, reason, item) = standing_of(told, collection)?;
        Some(Self {
            notification: notification.id,
            at: notification.occurred_at,
            case_ref: data.case_ref,
            request: data.consent_request_id,
            product: None,
            consent: data.consent_id,
            source: data.source,
            standing,
            reason,
            item,
            quality: data.quality,
        })
    }
}

fn standing_of(
    (kind, reason): (CentralNotificationKind, Option<String>),
    collection: Option<CollectionRecord>,
) -> Option<(FetchStanding, Option<String>, Option<DataItemId>)> {
    Some(match kind {
        CentralNotificationKind::DataDue => (FetchStanding::Due, None, None),
        CentralNotificationKind::DataNoRecord => (FetchStanding::NoRecord, None, None),
        CentralNotificationKind::DataFailed => (FetchStanding::Failed, reason, None),
        CentralNotificationKind::DataAvailable => match collection.map(|one| (one.state, one.item)) {
            Some((CollectionState::Due, _)) => (FetchStanding::Collecting, None, None),
            Some((CollectionState::Refused { code, .. }, _)) => (FetchStanding::Faulty, Some(code), None),
            Some((CollectionState::Gone { reason, .. }, _)) => (FetchStanding::Gone, Some(reason), None),
            Some((
                CollectionState::Stored { .. }
                | CollectionState::Acknowledged { .. }
                | CollectionState::Closed { .. },
                item,
            )) => (FetchStanding::Received, None, Some(item)),
            // what was told could not be used, or its evidence is no longer kept
            None => (FetchStanding::Gone, None, None),
        },
        CentralNotificationKind::ConsentApproved
        | CentralNotificationKind::ConsentRejected
        | CentralNotificationKind::ConsentExpired
        | CentralNotificationKind::ConsentCancelled
        | CentralNotificationKind::ConsentPaused
        | CentralNotificationKind::ConsentResumed
        | CentralNotificationKind::ConsentRevoked
        | CentralNotificationKind::DataExpired
        | CentralNotificationKind::Later => return None,
    })
}

impl ClientService {
    /// One page of fetches, the newest first. Days and what central told are found by index; a source, and what became of a
    /// parcel are looked for, so that a page may be empty and still have a next one, when nothing was found among very
    /// many. So is everything, while notifications of before are brought into the index.
    ///
    /// # Errors
    /// When the cursor is not one of this list, or the store does not answer.
    pub async fn fetches(
        &self,
        search: &FetchSearch,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<FetchRow>, ClientError> {
        let wanted = usize::try_from(limit.max(1)).unwrap_or(usize::MAX);
        let index = if self.is_all_taken_indexed().await? { search.index() } else { None };
        let mut walk = Walk::newest_first(self.store(), index, (after, limit), MOST_LOOKED_AT)
            .within(search.days(), |record: &TakenRecord| record.notification.occurred_at)
            .await?;
        let mut items = Vec::new();
        while items.len() < wanted
            && let Some(records) = walk.next().await?
        {
            let rows = self.with_collections(records).await?;
            items.extend(rows.into_iter().filter(|row| search.holds(row)));
        }
        self.name_products_of(&mut items).await?;
        Ok(Page { items, next: walk.onward() })
    }

    /// The notifications that are about fetches, each with its parcel's collection.
    async fn with_collections(&self, taken: Vec<TakenRecord>) -> Result<Vec<FetchRow>, ClientError> {
        let told: Vec<_> = taken.into_iter().filter(TakenRecord::is_of_fetch).collect();
        let keys: Vec<_> = told
            .iter()
            .filter_map(|taken| taken.notification.data.parcel_id)
            .map(CollectionRecord::key_of)
            .collect();
        let found = self.store().get_many::<CollectionRecord>(&keys).await?.into_iter().flatten();
        let mut collections: BTreeMap<ParcelId, CollectionRecord> =
            found.map(|read| (read.record.parcel, read.record)).collect();
        let row = |taken: TakenRecord| {
            let parcel = taken.notification.data.parcel_id;
            FetchRow::of(taken, parcel.and_then(|parcel| collections.remove(&parcel)))
        };
        Ok(told.into_iter().filter_map(row).collect())
    }

    /// A fetch is for the product whose case was placed here.
    async fn name_products_of(&self, rows: &mut [FetchRow]) -> Result<(), ClientError> {
        let keys: Vec<_> = rows.iter().map(|row| CaseRecord::key_of(&row.case_ref)).collect();
        let found = self.store().get_many::<CaseRecord>(&keys).await?.into_iter().flatten();
        let products: BTreeMap<_, _> = found.map(|read| (read.record.request, read.record.product)).collect();
        for row in rows {
            row.product = products.get(&row.request).copied();
        }
        Ok(())
    }
}
