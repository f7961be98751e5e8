use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::post;
use mpp_crypto::at_rest::{EpochKey, EpochKeys};
use mpp_store::{Commit, ListQuery, MemoryStore, RecordReader};
use mpp_testkit::{HandClock, SeededEntropy};
use tower::ServiceExt;

use super::*;

struct World {
    store: Arc<MemoryStore>,
    runs: Arc<AtomicU32>,
    clock: Arc<HandClock>,
    answers: Idempotency,
    router: Router,
}

impl World {
    fn new() -> Self {
        let entropy = Arc::new(SeededEntropy::new(3));
        let epochs = EpochKeys::new(EpochKey::generate(entropy.as_ref()), Vec::new());
        let vault = Arc::new(Vault::new(Arc::new(epochs), entropy));
        let store = Arc::new(MemoryStore::new());
        let runs = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&runs);
        let handler = move |body: String| {
            let run = counted.fetch_add(1, Ordering::SeqCst);
            async move {
                if body == "refuse" {
                    return Err(Refusal::not_found());
                }
                Ok((StatusCode::CREATED, format!("secret answer {run}")))
            }
        };
        let clock = Arc::new(HandClock::new());
        let answers = Idempotency::new(store.clone(), vault, clock.clone());
        let router = Router::new()
            .route("/v1/a", post(handler.clone()))
            .route("/v1/b", post(handler))
            .layer(from_fn_with_state(answers.clone(), answer_repeats));
        Self { store, runs, clock, answers, router }
    }

    async fn post(&self, path: &str, key: &str, caller: &str, body: &'static str) -> (u16, String) {
        let mut request = Request::post(path).header("idempotency-key", key).body(Body::from(body)).unwrap();
        request.extensions_mut().insert(CallerName::new(caller));
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status().as_u16();
        let body = to_bytes(answer.into_body(), 10_000).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }
}

#[tokio::test]
async fn a_repeat_gets_the_stored_answer_and_runs_nothing() {
    let world = World::new();
    let first = world.post("/v1/a", "k1", "partner", "x").await;
    assert_eq!(first, (201, "secret answer 0".to_owned()));
    assert_eq!(world.post("/v1/a", "k1", "partner", "x").await, first);
    assert_eq!(world.runs.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn the_same_key_with_another_body_is_a_conflict() {
    let world = World::new();
    world.post("/v1/a", "k1", "partner", "x").await;
    let (status, body) = world.post("/v1/a", "k1", "partner", "y").await;
    assert_eq!(status, 409);
    assert!(body.contains("idempotency_key_reused"));
}

#[tokio::test]
async fn keys_of_other_callers_and_routes_never_meet() {
    let world = World::new();
    world.post("/v1/a", "k1", "partner", "x").await;
    assert_eq!(world.post("/v1/a", "k1", "other", "x").await.1, "secret answer 1");
    assert_eq!(world.post("/v1/b", "k1", "partner", "x").await.1, "secret answer 2");
}

#[tokio::test]
async fn a_refused_request_may_be_tried_again() {
    let world = World::new();
    assert_eq!(world.post("/v1/a", "k1", "partner", "refuse").await.0, 404);
    assert_eq!(world.post("/v1/a", "k1", "partner", "x").await.0, 201);
}

#[tokio::test]
async fn repeats_at_the_same_moment_run_once() {
    let world = World::new();
    let all = futures::future::join_all((0..20).map(|_| world.post("/v1/a", "k1", "partner", "x"))).await;
    assert!(all.iter().all(|answer| answer.1 == "secret answer 0"));
    assert_eq!(world.runs.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn stored_answers_are_sealed() {
    let world = World::new();
    world.post("/v1/a", "k1", "partner", "x").await;
    let page = world.store.list(ListQuery::of(StoredAnswer::KIND)).await.unwrap();
    assert_eq!(page.items.len(), 1);
    assert!(!page.items[0].data.contains("secret"));
    let digest = mpp_crypto::sha256(b"x").to_string();
    assert!(!page.items[0].data.contains(&digest), "what was asked could be found by trying");
}

#[tokio::test]
async fn answers_that_a_program_of_before_stored_are_given() {
    let world = World::new();
    let name = RecordKey::new(mpp_crypto::sha256(b"partner\n/v1/a\nk1"));
    let before = StoredAnswer {
        name: name.as_str().to_owned(),
        request: Some(mpp_crypto::sha256(b"x")),
        status: 201,
        content_type: "text/plain".to_owned(),
        body: world.answers.vault.seal(&place(name.as_str()), &"of before").unwrap(),
        at: world.clock.now(),
    };
    let mut batch = WriteBatch::new();
    batch.insert(&before);
    world.store.commit(batch).await.unwrap();
    assert_eq!(world.post("/v1/a", "k1", "partner", "x").await, (201, "of before".to_owned()));
    assert_eq!(world.post("/v1/a", "k1", "partner", "y").await.0, 409);
}

#[tokio::test]
async fn old_answers_are_forgotten_and_fresh_ones_kept() {
    let world = World::new();
    for number in 0..150 {
        world.post("/v1/a", &format!("old-{number}"), "partner", "x").await;
    }
    world.clock.advance(Span::from_hours(20));
    world.post("/v1/a", "fresh", "partner", "x").await;
    world.clock.advance(Span::from_hours(5));
    assert_eq!(world.answers.forget_old().await.unwrap(), 150);
    assert_eq!(world.answers.forget_old().await.unwrap(), 0);
    let page = world.store.list(ListQuery::of(StoredAnswer::KIND)).await.unwrap();
    assert_eq!(page.items.len(), 1);
}
