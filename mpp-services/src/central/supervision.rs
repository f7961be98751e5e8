//! What Moneyone's staff look at: lists that can be narrowed, the file of one request, today's counts, the audit log.
//! Nothing here changes anything, and nothing here can say who a customer is.

mod activity;
mod audit_trail;
mod case_file;
mod deliveries;
mod fetches;
mod finding;
mod look;
mod partners;
mod products;
mod requests;
mod sources;
mod today;

pub use crate::audit_trail::AuditPage;
pub use activity::{Activity, ActivityRow};
pub use audit_trail::{AUDITED_ACTIONS, AUDITED_ACTORS};
pub use case_file::{CaseFile, FileStep, GivenConsent, ParcelFact, StepActor, StepKind};
pub use deliveries::{DeliveryAnswer, DeliveryRow, DeliverySearch};
pub use fetches::{FetchRow, FetchSearch};
pub use finding::{Findings, Found, FoundThing};
pub use look::Look;
pub use partners::{Enrolment, PartnerFile};
pub use products::PublishedProduct;
pub use requests::{RequestRow, RequestSearch};
pub use sources::{RecentFetches, SourceCounts};
pub use today::{Counted, Today};
