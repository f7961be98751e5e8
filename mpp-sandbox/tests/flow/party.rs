//! A participant: registers, signs, verifies, and receives notifications. Beside it the customer's browser.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::IntoResponse;
use bytes::Bytes;
use mpp_core::{Clock, Entropy, Kid, PublicJwk, Span, Timestamp, TxnId};
use mpp_crypto::rebit::{Flavour, KeyMaterialForm, OurKeyMaterial, PeerKeyMaterial};
use mpp_crypto::{detached, rs256, signed_consent};
use mpp_sandbox::{EntityKeys, Sandbox, SandboxConfig, Surroundings, SystemEntropy};
use mpp_transport::{HeaderName, HeaderValue, LoopbackTransport, Method, Request, Response, Transport, Url};
use serde_json::{Value, json};
use tokio::sync::mpsc;

pub(crate) const MOBILE: &str = "9000000001";
pub(crate) const API_KEY: &str = "share-service-key";

#[derive(Debug)]
pub(crate) struct HandClock(Mutex<Timestamp>);

impl HandClock {
    pub(crate) fn advance(&self, span: Span) {
        let mut now = self.0.lock().unwrap();
        *now = now.plus(span);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// Made once: making RSA keys is the slow part of a start.
fn keys() -> &'static EntityKeys {
    static KEYS: OnceLock<EntityKeys> = OnceLock::new();
    KEYS.get_or_init(|| EntityKeys::prepare(None, &SystemEntropy).unwrap())
}

#[derive(Debug)]
struct SeededEntropy(Mutex<u64>);

impl Entropy for SeededEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        let mut state = self.0.lock().unwrap();
        for byte in buffer {
            *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = state.to_be_bytes()[0];
        }
    }
}

type Notices = mpsc::UnboundedSender<(String, Value)>;

pub(crate) struct Party {
    pub(crate) clock: Arc<HandClock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) transport: LoopbackTransport,
    pub(crate) sandbox: Sandbox,
    pub(crate) aa_key: rs256::VerifyingKey,
    key: Arc<rs256::SigningKey>,
    notices: mpsc::UnboundedReceiver<(String, Value)>,
}

impl Party {
    pub(crate) async fn start() -> Self {
        Self::start_with(SandboxConfig::default()).await
    }

    pub(crate) async fn start_with(config: SandboxConfig) -> Self {
        let clock = Arc::new(HandClock(Mutex::new("2026-01-15T09:25:00.000Z".parse().unwrap())));
        let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy(Mutex::new(7)));
        let transport = LoopbackTransport::new();
        let surroundings = Surroundings {
            clock: clock.clone(),
            entropy: entropy.clone(),
            transport: Arc::new(transport.clone()),
        };
        let base = "http://sandbox.test".parse().unwrap();
        let sandbox = Sandbox::with_keys(config, surroundings, base, keys());
        transport.insert("sandbox.test", sandbox.router());
        let kid: Kid = "share-key-1".parse().unwrap();
        let key = Arc::new(rs256::SigningKey::generate(kid).unwrap());
        let (sender, notices) = mpsc::unbounded_channel();
        transport.insert("share.test", callbacks(key.clone(), clock.clone(), sender));
        let mut jwk = serde_json::to_value(key.public().to_jwk()).unwrap();
        jwk["kid"] = json!("share-key-1");
        let registration = json!({ "entityId": "MPP_SHARE", "baseUrl": "http://share.test/v2", "jwk": jwk, "apiKey": API_KEY });
        let (status, answer) =
            plain(&transport, Method::POST, "/control/participants", None, &registration).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let aa_jwk: PublicJwk = serde_json::from_value(answer["aaJwk"].clone()).unwrap();
        let aa_key = rs256::VerifyingKey::from_jwk(&aa_jwk).unwrap();
        Self { clock, entropy, transport, sandbox, aa_key, key, notices }
    }

    pub(crate) fn envelope(&self) -> Value {
        json!({
            "ver": "2.0.0", "timestamp": self.clock.now(), "txnid": TxnId::generate(&*self.entropy).to_string()
        })
    }

    /// Calls the Account Aggregator properly; the answer's signature and txnid are checked.
    pub(crate) async fn rebit(&self, path: &str, fields: Value) -> (StatusCode, Value) {
        let mut body = self.envelope();
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let sent = serde_json::to_vec(&body).unwrap();
        let (status, signature, answer) = self.rebit_raw(path, sent, API_KEY).await;
        self.check_signature(&signature, &answer).unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!(answer["txnid"], body["txnid"]);
        (status, answer)
    }

    /// Calls the Account Aggregator with these very bytes, signed.
    pub(crate) async fn rebit_raw(
        &self,
        path: &str,
        body: Vec<u8>,
        api_key: &str,
    ) -> (StatusCode, String, Bytes) {
        let signature = detached::sign(&self.key, &body).unwrap();
        self.rebit_signed(path, body, api_key, &signature).await
    }

    pub(crate) async fn rebit_signed(
        &self,
        path: &str,
        body: Vec<u8>,
        api_key: &str,
        signature: &str,
    ) -> (StatusCode, String, Bytes) {
        let request = Request::post(url(&format!("/aa/v2/{path}")))
            .with_header(HeaderName::from_static("client_api_key"), HeaderValue::from_str(api_key).unwrap())
            .with_header(
                HeaderName::from_static("x-jws-signature"),
                HeaderValue::from_str(signature).unwrap(),
            )
            .with_body(body);
        let response = self.transport.send(request).await.unwrap();
        let status = response.status;
        let signature =
            response.header(&HeaderName::from_static("x-jws-signature")).unwrap_or_default().to_owned();
        (status, signature, response.collect(512 << 20).await.unwrap())
    }

    pub(crate) fn check_signature(&self, signature: &str, body: &[u8]) -> Result<(), String> {
        detached::verify(signature, body, |_| Some(&self.aa_key)).map(drop).map_err(|error| error.to_string())
    }

    pub(crate) fn open_consent(&self, text: &str) -> (Value, String) {
        let verified = signed_consent::verify(text, |_| Some(&self.aa_key)).unwrap();
        (serde_json::from_slice(&verified.payload).unwrap(), verified.signature)
    }

    /// The next notification, as path and body.
    pub(crate) async fn notice(&mut self) -> (String, Value) {
        let waited = tokio::time::timeout(Duration::from_secs(20), self.notices.recv()).await;
        waited.expect("a notification comes").unwrap()
    }

    /// Waits for the notification that ends a session.
    pub(crate) async fn session_end(&mut self) -> Value {
        loop {
            let (path, body) = self.notice().await;
            let told = &body["FIStatusNotification"];
            if path == "/v2/FI/Notification" && told["sessionStatus"] != "ACTIVE" {
                return told.clone();
            }
        }
    }

    pub(crate) async fn json(
        &self,
        method: Method,
        path: &str,
        session: Option<&str>,
        body: &Value,
    ) -> (StatusCode, Value) {
        plain(&self.transport, method, path, session, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.json(Method::GET, path, None, &Value::Null).await.1
    }

    pub(crate) async fn script(&self, entity: &str, operation: &str, fault: Value, times: u32) {
        let script = json!({ "entity": entity, "operation": operation, "fault": fault, "times": times });
        let (status, _) = self.json(Method::POST, "/control/faults", None, &script).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
    }

    /// The six digits in the newest message to `mobile`.
    pub(crate) async fn newest_otp(&self, mobile: &str) -> String {
        let inbox = self.get(&format!("/sms/v1/inbox/{mobile}")).await;
        let text = inbox["messages"][0]["text"].as_str().unwrap().to_owned();
        text.split(|character: char| !character.is_ascii_digit())
            .find(|part| part.len() == 6)
            .unwrap()
            .to_owned()
    }

    pub(crate) async fn login(&self, mobile: &str) -> String {
        let (status, answer) =
            self.json(Method::POST, "/aa/app/login", None, &json!({ "mobile": mobile })).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let verify = json!({ "loginId": answer["loginId"], "otp": self.newest_otp(mobile).await });
        let (status, answer) = self.json(Method::POST, "/aa/app/login/verify", None, &verify).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer["session"].as_str().unwrap().to_owned()
    }

    /// Links all accounts at `fip`; their link references.
    pub(crate) async fn link_all(
        &self,
        session: &str,
        mobile: &str,
        fip: &str,
        fi_types: &[&str],
    ) -> Vec<String> {
        let form = json!({ "fipId": fip, "fiTypes": fi_types });
        let (status, found) = self.json(Method::POST, "/aa/app/discover", Some(session), &form).await;
        assert_eq!(status, StatusCode::OK, "{found}");
        let references: Vec<Value> = found["accounts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|account| account["accRefNumber"].clone())
            .collect();
        let form = json!({ "fipId": fip, "accRefNumbers": references });
        let (status, begun) = self.json(Method::POST, "/aa/app/link", Some(session), &form).await;
        assert_eq!(status, StatusCode::OK, "{begun}");
        let form = json!({ "refNumber": begun["refNumber"], "otp": self.newest_otp(mobile).await });
        let (status, linked) = self.json(Method::POST, "/aa/app/link/verify", Some(session), &form).await;
        assert_eq!(status, StatusCode::OK, "{linked}");
        let accounts = linked["accounts"].as_array().unwrap().iter();
        accounts.map(|account| account["linkRefNumber"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) async fn approve(
        &self,
        session: &str,
        mobile: &str,
        handle: &str,
        links: &[String],
    ) -> String {
        let path = format!("/aa/app/consents/{handle}/otp");
        let (status, answer) = self.json(Method::POST, &path, Some(session), &json!({})).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let form = json!({ "linkRefNumbers": links, "otp": self.newest_otp(mobile).await });
        let path = format!("/aa/app/consents/{handle}/approve");
        let (status, answer) = self.json(Method::POST, &path, Some(session), &form).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer["consentId"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn request_consent(&self, changes: Value) -> String {
        let mut detail = consent_detail();
        detail.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let (status, answer) = self.rebit("Consent", json!({ "ConsentDetail": detail })).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert_eq!(answer["Customer"]["id"], format!("{MOBILE}@onemoney"));
        answer["ConsentHandle"].as_str().unwrap().to_owned()
    }

    /// A consent of the usual customer, approved for everything at the named FIPs.
    pub(crate) async fn approved(&mut self, fips: &[(&str, &[&str])], changes: Value) -> Approved {
        let handle = self.request_consent(changes).await;
        let session = self.login(MOBILE).await;
        let mut links = Vec::new();
        for (fip, fi_types) in fips {
            links.extend(self.link_all(&session, MOBILE, fip, fi_types).await);
        }
        let id = self.approve(&session, MOBILE, &handle, &links).await;
        let (path, told) = self.notice().await;
        assert_eq!(path, "/v2/Consent/Notification");
        assert_eq!(told["ConsentStatusNotification"]["consentStatus"], "ACTIVE");
        let (status, artefact) = self.rebit("Consent/fetch", json!({ "consentId": id })).await;
        assert_eq!(status, StatusCode::OK, "{artefact}");
        let (payload, signature) = self.open_consent(artefact["signedConsent"].as_str().unwrap());
        Approved { handle, id, session, links, payload, signature }
    }

    pub(crate) fn key_material(&self, flavour: Flavour) -> OurKeyMaterial {
        OurKeyMaterial::generate(flavour, &*self.entropy, self.clock.now().plus(Span::from_hours(24)))
    }

    pub(crate) async fn request_fi(&self, consent: &Approved, ours: &OurKeyMaterial) -> (StatusCode, Value) {
        let request = json!({
            "FIDataRange": { "from": "2025-01-15T00:00:00.000Z", "to": "2026-01-15T00:00:00.000Z" },
            "Consent": { "id": consent.id, "digitalSignature": consent.signature },
            "KeyMaterial": ours.public_form(),
        });
        self.rebit("FI/request", request).await
    }

    /// Opens every account of a fetched answer: link reference and document.
    pub(crate) fn open_all(&self, fetched: &Value, ours: &OurKeyMaterial) -> Vec<(String, Vec<u8>)> {
        let mut documents = Vec::new();
        for entry in fetched["FI"].as_array().unwrap() {
            let form: KeyMaterialForm = serde_json::from_value(entry["KeyMaterial"].clone()).unwrap();
            let peer = PeerKeyMaterial::parse(&form, self.clock.now()).unwrap();
            for data in entry["data"].as_array().unwrap() {
                let encrypted = data["encryptedFI"].as_str().unwrap();
                let opened = mpp_crypto::rebit::open(ours, &peer, encrypted, self.clock.now()).unwrap();
                documents.push((data["linkRefNumber"].as_str().unwrap().to_owned(), opened.to_vec()));
            }
        }
        documents
    }
}

pub(crate) struct Approved {
    pub(crate) handle: String,
    pub(crate) id: String,
    pub(crate) session: String,
    pub(crate) links: Vec<String>,
    pub(crate) payload: Value,
    pub(crate) signature: String,
}

/// A self consent of the usual customer.
pub(crate) fn consent_detail() -> Value {
    json!({
        "consentStart": "2026-01-15T09:25:00.000Z", "consentExpiry": "2026-02-14T09:25:00.000Z",
        "consentMode": "STORE", "fetchType": "ONETIME",
        "consentTypes": ["PROFILE", "SUMMARY", "TRANSACTIONS"],
        "fiTypes": ["DEPOSIT", "TERM_DEPOSIT", "RECURRING_DEPOSIT", "MUTUAL_FUNDS", "INSURANCE_POLICIES", "LIFE_INSURANCE"],
        "DataConsumer": { "id": format!("{MOBILE}@onemoney"), "type": "USER" },
        "Customer": { "id": format!("{MOBILE}@onemoney"), "Identifiers": [{ "type": "MOBILE", "value": MOBILE }] },
        "Purpose": { "code": "103", "refUri": "https://api.rebit.org.in/aa/purpose/103.xml",
            "text": "To process your loan application", "Category": { "type": "Financial Reporting" } },
        "FIDataRange": { "from": "2025-01-15T00:00:00.000Z", "to": "2026-01-15T00:00:00.000Z" },
        "DataLife": { "unit": "MONTH", "value": 1 }, "Frequency": { "unit": "MONTH", "value": 1 },
    })
}

fn url(path: &str) -> Url {
    Url::parse(&format!("http://sandbox.test{path}")).unwrap()
}

async fn plain(
    transport: &LoopbackTransport,
    method: Method,
    path: &str,
    session: Option<&str>,
    body: &Value,
) -> (StatusCode, Value) {
    let mut request = Request::new(method, url(path))
        .with_header(HeaderName::from_static("content-type"), HeaderValue::from_static("application/json"));
    if !body.is_null() {
        request = request.with_body(body.to_string());
    }
    if let Some(session) = session {
        let value = HeaderValue::from_str(&format!("Bearer {session}")).unwrap();
        request = request.with_header(HeaderName::from_static("authorization"), value);
    }
    let response: Response = transport.send(request).await.unwrap();
    let status = response.status;
    let body = response.collect(64 << 20).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

#[derive(Clone)]
struct Callbacks {
    key: Arc<rs256::SigningKey>,
    clock: Arc<HandClock>,
    notices: Notices,
}

fn callbacks(key: Arc<rs256::SigningKey>, clock: Arc<HandClock>, notices: Notices) -> Router {
    Router::new().fallback(receive).with_state(Callbacks { key, clock, notices })
}

async fn receive(
    State(callbacks): State<Callbacks>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> impl IntoResponse {
    assert!(headers["aa_api_key"].to_str().unwrap().starts_with("aa-callback-"));
    assert!(headers.contains_key("x-jws-signature"));
    let notice: Value = serde_json::from_slice(&body).unwrap();
    let answer = json!({
        "ver": "2.0.0", "timestamp": callbacks.clock.now(), "txnid": notice["txnid"], "response": "OK"
    })
    .to_string();
    callbacks.notices.send((uri.path().to_owned(), notice)).unwrap();
    let signature = detached::sign(&callbacks.key, answer.as_bytes()).unwrap();
    ([("x-jws-signature", signature)], answer)
}
