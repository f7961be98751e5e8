//! A server's data folder, and the program that looks after it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use futures::TryStreamExt;
use mpp_core::{
    Clock, ConsentId, ConsentRequestId, DataItemId, DeviceId, Entropy, ErasureReceiptId, JobId, ParcelId,
    PartnerId, ProductId, Sha256Digest, Span, Timestamp,
};
use mpp_crypto::at_rest::{FieldPlace, SealedField};
use mpp_server::runtime::{
    ParcelsSection, RecordsSection, Storage, StoragePlace, SystemClock, SystemEntropy, open_storage_at,
};
use mpp_store::{
    AuditLeaf, IndexEntry, IndexName, LeafIndex, LeasedJob, NewJob, ParcelBytesExt, QueueName, Record,
    RecordKey, RecordKind, RecordReaderExt, StoredRecord, Vault, Version, WorkerName, WriteBatch,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tempfile::TempDir;

/// What every parcel holds.
pub(crate) const CONTENT: &[u8] = b"canary-content: what a parcel holds";
const LABEL: &str = "canary-label";

/// How the program ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) out: Vec<u8>,
    pub(crate) err: String,
}

impl Outcome {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{} {}", self.err, String::from_utf8_lossy(&self.out));
        let text = String::from_utf8_lossy(&self.out);
        serde_json::from_str(&text).unwrap_or_else(|_| json!({"text": text}))
    }
}

/// Runs `mpp` and asks for JSON.
pub(crate) fn mpp(arguments: &[&str]) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mpp"));
    let has_json = arguments.contains(&"--json");
    let ended = command.args(arguments).args((!has_json).then_some("--json")).output().unwrap();
    let err = String::from_utf8(ended.stderr).unwrap();
    Outcome { code: ended.status.code().unwrap(), out: ended.stdout, err }
}

pub(crate) fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(work)
}

pub(crate) fn parcel(number: u8) -> ParcelId {
    ParcelId::from_random([number; 16])
}

/// The parcel that is a document at the client server.
const DOCUMENT: u8 = 77;

/// A record as central writes it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CentralParcel {
    parcel: Value,
    device: DeviceId,
    product: ProductId,
    case_ref: String,
    kind: String,
    upload: Option<Value>,
    sender: Option<Value>,
    acknowledgement: Option<Value>,
    receipt: Option<Value>,
}

impl CentralParcel {
    fn of(number: u8) -> Self {
        let description = json!({
            "sizeBytes": CONTENT.len(), "sha256": mpp_crypto::sha256(CONTENT), "contentType": "application/xml"});
        let parcel = json!({
            "id": parcel(number), "consent": ConsentId::from_random([1; 16]),
            "request": ConsentRequestId::from_random([2; 16]), "partner": PartnerId::from_random([3; 16]),
            "source": "account-aggregator", "kid": "envelope-key-1", "description": description,
            "state": {"state": "available", "at": "2026-01-15T09:30:00Z"}, "expiresAt": "2026-01-18T09:30:00Z"});
        Self {
            parcel,
            device: DeviceId::from_random([4; 16]),
            product: ProductId::from_random([5; 16]),
            case_ref: "LOAN-1".to_owned(),
            kind: "financial_information".to_owned(),
            upload: None,
            sender: None,
            acknowledgement: None,
            receipt: None,
        }
    }
}

impl Record for CentralParcel {
    const KIND: RecordKind = RecordKind::new("parcel");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        self.parcel["id"].as_str().unwrap().into()
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        let of = |name| IndexEntry::shared(IndexName::new(name), self.parcel[name].as_str().unwrap());
        let kept = IndexEntry::shared(IndexName::new("kept"), "yes");
        [of("consent"), of("partner")].into_iter().chain(self.receipt.is_none().then_some(kept)).collect()
    }
}

/// A record as the client server writes it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientItem {
    item: DataItemId,
    parcel: ParcelId,
    consent: ConsentId,
    request: ConsentRequestId,
    case_ref: String,
    source: String,
    content_type: String,
    sha256: Sha256Digest,
    size_bytes: u64,
    received_at: Timestamp,
    storage: ParcelId,
    label: SealedField,
    state: Value,
}

fn document() -> DataItemId {
    DataItemId::from_random([DOCUMENT; 16])
}

impl Record for ClientItem {
    const KIND: RecordKind = RecordKind::new("client-item");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        RecordKey::new(self.item)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        // those that the client server would write
        let known = mpp_services::client::KINDS.into_iter().find(|known| known.kind() == Self::KIND);
        let data = serde_json::to_string(self).unwrap();
        let version = Version::from_number(1);
        let stored = StoredRecord { kind: Self::KIND, key: self.key(), version, form: Self::FORM, data };
        known.unwrap().entries(&stored).unwrap().unwrap()
    }
}

/// A data folder, and what a configuration says is elsewhere.
pub(crate) struct Server {
    folder: PathBuf,
    around: Option<TempDir>,
    elsewhere: Elsewhere,
}

/// The two tables of a configuration.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Elsewhere {
    records: RecordsSection,
    parcels: ParcelsSection,
}

impl Server {
    /// With these parcels at central and a document at the client server: one folder stands for both.
    pub(crate) fn with_parcels(numbers: &[u8]) -> Self {
        Self::with_parcels_and(numbers, "")
    }

    /// The same, with these tables in the configuration.
    pub(crate) fn with_parcels_and(numbers: &[u8], tables: &str) -> Self {
        let this = Self::nowhere(tables);
        run(async {
            let data = this.open().await;
            for number in numbers {
                data.put_parcel(*number).await;
            }
            data.put_document().await;
            data.close().await;
        });
        this
    }

    /// A place where nothing is yet, with these tables in its configuration.
    pub(crate) fn nowhere(tables: &str) -> Self {
        let around = tempfile::tempdir().unwrap();
        let elsewhere = toml::from_str(tables).unwrap();
        let this = Self { folder: around.path().join("data"), around: Some(around), elsewhere };
        let line = format!("data = {:?}\n", this.path());
        fs::write(this.beside("server.toml"), line + tables).unwrap();
        this
    }

    pub(crate) fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), around: None, elsewhere: Elsewhere::default() }
    }

    pub(crate) fn path(&self) -> &str {
        self.folder.to_str().unwrap()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn beside(&self, name: &str) -> String {
        self.around.as_ref().unwrap().path().join(name).to_str().unwrap().to_owned()
    }

    /// As a server opens it.
    pub(crate) async fn open(&self) -> Data {
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let place = StoragePlace {
            folder: &self.folder,
            records: &self.elsewhere.records,
            parcels: &self.elsewhere.parcels,
        };
        Data(open_storage_at(place, &SystemClock, entropy).await.unwrap())
    }
}

/// An open data folder.
pub(crate) struct Data(Storage);

impl Data {
    /// Writes bytes that no record speaks of.
    pub(crate) async fn put_stray(&self, number: u8) {
        self.write(number).await;
    }

    pub(crate) async fn put_parcel(&self, number: u8) {
        let mut batch = WriteBatch::new();
        batch.insert(&CentralParcel::of(number)).audit(AuditLeaf::new(vec![number]));
        self.0.store.commit(batch).await.unwrap();
        self.write(number).await;
    }

    async fn put_document(&self) {
        let label = self.0.vault.seal(&label_place(&RecordKey::new(document())), &LABEL).unwrap();
        let record = ClientItem {
            item: document(),
            parcel: parcel(1),
            consent: ConsentId::from_random([1; 16]),
            request: ConsentRequestId::from_random([2; 16]),
            case_ref: "LOAN-1".to_owned(),
            source: "account-aggregator".to_owned(),
            content_type: "application/xml".to_owned(),
            sha256: mpp_crypto::sha256(CONTENT),
            size_bytes: 35,
            received_at: "2026-01-15T09:30:00Z".parse().unwrap(),
            storage: parcel(DOCUMENT),
            label,
            state: json!({"state": "held"}),
        };
        let mut batch = WriteBatch::new();
        batch.insert(&record);
        self.0.store.commit(batch).await.unwrap();
        self.write(DOCUMENT).await;
    }

    async fn write(&self, number: u8) {
        let content = futures::stream::iter([Ok::<_, std::io::Error>(CONTENT.into())]);
        self.0.parcels.write(parcel(number), content).await.unwrap();
    }

    pub(crate) async fn read_parcel(&self, number: u8) -> Vec<u8> {
        let chunks = self.0.parcels.read(parcel(number), 0).await.unwrap();
        chunks.try_collect::<Vec<_>>().await.unwrap().concat()
    }

    pub(crate) async fn read_label(&self) -> String {
        let key = RecordKey::new(document());
        let item = self.0.store.get::<ClientItem>(&key).await.unwrap().unwrap();
        self.0.vault.open(&label_place(&key), &item.record.label).unwrap()
    }

    /// Erases a parcel and says so.
    pub(crate) async fn remove_parcel(&self, number: u8) {
        self.0.parcels.remove(parcel(number)).await.unwrap();
        let key = RecordKey::new(parcel(number));
        let mut found = self.0.store.get::<CentralParcel>(&key).await.unwrap().unwrap();
        let (id, at) = (ErasureReceiptId::from_random([number; 16]), "2026-01-16T09:30:00Z");
        found.record.parcel["state"] =
            json!({"state": "erased", "receipt": id, "cause": "acknowledged", "at": at});
        let signed =
            ["{\"alg\":\"EdDSA\",\"kid\":\"central-1\",\"typ\":\"mpp-erasure+jwt\"}", "{}", "signature"]
                .map(|part| base64_simd::URL_SAFE_NO_PAD.encode_to_string(part));
        found.record.receipt = Some(json!({"id": id, "signed": signed.join("."), "at": at}));
        let mut batch = WriteBatch::new();
        batch.update(found.version, &found.record);
        self.0.store.commit(batch).await.unwrap();
    }

    /// Enqueues work and begins it: it is in somebody's hands.
    pub(crate) async fn begin_work(&self, number: u8) -> LeasedJob {
        let (id, now) = (JobId::from_random([number; 16]), SystemClock.now());
        let job = NewJob::new(id, QueueName::new("deliveries"), &number, now).unwrap();
        let mut batch = WriteBatch::new();
        let until = now.plus(Span::from_hours(1));
        let begun = batch.begin(job, WorkerName::new("worker-1"), until);
        self.0.store.commit(batch).await.unwrap();
        begun
    }

    /// Finishes work together with an entry of the audit log; the version the commit has.
    pub(crate) async fn finish_work(&self, job: &LeasedJob) -> Version {
        let mut batch = WriteBatch::new();
        batch.complete(job).audit(AuditLeaf::new("finished"));
        self.0.store.commit(batch).await.unwrap()
    }

    /// The audit log, with the number of each leaf.
    pub(crate) async fn leaves(&self) -> Vec<(u64, Vec<u8>)> {
        let leaves = self.0.store.leaves(LeafIndex(0), 1000).await.unwrap();
        leaves.into_iter().map(|found| (found.index.0, found.leaf.bytes().to_vec())).collect()
    }

    /// Whether a parcel can still be read.
    pub(crate) async fn is_readable(&self, number: u8) -> bool {
        match self.0.parcels.read(parcel(number), 0).await {
            Ok(chunks) => chunks.try_collect::<Vec<_>>().await.is_ok(),
            Err(_) => false,
        }
    }

    /// As a server ends: by dropping everything.
    pub(crate) async fn close(self) {
        drop(self);
    }
}

fn label_place(key: &RecordKey) -> FieldPlace<'_> {
    Vault::place::<ClientItem>(key, "label")
}

pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

pub(crate) fn copy_folder(from: &Path, to: &Path) {
    for file in files_below(from) {
        let target = to.join(file.strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(&file, &target).unwrap();
    }
}
