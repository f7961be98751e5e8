//! Central with a partner, a phone, a bureau and a webhook receiver, all in memory.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use mpp_connectors::provider::{Capabilities, EnquiryKind, InputField, Resumption};
use mpp_connectors::{DataProvider, ProviderError, ProviderOutcome, ProviderRegistry, ProviderRequest};
use mpp_core::{
    CaseRef, Clock, ConsentId, ConsentMode, ConsentType, CustomerParticulars, DataLife, DataLifeUnit,
    Decision, DeliveryFailure, DeviceId, Entropy, FetchPermit, FetchType, FiType, Frequency, FrequencyUnit,
    ItemDecision, LanguageTag, Notice, NoticeText, ParcelId, PartnerId, Product, ProductContent, ProductId,
    ProductItem, ProductTerms, ProviderId, Purpose, PurposeCode, Sha256Digest, Source, SourceKind, Span,
};
use mpp_crypto::at_rest::{EpochKey, EpochKeys};
use mpp_crypto::envelope::{self, Context};
use mpp_crypto::jws::{self, CompactJws};
use mpp_crypto::{CustomerRefKey, EnvelopeKeyRing, EnvelopePrivateKey, SigningKey, sha256};
use mpp_services::central::{
    Announcement, Append, CentralError, CentralKeys, CentralParts, CentralService, CentralSettings,
    DecidedRequest, End, KeyOffer, NewPartner, NewRequest, Notification, NotificationKind,
    NotificationSender, Opening, PlacedRequest, Progress, Screen, Webhook,
};
use mpp_store::{
    EncryptedParcels, ItemKeys, MemoryItemKeys, MemoryStore, ObjectParcels, ParcelBytes, Store, Vault,
    WorkerName,
};
use mpp_testkit::{HandClock, SeededEntropy};
use serde_json::json;

use crate::cutting::{CutKeys, CutParcels, CutStore, Fuse};

pub(crate) const MOBILE: &str = "9000000001";
pub(crate) const NAME: &str = "Asha Canary Kulkarni";
pub(crate) const PAN: &str = "ABCPK1234D";
pub(crate) const REPORT: &[u8] = br#"{"score":"762","canary":"XQ-REPORT-CANARY"}"#;

/// A bureau that does what the test tells it to, and remembers what it was asked.
#[derive(Debug)]
pub(crate) struct FakeBureau {
    id: ProviderId,
    capabilities: Capabilities,
    pub(crate) script: Mutex<VecDeque<Result<ProviderOutcome, ProviderError>>>,
    pub(crate) asked: Mutex<Vec<String>>,
    pub(crate) bell: Mutex<Option<tokio::sync::oneshot::Receiver<()>>>,
}

impl FakeBureau {
    pub(crate) fn new(id: &str) -> Self {
        Self {
            id: id.parse().unwrap(),
            capabilities: Capabilities {
                data_items: vec!["Score".into()],
                required: BTreeSet::from([InputField::Name, InputField::Pan]),
                optional: BTreeSet::new(),
                enquiry: EnquiryKind::Hard,
                resumption: Resumption::Possible,
                timeout: Span::from_seconds(30),
            },
            script: Mutex::default(),
            asked: Mutex::default(),
            bell: Mutex::default(),
        }
    }

    pub(crate) fn answers(&self, outcome: Result<ProviderOutcome, ProviderError>) {
        self.script.lock().unwrap().push_back(outcome);
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    async fn next(&self) -> Result<ProviderOutcome, ProviderError> {
        let bell = self.bell.lock().unwrap().take();
        if let Some(bell) = bell {
            let _ = bell.await;
        }
        let scripted = self.script.lock().unwrap().pop_front();
        scripted.unwrap_or_else(|| Ok(document(REPORT)))
    }
}

pub(crate) fn document(bytes: &[u8]) -> ProviderOutcome {
    ProviderOutcome::Document {
        content_type: "application/json; charset=utf-8".into(),
        body: bytes.to_vec().into(),
    }
}

#[async_trait]
impl DataProvider for FakeBureau {
    fn id(&self) -> &ProviderId {
        &self.id
    }

    fn kind(&self) -> SourceKind {
        SourceKind::CreditBureau
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn start(
        &self,
        _permit: &FetchPermit,
        request: &ProviderRequest,
    ) -> Result<ProviderOutcome, ProviderError> {
        self.asked.lock().unwrap().push(format!("start {}", request.client_ref));
        self.next().await
    }

    async fn resume(
        &self,
        _permit: &FetchPermit,
        token: &mpp_connectors::provider::ResumeToken,
    ) -> Result<ProviderOutcome, ProviderError> {
        self.asked.lock().unwrap().push(format!("resume {}", token.as_str()));
        self.next().await
    }

    async fn health(&self) -> Result<(), ProviderError> {
        Ok(())
    }
}

/// A receiver of webhooks that does what the test tells it to.
#[derive(Debug, Default)]
pub(crate) struct FakeReceiver {
    pub(crate) script: Mutex<VecDeque<Result<(), DeliveryFailure>>>,
    pub(crate) received: Mutex<Vec<Webhook>>,
}

#[async_trait]
impl NotificationSender for FakeReceiver {
    fn permits(&self, url: &url::Url) -> bool {
        url.scheme() == "https"
    }

    async fn send(&self, webhook: Webhook) -> Result<(), DeliveryFailure> {
        self.received.lock().unwrap().push(webhook);
        self.script.lock().unwrap().pop_front().unwrap_or(Ok(()))
    }
}

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
        let registered = self.central.register_partner(new_partner(url)).await.unwrap();
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

/// The keys a client server makes at home.
pub(crate) struct Keys {
    pub(crate) ring: EnvelopeKeyRing,
    pub(crate) signing: SigningKey,
}

impl Keys {
    pub(crate) fn new(entropy: &dyn Entropy) -> Self {
        Self {
            ring: EnvelopeKeyRing::new(EnvelopePrivateKey::generate(entropy)),
            signing: SigningKey::generate_p256(entropy),
        }
    }

    pub(crate) fn offer(&self, token: &str) -> KeyOffer {
        let public = self.ring.current().public();
        let said = json!({ "envelopeKid": public.kid(), "tokenSha256": sha256(token.as_bytes()) });
        KeyOffer {
            token: KeyOffer::token_digest(token),
            envelope_key: public.to_jwk(),
            signing_key: self.signing.public().to_jwk(),
            proof: jws::sign(&self.signing, "mpp-enrolment+jwt", &said).unwrap(),
        }
    }

    pub(crate) fn read_back(&self, sealed: &[u8]) -> Vec<u8> {
        let context = envelope::inspect(sealed).unwrap().header.context;
        assert_eq!(context.purpose, envelope::Purpose::Enrolment);
        envelope::open_all(sealed, &self.ring, &context).unwrap().to_vec()
    }
}

pub(crate) struct ClientServer {
    pub(crate) id: PartnerId,
    pub(crate) keys: Keys,
    pub(crate) key_record: CompactJws,
}

impl ClientServer {
    pub(crate) fn open(&self, sealed: &[u8], parcel: ParcelId) -> Vec<u8> {
        let context = envelope::inspect(sealed).unwrap().header.context;
        assert_eq!((context.parcel, context.partner), (parcel, self.id));
        envelope::open_all(sealed, &self.keys.ring, &context).unwrap().to_vec()
    }

    pub(crate) fn acknowledgement(&self, parcel: ParcelId, sealed: &[u8], world: &World) -> CompactJws {
        let said = json!({ "parcel": parcel, "sha256": sha256(sealed), "openedAt": world.clock.now() });
        jws::sign(&self.keys.signing, "mpp-collection-ack+jwt", &said).unwrap()
    }
}

pub(crate) struct Phone {
    pub(crate) id: DeviceId,
    pub(crate) key: SigningKey,
    pub(crate) screen: Screen,
    pub screen_sha256: Sha256Digest,
}

impl Phone {
    pub(crate) fn approval(
        &self,
        at: mpp_core::Timestamp,
        decisions: &[(&str, Decision)],
        tamper: impl FnOnce(&mut serde_json::Value),
    ) -> CompactJws {
        let decisions: Vec<ItemDecision> = decisions
            .iter()
            .map(|(source, decision)| ItemDecision { source: source.parse().unwrap(), decision: *decision })
            .collect();
        let mut said = json!({
            "consentRequestId": self.screen.consent_request_id,
            "deviceId": self.id,
            "decidedAt": at,
            "noticeVersion": self.screen.notice_version,
            "language": "en",
            "screenSha256": self.screen_sha256,
            "decisions": decisions,
        });
        tamper(&mut said);
        jws::sign(&self.key, "mpp-approval+jwt", &said).unwrap()
    }
}

pub(crate) struct SealedParcel {
    pub(crate) announcement: Announcement,
    pub(crate) bytes: Vec<u8>,
}

impl SealedParcel {
    /// What the phone seals under an Account Aggregator consent.
    pub(crate) fn new(world: &World, approved: &Approved, document: &[u8]) -> Self {
        Self::with(world, approved, document, |_| {})
    }

    pub(crate) fn with(
        world: &World,
        approved: &Approved,
        document: &[u8],
        change: impl FnOnce(&mut Context),
    ) -> Self {
        let parcel = ParcelId::generate(world.entropy.as_ref());
        let consent = approved.consent("account-aggregator");
        let mut context = Context {
            purpose: envelope::Purpose::Parcel,
            partner: approved.partner.id,
            consent,
            parcel,
            source: Source::AccountAggregator,
            content_type: "application/zip".parse().unwrap(),
        };
        change(&mut context);
        let key = approved.partner.keys.ring.current().public();
        let bytes = envelope::seal_all(document, key, &context, world.entropy.as_ref()).unwrap();
        let announcement = Announcement {
            parcel,
            consent,
            fetch: mpp_core::FetchId::generate(world.entropy.as_ref()),
            kid: key.kid().clone(),
            size_bytes: u64::try_from(bytes.len()).unwrap(),
            sha256: sha256(&bytes),
        };
        Self { announcement, bytes }
    }
}

pub(crate) fn new_partner(url: Option<&str>) -> NewPartner {
    NewPartner {
        legal_name: "Kaveri Finance Ltd".into(),
        gstin: "29AAACK9876L1ZN".parse().unwrap(),
        contract_ref: "MPP-2026-001".parse().unwrap(),
        contacts: vec!["ops@kaveri.example".into()],
        price_plan: "standard".parse().unwrap(),
        notification_url: url.map(|url| url.parse().unwrap()),
    }
}

pub(crate) fn case_ref(text: &str) -> CaseRef {
    text.parse().unwrap()
}

pub(crate) fn customer() -> CustomerParticulars {
    CustomerParticulars {
        mobile: MOBILE.parse().unwrap(),
        vua: None,
        name: Some(NAME.into()),
        date_of_birth: None,
        pan: Some(PAN.parse().unwrap()),
        pincode: None,
    }
}

pub(crate) fn bureau_item() -> ProductItem {
    ProductItem {
        source: "provider:bureau".parse().unwrap(),
        kind: SourceKind::CreditBureau,
        title: "Credit report".into(),
        data_items: vec!["Score and loans".into()],
        terms: ProductTerms {
            purpose: purpose(PurposeCode::AggregatedStatement),
            consent_mode: ConsentMode::Store,
            fetch_type: FetchType::Onetime,
            consent_types: BTreeSet::from([ConsentType::Summary]),
            fi_types: BTreeSet::new(),
            valid_for: "P1M".parse().unwrap(),
            range_back: "P12M".parse().unwrap(),
            data_life: DataLife { unit: DataLifeUnit::Month, value: 1 },
            frequency: Frequency { unit: FrequencyUnit::Month, value: 1 },
            data_filter: Vec::new(),
        },
    }
}

pub(crate) fn periodic_bureau_item() -> ProductItem {
    let mut item = bureau_item();
    item.terms.fetch_type = FetchType::Periodic;
    item.terms.purpose = purpose(PurposeCode::Monitoring);
    item.terms.valid_for = "P6M".parse().unwrap();
    item
}

pub(crate) fn account_item() -> ProductItem {
    let mut item = bureau_item();
    item.source = Source::AccountAggregator;
    item.kind = SourceKind::FinancialInformation;
    item.title = "Bank accounts".into();
    item.terms.consent_types = BTreeSet::from([ConsentType::Profile, ConsentType::Transactions]);
    item.terms.fi_types = BTreeSet::from([FiType::Deposit]);
    item
}

fn purpose(code: PurposeCode) -> Purpose {
    Purpose { code, text: "To process your loan application".into() }
}

pub(crate) fn product(
    partner: PartnerId,
    items: Vec<ProductItem>,
    now: mpp_core::Timestamp,
    entropy: &dyn Entropy,
) -> Product {
    let text = NoticeText {
        purpose: "To process your loan application.".into(),
        rights: "See, correct and erase your data in the app.".into(),
        withdrawal: "One tap in the app.".into(),
        complaint: "Data Protection Board of India.".into(),
        grievance_contact: "grievance@kaveri.example".into(),
    };
    let notice = Notice { version: 3, texts: BTreeMap::from([(LanguageTag::english(), text)]) };
    let content = ProductContent { name: "Personal loan".into(), items, notice };
    let draft =
        Product::draft(ProductId::generate(entropy), partner, content, "maya".parse().unwrap(), now).unwrap();
    draft.approve("ravi".parse().unwrap(), now).unwrap()
}
