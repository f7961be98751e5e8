//! Telling other nodes that there may be work. Every announcement takes a lock that all commits of the server share and wakes
//! every node, so of the commits of a burst the first one carries it, and what follows is announced together.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Between two announcements of a node there is at least so much time.
pub(super) const TOGETHER: Duration = Duration::from_millis(5);

/// Which commits of this node other nodes have not heard of.
#[derive(Debug, Default)]
pub(super) struct Announcements(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// When the last announcement left.
    last: Option<Instant>,
    /// Whether jobs were written that nobody has announced.
    is_owed: bool,
    /// Whether somebody sees to it that what is owed is announced.
    is_watched: bool,
}

/// What whoever sees to it does next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Announces.
    Announce,
    /// Looks again.
    Wait,
    /// Nothing any more.
    End,
}

impl Announcements {
    /// Whether a transaction that leaves now carries an announcement: of its own jobs, and of all that were owed before, whose
    /// commits have ended.
    pub(super) fn carried(&self, has_jobs: bool, now: Instant) -> bool {
        let mut state = self.state();
        let carries = (has_jobs || state.is_owed) && state.is_due(now);
        if carries {
            state.leave(now);
        }
        carries
    }

    /// Jobs were written, or may have been, and not announced. Whether nobody sees to it yet: the caller then does.
    #[must_use]
    pub(super) fn owe(&self) -> bool {
        let mut state = self.state();
        state.is_owed = true;
        !std::mem::replace(&mut state.is_watched, true)
    }

    /// What is to be done by whoever sees to it. While commits go on they carry what is owed.
    pub(super) fn next(&self, now: Instant) -> Next {
        let mut state = self.state();
        if !state.is_owed {
            state.is_watched = false;
            Next::End
        } else if state.is_due(now) {
            state.leave(now);
            Next::Announce
        } else {
            Next::Wait
        }
    }

    /// An announcement did not get through. It is owed, and the next commit carries it: a server that was away has all nodes look
    /// when they reach it again.
    pub(super) fn give_up(&self) {
        let mut state = self.state();
        state.is_owed = true;
        state.is_watched = false;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_due(&self, now: Instant) -> bool {
        self.last.is_none_or(|last| now.duration_since(last) >= TOGETHER)
    }

    fn leave(&mut self, now: Instant) {
        self.last = Some(now);
        self.is_owed = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_a_burst_is_announced_at_once_and_the_rest_together() {
        let announcements = Announcements::default();
        let (first, later) = (Instant::now(), Instant::now() + TOGETHER);
        assert!(!announcements.carried(false, first), "there is nothing to say");
        assert!(announcements.carried(true, first));
        assert!(!announcements.carried(true, first));
        assert!(announcements.owe(), "nobody sees to it yet");
        assert!(!announcements.carried(true, first));
        assert!(!announcements.owe());
        assert_eq!(announcements.next(first), Next::Wait);
        assert_eq!(announcements.next(later), Next::Announce);
        assert_eq!(announcements.next(later), Next::End);
        assert!(!announcements.carried(true, later));
        assert!(announcements.owe(), "whoever saw to it has ended");
        assert!(announcements.carried(true, later + TOGETHER));
    }

    #[test]
    fn a_later_commit_carries_what_is_owed() {
        let announcements = Announcements::default();
        let (first, later) = (Instant::now(), Instant::now() + TOGETHER);
        assert!(announcements.carried(true, first));
        assert!(announcements.owe());
        assert!(announcements.carried(false, later), "it has no jobs of its own");
        assert_eq!(announcements.next(later), Next::End);
    }

    #[test]
    fn what_did_not_get_through_stays_owed() {
        let announcements = Announcements::default();
        let (first, later) = (Instant::now(), Instant::now() + TOGETHER);
        assert!(announcements.owe());
        assert_eq!(announcements.next(first), Next::Announce);
        announcements.give_up();
        assert!(announcements.carried(false, later));
    }
}
