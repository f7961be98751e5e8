//! Devices that nothing names any more.

use std::collections::HashMap;

use mpp_core::{ConsentRequestState, DeviceId, Timestamp};
use mpp_store::{IndexValue, ListOrder, MAX_PAGE, Record, RecordReaderExt, Versioned, WriteBatch};

use crate::central::records::{ConsentRecord, DeviceRecord, FeedRecord, RequestRecord, index};
use crate::central::{CentralError, CentralService};
use crate::retention::{Elders, FeedFloorRecord, commit, first_kept};

/// Devices by their names.
type Devices = HashMap<DeviceId, Versioned<DeviceRecord>>;

impl CentralService {
    /// Removes devices that were known before `before` and that no consent and no request names. Whoever opens a link with
    /// one of them meanwhile writes the device again, and it stays.
    pub(super) async fn forget_devices(&self, before: Timestamp) -> Result<u64, CentralError> {
        let mut devices = self.devices_without_consents(before).await?;
        self.leave_out_requesting(&mut devices).await?;
        let mut forgotten = 0_u64;
        for device in devices.values() {
            let mut batch = WriteBatch::new();
            if self.is_told_to(device.record.id, &mut batch).await? {
                continue;
            }
            batch.delete::<DeviceRecord>(&device.record.key(), device.version);
            forgotten = forgotten.saturating_add(u64::from(commit(self.store(), batch).await?));
        }
        Ok(forgotten)
    }

    /// Whether news for the device are kept still. Where none are, the counters of its feed go with it.
    async fn is_told_to(&self, device: DeviceId, batch: &mut WriteBatch) -> Result<bool, CentralError> {
        let (store, feed) = (self.store(), FeedRecord::device_feed(device));
        let Some(last) = store.get::<FeedRecord>(&FeedRecord::key_of(&feed)).await? else { return Ok(false) };
        if first_kept(store, &feed).await? <= last.record.last {
            return Ok(true);
        }
        batch.delete::<FeedRecord>(&last.record.key(), last.version);
        if let Some(floor) = store.get::<FeedFloorRecord>(&FeedFloorRecord::key_of(&feed)).await? {
            batch.delete::<FeedFloorRecord>(&floor.record.key(), floor.version);
        }
        Ok(false)
    }

    async fn devices_without_consents(&self, before: Timestamp) -> Result<Devices, CentralError> {
        let (mut elders, mut devices) = (Elders::new(self.store()), Devices::new());
        while let Some(some) = elders.next(before, |device: &DeviceRecord| device.since).await? {
            for device in some {
                let on_it = Some((index::DEVICE, IndexValue::new(device.record.id)));
                if self.store().count_up_to(ConsentRecord::KIND, on_it, 1).await? == 0 {
                    devices.insert(device.record.id, device);
                }
            }
        }
        Ok(devices)
    }

    /// Requests do not say by an index who opened them: all are read, and only when there is a device to look for.
    async fn leave_out_requesting(&self, devices: &mut Devices) -> Result<(), CentralError> {
        let mut after = None;
        while !devices.is_empty() {
            let page = self.store().all::<RequestRecord>(ListOrder::OldestFirst, after, MAX_PAGE).await?;
            for device in page.items.iter().filter_map(|read| opened_on(&read.record)) {
                devices.remove(&device);
            }
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        Ok(())
    }
}

const fn opened_on(record: &RequestRecord) -> Option<DeviceId> {
    match &record.request.state {
        ConsentRequestState::Opened { device, .. } | ConsentRequestState::Decided { device, .. } => {
            Some(*device)
        }
        ConsentRequestState::Expired { device, .. } | ConsentRequestState::Cancelled { device, .. } => {
            *device
        }
        ConsentRequestState::Placed { .. } => None,
    }
}
