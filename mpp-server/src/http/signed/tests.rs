use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::post;
use mpp_crypto::SigningKey;
use mpp_testkit::{HandClock, SeededEntropy};
use tower::ServiceExt;

use super::*;

#[derive(Debug)]
struct OneKey(VerifyingKey);

#[async_trait]
impl SignerDirectory<&'static str> for OneKey {
    async fn signer(&self, kid: &Kid) -> Result<Option<KnownSigner<&'static str>>, Refusal> {
        Ok((kid == self.0.kid()).then(|| KnownSigner { key: self.0.clone(), party: "somebody" }))
    }
}

struct World {
    key: SigningKey,
    entropy: SeededEntropy,
    clock: Arc<HandClock>,
    router: Router,
}

impl World {
    fn new() -> Self {
        let entropy = SeededEntropy::new(7);
        let key = SigningKey::generate_p256(&entropy);
        let clock = Arc::new(HandClock::new());
        let callers = SignedCallers::new(Arc::new(OneKey(key.public().clone())), clock.clone());
        let router = Router::new()
            .route(
                "/v1/things",
                post(|caller: SignedCaller<&'static str>, body: String| async move {
                    format!("{}:{}:{body}", caller.party, caller.kid)
                }),
            )
            .layer(from_fn_with_state(callers, require_signature::<&'static str>));
        Self { key, entropy, clock, router }
    }

    fn signed(&self, key: &SigningKey, path: &str, body: &'static str) -> Request {
        let (path_part, query) =
            path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        let parts = RequestParts {
            method: "POST",
            authority: "central.example",
            path: path_part,
            query,
            content_digest: Some(ContentDigest::of(body.as_bytes())),
            fields: &[],
        };
        let nonce = Nonce::generate(&self.entropy);
        let headers = http_signature::sign(&parts, key, self.clock.now(), &nonce).unwrap();
        let mut request = Request::post(path).header("host", "central.example");
        for (name, value) in headers.pairs() {
            request = request.header(name, value);
        }
        request.body(Body::from(body)).unwrap()
    }

    async fn status(&self, request: Request) -> u16 {
        self.router.clone().oneshot(request).await.unwrap().status().as_u16()
    }
}

fn copy(request: &Request, body: &'static str) -> Request {
    let mut copy = Request::post(request.uri().clone()).body(Body::from(body)).unwrap();
    *copy.headers_mut() = request.headers().clone();
    copy
}

#[tokio::test]
async fn a_signed_request_reaches_its_handler_with_body_and_caller() {
    let world = World::new();
    let answer =
        world.router.clone().oneshot(world.signed(&world.key, "/v1/things?a=b", "hello")).await.unwrap();
    let body = to_bytes(answer.into_body(), 1000).await.unwrap();
    assert_eq!(body, format!("somebody:{}:hello", world.key.kid()));
}

#[tokio::test]
async fn a_repeated_signature_is_refused() {
    let world = World::new();
    let request = world.signed(&world.key, "/v1/things", "hello");
    let again = copy(&request, "hello");
    assert_eq!(world.status(request).await, 200);
    assert_eq!(world.status(again).await, 401);
}

#[tokio::test]
async fn another_body_query_or_host_is_refused() {
    let world = World::new();
    let request = world.signed(&world.key, "/v1/things?a=b", "hello");
    assert_eq!(world.status(copy(&request, "hellp")).await, 401);
    let mut other_query = copy(&request, "hello");
    *other_query.uri_mut() = "/v1/things?a=c".parse().unwrap();
    assert_eq!(world.status(other_query).await, 401);
    let mut other_host = copy(&request, "hello");
    other_host.headers_mut().insert("host", "elsewhere.example".parse().unwrap());
    assert_eq!(world.status(other_host).await, 401);
}

#[tokio::test]
async fn a_stale_signature_is_refused() {
    let world = World::new();
    let request = world.signed(&world.key, "/v1/things", "hello");
    world.clock.advance(Span::from_minutes(6));
    assert_eq!(world.status(request).await, 401);
}

#[tokio::test]
async fn an_unknown_key_and_no_signature_are_refused_alike() {
    let world = World::new();
    let stranger = SigningKey::generate_p256(&world.entropy);
    assert_eq!(world.status(world.signed(&stranger, "/v1/things", "hello")).await, 401);
    assert_eq!(world.status(Request::post("/v1/things").body(Body::from("hello")).unwrap()).await, 401);
}
