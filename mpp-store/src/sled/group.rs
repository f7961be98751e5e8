//! Callers that wait for their change to be written.

use std::sync::Arc;

use tokio::sync::oneshot;

use crate::StoreError;

use super::draft::Draft;

/// What came of drafting a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Drafted {
    /// It is to be written.
    Accepted,
    /// Nothing of it may be written.
    Refused,
    /// The database did not answer.
    Failed,
}

/// Somebody's change, and the way to tell them what came of it.
pub(super) trait Waiting: Send {
    /// Drafts the change.
    fn draft(&mut self, draft: &mut Draft<'_>) -> Drafted;

    /// Keeps why the change could not even be drafted.
    fn refuse(&mut self, error: StoreError) -> Drafted;

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
    fn draft(&mut self, draft: &mut Draft<'_>) -> Drafted {
        let Some(change) = self.change.take() else { return Drafted::Refused };
        match change(draft) {
            Ok(outcome) => {
                self.outcome = Some(Ok(outcome));
                Drafted::Accepted
            }
            Err(error) => self.refuse(error),
        }
    }

    fn refuse(&mut self, error: StoreError) -> Drafted {
        let failed = matches!(error, StoreError::Unavailable { .. });
        self.outcome = Some(Err(error));
        if failed { Drafted::Failed } else { Drafted::Refused }
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
