//! The check every provider makes before anything is sent.

use mpp_core::{FetchPermit, ProviderId, Source, Timestamp};

use super::PermitRefusal;

/// Whether `permit` allows a fetch from `provider` at `now`.
pub(crate) fn check_permit(
    permit: &FetchPermit,
    provider: &ProviderId,
    now: Timestamp,
) -> Result<(), PermitRefusal> {
    match permit.source() {
        Source::Provider(id) if id == provider => {}
        Source::Provider(_) | Source::AccountAggregator => return Err(PermitRefusal::Source),
    }
    if permit.still_good(now) { Ok(()) } else { Err(PermitRefusal::Lapsed) }
}
