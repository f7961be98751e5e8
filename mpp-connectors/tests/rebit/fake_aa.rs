//! An Account Aggregator in one process, with real keys and a choice of defects.

use std::sync::{Arc, Mutex, OnceLock};

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use mpp_connectors::ApiKey;
use mpp_connectors::conformance::HandClock;
use mpp_connectors::rebit::{OurIdentity, PeerKeys, RebitAa, RebitAaConfig};
use mpp_core::{Clock, Entropy, Kid, Span};
use mpp_crypto::rs256::{SigningKey, VerifyingKey};
use mpp_crypto::{detached, signed_consent};
use mpp_transport::LoopbackTransport;
use serde_json::{Value, json};

pub(crate) const AA: &str = "ONEMONEYDEMO_AA";
pub(crate) const US: &str = "MPPDEMO_CLIENT";
pub(crate) const VUA: &str = "9000000001@onemoney";
pub(crate) const CONSENT: &str = "654024c8-29c8-4f1e-8868-0289437bf331";
pub(crate) const HANDLE: &str = "d2f0b8a4-6a0f-4a56-8a35-6a3f7f0c9b10";
pub(crate) const SESSION: &str = "caa2f259-2dc2-4075-87aa-6d81018b6183";
pub(crate) const LINK: &str = "7f0f6c1e-33a5-4a8e-9d0c-5b6a7c8d9e06";

/// What is wrong with an answer.
#[derive(Debug, Clone, Default)]
pub(crate) enum Defect {
    #[default]
    None,
    /// One byte is changed after signing.
    Tampered,
    /// Signed by the right key under an unknown name.
    UnknownKid,
    /// Signed by another key under the right name.
    OtherKey,
    Unsigned,
    SignedTwice,
    OtherTxnid,
    NoTxnid,
    OtherVersion,
    /// The timestamp lies so far away, in milliseconds.
    Shifted(i64),
    /// Signed, but not JSON.
    Garbage,
    /// A refusal, signed.
    Refusal(u16, &'static str),
    /// A refusal of another request, signed.
    RefusalOfOther(u16, &'static str),
    /// A gateway's page.
    Gateway(u16),
    Silent,
    /// Larger than any plain answer.
    Huge,
}

type Alter = Box<dyn Fn(&mut Value) + Send + Sync>;

pub(crate) struct FakeAa {
    clock: Arc<HandClock>,
    defect: Mutex<Defect>,
    /// Changes the content of answers, the signed consent or the answer to a path.
    alter_answer: Mutex<Option<Alter>>,
    alter_consent: Mutex<Option<Alter>>,
    forged_consent: Mutex<bool>,
    sent: Mutex<Vec<(String, HeaderMap, Value)>>,
}

/// A counter instead of randomness: every draw differs, and every run is the same.
#[derive(Debug, Default)]
pub(crate) struct CountingEntropy(Mutex<u8>);

impl Entropy for CountingEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        let mut next = self.0.lock().unwrap();
        *next = next.wrapping_add(1);
        buffer.fill(*next);
    }
}

pub(crate) struct Keys {
    pub(crate) aa: SigningKey,
    pub(crate) aa_other_name: SigningKey,
    pub(crate) stranger: SigningKey,
    pub(crate) ours: Arc<SigningKey>,
}

pub(crate) fn kid(name: &str) -> Kid {
    name.parse().unwrap()
}

pub(crate) fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| {
        let aa = SigningKey::generate(kid("aa-key-1")).unwrap();
        let pem = aa.to_pkcs8_pem().unwrap();
        Keys {
            aa_other_name: SigningKey::from_pkcs8_pem(&pem, kid("aa-key-9")).unwrap(),
            aa,
            stranger: SigningKey::generate(kid("aa-key-1")).unwrap(),
            ours: Arc::new(SigningKey::generate(kid("our-key-1")).unwrap()),
        }
    })
}

pub(crate) fn aa_public() -> Arc<PeerKeys> {
    let key: VerifyingKey = keys().aa.public().clone();
    Arc::new(PeerKeys::new([(kid("aa-key-1"), key)]))
}

impl FakeAa {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            clock: HandClock::new(),
            defect: Mutex::default(),
            alter_answer: Mutex::default(),
            alter_consent: Mutex::default(),
            forged_consent: Mutex::default(),
            sent: Mutex::default(),
        })
    }

    pub(crate) fn clock(&self) -> &HandClock {
        &self.clock
    }

    pub(crate) fn with_defect(self: Arc<Self>, defect: Defect) -> Arc<Self> {
        *self.defect.lock().unwrap() = defect;
        self
    }

    pub(crate) fn altering_answers(
        self: Arc<Self>,
        alter: impl Fn(&mut Value) + Send + Sync + 'static,
    ) -> Arc<Self> {
        *self.alter_answer.lock().unwrap() = Some(Box::new(alter));
        self
    }

    pub(crate) fn altering_consents(
        self: Arc<Self>,
        alter: impl Fn(&mut Value) + Send + Sync + 'static,
    ) -> Arc<Self> {
        *self.alter_consent.lock().unwrap() = Some(Box::new(alter));
        self
    }

    pub(crate) fn forging_consents(self: Arc<Self>) -> Arc<Self> {
        *self.forged_consent.lock().unwrap() = true;
        self
    }

    /// A client of this Account Aggregator.
    pub(crate) fn client(self: &Arc<Self>) -> RebitAa {
        let router = Router::new().fallback(answer).with_state(Arc::clone(self));
        let transport = LoopbackTransport::new().with("aa.example", router);
        let base_url = "https://aa.example/aa/v2".parse().unwrap();
        let config = RebitAaConfig::new(AA.parse().unwrap(), base_url).unwrap();
        let ours = OurIdentity {
            entity: US.parse().unwrap(),
            signing_key: Arc::clone(&keys().ours),
            api_key: ApiKey::new("client-key-1".into()).unwrap(),
        };
        let entropy = Arc::new(CountingEntropy::default());
        let clock = Arc::<HandClock>::clone(&self.clock);
        RebitAa::new(config, ours, aa_public(), Arc::new(transport), clock, entropy)
    }

    /// The requests that came: path, header fields, body.
    pub(crate) fn sent(&self) -> Vec<(String, HeaderMap, Value)> {
        self.sent.lock().unwrap().clone()
    }

    fn content(&self, path: &str, request: &Value) -> Value {
        let mut content = match path {
            "Heartbeat" => json!({ "Status": "UP" }),
            "Consent" => json!({ "Customer": { "id": VUA }, "ConsentHandle": HANDLE }),
            "Consent/handle" => json!({
                "ConsentHandle": request["ConsentHandle"],
                "ConsentStatus": { "id": CONSENT, "status": "READY" },
            }),
            "Consent/fetch" => json!({
                "consentId": request["consentId"], "status": "ACTIVE",
                "createTimestamp": "2026-01-15T09:28:00.000+0000",
                "signedConsent": self.signed_consent(),
                "ConsentUse": { "logUri": "", "count": 0, "lastUseDateTime": "2026-01-15T09:28:00.000Z" },
            }),
            "Consent/Notification" => json!({ "response": "OK" }),
            "FI/request" => json!({ "consentId": request["Consent"]["id"], "sessionId": SESSION }),
            "FI/fetch" => fi_content(),
            other => panic!("unknown path {other}"),
        };
        if let Some(alter) = self.alter_answer.lock().unwrap().as_ref() {
            alter(&mut content);
        }
        content
    }

    fn signed_consent(&self) -> String {
        let mut detail = signed_detail();
        if let Some(alter) = self.alter_consent.lock().unwrap().as_ref() {
            alter(&mut detail);
        }
        let key = if *self.forged_consent.lock().unwrap() { &keys().stranger } else { &keys().aa };
        signed_consent::sign(key, &serde_json::to_vec(&detail).unwrap()).unwrap()
    }

    /// Content in an envelope, as the defect has it.
    fn body(&self, path: &str, request: &Value, defect: &Defect) -> (u16, Vec<u8>) {
        let (status, mut content) = match defect {
            Defect::Refusal(status, code) | Defect::RefusalOfOther(status, code) => {
                (*status, json!({ "errorCode": code, "errorMsg": "canary 9000000001" }))
            }
            Defect::Garbage => return (200, b"<html>".to_vec()),
            Defect::Huge => return (200, vec![b' '; 1024 * 1024 + 1]),
            _ => (200, self.content(path, request)),
        };
        let shift = if let Defect::Shifted(millis) = defect { *millis } else { 400 };
        let now = self.clock.now();
        let time =
            if shift < 0 { now.minus(Span::from_millis(-shift)) } else { now.plus(Span::from_millis(shift)) };
        content["ver"] = json!(if matches!(defect, Defect::OtherVersion) { "1.1.2" } else { "2.0.0" });
        if path != "Consent/fetch" {
            content["timestamp"] = json!(time);
        }
        content["txnid"] = match defect {
            Defect::OtherTxnid | Defect::RefusalOfOther(..) => json!("4f4b4e0e-0a4f-4e58-9d1e-6b2d0c6f1a01"),
            Defect::NoTxnid => Value::Null,
            _ => request["txnid"].clone(),
        };
        (status, serde_json::to_vec(&content).unwrap())
    }
}

async fn answer(State(aa): State<Arc<FakeAa>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let path = head.uri.path().strip_prefix("/aa/v2/").expect("below the base").to_owned();
    let request = authentic(&head.headers, &body, &path);
    aa.sent.lock().unwrap().push((path.clone(), head.headers, request.clone()));
    let defect = aa.defect.lock().unwrap().clone();
    match defect {
        Defect::Silent => std::future::pending().await,
        Defect::Gateway(status) => {
            (StatusCode::from_u16(status).unwrap(), "<html>bad gateway").into_response()
        }
        _ => signed(&aa, &path, &request, &defect),
    }
}

/// Strict about what the client must send.
fn authentic(headers: &HeaderMap, body: &Bytes, path: &str) -> Value {
    assert!(headers["client_api_key"].to_str().unwrap().starts_with("client-key-"));
    if path == "Heartbeat" {
        assert!(body.is_empty());
        return Value::Null;
    }
    assert_eq!(headers["content-type"], "application/json");
    let signature = headers["x-jws-signature"].to_str().unwrap();
    let signer =
        detached::verify(signature, body, |kid| (kid.as_str() == "our-key-1").then(|| keys().ours.public()));
    assert_eq!(signer.unwrap().as_str(), "our-key-1");
    let request: Value = serde_json::from_slice(body).unwrap();
    assert_eq!(request["ver"], "2.0.0");
    assert_eq!(request["timestamp"].as_str().map(str::len), Some("2026-01-15T09:30:00.000Z".len()));
    assert_eq!(request["txnid"].as_str().map(str::len), Some(36));
    request
}

fn signed(aa: &FakeAa, path: &str, request: &Value, defect: &Defect) -> Response {
    let (status, mut body) = aa.body(path, request, defect);
    let key = match defect {
        Defect::UnknownKid => &keys().aa_other_name,
        Defect::OtherKey => &keys().stranger,
        _ => &keys().aa,
    };
    let signature = HeaderValue::from_str(&detached::sign(key, &body).unwrap()).unwrap();
    if matches!(defect, Defect::Tampered) {
        let last = body.len() - 1;
        body.insert(last, b' ');
    }
    let mut response = (StatusCode::from_u16(status).unwrap(), body).into_response();
    let copies = match defect {
        Defect::Unsigned => 0,
        Defect::SignedTwice => 2,
        _ => 1,
    };
    for _ in 0..copies {
        response.headers_mut().append("x-jws-signature", signature.clone());
    }
    response
}

/// A signed consent equal to what the tests ask, as far as it is not about the accounts.
fn signed_detail() -> Value {
    json!({
        "consentStart": "2026-01-15T09:30:00.000Z", "consentExpiry": "2026-02-14T09:30:00.000Z",
        "consentMode": "STORE", "fetchType": "ONETIME",
        "consentTypes": ["PROFILE", "SUMMARY", "TRANSACTIONS"], "fiTypes": ["DEPOSIT", "TERM_DEPOSIT"],
        "DataConsumer": { "id": VUA, "type": "USER" },
        "DataProvider": { "id": AA, "type": "AA" },
        "Customer": { "id": VUA },
        "Accounts": [{
            "fiType": "DEPOSIT", "fipId": "SAHYADRI_FIP", "accType": "SAVINGS", "linkRefNumber": LINK,
            "maskedAccNumber": "XXXXXXXX4020",
        }],
        "Purpose": {
            "code": "103", "refUri": "https://api.rebit.org.in/aa/purpose/103.xml",
            "text": "To process your loan application", "Category": { "type": "Financial Reporting" },
        },
        "FIDataRange": { "from": "2025-01-15T09:30:00.000Z", "to": "2026-01-15T09:30:00.000Z" },
        "DataLife": { "unit": "MONTH", "value": 1 }, "Frequency": { "unit": "MONTH", "value": 1 },
    })
}

fn fi_content() -> Value {
    json!({ "FI": [{
        "fipID": "SAHYADRI_FIP",
        "data": [{ "linkRefNumber": LINK, "maskedAccNumber": "XXXXXXXX4020", "encryptedFI": "Nst2RQH+" }],
        "KeyMaterial": key_material(),
    }] })
}

pub(crate) fn key_material() -> Value {
    json!({
        "cryptoAlg": "ECDH", "curve": "Curve25519", "params": "cipher=AES/GCM/NoPadding;KeyPairGenerator=ECDH",
        "DHPublicKey": {
            "expiry": "2026-01-16T09:31:00.000Z", "Parameters": "",
            "KeyValue": "-----BEGIN PUBLIC KEY-----MIIB-----END PUBLIC KEY-----",
        },
        "Nonce": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    })
}
