//! What of a server has to do with epochs: records with sealed fields and item keys, in a folder that is opened as often as
//! a process would be started.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use mpp_core::{Clock, Entropy, ParcelId, Span, Timestamp};
use mpp_crypto::at_rest::SealedField;
use mpp_store::conformance::entropy::CountingEntropy;
use mpp_store::conformance::run;
use mpp_store::{
    EpochFence, EpochKeyFolder, FenceError, FileItemKeys, IndexEntry, ItemKeys, ItemName, ListOrder,
    LiveEpochs, MemoryStore, PostgresStore, Record, RecordKey, RecordKind, RecordReaderExt, Rotation,
    SealedKind, SealedRecord, SledStore, SqliteStore, Store, StoreError, Vault, Version, WriteBatch,
};
use serde::{Deserialize, Serialize};

use crate::postgres_support::FreshDatabase;

/// The kinds of a server's records.
pub(crate) const KINDS: [SealedKind; 2] = [SealedKind::of::<Person>(), SealedKind::of::<Note>()];

/// A record with two sealed fields, one of which may be missing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Person {
    pub(crate) id: u32,
    pub(crate) name: SealedField,
    pub(crate) city: Option<SealedField>,
    pub(crate) visits: u64,
}

impl Record for Person {
    const KIND: RecordKind = RecordKind::new("epoch-person");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        RecordKey::new(self.id)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        Vec::new()
    }
}

impl SealedRecord for Person {
    fn sealed_fields(&mut self) -> Vec<(&'static str, &mut SealedField)> {
        let mut fields = vec![("name", &mut self.name)];
        fields.extend(self.city.as_mut().map(|city| ("city", city)));
        fields
    }
}

/// Another kind.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) id: u32,
    pub(crate) text: SealedField,
}

impl Record for Note {
    const KIND: RecordKind = RecordKind::new("epoch-note");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        RecordKey::new(self.id)
    }
}

impl SealedRecord for Note {
    fn sealed_fields(&mut self) -> Vec<(&'static str, &mut SealedField)> {
        vec![("text", &mut self.text)]
    }
}

/// A clock that stands still until it is moved.
#[derive(Debug, Default)]
pub(crate) struct Hands(AtomicI64);

impl Hands {
    pub(crate) fn advance(&self, span: Span) {
        self.0.fetch_add(i64::try_from(span.as_duration().as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_millis(1_790_000_000_000 + self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// A sort of store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Memory,
    Sqlite,
    Sled,
    Postgres,
}

/// Runs each of these tests, which take a sort of store, on each of these sorts.
macro_rules! on_each {
    ([$($module:ident: $kind:ident),* $(,)?], $tests:tt) => { $( on_each!(@ $module, $kind, $tests); )* };
    (@ $module:ident, $kind:ident, [$($test:ident),* $(,)?]) => {
        mod $module {
            $(#[test]
            fn $test() {
                super::$test(crate::server::Kind::$kind);
            })*
        }
    };
}
pub(crate) use on_each;

/// A store that can be opened again and again.
#[derive(Debug, Clone)]
pub(crate) enum Backend {
    Memory(Arc<MemoryStore>),
    Sqlite,
    /// One process has the folder at a time: all servers of this one share it while it is open.
    Sled(Arc<Mutex<Weak<SledStore>>>),
    Postgres {
        url: String,
        /// Dropped with the last place on it.
        _database: Option<Arc<FreshDatabase>>,
    },
}

impl Backend {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Memory => Self::Memory(Arc::default()),
            Kind::Sqlite => Self::Sqlite,
            Kind::Sled => Self::Sled(Arc::default()),
            Kind::Postgres => {
                let mut database = None;
                run(async { database = Some(FreshDatabase::new().await) });
                let database = database.unwrap();
                Self::Postgres { url: database.url(), _database: Some(Arc::new(database)) }
            }
        }
    }

    /// For another process: what [`Self::told`] takes.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Memory(_) => "memory",
            Self::Sqlite => "sqlite",
            Self::Sled(_) => "sled",
            Self::Postgres { url, .. } => url,
        }
    }

    /// The backend of another process.
    pub(crate) fn told(name: &str) -> Self {
        match name {
            "sqlite" => Self::Sqlite,
            "sled" => Self::Sled(Arc::default()),
            url => Self::Postgres { url: url.to_owned(), _database: None },
        }
    }

    async fn open(&self, folder: &Path) -> Arc<dyn Store> {
        match self {
            Self::Memory(store) => Arc::<MemoryStore>::clone(store),
            Self::Sqlite => Arc::new(SqliteStore::open(folder.join("records.sqlite")).await.unwrap()),
            Self::Sled(open) => {
                let already = open.lock().unwrap_or_else(PoisonError::into_inner).upgrade();
                if let Some(store) = already {
                    return store;
                }
                let store = Arc::new(SledStore::open(folder.join("records.sled")).await.unwrap());
                *open.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(&store);
                store
            }
            Self::Postgres { url, .. } => Arc::new(PostgresStore::open(&url.parse().unwrap()).await.unwrap()),
        }
    }
}

/// Where a server keeps everything. Its keys are random across openings.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) folder: PathBuf,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) clock: Arc<Hands>,
    pub(crate) backend: Backend,
}

impl Place {
    pub(crate) fn at(kind: Kind, folder: &Path) -> Self {
        Self::with_entropy(Backend::new(kind), folder, Arc::new(CountingEntropy::default()))
    }

    /// With entropy that differs from process to process.
    pub(crate) fn random(kind: Kind, folder: &Path) -> Self {
        Self::with_entropy(Backend::new(kind), folder, Arc::new(crate::Random))
    }

    pub(crate) fn with_entropy(backend: Backend, folder: &Path, entropy: Arc<dyn Entropy>) -> Self {
        Self { folder: folder.to_owned(), entropy, clock: Arc::default(), backend }
    }

    pub(crate) fn keys(&self) -> PathBuf {
        self.folder.join("keys")
    }

    /// The files of the epochs that have keys. (A process that was killed while it made a key leaves another name, which
    /// is no key.)
    pub(crate) fn epochs(&self) -> Vec<String> {
        let names = std::fs::read_dir(self.keys()).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
        names.retain(|name| name.starts_with("epoch-") && name.ends_with(".key"));
        names.sort();
        names
    }

    /// As a process that starts.
    pub(crate) async fn open(&self) -> Server {
        let store = self.backend.open(&self.folder).await;
        self.open_with(store).await.unwrap()
    }

    pub(crate) async fn open_with(&self, store: Arc<dyn Store>) -> Result<Server, FenceError> {
        let (entropy, clock) = (&self.entropy, &self.clock);
        let epochs = LiveEpochs::open(EpochKeyFolder::new(self.keys()), &**entropy).unwrap();
        let fence = EpochFence::open(store, epochs.clone(), &**entropy, clock.now()).await?;
        let item_keys =
            FileItemKeys::open(self.keys().join("items"), epochs.clone(), Arc::clone(entropy)).unwrap();
        Ok(Server {
            store: Arc::new(fence),
            vault: Vault::new(epochs.clone(), Arc::clone(entropy)),
            item_keys,
            epochs,
            place: self.clone(),
        })
    }
}

/// A process.
pub(crate) struct Server {
    pub(crate) store: Arc<EpochFence>,
    pub(crate) vault: Vault,
    pub(crate) item_keys: FileItemKeys,
    pub(crate) epochs: LiveEpochs,
    place: Place,
}

pub(crate) fn item(number: u32) -> ItemName {
    let mut bytes = [7; 16];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    ParcelId::from_random(bytes).into()
}

impl Server {
    pub(crate) fn rotation(&self) -> Rotation {
        self.rotation_of(KINDS.to_vec())
    }

    pub(crate) fn rotation_of(&self, kinds: Vec<SealedKind>) -> Rotation {
        let clock: Arc<dyn Clock> = Arc::<Hands>::clone(&self.place.clock);
        let entropy = Arc::clone(&self.place.entropy);
        Rotation::new(Arc::clone(&self.store), self.item_keys.clone(), kinds, clock, entropy)
    }

    pub(crate) fn person(&self, id: u32, visits: u64) -> Person {
        let key = RecordKey::new(id);
        let seal =
            |field, text: String| self.vault.seal(&Vault::place::<Person>(&key, field), &text).unwrap();
        let city = id.is_multiple_of(2).then(|| seal("city", format!("city of {id}")));
        Person { id, name: seal("name", format!("name of {id}")), city, visits }
    }

    pub(crate) async fn insert(&self, person: &Person) -> Result<Version, StoreError> {
        let mut batch = WriteBatch::new();
        batch.insert(person);
        mpp_store::Commit::commit(&*self.store, batch).await
    }

    /// Everybody, with a note and an item each.
    pub(crate) async fn fill(&self, count: u32) {
        let mut batch = WriteBatch::new();
        for id in 1..=count {
            let key = RecordKey::new(id);
            let text = self.vault.seal(&Vault::place::<Note>(&key, "text"), &format!("note {id}")).unwrap();
            batch.insert(&self.person(id, 0)).insert(&Note { id, text });
            self.item_keys.create(&item(id)).await.unwrap();
        }
        mpp_store::Commit::commit(&*self.store, batch).await.unwrap();
    }

    pub(crate) fn check(&self, person: &Person) {
        let key = person.key();
        let open =
            |field, sealed| self.vault.open::<String>(&Vault::place::<Person>(&key, field), sealed).unwrap();
        assert_eq!(open("name", &person.name), format!("name of {}", person.id));
        assert_eq!(person.city.is_some(), person.id.is_multiple_of(2));
        if let Some(city) = &person.city {
            assert_eq!(open("city", city), format!("city of {}", person.id));
        }
    }

    /// Everything that was filled in opens.
    pub(crate) async fn check_all(&self, count: u32) {
        for id in 1..=count {
            let key = RecordKey::new(id);
            self.check(&self.store.get::<Person>(&key).await.unwrap().unwrap().record);
            let note = self.store.get::<Note>(&key).await.unwrap().unwrap().record;
            let text: String = self.vault.open(&Vault::place::<Note>(&key, "text"), &note.text).unwrap();
            assert_eq!(text, format!("note {id}"));
            assert!(self.item_keys.load(&item(id)).await.unwrap().is_some(), "item {id}");
        }
    }

    /// All fields are under the current epoch, and no record was moved in the listings.
    pub(crate) async fn check_current(&self, count: u32) {
        let current = Some(self.epochs.keys().current().id());
        let page = self.store.all::<Person>(ListOrder::OldestFirst, None, 1000).await.unwrap();
        let ids: Vec<_> = page.items.iter().map(|read| read.record.id).collect();
        assert_eq!(ids, (1..=count).collect::<Vec<_>>());
        for read in page.items {
            let mut record = read.record;
            assert!(record.sealed_fields().into_iter().all(|(_, field)| field.epoch() == current));
        }
    }
}
