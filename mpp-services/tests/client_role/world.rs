//! A client server and what is around it. A new server over the same world is a server started again.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use mpp_core::{
    Clock, ConsentId, ConsentRequestId, DeliveryFailure, Entropy, ParcelId, ProductContent, ProductId,
    Sha256Digest, Source, Span, StaffId, Timestamp,
};
use mpp_crypto::at_rest::{EpochKey, EpochKeys};
use mpp_crypto::sha256;
use mpp_services::client::{
    Application, ApplicationNotifier, ClientKeys, ClientParts, ClientService, ClientSettings, News, QUEUES,
    Scope, SignedPush, StaffCredential, StartCase,
};
use mpp_store::{
    EncryptedParcels, ItemKeys, LeasedJob, MemoryItemKeys, MemoryStore, ObjectParcels, ParcelBytes,
    ParcelBytesError, PartInfo, PartNumber, Store, Vault, WorkerName,
};
use mpp_testkit::{HandClock, SeededEntropy};
use url::Url;
use zeroize::Zeroizing;

use crate::fake_central::{About, FakeCentral, TOKEN};
use crate::fused_store::{Fuse, FusedStore};

pub(crate) const AUTHOR: &str = "meera";
pub(crate) const APPROVER: &str = "vikram";
pub(crate) const BUREAU: &str = "provider:sandbox-bureau";

#[derive(Debug, Default)]
pub(crate) struct FakeApplication {
    pub(crate) pushes: Mutex<Vec<SignedPush>>,
    pub(crate) failures: Mutex<VecDeque<DeliveryFailure>>,
}

impl FakeApplication {
    pub(crate) fn news(&self) -> Vec<News> {
        self.pushes.lock().unwrap().iter().map(|push| serde_json::from_slice(&push.body).unwrap()).collect()
    }
}

#[async_trait]
impl ApplicationNotifier for FakeApplication {
    fn check_address(&self, url: &Url) -> Result<(), &'static str> {
        if url.scheme() == "https" { Ok(()) } else { Err("it must begin with https") }
    }

    async fn push(&self, push: &SignedPush) -> Result<(), DeliveryFailure> {
        if let Some(failure) = self.failures.lock().unwrap().pop_front() {
            return Err(failure);
        }
        self.pushes.lock().unwrap().push(push.clone());
        Ok(())
    }
}

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) clock: Arc<HandClock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) store: Arc<dyn Store>,
    epochs: Arc<EpochKeys>,
    pub(crate) raw_documents: Arc<dyn ParcelBytes>,
    pub(crate) item_keys: Arc<dyn ItemKeys>,
    pub(crate) central: Arc<FakeCentral>,
    pub(crate) application: Arc<FakeApplication>,
    pub(crate) settings: ClientSettings,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::over(Arc::new(MemoryStore::new()), Arc::new(ObjectParcels::in_memory()))
    }

    pub(crate) fn over(store: Arc<dyn Store>, raw_documents: Arc<dyn ParcelBytes>) -> Self {
        let clock = Arc::new(HandClock::new());
        let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(7));
        let central_clock: Arc<dyn Clock> = Arc::<HandClock>::clone(&clock);
        let central = FakeCentral::new(central_clock, Arc::new(SeededEntropy::new(1_000_003)));
        let staff = |name: &str| StaffCredential {
            name: name.parse().unwrap(),
            key_sha256: sha256(format!("{name}-key").as_bytes()),
        };
        let mut settings = ClientSettings::new(vec![staff(AUTHOR), staff(APPROVER)]);
        settings.part_bytes = 64 * 1024;
        Self {
            epochs: Arc::new(EpochKeys::new(EpochKey::generate(&*entropy), Vec::new())),
            item_keys: Arc::new(MemoryItemKeys::new(Arc::clone(&entropy))),
            clock,
            entropy,
            store,
            raw_documents,
            central: Arc::new(central),
            application: Arc::new(FakeApplication::default()),
            settings,
        }
    }

    /// Starts a server.
    pub(crate) async fn server(&self) -> ClientService {
        self.server_with_fuse(Arc::new(Fuse::after_steps(i64::MAX, false))).await
    }

    /// Starts a server that dies when its fuse has burnt down.
    pub(crate) async fn server_with_fuse(&self, fuse: Arc<Fuse>) -> ClientService {
        ClientService::start(self.parts_with_fuse(ClientKeys::default(), fuse)).await.unwrap()
    }

    /// Seals and opens personal fields and keys.
    pub(crate) fn vault(&self) -> Vault {
        Vault::new(Arc::clone(&self.epochs), Arc::clone(&self.entropy))
    }

    /// What a server is started from.
    pub(crate) fn parts(&self, keys: ClientKeys) -> ClientParts {
        self.parts_with_fuse(keys, Arc::new(Fuse::after_steps(i64::MAX, false)))
    }

    fn parts_with_fuse(&self, own_keys: ClientKeys, fuse: Arc<Fuse>) -> ClientParts {
        let raw = FusedParcels { below: Arc::clone(&self.raw_documents), fuse: Arc::clone(&fuse) };
        let keys = Arc::clone(&self.item_keys);
        let documents = EncryptedParcels::new(Arc::new(raw), keys, Arc::clone(&self.entropy));
        ClientParts {
            store: Arc::new(FusedStore { below: Arc::clone(&self.store), fuse }),
            vault: Arc::new(self.vault()),
            documents: Arc::new(documents),
            item_keys: Arc::clone(&self.item_keys),
            keys: Arc::new(own_keys),
            central: Arc::<FakeCentral>::clone(&self.central),
            application: Arc::<FakeApplication>::clone(&self.application),
            clock: Arc::<HandClock>::clone(&self.clock),
            entropy: Arc::clone(&self.entropy),
            settings: self.settings.clone(),
        }
    }

    /// A server that is enrolled and has an approved product and a webhook.
    pub(crate) async fn ready(&self) -> Ready {
        let server = self.server().await;
        server.enrol(&staff(AUTHOR), &token()).await.unwrap();
        let product = approve(&server, content("STORE", 1)).await;
        server
            .set_webhook(&staff(AUTHOR), "https://hooks.kaveri.example/mpp".parse().unwrap())
            .await
            .unwrap();
        let key = server
            .make_api_key(&staff(AUTHOR), "loan desk", vec![Scope::Consents, Scope::Data])
            .await
            .unwrap();
        let application = server.application(&key.key).await.unwrap();
        work_all(&server).await;
        Ready { server, product, application }
    }

    /// Places a case and has a consent given.
    pub(crate) async fn consented(&self, ready: &Ready, case_ref: &str, source: &str) -> About {
        let started =
            ready.server.start_case(&ready.application, &call(ready.product, case_ref)).await.unwrap();
        About {
            request: started.request,
            case_ref: case_ref.to_owned(),
            consent: ConsentId::generate(&*self.entropy),
            source: source.parse().unwrap(),
            parcel: None,
            fetch: None,
            purge_by: None,
        }
    }

    pub(crate) fn about(&self, request: ConsentRequestId, source: Source) -> About {
        let consent = ConsentId::generate(&*self.entropy);
        About {
            request,
            case_ref: "LOAN-1".to_owned(),
            consent,
            source,
            parcel: None,
            fetch: None,
            purge_by: None,
        }
    }

    /// How many sealed documents lie in the storage.
    pub(crate) async fn stored_documents(&self) -> usize {
        self.raw_documents.list().await.unwrap().len()
    }

    pub(crate) fn wait(&self, span: Span) {
        self.clock.advance(span);
    }
}

pub(crate) struct Ready {
    pub(crate) server: ClientService,
    pub(crate) product: ProductId,
    pub(crate) application: Application,
}

pub(crate) fn staff(name: &str) -> StaffId {
    name.parse().unwrap()
}

pub(crate) fn token() -> Zeroizing<String> {
    Zeroizing::new(TOKEN.to_owned())
}

pub(crate) fn call(product: ProductId, case_ref: &str) -> StartCase {
    let customer = serde_json::json!({ "mobile": "9000000001", "name": "Asha Canary Kulkarni" });
    StartCase {
        product,
        case_ref: case_ref.parse().unwrap(),
        customer: serde_json::from_value(customer).unwrap(),
    }
}

/// A product that asks for bank accounts and a credit report, with a data life in months.
pub(crate) fn content(mode: &str, life_months: u32) -> ProductContent {
    let terms = |consent_types: &[&str], fi_types: &[&str]| {
        serde_json::json!({
            "purpose": { "code": "103", "text": "Loan underwriting" },
            "consentMode": mode,
            "fetchType": "ONETIME",
            "consentTypes": consent_types,
            "fiTypes": fi_types,
            "validFor": "P1M",
            "rangeBack": "P6M",
            "dataLife": { "unit": "MONTH", "value": life_months },
            "frequency": { "unit": "MONTH", "value": 1 },
        })
    };
    let value = serde_json::json!({
        "name": "Personal loan",
        "items": [
            {
                "source": "account-aggregator",
                "kind": "financial_information",
                "title": "Bank accounts",
                "dataItems": ["Balances and transactions"],
                "terms": terms(&["PROFILE", "SUMMARY", "TRANSACTIONS"], &["DEPOSIT"]),
            },
            {
                "source": BUREAU,
                "kind": "credit_bureau",
                "title": "Credit report",
                "dataItems": ["Score and accounts"],
                "terms": terms(&["PROFILE"], &[]),
            },
        ],
        "notice": { "version": 1, "texts": { "en": {
            "purpose": "To decide on your loan.",
            "rights": "See, correct and erase your data.",
            "withdrawal": "One tap in the app.",
            "complaint": "Data Protection Board of India.",
            "grievanceContact": "grievance@kaveri.example",
        } } },
    });
    serde_json::from_value(value).unwrap()
}

pub(crate) async fn approve(server: &ClientService, content: ProductContent) -> ProductId {
    let drafted = server.define_product(&staff(AUTHOR), None, content).await.unwrap();
    let product = drafted.product;
    server.approve_product(&staff(APPROVER), product.id, product.version).await.unwrap();
    product.id
}

/// Does a job and what is begun with its end.
async fn see_through(server: &ClientService, job: LeasedJob) {
    let mut in_hand = Some(job);
    while let Some(job) = in_hand {
        in_hand = server.perform(&job).await.unwrap_or(None);
    }
}

/// Does everything that is due. Gives up on a server that has died.
pub(crate) async fn work_all(server: &ClientService) -> usize {
    let worker = WorkerName::new("test");
    let mut done = 0;
    loop {
        let before = done;
        for queue in &QUEUES {
            while let Ok(jobs) = server.lease_jobs(queue, &worker, 1).await
                && let Some(job) = jobs.into_iter().next()
            {
                see_through(server, job).await;
                done += 1;
                assert!(done < 1000, "work goes round in circles");
            }
        }
        if done == before {
            return done;
        }
    }
}

/// Polls and works until there is nothing left.
pub(crate) async fn settle(server: &ClientService) {
    while server.poll(Span::default()).await.unwrap() > 0 {}
    work_all(server).await;
}

pub(crate) async fn bytes_of(
    server: &ClientService,
    application: &Application,
    item: mpp_core::DataItemId,
) -> Vec<u8> {
    use futures::TryStreamExt;
    let document = server.read_raw(application, item).await.unwrap();
    let chunks: Vec<Bytes> = document.bytes.try_collect().await.unwrap();
    chunks.concat()
}

pub(crate) fn digest(bytes: &[u8]) -> Sha256Digest {
    sha256(bytes)
}

/// A bank account as an FIP sends it, with a canary in it.
pub(crate) const DEPOSIT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Account xmlns="http://api.rebit.org.in/FISchema/deposit" type="deposit" version="2.0.0" maskedAccNumber="XXXXXXXX4020" linkedAccRef="7f0f6c1e-33a5-4a8e-9d0c-5b6a7c8d9e06">
 <Profile><Holders type="SINGLE"><Holder name="Canary-Holder-Asha" pan="ABCPK1234D"/></Holders></Profile>
 <Summary currentBalance="84250.75" balanceDateTime="2026-01-15T09:31:05.000+05:30"/>
 <Transactions startDate="2025-12-01" endDate="2026-01-15"><Transaction txnId="S1" amount="62000.00"/></Transactions>
</Account>"#;

#[derive(Debug)]
struct FusedParcels {
    below: Arc<dyn ParcelBytes>,
    fuse: Arc<Fuse>,
}

#[async_trait]
impl ParcelBytes for FusedParcels {
    async fn put_part(
        &self,
        parcel: ParcelId,
        part: PartNumber,
        bytes: Bytes,
    ) -> Result<(), ParcelBytesError> {
        self.fuse.before().map_err(unavailable)?;
        self.below.put_part(parcel, part, bytes).await?;
        self.fuse.after().map_err(unavailable)
    }

    async fn create_part(
        &self,
        parcel: ParcelId,
        part: PartNumber,
        bytes: Bytes,
    ) -> Result<(), ParcelBytesError> {
        self.fuse.before().map_err(unavailable)?;
        self.below.create_part(parcel, part, bytes).await?;
        self.fuse.after().map_err(unavailable)
    }

    async fn parts(&self, parcel: ParcelId) -> Result<Vec<PartInfo>, ParcelBytesError> {
        self.below.parts(parcel).await
    }

    async fn read_part(&self, parcel: ParcelId, part: PartNumber) -> Result<Option<Bytes>, ParcelBytesError> {
        self.below.read_part(parcel, part).await
    }

    async fn remove(&self, parcel: ParcelId) -> Result<(), ParcelBytesError> {
        self.fuse.before().map_err(unavailable)?;
        self.below.remove(parcel).await?;
        self.fuse.after().map_err(unavailable)
    }

    async fn list(&self) -> Result<Vec<ParcelId>, ParcelBytesError> {
        self.below.list().await
    }

    async fn untouched_since(&self, instant: Timestamp) -> Result<Vec<ParcelId>, ParcelBytesError> {
        self.below.untouched_since(instant).await
    }

    async fn discard_unfinished(&self, before: Timestamp) -> Result<u64, ParcelBytesError> {
        self.below.discard_unfinished(before).await
    }
}

fn unavailable(dead: crate::fused_store::Dead) -> ParcelBytesError {
    ParcelBytesError::Unavailable { source: Box::new(dead) }
}
