//! One random operation after the other, on the store and on the model.

use mpp_core::{PartnerId, Span, Timestamp};

use super::dice::Dice;
use super::reference::{Reference, Refusal};
use crate::conformance::StoreUnderTest;
use crate::conformance::sample::{
    BY_CODE, BY_OWNER, OTHER_QUEUE, Other, QUEUE, Sample, at, job, job_id, key, leaf, ordered, used,
};
use crate::port::UsageQuery;
use crate::{
    Claim, IndexName, IndexValue, LeafIndex, LeaseToken, LeasedJob, ListOrder, ListQuery, Page, Reason,
    Record, RecordKind, Store, StoreError, Version, WorkerName, WriteBatch,
};

/// What is known while playing.
struct Game {
    dice: Dice,
    model: Reference,
    seconds: i64,
    /// Every lease there ever was, the lost ones too.
    leases: Vec<LeasedJob>,
    written: u32,
}

pub(super) async fn play(under_test: &mut StoreUnderTest, seed: u64, operations: u32) {
    let mut game = Game {
        dice: Dice::new(seed),
        model: Reference::default(),
        seconds: 0,
        leases: Vec::new(),
        written: 0,
    };
    for operation in 0..operations {
        if operation % 100 == 99 {
            under_test.reopen().await;
            game.compare_all(&*under_test.backend()).await;
        }
        let store = under_test.backend();
        game.pass_time();
        match game.dice.below(100) {
            0..50 => game.commit(&*store).await,
            50..70 => game.lease(&*store).await,
            70..76 => game.heartbeat(&*store).await,
            76..81 => game.replay(&*store).await,
            81..84 => game.discard(&*store).await,
            84..88 => game.remove_the_oldest(&*store).await,
            88..97 => game.list(&*store).await,
            _ => game.compare_all(&*store).await,
        }
    }
    game.compare_all(&*under_test.backend()).await;
}

impl Game {
    fn now(&self) -> Timestamp {
        at(self.seconds)
    }

    /// Mostly forward; clocks are also set back.
    fn pass_time(&mut self) {
        self.seconds += i64::from(self.dice.below(6));
        if self.dice.percent(2) {
            self.seconds -= 30;
        }
    }

    async fn commit(&mut self, store: &dyn Store) {
        let (dice, leases) = (self.dice.clone(), self.leases.len());
        let parts = self.batch().into_parts();
        // the same dice and the same leases give the same batch
        self.dice = dice;
        self.leases.truncate(leases);
        let batch = self.batch();
        self.written += 1;
        let parts = match parts {
            Ok(parts) => parts,
            Err(StoreError::WrittenTwice { .. }) => {
                assert!(matches!(store.commit(batch).await, Err(StoreError::WrittenTwice { .. })));
                return;
            }
            Err(other) => panic!("{other:?}"),
        };
        let answer = store.commit(batch).await.map_err(Refusal::of);
        let version = *answer.as_ref().unwrap_or(&Version::from_number(0));
        match self.model.after(&parts, version) {
            Ok(after) => {
                assert_eq!(answer, Ok(version), "{parts:?}");
                assert!(self.model.last < Some(version), "versions grow");
                self.model = after;
            }
            Err(refusal) => assert_eq!(answer, Err(refusal), "{parts:?}"),
        }
    }

    fn batch(&mut self) -> WriteBatch {
        let mut batch = WriteBatch::new();
        for _ in 0..=self.dice.below(4) {
            match self.dice.below(10) {
                0..3 => self.insert(&mut batch),
                3..5 => self.change(&mut batch),
                5 => self.guard(&mut batch),
                6..8 => self.enqueue(&mut batch),
                _ => self.finish(&mut batch),
            }
        }
        if self.dice.percent(60) {
            batch.audit(leaf(&self.written.to_string()));
        }
        if self.dice.percent(40) {
            let number = u8::try_from(self.dice.below(60)).unwrap();
            // now and then another use under an id that is taken
            let partner = if self.dice.percent(5) { 9 } else { number % 3 };
            batch.usage_entry(used(number, partner, i64::from(number / 2)));
        }
        batch
    }

    fn sample(&mut self, id: u32) -> Sample {
        let owner = ["a", "b", "c"][usize::try_from(self.dice.below(3)).unwrap()];
        let sample = Sample { count: u64::from(self.dice.below(1000)), ..Sample::of(owner, id) };
        if self.dice.percent(40) { sample.coded(&self.dice.below(12).to_string()) } else { sample }
    }

    fn insert(&mut self, batch: &mut WriteBatch) {
        let id = self.dice.below(20);
        if self.dice.percent(10) {
            batch.insert(&Other { id });
            return;
        }
        let sample = self.sample(id);
        batch.insert(&sample);
    }

    /// The version of a record, mostly the right one.
    fn expected(&mut self, id: u32) -> Version {
        let place = self.model.place_of(Sample::KIND, &key(id));
        let right = place.map(|place| self.model.records[place].0);
        match right {
            Some(right) if self.dice.percent(90) => right,
            _ => Version::from_number(u64::from(self.dice.below(50))),
        }
    }

    fn change(&mut self, batch: &mut WriteBatch) {
        let id = self.dice.below(20);
        let expected = self.expected(id);
        if self.dice.percent(30) {
            batch.delete::<Sample>(&key(id), expected);
            return;
        }
        let sample = self.sample(id);
        batch.update(expected, &sample);
    }

    fn guard(&mut self, batch: &mut WriteBatch) {
        let id = self.dice.below(20);
        let there = self.model.place_of(Sample::KIND, &key(id)).is_some();
        if there == self.dice.percent(90) {
            let expected = self.expected(id);
            batch.unchanged::<Sample>(&key(id), expected);
        } else {
            batch.absent::<Sample>(&key(id));
        }
    }

    fn enqueue(&mut self, batch: &mut WriteBatch) {
        let number = u8::try_from(self.dice.below(40)).unwrap();
        let mut new = if self.dice.percent(60) {
            ordered(number, ["x", "y"][usize::try_from(self.dice.below(2)).unwrap()])
        } else {
            job(number)
        };
        if self.dice.percent(30) {
            new.queue = OTHER_QUEUE;
        }
        new.due_at = self.now().plus(Span::from_seconds(i64::from(self.dice.below(10))));
        if self.dice.percent(20) {
            let until = self.now().plus(Span::from_seconds(20));
            let begun = batch.begin(new, WorkerName::new("beginner"), until);
            self.leases.push(begun);
        } else {
            batch.enqueue(new);
        }
    }

    /// A lease, mostly one that is held.
    fn token(&mut self) -> Option<LeasedJob> {
        let held: Vec<LeaseToken> =
            self.model.jobs.iter().filter(|job| job.held_until.is_some()).map(|job| job.token()).collect();
        let held: Vec<_> = self.leases.iter().filter(|lease| held.contains(&lease.token)).cloned().collect();
        let wanted = if self.dice.percent(85) { &held } else { &self.leases };
        self.dice.one_of(wanted).cloned()
    }

    fn finish(&mut self, batch: &mut WriteBatch) {
        let Some(lease) = self.token() else { return };
        let now = self.now();
        match self.dice.below(10) {
            0..5 => batch.complete(&lease),
            5..8 => batch.release(&lease, now.plus(Span::from_seconds(5)), Reason::new("later")),
            _ => batch.park(&lease, now, Reason::new("not now")),
        };
    }

    async fn lease(&mut self, store: &dyn Store) {
        let queues = match self.dice.below(4) {
            0 => vec![],
            1 => vec![QUEUE],
            2 => vec![OTHER_QUEUE],
            _ => vec![OTHER_QUEUE, QUEUE],
        };
        let claim = Claim {
            queues,
            worker: WorkerName::new(self.dice.below(3)),
            limit: self.dice.below(4) + 1,
            now: self.now(),
            lease_for: Span::from_seconds(i64::from(self.dice.below(40)) + 1),
        };
        let expected = self.model.lease(&claim);
        let leased = store.lease(claim.clone()).await.expect("the store answers");
        assert_eq!(leased, expected, "{claim:?}");
        self.leases.extend(leased);
    }

    async fn heartbeat(&mut self, store: &dyn Store) {
        let Some(lease) = self.token() else { return };
        let span = Span::from_seconds(i64::from(self.dice.below(60)));
        let kept = store.heartbeat(&lease, self.now(), span).await.map_err(Refusal::of);
        assert_eq!(kept, self.model.heartbeat(lease.token, self.now().plus(span)));
    }

    async fn replay(&mut self, store: &dyn Store) {
        let id = self.parked_or_any();
        let replayed = store.replay(id, self.now()).await.map_err(Refusal::of);
        assert_eq!(replayed, self.model.replay(id, self.now()));
    }

    async fn discard(&mut self, store: &dyn Store) {
        let id = self.parked_or_any();
        let discarded = store.discard(id).await.map_err(Refusal::of);
        assert_eq!(discarded, self.model.take_parked(id).map(drop));
    }

    async fn remove_the_oldest(&mut self, store: &dyn Store) {
        let (place, most) = (u64::from(self.dice.below(300)), self.dice.below(6));
        let gone = store.remove_leaves_before(LeafIndex(place), most).await.expect("the store answers");
        assert_eq!(gone, self.model.remove_leaves(place, most));
        let (instant, most) = (at(i64::from(self.dice.below(20))), self.dice.below(4));
        let gone = store.remove_usage_before(instant, most).await.expect("the store answers");
        assert_eq!(gone, self.model.remove_usage(instant, most));
    }

    fn parked_or_any(&mut self) -> mpp_core::JobId {
        let parked = self.model.parked(None);
        let any = job_id(u8::try_from(self.dice.below(40)).unwrap());
        if self.dice.percent(15) { any } else { self.dice.one_of(&parked).map_or(any, |job| job.id) }
    }

    /// One listing, in pages of a random size.
    async fn list(&mut self, store: &dyn Store) {
        let index = match self.dice.below(3) {
            0 => None,
            1 => Some((BY_OWNER, IndexValue::from("a"))),
            _ => Some((BY_CODE, IndexValue::new(self.dice.below(12)))),
        };
        let limit = self.dice.below(5) + 1;
        self.compare_listing(store, Sample::KIND, index, limit).await;
    }

    async fn compare_listing(
        &self,
        store: &dyn Store,
        kind: RecordKind,
        index: Option<(IndexName, IndexValue)>,
        limit: u32,
    ) {
        let mut expected = self.model.listed(kind, index.as_ref());
        let count = store.count(kind, index.clone()).await.expect("the store answers");
        assert_eq!(count, u64::try_from(expected.len()).unwrap());
        let some = store.count_up_to(kind, index.clone(), 2).await.expect("the store answers");
        assert_eq!(some, count.min(2));
        for order in [ListOrder::OldestFirst, ListOrder::NewestFirst] {
            let query = ListQuery { kind, index: index.clone(), order, after: None, limit };
            let found = all_pages(|after| store.list(query.clone().after(after))).await;
            assert_eq!(found, expected, "{query:?}");
            expected.reverse();
        }
    }

    async fn compare_all(&self, store: &dyn Store) {
        self.compare_listing(store, Sample::KIND, None, 3).await;
        self.compare_listing(store, Other::KIND, None, 1000).await;
        for owner in ["a", "b", "c"] {
            self.compare_listing(store, Sample::KIND, Some((BY_OWNER, owner.into())), 2).await;
        }
        for id in 0..20 {
            let found = store.read(Sample::KIND, &key(id)).await.expect("the store answers");
            assert_eq!(found.map(|found| found.version), self.version_of(id));
        }
        let leaves = store.leaves(LeafIndex(0), 1000).await.expect("the store answers");
        let first = store.first().await.expect("the store answers");
        assert_eq!(first, LeafIndex(self.model.first_leaf));
        let expected = (first.0..).map(LeafIndex).zip(&self.model.leaves);
        assert!(leaves.iter().map(|found| (found.index, &found.leaf)).eq(expected));
        self.compare_usage(store).await;
        for queue in [None, Some(&QUEUE), Some(&OTHER_QUEUE)] {
            let parked = all_pages(|after| store.parked(queue, after, 2)).await;
            assert_eq!(parked, self.model.parked(queue));
        }
        let backlog = store.backlog(self.now()).await.expect("the store answers");
        assert_eq!(backlog, self.model.backlog(self.now()));
        let bounded = store.backlog_up_to(self.now(), 2).await.expect("the store answers");
        assert!(bounded.into_iter().eq(backlog.into_iter().map(|queue| queue.up_to(2))));
    }

    fn version_of(&self, id: u32) -> Option<Version> {
        self.model.place_of(Sample::KIND, &key(id)).map(|place| self.model.records[place].0)
    }

    async fn compare_usage(&self, store: &dyn Store) {
        for partner in [None, Some(PartnerId::from_random([1; 16])), Some(PartnerId::from_random([9; 16]))] {
            let query = |after| UsageQuery { partner, from: at(3), to: at(25), after, limit: 2 };
            let found = all_pages(|after| store.usage_entries(query(after))).await;
            let wanted = |entry: &&crate::UsageEntry| {
                at(3) <= entry.at
                    && entry.at < at(25)
                    && partner.is_none_or(|partner| partner == entry.partner)
            };
            let expected: Vec<_> = self.model.usage.iter().filter(wanted).cloned().collect();
            assert_eq!(found, expected);
        }
    }
}

async fn all_pages<T, F>(read: impl Fn(Option<crate::Cursor>) -> F) -> Vec<T>
where
    F: Future<Output = Result<Page<T>, StoreError>>,
{
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = read(after).await.expect("the store answers");
        found.extend(page.items);
        match page.next {
            Some(next) => after = Some(next),
            None => return found,
        }
    }
}
