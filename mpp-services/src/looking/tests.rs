use mpp_core::Span;
use mpp_store::{Commit, IndexEntry, MemoryStore, RecordKey, RecordKind, WriteBatch};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use super::*;

const DAY: Date = jiff::civil::date(2026, 3, 10);
const ODD: IndexName = IndexName::new("odd");

#[derive(Debug, Serialize, Deserialize)]
struct Dated {
    number: u32,
    at: Timestamp,
}

impl Record for Dated {
    const KIND: RecordKind = RecordKind::new("dated");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        RecordKey::new(self.number)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        vec![IndexEntry::shared(ODD, self.number % 2)]
    }
}

/// An instant so many minutes after the day in question has begun in India.
fn minute(minutes: i64) -> Timestamp {
    let begins = Timestamp::start_of_day_in_india(DAY);
    // a length of time is never negative
    if minutes < 0 {
        begins.minus(Span::from_minutes(-minutes))
    } else {
        begins.plus(Span::from_minutes(minutes))
    }
}

/// Records of these times, numbered from 0.
async fn list_of(times: &[i64]) -> MemoryStore {
    let store = MemoryStore::new();
    for (number, minutes) in (0..).zip(times) {
        let mut batch = WriteBatch::new();
        batch.insert(&Dated { number, at: minute(*minutes) });
        store.commit(batch).await.unwrap();
    }
    store
}

struct Found {
    numbers: Vec<u32>,
    /// How many were looked at.
    seen: usize,
    calls: usize,
}

/// What is found on these days, call after call, each of at most `most` and parts of `limit`.
async fn found(store: &MemoryStore, days: Days, odd: Option<u32>, limit: u32, most: usize) -> Found {
    let (mut after, mut found) = (None, Found { numbers: Vec::new(), seen: 0, calls: 0 });
    loop {
        let index = odd.map(|odd| (ODD, IndexValue::new(odd)));
        let mut walk = Walk::<Dated>::newest_first(store, index, (after, limit), most)
            .within(days, |record| record.at)
            .await
            .unwrap();
        while let Some(records) = walk.next().await.unwrap() {
            found.seen += records.len();
            let wanted = records.into_iter().filter(|record| days.hold(record.at));
            found.numbers.extend(wanted.map(|record| record.number));
        }
        found.calls += 1;
        after = walk.onward();
        if after.is_none() {
            return found;
        }
    }
}

const ON_THE_DAY: Days = Days { from: Some(DAY), to: Some(DAY) };

#[tokio::test]
async fn a_day_long_ago_is_found_without_looking_at_what_came_since() {
    let times: Vec<i64> = (0..2_000).map(|hour| (hour - 100) * 60).collect();
    let store = list_of(&times).await;
    let on_the_day = found(&store, ON_THE_DAY, None, 10, 30).await;
    assert_eq!(on_the_day.numbers, (100..124).rev().collect::<Vec<_>>());
    assert!(on_the_day.seen < 50 && on_the_day.calls < 3, "{} in {}", on_the_day.seen, on_the_day.calls);
    let odd = found(&store, ON_THE_DAY, Some(1), 10, 30).await;
    assert_eq!(odd.numbers, (100..124).rev().filter(|number| number % 2 == 1).collect::<Vec<_>>());
    assert!(odd.seen < 30, "{}", odd.seen);
}

#[tokio::test]
async fn lists_of_none_one_and_two_have_their_days() {
    let whole = Days::default();
    assert_eq!(found(&list_of(&[]).await, ON_THE_DAY, None, 5, 5).await.numbers, [0_u32; 0]);
    for (times, numbers) in [
        (&[5][..], &[0][..]),
        (&[-5], &[]),
        (&[5000], &[]),
        (&[5, 5000], &[0]),
        (&[-5000, 5], &[1]),
        (&[-5000, 5000], &[]),
    ] {
        let store = list_of(times).await;
        assert_eq!(found(&store, ON_THE_DAY, None, 5, 5).await.numbers, numbers, "{times:?}");
        assert_eq!(found(&store, whole, None, 1, 1).await.numbers.len(), times.len());
    }
    let turned = Days { from: DAY.tomorrow().ok(), to: Some(DAY) };
    assert_eq!(found(&list_of(&[5]).await, turned, None, 5, 5).await.numbers, [0_u32; 0]);
}

#[tokio::test]
async fn a_cursor_of_no_list_is_refused() {
    let store = list_of(&[5]).await;
    let cursor = "x".parse().unwrap();
    let walk = Walk::<Dated>::newest_first(&store, None, (Some(cursor), 5), 5);
    let refused = walk.within(ON_THE_DAY, |record| record.at).await.unwrap().next().await;
    assert!(matches!(refused, Err(StoreError::InvalidCursor)), "{refused:?}");
}

proptest! {
    /// Whatever the order of the times, as long as none is more than the margin earlier than one before it.
    #[test]
    fn days_are_found_whole_where_no_clock_was_set_back_by_more_than_the_margin(
        steps in proptest::collection::vec((0_i64..200, 0_i64..=75), 0..80),
        limit in 1_u32..9,
        most in 1_usize..20,
        odd in proptest::option::of(0_u32..2),
        to in proptest::option::of(Just(DAY)),
    ) {
        let mut latest = -3000;
        let times: Vec<i64> = steps.iter().map(|(on, back)| {
            latest += on;
            latest - back
        }).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let days = Days { from: Some(DAY), to };
        let found = runtime.block_on(async {
            let store = list_of(&times).await;
            found(&store, days, odd, limit, most).await
        });
        let is_wanted = |number: &u32, minutes: i64| {
            days.hold(minute(minutes)) && odd.is_none_or(|odd| number % 2 == odd)
        };
        let mut wanted: Vec<u32> =
            (0..).zip(&times).filter(|(number, minutes)| is_wanted(number, **minutes)).map(|(number, _)| number).collect();
        wanted.reverse();
        prop_assert_eq!(found.numbers, wanted);
    }
}
