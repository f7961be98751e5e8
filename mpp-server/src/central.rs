//! The central role as a server: `mpp-central`, or [`start`] inside another program.

mod base64;
mod callers;
mod config;
mod keys;
mod printing;
mod reception;
mod refusals;
mod routes;
mod webhooks;
mod workers;

use std::sync::Arc;

use mpp_connectors::bureau::ExperianStyle;
use mpp_connectors::provider::LimitedProvider;
use mpp_connectors::telecom::OperatorProfile;
use mpp_connectors::{ApiKey, DataProvider, ProviderRegistry};
use mpp_core::{Clock, Entropy, draw};
use mpp_services::Multiplied;
use mpp_services::central::{CentralParts, CentralService};
use mpp_services::log::LogRole;
use mpp_store::{SealedKind, WorkerName};
use mpp_transport::{ConnectionSettings, ReqwestTransport, Transport};

pub use crate::desk::PasskeySection;
use crate::desk::with_portal;
use crate::egress::WebhookSender;
use crate::http::{CallerLimits, Idempotency, health_routes};
use crate::runtime::{
    Running, StartError, Storage, StoragePlace, SystemClock, SystemEntropy, listen, log_keeper,
    open_storage_at, spawn_discarding, spawn_log, spawn_rotation,
};

pub use config::{
    BillingSection, CentralConfig, CentralConfigError, InvalidBilling, LimitSection, NotificationSection,
    OperatorKey, OperatorSection, ProviderSection, Reach,
};
pub use keys::{EarlierKey, KeyStanding, OwnKey, OwnKeyError};
pub use routes::{Access, Route, all_routes};

pub use crate::desk::{InvalidSignOn, SecondFactorSection, SingleSignOnSection};

/// The world central runs in: the machine's in production, moved by hand in tests.
#[derive(Debug, Clone)]
pub struct CentralWorld {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The way to providers. Client servers are called past it, by a sender that guards each address.
    pub transport: Arc<dyn Transport>,
}

impl CentralWorld {
    /// The machine's clock, randomness and network.
    ///
    /// # Errors
    /// When TLS cannot be set up on this machine.
    pub fn of_this_machine() -> Result<Self, StartError> {
        let transport = ReqwestTransport::new(ConnectionSettings::default())
            .map_err(|source| StartError::part("the network", source))?;
        Ok(Self {
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            transport: Arc::new(transport),
        })
    }
}

/// The kinds of all records with sealed fields that central's storage holds.
pub(crate) fn sealed_kinds() -> Vec<SealedKind> {
    [&mpp_services::central::SEALED_KINDS[..], &mpp_staff::SEALED_KINDS, &crate::http::SEALED_KINDS].concat()
}

/// Starts central on this machine.
///
/// # Errors
/// When a part of it cannot be made ready; the error names the part.
pub async fn start(config: CentralConfig) -> Result<Running, StartError> {
    start_in(config, CentralWorld::of_this_machine()?).await
}

/// Starts central in a given world.
///
/// # Errors
/// When a part of it cannot be made ready; the error names the part.
pub async fn start_in(config: CentralConfig, world: CentralWorld) -> Result<Running, StartError> {
    let place = StoragePlace { folder: &config.data, records: &config.records, parcels: &config.parcels };
    let storage = open_storage_at(place, world.clock.as_ref(), Arc::clone(&world.entropy)).await?;
    let service = Arc::new(service(&config, &world, &storage)?);
    service.note_own_keys().await.map_err(|source| StartError::part("central's own keys", source))?;
    sweep(&service).await?;
    let reception = reception::open(&config, &world, &storage)?;
    let (log_store, log_clock) = (Arc::clone(&storage.store), Arc::clone(&world.clock));
    let log = log_keeper(LogRole::Central, &config.data, log_store, log_clock, world.entropy.as_ref())?;
    let log_key =
        service.state_log_key(log.key()).map_err(|source| StartError::part("the log's key", source))?;
    listen(config.listen, |stopping, base_url| async move {
        let Storage { store, vault, parcels, epochs, .. } = storage;
        let (clock, entropy) = (Arc::clone(&world.clock), Arc::clone(&world.entropy));
        let rotation = epochs.rotation(sealed_kinds(), clock, entropy);
        let rotating = spawn_rotation(stopping.clone(), rotation, config.epochs);
        let discarding = spawn_discarding(stopping.clone(), parcels, Arc::clone(&world.clock));
        let forgetting = workers::forget(Arc::clone(&service), stopping.clone());
        let answers = Idempotency::new(Arc::clone(&store), vault, Arc::clone(&world.clock));
        let tidying = answers.keep_tidy(stopping.clone());
        let provider = reception::provider(&config, &world, &base_url)?;
        let wiring = routes::Wiring {
            app: routes::App {
                service: Arc::clone(&service),
                stopping: stopping.clone(),
                printer: config.printer().map(printing::Printer::new),
                setup: routes::settings::setup(&config),
                log_key,
            },
            reception: reception.with_provider(provider),
            answers,
            limits: routes::Limits {
                partners: CallerLimits::new(config.limits.partner_requests(), Arc::clone(&world.clock)),
                phones: CallerLimits::new(config.limits.phone_requests(), Arc::clone(&world.clock)),
            },
            clock: Arc::clone(&world.clock),
            entropy: Arc::clone(&world.entropy),
        };
        let arrivals = store.arrivals();
        let sessions = wiring.reception.keep_tidy(stopping.clone(), config.retention.windows().logs());
        let interface = routes::router(wiring).merge(health_routes(store));
        let owner = config.operator.name.clone();
        let portal = mpp_portal::central::router;
        let router = with_portal(
            interface,
            (Arc::clone(&world.clock), Arc::clone(&world.entropy)),
            owner,
            stopping.clone(),
            portal,
        )?;
        let name = WorkerName::new(hex::encode(draw::<8>(world.entropy.as_ref())));
        let mut tasks = workers::start(&service, &name, arrivals.as_ref(), &stopping);
        let logging = spawn_log(log, stopping);
        tasks.extend([tidying, sessions, forgetting, discarding, rotating, logging]);
        Ok((router, tasks))
    })
    .await
}

/// Erases what an earlier process left behind.
async fn sweep(service: &CentralService) -> Result<(), StartError> {
    let swept = service.sweep_orphans().await.map_err(|source| StartError::part("the parcels", source))?;
    if swept > 0 {
        tracing::info!(parcels.swept = swept, "what an earlier process left behind was erased");
    }
    Ok(())
}

/// Copies the newest decided case of a central that is not running until there are so many consents more: to see
/// how it does with very many. Only for machines that are measured.
///
/// # Errors
/// When the storage cannot be opened, no case was decided yet, or the store does not answer.
pub async fn multiply(
    config: &CentralConfig,
    consents: u64,
    progress: &mut (dyn FnMut(Multiplied) + Send),
) -> Result<Multiplied, StartError> {
    let world = CentralWorld::of_this_machine()?;
    let place = StoragePlace { folder: &config.data, records: &config.records, parcels: &config.parcels };
    let storage = open_storage_at(place, world.clock.as_ref(), Arc::clone(&world.entropy)).await?;
    let service = service(config, &world, &storage)?;
    let multiplied = service.multiply_newest_case(consents, progress).await;
    multiplied.map_err(|source| StartError::part("the copies", source))
}

fn service(
    config: &CentralConfig,
    world: &CentralWorld,
    storage: &Storage,
) -> Result<CentralService, StartError> {
    let notifications = WebhookSender::new(config.notifications.reach.addresses(), webhooks::TIMEOUT)?;
    Ok(CentralService::new(CentralParts {
        store: Arc::clone(&storage.store),
        vault: Arc::clone(&storage.vault),
        parcels: Arc::clone(&storage.parcels),
        item_keys: Arc::clone(&storage.item_keys),
        providers: providers(&config.providers, world)?,
        notifications: Arc::new(notifications),
        keys: keys::load_or_create(&config.data.join("keys"), world.entropy.as_ref())?,
        clock: Arc::clone(&world.clock),
        entropy: Arc::clone(&world.entropy),
        settings: config.settings().map_err(|error| StartError::part("billing", error))?,
    }))
}

fn providers(sections: &[ProviderSection], world: &CentralWorld) -> Result<ProviderRegistry, StartError> {
    let mut registry = ProviderRegistry::new();
    for section in sections {
        let provider: Arc<dyn DataProvider> = Arc::new(LimitedProvider::new(
            provider(section, world)?,
            section.limits(),
            Arc::clone(&world.clock),
        ));
        let name = format!("the provider {}", provider.id());
        registry.register(provider).map_err(|source| StartError::part(name, source))?;
    }
    Ok(registry)
}

fn provider(section: &ProviderSection, world: &CentralWorld) -> Result<Arc<dyn DataProvider>, StartError> {
    let (transport, clock) = (Arc::clone(&world.transport), Arc::clone(&world.clock));
    match section {
        ProviderSection::Bureau { contract, key, .. } => {
            let key = api_key(key, contract.form().id.as_str())?;
            Ok(Arc::new(ExperianStyle::new(contract.clone(), key, transport, clock)))
        }
        ProviderSection::Operator { contract, key, .. } => {
            let key = api_key(key, contract.form().id.as_str())?;
            Ok(Arc::new(OperatorProfile::new(contract.clone(), key, transport, clock)))
        }
    }
}

fn api_key(source: &crate::runtime::SecretSource, provider: &str) -> Result<ApiKey, StartError> {
    let what = || format!("the key of the provider {provider}");
    let secret = source.read().map_err(|source| StartError::part(what(), source))?;
    ApiKey::new(secret.as_str().to_owned()).map_err(|source| StartError::part(what(), source))
}
