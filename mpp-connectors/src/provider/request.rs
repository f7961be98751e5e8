//! What a provider is asked.

use std::net::IpAddr;

use mpp_core::{ArtefactId, CustomerParticulars, FetchId, Timestamp};

/// The proof of consent that goes with a request; providers keep and audit it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentEvidence {
    /// The signed artefact the customer's approval led to.
    pub artefact: ArtefactId,
    /// When the customer approved.
    pub approved_at: Timestamp,
    /// From which address, where it is known.
    pub ip_address: Option<IpAddr>,
}

/// A request for one customer's document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderRequest {
    /// Our name of this fetch; the same on every repeat, so that the provider counts it once.
    pub client_ref: FetchId,
    /// Who the customer is.
    pub customer: CustomerParticulars,
    /// The proof of consent.
    pub evidence: ConsentEvidence,
}
