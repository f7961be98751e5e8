//! A running server, and phones that call it.

use std::sync::Arc;

use mpp_api::private_share::{PrivateShareClient, StartLogin, VerifyLogin};
use mpp_api::{Anonymous, Authorization, AuthorizationError, Caller, Outgoing};
use mpp_core::Clock;
use mpp_crypto::SigningKey;
use mpp_crypto::http_signature::{ContentDigest, Nonce, RequestParts, sign};
use mpp_server::private_share::{PrivateShareConfig, PrivateShareWorld, start_in};
use mpp_server::runtime::Running;
use mpp_testkit::{HandClock, SeededEntropy};
use mpp_transport::{
    ConnectionSettings, HeaderMap, HeaderName, HeaderValue, LoopbackTransport, ReqwestTransport, Transport,
};
use url::Position;

use crate::aa::{CALLBACK_KEY, ENTITY, Outside};
use crate::witness::watched;

/// The bearer key of whoever runs the service.
pub(crate) const OPERATOR_KEY: &str = "operator-key-for-tests";

pub(crate) struct Bench {
    pub(crate) outside: Arc<Outside>,
    pub(crate) running: Running,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) entropy: Arc<SeededEntropy>,
    pub(crate) clock: Arc<HandClock>,
    _folder: tempfile::TempDir,
}

impl Bench {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(HandClock::new());
        let entropy = Arc::new(SeededEntropy::new(3));
        let outside = Outside::new(Arc::clone(&clock));
        let network = LoopbackTransport::new().with("outside.test", loopback(&outside));
        let world = PrivateShareWorld {
            clock: clock.clone(),
            entropy: entropy.clone(),
            transport: Arc::new(network),
        };
        let running = start_in(config(folder.path(), &outside), world).await.unwrap();
        let transport = Arc::new(ReqwestTransport::new(ConnectionSettings::default()).unwrap());
        let transport = watched("private-share", transport);
        Self { outside, running, transport, entropy, clock, _folder: folder }
    }

    pub(crate) fn caller(&self) -> Caller {
        let base = self.running.base_url().clone();
        Caller::new(base, Arc::clone(&self.transport), Arc::new(Anonymous))
    }

    /// Logs a phone in and gives a client with its proof.
    pub(crate) async fn phone(&self, mobile: &str) -> PrivateShareClient {
        let (device, session) = self.log_in(mobile).await;
        self.client(device, session)
    }

    pub(crate) async fn log_in(&self, mobile: &str) -> (SigningKey, String) {
        let device = SigningKey::generate_p256(&*self.entropy);
        let client = PrivateShareClient::new(self.caller());
        let start = StartLogin { mobile: mobile.parse().unwrap(), device_key: device.public().to_jwk() };
        let started = client.start_login(&format!("start-{mobile}"), &start).await.unwrap();
        let verify = VerifyLogin { otp: self.outside.last_code() };
        let key = format!("verify-{mobile}");
        let session = client.verify_login(&key, started.login_id, &verify).await.unwrap();
        let again = client.verify_login(&key, started.login_id, &verify).await.unwrap();
        assert_eq!(session, again, "a repeat gets the same answer");
        (device, session.session_key)
    }

    pub(crate) fn client(&self, device: SigningKey, session: String) -> PrivateShareClient {
        let (clock, entropy) = (Arc::clone(&self.clock), Arc::clone(&self.entropy));
        let proof = Proof { device, session, clock, entropy };
        PrivateShareClient::new(self.caller().as_party(Arc::new(proof)))
    }
}

fn config(folder: &std::path::Path, outside: &Outside) -> PrivateShareConfig {
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let jwk = serde_json::to_value(outside.key.public().to_jwk()).unwrap();
    let text = format!(
        r#"
        listen = "127.0.0.1:0"
        data = "{data}"
        [our]
        entity = "MPP_PRIVATE_SHARE"
        [account_aggregator]
        rebit = {{ entity = "{ENTITY}", base_url = "http://outside.test/aa/v2" }}
        handle = "onemoney"
        approval_page = "http://outside.test/aa/web"
        api_key = {{ file = "{api_key}" }}
        callback_key = {{ file = "{callback_key}" }}
        keys = [{{ kid = "aa-key-1", kty = "RSA", n = {n}, e = {e} }}]
        [[operator.keys]]
        name = "tests"
        sha256 = "{operator}"
        [sms]
        base_url = "http://outside.test/sms"
        "#,
        data = folder.join("data").display(),
        operator = mpp_crypto::sha256(OPERATOR_KEY.as_bytes()),
        api_key = file("api.key", "our-key"),
        callback_key = file("callback.key", CALLBACK_KEY),
        n = jwk["n"],
        e = jwk["e"],
    );
    toml::from_str(&text).unwrap()
}

fn loopback(
    outside: &Arc<Outside>,
) -> impl tower::Service<
    http::Request<mpp_transport::Body>,
    Response = axum::response::Response,
    Error = std::convert::Infallible,
    Future = impl Send,
> + Clone
+ Send
+ Sync
+ 'static {
    use tower::ServiceExt;
    let into_axum = |request: http::Request<mpp_transport::Body>| request.map(axum::body::Body::new);
    outside.router().map_request(into_axum)
}

#[derive(Debug)]
struct Proof {
    device: SigningKey,
    session: String,
    clock: Arc<HandClock>,
    entropy: Arc<SeededEntropy>,
}

impl Authorization for Proof {
    fn headers(&self, outgoing: Outgoing<'_>) -> Result<HeaderMap, AuthorizationError> {
        let parts = RequestParts {
            method: outgoing.method.as_str(),
            authority: &outgoing.url[Position::BeforeHost..Position::AfterPort],
            path: outgoing.url.path(),
            query: outgoing.url.query(),
            content_digest: (!outgoing.body.is_empty()).then(|| ContentDigest::of(outgoing.body)),
            fields: &[],
        };
        let nonce = Nonce::generate(&*self.entropy);
        let signed = sign(&parts, &self.device, self.clock.now(), &nonce).unwrap();
        let mut headers = HeaderMap::new();
        for (name, value) in signed.pairs() {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        headers.insert("authorization", format!("Bearer {}", self.session).parse().unwrap());
        Ok(headers)
    }
}
