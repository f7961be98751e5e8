//! `mpp central-keys`: the keys central signs with, in its data folder.

use std::path::PathBuf;

use mpp_core::{Kid, Timestamp};
use serde::Serialize;

use super::arguments::{CentralConfigFile, CentralKey, CentralKeysCommand};
use super::output::Output;
use super::{Failure, Surroundings};
use crate::central::{CentralConfig, KeyStanding, OwnKey, OwnKeyError};
use crate::runtime::load_config;

/// A key as it is listed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct KeyView {
    key: &'static str,
    kid: Kid,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Kid>,
}

pub(super) fn run(
    command: &CentralKeysCommand,
    surroundings: &Surroundings,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    match command {
        CentralKeysCommand::List(config) => {
            let folder = keys_of(config)?;
            let mut views = Vec::new();
            for key in [OwnKey::Signing, OwnKey::Notification] {
                let standing = key.load(&folder).map_err(|error| failure(&folder, key, error))?;
                views.extend(listed(key, &standing));
            }
            output.list(&views, ["KEY", "KID", "REPLACED", "NEXT"], |view| {
                [
                    view.key.to_owned(),
                    view.kid.to_string(),
                    view.replaced_at.map(|at| at.to_string()).unwrap_or_default(),
                    view.next.as_ref().map(ToString::to_string).unwrap_or_default(),
                ]
            })
        }
        CentralKeysCommand::Replace { key, config } => {
            replace(own(*key), &keys_of(config)?, surroundings, output)
        }
    }
}

fn replace(
    key: OwnKey,
    folder: &std::path::Path,
    surroundings: &Surroundings,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let (now, entropy) = (surroundings.clock.now(), surroundings.entropy.as_ref());
    let standing = key.replace(folder, now, entropy).map_err(|error| failure(folder, key, error))?;
    let public = standing.present.public().to_jwk();
    let text = serde_json::to_string(&public).map_err(std::io::Error::other)?;
    let answer = serde_json::json!({ "key": name(key), "kid": standing.present.kid(), "publicKey": public });
    let lines = [
        ("new key", standing.present.kid().to_string()),
        ("public key", text),
        ("to do", "start every node of central anew".to_owned()),
    ];
    output.one(&answer, &lines)
}

/// The present key, then those before it, newest first.
fn listed(key: OwnKey, standing: &KeyStanding) -> Vec<KeyView> {
    let present =
        KeyView { key: name(key), kid: standing.present.kid().clone(), replaced_at: None, next: None };
    let earlier = standing.earlier.iter().rev().map(|earlier| KeyView {
        key: name(key),
        kid: mpp_crypto::keys::thumbprint(&earlier.key),
        replaced_at: Some(earlier.replaced_at),
        next: Some(earlier.next.clone()),
    });
    std::iter::once(present).chain(earlier).collect()
}

const fn own(key: CentralKey) -> OwnKey {
    match key {
        CentralKey::Signing => OwnKey::Signing,
        CentralKey::Notification => OwnKey::Notification,
    }
}

const fn name(key: OwnKey) -> &'static str {
    match key {
        OwnKey::Signing => "signing",
        OwnKey::Notification => "notification",
    }
}

fn keys_of(config: &CentralConfigFile) -> Result<PathBuf, Failure> {
    let central: CentralConfig = load_config(&config.config)?;
    Ok(central.data.join("keys"))
}

fn failure(folder: &std::path::Path, key: OwnKey, error: OwnKeyError) -> Failure {
    let path = folder.join(key.file());
    match error {
        OwnKeyError::File(source) => Failure::File { path, source },
        other => Failure::Content { path, message: other.to_string() },
    }
}
