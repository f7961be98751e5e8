//! The private share role as a server: `mpp-private-share-server`, or [`start`] inside another program.
//!
//! It speaks with phones (`/v1`) and hears an Account Aggregator (`/v2`, ReBIT to the letter).

mod callers;
mod config;
mod keys;
mod refusals;
mod routes;
mod sms;
mod workers;

use std::sync::{Arc, Mutex};

use mpp_connectors::ApiKey;
use mpp_connectors::rebit::inbound::{Gate, KnownAa, Responder, SharedTokens};
use mpp_connectors::rebit::{OurIdentity, PeerKeys, RebitAa};
use mpp_core::{Clock, Entropy, draw};
use mpp_services::log::LogRole;
use mpp_services::private_share::{PrivateSharePorts, PrivateShareSecrets, PrivateShareService};
use mpp_store::{SealedKind, WorkerName};
use mpp_transport::{ConnectionSettings, ReqwestTransport, Transport};

use crate::http::{CallerLimits, Idempotency, health_routes};
use crate::runtime::{
    Running, SecretSource, StartError, Storage, StoragePlace, SystemClock, SystemEntropy, listen, log_keeper,
    open_storage_at, spawn_log, spawn_rotation,
};

pub use config::{
    AccountAggregatorSection, LimitSection, OurSection, PrivateShareConfig, PublishedKey, SmsSection,
};
pub use routes::{Access, Route, all_routes};

/// The world the service runs in: the machine's in production, moved by hand in tests.
#[derive(Debug, Clone)]
pub struct PrivateShareWorld {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The way to the Account Aggregator and the SMS gateway.
    pub transport: Arc<dyn Transport>,
}

impl PrivateShareWorld {
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

/// The kinds of all records with sealed fields that the service's storage holds.
pub(crate) fn sealed_kinds() -> Vec<SealedKind> {
    [&mpp_services::private_share::SEALED_KINDS[..], &crate::http::SEALED_KINDS].concat()
}

/// Starts the private share service on this machine.
///
/// # Errors
/// When a part of it cannot be made ready; the error names the part.
pub async fn start(config: PrivateShareConfig) -> Result<Running, StartError> {
    start_in(config, PrivateShareWorld::of_this_machine()?).await
}

/// Starts the private share service in a given world.
///
/// # Errors
/// When a part of it cannot be made ready; the error names the part.
pub async fn start_in(config: PrivateShareConfig, world: PrivateShareWorld) -> Result<Running, StartError> {
    let place = StoragePlace::in_folder(&config.data).with_records(&config.records);
    let storage = open_storage_at(place, world.clock.as_ref(), Arc::clone(&world.entropy)).await?;
    let keys = keys::load_or_create(&config, world.entropy.as_ref())?;
    let (log_store, log_clock) = (Arc::clone(&storage.store), Arc::clone(&world.clock));
    let entropy = world.entropy.as_ref();
    let log = log_keeper(LogRole::PrivateShare, &config.data, log_store, log_clock, entropy)?;
    let rebit = Rebit::new(&config, &keys, &world)?;
    let app = routes::App {
        service: Arc::new(service(&config, keys.secrets, rebit.client, &world, &storage)?),
        stopping: None,
        ours: routes::PublishedKeys { entity: config.our.entity.clone(), key: keys.published },
        gate: Arc::new(rebit.gate),
        responder: rebit.responder,
        answered: Arc::new(Mutex::default()),
        clock: Arc::clone(&world.clock),
        operators: config.operator.keys.clone().into(),
    };
    listen(config.listen, |stopping, _base_url| async move {
        let Storage { store, vault, epochs, .. } = storage;
        let (clock, entropy) = (Arc::clone(&world.clock), Arc::clone(&world.entropy));
        let rotation = epochs.rotation(sealed_kinds(), clock, entropy);
        let app = routes::App { stopping: Some(stopping.clone()), ..app };
        let name = WorkerName::new(hex::encode(draw::<8>(world.entropy.as_ref())));
        let mut workers = workers::start(&app.service, &name, store.arrivals(), &stopping);
        let answers = Idempotency::new(Arc::clone(&store), vault, Arc::clone(&world.clock));
        workers.push(answers.keep_tidy(stopping.clone()));
        workers.push(spawn_log(log, stopping.clone()));
        workers.push(spawn_rotation(stopping, rotation, config.epochs));
        let limits = CallerLimits::new(config.limits.phone_requests(), Arc::clone(&world.clock));
        let wiring = routes::Wiring { app, answers, limits, clock: world.clock, entropy: world.entropy };
        Ok((routes::router(wiring).merge(health_routes(store)), workers))
    })
    .await
}

/// Both directions of ReBIT.
struct Rebit {
    client: RebitAa,
    gate: Gate,
    responder: Responder,
}

impl Rebit {
    fn new(
        config: &PrivateShareConfig,
        keys: &keys::Keys,
        world: &PrivateShareWorld,
    ) -> Result<Self, StartError> {
        let section = &config.account_aggregator;
        let peer = Arc::new(PeerKeys::new(section.verifying_keys()?));
        let ours = OurIdentity {
            entity: config.our.entity.clone(),
            signing_key: Arc::clone(&keys.signing),
            api_key: api_key(&section.api_key, "the Account Aggregator's API key")?,
        };
        let entity = section.rebit.form().entity.clone();
        let callback_key = api_key(&section.callback_key, "the Account Aggregator's callback key")?;
        let tokens = SharedTokens::new([(callback_key, entity.clone())]);
        let known = KnownAa { entity, keys: Arc::clone(&peer) };
        let (transport, clock) = (Arc::clone(&world.transport), Arc::clone(&world.clock));
        let entropy = Arc::clone(&world.entropy);
        Ok(Self {
            client: RebitAa::new(section.rebit.clone(), ours, peer, transport, clock, entropy),
            gate: Gate::new(Arc::new(tokens), [known]),
            responder: Responder::new(Arc::clone(&keys.signing)),
        })
    }
}

fn service(
    config: &PrivateShareConfig,
    secrets: PrivateShareSecrets,
    account_aggregator: RebitAa,
    world: &PrivateShareWorld,
    storage: &Storage,
) -> Result<PrivateShareService, StartError> {
    let sms = sms::HttpSms::new(&config.sms, Arc::clone(&world.transport))?;
    let ports = PrivateSharePorts {
        store: Arc::clone(&storage.store),
        vault: Arc::clone(&storage.vault),
        account_aggregator: Arc::new(account_aggregator),
        sms: Arc::new(sms),
        clock: Arc::clone(&world.clock),
        entropy: Arc::clone(&world.entropy),
    };
    Ok(PrivateShareService::new(ports, secrets, config.settings()))
}

fn api_key(source: &SecretSource, what: &str) -> Result<ApiKey, StartError> {
    let secret = source.read().map_err(|source| StartError::part(what, source))?;
    ApiKey::new(secret.as_str().to_owned()).map_err(|source| StartError::part(what, source))
}
