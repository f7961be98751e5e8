//! The service and what it is made of.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mpp_connectors::AccountAggregator;
use mpp_core::{Clock, Entropy, Timestamp};
use mpp_store::{Store, Vault};
use tokio::sync::Notify;

use super::sealing::Sealing;
use super::settings::{PrivateShareSecrets, PrivateShareSettings};
use super::sms::SmsSender;
use super::wakes::Wakes;

/// What the service works with.
#[derive(Debug)]
pub struct PrivateSharePorts {
    /// Keeps records.
    pub store: Arc<dyn Store>,
    /// Seals personal fields of records.
    pub vault: Arc<Vault>,
    /// The Account Aggregator.
    pub account_aggregator: Arc<dyn AccountAggregator>,
    /// The SMS gateway.
    pub sms: Arc<dyn SmsSender>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives randomness.
    pub entropy: Arc<dyn Entropy>,
}

/// The private share role: stands between the customer's phone and the Account Aggregator, keeps consents and
/// data sessions, and passes encrypted data on without being able to open it.
///
/// Every call for a customer takes the [`super::CustomerSession`]; what belongs to others is "not found".
#[derive(Debug)]
pub struct PrivateShareService {
    ports: PrivateSharePorts,
    secrets: PrivateShareSecrets,
    settings: PrivateShareSettings,
    wakes: Wakes,
    work: Arc<Notify>,
    openings: AtomicUsize,
}

impl PrivateShareService {
    /// How often a decision is made again when the store says that something changed meanwhile.
    pub(super) const DECISIONS: usize = 8;

    /// The service.
    #[must_use]
    pub fn new(
        ports: PrivateSharePorts,
        secrets: PrivateShareSecrets,
        settings: PrivateShareSettings,
    ) -> Self {
        let (work, openings) = (Arc::default(), AtomicUsize::new(0));
        Self { ports, secrets, settings, wakes: Wakes::default(), work, openings }
    }

    /// What the operator has set.
    #[must_use]
    pub const fn settings(&self) -> &PrivateShareSettings {
        &self.settings
    }

    pub(super) const fn secrets(&self) -> &PrivateShareSecrets {
        &self.secrets
    }

    pub(super) fn store(&self) -> &dyn Store {
        &*self.ports.store
    }

    pub(super) fn sealing(&self) -> Sealing<'_> {
        Sealing(&self.ports.vault)
    }

    pub(super) fn account_aggregator(&self) -> &dyn AccountAggregator {
        &*self.ports.account_aggregator
    }

    pub(super) fn sms(&self) -> &dyn SmsSender {
        &*self.ports.sms
    }

    pub(super) fn entropy(&self) -> &dyn Entropy {
        &*self.ports.entropy
    }

    pub(super) fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    pub(super) const fn wakes(&self) -> &Wakes {
        &self.wakes
    }

    /// Rings when there is work for [`PrivateShareService::work`].
    #[must_use]
    pub fn work_bell(&self) -> Arc<Notify> {
        Arc::clone(&self.work)
    }

    /// How many data sessions are being opened at this moment.
    pub(super) const fn openings(&self) -> &AtomicUsize {
        &self.openings
    }

    /// Counts a data session as being opened until dropped.
    pub(super) fn opening(&self) -> Opening<'_> {
        self.openings.fetch_add(1, Ordering::SeqCst);
        Opening(&self.openings)
    }
}

/// See [`PrivateShareService::opening`].
pub(super) struct Opening<'a>(&'a AtomicUsize);

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
