//! The contracts of the ports as test suites, for every backend: ours and those to come.
//!
//! In a backend's tests, [`store_conformance!`](crate::store_conformance) stands for the whole suite of the
//! record, outbox and log ports, [`parcel_bytes_conformance!`](crate::parcel_bytes_conformance) and
//! [`item_keys_conformance!`](crate::item_keys_conformance) for those of their ports; there is no way to run half
//! of one. The constructor is run for every case and gives an empty backend.
//!
//! ```
//! use mpp_store::MemoryStore;
//! use mpp_store::conformance::StoreUnderTest;
//!
//! mpp_store::store_conformance!(memory, async { StoreUnderTest::new(MemoryStore::new()) });
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "these are tests, exported for the backends' test binaries"
)]

pub mod batches;
pub mod concurrency;
pub mod entropy;
pub mod item_keys;
pub mod logs;
pub mod model;
pub mod outbox;
pub mod parcel_bytes;
pub mod records;
pub mod sample;
pub mod snapshots;

use std::any::Any;
use std::sync::Arc;

use futures::future::BoxFuture;

use crate::{Backend, ItemKeys, ParcelBytes};

/// An empty backend to run one case on, with whatever must live as long (a temporary folder, a server).
pub struct UnderTest<P: ?Sized> {
    /// `None` only while it is opened again.
    backend: Option<Arc<P>>,
    reopen: Option<Box<dyn Fn() -> BoxFuture<'static, Arc<P>> + Send + Sync>>,
    // after the backend
    _kept: Option<Box<dyn Any + Send + Sync>>,
}

/// A backend of the record, outbox and log ports, and of snapshots.
pub type StoreUnderTest = UnderTest<dyn Backend>;
/// A backend of the item key port.
pub type ItemKeysUnderTest = UnderTest<dyn ItemKeys>;
/// A backend of the parcel bytes port.
pub type ParcelBytesUnderTest = UnderTest<dyn ParcelBytes>;

impl StoreUnderTest {
    /// This store.
    pub fn new(store: impl Backend + 'static) -> Self {
        Self { backend: Some(Arc::new(store)), reopen: None, _kept: None }
    }

    /// A durable store: this way it is opened again after it was closed.
    #[must_use]
    pub fn reopened_by<S, F>(self, open: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        S: Backend + 'static,
        F: Future<Output = S> + Send + 'static,
    {
        let reopen = move || -> BoxFuture<'static, Arc<dyn Backend>> {
            let opening = open();
            Box::pin(async move {
                let store: Arc<dyn Backend> = Arc::new(opening.await);
                store
            })
        };
        Self { reopen: Some(Box::new(reopen)), ..self }
    }

    /// Closes the store and opens it again; one that does not last stays open.
    ///
    /// # Panics
    /// When somebody else still holds the store.
    pub async fn reopen(&mut self) {
        let Some(reopen) = &self.reopen else { return };
        let store = self.backend.take().expect("it is open");
        assert_eq!(Arc::strong_count(&store), 1, "the store is in nobody's hands");
        drop(store);
        self.backend = Some(reopen().await);
    }
}

impl ItemKeysUnderTest {
    /// These item keys.
    pub fn new(keys: impl ItemKeys + 'static) -> Self {
        Self { backend: Some(Arc::new(keys)), reopen: None, _kept: None }
    }
}

impl ParcelBytesUnderTest {
    /// This storage of parcels.
    pub fn new(parcels: impl ParcelBytes + 'static) -> Self {
        Self { backend: Some(Arc::new(parcels)), reopen: None, _kept: None }
    }
}

impl<P: ?Sized> UnderTest<P> {
    /// The backend, and something that must live as long as it.
    #[must_use]
    pub fn keeping(self, kept: impl Any + Send + Sync) -> Self {
        Self { _kept: Some(Box::new(kept)), ..self }
    }

    /// The backend.
    ///
    /// # Panics
    /// Never: it is closed only within [`UnderTest::reopen`].
    #[must_use]
    pub fn backend(&self) -> Arc<P> {
        Arc::clone(self.backend.as_ref().expect("it is open"))
    }
}

impl<P: ?Sized + std::fmt::Debug> std::fmt::Debug for UnderTest<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UnderTest").field("backend", &self.backend).finish_non_exhaustive()
    }
}

/// Runs a case to its end on a runtime of its own.
///
/// # Panics
/// When the case fails.
pub fn run(case: impl Future<Output = ()>) {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().expect("a runtime can be built").block_on(case);
}

/// Runs the whole suite of the record, outbox and log ports in a module of this name. The expression is a
/// future of a [`StoreUnderTest`](crate::conformance::StoreUnderTest).
#[macro_export]
macro_rules! store_conformance {
    ($name:ident, $constructor:expr) => {
        mod $name {
            #[allow(unused_imports, reason = "the constructor names what its surroundings import")]
            use super::*;

            $crate::conformance_cases! { $crate::conformance::StoreUnderTest, $constructor;
                records:
                    absent_record_reads_as_none,
                    inserted_record_reads_back,
                    records_read_together_keep_their_places,
                    a_text_is_found_in_records_of_every_kind_while_they_are_there,
                    inserting_an_existing_key_is_a_conflict,
                    changing_needs_the_current_version,
                    changing_an_absent_record_is_a_conflict,
                    versions_are_never_used_again,
                    kinds_do_not_mix,
                    undecodable_record_is_an_inconsistency,
                    older_form_is_read_newer_is_refused,
                    index_entries_move_and_vanish,
                    entries_follow_every_change,
                    unique_entry_has_one_holder,
                    unique_entry_can_be_handed_over,
                    pages_follow_the_order_of_insertion,
                    pages_hold_still_under_writes,
                    foreign_cursor_is_refused,
                    records_are_counted;
                batches:
                    mixed_batch_is_written_whole,
                    one_conflict_undoes_everything,
                    failed_guard_undoes_everything,
                    every_kind_of_conflict_undoes_everything,
                    record_written_twice_is_refused,
                    unencodable_record_is_refused,
                    empty_batch_commits;
                outbox:
                    job_is_handed_out_once_with_its_payload,
                    job_waits_until_due,
                    claim_keeps_to_queue_and_limit,
                    claim_takes_queues_in_their_order,
                    job_begun_at_once_is_held,
                    jobs_ready_longest_come_first,
                    jobs_of_one_order_key_follow_each_other,
                    postponed_job_holds_back_its_successors,
                    order_is_kept_within_a_queue,
                    expired_lease_is_taken_over,
                    heartbeat_keeps_the_job,
                    late_heartbeat_keeps_a_job_nobody_took,
                    completion_commits_with_the_state_change,
                    completion_without_the_lease_changes_nothing,
                    released_job_comes_back_when_due,
                    parked_job_waits_for_a_person,
                    discarded_job_is_gone,
                    only_parked_jobs_are_replayed,
                    parked_jobs_are_paged,
                    enqueuing_a_present_job_is_a_conflict,
                    backlog_tells_what_is_left,
                    backlog_is_counted_within_bounds;
                logs:
                    leaves_are_numbered_without_gaps,
                    leaves_are_removed_from_the_oldest_on,
                    usage_counts_once,
                    other_usage_under_the_same_id_is_a_conflict,
                    usage_is_listed_by_time_and_partner,
                    usage_is_removed_from_the_oldest_on;
                concurrency:
                    parallel_increments_lose_nothing,
                    parallel_inserts_have_one_winner,
                    nobody_comes_in_behind_a_mark,
                    parallel_workers_never_share_a_job,
                    parallel_appends_leave_no_gap,
                    parallel_removals_leave_no_gap;
            }

            $crate::conformance_cases_with_reopening! { $crate::conformance::StoreUnderTest, $constructor;
                model:
                    random_operations_match_the_model,
                    parallel_operations_have_one_order;
            }

            $crate::conformance_cases_with_two! { $crate::conformance::StoreUnderTest, $constructor;
                snapshots:
                    restored_store_goes_on,
                    log_without_leaves_goes_on,
                    tokens_of_before_are_good,
                    snapshot_under_writes_is_of_one_commit,
                    store_in_use_is_not_filled,
                    damaged_snapshot_writes_nothing,
                    snapshot_that_fails_half_way_leaves_nothing,
                    odd_content_is_restored,
                    records_are_held_against_what_they_are_found_by;
            }
        }
    };
}

/// Runs the whole suite of the item key port in a module of this name. The expression is a future of an
/// [`ItemKeysUnderTest`](crate::conformance::ItemKeysUnderTest).
#[macro_export]
macro_rules! item_keys_conformance {
    ($name:ident, $constructor:expr) => {
        mod $name {
            #[allow(unused_imports, reason = "the constructor names what its surroundings import")]
            use super::*;

            $crate::conformance_cases! { $crate::conformance::ItemKeysUnderTest, $constructor;
                item_keys:
                    absent_key_loads_as_none,
                    created_key_loads_again,
                    items_have_different_keys,
                    key_is_created_once,
                    parallel_creations_have_one_winner,
                    destroyed_key_is_gone;
            }
        }
    };
}

/// Runs the whole suite of the parcel bytes port in a module of this name. The expression is a future of a
/// [`ParcelBytesUnderTest`](crate::conformance::ParcelBytesUnderTest).
#[macro_export]
macro_rules! parcel_bytes_conformance {
    ($name:ident, $constructor:expr) => {
        mod $name {
            #[allow(unused_imports, reason = "the constructor names what its surroundings import")]
            use super::*;

            $crate::conformance_cases! { $crate::conformance::ParcelBytesUnderTest, $constructor;
                parcel_bytes:
                    absent_parcel_has_no_parts,
                    parts_read_back_in_order,
                    many_parts_stay_in_order,
                    stream_begins_where_asked,
                    part_can_be_written_again,
                    missing_part_is_an_error,
                    part_length_is_bounded,
                    removed_parcel_is_absent,
                    removal_ends_a_running_stream_with_an_error,
                    parcels_are_listed,
                    part_is_created_once,
                    parallel_part_creations_have_one_winner,
                    stream_is_written_with_its_digest,
                    stream_is_cut_into_parts,
                    stream_that_breaks_off_leaves_nothing,
                    empty_stream_is_refused,
                    parcel_is_written_whole_by_one_writer,
                    sweep_takes_old_orphans_only,
                    sweep_stops_at_a_failure_and_can_be_repeated;
            }
        }
    };
}

/// Like [`conformance_cases!`](crate::conformance_cases) for cases that close the backend and open it again.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_cases_with_reopening {
    ($subject:ty, $constructor:expr; $($group:ident: $($case:ident),+;)+) => {
        $($(
            #[test]
            fn $case() {
                $crate::conformance::run(async {
                    let subject: $subject = $constructor.await;
                    $crate::conformance::$group::$case(subject).await;
                });
            }
        )+)+
    };
}

/// Like [`conformance_cases!`](crate::conformance_cases) for cases that need two backends.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_cases_with_two {
    ($subject:ty, $constructor:expr; $($group:ident: $($case:ident),+;)+) => {
        $($(
            #[test]
            fn $case() {
                $crate::conformance::run(async {
                    let (one, other): ($subject, $subject) = ($constructor.await, $constructor.await);
                    $crate::conformance::$group::$case(one.backend(), other.backend()).await;
                });
            }
        )+)+
    };
}

/// Makes a test of every case; used by the macros of the suites.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_cases {
    ($subject:ty, $constructor:expr; $($group:ident: $($case:ident),+;)+) => {
        $($(
            #[test]
            fn $case() {
                $crate::conformance::run(async {
                    let subject: $subject = $constructor.await;
                    $crate::conformance::$group::$case(subject.backend()).await;
                });
            }
        )+)+
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_case_is_in_the_macro() {
        let listed = include_str!("conformance.rs");
        for group in [
            include_str!("conformance/batches.rs"),
            include_str!("conformance/concurrency.rs"),
            include_str!("conformance/item_keys.rs"),
            include_str!("conformance/logs.rs"),
            include_str!("conformance/model.rs"),
            include_str!("conformance/outbox.rs"),
            include_str!("conformance/parcel_bytes.rs"),
            include_str!("conformance/records.rs"),
            include_str!("conformance/snapshots.rs"),
        ] {
            for line in group.lines().filter_map(|line| line.strip_prefix("pub async fn ")) {
                let case = line.split('(').next().unwrap();
                let listings = listed.lines().filter(|line| line.trim().trim_end_matches([',', ';']) == case);
                assert_eq!(listings.count(), 1, "{case}");
            }
        }
    }
}
