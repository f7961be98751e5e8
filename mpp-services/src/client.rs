//! The client server: works for one partner, holds its private keys, and is the only place where what was sealed to the
//! partner is opened.
//!
//! | step | where |
//! | --- | --- |
//! | keys made at home and enrolled at central | `enrolment` |
//! | new keys, proposed by one person and approved by another; backups of keys | `rotating`, `key_backup` |
//! | products, approved by a second person | `products` |
//! | keys, scopes and the webhook of partner applications | `api_keys`, `endpoint` |
//! | a customer's consent is asked for | `cases` |
//! | central's notifications are taken, by push or poll | `intake` |
//! | who sealed a parcel is checked | `origin` |
//! | a parcel is collected, opened while it is read, stored encrypted, acknowledged | `collection`, `acknowledgement` |
//! | what central bills is written down as this server saw it, and signed for a month | `used` |
//! | the application is told | `delivery` |
//! | the application reads; every read is logged | `reading`, [`normalised`] |
//! | central's audit log is looked at, whether it is only continued | `witness` |
//! | data is purged when its life ends or the consent is withdrawn | `purge` |
//!
//! Every method is one decision, committed whole; everything that follows from it is a job in the outbox, which may be
//! done twice. A server may be killed at any instant: a parcel is acknowledged only after its document, its record and
//! the job that acknowledges it are durable.

mod acknowledgement;
mod api_keys;
mod audit;
mod cases;
mod change;
mod collection;
mod delivery;
mod documents;
mod endpoint;
mod enrolment;
mod error;
mod gateway;
mod indexing;
mod intake;
mod jobs;
mod key_backup;
mod keys;
mod life_days;
mod multiplying;
mod news;
pub mod normalised;
mod notifier;
mod opening;
mod origin;
mod products;
mod purge;
mod reading;
mod records;
mod replaying;
mod retention;
mod retiring;
mod rotating;
mod service;
mod settings;
mod supervision;
mod taking_back;
mod use_days;
mod used;
mod witness;
mod work;

pub use acknowledgement::{COLLECTION_ACK_TYP, CollectedParcel, ERASURE_RECEIPT_TYP};
pub use api_keys::{Application, MadeApiKey, Scope};
pub use cases::{Case, StartCase, StartedCase};
pub use endpoint::TestedWebhook;
pub use enrolment::{ENROLMENT_TYP, EnrolledServer, KEY_RECORD_TYP};
pub use error::{ClientError, DocumentsFault, EnrolmentFault, ParcelFault};
pub use gateway::{
    CentralGateway, CentralPublicKeys, Challenge, ConsentProof, Enrolled, GatewayError, ItemStanding,
    KeyOffer, ParcelContent, PlacedRequest, RequestStanding, RequestToPlace,
};
pub use intake::Intake;
pub use jobs::{ParkedWork, QUEUES};
pub use key_backup::{KeyBackupError, RestoredKeys, carry_out_keys, note_key_backup, put_keys_back};
pub use keys::ClientKeys;
pub use news::{
    CentralNotification, CentralNotificationKind, CentralNotificationSubject, News, NewsKind, NewsSubject,
};
pub use notifier::{ApplicationNotifier, SignedPush};
pub use origin::{DocumentProof, OriginFault, SealedBy};
pub use products::{ProductVersionView, Revised};
pub use purge::PurgeCause;
pub use reading::{Access, Document, Item, NormalisedDocument, ReadForm};
pub use records::{CaseStanding, ItemSlice, KINDS, LogBreach, LogBreachKind, SEALED_KINDS};
pub use replaying::ReplayPreview;
pub use retention::RetentionClass;
pub use retiring::ProposedRetirement;
pub use rotating::ProposedRotation;
pub use service::{ClientParts, ClientService};
pub use settings::{ClientSettings, StaffCredential, UnprovenParcels};
pub use supervision::{
    AUDITED_ACTIONS, AUDITED_ACTORS, ApplicationKey, AtAGlance, AuditPage, CalendarDay, CaseFile, CaseRow,
    CaseSearch, CaseTakenBack, DocumentRow, DocumentSearch, DocumentsOfDay, FetchRow, FetchSearch,
    FetchStanding, FoundBy, FoundCase, KeyStanding, LifeCalendar, NewsRow, NewsSearch, OwnKey, OwnKeys,
    SliceOfDay, ToldConsent, WantedProduct, mask,
};
pub use used::{SentUsageLog, UsageLogTrouble};
pub use witness::{CentralLog, CentralLogStanding, Witnessed};
