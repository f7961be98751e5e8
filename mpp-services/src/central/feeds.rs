//! Reading news by long poll: client servers their notifications, phones their events. The store is asked first and
//! after every bell, so that nothing is missed and a restart changes nothing. Bells of other nodes are not heard: whoever
//! holds a line looks again from time to time, which costs one small read as long as there is nothing.

use std::pin::pin;

use mpp_core::{DeviceId, PartnerId};
use mpp_store::{Record, RecordKey, RecordReaderExt, Versioned};

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
        // most looks find nothing: the number of the last entry tells
        let last = self.store().get::<FeedRecord>(&FeedRecord::key_of(feed)).await?;
        if last.is_none_or(|read| read.record.last <= after) {
            return Ok(Vec::new());
        }
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
        let page: Vec<Versioned<R>> = up_to_gap(&keys, |some| self.store().get_many::<R>(some)).await?;
        Ok(page.into_iter().map(|read| read.record).collect())
    }
}

/// What is found under these keys, looked up some at a time, up to the first key under which there is nothing. What comes
/// there while later keys are looked up does not count.
async fn up_to_gap<'k, K, R, E, F>(keys: &'k [K], look: impl Fn(&'k [K]) -> F) -> Result<Vec<R>, E>
where
    F: Future<Output = Result<Vec<Option<R>>, E>>,
{
    let mut page = Vec::new();
    for some in keys.chunks(LOOKED_UP_AT_ONCE) {
        let found: Vec<R> = look(some).await?.into_iter().map_while(|found| found).collect();
        let is_whole = found.len() == some.len();
        page.extend(found);
        if !is_whole {
            break;
        }
    }
    Ok(page)
}

/// Most looks find a few or none.
const LOOKED_UP_AT_ONCE: usize = 16;

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::convert::Infallible;
    use std::future::{Ready, ready};

    use super::*;

    type Looked = Ready<Result<Vec<Option<u64>>, Infallible>>;

    fn found(some: &[u64], last: u64) -> Looked {
        ready(Ok(some.iter().map(|number| (*number <= last).then_some(*number)).collect()))
    }

    #[tokio::test]
    async fn what_comes_while_a_page_is_read_makes_no_hole() {
        let keys: Vec<u64> = (1..=48).collect();
        let looks = Cell::new(0);
        let page = up_to_gap(&keys, |some| {
            looks.set(looks.get() + 1);
            // sixteen entries are there, and all others from the third look on
            found(some, if looks.get() < 3 { 16 } else { 48 })
        });
        assert_eq!(page.await, Ok((1..=16).collect::<Vec<u64>>()));
    }

    #[tokio::test]
    async fn a_page_ends_where_its_keys_or_its_entries_end() {
        let keys: Vec<u64> = (1..=40).collect();
        for (last, count) in [(0, 0), (1, 1), (16, 16), (17, 17), (32, 32), (39, 39), (90, 40)] {
            let page = up_to_gap(&keys, |some| found(some, last)).await;
            assert_eq!(page, Ok((1..=count).collect::<Vec<u64>>()), "{last}");
        }
    }
}
