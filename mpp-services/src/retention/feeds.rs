//! Feeds: entries numbered without gaps from 1 on, which readers ask for by their numbers. Their beginning goes when its time
//! is over, and the feed says from which number on it is kept.

use std::collections::BTreeMap;

use mpp_core::Timestamp;
use mpp_store::{Record, RecordKey, RecordKind, RecordReaderExt, Store, StoreError, Versioned, WriteBatch};
use serde::{Deserialize, Serialize};

use super::{Elders, commit};

/// The most entries that go in one commit.
const AT_ONCE: usize = 100;

/// From which number on a feed is kept. Not part of the record with the last number, which every new entry changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct FeedFloorRecord {
    feed: String,
    first: u64,
}

impl FeedFloorRecord {
    pub(crate) fn key_of(feed: &str) -> RecordKey {
        RecordKey::from(feed)
    }
}

impl Record for FeedFloorRecord {
    const KIND: RecordKind = RecordKind::new("feed-floor");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(&self.feed)
    }
}

/// The number of the first entry that is kept, or that of the next one when none is.
pub(crate) async fn first_kept(store: &dyn Store, feed: &str) -> Result<u64, StoreError> {
    Ok(Floor::of(store, feed).await?.first)
}

/// Removes entries that began before `before`, of each feed from the oldest on; gives how many went. `place` says feed and
/// number of an entry.
pub(crate) async fn forget_numbered<R: Record>(
    store: &dyn Store,
    before: Timestamp,
    began: impl Fn(&R) -> Timestamp + Send + Sync,
    place: impl Fn(&R) -> (String, u64) + Send + Sync,
) -> Result<u64, StoreError> {
    let (mut elders, mut forgotten) = (Elders::new(store), 0_u64);
    while let Some(some) = elders.next::<R>(before, &began).await? {
        let mut feeds: BTreeMap<String, Vec<(u64, Versioned<R>)>> = BTreeMap::new();
        for read in some {
            let (feed, number) = place(&read.record);
            feeds.entry(feed).or_default().push((number, read));
        }
        for (feed, old) in feeds {
            forgotten = forgotten.saturating_add(forget_in(store, &feed, &old).await?);
        }
    }
    Ok(forgotten)
}

/// Removes the entries of one feed up to the first that does not follow the one before: it waits for what is in between.
async fn forget_in<R: Record>(
    store: &dyn Store,
    feed: &str,
    old: &[(u64, Versioned<R>)],
) -> Result<u64, StoreError> {
    let mut forgotten = 0_u64;
    for some in old.chunks(AT_ONCE) {
        let floor = Floor::of(store, feed).await?;
        let (mut batch, mut first) = (WriteBatch::new(), floor.first);
        for (number, read) in some {
            if *number != first {
                break;
            }
            batch.delete::<R>(&read.record.key(), read.version);
            first = first.saturating_add(1);
        }
        let count = first.saturating_sub(floor.first);
        if count == 0 {
            break;
        }
        let moved = FeedFloorRecord { feed: feed.to_owned(), first };
        match floor.version {
            Some(version) => batch.update(version, &moved),
            None => batch.insert(&moved),
        };
        if !commit(store, batch).await? {
            break;
        }
        forgotten = forgotten.saturating_add(count);
    }
    Ok(forgotten)
}

/// The floor as it stands; at the first number before anything was removed.
struct Floor {
    version: Option<mpp_store::Version>,
    first: u64,
}

impl Floor {
    async fn of(store: &dyn Store, feed: &str) -> Result<Self, StoreError> {
        let read = store.get::<FeedFloorRecord>(&FeedFloorRecord::key_of(feed)).await?;
        Ok(read.map_or(Self { version: None, first: 1 }, |read| Self {
            version: Some(read.version),
            first: read.record.first,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mpp_store::{Commit, MemoryStore};

    #[derive(Debug, Clone, Serialize, Deserialize)]
    struct Entry {
        feed: String,
        number: u64,
        second: i64,
    }

    impl Record for Entry {
        const KIND: RecordKind = RecordKind::new("entry");
        const FORM: u16 = 1;

        fn key(&self) -> RecordKey {
            RecordKey::new(format_args!("{}/{}", self.feed, self.number))
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_unix_millis(second * 1000).unwrap()
    }

    async fn fill(store: &MemoryStore, entries: impl IntoIterator<Item = (&'static str, u64, i64)>) {
        for (feed, number, second) in entries {
            let mut batch = WriteBatch::new();
            batch.insert(&Entry { feed: feed.to_owned(), number, second });
            store.commit(batch).await.unwrap();
        }
    }

    async fn forget(store: &MemoryStore, second: i64) -> u64 {
        let place = |entry: &Entry| (entry.feed.clone(), entry.number);
        forget_numbered(store, at(second), |entry: &Entry| at(entry.second), place).await.unwrap()
    }

    #[tokio::test]
    async fn every_feed_has_a_floor_of_its_own() {
        let store = MemoryStore::new();
        fill(&store, [("a", 1, 10), ("b", 1, 11), ("a", 2, 12), ("a", 3, 20)]).await;
        assert_eq!(first_kept(&store, "a").await.unwrap(), 1);
        assert_eq!(forget(&store, 15).await, 3);
        let floors = [first_kept(&store, "a").await.unwrap(), first_kept(&store, "b").await.unwrap()];
        assert_eq!(floors, [3, 2]);
        assert_eq!(forget(&store, 15).await, 0, "twice is as once");
        assert_eq!(forget(&store, 21).await, 1);
        assert_eq!(first_kept(&store, "a").await.unwrap(), 4, "the next one");
    }

    #[tokio::test]
    async fn an_entry_waits_for_the_one_before_it() {
        let store = MemoryStore::new();
        // the clock was set back between the two
        fill(&store, [("a", 1, 30), ("a", 2, 10), ("a", 3, 40)]).await;
        assert_eq!(forget(&store, 20).await, 0);
        assert_eq!(forget(&store, 31).await, 2);
        assert_eq!(first_kept(&store, "a").await.unwrap(), 3);
    }

    #[tokio::test]
    async fn a_long_feed_goes_in_steps() {
        let store = MemoryStore::new();
        let entries = (1_u64..=1250).map(|number| ("a", number, i64::try_from(number).unwrap()));
        fill(&store, entries).await;
        assert_eq!(forget(&store, 1201).await, 1200);
        assert_eq!(first_kept(&store, "a").await.unwrap(), 1201);
    }
}
