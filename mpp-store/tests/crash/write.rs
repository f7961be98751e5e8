//! The writers of the child.

use std::sync::Arc;

use bytes::Bytes;
use futures::stream;
use mpp_store::{
    ParcelBytes as _, ParcelBytesError, ParcelBytesExt as _, RecordReaderExt as _, StoreError, Version,
    WriteBatch,
};

use super::child::{Desk, Line};
use super::points::Point;
use super::traces::{Held, Journey, Mark};

/// Commits without end: the state, a job, a leaf, a use, and now and then a parcel that comes or goes.
pub async fn write(desk: Arc<Desk>, writer: u8) {
    let mut was_away = false;
    for number in 0.. {
        let mark = Mark { round: desk.round, writer, number };
        while !written(&desk, mark, &mut was_away).await {
            was_away = true;
        }
        if let Some(going) = mark.going() {
            desk.points.pass(Point::BytesAfterRecord).await;
            desk.parcels.remove(going.parcel()).await.unwrap();
        }
    }
}

/// Whether the commit is in the store. When the server went away in between, reading tells.
async fn written(desk: &Desk, mark: Mark, was_away: &mut bool) -> bool {
    let key = mpp_store::RecordKey::new(mark.writer);
    let Some(found) = desk.settle(desk.store.get::<Journey>(&key).await).await else { return false };
    if found.as_ref().is_some_and(|found| found.record.last == mark) {
        return true;
    }
    let commits = found.as_ref().map_or(0, |found| found.record.commits) + 1;
    // now and then one that does not fit into what a database writes at once
    let length = if mark.number % 5 == 4 { 6000 } else { 60 };
    let journey = Journey { writer: mark.writer, commits, last: mark, terms: "as agreed ".repeat(length) };
    let mut batch = WriteBatch::new();
    match found {
        Some(found) => batch.update(found.version, &journey),
        None => batch.insert(&journey),
    };
    batch.enqueue(mark.job()).audit(mark.leaf()).usage_entry(mark.usage());
    if mark.brings_a_parcel() {
        write_bytes(desk, mark).await;
        desk.points.pass(Point::BytesBeforeRecord).await;
        batch.insert(&Held { mark });
    }
    if let Some(going) = mark.going() {
        let held = desk.settle(desk.store.get::<Held>(&going.parcel_key()).await).await;
        let Some(held) = held else { return false };
        batch.delete::<Held>(&going.parcel_key(), held.expect("nobody else removes it").version);
    }
    let Some(version) = desk.settle(commit(desk, batch).await).await else { return false };
    desk.points.pass(Point::CommitUnsaid).await;
    Line::Written { mark, version: version.number() }.say();
    if std::mem::take(was_away) {
        Line::Survived.say();
    }
    true
}

async fn commit(desk: &Desk, batch: WriteBatch) -> Result<Version, StoreError> {
    let commit = desk.store.commit(batch);
    futures::pin_mut!(commit);
    if desk.points.reached(Point::CommitUnderWay) {
        let early = futures::poll!(&mut commit);
        Line::At(Point::CommitUnderWay).say();
        if let std::task::Poll::Ready(early) = early {
            return early;
        }
    }
    commit.await
}

async fn write_bytes(desk: &Desk, mark: Mark) {
    let content = stream::iter([Ok::<_, std::io::Error>(Bytes::from(mark.content()))]);
    match desk.parcels.write(mark.parcel(), content).await {
        // written before the server went away
        Err(ParcelBytesError::AlreadyThere { .. }) if desk.survives => {}
        outcome => drop(outcome.unwrap()),
    }
}
