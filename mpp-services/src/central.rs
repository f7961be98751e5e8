//! The central role: places consent requests, takes customers' decisions and issues artefacts, fetches from third-party
//! providers and seals while it reads, takes sealed parcels from phones, hands each parcel over once, and erases it.
//!
//! Central can seal and look at the public header of an envelope; it has no key that opens one and calls nothing that
//! could.
//!
//! Every public method of [`CentralService`] is one decision: what it reads, decides and causes is committed whole, with
//! its jobs, notifications, audit leaves and metered uses, or not at all. What has to happen outside the store (calling
//! a provider, storing bytes, destroying a key) stands between two commits and may be done twice; `worker` says how
//! work goes on after a crash.

mod audit;
mod availability;
mod billing;
mod change;
mod collection;
mod consents;
mod decisions;
mod deliveries;
mod erasure;
mod error;
mod feeds;
mod fetching;
mod jobs;
mod links;
mod multiplying;
mod news;
mod onboarding;
mod oversight;
mod own_keys;
mod own_log;
mod partners;
mod ports;
mod products;
mod records;
mod replaying;
mod requests;
mod retention;
mod screen;
mod sealed;
mod secret;
mod service;
mod settings;
mod signers;
mod supervision;
mod taking_back;
mod turns;
mod uploads;
mod wake;
mod worker;

pub use billing::{
    BillFile, BillRow, BillSearch, BillingRefusal, BillingSettings, BroughtLog, CreditPart, LogBringer,
    LogOutcome, NewBillingAddress, PartnerLog, PartnerLogFile, PartnerLogRefusal, PlanFile, PlanState,
    Reconciled, Reconciliation, Registration, UsagePeriod,
};
pub use collection::{ConsentProof, ParcelContent};
pub use consents::{ConsentOverview, ConsentStep, ConsentUse};
pub use decisions::{DecidedRequest, DecisionReceipt, IssuedArtefact};
pub use error::{ApprovalFault, CentralError};
pub use jobs::{DELIVERIES, OWN_WORK, QUEUES};
pub use links::{KnownDevice, Opening};
pub use news::{Notification, NotificationKind, NotificationSubject, PhoneEvent, PhoneEventKind};
pub use onboarding::{Challenge, EnrolledKeys, KeyOffer, NewPartner, RegisteredPartner};
pub use oversight::{Holdings, PartnerOverview};
pub use own_keys::{CentralKeys, PublicKeys};
pub use ports::{NotificationSender, Webhook};
pub use records::{KINDS, UseKind};
pub use replaying::{ReplayGroup, ReplayPreview, ReplayRange};
pub use requests::{AppLink, ItemView, NewRequest, PlacedRequest, RequestView};
pub use retention::RetentionClass;
pub use screen::{Screen, ScreenBytes, ScreenItem};
pub use sealed::SEALED_KINDS;
pub use secret::OneTimeSecret;
pub use service::{CentralParts, CentralService};
pub use settings::CentralSettings;
pub use supervision::{
    AUDITED_ACTIONS, AUDITED_ACTORS, Activity, ActivityRow, AuditPage, CaseFile, Counted, DeliveryAnswer,
    DeliveryRow, DeliverySearch, Enrolment, FetchRow, FetchSearch, FileStep, Findings, Found, FoundThing,
    GivenConsent, Look, ParcelFact, PartnerFile, PublishedProduct, RecentFetches, RequestRow, RequestSearch,
    SourceCounts, StepActor, StepKind, Today,
};
pub use uploads::{Announcement, Append, End, Progress, Ticket, UploadStanding};
