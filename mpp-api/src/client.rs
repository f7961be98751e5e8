//! What partner applications and enterprise staff speak with the client server.
//!
//! | caller | proves itself by | paths |
//! | --- | --- | --- |
//! | partner application | bearer key with scopes | `/v1/consent-requests*`, `/v1/cases/*`, `/v1/items/*` |
//! | enterprise staff | bearer key of one person | `/v1/staff/*` |
//! | central | Standard Webhooks signature `v1a` | `/v1/notifications` |

mod application;
#[cfg(feature = "billing")]
mod bills;
mod documents;
mod fetches;
mod finding;
mod keys;
mod life;
#[cfg(feature = "billing")]
mod own_log;
mod products;
mod staff;
mod supervision;
mod told;

pub use application::{
    ApplicationClient, ApplicationNotification, ApplicationNotificationData, ApplicationNotificationType,
    CaseItems, ConsentRequestView, ItemView, RequestedItemView, StartConsentRequest, StartedConsentRequest,
};
pub use documents::{DocumentProofView, DocumentQuery, DocumentRowView, DocumentView, SealedByView, Unmask};
pub use fetches::{ToldFetchQuery, ToldFetchView};
pub use finding::{FindCaseQuery, FoundCaseView};
pub use keys::{ApplicationKeyView, ApproveRotation, EndpointView, OwnKeyView, OwnKeysView, RotationView};
pub use life::{
    DayOfPurgesView, DaySliceView, OverdueDayView, PurgeCalendarQuery, PurgeCalendarView, PurgeDayView,
    SliceView,
};
#[cfg(feature = "billing")]
pub use own_log::{SendMonth, SentLogView};
pub use products::{CheckedProductView, ProductFaultView, RetirementView};
pub use staff::{
    AccessView, CreateApiKey, CreatedApiKey, DefineProduct, EnrolServer, EnrolledServer, ParcelView,
    ParkedView, ProductView, Scope, SetWebhook, StaffClient, WebhookKey,
};
pub use supervision::{
    AtAGlanceView, CaseFileView, CaseQuery, CaseRowView, CentralLogView, LeafView, LogBreachView,
    LogPageView, OwnSettingView, ProductFileView, TakenBackView, ToldConsentView, WaitingView,
};
pub use told::{
    NewsRange, NewsReasonView, NewsReplayView, NewsRowView, NewsSearchQuery, ReplayNews, TestedWebhookView,
};
