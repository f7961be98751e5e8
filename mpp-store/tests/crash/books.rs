//! The model kept outside the store: what was acknowledged, and what the store must hold because of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::RangeInclusive;

use mpp_store::port::UsageQuery;
use mpp_store::{Cursor, LeafIndex, ListQuery, Record as _, RecordReaderExt as _, Store};

use super::child::{Line, WRITERS};
use super::traces::{Effect, Journey, Mark, now};

/// What was acknowledged so far, and what was found.
#[derive(Debug, Default)]
pub struct Books {
    written: BTreeMap<Mark, u64>,
    done: BTreeMap<Mark, u64>,
    /// What was acknowledged as done in the last round.
    just_done: Vec<Mark>,
    largest_version: u64,
    found: BTreeSet<Mark>,
    effects: BTreeSet<Mark>,
    behind_effects: Option<Cursor>,
}

impl Books {
    /// Notes what a child said, and that its versions are larger than all before.
    pub fn note(&mut self, lines: &[Line]) {
        let before = self.largest_version;
        self.just_done.clear();
        for line in lines {
            let (mark, version, books) = match line {
                Line::Opening | Line::Open | Line::At(_) | Line::Survived => continue,
                Line::Written { mark, version } => (mark, version, &mut self.written),
                Line::Done { mark, version } => (mark, version, &mut self.done),
            };
            assert!(*version > before, "{mark:?} has version {version}, but {before} was given out before");
            assert_eq!(books.insert(*mark, *version), None, "{mark:?} is acknowledged once");
            self.largest_version = self.largest_version.max(*version);
            if matches!(line, Line::Done { .. }) {
                self.just_done.push(*mark);
            }
        }
    }

    /// Compares what has come since the last round.
    pub async fn check_round(&mut self, store: &dyn Store, round: u32) {
        let leaves = self.new_leaves(store).await;
        let uses = uses_of(store, round..=round).await;
        assert_eq!(leaves, uses, "round {round}: leaves and uses are of the same commits");
        self.found.extend(leaves);
        self.note_effects(store).await;
        for mark in self.written.keys().filter(|mark| mark.round == round) {
            assert!(self.found.contains(mark), "{mark:?} was acknowledged and is lost");
        }
        for mark in &self.just_done {
            assert!(self.effects.contains(mark), "the end of {mark:?} was acknowledged and is lost");
        }
        self.check_journeys(store).await;
        self.check_jobs(store, round).await;
        self.check_beginnings(store, round).await;
    }

    /// Of leaves and uses the oldest were removed, none of this round, and what is left has no gap.
    async fn check_beginnings(&self, store: &dyn Store, round: u32) {
        let first = store.first().await.unwrap();
        let (mut next, size) = (first.0, store.size().await.unwrap());
        while next < size {
            for leaf in store.leaves(LeafIndex(next), 1000).await.unwrap() {
                assert_eq!(leaf.index.0, next, "leaves are kept from {first:?} on without gaps");
                next += 1;
            }
        }
        let removable = self.found.iter().filter(|mark| mark.round < round).count();
        assert!(first.0 <= u64::try_from(removable).unwrap(), "{first:?}: nothing of this round is removed");
        let uses = uses_of(store, 0..=round).await;
        let newest = self.found.iter().rev().take(uses.len());
        assert!(uses.iter().rev().eq(newest), "the uses that are kept are the newest");
    }

    /// Compares everything.
    pub async fn check_all(&mut self, store: &dyn Store) {
        let size = store.size().await.unwrap();
        assert_eq!(size, u64::try_from(self.found.len()).unwrap(), "no leaf came or went");
        self.effects.clear();
        self.behind_effects = None;
        self.note_effects(store).await;
        assert!(self.effects.is_subset(&self.found), "only enqueued jobs were done");
        assert!(self.done.keys().all(|mark| self.effects.contains(mark)), "no end was lost");
        assert!(self.written.keys().all(|mark| self.found.contains(mark)), "no commit was lost");
    }

    async fn new_leaves(&self, store: &dyn Store) -> BTreeSet<Mark> {
        let mut next = u64::try_from(self.found.len()).unwrap();
        let mut marks = BTreeSet::new();
        loop {
            let leaves = store.leaves(LeafIndex(next), 1000).await.unwrap();
            if leaves.is_empty() {
                return marks;
            }
            for leaf in leaves {
                assert_eq!(leaf.index.0, next, "leaves have no gaps");
                next += 1;
                let mark = Mark::of_leaf(&leaf.leaf);
                assert!(!self.found.contains(&mark) && marks.insert(mark), "{mark:?} is there once");
            }
        }
    }

    async fn note_effects(&mut self, store: &dyn Store) {
        loop {
            let query = ListQuery::of(Effect::KIND).after(self.behind_effects.clone());
            let page = store.list(query).await.unwrap();
            for found in &page.items {
                let effect = found.decode::<Effect>().unwrap().record;
                assert_eq!(effect.times, 1, "{:?} was done twice", effect.of);
                self.effects.insert(effect.of);
            }
            match page.next {
                Some(next) => self.behind_effects = Some(next),
                None => return,
            }
        }
    }

    /// A writer's state counts its commits, none missing in between, and has the version of the last of them.
    async fn check_journeys(&self, store: &dyn Store) {
        for writer in 0..WRITERS {
            let marks: Vec<_> = self.found.iter().filter(|mark| mark.writer == writer).collect();
            let found = store.get::<Journey>(&mpp_store::RecordKey::new(writer)).await.unwrap();
            let commits = found.as_ref().map_or(0, |found| found.record.commits);
            assert_eq!(usize::try_from(commits).unwrap(), marks.len(), "state and leaves are one commit");
            for pair in marks.windows(2) {
                let follows = pair[0].round != pair[1].round || pair[0].number + 1 == pair[1].number;
                assert!(follows, "{pair:?}: a commit is missing");
            }
            let last = marks.last().and_then(|mark| self.written.get(mark));
            if let (Some(found), Some(version)) = (found, last) {
                assert_eq!(found.version.number(), *version, "the version is the acknowledged one");
            }
        }
    }

    /// Every job that was enqueued is there or has had its effect, and not both.
    async fn check_jobs(&self, store: &dyn Store, round: u32) {
        let backlog = store.backlog(now(round)).await.unwrap();
        let left: u64 = backlog.iter().map(|queue| queue.waiting + queue.leased + queue.parked).sum();
        let unfinished = self.found.difference(&self.effects).count();
        assert_eq!(left, u64::try_from(unfinished).unwrap(), "no job is lost, none is there that was done");
        assert!(self.effects.is_subset(&self.found), "only enqueued jobs were done");
    }
}

impl fmt::Display for Books {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} commits acknowledged and found, {} found that were not acknowledged any more, {} jobs finished, \
             each once ({} acknowledged)",
            self.written.len(),
            self.found.len() - self.written.len(),
            self.effects.len(),
            self.done.len()
        )
    }
}

async fn uses_of(store: &dyn Store, rounds: RangeInclusive<u32>) -> BTreeSet<Mark> {
    let (mut marks, mut after) = (BTreeSet::new(), None);
    loop {
        let (from, to) = (now(*rounds.start()), now(rounds.end() + 1));
        let query = UsageQuery { partner: None, from, to, after, limit: 1000 };
        let page = store.usage_entries(query).await.unwrap();
        for entry in page.items {
            let mark: Mark = serde_json::from_str(&entry.data).unwrap();
            assert!(marks.insert(mark), "{mark:?} is metered once");
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return marks,
        }
    }
}
