#![doc = include_str!("../README.md")]

mod aa_consent;
mod artefact;
mod calendar_span;
mod consent;
mod consent_parameters;
mod consent_request;
mod customer;
mod customer_ref;
mod data_session;
mod delivery;
mod environment;
mod error;
pub mod fair_use;
mod fi_type;
mod gstin;
mod ids;
mod jwk;
mod notice;
mod parcel;
mod partner;
mod product;
mod provider_fetch;
mod receipt;
#[cfg(feature = "schema")]
pub mod schema;
mod sha256;
mod source;
mod time;
mod transition;
mod usage;

pub use aa_consent::{AaConsentFailure, AaConsentState, SignedConsent};
pub use artefact::{ConsentArtefact, FetchIntent, FetchPermit, Recipient, ScopeViolation};
pub use calendar_span::{CalendarSpan, InvalidCalendarSpan};
pub use consent::{Consent, ConsentState};
pub use consent_parameters::{
    ConsentMode, ConsentParameters, ConsentParametersForm, ConsentType, DataFilter, DataFilterOperator,
    DataFilterType, DataLife, DataLifeUnit, DataRange, FetchType, Frequency, FrequencyBucket, FrequencyUnit,
    InvalidConsentParameters, Purpose, PurposeCode,
};
pub use consent_request::{
    ConsentRequest, ConsentRequestState, Decision, DecisionError, ItemDecision, RequestedItem,
};
pub use customer::{
    CustomerParticulars, InvalidMobileNumber, InvalidPan, InvalidVua, MobileNumber, Pan, Vua,
};
pub use customer_ref::CustomerRef;
pub use data_session::{DataSessionFailure, DataSessionState};
pub use delivery::{DeliveryFailure, DeliveryState, Jitter};
pub use environment::{Clock, Entropy, draw};
pub use error::{Fault, Persistence};
pub use fair_use::{FairUseBounds, FairUseViolation};
pub use fi_type::FiType;
pub use gstin::{Gstin, InvalidGstin};
pub use ids::{
    AaConsentId, AaConsentKey, ApiKeyId, ArtefactId, BillId, CaseRef, ConsentHandle, ConsentId,
    ConsentRequestId, ContentType, ContractRef, DataItemId, DataSessionId, DeliveryId, DeviceId, EntityId,
    ErasureReceiptId, ExportId, FetchId, FipId, InvalidId, JobId, Kid, LinkRefNumber, LoginId,
    NotificationId, ParcelId, PartnerId, PasskeyId, PricePlanId, ProductId, ProviderId, StaffId,
    StaffSessionId, TxnId, UploadId, UsageEventId,
};
pub use jwk::{EcCurve, OkpCurve, PublicJwk};
pub use notice::{LanguageTag, Notice, NoticeText};
pub use parcel::{Parcel, ParcelDescription, ParcelState};
pub use partner::{Contact, ContactRole, Partner, PartnerKeyRecord, Regulation, Regulator, Standing};
pub use product::{
    ApprovalError, InvalidProduct, Product, ProductContent, ProductFault, ProductItem, ProductState,
    ProductTerms, ProductVersion,
};
pub use provider_fetch::{
    FetchFailure, ProviderFetch, ProviderFetchState, QualityFlag, QualityFlags, ResumeToken,
};
pub use receipt::{
    CollectionAck, ConsentReceipt, ErasureCause, ErasureReceipt, ReceiptContext, ReceiptEvent, ReceiptParty,
    ReceiptPartyRole, ReceiptProcessing, ReceiptPurpose,
};
pub use sha256::{InvalidDigest, Sha256Digest};
pub use source::{Source, SourceKind};
pub use time::{InvalidTimestamp, Span, Timestamp};
pub use transition::InvalidTransition;
pub use usage::{Usage, UsageEvent, UsageSubject, UsageUnit};

#[cfg(test)]
mod tests;
