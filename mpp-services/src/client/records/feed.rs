//! What was taken from central and what is told to the application, numbered without gaps.

use mpp_core::{DeliveryState, NotificationId, Timestamp};
use mpp_store::{IndexEntry, Record, RecordKey, RecordKind};
use serde::{Deserialize, Serialize};

use super::index;
use crate::attempts::DeliveryAttempt;
use crate::client::news::{CentralNotification, News};

/// A last number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::client) struct FeedRecord {
    pub(in crate::client) feed: String,
    pub(in crate::client) last: u64,
}

impl FeedRecord {
    /// Central's notifications: everything up to this number has been taken.
    pub(in crate::client) const CENTRAL: &str = "central";
    /// The application's notifications: this number was given out last.
    pub(in crate::client) const APPLICATION: &str = "application";

    pub(in crate::client) fn key_of(feed: &str) -> RecordKey {
        RecordKey::from(feed)
    }
}

impl Record for FeedRecord {
    const KIND: RecordKind = RecordKind::new("client-feed");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(&self.feed)
    }
}

/// A notification from central that has been taken; a repeat is dropped by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::client) struct TakenRecord {
    pub(in crate::client) notification: CentralNotification,
    pub(in crate::client) taken_at: Timestamp,
}

impl TakenRecord {
    /// Whether it is about a fetch: a document that came, or one that did not.
    pub(in crate::client) const fn is_of_fetch(&self) -> bool {
        self.notification.kind.of_fetch().is_some()
    }

    pub(in crate::client) fn key_of(id: NotificationId) -> RecordKey {
        RecordKey::new(id)
    }
}

impl Record for TakenRecord {
    const KIND: RecordKind = RecordKind::new("client-taken");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.notification.id)
    }

    /// Only what is about a fetch is looked for.
    fn index_entries(&self) -> Vec<IndexEntry> {
        let day = self.notification.occurred_at.day_in_india();
        let entries =
            |name| [IndexEntry::shared(index::STATUS, name), IndexEntry::shared(index::DAY, day)].to_vec();
        self.notification.kind.of_fetch().map(entries).unwrap_or_default()
    }
}

/// A notification to the application.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::client) struct NewsRecord {
    pub(in crate::client) news: News,
    /// How its delivery stands; absent when there was no address to deliver to.
    pub(in crate::client) delivery: Option<DeliveryState>,
    /// The attempts at pushing it, oldest first; of very many the latest. Absent where they were not remembered yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::client) attempts: Vec<DeliveryAttempt>,
}

impl NewsRecord {
    /// How the delivery stands, in a word.
    pub(in crate::client) fn standing(&self) -> &'static str {
        self.delivery.as_ref().map_or(Self::KEPT, DeliveryState::state_name)
    }

    /// There was no address to deliver to.
    pub(in crate::client) const KEPT: &str = "kept";

    pub(in crate::client) fn key_of(sequence: u64) -> RecordKey {
        RecordKey::new(sequence)
    }
}

impl Record for NewsRecord {
    const KIND: RecordKind = RecordKind::new("client-news");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.news.sequence)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        vec![
            IndexEntry::shared(index::STATUS, self.standing()),
            IndexEntry::shared(index::DAY, self.news.occurred_at.day_in_india()),
        ]
    }
}
