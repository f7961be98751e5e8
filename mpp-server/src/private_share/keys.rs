//! The service's own keys, in files beside the epoch keys: made at the first start, readable by the server's user
//! only.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use mpp_core::{Entropy, Kid, draw};
use mpp_crypto::{CustomerRefKey, rs256, thumbprint};
use mpp_services::private_share::{LoginSecret, PrivateShareSecrets};
use zeroize::Zeroizing;

use super::config::{PrivateShareConfig, PublishedKey};
use crate::runtime::StartError;

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

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// Reads the service's keys, making those that are missing.
pub(super) fn load_or_create(config: &PrivateShareConfig, entropy: &dyn Entropy) -> Result<Keys, StartError> {
    let folder = config.data.join("keys");
    let named = |name: &'static str| format!("the key {name} in {}", folder.display());
    let signing = signing_key(config, &folder.join(SIGNING));
    let signing = signing.map_err(|source| StartError::part(named(SIGNING), source))?;
    let secret = |name: &'static str| {
        secret(&folder.join(name), entropy).map_err(|source| StartError::part(named(name), source))
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

fn signing_key(config: &PrivateShareConfig, path: &Path) -> Result<rs256::SigningKey, Fault> {
    let pem = match &config.our.signing_key {
        Some(source) => source.read()?,
        None => match read(path)? {
            Some(pem) => pem,
            None => {
                let fresh = rs256::SigningKey::generate("fresh".parse()?)?.to_pkcs8_pem()?;
                write_new(path, &fresh)?;
                fresh
            }
        },
    };
    let kid = match &config.our.kid {
        Some(kid) => kid.clone(),
        None => name_of(&pem)?,
    };
    Ok(rs256::SigningKey::from_pkcs8_pem(&pem, kid)?)
}

/// The RFC 7638 thumbprint of the key's public half.
fn name_of(pem: &str) -> Result<Kid, Fault> {
    let key = rs256::SigningKey::from_pkcs8_pem(pem, "unnamed".parse()?)?;
    Ok(thumbprint(&key.public().to_jwk()))
}

fn secret(path: &Path, entropy: &dyn Entropy) -> Result<Zeroizing<[u8; 32]>, Fault> {
    let mut bytes = Zeroizing::new([0; 32]);
    if let Some(text) = read(path)? {
        hex::decode_to_slice(text.trim(), bytes.as_mut_slice())?;
        return Ok(bytes);
    }
    *bytes = draw(entropy);
    write_new(path, &Zeroizing::new(hex::encode(bytes.as_slice())))?;
    Ok(bytes)
}

fn read(path: &Path) -> std::io::Result<Option<Zeroizing<String>>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(Zeroizing::new(text))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whole or not at all, even when the machine loses power half way.
fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    let unfinished = path.with_extension("new");
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&unfinished, path)?;
    match path.parent() {
        Some(folder) => std::fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
