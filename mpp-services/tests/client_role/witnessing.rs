//! The client server as a witness of central's audit log.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use mpp_crypto::jws::{self, CompactJws};
use mpp_crypto::tlog::TilePath;
use mpp_crypto::{SigningKey, VerifyingKey};
use mpp_services::client::{CentralLog, ClientError, ClientService, GatewayError, LogBreachKind, Witnessed};
use mpp_services::log::{
    LOG_KEY_TYP, LogKeeper, LogKeeping, LogMark, LogRole, MemoryMark, newest_checkpoint, tile_bytes,
};
use mpp_store::{AuditLeaf, LeafIndex, MemoryStore, Store, WriteBatch};
use mpp_testkit::{HandClock, SeededEntropy};
use serde_json::{Value, json};

use crate::world::World;

/// Central's log: a real one, in a store that can be exchanged.
#[derive(Debug)]
struct FakeLog {
    statement: CompactJws,
    key_seed: u64,
    store: Mutex<Arc<dyn Store>>,
    mark: Arc<MemoryMark>,
    withholds_tiles: Mutex<bool>,
}

fn log_key(seed: u64) -> SigningKey {
    SigningKey::generate_ed25519(&SeededEntropy::new(seed))
}

fn stated(signing: &SigningKey, key: &VerifyingKey) -> CompactJws {
    jws::sign(signing, LOG_KEY_TYP, &json!({ "v": 1, "key": key.to_jwk() })).unwrap()
}

impl FakeLog {
    fn of(world: &World, key_seed: u64) -> Self {
        Self {
            statement: stated(&world.central.signing, log_key(key_seed).public()),
            key_seed,
            store: Mutex::new(Arc::new(MemoryStore::new())),
            mark: Arc::default(),
            withholds_tiles: Mutex::new(false),
        }
    }

    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store.lock().unwrap())
    }

    /// Writes leaves and signs the tree over them.
    async fn write(&self, word: &str, number: usize) {
        let mut batch = WriteBatch::new();
        for place in 0..number {
            batch.audit(AuditLeaf::new(format!("{word} {place}")));
        }
        self.store().commit(batch).await.unwrap();
        self.sign(Arc::<MemoryMark>::clone(&self.mark)).await;
    }

    async fn sign(&self, mark: Arc<dyn LogMark>) {
        let keeping = LogKeeping::new(LogRole::Central, log_key(self.key_seed), mark).unwrap();
        LogKeeper::new(self.store(), keeping, Arc::new(HandClock::new())).grow().await.unwrap();
    }

    /// Puts another log in its place, under the same key, as an operator would who wants nobody to notice.
    async fn rewrite(&self, leaves: &[(&str, usize)]) {
        *self.store.lock().unwrap() = Arc::new(MemoryStore::new());
        for (word, number) in leaves {
            let mut batch = WriteBatch::new();
            for place in 0..*number {
                batch.audit(AuditLeaf::new(format!("{word} {place}")));
            }
            self.store().commit(batch).await.unwrap();
        }
        self.sign(Arc::new(MemoryMark::default())).await;
    }
}

#[async_trait]
impl CentralLog for FakeLog {
    async fn key(&self) -> Result<Option<CompactJws>, GatewayError> {
        Ok(Some(self.statement.clone()))
    }

    async fn checkpoint(&self) -> Result<Vec<u8>, GatewayError> {
        let newest = newest_checkpoint(&*self.store()).await.unwrap();
        newest.map(|newest| newest.note.into_bytes()).ok_or_else(gone)
    }

    async fn tile(&self, path: TilePath) -> Result<Vec<u8>, GatewayError> {
        if *self.withholds_tiles.lock().unwrap() {
            return Err(gone());
        }
        tile_bytes(&*self.store(), path).await.unwrap().ok_or_else(gone)
    }
}

fn gone() -> GatewayError {
    GatewayError::Refused { status: 404, code: "not_found".to_owned() }
}

async fn newest_leaf(world: &World) -> Value {
    let size = world.store.size().await.unwrap();
    let leaf = world.store.leaves(LeafIndex(size - 1), 1).await.unwrap().remove(0);
    serde_json::from_slice(leaf.leaf.bytes()).unwrap()
}

/// A server that has seen 300 leaves.
async fn seen_300() -> (World, ClientService, FakeLog) {
    let world = World::new();
    let server = world.ready().await.server;
    let log = FakeLog::of(&world, 41);
    assert_eq!(server.witness_central(&log).await.unwrap(), Witnessed::Nothing);
    log.write("leaf", 300).await;
    assert_eq!(server.witness_central(&log).await.unwrap(), Witnessed::Continued(300));
    (world, server, log)
}

async fn assert_breach(world: &World, server: &ClientService, log: &FakeLog, kind: LogBreachKind) {
    assert_eq!(server.witness_central(log).await.unwrap(), Witnessed::Breached(kind));
    let found = server.central_log().await.unwrap().unwrap().findings;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].kind, kind);
    assert_ne!(found[0].kept, found[0].came);
    let leaf = newest_leaf(world).await;
    assert_eq!((&leaf["action"], &leaf["reason"]), (&"central_log.breached".into(), &kind.code().into()));
    assert_eq!(leaf["evidence"], mpp_crypto::sha256(found[0].came.as_bytes()).to_string());
    assert_eq!(server.at_a_glance().await.unwrap().central_log_findings, 1);
}

#[tokio::test]
async fn a_log_that_is_only_continued_is_followed() {
    let (world, server, log) = seen_300().await;
    world.clock.advance(mpp_core::Span::from_minutes(5));
    assert_eq!(server.witness_central(&log).await.unwrap(), Witnessed::Continued(300));
    let standing = server.central_log().await.unwrap().unwrap();
    assert!(standing.checked_at > standing.seen_at);
    for more in [1, 255, 300, 70_000] {
        log.write("more", more).await;
        assert!(matches!(server.witness_central(&log).await.unwrap(), Witnessed::Continued(_)), "{more}");
    }
    let standing = server.central_log().await.unwrap().unwrap();
    assert_eq!((standing.size, standing.findings), (70_856, Vec::new()));
}

#[tokio::test]
async fn a_rewritten_log_is_noticed_longer_or_as_long() {
    for more in [0, 50] {
        let (world, server, log) = seen_300().await;
        log.rewrite(&[("leaf", 100), ("forged", 200 + more)]).await;
        assert_breach(&world, &server, &log, LogBreachKind::Rewritten).await;
        // it goes on from what is there now, and the next breach is another one
        assert!(matches!(server.witness_central(&log).await.unwrap(), Witnessed::Continued(_)));
        log.rewrite(&[("leaf", 400)]).await;
        assert_eq!(
            server.witness_central(&log).await.unwrap(),
            Witnessed::Breached(LogBreachKind::Rewritten)
        );
        assert_eq!(server.central_log().await.unwrap().unwrap().findings.len(), 2);
    }
}

#[tokio::test]
async fn a_log_that_became_smaller_is_noticed() {
    let (world, server, log) = seen_300().await;
    log.rewrite(&[("leaf", 299)]).await;
    assert_breach(&world, &server, &log, LogBreachKind::Smaller).await;
}

#[tokio::test]
async fn a_restore_that_central_itself_noticed_is_told_apart() {
    let (world, server, log) = seen_300().await;
    *log.store.lock().unwrap() = Arc::new(MemoryStore::new());
    log.write("leaf", 200).await;
    assert_breach(&world, &server, &log, LogBreachKind::SetBack).await;
    log.write("more", 500).await;
    assert_eq!(server.witness_central(&log).await.unwrap(), Witnessed::Continued(701));
}

#[tokio::test]
async fn another_key_is_noticed() {
    let (world, server, _) = seen_300().await;
    let other = FakeLog::of(&world, 42);
    other.write("leaf", 300).await;
    assert_breach(&world, &server, &other, LogBreachKind::AnotherKey).await;
}

#[tokio::test]
async fn proofs_that_are_withheld_are_noticed_once_and_asked_for_again() {
    let (world, server, log) = seen_300().await;
    log.write("more", 300).await;
    *log.withholds_tiles.lock().unwrap() = true;
    assert_breach(&world, &server, &log, LogBreachKind::Unproven).await;
    let kept = server.central_log().await.unwrap().unwrap();
    assert_eq!(kept.size, 300, "nothing unproven is gone on from");
    assert_eq!(server.witness_central(&log).await.unwrap(), Witnessed::Breached(LogBreachKind::Unproven));
    assert_eq!(server.central_log().await.unwrap().unwrap(), kept);
    *log.withholds_tiles.lock().unwrap() = false;
    assert_eq!(server.witness_central(&log).await.unwrap(), Witnessed::Continued(600));
}

#[tokio::test]
async fn what_central_did_not_sign_is_no_checkpoint_of_its_log() {
    let (world, server, log) = seen_300().await;
    let stranger = SigningKey::generate_p256(&SeededEntropy::new(99));
    let forged = FakeLog { statement: stated(&stranger, log_key(41).public()), ..FakeLog::of(&world, 41) };
    forged.write("leaf", 10).await;
    let refused = server.witness_central(&forged).await.unwrap_err();
    assert!(matches!(refused, ClientError::Central(GatewayError::Answer)), "{refused}");
    let forged = FakeLog { key_seed: 42, ..FakeLog::of(&world, 41) };
    forged.write("leaf", 10).await;
    let refused = server.witness_central(&forged).await.unwrap_err();
    assert!(matches!(refused, ClientError::Central(GatewayError::Answer)), "{refused}");
    assert_eq!(server.witness_central(&log).await.unwrap(), Witnessed::Continued(300), "nothing has changed");
    let before = world.server().await;
    assert!(before.central_log().await.unwrap().is_some(), "another process of the server knows it");
    let nobody = World::new();
    let refused = nobody.server().await.witness_central(&FakeLog::of(&nobody, 41)).await;
    assert!(matches!(refused, Err(ClientError::NotEnrolled)));
}
