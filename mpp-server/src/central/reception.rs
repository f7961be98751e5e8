//! Who of Moneyone's staff may call: people with accounts, and the bearer keys of the configuration.

use std::sync::Arc;

use mpp_core::StaffId;
use mpp_staff::{Portal, StaffDesk, StaffParts};
use subtle::ConstantTimeEq;

use url::Url;

use super::CentralWorld;
use super::config::{CentralConfig, OperatorKey};
use crate::desk::{IdentityProvider, Reception};
use crate::runtime::{StartError, Storage};

/// Who vouches for staff, when the configuration names somebody.
pub(super) fn provider(
    config: &CentralConfig,
    world: &CentralWorld,
    base_url: &Url,
) -> Result<Option<IdentityProvider>, StartError> {
    let provider = |section| {
        IdentityProvider::new(section, base_url, Arc::clone(&world.transport), Arc::clone(&world.clock))
    };
    config.single_sign_on.clone().map(provider).transpose()
}

/// The reception of central.
pub(super) fn open(
    config: &CentralConfig,
    world: &CentralWorld,
    storage: &Storage,
) -> Result<Reception, StartError> {
    let keys: Vec<(OperatorKey, StaffId)> = config
        .operator
        .keys
        .iter()
        .map(|key| match key.name.parse() {
            Ok(name) => Ok((key.clone(), name)),
            Err(source) => Err(StartError::part(format!("the operator key {:?}", key.name), source)),
        })
        .collect::<Result<_, _>>()?;
    let desk = StaffDesk::new(StaffParts {
        store: Arc::clone(&storage.store),
        vault: Arc::clone(&storage.vault),
        files: Arc::clone(&storage.parcels),
        clock: Arc::clone(&world.clock),
        entropy: Arc::clone(&world.entropy),
        portal: Portal::Central,
        issuer: "MPP central".to_owned(),
        passkeys: config.passkeys.as_ref().map(|section| section.origin.clone()),
        reserved: keys.iter().map(|(_, name)| name.clone()).collect(),
    });
    let known = move |bearer: &str| {
        let digest = mpp_crypto::sha256(bearer.as_bytes());
        let same = |key: &OperatorKey| bool::from(key.sha256.as_bytes().ct_eq(digest.as_bytes()));
        keys.iter().find(|(key, _)| same(key)).map(|(_, name)| name.clone())
    };
    Ok(Reception::new(Arc::new(desk), "operator", Arc::new(known)))
}
