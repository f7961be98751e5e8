//! The pure model of MPP: identifiers, consents, parcels and their state machines, without input, output,
//! clock or randomness.

mod consent_parameters;
mod customer;
mod environment;
mod error;
mod fi_type;
mod ids;
mod jwk;
mod time;

pub use consent_parameters::{
    ConsentMode, ConsentParameters, ConsentParametersForm, ConsentType, DataFilter, DataFilterOperator,
    DataFilterType, DataLife, DataLifeUnit, DataRange, FetchType, Frequency, FrequencyUnit,
    InvalidConsentParameters, Purpose, PurposeCode,
};
pub use customer::{
    CustomerParticulars, InvalidMobileNumber, InvalidPan, InvalidVua, MobileNumber, Pan, Vua,
};
pub use environment::{Clock, Entropy, draw};
pub use error::{Fault, Persistence};
pub use fi_type::FiType;
pub use ids::{
    AaConsentId, AaConsentKey, ApiKeyId, ArtefactId, CaseRef, ConsentHandle, ConsentId, ConsentRequestId,
    DataItemId, DataSessionId, DeliveryId, DeviceId, EntityId, ErasureReceiptId, FetchId, FipId, InvalidId,
    JobId, Kid, LinkRefNumber, LoginId, NotificationId, ParcelId, PartnerId, ProductId, ProviderId, TxnId,
    UploadId, UsageEventId,
};
pub use jwk::{EcCurve, OkpCurve, PublicJwk};
pub use time::{InvalidTimestamp, Span, Timestamp};
