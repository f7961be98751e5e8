//! The portal beside the interface it calls: in the same process, without a network between them, and with no other
//! way in than anybody else has.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use futures::FutureExt;
use mpp_api::{Anonymous, Caller};
use mpp_core::{Clock, Entropy};
use mpp_portal::PortalParts;
use mpp_transport::LoopbackTransport;
use tower::util::MapRequest;
use url::Url;

use crate::runtime::{StartError, Stopping};

/// The interface's name for the portal; nobody else can call it by that name.
const AUTHORITY: &str = "interface.invalid";

/// The interface with its portal: `portal` makes the pages over what they may call.
pub(crate) fn with_portal(
    interface: Router,
    (clock, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>),
    owner: String,
    stopping: Stopping,
    portal: fn(PortalParts) -> Router,
) -> Result<Router, StartError> {
    let called = MapRequest::new(interface.clone(), |request: http::Request<mpp_transport::Body>| {
        request.map(Body::new)
    });
    let transport = LoopbackTransport::new().with(AUTHORITY, called);
    let stopping = async move { stopping.wait().await }.boxed().shared();
    let base = Url::parse(&format!("http://{AUTHORITY}/"))
        .map_err(|source| StartError::part("the portal", source))?;
    let caller = Caller::new(base, Arc::new(transport), Arc::new(Anonymous));
    Ok(interface.merge(portal(PortalParts { interface: caller, entropy, clock, owner, stopping })))
}
