//! Callers that wait for their change to be written.

use std::sync::Arc;

use tokio::sync::oneshot;

use crate::StoreError;

use super::draft::Draft;

/// Somebody's change, and the way to tell them what came of it.
pub(super) trait Waiting: Send {
    /// Drafts the change; `false` when it is refused and nothing of it may be written.
    fn draft(&mut self, draft: &mut Draft<'_>) -> bool;

    /// Keeps why the change could not even be drafted.
    fn refuse(&mut self, error: StoreError);

    /// Tells the outcome: that of the draft, or the failure of the whole group.
    fn answer(self: Box<Self>, settled: Result<(), &Arc<StoreError>>);
}

/// A change with an outcome of a type.
pub(super) struct Waiter<T, F> {
    change: Option<F>,
    outcome: Option<Result<T, StoreError>>,
    sender: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Waiter<T, F> {
    /// The change, and where its outcome will be told.
    pub(super) fn new(change: F) -> (Self, oneshot::Receiver<Result<T, StoreError>>) {
        let (sender, receiver) = oneshot::channel();
        (Self { change: Some(change), outcome: None, sender }, receiver)
    }
}

impl<T, F> Waiting for Waiter<T, F>
where
    T: Send,
    F: FnOnce(&mut Draft<'_>) -> Result<T, StoreError> + Send,
{
    fn draft(&mut self, draft: &mut Draft<'_>) -> bool {
        let Some(change) = self.change.take() else { return false };
        let outcome = change(draft);
        let accepted = outcome.is_ok();
        self.outcome = Some(outcome);
        accepted
    }

    fn refuse(&mut self, error: StoreError) {
        self.outcome = Some(Err(error));
    }

    fn answer(self: Box<Self>, settled: Result<(), &Arc<StoreError>>) {
        let answer = match (settled, self.outcome) {
            (Ok(()), Some(outcome)) => outcome,
            (Ok(()), None) => Err(StoreError::unavailable("the change was not written")),
            (Err(failure), _) => Err(StoreError::unavailable(Arc::clone(failure))),
        };
        // a caller that is gone needs no answer
        let _ = self.sender.send(answer);
    }
}
