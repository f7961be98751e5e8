use jiff::civil::Date;
use mpp_core::{Span, Timestamp};
use mpp_store::{AuditLeaf, AuditLog, Commit, MemoryStore, WriteBatch};
use proptest::prelude::*;
use serde_json::json;

use super::*;

const DAY: Date = jiff::civil::date(2026, 3, 10);

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

fn dated(minutes: i64) -> AuditLeaf {
    AuditLeaf::new(json!({ "v": 1, "at": minute(minutes), "action": "x" }).to_string())
}

async fn log_of(leaves: impl IntoIterator<Item = AuditLeaf>) -> MemoryStore {
    let store = MemoryStore::new();
    let mut batch = WriteBatch::new();
    for leaf in leaves {
        batch.audit(leaf);
    }
    store.commit(batch).await.unwrap();
    store
}

fn on_the_day() -> AuditSearch {
    AuditSearch { from: Some(DAY), to: Some(DAY), ..AuditSearch::default() }
}

/// The numbers of all leaves that are found, page after page, and how many pages there were.
async fn found(store: &MemoryStore, search: &AuditSearch, limit: u32) -> (Vec<u64>, usize) {
    let (mut before, mut numbers, mut pages) = (None, Vec::new(), 0);
    loop {
        let page = page(store, search, before, limit).await.unwrap();
        assert!(page.leaves.len() <= usize::try_from(limit).unwrap());
        numbers.extend(page.leaves.iter().map(|leaf| leaf.index.0));
        pages += 1;
        match page.before {
            Some(next) => before = Some(next),
            None => return (numbers, pages),
        }
    }
}

#[tokio::test]
async fn an_empty_log_has_no_day() {
    let store = MemoryStore::new();
    assert_eq!(found(&store, &on_the_day(), 5).await, (vec![], 1));
    assert_eq!(found(&store, &AuditSearch::default(), 5).await, (vec![], 1));
}

#[tokio::test]
async fn a_day_has_its_first_and_its_last_instant_and_no_other() {
    let last = minute(24 * 60).minus(Span::from_millis(1));
    let last = AuditLeaf::new(json!({ "at": last }).to_string());
    let store = log_of([dated(-1), dated(0), dated(700), last, dated(24 * 60)]).await;
    assert_eq!(found(&store, &on_the_day(), 5).await.0, [3, 2, 1]);
    let since = AuditSearch { from: Some(DAY), ..AuditSearch::default() };
    assert_eq!(found(&store, &since, 5).await.0, [4, 3, 2, 1]);
    let until = AuditSearch { to: Some(DAY), ..AuditSearch::default() };
    assert_eq!(found(&store, &until, 2).await, (vec![3, 2, 1, 0], 2));
}

#[tokio::test]
async fn a_day_without_entries_is_empty_wherever_it_lies() {
    for minutes in [[-9000, -5000], [-5000, 5000], [5000, 9000]] {
        let store = log_of(minutes.map(dated)).await;
        assert_eq!(found(&store, &on_the_day(), 5).await, (vec![], 1), "{minutes:?}");
    }
    let store = log_of([dated(10)]).await;
    let turned = AuditSearch { from: DAY.tomorrow().ok(), to: Some(DAY), ..AuditSearch::default() };
    assert_eq!(found(&store, &turned, 5).await, (vec![], 1), "a range that ends before it begins");
}

#[tokio::test]
async fn entries_of_one_instant_are_all_found() {
    let store = log_of([-2000, 0, 0, 0, 0, 0, 0, 0, 5000].map(dated)).await;
    assert_eq!(found(&store, &on_the_day(), 3).await, (vec![7, 6, 5, 4, 3, 2, 1], 3));
}

#[tokio::test]
async fn a_log_whose_beginning_was_forgotten_is_searched_from_there_on() {
    let store = log_of((0..40).map(|at| dated(at * 60 - 600))).await;
    store.remove_leaves_before(LeafIndex(15), 100).await.unwrap();
    let numbers: Vec<u64> = (15..34).rev().collect();
    assert_eq!(found(&store, &on_the_day(), 7).await.0, numbers);
    let page = page(&store, &on_the_day(), Some(15), 7).await.unwrap();
    assert_eq!((page.leaves.len(), page.before, page.size), (0, None, 25));
    store.remove_leaves_before(LeafIndex(40), 100).await.unwrap();
    assert_eq!(found(&store, &on_the_day(), 7).await, (vec![], 1));
}

#[tokio::test]
async fn a_clock_that_jumped_back_an_hour_hides_nothing() {
    // midnight is gone through twice, at both ends of the day
    let end = 24 * 60;
    let times = [-50, -1, 30, -30, 5, 700, end - 5, end + 10, end + 30, end - 30, end - 1, end + 20];
    let store = log_of(times.map(dated)).await;
    assert_eq!(found(&store, &on_the_day(), 2).await.0, [10, 9, 6, 5, 4, 2]);
}

#[tokio::test]
async fn what_does_not_say_its_time_is_on_no_day_and_is_in_nobodys_way() {
    let unreadable = || AuditLeaf::new("no JSON");
    let many = std::iter::repeat_with(unreadable).take(30);
    let store = log_of([dated(-2000)].into_iter().chain(many).chain([dated(5), unreadable()])).await;
    assert_eq!(found(&store, &on_the_day(), 5).await.0, [31]);
    let store = log_of([unreadable(), unreadable()]).await;
    assert_eq!(found(&store, &on_the_day(), 5).await.0, Vec::<u64>::new());
    assert_eq!(found(&store, &AuditSearch::default(), 5).await.0, [1, 0], "without a filter it is shown");
}

#[tokio::test]
async fn a_word_is_found_however_it_is_written() {
    let about = |case: &str| AuditLeaf::new(json!({ "action": "x", "caseRef": case }).to_string());
    let words = ["LOAN-1", r#"LOAN"1"#, r"LOAN\1", "LOAN-10", "LOAN/1"];
    let store = log_of(words.map(about)).await;
    for (number, word) in (0..).zip(words) {
        let search = AuditSearch { about: vec![word.parse().unwrap()], ..AuditSearch::default() };
        assert_eq!(found(&store, &search, 5).await.0, [number], "{word}");
    }
}

#[tokio::test]
async fn a_page_may_be_empty_and_have_a_next_one() {
    let rare = AuditLeaf::new(json!({ "at": minute(0), "action": "rare" }).to_string());
    let common = (0..25_000).map(|_| dated(1));
    let store = log_of([rare].into_iter().chain(common)).await;
    let search = AuditSearch { action: Some("rare"), ..AuditSearch::default() };
    let first = page(&store, &search, None, 5).await.unwrap();
    assert_eq!((first.leaves.len(), first.before), (0, Some(22_501)));
    assert_eq!(found(&store, &search, 5).await, (vec![0], 11));
}

#[tokio::test]
async fn every_part_must_hold() {
    let leaf = |action: &str, actor: serde_json::Value, subject: serde_json::Value| {
        let mut entry = json!({ "v": 1, "at": minute(1), "action": action, "actor": actor });
        entry.as_object_mut().unwrap().extend(subject.as_object().unwrap().clone());
        AuditLeaf::new(entry.to_string())
    };
    let asha = || json!({ "type": "staff", "id": "asha" });
    let store = log_of([
        leaf("bill.approved", asha(), json!({ "bill": "b-1" })),
        leaf("bill.approved", json!({ "type": "staff", "id": "ravi" }), json!({ "bill": "b-1" })),
        leaf("session.opened", asha(), json!({ "staff": "ravi" })),
        leaf("range", json!({ "type": "central" }), json!({ "range": { "of": ["b-1", 7] } })),
        leaf("sign_in.locked", json!(null), json!({ "staff": "asha", "productVersion": 7 })),
    ])
    .await;
    let word = |text: &str| text.parse::<LeafWord>().unwrap();
    let none = AuditSearch::default;
    for (search, numbers) in [
        (AuditSearch { action: Some("bill.approved"), ..none() }, vec![1, 0]),
        (AuditSearch { actor: Some("staff"), ..none() }, vec![2, 1, 0]),
        (AuditSearch { actor: Some("central"), ..none() }, vec![3]),
        (AuditSearch { actor_id: Some(word("asha")), ..none() }, vec![2, 0]),
        (AuditSearch { about: vec![word("b-1")], ..none() }, vec![3, 1, 0]),
        (AuditSearch { about: vec![word("b-1"), word("ravi")], ..none() }, vec![3, 2, 1, 0]),
        (AuditSearch { about: vec![word("asha")], ..none() }, vec![4]),
        (AuditSearch { about: vec![word("staff")], ..none() }, vec![]),
        (AuditSearch { about: vec![word("b-")], ..none() }, vec![]),
        (
            AuditSearch { action: Some("bill.approved"), actor_id: Some(word("asha")), ..on_the_day() },
            vec![0],
        ),
    ] {
        assert_eq!(found(&store, &search, 5).await.0, numbers, "{search:?}");
    }
    for wrong in ["", "two words", "नाम", &"x".repeat(129)] {
        assert_eq!(wrong.parse::<LeafWord>(), Err(InvalidLeafWord), "{wrong}");
    }
}

proptest! {
    /// Whatever the order of the times, as long as none is more than the margin earlier than one before it.
    #[test]
    fn a_day_is_found_whole_where_no_clock_was_set_back_by_more_than_the_margin(
        steps in proptest::collection::vec((0_i64..200, 0_i64..=75), 0..120),
        forgotten in 0_u64..40,
    ) {
        let mut latest = -3000;
        let times: Vec<i64> = steps.iter().map(|(on, back)| {
            latest += on;
            latest - back
        }).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let numbers = runtime.block_on(async {
            let store = log_of(times.iter().copied().map(dated)).await;
            store.remove_leaves_before(LeafIndex(forgotten), 100).await.unwrap();
            found(&store, &on_the_day(), 9).await.0
        });
        let of_day = |(index, at): &(u64, &i64)| *index >= forgotten && (0..24 * 60).contains(*at);
        let mut wanted: Vec<u64> = (0..).zip(&times).filter(of_day).map(|(index, _)| index).collect();
        wanted.reverse();
        prop_assert_eq!(numbers, wanted);
    }
}
