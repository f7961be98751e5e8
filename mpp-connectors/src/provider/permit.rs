//! The check every provider makes before anything is sent.

use std::sync::Arc;

use mpp_core::{Clock, FetchPermit, ProviderId, Source};

use super::{Capabilities, PermitRefusal, ProviderError, ProviderRequest};

/// What a provider must know to judge a permit.
#[derive(Debug)]
pub(crate) struct PermitCheck {
    pub(crate) provider: ProviderId,
    pub(crate) clock: Arc<dyn Clock>,
}

impl PermitCheck {
    /// Whether `permit` is good now and for this provider.
    pub(crate) fn permit(&self, permit: &FetchPermit) -> Result<(), ProviderError> {
        let refuse = |refusal| Err(ProviderError::Permit(refusal));
        match permit.source() {
            Source::Provider(id) if *id == self.provider => {}
            Source::Provider(_) | Source::AccountAggregator => return refuse(PermitRefusal::Source),
        }
        if permit.still_good(self.clock.now()) { Ok(()) } else { refuse(PermitRefusal::Lapsed) }
    }

    /// Whether `request` may be sent under `permit`, and has what the provider needs.
    pub(crate) fn request(
        &self,
        permit: &FetchPermit,
        request: &ProviderRequest,
        capabilities: &Capabilities,
    ) -> Result<(), ProviderError> {
        self.permit(permit)?;
        if permit.artefact() != request.evidence.artefact {
            return Err(ProviderError::Permit(PermitRefusal::Consent));
        }
        match capabilities.missing_input(&request.customer) {
            Some(field) => Err(ProviderError::InvalidInput { field: Some(field) }),
            None => Ok(()),
        }
    }
}
