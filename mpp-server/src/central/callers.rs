//! Who calls: operators by bearer key, client servers and phones by signature.

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use mpp_core::{DeviceId, Kid, PartnerId};
use mpp_services::central::{CentralService, KnownDevice};
use subtle::ConstantTimeEq;

use super::config::OperatorKey;
use super::refusals::refuse;
use super::routes::App;
use crate::http::{CallerName, KnownSigner, Refusal, SignedCaller, SignerDirectory, bearer_key};

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

/// Middleware: lets staff through whose bearer key is configured.
pub(super) async fn require_operator(
    State(keys): State<Arc<[OperatorKey]>>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(key) = bearer_key(request.headers()) else {
        return Refusal::unauthenticated().into_response();
    };
    let digest = mpp_crypto::sha256(key.secret().as_bytes());
    let known = keys.iter().find(|known| bool::from(known.sha256.as_bytes().ct_eq(digest.as_bytes())));
    let Some(known) = known else { return Refusal::unauthenticated().into_response() };
    request.extensions_mut().insert(CallerName::new(format_args!("operator/{}", known.name)));
    next.run(request).await
}
