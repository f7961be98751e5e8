//! What is told to client servers and phones, numbered without gaps.

use mpp_core::{DeliveryState, DeviceId, PartnerId};
use mpp_store::{IndexEntry, Record, RecordKey, RecordKind};
use serde::{Deserialize, Serialize};

use super::index;
use crate::attempts::DeliveryAttempt;
use crate::central::news::{Notification, PhoneEvent};

/// The last number given out in a feed. It is written in the commit that uses the number, so that numbers have neither
/// gaps nor repetitions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::central) struct FeedRecord {
    /// The feed: see [`partner_feed`](FeedRecord::partner_feed) and [`device_feed`](FeedRecord::device_feed).
    pub(in crate::central) feed: String,
    /// The last number.
    pub(in crate::central) last: u64,
}

impl FeedRecord {
    /// The feed of a partner's notifications.
    pub(in crate::central) fn partner_feed(partner: PartnerId) -> String {
        format!("partner/{partner}")
    }

    /// The feed of a device's news.
    pub(in crate::central) fn device_feed(device: DeviceId) -> String {
        format!("device/{device}")
    }

    pub(in crate::central) fn key_of(feed: &str) -> RecordKey {
        RecordKey::new(feed)
    }
}

impl Record for FeedRecord {
    const KIND: RecordKind = RecordKind::new("feed");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(&self.feed)
    }
}

/// A notification to a partner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::central) struct NotificationRecord {
    /// Whose.
    pub(in crate::central) partner: PartnerId,
    /// The notification.
    pub(in crate::central) notification: Notification,
    /// How its delivery by webhook stands; absent when the partner polls.
    pub(in crate::central) delivery: Option<DeliveryState>,
    /// The attempts at pushing it, oldest first; of very many the latest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::central) attempts: Vec<DeliveryAttempt>,
}

impl NotificationRecord {
    /// How the delivery stands, in a word.
    pub(in crate::central) fn standing(&self) -> &'static str {
        self.delivery.as_ref().map_or("polled", DeliveryState::state_name)
    }

    pub(in crate::central) fn key_of(partner: PartnerId, sequence: u64) -> RecordKey {
        RecordKey::new(format_args!("{partner}/{sequence}"))
    }
}

impl Record for NotificationRecord {
    const KIND: RecordKind = RecordKind::new("notification");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.partner, self.notification.sequence)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        let standing = self.standing();
        vec![
            IndexEntry::shared(index::REQUEST, self.notification.data.consent_request_id),
            IndexEntry::shared(index::PARTNER, self.partner),
            IndexEntry::shared(index::STATUS, standing),
            IndexEntry::shared(index::PARTNER_STATUS, format_args!("{}/{standing}", self.partner)),
        ]
    }
}

/// A piece of news for a phone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::central) struct PhoneEventRecord {
    /// Whose.
    pub(in crate::central) device: DeviceId,
    /// The news.
    pub(in crate::central) event: PhoneEvent,
}

impl PhoneEventRecord {
    pub(in crate::central) fn key_of(device: DeviceId, sequence: u64) -> RecordKey {
        RecordKey::new(format_args!("{device}/{sequence}"))
    }
}

impl Record for PhoneEventRecord {
    const KIND: RecordKind = RecordKind::new("phone-event");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.device, self.event.sequence)
    }
}
