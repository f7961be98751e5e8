//! What every state machine answers when an event does not fit its state.

use std::fmt;

/// An event that is not possible in the state the machine is in. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidTransition {
    /// The machine, in snake case, for example `consent_request`.
    pub machine: &'static str,
    /// The state it is in, in snake case. A state whose time has run out is named `expired` even before the
    /// sweeper has written that down.
    pub state: &'static str,
    /// The event that was refused, in snake case.
    pub event: &'static str,
}

impl InvalidTransition {
    pub(crate) const fn new(machine: &'static str, state: &'static str, event: &'static str) -> Self {
        Self { machine, state, event }
    }

    /// The stable code for clients.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "invalid_transition"
    }

    /// Trying the same event again cannot help: the state must change first.
    #[must_use]
    pub const fn persistence(&self) -> crate::Persistence {
        crate::Persistence::Permanent
    }

    /// The caller asked for a step that is not possible.
    #[must_use]
    pub const fn fault(&self) -> crate::Fault {
        crate::Fault::Caller
    }
}

impl fmt::Display for InvalidTransition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = |name: &str| name.replace('_', " ");
        let (machine, state, event) = (words(self.machine), words(self.state), words(self.event));
        write!(f, "the {machine} is in the state \"{state}\", in which the step \"{event}\" is not possible")
    }
}

impl std::error::Error for InvalidTransition {}
