//! The delivery of one notification to one receiver, with its retries.
//!
//! | state | succeed | fail | park | replay |
//! | --- | --- | --- | --- | --- |
//! | due | delivered | due | parked | - |
//! | delivered | - | - | - | - |
//! | parked | - | - | - | due |
//!
//! `fail` parks the delivery instead when the schedule is used up: attempts follow each other after 0 s,
//! 30 s, 2 min, 10 min, 1 h, 3 h, 6 h, 12 h and 24 h, each wait up to a fifth longer by chance.

use serde::{Deserialize, Serialize};

use crate::{InvalidTransition, Span, Timestamp};

/// The chance part of a wait, so that receivers that fail together are not called again together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Jitter(u8);

impl Jitter {
    /// From one random byte.
    #[must_use]
    pub const fn from_random(byte: u8) -> Self {
        Self(byte)
    }

    /// `wait`, up to a fifth longer.
    #[must_use]
    pub fn stretch(self, wait: Span) -> Span {
        let fifth = wait.as_millis() / 5;
        Span::from_millis(wait.as_millis().saturating_add(fifth.saturating_mul(i64::from(self.0)) / 255))
    }
}

/// Why an attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum DeliveryFailure {
    /// The receiver answered with another status than 2xx.
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// The receiver did not answer in time.
    TimedOut,
    /// The receiver could not be reached.
    Unreachable,
    /// The receiver's address is one that must not be called.
    ForbiddenAddress,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum DeliveryState {
    /// To be tried.
    Due {
        /// How many attempts there were before, in this round.
        attempt: u32,
        /// From when on.
        at: Timestamp,
    },
    /// The receiver has it.
    Delivered {
        /// When.
        at: Timestamp,
    },
    /// Given up until somebody asks for a replay.
    Parked {
        /// Why.
        reason: DeliveryFailure,
        /// When.
        at: Timestamp,
    },
}

impl DeliveryState {
    /// The machine's name.
    pub const MACHINE: &'static str = "delivery";
    /// Every state.
    pub const STATES: [&'static str; 3] = ["due", "delivered", "parked"];
    /// Every event.
    pub const EVENTS: [&'static str; 4] = ["succeed", "fail", "park", "replay"];
    /// The wait before each attempt.
    pub const SCHEDULE: [Span; 9] = [
        Span::from_seconds(0),
        Span::from_seconds(30),
        Span::from_minutes(2),
        Span::from_minutes(10),
        Span::from_hours(1),
        Span::from_hours(3),
        Span::from_hours(6),
        Span::from_hours(12),
        Span::from_hours(24),
    ];

    /// A delivery to be tried at once.
    #[must_use]
    pub const fn due(now: Timestamp) -> Self {
        Self::Due { attempt: 0, at: now }
    }

    /// The state's name.
    #[must_use]
    pub const fn state_name(&self) -> &'static str {
        match self {
            Self::Due { .. } => "due",
            Self::Delivered { .. } => "delivered",
            Self::Parked { .. } => "parked",
        }
    }

    /// The receiver took it.
    ///
    /// # Errors
    /// Unless due.
    pub fn succeed(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Due { .. } => Ok(Self::Delivered { at: now }),
            Self::Delivered { .. } | Self::Parked { .. } => Err(self.refuse("succeed")),
        }
    }

    /// The attempt failed: due again after the schedule's next wait, parked when there is none.
    ///
    /// # Errors
    /// Unless due.
    pub fn fail(
        self,
        reason: DeliveryFailure,
        jitter: Jitter,
        now: Timestamp,
    ) -> Result<Self, InvalidTransition> {
        match self {
            Self::Due { attempt, .. } => {
                let attempt = attempt.saturating_add(1);
                let wait = usize::try_from(attempt).ok().and_then(|next| Self::SCHEDULE.get(next));
                Ok(wait.map_or(Self::Parked { reason, at: now }, |wait| Self::Due {
                    attempt,
                    at: now.plus(jitter.stretch(*wait)),
                }))
            }
            Self::Delivered { .. } | Self::Parked { .. } => Err(self.refuse("fail")),
        }
    }

    /// Trying on is of no use: given up at once.
    ///
    /// # Errors
    /// Unless due.
    pub fn park(self, reason: DeliveryFailure, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Due { .. } => Ok(Self::Parked { reason, at: now }),
            Self::Delivered { .. } | Self::Parked { .. } => Err(self.refuse("park")),
        }
    }

    /// Somebody asks to try again: a new round begins at once.
    ///
    /// # Errors
    /// Unless parked.
    pub fn replay(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Parked { .. } => Ok(Self::due(now)),
            Self::Due { .. } | Self::Delivered { .. } => Err(self.refuse("replay")),
        }
    }

    const fn refuse(&self, event: &'static str) -> InvalidTransition {
        InvalidTransition::new(Self::MACHINE, self.state_name(), event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Timestamp {
        "2026-01-15T09:30:00Z".parse().unwrap()
    }

    #[test]
    fn a_receiver_that_stays_away_is_tried_nine_times_and_then_parked() {
        let mut state = DeliveryState::due(start());
        let mut waits = Vec::new();
        while let DeliveryState::Due { at, .. } = state {
            state = state.fail(DeliveryFailure::TimedOut, Jitter::default(), at).unwrap();
            if let DeliveryState::Due { at: next, .. } = state {
                waits.push(next.since(at));
            }
        }
        assert_eq!(waits, DeliveryState::SCHEDULE[1..]);
        assert_eq!(state.state_name(), "parked");
    }

    #[test]
    fn jitter_stretches_a_wait_by_a_fifth_at_most() {
        let wait = Span::from_minutes(10);
        assert_eq!(Jitter::from_random(0).stretch(wait), wait);
        assert_eq!(Jitter::from_random(255).stretch(wait), Span::from_minutes(12));
    }

    #[test]
    fn a_replay_begins_a_full_new_round() {
        let parked = DeliveryState::due(start()).park(DeliveryFailure::ForbiddenAddress, start()).unwrap();
        assert_eq!(parked.replay(start()), Ok(DeliveryState::due(start())));
    }
}
