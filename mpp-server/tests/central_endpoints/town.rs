//! A central server with everybody who calls it or is called by it.

mod outside;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use http::{HeaderMap, HeaderName, HeaderValue};
use mpp_api::central::{
    AnnounceParcel, ApprovalStatement, ConsentScreen, Decide, Decided, DeviceStatement, Enrol, EnrolConfirm,
    NotificationType, OpenLink, OperatorClient, PartnerClient, PhoneClient, PlacedConsentRequest,
    RegisterPartner,
};
use mpp_api::{Anonymous, Authorization, AuthorizationError, Bearer, Caller, Outgoing};
use mpp_core::{
    Clock, ConsentId, Decision, ItemDecision, ParcelId, PartnerId, ProductId, ProductItem, Sha256Digest,
    Source,
};
use mpp_crypto::envelope::{self, Context, Fingerprint, sign_as_sender};
use mpp_crypto::http_signature::{self, ContentDigest, Nonce, RequestParts};
use mpp_crypto::{EnvelopeKeyRing, EnvelopePrivateKey, SigningKey, jws, sha256};
use mpp_server::central::{CentralWorld, LimitSection, start_in};
use mpp_server::runtime::Running;
use mpp_testkit::{HandClock, SeededEntropy};
use mpp_transport::{ConnectionSettings, HyperTransport, LoopbackTransport, Transport};

use crate::login::{self, Login};
use crate::samples::{asking, product};
use crate::witness::watched;
use outside::{config, peer, push, report, serve};

/// Where browsers see the portal.
pub(crate) const ORIGIN: &str = "https://central.moneyone.example";
pub(crate) const STAFF_KEY: &str = "staff-key-for-tests";
pub(crate) const BUREAU: &str = "provider:bureau";
pub(crate) const AA: &str = "account-aggregator";
pub(crate) const REPORT: &str =
    r#"{"INProfileResponse":{"Header":{"SystemCode":"0","MessageText":""},"SCORE":{"BureauScore":"762"}}}"#;
pub(crate) const HOLD: Duration = Duration::from_secs(20);

type Pushes = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

pub(crate) struct Town {
    pub(crate) clock: Arc<HandClock>,
    pub(crate) entropy: Arc<SeededEntropy>,
    pub(crate) pushes: Pushes,
    /// Where the client server takes pushes.
    pub(crate) hook: String,
    pub(crate) bureau_calls: Arc<Mutex<Vec<serde_json::Value>>>,
    /// Where staff sign in.
    pub(crate) login: Login,
    inner: LoopbackTransport,
    folder: tempfile::TempDir,
    limits: LimitSection,
    running: Option<Running>,
}

impl Town {
    pub(crate) async fn start() -> Self {
        Self::start_within(LimitSection::default()).await
    }

    pub(crate) async fn start_within(limits: LimitSection) -> Self {
        logs();
        let pushes = Pushes::default();
        let bureau_calls: Arc<Mutex<Vec<serde_json::Value>>> = Arc::default();
        let bureau = Router::new().route("/v1/reports", post(report)).with_state(Arc::clone(&bureau_calls));
        let hook = Router::new().route("/hook", post(push)).with_state(Arc::clone(&pushes));
        let clock = Arc::new(HandClock::new());
        let login = Login::new(&clock);
        let inner = LoopbackTransport::new()
            .with("bureau.test", peer(bureau))
            .with(login::AUTHORITY, peer(login.router()));
        let mut town = Self {
            clock,
            login,
            entropy: Arc::new(SeededEntropy::new(11)),
            pushes,
            hook: serve(hook).await,
            bureau_calls,
            inner,
            folder: tempfile::tempdir().unwrap(),
            limits,
            running: None,
        };
        town.begin().await;
        town
    }

    async fn begin(&mut self) {
        let key = self.folder.path().join("bureau.key");
        std::fs::write(&key, "bureau-key\n").unwrap();
        let mut config = config(&self.folder.path().join("data"), &key);
        config.limits = self.limits.clone();
        config.single_sign_on = Some(Login::section(&self.folder.path().join("sign-on.secret")));
        let world = CentralWorld {
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            transport: Arc::new(self.inner.clone()),
        };
        self.running = Some(start_in(config, world).await.unwrap());
    }

    pub(crate) async fn restart(&mut self) {
        self.running.take().unwrap().stop().await;
        self.begin().await;
    }

    pub(crate) fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) fn base_url(&self) -> &url::Url {
        self.running.as_ref().unwrap().base_url()
    }

    pub(crate) fn caller(&self, authorization: Arc<dyn Authorization>) -> Caller {
        let transport: Arc<dyn Transport> =
            Arc::new(HyperTransport::new(ConnectionSettings::default()).unwrap());
        let transport = watched("central", transport);
        Caller::new(self.base_url().clone(), transport, authorization)
    }

    pub(crate) fn anonymous(&self) -> Caller {
        self.caller(Arc::new(Anonymous))
    }

    pub(crate) fn staff(&self) -> OperatorClient {
        OperatorClient::new(self.caller(Arc::new(Bearer::new(STAFF_KEY).unwrap())))
    }

    pub(crate) fn signer(&self, key: &Arc<SigningKey>) -> Arc<dyn Authorization> {
        Arc::new(Signs {
            key: Arc::clone(key),
            clock: Arc::clone(&self.clock),
            entropy: Arc::clone(&self.entropy),
        })
    }

    /// Registers a partner and enrols its client server's keys, all over HTTP.
    pub(crate) async fn onboard(&self, hook: Option<&str>) -> ClientServer {
        let partner = RegisterPartner {
            legal_name: "Kaveri Finance Ltd".into(),
            gstin: "29AAACK9876L1ZN".into(),
            contract_ref: "MPP-2026-001".into(),
            contacts: vec!["ops@kaveri.example".into()],
            price_plan: "standard".into(),
            notification_url: hook.map(|url| url.parse().unwrap()),
        };
        let key = format!("register-{}", Nonce::generate(self.entropy.as_ref()).as_str());
        let registered = self.staff().register_partner(&key, &partner).await.unwrap();
        let ring = EnvelopeKeyRing::new(EnvelopePrivateKey::generate(self.entropy.as_ref()));
        let signing = Arc::new(SigningKey::generate_p256(self.entropy.as_ref()));
        let token = registered.enrolment_token.as_bytes();
        let said = serde_json::json!({ "envelopeKid": ring.current().kid(), "tokenSha256": sha256(token) });
        let offer = Enrol {
            token: registered.enrolment_token.clone(),
            envelope_key: ring.current().public().to_jwk(),
            signing_key: signing.public().to_jwk(),
            proof: jws::sign(&signing, "mpp-enrolment+jwt", &said).unwrap().as_str().to_owned(),
        };
        let client = PartnerClient::new(self.anonymous());
        let challenge = client.enrol("enrol-1", &offer).await.unwrap();
        let sealed = base64_simd::STANDARD.decode_to_vec(&challenge.sealed).unwrap();
        let context = envelope::inspect(&sealed).unwrap().header.context;
        let opened = envelope::open_all(&sealed, &ring, &context).unwrap();
        let answer = EnrolConfirm {
            challenge_id: challenge.challenge_id,
            opened: base64_simd::STANDARD.encode_to_string(opened.as_slice()),
        };
        let enrolled = client.confirm_enrolment("confirm-1", &answer).await.unwrap();
        assert_eq!(enrolled.partner_id, registered.partner_id);
        ClientServer { id: registered.partner_id, ring, signing, key_record: enrolled.key_record }
    }

    pub(crate) fn partner(&self, partner: &ClientServer) -> PartnerClient {
        PartnerClient::new(self.caller(self.signer(&partner.signing)))
    }

    pub(crate) fn phone(&self, phone: &Phone) -> PhoneClient {
        PhoneClient::new(self.caller(self.signer(&phone.key)))
    }

    pub(crate) async fn publish(&self, partner: &ClientServer, items: Vec<ProductItem>) -> ProductId {
        let product = product(partner.id, items, self.clock.now(), self.entropy.as_ref());
        self.partner(partner).publish_product(&product.id.to_string(), &product).await.unwrap();
        product.id
    }

    pub(crate) async fn place(
        &self,
        partner: &ClientServer,
        product: ProductId,
        case: &str,
    ) -> PlacedConsentRequest {
        let request = asking(product, case);
        self.partner(partner).place_consent_request(case, &request).await.unwrap()
    }

    pub(crate) async fn open(&self, placed: &PlacedConsentRequest) -> Phone {
        let key = Arc::new(SigningKey::generate_p256(self.entropy.as_ref()));
        let opening = self.opening(placed, &key);
        let bytes = PhoneClient::new(self.anonymous()).open_link(&opening).await.unwrap();
        let screen: ConsentScreen = serde_json::from_slice(&bytes).unwrap();
        Phone { key, screen, screen_sha256: sha256(&bytes) }
    }

    pub(crate) fn opening(&self, placed: &PlacedConsentRequest, key: &SigningKey) -> OpenLink {
        let token = placed.link.fragment().unwrap().to_owned();
        let said = DeviceStatement { token_sha256: sha256(token.as_bytes()), at: self.clock.now() };
        let proof = jws::sign(key, "mpp-device+jwt", &said).unwrap().as_str().to_owned();
        OpenLink { token, device_key: key.public().to_jwk(), proof }
    }

    pub(crate) async fn approve_all(&self, phone: &Phone) -> Decided {
        let decisions = phone
            .screen
            .items
            .iter()
            .map(|item| ItemDecision { source: item.source.parse().unwrap(), decision: Decision::Approved });
        let said = ApprovalStatement {
            consent_request_id: phone.screen.consent_request_id,
            device_id: phone.screen.device_id,
            decided_at: self.clock.now(),
            notice_version: phone.screen.notice_version,
            language: "en".into(),
            screen_sha256: phone.screen_sha256,
            decisions: decisions.collect(),
            device_key: Some(phone.key.public().to_jwk()),
        };
        let approval = jws::sign(&phone.key, "mpp-approval+jwt", &said).unwrap().as_str().to_owned();
        let request = phone.screen.consent_request_id;
        self.phone(phone).decide(request, &Decide { approval }).await.unwrap()
    }

    /// Waits, by long poll, until a notification of this kind is there; gives its parcel.
    pub(crate) async fn await_parcel(&self, partner: &ClientServer, source: &str) -> ParcelId {
        let client = self.partner(partner);
        let mut after = 0;
        loop {
            let page = client.notifications(after, HOLD).await.unwrap();
            assert!(!page.items.is_empty(), "nothing came in time");
            for one in page.items {
                after = one.sequence;
                let about = one.data.source.as_deref() == Some(source);
                if one.kind == NotificationType::DataAvailable && about {
                    return one.data.parcel_id.unwrap();
                }
            }
        }
    }

    pub(crate) fn sealed(
        &self,
        partner: &ClientServer,
        phone: &Phone,
        consent: ConsentId,
        document: &[u8],
    ) -> (AnnounceParcel, Vec<u8>) {
        let parcel = ParcelId::generate(self.entropy.as_ref());
        let context = Context {
            purpose: envelope::Purpose::Parcel,
            partner: partner.id,
            consent,
            parcel,
            source: Source::AccountAggregator,
            content_type: "application/zip".parse().unwrap(),
        };
        let key = partner.ring.current().public();
        let bytes = envelope::seal_all(document, key, &context, self.entropy.as_ref()).unwrap();
        let announcement = AnnounceParcel {
            parcel_id: parcel,
            consent_id: consent,
            fetch_id: mpp_core::FetchId::generate(self.entropy.as_ref()),
            kid: key.kid().clone(),
            size: u64::try_from(bytes.len()).unwrap(),
            sha256: sha256(&bytes).to_string(),
            sender: Some(sign_as_sender(&phone.key, &Fingerprint::of(&bytes).unwrap()).unwrap().into()),
        };
        (announcement, bytes)
    }
}

pub(crate) struct ClientServer {
    pub(crate) id: PartnerId,
    pub(crate) ring: EnvelopeKeyRing,
    pub(crate) signing: Arc<SigningKey>,
    pub(crate) key_record: String,
}

pub(crate) struct Phone {
    pub(crate) key: Arc<SigningKey>,
    pub(crate) screen: ConsentScreen,
    pub(crate) screen_sha256: Sha256Digest,
}

/// Everything this process logs, from the first call on.
pub(crate) fn logs() -> &'static Logs {
    static LOGS: std::sync::OnceLock<Logs> = std::sync::OnceLock::new();
    LOGS.get_or_init(|| {
        let logs = Logs::default();
        let lines = logs.clone();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .with_max_level(tracing::Level::DEBUG)
            .with_writer(move || lines.clone())
            .finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
        logs
    })
}

/// Lines of a log, kept in memory.
#[derive(Debug, Clone, Default)]
pub(crate) struct Logs(Arc<Mutex<Vec<u8>>>);

impl Logs {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl std::io::Write for Logs {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

pub(crate) fn consent(decided: &Decided, source: &str) -> ConsentId {
    decided.artefacts.iter().find(|issued| issued.source == source).unwrap().consent_id
}

/// Signs requests as client servers and phones do (RFC 9421).
#[derive(Debug)]
struct Signs {
    key: Arc<SigningKey>,
    clock: Arc<HandClock>,
    entropy: Arc<SeededEntropy>,
}

impl Authorization for Signs {
    fn headers(&self, outgoing: Outgoing<'_>) -> Result<HeaderMap, AuthorizationError> {
        let authority = &outgoing.url[url::Position::BeforeHost..url::Position::AfterPort];
        let parts = RequestParts {
            method: outgoing.method.as_str(),
            authority,
            path: outgoing.url.path(),
            query: outgoing.url.query(),
            content_digest: (!outgoing.body.is_empty()).then(|| ContentDigest::of(outgoing.body)),
            fields: &[],
        };
        let nonce = Nonce::generate(self.entropy.as_ref());
        let signed = http_signature::sign(&parts, &self.key, self.clock.now(), &nonce).unwrap();
        let pairs = signed
            .pairs()
            .into_iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()));
        Ok(pairs.collect())
    }
}
