//! Who of the enterprise's staff may call: people with accounts, and the bearer keys of the configuration.

use std::sync::Arc;

use mpp_services::client::ClientService;
use mpp_staff::{Portal, StaffDesk, StaffParts};

use url::Url;

use super::{ClientConfig, Surroundings};
use crate::desk::{IdentityProvider, Reception};
use crate::runtime::{StartError, Storage};

/// Who vouches for staff, when the configuration names somebody.
pub(super) fn provider(
    config: &ClientConfig,
    surroundings: &Surroundings,
    base_url: &Url,
) -> Result<Option<IdentityProvider>, StartError> {
    let provider = |section| {
        let Surroundings { transport, clock, .. } = surroundings;
        IdentityProvider::new(section, base_url, Arc::clone(transport), Arc::clone(clock))
    };
    config.single_sign_on.clone().map(provider).transpose()
}

/// The reception of a client server.
pub(super) fn open(
    service: &Arc<ClientService>,
    config: &ClientConfig,
    surroundings: &Surroundings,
    storage: &Storage,
) -> Reception {
    let desk = StaffDesk::new(StaffParts {
        store: Arc::clone(&storage.store),
        vault: Arc::clone(&storage.vault),
        files: Arc::clone(&storage.parcels),
        clock: Arc::clone(&surroundings.clock),
        entropy: Arc::clone(&surroundings.entropy),
        portal: Portal::Client,
        issuer: "MPP client server".to_owned(),
        passkeys: config.passkeys.as_ref().map(|section| section.origin.clone()),
        reserved: config.staff.iter().map(|staff| staff.name.clone()).collect(),
    });
    let service = Arc::clone(service);
    Reception::new(Arc::new(desk), "staff", Arc::new(move |bearer: &str| service.staff(bearer).ok()))
}
