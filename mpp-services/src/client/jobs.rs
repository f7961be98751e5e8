//! The work a client server's commits ask for.

use mpp_core::{ConsentRequestId, DataItemId, JobId, ParcelId, ProductId, ProductVersion, Timestamp};
use mpp_store::{NewJob, OrderKey, QueueName, StoreError};
use serde::{Deserialize, Serialize};

/// Collects parcels.
pub(super) const COLLECT: QueueName = QueueName::new("client-collect");
/// Acknowledges parcels.
pub(super) const ACKNOWLEDGE: QueueName = QueueName::new("client-acknowledge");
/// Pushes notifications to the application.
pub(super) const DELIVER: QueueName = QueueName::new("client-deliver");
/// Purges documents.
pub(super) const PURGE: QueueName = QueueName::new("client-purge");
/// Publishes products, and tells of those that are retired.
pub(super) const PUBLISH: QueueName = QueueName::new("client-publish");

/// All queues, the most urgent first.
pub const QUEUES: [QueueName; 5] = [PURGE, ACKNOWLEDGE, COLLECT, DELIVER, PUBLISH];

/// One piece of work. Every kind may be done twice and changes nothing the second time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub(super) enum Job {
    /// Fetch, open and store a parcel.
    Collect {
        /// Which.
        parcel: ParcelId,
    },
    /// Acknowledge a stored parcel and take the receipt.
    Acknowledge {
        /// Which.
        parcel: ParcelId,
    },
    /// Push a notification to the application.
    Deliver {
        /// Which.
        sequence: u64,
        /// The request it is about: deliveries about one request keep their order.
        about: ConsentRequestId,
    },
    /// Purge a document whose time has come.
    Purge {
        /// Which.
        item: DataItemId,
    },
    /// Make an approved product version known to central.
    Publish {
        /// Which product.
        product: ProductId,
        /// Which version.
        version: ProductVersion,
    },
    /// Tell central that nobody is asked for a product any more.
    Retire {
        /// Which.
        product: ProductId,
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
            Self::Collect { .. } => COLLECT,
            Self::Acknowledge { .. } => ACKNOWLEDGE,
            Self::Deliver { .. } => DELIVER,
            Self::Purge { .. } => PURGE,
            Self::Publish { .. } | Self::Retire { .. } => PUBLISH,
        }
    }

    /// Purges have no order: one that is due now must not wait for one that is due in a year.
    fn order(&self) -> Option<OrderKey> {
        match self {
            Self::Deliver { about, .. } => Some(OrderKey::new(about)),
            Self::Collect { parcel } => Some(OrderKey::new(parcel)),
            Self::Publish { product, .. } | Self::Retire { product } => Some(OrderKey::new(product)),
            Self::Acknowledge { .. } | Self::Purge { .. } => None,
        }
    }
}

/// A job that waits for a person, as staff see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedWork {
    /// The job.
    pub job: JobId,
    /// Its queue.
    pub queue: String,
    /// Why it waits: a stable code and a sentence.
    pub reason: String,
    /// How often it was tried.
    pub attempts: u32,
    /// Since when.
    pub parked_at: Timestamp,
}
