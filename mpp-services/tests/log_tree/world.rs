//! A store with an audit log, its key, its mark, and those who bring its leaves into a tree.

use std::sync::Arc;

use mpp_crypto::SigningKey;
use mpp_crypto::tlog::{Checkpoint, NoteVerifier, RightEdge, TilePath, TreeHash, leaf_hash};
use mpp_services::log::{
    LogKeeper, LogKeeping, LogMark, LogReport, LogRole, MemoryMark, NewestCheckpoint, check_log,
    newest_checkpoint, tile_bytes,
};
use mpp_store::{AuditLeaf, LeafIndex, MemoryStore, RecordKey, RecordKind, Store, StoredRecord, WriteBatch};
use mpp_testkit::{HandClock, SeededEntropy};

pub(crate) struct World {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) mark: Arc<MemoryMark>,
    pub(crate) clock: Arc<HandClock>,
}

pub(crate) fn key() -> SigningKey {
    SigningKey::generate_ed25519(&SeededEntropy::new(21))
}

impl World {
    pub(crate) fn new() -> Self {
        Self::over(Arc::new(MemoryStore::new()))
    }

    pub(crate) fn over(store: Arc<dyn Store>) -> Self {
        Self { store, mark: Arc::default(), clock: Arc::new(HandClock::new()) }
    }

    /// Another store under the same key and mark, as after a restore.
    pub(crate) fn restored(&self, store: Arc<dyn Store>) -> Self {
        Self { store, mark: Arc::clone(&self.mark), clock: Arc::clone(&self.clock) }
    }

    pub(crate) fn keeper(&self) -> LogKeeper {
        self.keeper_over(Arc::clone(&self.store), Arc::<MemoryMark>::clone(&self.mark))
    }

    pub(crate) fn keeper_over(&self, store: Arc<dyn Store>, mark: Arc<dyn LogMark>) -> LogKeeper {
        let keeping = LogKeeping::new(LogRole::Central, key(), mark).unwrap();
        LogKeeper::new(store, keeping, Arc::<HandClock>::clone(&self.clock))
    }

    pub(crate) async fn write(&self, from: u64, number: u64) {
        self.write_as("leaf", from, number).await;
    }

    pub(crate) async fn write_as(&self, word: &str, from: u64, number: u64) {
        let mut batch = WriteBatch::new();
        for place in from..from + number {
            batch.audit(AuditLeaf::new(text(word, place)));
        }
        self.store.commit(batch).await.unwrap();
    }

    pub(crate) async fn grow(&self) -> u64 {
        let grown = self.keeper().grow().await.unwrap();
        assert_eq!((grown.set_back, grown.raced), (None, false));
        grown.leaves
    }

    pub(crate) async fn newest(&self) -> NewestCheckpoint {
        newest_checkpoint(&*self.store).await.unwrap().unwrap()
    }

    /// The newest checkpoint, whose signature must stand.
    pub(crate) async fn verified(&self, line: u32) -> Checkpoint {
        let newest = self.newest().await;
        let checkpoint = Checkpoint::verified(newest.note.as_bytes(), &verifier(line)).unwrap();
        assert_eq!((checkpoint.size, checkpoint.root), (newest.size, newest.root));
        checkpoint
    }

    pub(crate) async fn tile(&self, path: &str) -> Option<Vec<u8>> {
        tile_bytes(&*self.store, path.parse::<TilePath>().unwrap()).await.unwrap()
    }

    pub(crate) async fn check(&self) -> LogReport {
        let mark = self.mark.read().await.unwrap();
        check_log(&*self.store, key().public(), (mark.as_deref(), None)).await.unwrap()
    }

    pub(crate) async fn findings(&self) -> Vec<String> {
        self.check().await.findings.iter().map(ToString::to_string).collect()
    }

    /// The root over the leaves that are in the store, worked out by themselves.
    pub(crate) async fn root_of_leaves(&self, size: u64) -> TreeHash {
        let mut edge = RightEdge::default();
        while edge.size() < size {
            for leaf in self.store.leaves(LeafIndex(edge.size()), 1000).await.unwrap() {
                if edge.size() < size {
                    edge.push(leaf_hash(leaf.leaf.bytes()), &mut Vec::new());
                }
            }
        }
        edge.root()
    }

    pub(crate) async fn record(&self, kind: &'static str, key: &str) -> StoredRecord {
        let found = self.store.read(RecordKind::new(kind), &RecordKey::from(key)).await.unwrap();
        found.expect(key)
    }
}

pub(crate) fn text(word: &str, place: u64) -> String {
    format!("{{\"v\":1,\"at\":\"2026-01-15T09:30:00Z\",\"action\":\"{word}\",\"number\":{place}}}")
}

pub(crate) fn verifier(line: u32) -> NoteVerifier {
    LogRole::Central.verifier(key().public(), line).unwrap()
}
