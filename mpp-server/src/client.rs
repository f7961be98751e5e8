//! The client server: HTTP in front of [`mpp_services::client`].
//!
//! [`start`] wires the role over embedded storage and the machine's clock and randomness; [`start_with`] takes them from
//! outside. The program `mpp-client` and the demonstration run the same.

mod application;
mod asked;
mod bills;
mod callers;
mod central_log;
mod config;
mod documents;
mod fetches;
mod finding;
mod gateway;
mod keys;
mod notifications;
mod own_log;
mod products;
mod push;
mod reception;
mod refusals;
mod request_signer;
mod routes;
mod settings;
mod staff;
mod supervision;
mod told;
mod workers;

use std::sync::Arc;

use mpp_api::central::PartnerClient;
use mpp_api::{Anonymous, Caller};
use mpp_core::{Clock, Entropy};
use mpp_services::Multiplied;
use mpp_services::client::{ClientKeys, ClientParts, ClientService};
use mpp_services::log::LogRole;
use mpp_store::SealedKind;
use mpp_transport::{ConnectionSettings, ReqwestTransport, Transport};

pub use crate::desk::PasskeySection;
use crate::desk::with_portal;
use crate::egress::WebhookSender;
use crate::http::{CallerLimits, Idempotency};
use crate::runtime::{
    Running, StartError, Storage, StoragePlace, SystemClock, SystemEntropy, listen, log_keeper,
    open_storage_at, spawn_discarding, spawn_log, spawn_rotation,
};

pub use config::{
    CentralSection, ClientConfig, ClientConfigError, LimitsSection, NotificationsFrom, StaffSection,
    UnprovenParcelsAre, WebhookSection,
};
pub use routes::{Access, Route, all_routes};

pub use crate::desk::{InvalidSignOn, SecondFactorSection, SingleSignOnSection};

use gateway::HttpCentral;
use request_signer::RequestSigner;
use routes::AppState;

/// What of the outside world the role uses.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Carries requests to central.
    pub transport: Arc<dyn Transport>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
}

impl Surroundings {
    /// The machine's network, clock and randomness.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn of_this_machine() -> Result<Self, StartError> {
        let transport = ReqwestTransport::new(ConnectionSettings::default())
            .map_err(|source| StartError::part("the transport to central", source))?;
        Ok(Self {
            transport: Arc::new(transport),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
        })
    }
}

/// The kinds of all records with sealed fields that the client server's storage holds.
pub(crate) fn sealed_kinds() -> Vec<SealedKind> {
    [&mpp_services::client::SEALED_KINDS[..], &mpp_staff::SEALED_KINDS, &crate::http::SEALED_KINDS].concat()
}

/// Starts a client server on this machine's network, clock and randomness.
///
/// # Errors
/// When the configuration contradicts itself, the address is taken, or a part of the storage cannot be opened.
pub async fn start(config: ClientConfig) -> Result<Running, StartError> {
    start_with(config, Surroundings::of_this_machine()?).await
}

/// Starts a client server in the given surroundings.
///
/// # Errors
/// Like [`start`].
pub async fn start_with(config: ClientConfig, surroundings: Surroundings) -> Result<Running, StartError> {
    config.check().map_err(|source| StartError::part("the configuration", source))?;
    let place = StoragePlace { folder: &config.data, records: &config.records, parcels: &config.parcels };
    let clock = surroundings.clock.as_ref();
    let storage = open_storage_at(place, clock, Arc::clone(&surroundings.entropy)).await?;
    let (service, central) = service(&config, &surroundings, &storage).await?;
    let swept =
        service.sweep().await.map_err(|source| StartError::part("the storage of documents", source))?;
    if swept > 0 {
        tracing::info!(documents.swept = swept, "bytes that belonged to no document were removed");
    }
    let idempotency = Idempotency::new(
        Arc::clone(&storage.store),
        Arc::clone(&storage.vault),
        Arc::clone(&surroundings.clock),
    );
    let reception = reception::open(&service, &config, &surroundings, &storage);
    let notifications = config.central.notifications;
    let (log_store, log_clock) = (Arc::clone(&storage.store), Arc::clone(&surroundings.clock));
    let entropy = surroundings.entropy.as_ref();
    let keeper = log_keeper(LogRole::Client, &config.data, log_store, log_clock, entropy)?;
    listen(config.listen, |stopping, base_url| async move {
        let mut workers =
            workers::spawn(&service, notifications, storage.store.arrivals().as_ref(), &stopping);
        let (parcels, clock) = (Arc::clone(&storage.parcels), Arc::clone(&surroundings.clock));
        workers.push(spawn_discarding(stopping.clone(), parcels, clock));
        workers.push(idempotency.keep_tidy(stopping.clone()));
        workers.push(spawn_log(keeper, stopping.clone()));
        workers.push(central_log::spawn_witness(&service, central.clone(), stopping.clone()));
        let (clock, entropy) = (Arc::clone(&surroundings.clock), Arc::clone(&surroundings.entropy));
        let rotation = storage.epochs.rotation(sealed_kinds(), clock, entropy);
        workers.push(spawn_rotation(stopping.clone(), rotation, config.epochs));
        workers.push(reception.keep_tidy(stopping.clone(), config.retention.windows().logs()));
        let reception = reception.with_provider(reception::provider(&config, &surroundings, &base_url)?);
        let state = AppState { service, central, settings: settings::lines(&config).into() };
        let log = (Arc::clone(&surroundings.clock), Arc::clone(&surroundings.entropy));
        let limits = CallerLimits::new(config.limits.application_requests(), Arc::clone(&surroundings.clock));
        let store = Arc::clone(&storage.store);
        let interface = routes::router(state, &reception, &idempotency, limits, store, log);
        let world = (Arc::clone(&surroundings.clock), Arc::clone(&surroundings.entropy));
        let (owner, portal) = (config.owner.clone(), mpp_portal::client::router);
        Ok((with_portal(interface, world, owner, stopping, portal)?, workers))
    })
    .await
}

/// Copies the newest finished case of a client server that is not running until there are so many consents more: to see how
/// it does with very many. Only for machines that are measured.
///
/// # Errors
/// When the configuration contradicts itself, the storage cannot be opened, no case came to its end yet, or the store does not
/// answer.
pub async fn multiply(
    config: &ClientConfig,
    consents: u64,
    progress: &mut (dyn FnMut(Multiplied) + Send),
) -> Result<Multiplied, StartError> {
    config.check().map_err(|source| StartError::part("the configuration", source))?;
    let surroundings = Surroundings::of_this_machine()?;
    let place = StoragePlace { folder: &config.data, records: &config.records, parcels: &config.parcels };
    let clock = surroundings.clock.as_ref();
    let storage = open_storage_at(place, clock, Arc::clone(&surroundings.entropy)).await?;
    let (service, _) = service(config, &surroundings, &storage).await?;
    let multiplied = service.multiply_newest_case(consents, progress).await;
    multiplied.map_err(|source| StartError::part("the copies", source))
}

async fn service(
    config: &ClientConfig,
    surroundings: &Surroundings,
    storage: &Storage,
) -> Result<(Arc<ClientService>, PartnerClient), StartError> {
    let Surroundings { transport, clock, entropy } = surroundings;
    let keys = Arc::new(ClientKeys::default());
    let signer = RequestSigner::new(Arc::clone(&keys), Arc::clone(clock), Arc::clone(entropy));
    let anonymous = Caller::new(config.central.url.clone(), Arc::clone(transport), Arc::new(Anonymous));
    let signed = anonymous.as_party(Arc::new(signer));
    let signed = PartnerClient::new(signed);
    let central = HttpCentral::new(PartnerClient::new(anonymous), signed.clone());
    let notifier = WebhookSender::new(config.webhook.addresses(), push::TIMEOUT)?;
    let parts = ClientParts {
        store: Arc::clone(&storage.store),
        vault: Arc::clone(&storage.vault),
        documents: Arc::clone(&storage.parcels),
        item_keys: Arc::clone(&storage.item_keys),
        keys,
        central: Arc::new(central),
        application: Arc::new(notifier),
        clock: Arc::clone(clock),
        entropy: Arc::clone(entropy),
        settings: config.settings(),
    };
    let started = ClientService::start(parts).await;
    let started = started.map_err(|source| StartError::part("the client server's keys", source))?;
    Ok((Arc::new(started), signed))
}
