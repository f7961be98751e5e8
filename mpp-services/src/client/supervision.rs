//! What the enterprise's staff look at: cases, documents, keys, notifications, the audit log. A document is shown masked
//! unless somebody who may gives a reason.

mod audit_trail;
mod cases;
mod data;
mod fetches;
mod finding;
mod life;
mod masking;
mod own_keys;
mod told;

pub use crate::audit_trail::AuditPage;
pub use audit_trail::{AUDITED_ACTIONS, AUDITED_ACTORS};
pub use cases::{AtAGlance, CaseFile, CaseRow, CaseSearch, CaseTakenBack, ToldConsent};
pub use data::{DocumentRow, DocumentSearch, WantedProduct};
pub use fetches::{FetchRow, FetchSearch, FetchStanding};
pub use finding::{FoundBy, FoundCase};
pub use life::{CalendarDay, DocumentsOfDay, LifeCalendar, SliceOfDay};
pub use masking::mask;
pub use own_keys::{ApplicationKey, KeyStanding, OwnKey, OwnKeys};
pub use told::{NewsRow, NewsSearch};
