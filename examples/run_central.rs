//! The central role inside a program of one's own: as the server it is, and as a service without HTTP.
//!
//! ```console
//! cargo run --example run_central --features roles
//! ```

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use mpp::api::central::{CentralKeys, OperatorClient, RegisterPartner};
use mpp::api::{Anonymous, Bearer, Caller};
use mpp::connectors::ProviderRegistry;
use mpp::core::{DeliveryFailure, Entropy, draw};
use mpp::crypto::{CustomerRefKey, SigningKey, sha256};
use mpp::server::central::{
    CentralConfig, LimitSection, NotificationSection, OperatorKey, OperatorSection, start,
};
use mpp::server::runtime::{
    EpochSection, ParcelsSection, RecordsSection, RetentionSection, Storage, SystemClock, SystemEntropy,
    open_storage,
};
use mpp::services::central::{
    CentralKeys as OwnKeys, CentralParts, CentralService, CentralSettings, NewPartner, NotificationSender,
    Webhook,
};
use mpp::transport::{ConnectionSettings, Request, ReqwestTransport, Transport, Url};

const LEGAL_NAME: &str = "Kaveri Lending Private Limited";
const GSTIN: &str = "29AAACK9876L1ZN";

/// Runs the example.
///
/// # Errors
/// When a step fails, which it should not.
#[tokio::main]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    as_a_server(&folder.path().join("server")).await?;
    as_a_service(&folder.path().join("service")).await
}

/// What `mpp-central` does, from start to stop. Its configuration usually comes from a TOML file.
async fn as_a_server(data: &Path) -> Result<(), Box<dyn Error>> {
    // A key of the operator's staff; the server knows no more of it than its digest.
    let key: String = draw::<32>(&SystemEntropy).iter().map(|byte| format!("{byte:02x}")).collect();
    let central = start(CentralConfig {
        listen: ([127, 0, 0, 1], 0).into(),
        data: data.to_owned(),
        records: RecordsSection::default(),
        parcels: ParcelsSection::default(),
        app_link_base: "https://app.kaveri.example/".parse()?,
        operator: OperatorSection {
            name: "Sahyadri Data Services".to_owned(),
            contact: "grievance@sahyadri.example".to_owned(),
            keys: vec![OperatorKey { name: "portal".to_owned(), sha256: sha256(key.as_bytes()) }],
        },
        notifications: NotificationSection::default(),
        providers: Vec::new(),
        limits: LimitSection::default(),
        retention: RetentionSection::default(),
        billing: None,
        passkeys: None,
        single_sign_on: None,
        epochs: EpochSection::default(),
    })
    .await?;

    let transport: Arc<dyn Transport> = Arc::new(ReqwestTransport::new(ConnectionSettings::default())?);
    let ready = transport.send(Request::get(central.base_url().join("readyz")?)).await?;
    println!("readyz: {}", ready.status);

    // What everybody pins: the keys that central's artefacts, receipts and notifications are checked with.
    let anybody = Caller::new(central.base_url().clone(), transport, Arc::new(Anonymous));
    let keys: CentralKeys = anybody.get("/v1/keys", Duration::ZERO).await?;
    println!("keys: {} to sign, {} to notify", keys.signing.len(), keys.notification.len());

    let operator = OperatorClient::new(anybody.as_party(Arc::new(Bearer::new(&key)?)));
    let partner = RegisterPartner {
        legal_name: LEGAL_NAME.to_owned(),
        gstin: GSTIN.to_owned(),
        contract_ref: "contract-2026-01".to_owned(),
        contacts: vec!["data@kaveri.example".to_owned()],
        price_plan: "standard".to_owned(),
        notification_url: None,
    };
    // The same idempotency key, the same answer: a repeat takes nobody on twice.
    let registered = operator.register_partner("take-kaveri-on", &partner).await?;
    let repeated = operator.register_partner("take-kaveri-on", &partner).await?;
    let listed = operator.partners(None).await?.items;
    if registered != repeated || listed.iter().map(|partner| partner.partner_id).ne([registered.partner_id]) {
        return Err("the partner was taken on twice".into());
    }
    println!("partner {} waits to enrol its keys", registered.partner_id);

    // Ends long polls, lets open requests and the worker finish, closes the listener.
    central.stop().await;
    Ok(())
}

/// The same decisions without HTTP: for a program that has an interface of its own. The ports are the program's to choose;
/// here they are the server's embedded storage, no provider, and partners that poll.
async fn as_a_service(data: &Path) -> Result<(), Box<dyn Error>> {
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let Storage { store, parcels, item_keys, vault, .. } = open_storage(data, Arc::clone(&entropy)).await?;
    let central = CentralService::new(CentralParts {
        store,
        vault,
        parcels,
        item_keys,
        providers: ProviderRegistry::new(),
        notifications: Arc::new(PartnersPoll),
        // A program that lives longer than an example keeps them.
        keys: OwnKeys {
            signing: SigningKey::generate_p256(entropy.as_ref()),
            older_signing: Vec::new(),
            successions: Vec::new(),
            notification: SigningKey::generate_ed25519(entropy.as_ref()),
            older_notification: Vec::new(),
            customer_ref: CustomerRefKey::generate(entropy.as_ref()),
        },
        clock: Arc::new(SystemClock),
        entropy,
        settings: CentralSettings::new(
            "https://app.kaveri.example/".parse()?,
            "Sahyadri Data Services".to_owned(),
            "grievance@sahyadri.example".to_owned(),
        ),
    });
    let kaveri = NewPartner {
        legal_name: LEGAL_NAME.to_owned(),
        gstin: GSTIN.parse()?,
        contract_ref: "contract-2026-01".parse()?,
        contacts: vec!["data@kaveri.example".to_owned()],
        price_plan: "standard".parse()?,
        notification_url: None,
    };
    // the audit log says who did it
    let registered = central.register_partner(kaveri, &"asha".parse()?).await?;
    let found = central.partners(None, 10).await?.items.into_iter().map(|found| found.partner.id);
    if found.ne([registered.partner]) {
        return Err("the partner is not there".into());
    }
    println!("without HTTP: partner {} waits as well", registered.partner);
    Ok(())
}

/// Nothing is pushed: client servers ask for their notifications.
#[derive(Debug)]
struct PartnersPoll;

#[async_trait]
impl NotificationSender for PartnersPoll {
    fn permits(&self, _url: &Url) -> bool {
        false
    }

    async fn send(&self, _webhook: Webhook) -> Result<(), DeliveryFailure> {
        Err(DeliveryFailure::ForbiddenAddress)
    }
}
