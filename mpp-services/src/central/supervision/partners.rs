//! The file of one partner.

use mpp_core::{Kid, Partner, PartnerId, PricePlanId, Timestamp};
use mpp_crypto::jws::CompactJws;
use mpp_store::{IndexValue, RecordReaderExt, Versioned};
use url::Url;

use crate::central::records::{PartnerKeysRecord, index};
use crate::central::{CentralError, CentralService};

/// A partner with its keys.
#[derive(Debug, Clone, PartialEq)]
pub struct PartnerFile {
    /// The partner.
    pub partner: Partner,
    /// The price plan that covers the present day, if one does. [`Partner::price_plan`] is the one agreed to last, which may begin
    /// later or have ended.
    pub price_plan: Option<PricePlanId>,
    /// Where its client server takes notifications; absent when it asks.
    pub notification_url: Option<Url>,
    /// The envelope key in use.
    pub current_kid: Option<Kid>,
    /// Every enrolment, oldest first.
    pub enrolments: Vec<Enrolment>,
}

/// Keys that were enrolled together.
#[derive(Debug, Clone, PartialEq)]
pub struct Enrolment {
    /// The envelope key.
    pub envelope_kid: Kid,
    /// The key that signs requests and acknowledgements.
    pub signing_kid: Kid,
    /// When they were enrolled.
    pub enrolled_at: Timestamp,
    /// Until when the envelope key holds.
    pub valid_to: Timestamp,
    /// The published record, signed by central.
    pub signed: CompactJws,
}

impl CentralService {
    /// The file of a partner.
    ///
    /// # Errors
    /// [`CentralError::NotFound`].
    pub async fn partner_file(&self, id: PartnerId) -> Result<PartnerFile, CentralError> {
        let record = self.partner_record(id).await?.record;
        let keys: Vec<Versioned<PartnerKeysRecord>> =
            self.store().every_by_index(index::PARTNER, IndexValue::new(id)).await?;
        let enrolment = |read: Versioned<PartnerKeysRecord>| Enrolment {
            envelope_kid: read.record.envelope.kid,
            signing_kid: read.record.signing_kid,
            enrolled_at: read.record.enrolled_at,
            valid_to: read.record.envelope.valid_to,
            signed: read.record.signed,
        };
        Ok(PartnerFile {
            price_plan: self.plan_of_today(id).await?,
            partner: record.partner,
            notification_url: record.notification_url,
            current_kid: record.current_kid,
            enrolments: keys.into_iter().map(enrolment).collect(),
        })
    }
}
