//! Reading news by long poll: client servers their notifications, phones their events. The store is asked first and
//! after every bell, so that nothing is missed and a restart changes nothing.

use std::pin::pin;

use mpp_core::{DeviceId, PartnerId};
use mpp_store::RecordReaderExt;

use super::news::{Notification, PhoneEvent};
use super::records::{FeedRecord, NotificationRecord, PhoneEventRecord};
use super::{CentralError, CentralService};

impl CentralService {
    /// A partner's notifications after a sequence number, the earliest first; empty when there are none.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn notifications(
        &self,
        partner: PartnerId,
        after: u64,
    ) -> Result<Vec<Notification>, CentralError> {
        let mut found = Vec::new();
        for sequence in self.page_after(after) {
            let key = NotificationRecord::key_of(partner, sequence);
            let Some(read) = self.store().get::<NotificationRecord>(&key).await? else { break };
            found.push(read.record.notification);
        }
        Ok(found)
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

    /// A device's news after a sequence number, the earliest first; empty when there are none.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn phone_events(&self, device: DeviceId, after: u64) -> Result<Vec<PhoneEvent>, CentralError> {
        let mut found = Vec::new();
        for sequence in self.page_after(after) {
            let key = PhoneEventRecord::key_of(device, sequence);
            let Some(read) = self.store().get::<PhoneEventRecord>(&key).await? else { break };
            found.push(read.record.event);
        }
        Ok(found)
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

    /// Sequence numbers have no gaps, so one after the other can be looked up.
    fn page_after(&self, after: u64) -> impl Iterator<Item = u64> + use<> {
        let count = u64::from(self.settings().feed_page);
        (1..=count).filter_map(move |step| after.checked_add(step))
    }
}
