//! Central with a partner, a phone, a bureau and a webhook receiver, all in memory.

use std::sync::Arc;

use mpp_connectors::ProviderRegistry;
use mpp_core::{Clock, ConsentId, Decision, Entropy, ParcelId, ProductId, ProductItem, Span};
use mpp_crypto::at_rest::{EpochKey, EpochKeys};
use mpp_crypto::{CustomerRefKey, SigningKey, jws, sha256};
use mpp_services::central::{
    Append, CentralError, CentralKeys, CentralParts, CentralService, CentralSettings, DecidedRequest, End,
    NewRequest, Notification, NotificationKind, Opening, PlacedRequest, Progress, Screen,
};
use mpp_store::{
    EncryptedParcels, ItemKeys, MemoryItemKeys, MemoryStore, ObjectParcels, ParcelBytes, Store, Vault,
    WorkerName,
};
use mpp_testkit::{HandClock, SeededEntropy};
use serde_json::json;

use crate::billing::asha;
use crate::cutting::{CutKeys, CutParcels, CutStore, Fuse};
use crate::outside::{FakeBureau, FakeReceiver};
use crate::parties::{ClientServer, Keys, Phone, SealedParcel};
use crate::samples::{case_ref, customer, new_partner, product};

pub(crate) struct World {
    pub(crate) clock: Arc<HandClock>,
    pub(crate) entropy: Arc<SeededEntropy>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) objects: Arc<dyn ParcelBytes>,
    pub(crate) item_keys: Arc<dyn ItemKeys>,
    pub(crate) vault: Arc<Vault>,
    pub(crate) bureau: Arc<FakeBureau>,
    pub(crate) receiver: Arc<FakeReceiver>,
    pub(crate) central: CentralService,
    signing_pem: String,
    notification_pem: String,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::over(Arc::new(MemoryStore::new()))
    }

    /// A world whose storage can be cut off.
    pub(crate) fn that_dies() -> (Self, Arc<Fuse>) {
        let fuse = Fuse::new();
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let mut world = Self::over(Arc::new(CutStore(store, Arc::clone(&fuse))));
        world.objects = Arc::new(CutParcels(Arc::clone(&world.objects), Arc::clone(&fuse)));
        world.item_keys = Arc::new(CutKeys(Arc::clone(&world.item_keys), Arc::clone(&fuse)));
        world.restart();
        (world, fuse)
    }

    pub(crate) fn over(store: Arc<dyn Store>) -> Self {
        let entropy = Arc::new(SeededEntropy::new(7));
        let epochs = EpochKeys::new(EpochKey::generate(entropy.as_ref()), Vec::new());
        let seeded: Arc<dyn Entropy> = entropy.clone();
        let item_keys: Arc<dyn ItemKeys> = Arc::new(MemoryItemKeys::new(Arc::clone(&seeded)));
        let objects: Arc<dyn ParcelBytes> = Arc::new(ObjectParcels::in_memory());
        let signing_pem = SigningKey::generate_p256(entropy.as_ref()).to_pkcs8_pem().to_string();
        let notification_pem = SigningKey::generate_ed25519(entropy.as_ref()).to_pkcs8_pem().to_string();
        let clock = Arc::new(HandClock::new());
        let vault = Arc::new(Vault::new(Arc::new(epochs), Arc::clone(&seeded)));
        let bureau = Arc::new(FakeBureau::new("bureau"));
        let receiver = Arc::new(FakeReceiver::default());
        let parts = Wires {
            clock: &clock,
            entropy: &entropy,
            store: &store,
            objects: &objects,
            item_keys: &item_keys,
            vault: &vault,
            bureau: &bureau,
            receiver: &receiver,
            signing_pem: &signing_pem,
            notification_pem: &notification_pem,
        };
        let central = parts.central();
        Self {
            clock,
            entropy,
            store,
            objects,
            item_keys,
            vault,
            bureau,
            receiver,
            central,
            signing_pem,
            notification_pem,
        }
    }

    /// The process ends and another one begins over the same storage.
    pub(crate) fn restart(&mut self) {
        self.central = Wires {
            clock: &self.clock,
            entropy: &self.entropy,
            store: &self.store,
            objects: &self.objects,
            item_keys: &self.item_keys,
            vault: &self.vault,
            bureau: &self.bureau,
            receiver: &self.receiver,
            signing_pem: &self.signing_pem,
            notification_pem: &self.notification_pem,
        }
        .central();
    }

    pub(crate) fn advance(&self, span: Span) {
        self.clock.advance(span);
    }

    pub(crate) async fn work(&self) -> usize {
        self.central.run_due_jobs(&WorkerName::new("test")).await.unwrap()
    }

    pub(crate) async fn onboard(&self) -> ClientServer {
        self.onboard_at(None).await
    }

    pub(crate) async fn onboard_at(&self, url: Option<&str>) -> ClientServer {
        let registered = self.central.register_partner(new_partner(url), &asha()).await.unwrap();
        let keys = Keys::new(self.entropy.as_ref());
        let enrolled = self.enrol(&keys, registered.enrolment_token.expose()).await.unwrap();
        assert_eq!(enrolled.partner, registered.partner);
        ClientServer { id: registered.partner, keys, key_record: enrolled.key_record }
    }

    pub(crate) async fn enrol(
        &self,
        keys: &Keys,
        token: &str,
    ) -> Result<mpp_services::central::EnrolledKeys, CentralError> {
        let challenge = self.central.offer_keys(keys.offer(token)).await?;
        self.central.confirm_keys(&challenge.id, &keys.read_back(&challenge.sealed)).await
    }

    pub(crate) async fn publish(&self, partner: &ClientServer, items: Vec<ProductItem>) -> ProductId {
        let product = product(partner.id, items, self.clock.now(), self.entropy.as_ref());
        let id = product.id;
        self.central.publish_product(partner.id, product).await.unwrap();
        id
    }

    pub(crate) async fn place(
        &self,
        partner: &ClientServer,
        product: ProductId,
        case: &str,
    ) -> PlacedRequest {
        let new = NewRequest { product, case_ref: case_ref(case), customer: customer() };
        self.central.place_request(partner.id, new).await.unwrap()
    }

    /// Opens a link on a fresh phone.
    pub(crate) async fn open(&self, placed: &PlacedRequest) -> Phone {
        let key = SigningKey::generate_p256(self.entropy.as_ref());
        let json = self.central.open_link(self.opening(placed, &key)).await.unwrap().into_json();
        let screen: Screen = serde_json::from_str(&json).unwrap();
        Phone { id: screen.device_id, key, screen, screen_sha256: sha256(json.as_bytes()) }
    }

    pub(crate) fn opening(&self, placed: &PlacedRequest, key: &SigningKey) -> Opening {
        let secret = placed.link.expose().fragment().unwrap();
        let said = json!({ "tokenSha256": sha256(secret.as_bytes()), "at": self.clock.now() });
        Opening {
            link: Opening::link_digest(secret),
            device_key: key.public().to_jwk(),
            proof: jws::sign(key, "mpp-device+jwt", &said).unwrap(),
        }
    }

    pub(crate) async fn decide(
        &self,
        phone: &Phone,
        decisions: &[(&str, Decision)],
    ) -> Result<DecidedRequest, CentralError> {
        let approval = phone.approval(self.clock.now(), decisions, |_| {});
        self.central.decide(phone.id, phone.screen.consent_request_id, approval).await
    }

    /// A partner with a product, and a customer who approved all of it.
    pub(crate) async fn approved(&self, items: Vec<ProductItem>) -> Approved {
        let partner = self.onboard().await;
        let product = self.publish(&partner, items).await;
        let placed = self.place(&partner, product, "LOAN-1").await;
        let phone = self.open(&placed).await;
        let sources: Vec<String> = phone.screen.items.iter().map(|item| item.source.to_string()).collect();
        let decisions: Vec<(&str, Decision)> =
            sources.iter().map(|source| (source.as_str(), Decision::Approved)).collect();
        let decided = self.decide(&phone, &decisions).await.unwrap();
        Approved { partner, phone, decided }
    }

    pub(crate) async fn notified(&self, partner: &ClientServer) -> Vec<Notification> {
        self.central.notifications(partner.id, 0).await.unwrap()
    }

    pub(crate) async fn kinds(&self, partner: &ClientServer) -> Vec<NotificationKind> {
        self.notified(partner).await.into_iter().map(|notification| notification.kind).collect()
    }

    /// The parcel the latest `data.available` names.
    pub(crate) async fn available(&self, partner: &ClientServer) -> ParcelId {
        let all = self.notified(partner).await;
        let latest = all.iter().rev().find(|one| one.kind == NotificationKind::DataAvailable);
        latest.expect("data.available").data.parcel_id.unwrap()
    }

    pub(crate) async fn upload(
        &self,
        phone: &Phone,
        sealed: &SealedParcel,
    ) -> Result<Progress, CentralError> {
        let ticket = self.central.announce(phone.id, sealed.announcement.clone()).await?;
        let append = Append { offset: 0, bytes: sealed.bytes.clone().into(), end: End::Here };
        self.central.append(phone.id, ticket.upload, append).await
    }

    pub(crate) async fn dump(&self) -> String {
        use mpp_store::{ListQuery, RecordKind};
        let kinds = [
            "partner",
            "partner-keys",
            "enrolment-token",
            "enrolment-challenge",
            "product",
            "product-head",
            "consent-request",
            "device",
            "consent",
            "consent-use",
            "feed",
            "notification",
            "phone-event",
            "provider-fetch",
            "parcel",
            "upload",
        ];
        let mut text = String::new();
        for kind in kinds {
            let page = self.store.list(ListQuery::of(RecordKind::new(kind))).await.unwrap();
            for record in page.items {
                text.push_str(record.key.as_str());
                text.push_str(&record.data);
                text.push('\n');
            }
        }
        for leaf in self.store.leaves(mpp_store::LeafIndex(0), 1000).await.unwrap() {
            text.push_str(&String::from_utf8_lossy(leaf.leaf.bytes()));
            text.push('\n');
        }
        text
    }
}

struct Wires<'a> {
    clock: &'a Arc<HandClock>,
    entropy: &'a Arc<SeededEntropy>,
    store: &'a Arc<dyn Store>,
    objects: &'a Arc<dyn ParcelBytes>,
    item_keys: &'a Arc<dyn ItemKeys>,
    vault: &'a Arc<Vault>,
    bureau: &'a Arc<FakeBureau>,
    receiver: &'a Arc<FakeReceiver>,
    signing_pem: &'a str,
    notification_pem: &'a str,
}

impl Wires<'_> {
    fn central(&self) -> CentralService {
        let entropy: Arc<dyn Entropy> = self.entropy.clone();
        let mut providers = ProviderRegistry::new();
        providers.register(self.bureau.clone()).unwrap();
        let mut settings = CentralSettings::new(
            "https://app.kaveri.example/".parse().unwrap(),
            "Moneyone Private Limited".into(),
            "grievance@moneyone.example".into(),
        );
        settings.part_bytes = 64;
        settings.largest_append_bytes = 512;
        settings.fetch_attempts = 3;
        settings.billing = Some(crate::samples::billing());
        CentralService::new(CentralParts {
            store: Arc::clone(self.store),
            vault: Arc::clone(self.vault),
            parcels: Arc::new(EncryptedParcels::new(
                Arc::clone(self.objects),
                Arc::clone(self.item_keys),
                Arc::clone(&entropy),
            )),
            item_keys: Arc::clone(self.item_keys),
            providers,
            notifications: self.receiver.clone(),
            keys: CentralKeys {
                signing: SigningKey::from_pkcs8_pem(self.signing_pem).unwrap(),
                older_signing: Vec::new(),
                successions: Vec::new(),
                notification: SigningKey::from_pkcs8_pem(self.notification_pem).unwrap(),
                older_notification: Vec::new(),
                customer_ref: CustomerRefKey::from_bytes([9; 32].into()),
            },
            clock: self.clock.clone(),
            entropy,
            settings,
        })
    }
}

pub(crate) struct Approved {
    pub(crate) partner: ClientServer,
    pub(crate) phone: Phone,
    pub(crate) decided: DecidedRequest,
}

impl Approved {
    pub(crate) fn consent(&self, source: &str) -> ConsentId {
        let found = self.decided.artefacts.iter().find(|issued| issued.source.to_string() == source);
        found.expect(source).consent
    }
}
