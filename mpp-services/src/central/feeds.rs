//! Reading news by long poll: client servers their notifications, phones their events. The store is asked first and
//! after every bell, so that nothing is missed and a restart changes nothing.

use std::pin::pin;

use mpp_core::{DeviceId, PartnerId};
use mpp_store::{Record, RecordKey, RecordReaderExt};

use super::news::{Notification, PhoneEvent};
use super::records::{FeedRecord, NotificationRecord, PhoneEventRecord};
use super::{CentralError, CentralService};
use crate::retention::first_kept;

impl CentralService {
    /// A partner's notifications after a sequence number, the earliest first; empty when there are none. Where those that
    /// follow the number are no longer kept, they begin with the first that is: its number tells.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn notifications(
        &self,
        partner: PartnerId,
        after: u64,
    ) -> Result<Vec<Notification>, CentralError> {
        let key_of = |sequence| NotificationRecord::key_of(partner, sequence);
        let feed = FeedRecord::partner_feed(partner);
        let found = self.page_of::<NotificationRecord>(&feed, after, key_of).await?;
        Ok(found.into_iter().map(|record| record.notification).collect())
    }

    /// The same, waiting for the first. The caller bounds the wait.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn await_notifications(
        &self,
        partner: PartnerId,
        after: u64,
    ) -> Result<Vec<Notification>, CentralError> {
        let bell = self.bells().of(&FeedRecord::partner_feed(partner));
        loop {
            let mut rung = pin!(bell.notified());
            // from here on a bell is heard, so what comes after the look is not missed
            rung.as_mut().enable();
            let found = self.notifications(partner, after).await?;
            if !found.is_empty() {
                return Ok(found);
            }
            rung.await;
        }
    }

    /// A device's news after a sequence number, the earliest first; empty when there are none. They begin like
    /// [`CentralService::notifications`].
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn phone_events(&self, device: DeviceId, after: u64) -> Result<Vec<PhoneEvent>, CentralError> {
        let key_of = |sequence| PhoneEventRecord::key_of(device, sequence);
        let feed = FeedRecord::device_feed(device);
        let found = self.page_of::<PhoneEventRecord>(&feed, after, key_of).await?;
        Ok(found.into_iter().map(|record| record.event).collect())
    }

    /// The same, waiting for the first. The caller bounds the wait.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn await_phone_events(
        &self,
        device: DeviceId,
        after: u64,
    ) -> Result<Vec<PhoneEvent>, CentralError> {
        let bell = self.bells().of(&FeedRecord::device_feed(device));
        loop {
            let mut rung = pin!(bell.notified());
            rung.as_mut().enable();
            let found = self.phone_events(device, after).await?;
            if !found.is_empty() {
                return Ok(found);
            }
            rung.await;
        }
    }

    /// What follows the number, or what is kept of it.
    async fn page_of<R: Record>(
        &self,
        feed: &str,
        after: u64,
        key_of: impl Fn(u64) -> RecordKey,
    ) -> Result<Vec<R>, CentralError> {
        let page = self.following(after, &key_of).await?;
        if !page.is_empty() {
            return Ok(page);
        }
        let before_first = first_kept(self.store(), feed).await?.saturating_sub(1);
        if before_first > after { self.following(before_first, &key_of).await } else { Ok(page) }
    }

    /// Sequence numbers have no gaps, so one after the other can be looked up, some at a time, until one is not there.
    async fn following<R: Record>(
        &self,
        after: u64,
        key_of: impl Fn(u64) -> RecordKey,
    ) -> Result<Vec<R>, CentralError> {
        let wanted = (1..=u64::from(self.settings().feed_page)).filter_map(|step| after.checked_add(step));
        let keys: Vec<RecordKey> = wanted.map(key_of).collect();
        let mut page = Vec::new();
        for some in keys.chunks(LOOKED_UP_AT_ONCE) {
            let found = self.store().get_many::<R>(some).await?;
            page.extend(found.into_iter().map_while(|read| read.map(|read| read.record)));
            if page.len() % LOOKED_UP_AT_ONCE != 0 || page.is_empty() {
                break;
            }
        }
        Ok(page)
    }
}

/// Most looks find a few or none.
const LOOKED_UP_AT_ONCE: usize = 16;
