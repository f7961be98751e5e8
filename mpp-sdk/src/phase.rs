//! Where a consent request stands on this device. Pure: time and answers are arguments.
//!
//! | state | decide | cancel | expire | hand_over | uploaded | finish |
//! | --- | --- | --- | --- | --- | --- | --- |
//! | Open | Decided or Complete | Cancelled | Expired | refused | refused | refused |
//! | Decided | refused | refused | refused | Uploading | refused | Complete |
//! | Uploading | refused | refused | refused | Uploading | Uploading | Complete |
//! | Complete | refused | refused | refused | Uploading | refused | Complete |
//! | Cancelled | refused | Cancelled | refused | refused | refused | refused |
//! | Expired | refused | refused | Expired | refused | refused | refused |
//!
//! `decide` leads to `Complete` when there is no financial information to share. `hand_over` adds parcels, after `Complete`
//! those of the next fetch under a periodic consent. `uploaded` removes one, `finish` is refused while a parcel still waits.

use std::collections::BTreeSet;

use mpp_core::{ConsentId, FetchId, ParcelId};
use serde::{Deserialize, Serialize};

/// Where a consent request stands on this device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "phase")]
pub enum Phase {
    /// The customer has not decided.
    Open,
    /// Financial information is consented and still to be fetched.
    Decided {
        /// The consent of the financial information.
        consent: ConsentId,
    },
    /// Sealed parcels wait to be uploaded.
    Uploading {
        /// The consent of the financial information.
        consent: ConsentId,
        /// The fetch the parcels came by, as central counts it.
        fetch: FetchId,
        /// The parcels that wait.
        waiting: BTreeSet<ParcelId>,
    },
    /// Nothing is left to do on this device, until it is time to share again under a periodic consent.
    Complete,
    /// The partner took the request back before the customer had decided.
    Cancelled,
    /// The request ran out before the customer had decided.
    Expired,
}

/// What handing parcels over is called.
const HAND_OVER: &str = "a hand-over";

/// An event does not fit where the request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{event} does not fit a request that is {phase}")]
pub struct PhaseError {
    /// What happened.
    pub event: &'static str,
    /// Where the request stands.
    pub phase: &'static str,
}

impl Phase {
    /// The name of the phase.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Decided { .. } => "decided",
            Self::Uploading { .. } => "uploading",
            Self::Complete => "complete",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// The customer has decided; `financial_information` is the consent of that item when it was approved.
    ///
    /// # Errors
    /// When the customer decided before.
    pub fn decide(self, financial_information: Option<ConsentId>) -> Result<Self, PhaseError> {
        match self {
            Self::Open => {
                Ok(financial_information.map_or(Self::Complete, |consent| Self::Decided { consent }))
            }
            Self::Decided { .. }
            | Self::Uploading { .. }
            | Self::Complete
            | Self::Cancelled
            | Self::Expired => Err(self.refuse("a decision")),
        }
    }

    /// Central says that the partner has taken the request back.
    ///
    /// # Errors
    /// When the customer has decided, or it has run out: central takes nothing back after that.
    pub fn cancel(self) -> Result<Self, PhaseError> {
        match self {
            Self::Open | Self::Cancelled => Ok(Self::Cancelled),
            Self::Decided { .. } | Self::Uploading { .. } | Self::Complete | Self::Expired => {
                Err(self.refuse("taking it back"))
            }
        }
    }

    /// Central says that the request has run out.
    ///
    /// # Errors
    /// When the customer has decided, or the partner has taken it back: it does not run out after that.
    pub fn expire(self) -> Result<Self, PhaseError> {
        match self {
            Self::Open | Self::Expired => Ok(Self::Expired),
            Self::Decided { .. } | Self::Uploading { .. } | Self::Complete | Self::Cancelled => {
                Err(self.refuse("running out"))
            }
        }
    }

    /// The private data share SDK has sealed parcels under the consent of the financial information, all by one fetch: `fetch`
    /// names it, unless parcels wait: those that are added to them go by the name of their fetch.
    ///
    /// # Errors
    /// Before the decision, and when there was none.
    pub fn hand_over(
        self,
        consent: ConsentId,
        parcels: impl IntoIterator<Item = ParcelId>,
        fetch: FetchId,
    ) -> Result<Self, PhaseError> {
        match self {
            Self::Uploading { consent, fetch, mut waiting } if !waiting.is_empty() => {
                waiting.extend(parcels);
                Ok(Self::Uploading { consent, fetch, waiting })
            }
            Self::Decided { .. } | Self::Uploading { .. } | Self::Complete => {
                Ok(Self::Uploading { consent, fetch, waiting: parcels.into_iter().collect() })
            }
            Self::Open | Self::Cancelled | Self::Expired => Err(self.refuse(HAND_OVER)),
        }
    }

    /// Whether parcels could be handed over, to be asked before they are fetched.
    ///
    /// # Errors
    /// As [`Self::hand_over`].
    pub(crate) const fn takes_parcels(&self) -> Result<(), PhaseError> {
        match self {
            Self::Decided { .. } | Self::Uploading { .. } | Self::Complete => Ok(()),
            Self::Open | Self::Cancelled | Self::Expired => Err(self.refuse(HAND_OVER)),
        }
    }

    /// Central has a parcel whole, or it is gone for good: it waits no longer.
    ///
    /// # Errors
    /// When no parcels wait.
    pub fn uploaded(self, parcel: ParcelId) -> Result<Self, PhaseError> {
        match self {
            Self::Uploading { consent, fetch, mut waiting } => {
                waiting.remove(&parcel);
                Ok(Self::Uploading { consent, fetch, waiting })
            }
            Self::Open | Self::Decided { .. } | Self::Complete | Self::Cancelled | Self::Expired => {
                Err(self.refuse("an upload"))
            }
        }
    }

    /// Nothing more will come.
    ///
    /// # Errors
    /// Before the decision, and while a parcel waits.
    pub fn finish(self) -> Result<Self, PhaseError> {
        match self {
            Self::Uploading { ref waiting, .. } if !waiting.is_empty() => Err(self.refuse("the end")),
            Self::Decided { .. } | Self::Uploading { .. } | Self::Complete => Ok(Self::Complete),
            Self::Open | Self::Cancelled | Self::Expired => Err(self.refuse("the end")),
        }
    }

    const fn refuse(&self, event: &'static str) -> PhaseError {
        PhaseError { event, phase: self.name() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn consent() -> ConsentId {
        ConsentId::from_random([1; 16])
    }

    fn parcel() -> ParcelId {
        ParcelId::from_random([2; 16])
    }

    fn fetch() -> FetchId {
        FetchId::from_random([3; 16])
    }

    fn every_phase() -> [Phase; 7] {
        [
            Phase::Open,
            Phase::Decided { consent: consent() },
            Phase::Uploading { consent: consent(), fetch: fetch(), waiting: BTreeSet::from([parcel()]) },
            Phase::Uploading { consent: consent(), fetch: fetch(), waiting: BTreeSet::new() },
            Phase::Complete,
            Phase::Cancelled,
            Phase::Expired,
        ]
    }

    #[test]
    fn every_event_in_every_phase() {
        let outcome = |result: Result<Phase, PhaseError>| result.map_or("refused", |phase| phase.name());
        let table: Vec<[&str; 7]> = every_phase()
            .into_iter()
            .map(|phase| {
                [
                    outcome(phase.clone().decide(Some(consent()))),
                    outcome(phase.clone().decide(None)),
                    outcome(phase.clone().cancel()),
                    outcome(phase.clone().expire()),
                    outcome(phase.clone().hand_over(consent(), [parcel()], fetch())),
                    outcome(phase.clone().uploaded(parcel())),
                    outcome(phase.finish()),
                ]
            })
            .collect();
        let expected = [
            ["decided", "complete", "cancelled", "expired", "refused", "refused", "refused"],
            ["refused", "refused", "refused", "refused", "uploading", "refused", "complete"],
            ["refused", "refused", "refused", "refused", "uploading", "uploading", "refused"],
            ["refused", "refused", "refused", "refused", "uploading", "uploading", "complete"],
            ["refused", "refused", "refused", "refused", "uploading", "refused", "complete"],
            ["refused", "refused", "cancelled", "refused", "refused", "refused", "refused"],
            ["refused", "refused", "refused", "expired", "refused", "refused", "refused"],
        ];
        assert_eq!(table, expected);
    }

    #[test]
    fn parcels_are_taken_in_exactly_the_phases_in_which_they_can_be_handed_over() {
        for phase in every_phase() {
            let handed_over = phase.clone().hand_over(consent(), [parcel()], fetch());
            assert_eq!(phase.takes_parcels().err(), handed_over.err(), "{}", phase.name());
        }
    }

    #[test]
    fn a_fetch_keeps_its_name_while_its_parcels_wait_and_the_next_has_one_of_its_own() {
        let (next, other) = (FetchId::from_random([4; 16]), ParcelId::from_random([5; 16]));
        let [.., waiting, nothing_waits, complete, _, _] = every_phase();
        let after = |phase: Phase| phase.hand_over(consent(), [other], next).unwrap();
        let uploading = |fetch, waiting| Phase::Uploading { consent: consent(), fetch, waiting };
        assert_eq!(after(waiting), uploading(fetch(), BTreeSet::from([parcel(), other])));
        for phase in [nothing_waits, complete] {
            assert_eq!(after(phase), uploading(next, BTreeSet::from([other])));
        }
    }
}
