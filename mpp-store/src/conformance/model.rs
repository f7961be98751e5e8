//! Random operations, held against a model that is too simple to be wrong.
//!
//! What must hold, whatever is done in whatever order, closing and opening included:
//!
//! 1. A commit is refused exactly when the model refuses it, for the same reason; then nothing of it is there.
//! 2. The version of a commit is larger than that of every earlier one.
//! 3. Records, index entries, unique entries, leaves and uses are those of the accepted commits, in their order.
//! 4. A job that was enqueued is waiting, in somebody's hands, parked or finished; never two of them, never none.
//! 5. A job's fencing number is given out once. Whoever holds an earlier one cannot finish, keep or put back the job.
//! 6. Of the jobs of one queue with one order key, only the earliest that is not parked is handed out.
//! 7. Commits of several tasks at once have one order, that of their versions: doing them one by one in that order gives
//!    the same leaves in the same places and the same records.

mod dice;
mod parallel;
mod play;
mod reference;

use super::StoreUnderTest;

/// One operation after the other, each answer compared with the model's (1 to 6). The seeds are fixed: a failure comes
/// again.
pub async fn random_operations_match_the_model(mut store: StoreUnderTest) {
    play::play(&mut store, 1, 700).await;
}

/// Several tasks at once, the outcome compared with the model's in the order of versions (2, 3, 4, 5, 7).
pub async fn parallel_operations_have_one_order(mut store: StoreUnderTest) {
    parallel::play(&mut store).await;
}
