//! The work central's commits ask for.

use mpp_core::{ConsentId, ConsentRequestId, FetchId, JobId, ParcelId, PartnerId, Timestamp};
use mpp_store::{NewJob, OrderKey, QueueName, StoreError};
use serde::{Deserialize, Serialize};

/// Fetches from providers.
pub(super) const FETCH: QueueName = QueueName::new("central-fetch");
/// Pushes notifications.
pub(super) const DELIVER: QueueName = QueueName::new("central-deliver");
/// Erases parcels.
pub(super) const ERASE: QueueName = QueueName::new("central-erase");
/// Things that happen when their time has come; most find that there is nothing left to do.
pub(super) const TIMER: QueueName = QueueName::new("central-timer");

/// All queues, the most urgent first.
pub const QUEUES: [QueueName; 4] = [ERASE, FETCH, DELIVER, TIMER];

/// The queues whose jobs wait for client servers to answer.
pub const DELIVERIES: [QueueName; 1] = [DELIVER];

/// All other queues, the most urgent first.
pub const OWN_WORK: [QueueName; 3] = [ERASE, FETCH, TIMER];

/// One piece of work. Every kind may be done twice and changes nothing the second time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub(super) enum Job {
    /// Fetch from a provider.
    Fetch {
        /// Which fetch.
        fetch: FetchId,
        /// Under which consent: fetches of one consent keep their order.
        consent: ConsentId,
    },
    /// Push a notification to a client server.
    Deliver {
        /// Whose.
        partner: PartnerId,
        /// Which of its notifications.
        sequence: u64,
        /// The request it is about: deliveries about one request keep their order.
        about: ConsentRequestId,
    },
    /// Erase a parcel that was collected, expired or revoked.
    Erase {
        /// Which.
        parcel: ParcelId,
    },
    /// Clear away what an attempt left behind that was cut off.
    ClearAway {
        /// The parcel the attempt was filling; there is no record of it any more.
        parcel: ParcelId,
    },
    /// A parcel's time has run out.
    ParcelExpiry {
        /// Which.
        parcel: ParcelId,
    },
    /// A request's time has run out.
    RequestExpiry {
        /// Which.
        request: ConsentRequestId,
    },
    /// A consent's time has run out.
    ConsentExpiry {
        /// Which.
        consent: ConsentId,
    },
    /// It is time to fetch again under a periodic consent.
    FetchDue {
        /// Which.
        consent: ConsentId,
    },
}

impl Job {
    /// The job as the outbox takes it.
    pub(super) fn due(&self, id: JobId, at: Timestamp) -> Result<NewJob, StoreError> {
        let job = NewJob::new(id, self.queue(), self, at)?;
        Ok(match self.order() {
            Some(key) => job.ordered_by(key),
            None => job,
        })
    }

    const fn queue(&self) -> QueueName {
        match self {
            Self::Fetch { .. } => FETCH,
            Self::Deliver { .. } => DELIVER,
            Self::Erase { .. } | Self::ClearAway { .. } => ERASE,
            Self::ParcelExpiry { .. }
            | Self::RequestExpiry { .. }
            | Self::ConsentExpiry { .. }
            | Self::FetchDue { .. } => TIMER,
        }
    }

    /// Timers have no order: a later one must not wait for an earlier one that is due in a month.
    fn order(&self) -> Option<OrderKey> {
        match self {
            Self::Deliver { partner, about, .. } => Some(OrderKey::new(format_args!("{partner}/{about}"))),
            Self::Erase { parcel } | Self::ClearAway { parcel } => Some(OrderKey::new(parcel)),
            Self::Fetch { consent, .. } => Some(OrderKey::new(consent)),
            Self::ParcelExpiry { .. }
            | Self::RequestExpiry { .. }
            | Self::ConsentExpiry { .. }
            | Self::FetchDue { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_queue_is_worked_on_in_one_of_two_loops() {
        let mut worked_on = [&DELIVERIES[..], &OWN_WORK].concat();
        worked_on.sort();
        let mut all = QUEUES;
        all.sort();
        assert_eq!(worked_on, all);
    }
}
