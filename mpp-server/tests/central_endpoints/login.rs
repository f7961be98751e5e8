//! A provider of the test's own making, within the process: it says what a test wants it to say, true or not.

use std::sync::{Arc, Mutex};

use axum::extract::{Form, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{HeaderMap, StatusCode};
use mpp_core::Clock;
use mpp_crypto::{SigningKey, jws, sha256};
use mpp_server::central::{SecondFactorSection, SingleSignOnSection};
use mpp_server::runtime::SecretSource;
use mpp_testkit::{HandClock, SeededEntropy};
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) const AUTHORITY: &str = "login.localhost";
pub(crate) const ISSUER: &str = "http://login.localhost";
pub(crate) const CLIENT: &str = "mpp-central";
pub(crate) const SECRET: &str = "the-secret-of-the-registration";
pub(crate) const ADDRESS: &str = "asha@kaveri.example";

/// What it does next.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The only code it takes, once.
    pub(crate) code: Option<String>,
    /// The nonce it was asked with.
    pub(crate) nonce: String,
    /// The challenge it was asked with.
    pub(crate) challenge: String,
    /// Claims in place of or beside the usual ones; `null` takes one away.
    pub(crate) claims: Value,
    /// What it says when asked about a person; nothing is refused.
    pub(crate) about: Value,
    /// Whom it says it is.
    pub(crate) issuer: String,
    /// Signs with this key.
    pub(crate) key: SigningKey,
    /// Shows this key.
    pub(crate) shown: SigningKey,
    /// Has a place to sign out at.
    pub(crate) ends_sessions: bool,
    /// Answers with an error of its own.
    pub(crate) broken: bool,
    /// How often it was asked for its keys.
    pub(crate) asked_for_keys: usize,
}

/// The provider.
#[derive(Debug, Clone)]
pub(crate) struct Login {
    pub(crate) plan: Arc<Mutex<Plan>>,
    clock: Arc<HandClock>,
}

#[derive(Debug, Deserialize)]
struct Exchange {
    grant_type: String,
    code: String,
    redirect_uri: String,
    code_verifier: String,
}

impl Login {
    pub(crate) fn new(clock: &Arc<HandClock>) -> Self {
        let key = || SigningKey::generate_p256(&SeededEntropy::new(41));
        let plan = Plan {
            code: None,
            nonce: String::new(),
            challenge: String::new(),
            claims: json!({}),
            about: Value::Null,
            issuer: ISSUER.to_owned(),
            key: key(),
            shown: key(),
            ends_sessions: false,
            broken: false,
            asked_for_keys: 0,
        };
        Self { plan: Arc::new(Mutex::new(plan)), clock: Arc::clone(clock) }
    }

    /// The registration of a server here, with its secret in this file.
    pub(crate) fn section(secret: &std::path::Path) -> SingleSignOnSection {
        std::fs::write(secret, format!("{SECRET}\n")).unwrap();
        SingleSignOnSection {
            issuer: ISSUER.parse().unwrap(),
            client_id: CLIENT.into(),
            client_secret: SecretSource::File(secret.to_owned()),
            name: "Kaveri account".into(),
            address: Some("https://central.example/".parse().unwrap()),
            after_sign_out: Some("https://central.example/portal/sign-in".parse().unwrap()),
            claim: "email".into(),
            second_factor: SecondFactorSection { amr: vec!["mfa".into()], acr: Vec::new() },
        }
    }

    pub(crate) fn router(&self) -> Router {
        Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .route("/me", get(about))
            .with_state(self.clone())
    }

    /// What happens when somebody signs in there: the question is looked at, and the code to come back with is made.
    pub(crate) fn signs_in(&self, address: &url::Url) -> String {
        let asked = |name: &str| {
            let pair = address.query_pairs().find(|(found, _)| found == name);
            pair.unwrap_or_else(|| panic!("{name} is missing")).1.into_owned()
        };
        assert_eq!(&address[..url::Position::AfterPath], "http://login.localhost/authorize");
        assert_eq!(asked("redirect_uri"), "https://central.example/portal/single-sign-on");
        let fixed = [asked("response_type"), asked("client_id"), asked("scope")];
        assert_eq!(fixed, ["code", CLIENT, "openid email"]);
        assert_eq!(asked("code_challenge_method"), "S256");
        let mut plan = self.plan.lock().unwrap();
        let code = format!("code-{}", asked("state"));
        (plan.nonce, plan.challenge, plan.code) =
            (asked("nonce"), asked("code_challenge"), Some(code.clone()));
        code
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Plan)) {
        change(&mut self.plan.lock().unwrap());
    }
}

async fn metadata(State(login): State<Login>) -> Response {
    let plan = login.plan.lock().unwrap();
    if plan.broken {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let mut said = json!({
        "issuer": plan.issuer,
        "authorization_endpoint": format!("{ISSUER}/authorize"),
        "token_endpoint": format!("{ISSUER}/token"),
        "userinfo_endpoint": format!("{ISSUER}/me"),
        "jwks_uri": format!("{ISSUER}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    });
    if plan.ends_sessions {
        said["end_session_endpoint"] = format!("{ISSUER}/end").into();
    }
    Json(said).into_response()
}

async fn keys(State(login): State<Login>) -> Json<Value> {
    let mut plan = login.plan.lock().unwrap();
    plan.asked_for_keys += 1;
    let mut jwk = serde_json::to_value(plan.shown.public().to_jwk()).unwrap();
    jwk["kid"] = plan.shown.kid().to_string().into();
    Json(json!({ "keys": [jwk] }))
}

async fn token(State(login): State<Login>, headers: HeaderMap, Form(asked): Form<Exchange>) -> Response {
    let mut plan = login.plan.lock().unwrap();
    let proof = base64_simd::STANDARD.encode_to_string(format!("{CLIENT}:{SECRET}"));
    let proved = headers.get("authorization").is_some_and(|value| *value == format!("Basic {proof}"));
    if !proved {
        return (StatusCode::UNAUTHORIZED, Json(json!({ "error": "invalid_client" }))).into_response();
    }
    let digest = sha256(asked.code_verifier.as_bytes());
    let challenge = base64_simd::URL_SAFE_NO_PAD.encode_to_string(digest.as_bytes());
    let fits = asked.grant_type == "authorization_code"
        && asked.redirect_uri == "https://central.example/portal/single-sign-on"
        && challenge == plan.challenge
        && plan.code.take_if(|code| *code == asked.code).is_some();
    if !fits {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))).into_response();
    }
    let now = login.clock.now().as_unix_seconds();
    let mut claims = json!({
        "iss": ISSUER, "sub": "subject-1", "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": plan.nonce,
        "email": ADDRESS, "email_verified": true, "amr": ["pwd", "mfa"],
    });
    for (name, value) in plan.claims.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    let token = jws::sign(&plan.key, "JWT", &claims).unwrap().as_str().to_owned();
    Json(json!({ "access_token": "token-1", "token_type": "Bearer", "id_token": token })).into_response()
}

async fn about(State(login): State<Login>, headers: HeaderMap) -> Response {
    let about = login.plan.lock().unwrap().about.clone();
    if about.is_null() || headers.get("authorization").is_none_or(|value| value != "Bearer token-1") {
        return StatusCode::FORBIDDEN.into_response();
    }
    Json(about).into_response()
}
