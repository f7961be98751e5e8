//! Who calls: a phone with a session's bearer key and the signature of the device the session is bound to.

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::FromRequestParts;
use http::request::Parts;
use mpp_core::Kid;
use mpp_services::private_share::{CustomerSession, PrivateShareService};

use super::refusals::refuse;
use super::routes::App;
use crate::http::{KnownSigner, Refusal, SignedCaller, SignerDirectory, bearer_key};

/// A device with a session; whose session it is, the bearer key beside the signature says.
#[derive(Debug, Clone, Copy)]
pub(super) struct DeviceOfSession;

/// Knows the keys of devices with a session.
#[derive(Debug)]
pub(super) struct Devices(pub(super) Arc<PrivateShareService>);

#[async_trait]
impl SignerDirectory<DeviceOfSession> for Devices {
    async fn signer(&self, kid: &Kid) -> Result<Option<KnownSigner<DeviceOfSession>>, Refusal> {
        let found = self.0.device_key(kid).await.map_err(refuse)?;
        Ok(found.map(|key| KnownSigner { key, party: DeviceOfSession }))
    }
}

/// The customer behind a request.
#[derive(Debug, Clone)]
pub(super) struct CallingCustomer(pub(super) CustomerSession);

impl FromRequestParts<App> for CallingCustomer {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let SignedCaller { kid, party: DeviceOfSession } =
            SignedCaller::from_request_parts(parts, app).await?;
        let key = bearer_key(&parts.headers).ok_or_else(Refusal::unauthenticated)?;
        app.service.authenticate(key.secret(), &kid).await.map(Self).map_err(refuse)
    }
}

#[cfg(feature = "openapi")]
impl crate::openapi::Input for CallingCustomer {}
