//! Who calls: client servers and phones, by signature.

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::FromRequestParts;
use http::request::Parts;
use mpp_core::{DeviceId, Kid, PartnerId};
use mpp_services::central::{CentralService, KnownDevice};

use super::refusals::refuse;
use super::routes::App;
use crate::http::{KnownSigner, Refusal, SignedCaller, SignerDirectory};

/// Knows the signing keys of client servers.
#[derive(Debug)]
pub(super) struct Partners(pub(super) Arc<CentralService>);

#[async_trait]
impl SignerDirectory<PartnerId> for Partners {
    async fn signer(&self, kid: &Kid) -> Result<Option<KnownSigner<PartnerId>>, Refusal> {
        let found = self.0.partner_by_signing_key(kid).await.map_err(refuse)?;
        Ok(found.map(|(party, key)| KnownSigner { key, party }))
    }
}

/// Knows the keys of phones that opened a link.
#[derive(Debug)]
pub(super) struct Devices(pub(super) Arc<CentralService>);

#[async_trait]
impl SignerDirectory<DeviceId> for Devices {
    async fn signer(&self, kid: &Kid) -> Result<Option<KnownSigner<DeviceId>>, Refusal> {
        let found = self.0.device_by_key(kid).await.map_err(refuse)?;
        Ok(found.map(|KnownDevice { id, key }| KnownSigner { key, party: id }))
    }
}

/// The partner behind a signed request.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallingPartner(pub(super) PartnerId);

impl FromRequestParts<App> for CallingPartner {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        SignedCaller::from_request_parts(parts, app).await.map(|caller| Self(caller.party))
    }
}

/// The phone behind a signed request.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallingDevice(pub(super) DeviceId);

impl FromRequestParts<App> for CallingDevice {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        SignedCaller::from_request_parts(parts, app).await.map(|caller| Self(caller.party))
    }
}

#[cfg(feature = "openapi")]
impl crate::openapi::Input for CallingPartner {}

#[cfg(feature = "openapi")]
impl crate::openapi::Input for CallingDevice {}
