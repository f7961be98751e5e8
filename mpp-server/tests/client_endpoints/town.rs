//! A client server, the central it belongs to, a customer's phone, and the partner's application.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use mpp_api::central::{
    AnnounceParcel, ApprovalStatement, ConsentScreen, Decide, DeviceStatement, Last, OpenLink,
    OperatorClient, PhoneClient, RegisterPartner, RegisteredPartner,
};
use mpp_api::client::{
    ApplicationClient, ApplicationNotification, CreateApiKey, DefineProduct, EnrolServer, Scope, SetWebhook,
    StaffClient, StartConsentRequest, StartedConsentRequest,
};
use mpp_api::{Anonymous, Authorization, AuthorizationError, Bearer, Caller, Outgoing};
use mpp_core::{
    Clock, ConsentId, Decision, FetchId, ItemDecision, ParcelId, PartnerId, ProductId, PublicJwk,
    Sha256Digest, Source,
};
use mpp_crypto::envelope::{self, Context, Fingerprint, Purpose, sign_as_sender};
use mpp_crypto::http_signature::{self, ContentDigest, Nonce, RequestParts};
use mpp_crypto::{EnvelopePublicKey, SigningKey, jws, sha256};
use mpp_server::central::{
    CentralConfig, CentralWorld, NotificationSection, OperatorKey, OperatorSection, Reach,
};
use mpp_server::client::{
    CentralSection, ClientConfig, LimitsSection, NotificationsFrom, StaffSection, Surroundings,
    WebhookSection,
};
use mpp_server::runtime::{Running, SystemEntropy};
use mpp_testkit::HandClock;
use mpp_transport::{ConnectionSettings, HyperTransport, Transport};
use tokio::sync::mpsc;
use url::Url;

use crate::witness::watched;

pub(crate) const OPERATOR_KEY: &str = "operator-key-for-tests";
pub(crate) const AUTHOR_KEY: &str = "author-key-for-tests";
pub(crate) const APPROVER_KEY: &str = "approver-key-for-tests";

/// A push as the application received it.
pub(crate) type Push = (HeaderMap, Bytes);

pub(crate) struct Town {
    pub(crate) clock: Arc<HandClock>,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) central: Running,
    pub(crate) client: Running,
    pub(crate) hook: Url,
    pushes: mpsc::UnboundedReceiver<Push>,
    calls: AtomicU32,
}

pub(crate) fn transport() -> Arc<dyn Transport> {
    Arc::new(HyperTransport::new(ConnectionSettings::default()).unwrap())
}

impl Town {
    pub(crate) async fn start() -> Self {
        Self::start_as(|_| {}).await
    }

    pub(crate) async fn start_taking(notifications: NotificationsFrom) -> Self {
        Self::start_as(|config| config.central.notifications = notifications).await
    }

    /// With a client server whose configuration differs from the usual one.
    pub(crate) async fn start_as(differ: impl FnOnce(&mut ClientConfig)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(HandClock::new());
        let (central, client) = start_servers(&folder, &clock, differ).await;
        let (hook, pushes) = application().await;
        Self { clock, folder, central, client, hook, pushes, calls: AtomicU32::new(0) }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("client")
    }

    /// A fresh name for a call.
    pub(crate) fn call(&self) -> String {
        format!("call-{}", self.calls.fetch_add(1, Ordering::SeqCst))
    }

    pub(crate) fn client_url(&self) -> &url::Url {
        self.client.base_url()
    }

    pub(crate) fn at_client(&self, authorization: Arc<dyn Authorization>) -> Caller {
        Caller::new(self.client.base_url().clone(), watched("client", transport()), authorization)
    }

    pub(crate) fn staff(&self, key: &str) -> StaffClient {
        StaffClient::new(self.at_client(bearer(key)))
    }

    pub(crate) fn at_central(&self, authorization: Arc<dyn Authorization>) -> Caller {
        Caller::new(self.central.base_url().clone(), watched("central", transport()), authorization)
    }

    pub(crate) async fn register(&self) -> RegisteredPartner {
        let partner = RegisterPartner {
            legal_name: "Kaveri Finance Ltd".into(),
            gstin: "29AAACK9876L1ZN".into(),
            contract_ref: "MPP-2026-001".into(),
            contacts: vec!["ops@kaveri.example".into()],
            price_plan: "standard".into(),
            notification_url: Some(self.client.base_url().join("/v1/notifications").unwrap()),
        };
        let operator = OperatorClient::new(self.at_central(bearer(OPERATOR_KEY)));
        operator.register_partner(&self.call(), &partner).await.unwrap()
    }

    /// Registers the partner, enrols the server, has a product approved, connects the application.
    pub(crate) async fn onboard(&self) -> Partner {
        let registered = self.register().await;
        let author = self.staff(AUTHOR_KEY);
        let token = EnrolServer { enrolment_token: registered.enrolment_token };
        let enrolled = author.enrol(&self.call(), &token).await.unwrap();
        let drafted = author.define_product(&self.call(), &definition()).await.unwrap();
        let approver = self.staff(APPROVER_KEY);
        approver.approve_product(&self.call(), drafted.product_id, drafted.version).await.unwrap();
        let webhook = author.set_webhook(&self.call(), &SetWebhook { url: self.hook.clone() }).await.unwrap();
        let wanted = CreateApiKey { name: "loan desk".into(), scopes: vec![Scope::Consents, Scope::Data] };
        let key = author.create_api_key(&self.call(), &wanted).await.unwrap();
        let application = ApplicationClient::new(self.at_client(bearer(&key.key)));
        let record: serde_json::Value = payload(&enrolled.key_record);
        let envelope_key = serde_json::from_value(record["key"].clone()).unwrap();
        Partner {
            id: registered.partner_id,
            product: drafted.product_id,
            application,
            api_key: key.key,
            webhook_key: webhook.key,
            envelope_key: EnvelopePublicKey::from_jwk(&envelope_key).unwrap(),
        }
    }

    pub(crate) async fn ask(&self, partner: &Partner, case: &str) -> StartedConsentRequest {
        let request = asking(partner.product, case);
        partner.application.start(&self.call(), &request).await.unwrap()
    }

    /// The customer opens the link and approves everything.
    pub(crate) async fn approve(&self, started: &StartedConsentRequest) -> Phone {
        let key = Arc::new(SigningKey::generate_p256(&SystemEntropy));
        let token = started.link.fragment().unwrap().to_owned();
        let said = DeviceStatement { token_sha256: sha256(token.as_bytes()), at: self.clock.now() };
        let proof = jws::sign(&key, "mpp-device+jwt", &said).unwrap().as_str().to_owned();
        let opening = OpenLink { token, device_key: key.public().to_jwk(), proof };
        let anonymous = PhoneClient::new(self.at_central(Arc::new(Anonymous)));
        let bytes = anonymous.open_link(&opening).await.unwrap();
        let screen: ConsentScreen = serde_json::from_slice(&bytes).unwrap();
        let signs = Signs { key: Arc::clone(&key), clock: Arc::clone(&self.clock) };
        let phone = PhoneClient::new(self.at_central(Arc::new(signs)));
        let approval = self.approval(&key, &screen, sha256(&bytes));
        let decided = phone.decide(screen.consent_request_id, &Decide { approval }).await.unwrap();
        Phone { client: phone, key, consent: decided.artefacts[0].consent_id }
    }

    fn approval(&self, key: &SigningKey, screen: &ConsentScreen, screen_sha256: Sha256Digest) -> String {
        let approve =
            |source: &str| ItemDecision { source: source.parse().unwrap(), decision: Decision::Approved };
        let said = ApprovalStatement {
            consent_request_id: screen.consent_request_id,
            device_id: screen.device_id,
            decided_at: self.clock.now(),
            notice_version: screen.notice_version,
            language: "en".into(),
            screen_sha256,
            decisions: screen.items.iter().map(|item| approve(&item.source)).collect(),
            device_key: Some(key.public().to_jwk()),
        };
        jws::sign(key, "mpp-approval+jwt", &said).unwrap().as_str().to_owned()
    }

    /// The phone seals a document and uploads it.
    pub(crate) async fn upload(&self, partner: &Partner, phone: &Phone, document: &[u8]) -> ParcelId {
        self.upload_changed(partner, phone, document, |_| {}).await
    }

    /// The same with a change to the sealed bytes that their digest vouches for: only who opens them can see it.
    pub(crate) async fn upload_changed(
        &self,
        partner: &Partner,
        phone: &Phone,
        document: &[u8],
        change: impl FnOnce(&mut Vec<u8>),
    ) -> ParcelId {
        let (announcement, sealed) = self.sealed(partner, phone, &phone.key, document, change);
        let ticket = phone.client.announce(&announcement).await.unwrap();
        phone.client.append(ticket.upload_id, 0, sealed.into(), Last::Yes).await.unwrap();
        announcement.parcel_id
    }

    /// A sealed document, and its announcement, vouched for by this key.
    pub(crate) fn sealed(
        &self,
        partner: &Partner,
        phone: &Phone,
        sender: &SigningKey,
        document: &[u8],
        change: impl FnOnce(&mut Vec<u8>),
    ) -> (AnnounceParcel, Vec<u8>) {
        let parcel = ParcelId::generate(&SystemEntropy);
        let context = Context {
            purpose: Purpose::Parcel,
            partner: partner.id,
            consent: phone.consent,
            parcel,
            source: Source::AccountAggregator,
            content_type: "application/xml".parse().unwrap(),
        };
        let mut sealed =
            envelope::seal_all(document, &partner.envelope_key, &context, &SystemEntropy).unwrap();
        change(&mut sealed);
        let announcement = AnnounceParcel {
            parcel_id: parcel,
            consent_id: phone.consent,
            fetch_id: FetchId::generate(&SystemEntropy),
            kid: partner.envelope_key.kid().clone(),
            size: u64::try_from(sealed.len()).unwrap(),
            sha256: sha256(&sealed).to_string(),
            sender: Some(sign_as_sender(sender, &Fingerprint::of(&sealed).unwrap()).unwrap().into()),
        };
        (announcement, sealed)
    }

    /// What the application is sent next, whatever it says.
    pub(crate) async fn next_sent(&mut self) -> Push {
        let waited = tokio::time::timeout(std::time::Duration::from_secs(30), self.pushes.recv()).await;
        waited.expect("no notification came").unwrap()
    }

    /// The next notification the application gets.
    pub(crate) async fn next_push(&mut self) -> (Push, ApplicationNotification) {
        let push = self.next_sent().await;
        let news = serde_json::from_slice(&push.1).unwrap();
        (push, news)
    }
}

pub(crate) struct Partner {
    pub(crate) id: PartnerId,
    pub(crate) product: ProductId,
    pub(crate) application: ApplicationClient,
    pub(crate) api_key: String,
    pub(crate) webhook_key: PublicJwk,
    pub(crate) envelope_key: EnvelopePublicKey,
}

pub(crate) struct Phone {
    pub(crate) key: Arc<SigningKey>,
    pub(crate) client: PhoneClient,
    pub(crate) consent: ConsentId,
}

pub(crate) fn bearer(key: &str) -> Arc<dyn Authorization> {
    Arc::new(Bearer::new(key).unwrap())
}

fn payload(jws: &str) -> serde_json::Value {
    let part = jws.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64_simd::URL_SAFE_NO_PAD.decode_to_vec(part).unwrap()).unwrap()
}

/// Where browsers see the portal.
pub(crate) const ORIGIN: &str = "https://portal.kaveri.example";

pub(crate) fn client_config(data: PathBuf, central: Url) -> ClientConfig {
    let staff = |name: &str, key: &str| StaffSection {
        name: name.parse().unwrap(),
        key_sha256: sha256(key.as_bytes()),
    };
    ClientConfig {
        owner: "Kaveri Finance".into(),
        listen: "127.0.0.1:0".parse().unwrap(),
        data,
        records: Default::default(),
        parcels: Default::default(),
        central: CentralSection {
            url: central,
            keys: Vec::new(),
            notifications: NotificationsFrom::Poll,
            unproven_parcels: Default::default(),
        },
        staff: vec![staff("meera", AUTHOR_KEY), staff("vikram", APPROVER_KEY)],
        webhook: WebhookSection { allow_loopback: true, allow_private: false },
        limits: LimitsSection::default(),
        retention: Default::default(),
        passkeys: serde_json::from_value(serde_json::json!({ "origin": ORIGIN })).unwrap(),
        single_sign_on: None,
        epochs: Default::default(),
    }
}

async fn start_servers(
    folder: &tempfile::TempDir,
    clock: &Arc<HandClock>,
    differ: impl FnOnce(&mut ClientConfig),
) -> (Running, Running) {
    let central = CentralConfig {
        listen: "127.0.0.1:0".parse().unwrap(),
        data: folder.path().join("central"),
        records: Default::default(),
        parcels: Default::default(),
        app_link_base: "https://app.kaveri.example/".parse().unwrap(),
        operator: OperatorSection {
            name: "Moneyone".into(),
            contact: "grievance@moneyone.example".into(),
            keys: vec![OperatorKey { name: "tests".into(), sha256: sha256(OPERATOR_KEY.as_bytes()) }],
        },
        notifications: NotificationSection { reach: Reach::Loopback },
        providers: Vec::new(),
        limits: Default::default(),
        retention: Default::default(),
        billing: None,
        passkeys: None,
        single_sign_on: None,
        epochs: Default::default(),
    };
    let world = CentralWorld {
        clock: Arc::<HandClock>::clone(clock),
        entropy: Arc::new(SystemEntropy),
        transport: transport(),
    };
    let central = mpp_server::central::start_in(central, world).await.unwrap();
    let mut config = client_config(folder.path().join("client"), central.base_url().clone());
    differ(&mut config);
    let surroundings = Surroundings {
        transport: transport(),
        clock: Arc::<HandClock>::clone(clock),
        entropy: Arc::new(SystemEntropy),
    };
    let client = mpp_server::client::start_with(config, surroundings).await.unwrap();
    (central, client)
}

/// The partner's application: takes notifications.
async fn application() -> (Url, mpsc::UnboundedReceiver<Push>) {
    let (sender, receiver) = mpsc::unbounded_channel::<Push>();
    let take = |State(sender): State<mpsc::UnboundedSender<Push>>, headers: HeaderMap, body: Bytes| async move {
        sender.send((headers, body)).unwrap();
        StatusCode::NO_CONTENT
    };
    let router = Router::new().route("/hook", post(take)).with_state(sender);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (url.parse().unwrap(), receiver)
}

pub(crate) fn asking(product: ProductId, case: &str) -> StartConsentRequest {
    let customer = serde_json::json!({ "mobile": "9000000001", "name": "Asha Canary Kulkarni" });
    StartConsentRequest {
        product_id: product,
        case_ref: case.parse().unwrap(),
        customer: serde_json::from_value(customer).unwrap(),
    }
}

/// A product that asks for bank accounts.
pub(crate) fn definition() -> DefineProduct {
    let item = serde_json::json!({
        "source": "account-aggregator",
        "kind": "financial_information",
        "title": "Bank accounts",
        "dataItems": ["Balances and transactions"],
        "terms": {
            "purpose": { "code": "103", "text": "Loan underwriting" },
            "consentMode": "STORE",
            "fetchType": "ONETIME",
            "consentTypes": ["PROFILE", "SUMMARY", "TRANSACTIONS"],
            "fiTypes": ["DEPOSIT"],
            "validFor": "P1M",
            "rangeBack": "P6M",
            "dataLife": { "unit": "MONTH", "value": 1 },
            "frequency": { "unit": "MONTH", "value": 1 },
        },
    });
    let notice = serde_json::json!({ "version": 1, "texts": { "en": {
        "purpose": "To decide on your loan.",
        "rights": "See, correct and erase your data.",
        "withdrawal": "One tap in the app.",
        "complaint": "Data Protection Board of India.",
        "grievanceContact": "grievance@kaveri.example",
    } } });
    DefineProduct {
        product_id: None,
        based_on: None,
        name: "Personal loan".into(),
        items: vec![item],
        notice,
    }
}

/// Signs requests as phones do (RFC 9421).
#[derive(Debug)]
struct Signs {
    key: Arc<SigningKey>,
    clock: Arc<HandClock>,
}

impl Authorization for Signs {
    fn headers(&self, outgoing: Outgoing<'_>) -> Result<HeaderMap, AuthorizationError> {
        let parts = RequestParts {
            method: outgoing.method.as_str(),
            authority: &outgoing.url[url::Position::BeforeHost..url::Position::AfterPort],
            path: outgoing.url.path(),
            query: outgoing.url.query(),
            content_digest: (!outgoing.body.is_empty()).then(|| ContentDigest::of(outgoing.body)),
            fields: &[],
        };
        let nonce = Nonce::generate(&SystemEntropy);
        let signed = http_signature::sign(&parts, &self.key, self.clock.now(), &nonce).unwrap();
        let pairs = signed
            .pairs()
            .into_iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()));
        Ok(pairs.collect())
    }
}
