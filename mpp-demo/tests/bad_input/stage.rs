//! One world for all tests of this file. They take turns in it: a fault script is in force for everybody.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use async_trait::async_trait;
use http::{HeaderValue, Method, StatusCode, header};
use mpp_api::central::{PhoneEvent, PhoneEventType};
use mpp_core::{ConsentArtefact, Decision, LanguageTag, Source, Span};
use mpp_crypto::{EnvelopePublicKey, jws};
use mpp_demo::handset::{AppBuild, Handset};
use mpp_demo::outside::{AaCustomer, Delivered};
use mpp_demo::world::{Hosting, ProviderPatience, World};
use mpp_private_share::{Approval, ApprovalUi, LeftPage, Patience, ShareRequest};
use mpp_sdk::{KeptRequest, Screen, SdkError, Shared};
use mpp_transport::{Request, Transport};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::sync::{Mutex, OnceCell};

/// How long anything may take that is bound to come.
const BOUND_TO_COME: Duration = Duration::from_secs(30);

/// How often a provider is tried in this world.
pub const PROVIDER_ATTEMPTS: u64 = 3;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
static STAGE: OnceCell<Stage> = OnceCell::const_new();

/// Everything running.
#[derive(Debug)]
pub struct Stage {
    pub world: World,
    customers: AtomicUsize,
    turn: Mutex<()>,
}

/// Plays a scene when it is its turn, in a world without faults.
pub fn play(scene: impl AsyncFnOnce(&'static Stage)) {
    RUNTIME.block_on(async {
        let stage = STAGE.get_or_init(Stage::start).await;
        let _turn = stage.turn.lock().await;
        stage.clear_faults().await;
        scene(stage).await;
    });
}

/// A fresh folder in the target directory. Those of runs that are over are removed.
fn folder() -> PathBuf {
    let all = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bad-input");
    std::fs::create_dir_all(&all).unwrap();
    for earlier in std::fs::read_dir(&all).unwrap().flatten() {
        if !Path::new("/proc").join(earlier.file_name()).exists() {
            let _ = std::fs::remove_dir_all(earlier.path());
        }
    }
    all.join(std::process::id().to_string())
}

impl Stage {
    async fn start() -> Self {
        let patience =
            ProviderPatience { attempts: PROVIDER_ATTEMPTS.try_into().ok(), first_wait_seconds: Some(0) };
        let world = World::start_with(&folder(), Hosting::InProcess, patience).await.unwrap();
        Self { world, customers: AtomicUsize::new(1), turn: Mutex::default() }
    }

    /// What the app is built with when it waits no longer than `seconds` for a decision, and for data.
    pub fn impatient_app(&self, seconds: i64) -> AppBuild {
        let patience = Span::from_seconds(seconds);
        let patience = Patience { decision: patience, data: patience };
        AppBuild { patience, ..self.world.app().clone() }
    }

    /// A new customer of whom the partner asks for consent.
    pub async fn case(&self) -> Case<'_> {
        let phone = self.phone().await;
        self.case_of(phone).await
    }

    /// A new customer's phone.
    pub async fn phone(&self) -> Handset {
        let number = self.customers.fetch_add(1, Ordering::Relaxed);
        self.world.phone(number).await.unwrap()
    }

    /// A new customer whose app is built differently.
    pub async fn case_with(&self, app: &AppBuild) -> Case<'_> {
        let phone = self.phone().await;
        let phone = self.phone_again(&phone, app, Arc::clone(self.world.transport())).await;
        self.case_of(phone).await
    }

    /// The same phone with another app, or behind another network.
    pub async fn phone_again(
        &self,
        phone: &Handset,
        app: &AppBuild,
        transport: Arc<dyn Transport>,
    ) -> Handset {
        let folder = self.folder_of(phone);
        Handset::switch_on(phone.number, phone.person.clone(), &folder, app, transport).await.unwrap()
    }

    /// The phone's folder.
    pub fn folder_of(&self, phone: &Handset) -> PathBuf {
        self.world.folder("phones").join(phone.number.to_string())
    }

    /// The partner asks this customer for consent.
    pub async fn case_of(&self, phone: Handset) -> Case<'_> {
        let person = &phone.person;
        let case_ref = format!("LOAN-{}", phone.number);
        let form = json!({
            "productId": self.world.product(), "caseRef": case_ref,
            "customer": {
                "mobile": person.mobile, "name": person.name, "dateOfBirth": person.date_of_birth,
                "pan": person.pan, "pincode": person.pincode,
            },
        });
        let started: Value = self.world.outside().post("/partner-app/cases", &form).await.unwrap();
        let link = started["link"].as_str().unwrap().to_owned();
        Case { stage: self, phone, case_ref, link }
    }

    /// Adds a line to the fault script.
    pub async fn fault(&self, entity: &str, operation: &str, fault: Value) {
        self.script(&json!({ "entity": entity, "operation": operation, "fault": fault })).await;
    }

    /// Adds a line that strikes so often.
    pub async fn fault_times(&self, entity: &str, operation: &str, fault: Value, times: u32) {
        self.script(&json!({ "entity": entity, "operation": operation, "fault": fault, "times": times }))
            .await;
    }

    async fn script(&self, line: &Value) {
        let _: Value = self.world.outside().post("/control/faults", line).await.unwrap();
    }

    pub async fn clear_faults(&self) {
        self.call(Method::DELETE, "/control/faults", None, &Value::Null).await;
    }

    /// How often a party was called in an operation.
    pub async fn calls(&self, entity: &str, operation: &str) -> u64 {
        let counters: Value = self.world.outside().get("/control/counters").await.unwrap();
        counters[entity][operation].as_u64().unwrap_or(0)
    }

    /// Calls the sandbox, whatever it answers.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        session: Option<&str>,
        body: &Value,
    ) -> (StatusCode, Value) {
        let url = self.world.places().sandbox.join(path).unwrap();
        let mut request = Request::new(method, url);
        if !body.is_null() {
            request = request
                .with_header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
                .with_body(bytes::Bytes::from(body.to_string()));
        }
        if let Some(session) = session {
            let bearer = HeaderValue::try_from(format!("Bearer {session}")).unwrap();
            request = request.with_header(header::AUTHORIZATION, bearer);
        }
        let response = self.world.transport().send(request).await.unwrap();
        let status = response.status;
        let bytes = response.collect(1 << 20).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    /// Logs the customer in at the Account Aggregator's own app.
    pub async fn aa_session(&self, phone: &Handset) -> String {
        let mobile = &phone.person.mobile;
        let (_, begun) = self.call(Method::POST, "/aa/app/login", None, &json!({ "mobile": mobile })).await;
        let otp = self.world.outside().one_time_password(mobile, "").await.unwrap();
        let form = json!({ "loginId": begun["loginId"], "otp": otp });
        let (status, answer) = self.call(Method::POST, "/aa/app/login/verify", None, &form).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer["session"].as_str().unwrap().to_owned()
    }

    /// Pauses, resumes or revokes the customer's only consent at the Account Aggregator.
    pub async fn at_the_aggregator(&self, phone: &Handset, verb: &str) {
        let session = self.aa_session(phone).await;
        let (_, listed) = self.call(Method::GET, "/aa/app/consents", Some(&session), &Value::Null).await;
        let consent = listed["consents"][0]["consentId"].as_str().unwrap();
        let path = format!("/aa/app/artefacts/{consent}/{verb}");
        let (status, answer) = self.call(Method::POST, &path, Some(&session), &json!({})).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }
}

/// One customer's case.
#[derive(Debug)]
pub struct Case<'a> {
    pub stage: &'a Stage,
    pub phone: Handset,
    pub case_ref: String,
    pub link: String,
}

/// A decided case.
#[derive(Debug)]
pub struct DecidedCase<'a> {
    pub case: Case<'a>,
    pub kept: KeptRequest,
}

impl<'a> Case<'a> {
    pub async fn open(&self) -> Screen {
        self.phone.mpp.open_link(&self.link).await.unwrap()
    }

    /// Approves everything and logs in at the private share service.
    pub async fn approved(self) -> DecidedCase<'a> {
        self.decided(None).await
    }

    /// Approves everything but one source, and logs in at the private share service.
    pub async fn decided(self, refused: Option<&Source>) -> DecidedCase<'a> {
        let screen = self.open().await;
        let mut decisions = screen.decisions().all(Decision::Approved);
        if let Some(refused) = refused {
            decisions = decisions.with(refused, Decision::Refused);
        }
        let kept = self.phone.mpp.decide(&screen, &decisions, &LanguageTag::english()).await.unwrap();
        self.log_in().await;
        DecidedCase { case: self, kept }
    }

    pub async fn log_in(&self) {
        let mobile = &self.phone.person.mobile;
        let challenge = self.phone.private_share.start_login(mobile).await.unwrap();
        let otp = self.stage.world.outside().one_time_password(mobile, "").await.unwrap();
        self.phone.private_share.verify_login(&challenge, &otp).await.unwrap();
    }
}

impl DecidedCase<'_> {
    /// The customer's fingers at the Account Aggregator.
    pub fn fingers(&self) -> Fingers {
        Fingers { outside: self.case.stage.world.outside().clone(), phone: self.case.phone.clone() }
    }

    pub async fn share(&self) -> Result<Shared, SdkError> {
        let phone = &self.case.phone;
        phone.mpp.share(self.kept.request, &phone.private_share, &self.fingers(), &|_| {}).await
    }

    /// What the private share SDK is asked for by [`Self::share`].
    pub fn share_request(&self) -> ShareRequest {
        let kept = self.kept.artefacts.iter().find(|kept| kept.source == Source::AccountAggregator).unwrap();
        let app = self.case.stage.world.app();
        let signed = kept.signed.parse().unwrap();
        let artefact: ConsentArtefact =
            jws::verify(&app.central_keys[0], "mpp-consent-artefact+jwt", &signed).unwrap();
        ShareRequest {
            consent: artefact.consent,
            partner: self.kept.recipient.partner,
            partner_key: EnvelopePublicKey::from_jwk(&self.kept.recipient.key).unwrap(),
            parameters: artefact.parameters,
            range: None,
        }
    }

    /// Waits until news of this kind about this source is on the phone.
    pub async fn news(&self, kind: PhoneEventType, source: &str) -> PhoneEvent {
        let found = async {
            let mut after = 0;
            loop {
                for event in self.case.phone.mpp.news(after, Duration::from_secs(20)).await.unwrap() {
                    if event.kind == kind && event.source == source {
                        return event;
                    }
                    after = event.sequence;
                }
            }
        };
        tokio::time::timeout(BOUND_TO_COME, found).await.expect("the news comes")
    }

    /// Waits until the partner's application was told of this.
    pub async fn partner_is_told(&self, kind: &str) {
        let path = format!("/partner-app/cases/{}", self.case.case_ref);
        self.eventually(async || {
            let case: Value = self.case.stage.world.outside().get(&path).await.unwrap();
            case["events"].as_array().unwrap().iter().any(|event| event["type"] == kind)
        })
        .await;
    }

    /// Waits until the partner's application has so many documents.
    pub async fn delivered(&self, count: usize) -> Vec<Delivered> {
        let outside = self.case.stage.world.outside();
        self.eventually(async || outside.delivered(&self.case.case_ref).await.unwrap().len() >= count).await;
        let delivered = outside.delivered(&self.case.case_ref).await.unwrap();
        assert_eq!(delivered.len(), count, "{delivered:?}");
        delivered
    }

    /// Waits for so many documents and finds each of them as its source produced it.
    pub async fn arrives_whole(&self, count: usize) {
        let delivered = self.delivered(count).await;
        let produced =
            self.case.stage.world.outside().produced(&self.case.phone.person.mobile).await.unwrap();
        for document in &delivered {
            let made = produced
                .iter()
                .any(|made| (&made.sha256, made.size_bytes) == (&document.sha256, document.size_bytes));
            assert!(made, "{document:?} is nobody's document");
        }
    }

    /// Waits until something is so.
    pub async fn eventually(&self, so: impl AsyncFn() -> bool) {
        let begun = mpp_demo::stopwatch::now();
        while !so().await {
            assert!(begun.elapsed() < BOUND_TO_COME, "it does not come");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// The customer's fingers on the Account Aggregator's page.
#[derive(Debug)]
pub struct Fingers {
    outside: mpp_demo::outside::Outside,
    phone: Handset,
}

#[async_trait]
impl ApprovalUi for Fingers {
    async fn show(&self, approval: &Approval) -> LeftPage {
        let mut pairs = approval.page.query_pairs();
        let (_, handle) = pairs.find(|(name, _)| name == "handle").unwrap();
        let approved = async {
            let customer = AaCustomer::log_in(&self.outside, &self.phone.person.mobile).await?;
            customer.approve(&handle).await
        };
        match approved.await {
            Ok(()) => LeftPage::CameBack,
            Err(_) => LeftPage::Closed,
        }
    }
}

/// Fails unless every word stands in what a person is told.
pub fn says(told: &impl std::fmt::Display, words: &[&str]) {
    let told = told.to_string();
    for word in words {
        assert!(told.to_lowercase().contains(&word.to_lowercase()), "{word:?} is not in {told:?}");
    }
}
