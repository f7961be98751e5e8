//! An Account Aggregator that speaks just enough ReBIT, and an SMS gateway.

use std::sync::{Arc, Mutex, OnceLock};

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use axum::{Json, Router};
use mpp_core::Clock;
use mpp_crypto::{detached, rs256, signed_consent};
use mpp_testkit::HandClock;
use serde_json::{Value, json};

pub(crate) const ENTITY: &str = "ONEMONEYDEMO_AA";
pub(crate) const CALLBACK_KEY: &str = "callback-key";
pub(crate) const LINK: &str = "7f0f6c1e-33a5-4a8e-9d0c-5b6a7c8d9e06";
pub(crate) const CONSENT: &str = "654024c8-29c8-4f1e-8868-0289437bf331";
pub(crate) const HANDLE: &str = "d2f0b8a4-6a0f-4a56-8a35-6a3f7f0c9b10";
pub(crate) const SESSION: &str = "caa2f259-2dc2-4075-87aa-6d81018b6183";

#[derive(Debug)]
pub(crate) struct Outside {
    pub(crate) clock: Arc<HandClock>,
    pub(crate) key: Arc<rs256::SigningKey>,
    pub(crate) texts: Mutex<Vec<Value>>,
    asked: Mutex<Value>,
}

static KEY: OnceLock<Arc<rs256::SigningKey>> = OnceLock::new();

impl Outside {
    pub(crate) fn new(clock: Arc<HandClock>) -> Arc<Self> {
        let fresh = || Arc::new(rs256::SigningKey::generate("aa-key-1".parse().unwrap()).unwrap());
        let key = Arc::clone(KEY.get_or_init(fresh));
        Arc::new(Self { clock, key, texts: Mutex::default(), asked: Mutex::default() })
    }

    pub(crate) fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/aa/v2/Consent", post(consent))
            .route("/aa/v2/Consent/handle", post(handle))
            .route("/aa/v2/Consent/fetch", post(fetch_consent))
            .route("/aa/v2/FI/request", post(fi_request))
            .route("/aa/v2/FI/fetch", post(fi_fetch))
            .route("/sms/v1/messages", post(sms))
            .with_state(Arc::clone(self))
    }

    pub(crate) fn last_code(&self) -> String {
        let texts = self.texts.lock().unwrap();
        texts.last().unwrap()["text"].as_str().unwrap()[..6].to_owned()
    }

    /// A notification's exact bytes and their signature.
    pub(crate) fn notification(&self, txnid: &str, content: &Value) -> (String, String) {
        let mut body = json!({
            "ver": "2.0.0", "timestamp": self.clock.now(), "txnid": txnid,
            "Notifier": {"type": "AA", "id": ENTITY},
        });
        for (name, value) in content.as_object().unwrap() {
            body[name] = value.clone();
        }
        let body = body.to_string();
        let signature = detached::sign(&self.key, body.as_bytes()).unwrap();
        (body, signature)
    }

    fn answer(&self, request: &[u8], content: Value) -> Response {
        let request: Value = serde_json::from_slice(request).unwrap();
        let mut body = json!({"ver": "2.0.0", "timestamp": self.clock.now(), "txnid": request["txnid"]});
        for (name, value) in content.as_object().unwrap() {
            body[name] = value.clone();
        }
        let body = body.to_string();
        let signature = detached::sign(&self.key, body.as_bytes()).unwrap();
        Response::builder().header("x-jws-signature", signature).body(Body::from(body)).unwrap()
    }
}

type Shared = State<Arc<Outside>>;

async fn sms(State(outside): Shared, Json(text): Json<Value>) {
    outside.texts.lock().unwrap().push(text);
}

async fn consent(State(outside): Shared, body: Bytes) -> Response {
    let request: Value = serde_json::from_slice(&body).unwrap();
    *outside.asked.lock().unwrap() = request["ConsentDetail"].clone();
    let customer = request["ConsentDetail"]["Customer"]["id"].clone();
    outside.answer(&body, json!({"Customer": {"id": customer}, "ConsentHandle": HANDLE}))
}

async fn handle(State(outside): Shared, body: Bytes) -> Response {
    let content = json!({"ConsentHandle": HANDLE, "ConsentStatus": {"id": CONSENT, "status": "READY"}});
    outside.answer(&body, content)
}

async fn fetch_consent(State(outside): Shared, body: Bytes) -> Response {
    let mut detail = outside.asked.lock().unwrap().clone();
    detail["DataProvider"] = json!({"id": ENTITY, "type": "AA"});
    detail["Accounts"] = json!([{"fiType": "DEPOSIT", "fipId": "SAHYADRI_FIP", "accType": "SAVINGS",
                                 "linkRefNumber": LINK, "maskedAccNumber": "XXXXXXXX4020"}]);
    let signed = signed_consent::sign(&outside.key, detail.to_string().as_bytes()).unwrap();
    let now = outside.clock.now();
    let content = json!({"consentId": CONSENT, "status": "ACTIVE", "createTimestamp": now,
                         "signedConsent": signed,
                         "ConsentUse": {"logUri": "x", "count": 0, "lastUseDateTime": now}});
    outside.answer(&body, content)
}

async fn fi_request(State(outside): Shared, body: Bytes) -> Response {
    outside.answer(&body, json!({"consentId": CONSENT, "sessionId": SESSION}))
}

async fn fi_fetch(State(outside): Shared, body: Bytes) -> Response {
    let material = json!({"cryptoAlg": "ECDH", "curve": "Curve25519", "params": "",
        "DHPublicKey": {"expiry": "2026-01-16T09:31:10.000Z", "Parameters": "", "KeyValue": "the-fips-key"},
        "Nonce": "//jx6uPc1c7HwLmyq6Sdlo+IgXpzbGVeV1BJQjs0LSY="});
    let content = json!({"FI": [{"fipID": "SAHYADRI_FIP", "KeyMaterial": material, "data": [
        {"linkRefNumber": LINK, "maskedAccNumber": "XXXXXXXX4020", "encryptedFI": "c2VhbGVk"}]}]});
    outside.answer(&body, content)
}
