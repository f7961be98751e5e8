#![doc = include_str!("../README.md")]

pub mod account_aggregator;
#[cfg(feature = "bureau")]
pub mod bureau;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod provider;
#[cfg(feature = "rebit")]
pub mod rebit;
mod registry;
mod secret;
#[cfg(feature = "telecom")]
pub mod telecom;

use mpp_core::Persistence;
use mpp_transport::TransportError;

pub use account_aggregator::{AaError, AccountAggregator};
pub use provider::{DataProvider, ProviderError, ProviderOutcome, ProviderRequest};
pub use registry::{DuplicateProvider, ProviderRegistry};
pub use secret::{ApiKey, InvalidApiKey};

const fn persistence_of(error: &TransportError) -> Persistence {
    if error.is_temporary() { Persistence::Temporary } else { Persistence::Permanent }
}
