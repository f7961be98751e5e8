//! What the application was told.

use mpp_core::DeliveryState;
use mpp_store::{Cursor, ListOrder, Page, RecordReaderExt};

use crate::client::news::News;
use crate::client::records::NewsRecord;
use crate::client::{ClientError, ClientService};

/// A notification to the application.
#[derive(Debug, Clone, PartialEq)]
pub struct NewsRow {
    /// The notification.
    pub news: News,
    /// How its delivery stands; absent when there was no address to deliver to.
    pub delivery: Option<DeliveryState>,
}

impl ClientService {
    /// One page of notifications to the application, the newest first.
    ///
    /// # Errors
    /// When the cursor is not one of this list, or the store does not answer.
    pub async fn news_told(&self, after: Option<Cursor>, limit: u32) -> Result<Page<NewsRow>, ClientError> {
        let page = self.store().all::<NewsRecord>(ListOrder::NewestFirst, after, limit).await?;
        page.try_map(|read| Ok(NewsRow { news: read.record.news, delivery: read.record.delivery }))
    }
}
