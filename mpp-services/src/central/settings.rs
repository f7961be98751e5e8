//! What an operator of central decides.

use mpp_core::{ReceiptParty, ReceiptPartyRole, Span};
use url::Url;

use super::BillingSettings;
use crate::RetentionWindows;

/// How long central waits, keeps and allows. [`CentralSettings::new`] gives the usual values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CentralSettings {
    /// Where the enterprise's app takes links; a one-time link is this address, the path `c` and the secret as
    /// fragment.
    pub app_link_base: Url,
    /// Who runs central, and where customers reach it, as receipts name it.
    pub operator: ReceiptParty,
    /// Where sealed data is kept, in words, as receipts name it.
    pub storage_location: String,
    /// How long a consent request may be decided.
    pub link_life: Span,
    /// How long a parcel waits to be collected.
    pub parcel_life: Span,
    /// How long a new partner may take to enrol its keys.
    pub enrolment_token_life: Span,
    /// How long a client server may take to answer an enrolment challenge.
    pub challenge_life: Span,
    /// For how long enrolled keys hold.
    pub partner_key_life: Span,
    /// How far the clock of a device or client server may be off in what it signs.
    pub clock_tolerance: Span,
    /// The largest parcel a phone may upload, in bytes.
    pub largest_parcel_bytes: u64,
    /// The most bytes taken in one upload request.
    pub largest_append_bytes: u64,
    /// The largest document taken from a provider, in bytes before sealing.
    pub largest_document_bytes: u64,
    /// How large the parts are in which central stores what it seals, in bytes.
    pub part_bytes: usize,
    /// How often a fetch is tried before it counts as failed.
    pub fetch_attempts: u32,
    /// The wait after the first failed attempt; it doubles with each further one.
    pub fetch_first_wait: Span,
    /// How long a job stays with a worker without a sign of life.
    pub lease: Span,
    /// The most notifications or news in one answer.
    pub feed_page: u32,
    /// How long evidence is kept.
    pub retention: RetentionWindows,
    /// Who bills, and under which numbers; without it no month is closed.
    pub billing: Option<BillingSettings>,
}

impl CentralSettings {
    /// The usual values.
    #[must_use]
    pub fn new(app_link_base: Url, operator_name: String, operator_contact: String) -> Self {
        Self {
            app_link_base,
            operator: ReceiptParty {
                role: ReceiptPartyRole::PiiProcessor,
                name: operator_name,
                contact: operator_contact,
            },
            storage_location: "India".to_owned(),
            link_life: Span::from_hours(72),
            parcel_life: Span::from_hours(72),
            enrolment_token_life: Span::from_days(7),
            challenge_life: Span::from_minutes(15),
            partner_key_life: Span::from_days(730),
            clock_tolerance: Span::from_minutes(15),
            largest_parcel_bytes: 256 * 1024 * 1024,
            largest_append_bytes: 8 * 1024 * 1024,
            largest_document_bytes: 64 * 1024 * 1024,
            part_bytes: 1024 * 1024,
            fetch_attempts: 6,
            fetch_first_wait: Span::from_seconds(30),
            lease: Span::from_seconds(3),
            feed_page: 100,
            retention: RetentionWindows::USUAL,
            billing: None,
        }
    }
}
