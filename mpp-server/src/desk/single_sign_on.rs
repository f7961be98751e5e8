//! Signing staff in with the enterprise's OpenID provider: what the configuration says, the talk with the provider, and
//! the routes. Whose account it is and whether a session is opened, the desk decides (`mpp-staff`).

mod config;
mod failure;
mod identity;
mod provider;
mod routes;

pub use config::{InvalidSignOn, SecondFactorSection, SingleSignOnSection};
pub(crate) use provider::IdentityProvider;
pub(super) use routes::{entrance, links};
