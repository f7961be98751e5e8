//! Several processes with the same records and keys: each is a server opened of its own.

use std::sync::Arc;

use mpp_store::conformance::run;
use mpp_store::{Commit, ItemKeys, RecordKey, RecordReaderExt, WriteBatch};

use crate::server::{Kind, Person, Place, Server, item, on_each};

on_each!(
    [memory: Memory, sqlite: Sqlite, sled: Sled, postgres: Postgres],
    [
        who_is_behind_cannot_commit_under_a_closed_epoch_and_can_at_the_next_try,
        who_knows_nothing_of_a_new_epoch_goes_on_until_the_old_one_is_closed,
        one_rotates_at_a_time,
        nothing_is_lost_while_others_write,
        what_is_destroyed_while_it_is_wrapped_anew_is_gone,
    ]
);

fn who_is_behind_cannot_commit_under_a_closed_epoch_and_can_at_the_next_try(kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::at(kind, folder.path());
    run(async {
        let (one, other) = (place.open().await, place.open().await);
        one.fill(3).await;
        let stale = other.person(10, 0);
        one.rotation().now().await.unwrap();
        // read by one that does not know the new key yet
        other.check_all(3).await;
        let refused = other.insert(&stale).await.unwrap_err();
        assert!(refused.is_conflict(), "{refused}");
        assert!(one.store.get::<Person>(&RecordKey::new(10)).await.unwrap().is_none());
        other.insert(&other.person(10, 0)).await.unwrap();
        let found = one.store.get::<Person>(&RecordKey::new(10)).await.unwrap().unwrap();
        one.check(&found.record);
    });
}

fn who_knows_nothing_of_a_new_epoch_goes_on_until_the_old_one_is_closed(kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::at(kind, folder.path());
    run(async {
        let (one, other) = (place.open().await, place.open().await);
        let rotation = one.rotation();
        rotation.begin().unwrap();
        other.insert(&other.person(1, 0)).await.unwrap();
        // an item key made now is under the new key already, though the process had not heard of it
        other.item_keys.create(&item(1)).await.unwrap();
        assert_eq!(rotation.when_due(mpp_core::Span::from_days(1)).await.unwrap().unwrap().item_keys, 0);
        assert_eq!(place.epochs(), ["epoch-00000002.key"]);
        for server in [&one, &other, &place.open().await] {
            server.check(&server.store.get::<Person>(&RecordKey::new(1)).await.unwrap().unwrap().record);
            assert!(server.item_keys.load(&item(1)).await.unwrap().is_some());
        }
    });
}

fn one_rotates_at_a_time(kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::at(kind, folder.path());
    run(async {
        let (one, other) = (place.open().await, place.open().await);
        one.fill(120).await;
        let (first, second) = (one.rotation(), other.rotation());
        let (first, second) = tokio::join!(first.now(), second.now());
        let ended =
            [first.unwrap(), second.unwrap()].into_iter().flatten().map(|done| done.ended).sum::<u32>();
        assert_eq!(ended + 1, newest(&place), "every epoch but the last has ended");
        assert_eq!(place.epochs().len(), 1);
        other.check_all(120).await;
    });
}

fn newest(place: &Place) -> u32 {
    let epochs = place.epochs();
    epochs.last().unwrap().trim_start_matches("epoch-").trim_end_matches(".key").parse().unwrap()
}

/// Two processes count visits of the same people, make and destroy items, while epochs come and go.
fn nothing_is_lost_while_others_write(kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::at(kind, folder.path());
    run(async {
        let open = async || Arc::new(place.open().await);
        let (one, other, third) = (open().await, open().await, open().await);
        one.fill(20).await;
        let writers = [one, other].map(|server| tokio::spawn(visit_everybody(server)));
        let mut rotated = 0;
        while writers.iter().any(|writer| !writer.is_finished()) {
            rotated += third.rotation().now().await.unwrap().map_or(0, |done| done.ended);
        }
        for writer in writers {
            writer.await.unwrap();
        }
        assert!(rotated > 1, "{rotated} epochs came and went");
        let last = open().await;
        last.check_all(20).await;
        for id in 1..=20 {
            let found = last.store.get::<Person>(&RecordKey::new(id)).await.unwrap().unwrap();
            assert_eq!(found.record.visits, 2 * ROUNDS, "no visit is lost");
        }
        for number in 1000..1000 + u32::try_from(ROUNDS).unwrap() {
            assert!(last.item_keys.load(&item(number)).await.unwrap().is_none(), "{number} stays destroyed");
        }
    });
}

const ROUNDS: u64 = 30;

async fn visit_everybody(server: Arc<Server>) {
    for round in 0..ROUNDS {
        for id in 1..=20 {
            visit(&server, id).await;
        }
        let number = 1000 + u32::try_from(round).unwrap();
        // the two take turns at the same names: made by one, destroyed by both
        let _ = server.item_keys.create(&item(number)).await;
        server.item_keys.destroy(&item(number)).await.unwrap();
    }
    for round in 0..ROUNDS {
        server.item_keys.destroy(&item(1000 + u32::try_from(round).unwrap())).await.unwrap();
    }
}

/// Reads and decides again for as long as somebody was faster.
async fn visit(server: &Server, id: u32) {
    loop {
        let found = server.store.get::<Person>(&RecordKey::new(id)).await.unwrap().unwrap();
        server.check(&found.record);
        let mut batch = WriteBatch::new();
        batch.update(found.version, &server.person(id, found.record.visits + 1));
        match server.store.commit(batch).await {
            Err(error) if error.is_conflict() => {}
            done => {
                done.unwrap();
                return;
            }
        }
    }
}

/// A key that is wrapped anew while it is destroyed is gone afterwards, whoever was first.
fn what_is_destroyed_while_it_is_wrapped_anew_is_gone(kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::at(kind, folder.path());
    run(async {
        for _ in 0..10 {
            let (one, other) = (place.open().await, place.open().await);
            for number in 0..50 {
                one.item_keys.create(&item(number)).await.unwrap();
            }
            let destroying = tokio::spawn(async move {
                for number in 0..50 {
                    other.item_keys.destroy(&item(number)).await.unwrap();
                }
            });
            one.rotation().now().await.unwrap();
            destroying.await.unwrap();
            assert_eq!(std::fs::read_dir(place.keys().join("items")).unwrap().count(), 0);
        }
    });
}
