//! A private share service of the tests' own, with the Account Aggregator and FIPs behind it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use mpp_api::Problem;
use mpp_api::private_share::{OpenDataSession, RaiseAaConsent, StartLogin, VerifyLogin};
use mpp_core::{Clock, Kid, Span};
use mpp_crypto::http_signature::{self, ContentDigest, RequestParts, SignatureHeaders};
use mpp_crypto::rebit::KeyMaterialForm;
use mpp_crypto::{VerifyingKey, rs256, signed_consent};
use mpp_testkit::{HandClock, SeededEntropy};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::fake_fips::{Delivery, FakeAccount, deposit, entry, savings};

pub(crate) const VUA: &str = "9000000001@onemoney";
pub(crate) const OTP: &str = "482913";
const BEARER: &str = "canary-session-key";

pub(crate) struct World {
    pub(crate) accounts: Vec<FakeAccount>,
    /// The state given consents get when the customer has decided.
    pub(crate) decision: &'static str,
    /// The artefact is signed over a range wider than asked.
    pub(crate) widen: bool,
    /// The artefact is signed by somebody else.
    pub(crate) forge: bool,
    /// The state sessions get; "never" leaves them open and moves the clock.
    pub(crate) session_state: &'static str,
    /// So many requests are answered 503 first.
    pub(crate) failures: u32,
    pub(crate) raised: Vec<String>,
    pub(crate) sessions: Vec<(String, KeyMaterialForm)>,
    pub(crate) fetches: u32,
    pub(crate) revoked: Vec<String>,
    /// Every body the phone ever sent.
    pub(crate) seen: Vec<u8>,
    pub(crate) extra: bool,
    tries: u32,
    device: Option<VerifyingKey>,
    consents: BTreeMap<String, Value>,
    states: BTreeMap<String, String>,
}

pub(crate) struct FakeService {
    pub(crate) world: Mutex<World>,
    pub(crate) changed: Notify,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) aa_key: Arc<rs256::SigningKey>,
    other_key: Arc<rs256::SigningKey>,
    pub(crate) entropy: SeededEntropy,
}

impl FakeService {
    pub(crate) fn new(clock: Arc<HandClock>) -> Arc<Self> {
        let fresh = || Arc::new(rs256::SigningKey::generate("aa-key".parse().unwrap()).unwrap());
        let (aa_key, other_key) = KEYS.get_or_init(|| (fresh(), fresh())).clone();
        let world = World {
            accounts: vec![savings(), deposit()],
            decision: "active",
            widen: false,
            forge: false,
            session_state: "ready",
            failures: 0,
            raised: Vec::new(),
            sessions: Vec::new(),
            fetches: 0,
            revoked: Vec::new(),
            seen: Vec::new(),
            extra: false,
            tries: 0,
            device: None,
            consents: BTreeMap::new(),
            states: BTreeMap::new(),
        };
        Arc::new(Self {
            world: Mutex::new(world),
            changed: Notify::new(),
            clock,
            aa_key,
            other_key,
            entropy: SeededEntropy::new(99),
        })
    }

    /// The customer decides at the Account Aggregator.
    pub(crate) fn decide(&self) {
        let mut world = self.world.lock().unwrap();
        let decision = world.decision;
        for state in world.states.values_mut().filter(|state| *state == "pending") {
            *state = decision.to_owned();
        }
        drop(world);
        self.changed.notify_waiters();
    }

    pub(crate) fn router(self: &Arc<Self>) -> Router {
        let session = Router::new()
            .route("/v1/aa-consents", post(raise))
            .route("/v1/aa-consents/{key}", get(consent))
            .route("/v1/aa-consents/{key}/revoke", post(revoke))
            .route("/v1/data-sessions", post(open))
            .route("/v1/data-sessions/{id}", get(session))
            .route("/v1/data-sessions/{id}/fi", get(fetch))
            .layer(axum::middleware::from_fn_with_state(Arc::clone(self), prove));
        Router::new()
            .route("/v1/logins", post(login))
            .route("/v1/logins/{id}/verify", post(verify))
            .merge(session)
            .layer(axum::middleware::from_fn_with_state(Arc::clone(self), fail_first))
            .with_state(Arc::clone(self))
    }

    fn signed_consent(&self, asked: &Value) -> String {
        let world = self.world.lock().unwrap();
        let mut range = asked["dataRange"].clone();
        if world.widen {
            range["from"] = json!("2019-01-01T00:00:00.000Z");
        }
        let accounts: Vec<Value> = world
            .accounts
            .iter()
            .map(|account| {
                json!({"fiType": "DEPOSIT", "fipId": account.fip, "accType": "SAVINGS",
                       "linkRefNumber": account.link, "maskedAccNumber": account.masked})
            })
            .collect();
        let payload = json!({
            "consentStart": asked["consentStart"], "consentExpiry": asked["consentExpiry"],
            "consentMode": asked["consentMode"], "fetchType": asked["fetchType"],
            "consentTypes": asked["consentTypes"], "fiTypes": asked["fiTypes"],
            "DataConsumer": {"id": VUA, "type": "USER"}, "DataProvider": {"id": "ONEMONEYDEMO_AA", "type": "AA"},
            "Customer": {"id": VUA}, "Accounts": accounts,
            "Purpose": {"code": asked["purpose"]["code"], "text": asked["purpose"]["text"]},
            "FIDataRange": range, "DataLife": asked["dataLife"], "Frequency": asked["frequency"]
        });
        let key = if world.forge { &self.other_key } else { &self.aa_key };
        signed_consent::sign(key, payload.to_string().as_bytes()).unwrap()
    }

    fn view(&self, key: &str) -> Value {
        let (state, asked) = {
            let world = self.world.lock().unwrap();
            (world.states[key].clone(), world.consents[key].clone())
        };
        let mut view = json!({"key": key, "state": state, "handle": "handle-1", "accounts": [],
                              "approvalUrl": "https://aa.example/web?handle=handle-1"});
        if state == "active" {
            view["consentId"] = json!("consent-1");
            view["signedConsent"] = json!(self.signed_consent(&asked));
        }
        view
    }
}

/// Two keys under the same name: the Account Aggregator's, and a forger's. Made once, for they take long to make.
static KEYS: OnceLock<(Arc<rs256::SigningKey>, Arc<rs256::SigningKey>)> = OnceLock::new();

type Shared = State<Arc<FakeService>>;

fn refuse(status: u16, code: &str) -> Response {
    let problem = Problem::new(status, code, "Refused by the test");
    (StatusCode::from_u16(status).unwrap(), Json(problem)).into_response()
}

async fn fail_first(State(service): Shared, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    {
        let mut world = service.world.lock().unwrap();
        world.seen.extend_from_slice(&body);
        if world.failures > 0 {
            world.failures -= 1;
            return refuse(503, "internal");
        }
    }
    next.run(Request::from_parts(head, body.into())).await
}

/// The bearer key, and a signature by the device of the session.
async fn prove(State(service): Shared, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let text = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let device = service.world.lock().unwrap().device.clone();
    let proof = (text("signature-input"), text("signature"), device);
    let (Some(signature_input), Some(signature), Some(device)) = proof else {
        return refuse(401, "unauthenticated");
    };
    let headers = SignatureHeaders { content_digest: text("content-digest"), signature_input, signature };
    let parts = RequestParts {
        method: head.method.as_str(),
        authority: head.headers["host"].to_str().unwrap(),
        path: head.uri.path(),
        query: head.uri.query(),
        content_digest: (!body.is_empty()).then(|| ContentDigest::of(&body)),
        fields: &[],
    };
    let resolve = |kid: &Kid| (kid == device.kid()).then_some(&device);
    let verified =
        http_signature::verify(&parts, &headers, resolve, service.clock.now(), Span::from_minutes(5));
    let bearer = text("authorization") == Some(format!("Bearer {BEARER}"));
    if verified.is_err() || !bearer {
        return refuse(401, "unauthenticated");
    }
    next.run(Request::from_parts(head, body.into())).await
}

async fn login(State(service): Shared, Json(body): Json<StartLogin>) -> Json<Value> {
    let mut world = service.world.lock().unwrap();
    world.device = Some(VerifyingKey::from_jwk(&body.device_key).unwrap());
    world.tries = 0;
    let expires = service.clock.now().plus(Span::from_minutes(3));
    Json(json!({"loginId": "07070707-0707-4707-8707-070707070707", "expiresAt": expires}))
}

async fn verify(State(service): Shared, Json(body): Json<VerifyLogin>) -> Response {
    let mut world = service.world.lock().unwrap();
    if world.tries >= 5 {
        return refuse(403, "login_locked");
    }
    if body.otp != OTP {
        world.tries += 1;
        return refuse(403, if world.tries >= 5 { "login_locked" } else { "wrong_otp" });
    }
    let expires = service.clock.now().plus(Span::from_hours(12));
    Json(json!({"sessionKey": BEARER, "vua": VUA, "expiresAt": expires})).into_response()
}

async fn raise(State(service): Shared, Json(body): Json<RaiseAaConsent>) -> Json<Value> {
    let key = body.key.to_string();
    {
        let mut world = service.world.lock().unwrap();
        if !world.consents.contains_key(&key) {
            world.raised.push(key.clone());
            world.consents.insert(key.clone(), serde_json::to_value(&body.parameters).unwrap());
            world.states.insert(key.clone(), "pending".to_owned());
        }
    }
    Json(service.view(&key))
}

async fn consent(
    State(service): Shared,
    Path(key): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let hold = Duration::from_secs(query["hold"].parse().unwrap());
    let changed = service.changed.notified();
    tokio::pin!(changed);
    changed.as_mut().enable();
    let state = service.world.lock().unwrap().states.get(&key).cloned();
    match state {
        None => return refuse(404, "not_found"),
        Some(state) if state == query["since"] => {
            if tokio::time::timeout(hold, changed).await.is_err() {
                service.clock.advance(Span::from_seconds(25));
            }
        }
        Some(_) => {}
    }
    Json(service.view(&key)).into_response()
}

async fn revoke(State(service): Shared, Path(key): Path<String>) -> Json<Value> {
    {
        let mut world = service.world.lock().unwrap();
        world.revoked.push(key.clone());
        world.states.insert(key.clone(), "revoked".to_owned());
    }
    Json(service.view(&key))
}

async fn open(State(service): Shared, headers: HeaderMap, body: Bytes) -> Response {
    assert!(headers.contains_key("idempotency-key"));
    let body: OpenDataSession = serde_json::from_slice(&body).unwrap();
    let material: KeyMaterialForm = serde_json::from_str(body.key_material.get()).unwrap();
    let mut world = service.world.lock().unwrap();
    let known = world.sessions.iter().find(|(_, known)| *known == material).map(|(id, _)| id.clone());
    let id = known.unwrap_or_else(|| {
        let id = format!("session-{}", world.sessions.len());
        world.sessions.push((id.clone(), material));
        id
    });
    Json(json!({"sessionId": id, "state": "open", "undelivered": []})).into_response()
}

async fn session(State(service): Shared, Path(id): Path<String>) -> Json<Value> {
    let world = service.world.lock().unwrap();
    let state = if world.session_state == "never" {
        service.clock.advance(Span::from_seconds(25));
        "open"
    } else {
        world.session_state
    };
    let denied = world.accounts.iter().filter(|account| account.delivery == Delivery::Denied);
    let undelivered: Vec<Value> = denied
        .map(|account| json!({"fipId": account.fip, "linkRefNumber": account.link, "status": "DENIED"}))
        .collect();
    if state == "partial" {
        service.clock.advance(Span::from_minutes(1));
    }
    Json(json!({"sessionId": id, "state": state, "undelivered": undelivered}))
}

async fn fetch(State(service): Shared, Path(id): Path<String>) -> Json<Value> {
    let mut world = service.world.lock().unwrap();
    world.fetches += 1;
    let material = world.sessions.iter().find(|(known, _)| *known == id).unwrap().1.clone();
    let mut accounts = world.accounts.clone();
    if world.extra {
        accounts.push(FakeAccount { link: "link-nobody-asked-for", ..savings() });
    }
    let entries: Vec<Value> = accounts
        .iter()
        .filter(|account| account.delivery != Delivery::Denied)
        .map(|account| entry(&service, account, &material))
        .collect();
    Json(json!({ "entries": entries }))
}
