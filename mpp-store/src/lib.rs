#![doc = include_str!("../README.md")]

mod audited;
mod batch;
#[cfg(feature = "conformance")]
pub mod conformance;
mod epochs;
mod error;
mod extensions;
mod fields;
mod found_by;
mod inspection;
mod item_keys;
mod job;
#[cfg(feature = "memory")]
mod memory;
mod page;
mod parcel_bytes;
pub mod port;
#[cfg(feature = "postgres")]
mod postgres;
mod private_file;
mod record;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod rows;
#[cfg(feature = "sled")]
mod sled;
mod snapshot;
#[cfg(feature = "sqlite")]
mod sqlite;
mod usage;
mod vault;

#[cfg(feature = "sled")]
pub use self::sled::SledStore;
pub use batch::{AuditLeaf, BatchParts, Entries, Guard, JobWrite, RecordWrite, UsageEntry, WriteBatch};
pub use epochs::{
    EPOCH_KINDS, EpochFence, FenceError, Rotated, Rotation, RotationError, SealedKind, SealedRecord, Stage,
};
pub use error::{Inconsistency, JsonFault, StoreError, Unencodable};
pub use extensions::{OutboxExt, RecordReaderExt};
pub use found_by::{FoundBy, KnownKind, Named, found_by};
pub use inspection::Inspection;
#[cfg(feature = "memory")]
pub use item_keys::MemoryItemKeys;
pub use item_keys::{EpochKeyFolder, FileItemKeys, ItemKeyError, ItemKeys, ItemName, LiveEpochs};
pub use job::{
    Claim, InHand, JOB_KIND, LeaseToken, LeasedJob, NewJob, OrderKey, ParkedJob, Payload, QueueBacklog,
    QueueName, Reason, WorkerName,
};
#[cfg(feature = "memory")]
pub use memory::MemoryStore;
pub use page::{Cursor, ListOrder, ListQuery, MAX_PAGE, Page, Version};
#[cfg(feature = "s3")]
pub use parcel_bytes::{Addressing, PlainHttp, S3Credentials, S3Place, S3PlaceError};
pub use parcel_bytes::{
    ByteStream, EncryptedParcels, MAX_PART_BYTES, ObjectParcels, ParcelBytes, ParcelBytesError,
    ParcelBytesExt, PartInfo, PartNumber, WrittenParcel,
};
pub use port::{
    AuditLog, Commit, LeafIndex, NumberedLeaf, Outbox, RecordReader, Store, UsageLog, UsageQuery,
};
#[cfg(feature = "postgres")]
pub use postgres::{PostgresAddress, PostgresStore};
pub use record::{
    EncodedRecord, IndexEntry, IndexName, IndexValue, MAX_KEY_BYTES, Record, RecordKey, RecordKind,
    StoredRecord, Uniqueness, UnknownForm, Versioned,
};
pub use snapshot::{
    Backend, SnapshotCounters, SnapshotEntry, SnapshotError, SnapshotFile, SnapshotJob, SnapshotReceiver,
    SnapshotRecord, SnapshotSender, SnapshotSummary, Snapshots,
};
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;
pub use usage::{USAGE_KIND, UsageLogExt};
pub use vault::{Vault, VaultError};
