//! Records: reading, versions, indexes, pages.

use std::sync::Arc;

use super::sample::{
    BY_CODE, BY_OWNER, Odd, Other, Sample, assert_conflict, commit, ids_by, insert, key, sample,
};
use crate::{
    Cursor, Inconsistency, IndexValue, ListOrder, ListQuery, Page, Record, RecordReaderExt, Store,
    StoreError, Versioned,
};

/// Absence is `None` or an empty page.
pub async fn absent_record_reads_as_none(store: Arc<dyn Store>) {
    assert_eq!(store.read(Sample::KIND, &key(1)).await.unwrap(), None);
    assert!(store.list(ListQuery::of(Sample::KIND)).await.unwrap().items.is_empty());
    assert!(ids_by(&*store, BY_OWNER, "a").await.is_empty());
    assert_eq!(store.count(Sample::KIND, None).await.unwrap(), 0);
}

/// What was inserted is read, with the version the commit answered.
pub async fn inserted_record_reads_back(store: Arc<dyn Store>) {
    let written = Sample::of("a \u{1f}'\"\\ \u{928}\u{92e}", 1).coded("c");
    let version = insert(&*store, [written.clone()]).await;
    assert_eq!(sample(&*store, 1).await, Some(Versioned { version, record: written }));
    let stored = store.read(Sample::KIND, &key(1)).await.unwrap().unwrap();
    assert_eq!((stored.kind, stored.form), (Sample::KIND, Sample::FORM));
}

/// Records read together stand where their keys stood, with a gap for each that is absent.
pub async fn records_read_together_keep_their_places(store: Arc<dyn Store>) {
    insert(&*store, [Sample::of("a", 1), Sample::of("a", 2), Sample::of("a", 3)]).await;
    let keys = [3, 9, 1, 3].map(key);
    let found = store.get_many::<Sample>(&keys).await.unwrap();
    let found: Vec<_> = found.into_iter().map(|read| read.map(|read| read.record)).collect();
    let three = Some(Sample::of("a", 3));
    assert_eq!(found, [three.clone(), None, Some(Sample::of("a", 1)), three]);
    assert!(store.get_many::<Sample>(&[]).await.unwrap().is_empty());
}

/// A text is found wherever it stands, and no longer when the last record that held it is changed or gone.
pub async fn a_text_is_found_in_records_of_every_kind_while_they_are_there(store: Arc<dyn Store>) {
    let mentions = async |text: &str| store.mentions(text).await.unwrap();
    assert!(!mentions("needle").await);
    let first = insert(&*store, [Sample::of("hay-needle-hay", 1), Sample::of("hay", 2)]).await;
    let other = commit(&*store, |batch| batch.insert(&Other { id: 1 })).await.unwrap();
    assert!(mentions("needle").await && !mentions("Needle").await && !mentions("need%le").await);
    assert!(mentions("\"id\":").await);
    commit(&*store, |batch| batch.update(first, &Sample::of("hay", 1))).await.unwrap();
    assert!(!mentions("needle").await, "the earlier form is not looked at");
    commit(&*store, |batch| batch.delete::<Other>(&key(1), other)).await.unwrap();
    assert!(mentions("hay").await);
}

/// A key is given once.
pub async fn inserting_an_existing_key_is_a_conflict(store: Arc<dyn Store>) {
    insert(&*store, [Sample::of("first", 1)]).await;
    let again = commit(&*store, |batch| batch.insert(&Sample::of("second", 1))).await;
    assert_conflict(again, Sample::KIND, &key(1));
    assert_eq!(sample(&*store, 1).await.unwrap().record.owner, "first");
}

/// Update and delete name the version they were decided on.
pub async fn changing_needs_the_current_version(store: Arc<dyn Store>) {
    let first = insert(&*store, [Sample::of("a", 1)]).await;
    let changed = Sample { count: 1, ..Sample::of("a", 1) };
    let second = commit(&*store, |batch| batch.update(first, &changed)).await.unwrap();
    assert!(second > first);
    assert_conflict(commit(&*store, |batch| batch.update(first, &changed)).await, Sample::KIND, &key(1));
    let stale = commit(&*store, |batch| batch.delete::<Sample>(&key(1), first)).await;
    assert_conflict(stale, Sample::KIND, &key(1));
    assert_eq!(sample(&*store, 1).await, Some(Versioned { version: second, record: changed }));
    commit(&*store, |batch| batch.delete::<Sample>(&key(1), second)).await.unwrap();
    assert_eq!(sample(&*store, 1).await, None);
}

/// There is no version of what is not there.
pub async fn changing_an_absent_record_is_a_conflict(store: Arc<dyn Store>) {
    let version = insert(&*store, [Sample::of("a", 1)]).await;
    let update = commit(&*store, |batch| batch.update(version, &Sample::of("a", 2))).await;
    assert_conflict(update, Sample::KIND, &key(2));
    let delete = commit(&*store, |batch| batch.delete::<Sample>(&key(2), version)).await;
    assert_conflict(delete, Sample::KIND, &key(2));
}

/// A record written anew is not mistaken for the deleted one.
pub async fn versions_are_never_used_again(store: Arc<dyn Store>) {
    let first = insert(&*store, [Sample::of("a", 1)]).await;
    commit(&*store, |batch| batch.delete::<Sample>(&key(1), first)).await.unwrap();
    let second = insert(&*store, [Sample::of("b", 1)]).await;
    assert!(second > first);
    let stale = commit(&*store, |batch| batch.update(first, &Sample::of("c", 1))).await;
    assert_conflict(stale, Sample::KIND, &key(1));
}

/// The same key, and the same unique value, may occur in two kinds.
pub async fn kinds_do_not_mix(store: Arc<dyn Store>) {
    let change = |id| {
        move |batch: &mut crate::WriteBatch| {
            batch.insert(&Sample::of("a", id).coded("x")).insert(&Other { id });
        }
    };
    let mut batch = crate::WriteBatch::new();
    change(1)(&mut batch);
    store.commit(batch).await.unwrap();
    assert_eq!(store.get::<Other>(&key(1)).await.unwrap().unwrap().record, Other { id: 1 });
    assert_eq!(store.all::<Sample>(ListOrder::OldestFirst, None, 10).await.unwrap().items.len(), 1);
    assert_eq!(ids_by(&*store, BY_CODE, "x").await, [1]);
}

/// What does not decode is an error that says where, without repeating what.
pub async fn undecodable_record_is_an_inconsistency(store: Arc<dyn Store>) {
    commit(&*store, |batch| {
        batch.insert(&Odd::<2>::new(r#"{"id": 1, "owner": 77001122}"#));
        batch.insert(&Odd::<2>::new(r#"{"key": 2, "id": 9, "owner": "a", "code": null, "count": 0}"#))
    })
    .await
    .unwrap();
    let unreadable = store.get::<Sample>(&key(1)).await.unwrap_err();
    assert!(!unreadable.to_string().contains("77001122"), "{unreadable}");
    match unreadable {
        StoreError::Inconsistent { kind, key: found, cause: Inconsistency::Unreadable(_) } => {
            assert_eq!((kind, found), (Sample::KIND, key(1)));
        }
        other => panic!("{other:?}"),
    }
    let misplaced = store.get::<Sample>(&key(2)).await;
    assert!(matches!(misplaced, Err(StoreError::Inconsistent { cause: Inconsistency::WrongKey, .. })));
    let listed = store.all::<Sample>(ListOrder::OldestFirst, None, 10).await;
    assert!(matches!(listed, Err(StoreError::Inconsistent { .. })));
}

/// Earlier forms are read by the record's own reader, later ones are refused.
pub async fn older_form_is_read_newer_is_refused(store: Arc<dyn Store>) {
    commit(&*store, |batch| {
        batch.insert(&Odd::<1>::new(r#"{"id": 1, "owner": "old"}"#));
        batch.insert(&Odd::<3>::new(r#"{"id": 3, "owner": "new"}"#));
        batch.insert(&Odd::<0>::new(r#"{"id": 4, "owner": "never"}"#))
    })
    .await
    .unwrap();
    assert_eq!(sample(&*store, 1).await.unwrap().record, Sample::of("old", 1));
    for (id, found) in [(3, 3), (4, 0)] {
        let refused = store.get::<Sample>(&key(id)).await;
        let expected = Inconsistency::UnknownForm { found, newest: 2 };
        assert!(matches!(refused, Err(StoreError::Inconsistent { cause, .. }) if cause == expected));
    }
}

/// A record is found by what it says now.
pub async fn index_entries_move_and_vanish(store: Arc<dyn Store>) {
    let version = insert(&*store, [Sample::of("a", 1), Sample::of("a", 2)]).await;
    commit(&*store, |batch| batch.update(version, &Sample::of("b", 1))).await.unwrap();
    assert_eq!(ids_by(&*store, BY_OWNER, "a").await, [2]);
    assert_eq!(ids_by(&*store, BY_OWNER, "b").await, [1]);
    commit(&*store, |batch| batch.delete::<Sample>(&key(2), version)).await.unwrap();
    assert!(ids_by(&*store, BY_OWNER, "a").await.is_empty());
}

/// Whatever a record was found by before, and however often it is written, it is found by what its last version says.
pub async fn entries_follow_every_change(store: Arc<dyn Store>) {
    let coded = |owner: &str, code: &str| Sample::of(owner, 1).coded(code);
    insert(&*store, [Sample::of("a", 1)]).await;
    let states = [coded("a", "x"), coded("a", "x"), coded("b", "x"), coded("b", "y"), Sample::of("b", 1)];
    for (nth, state) in states.iter().chain(&states).enumerate() {
        let version = sample(&*store, 1).await.unwrap().version;
        let written = match nth % 3 {
            0 => commit(&*store, |batch| batch.index_anew(version, state)).await,
            _ => commit(&*store, |batch| batch.update(version, state)).await,
        };
        written.unwrap();
        for owner in ["a", "b"] {
            let expected = if state.owner == owner { vec![1] } else { vec![] };
            assert_eq!(ids_by(&*store, BY_OWNER, owner).await, expected, "{nth}");
        }
        for code in ["x", "y"] {
            let expected = if state.code.as_deref() == Some(code) { vec![1] } else { vec![] };
            assert_eq!(ids_by(&*store, BY_CODE, code).await, expected, "{nth}");
        }
    }
}

/// Neither insert nor update can take a unique value from its holder; the holder itself keeps it.
pub async fn unique_entry_has_one_holder(store: Arc<dyn Store>) {
    let version = insert(&*store, [Sample::of("a", 1).coded("x"), Sample::of("a", 2)]).await;
    let second = commit(&*store, |batch| batch.insert(&Sample::of("a", 3).coded("x"))).await;
    assert_conflict(second, Sample::KIND, &key(3));
    let taken = commit(&*store, |batch| batch.update(version, &Sample::of("a", 2).coded("x"))).await;
    assert_conflict(taken, Sample::KIND, &key(2));
    let twins = commit(&*store, |batch| {
        batch.insert(&Sample::of("a", 4).coded("y")).insert(&Sample::of("a", 5).coded("y"))
    });
    assert_conflict(twins.await, Sample::KIND, &key(5));
    let kept = Sample { count: 1, ..Sample::of("a", 1).coded("x") };
    commit(&*store, |batch| batch.update(version, &kept)).await.unwrap();
    let found = store.first_by_index::<Sample>(BY_CODE, "x".into()).await.unwrap().unwrap();
    assert_eq!(found.record, kept);
}

/// A unique value that was given up, even earlier in the same batch, is free.
pub async fn unique_entry_can_be_handed_over(store: Arc<dyn Store>) {
    let version = insert(&*store, [Sample::of("a", 1).coded("x")]).await;
    let version = commit(&*store, |batch| {
        batch.update(version, &Sample::of("a", 1)).insert(&Sample::of("a", 2).coded("x"))
    })
    .await
    .unwrap();
    assert_eq!(ids_by(&*store, BY_CODE, "x").await, [2]);
    commit(&*store, |batch| batch.delete::<Sample>(&key(2), version).insert(&Sample::of("a", 3).coded("x")))
        .await
        .unwrap();
    assert_eq!(ids_by(&*store, BY_CODE, "x").await, [3]);
}

/// Oldest first and newest first, all or by index, page after page; updates do not move a record.
pub async fn pages_follow_the_order_of_insertion(store: Arc<dyn Store>) {
    let ids = [5, 3, 9, 1, 7, 2, 8];
    let mut versions = Vec::new();
    for id in ids {
        versions.push(insert(&*store, [Sample::of(if id == 9 { "b" } else { "a" }, id)]).await);
    }
    let changed = Sample { count: 1, ..Sample::of("a", 5) };
    commit(&*store, |batch| batch.update(versions[0], &changed)).await.unwrap();
    let all = ListQuery::of(Sample::KIND).limit(3);
    assert_eq!(walk(&*store, all.clone()).await, [vec![5, 3, 9], vec![1, 7, 2], vec![8]]);
    let newest = all.clone().in_order(ListOrder::NewestFirst);
    assert_eq!(walk(&*store, newest.clone()).await, [vec![8, 2, 7], vec![1, 9, 3], vec![5]]);
    let owned = all.by_index(BY_OWNER, "a".into());
    assert_eq!(walk(&*store, owned.clone()).await, [vec![5, 3, 1], vec![7, 2, 8]]);
    let owned = owned.in_order(ListOrder::NewestFirst).limit(4);
    assert_eq!(walk(&*store, owned).await, [vec![8, 2, 7, 1], vec![3, 5]]);
    let one = store.list(ListQuery::of(Sample::KIND).limit(0)).await.unwrap();
    assert_eq!(one.items.len(), 1, "a page holds at least one item");
    // a cursor can be made at any position, also where no item is
    let newest = ListQuery::of(Sample::KIND).in_order(ListOrder::NewestFirst).limit(1);
    let position = store.list(newest.clone()).await.unwrap().next.unwrap().position().unwrap();
    for (position, id) in [(position + 1000, 8), (position + 1, 8), (position, 2)] {
        let behind = newest.clone().after(Some(Cursor::at_position(position)));
        let found = store.page::<Sample>(behind).await.unwrap();
        assert_eq!(found.items[0].record.id, id, "behind {position}");
    }
}

async fn walk(store: &dyn Store, query: ListQuery) -> Vec<Vec<u32>> {
    let mut pages = Vec::new();
    let mut after = None;
    loop {
        let page: Page<Versioned<Sample>> = store.page(query.clone().after(after)).await.unwrap();
        pages.push(page.items.into_iter().map(|found| found.record.id).collect());
        match page.next {
            Some(next) => after = Some(next.as_str().parse::<Cursor>().unwrap()),
            None => return pages,
        }
    }
}

/// Between two pages others insert, update and delete: nothing is seen twice, nothing that stays is missed.
pub async fn pages_hold_still_under_writes(store: Arc<dyn Store>) {
    let version = insert(&*store, (1..=6).map(|id| Sample::of("a", id))).await;
    let query = ListQuery::of(Sample::KIND).by_index(BY_OWNER, "a".into()).limit(3);
    let first = store.list(query.clone()).await.unwrap();
    commit(&*store, |batch| {
        batch.delete::<Sample>(&key(3), version).delete::<Sample>(&key(5), version);
        batch.update(version, &Sample { count: 1, ..Sample::of("a", 1) });
        batch.update(version, &Sample { count: 1, ..Sample::of("a", 6) });
        batch.insert(&Sample::of("a", 7))
    })
    .await
    .unwrap();
    let rest = store.page::<Sample>(query.after(first.next)).await.unwrap();
    let ids: Vec<u32> = rest.items.iter().map(|found| found.record.id).collect();
    assert_eq!(ids, [4, 6, 7]);
    assert_eq!(rest.next, None);
}

/// A cursor of another listing, or made up, is refused.
pub async fn foreign_cursor_is_refused(store: Arc<dyn Store>) {
    insert(&*store, [Sample::of("a", 1)]).await;
    for text in ["x", "-1", "+1", "1.2", "99999999999999999999", "18446744073709551615"] {
        let cursor: Cursor = text.parse().unwrap();
        let refused = store.list(ListQuery::of(Sample::KIND).after(Some(cursor))).await;
        assert!(matches!(refused, Err(StoreError::InvalidCursor)), "{text}: {refused:?}");
    }
}

/// Counting follows inserts, moves and deletes.
pub async fn records_are_counted(store: Arc<dyn Store>) {
    let version = insert(&*store, [Sample::of("a", 1), Sample::of("a", 2), Sample::of("b", 3)]).await;
    let of = |owner: &str| Some((BY_OWNER, owner.into()));
    assert_eq!(store.count(Sample::KIND, None).await.unwrap(), 3);
    assert_eq!(store.count(Sample::KIND, of("a")).await.unwrap(), 2);
    assert_eq!(store.count_up_to(Sample::KIND, of("a"), 1).await.unwrap(), 1);
    assert_eq!(store.count_up_to(Sample::KIND, None, 2).await.unwrap(), 2);
    for (owners, is_there) in [(&["x", "b"][..], true), (&["x", "y\0", ""], false), (&[], false)] {
        let owners: Vec<IndexValue> = owners.iter().map(|owner| (*owner).into()).collect();
        assert_eq!(store.any_of(Sample::KIND, BY_OWNER, &owners).await.unwrap(), is_there, "{owners:?}");
        assert!(!store.any_of(Sample::KIND, BY_CODE, &owners).await.unwrap(), "of another index: {owners:?}");
        assert!(!store.any_of(Other::KIND, BY_OWNER, &owners).await.unwrap(), "of another kind: {owners:?}");
    }
    commit(&*store, |batch| batch.update(version, &Sample::of("b", 1)).delete::<Sample>(&key(2), version))
        .await
        .unwrap();
    assert_eq!(store.count(Sample::KIND, None).await.unwrap(), 2);
    assert_eq!(store.count(Sample::KIND, of("a")).await.unwrap(), 0);
    assert_eq!(store.count(Sample::KIND, of("b")).await.unwrap(), 2);
}
