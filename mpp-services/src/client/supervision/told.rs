//! What the application was told.

use jiff::civil::Date;
use mpp_core::DeliveryState;
use mpp_store::{Cursor, IndexName, IndexValue, Page};

use crate::attempts::DeliveryAttempt;
use crate::client::news::{News, NewsKind};
use crate::client::records::{NewsRecord, index};
use crate::client::{ClientError, ClientService};
use crate::looking::{Days, Walk};

/// How many records one call looks at before it answers with what it has.
const MOST_LOOKED_AT: usize = 1_000;

/// Which notifications are wanted; every part that is there must hold.
#[derive(Debug, Clone, Default)]
pub struct NewsSearch {
    /// `due`, `delivered`, `parked`, or `kept` where there was no address to deliver to.
    pub status: Option<String>,
    /// What it tells.
    pub kind: Option<NewsKind>,
    /// About what happened on this day in India or later.
    pub from: Option<Date>,
    /// About what happened on this day in India or earlier.
    pub to: Option<Date>,
}

impl NewsSearch {
    /// The index with the fewest of them.
    fn index(&self) -> Option<(IndexName, IndexValue)> {
        let status = || self.status.as_ref().map(|status| (index::STATUS, IndexValue::new(status)));
        match (self.from, self.to) {
            (Some(from), Some(to)) if from == to => Some((index::DAY, IndexValue::new(from))),
            _ => status(),
        }
    }

    const fn days(&self) -> Days {
        Days { from: self.from, to: self.to }
    }

    fn holds(&self, row: &NewsRow) -> bool {
        self.status.as_ref().is_none_or(|status| row.standing() == status)
            && self.kind.is_none_or(|kind| row.news.kind == kind)
            && self.days().hold(row.news.occurred_at)
    }
}

/// A notification to the application.
#[derive(Debug, Clone, PartialEq)]
pub struct NewsRow {
    /// The notification.
    pub news: News,
    /// How its delivery stands; absent when there was no address to deliver to.
    pub delivery: Option<DeliveryState>,
    /// The attempts at pushing it, oldest first.
    pub attempts: Vec<DeliveryAttempt>,
}

impl NewsRow {
    pub(in crate::client) fn of(record: NewsRecord) -> Self {
        Self { news: record.news, delivery: record.delivery, attempts: record.attempts }
    }

    /// How the delivery stands, in a word.
    #[must_use]
    pub fn standing(&self) -> &'static str {
        self.delivery.as_ref().map_or(NewsRecord::KEPT, DeliveryState::state_name)
    }
}

impl ClientService {
    /// One page of notifications to the application, the newest first. Days and a state are found by index; what is told is looked for, so that a page may be empty and still have a next one, when nothing was found among very many. So is
    /// everything, while notifications of before are brought into the index.
    ///
    /// # Errors
    /// When the cursor is not one of this list, or the store does not answer.
    pub async fn news_told(
        &self,
        search: &NewsSearch,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<NewsRow>, ClientError> {
        let index = if self.is_all_news_indexed().await? { search.index() } else { None };
        let walk = Walk::newest_first(self.store(), index, (after, limit), MOST_LOOKED_AT)
            .within(search.days(), |record: &NewsRecord| record.news.occurred_at)
            .await?;
        Ok(walk.gather(|record| Some(NewsRow::of(record)).filter(|row| search.holds(row))).await?)
    }
}
