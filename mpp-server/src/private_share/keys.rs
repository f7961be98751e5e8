//! The service's own keys, in files beside the epoch keys: made at the first start, readable by the server's user
//! only.

use std::path::Path;
use std::sync::Arc;

use mpp_core::{Entropy, Kid};
use mpp_crypto::{CustomerRefKey, rs256, thumbprint};
use mpp_services::private_share::{LoginSecret, PrivateShareSecrets};
use zeroize::Zeroizing;

use super::config::{PrivateShareConfig, PublishedKey};
use crate::runtime::{KeyFault, StartError, key_text, secret_bytes};

const SIGNING: &str = "rebit-signing.pem";
const CUSTOMER_REF: &str = "customer-ref.key";
const LOGINS: &str = "login.key";

/// The keys.
pub(super) struct Keys {
    /// Signs requests to the Account Aggregator and answers to its notifications.
    pub(super) signing: Arc<rs256::SigningKey>,
    /// Its public half, for the Central Registry.
    pub(super) published: PublishedKey,
    /// The role's secrets.
    pub(super) secrets: PrivateShareSecrets,
}

/// Reads the service's keys, making those that are missing.
pub(super) fn load_or_create(config: &PrivateShareConfig, entropy: &dyn Entropy) -> Result<Keys, StartError> {
    let folder = config.data.join("keys");
    let named = |name: &'static str| format!("the key {name} in {}", folder.display());
    let signing = signing_key(config, &folder.join(SIGNING));
    let signing = signing.map_err(|source| StartError::part(named(SIGNING), source))?;
    let secret = |name: &'static str| {
        secret_bytes(&folder.join(name), entropy).map_err(|source| StartError::part(named(name), source))
    };
    let published = PublishedKey { kid: signing.kid().clone(), key: signing.public().to_jwk() };
    Ok(Keys {
        published,
        signing: Arc::new(signing),
        secrets: PrivateShareSecrets {
            customers: CustomerRefKey::from_bytes(secret(CUSTOMER_REF)?),
            logins: LoginSecret::from_bytes(secret(LOGINS)?),
        },
    })
}

fn signing_key(config: &PrivateShareConfig, path: &Path) -> Result<rs256::SigningKey, KeyFault> {
    let pem = match &config.our.signing_key {
        Some(source) => source.read()?,
        None => key_text(path, fresh_pem)?,
    };
    let kid = match &config.our.kid {
        Some(kid) => kid.clone(),
        None => name_of(&pem)?,
    };
    Ok(rs256::SigningKey::from_pkcs8_pem(&pem, kid)?)
}

fn fresh_pem() -> Result<Zeroizing<String>, KeyFault> {
    Ok(rs256::SigningKey::generate("fresh".parse()?)?.to_pkcs8_pem()?)
}

/// The RFC 7638 thumbprint of the key's public half.
fn name_of(pem: &str) -> Result<Kid, KeyFault> {
    let key = rs256::SigningKey::from_pkcs8_pem(pem, "unnamed".parse()?)?;
    Ok(thumbprint(&key.public().to_jwk()))
}
