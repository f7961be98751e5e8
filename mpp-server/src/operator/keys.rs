//! A server's own keys: listing, rotating, giving up.

pub(super) mod arguments;
mod place;

use mpp_core::{Kid, PublicJwk, Timestamp};
use mpp_crypto::key_ring::{KeyAlgorithm, KeyEntry, KeyRing, KeyRingExt, PasswordCost};
use serde::Serialize;
use serde_json::json;

use super::connection::secret;
use super::output::Output;
use super::{Failure, Surroundings};
use arguments::{FormName, Keys, KeysCommand, Named, Place, SigningName, UseName};

pub(super) fn run(keys: Keys, surroundings: &Surroundings, output: &mut Output<'_>) -> Result<(), Failure> {
    let Keys { place, command } = keys;
    match command {
        KeysCommand::Init => init(&place, surroundings, output),
        KeysCommand::ChangePassword { new_password_file } => {
            let ring = place::open_file(&place, surroundings)?;
            let new = secret(new_password_file.as_ref(), "MPP_KEY_RING_NEW_PASSWORD")?;
            ring.change_password(&place::password(new)?, PasswordCost::STANDARD)?;
            let id = ring.id().to_string();
            output.one(&json!({ "ringId": id, "passwordChanged": true }), &[("password changed", id)])
        }
        KeysCommand::Generate { key_use, algorithm } => {
            let ring = place::open(&place, surroundings)?;
            let made = ring.generate(algorithm_of(key_use, algorithm), surroundings.clock.now())?;
            show(&made, output)
        }
        KeysCommand::List => list(place::open(&place, surroundings)?.as_ref(), output),
        KeysCommand::Retire(Named { kid }) => {
            let ring = place::open(&place, surroundings)?;
            ring.retire(&kid)?;
            show(&ring.entry(&kid)?, output)
        }
        KeysCommand::Reinstate(Named { kid }) => {
            let ring = place::open(&place, surroundings)?;
            ring.reinstate(&kid)?;
            show(&ring.entry(&kid)?, output)
        }
        KeysCommand::Destroy(Named { kid }) => {
            place::open(&place, surroundings)?.destroy(&kid)?;
            output.one(&json!({ "kid": kid, "destroyed": true }), &[("destroyed", kid.to_string())])
        }
        KeysCommand::ExportPublic { named, form } => {
            let entry = place::open(&place, surroundings)?.entry(&named.kid)?;
            export(&entry, form, output)
        }
    }
}

/// A key as it is listed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KeyView<'a> {
    kid: &'a Kid,
    #[serde(rename = "use")]
    key_use: &'static str,
    algorithm: &'static str,
    state: &'static str,
    created: Timestamp,
    public_jwk: &'a PublicJwk,
}

impl<'a> From<&'a KeyEntry> for KeyView<'a> {
    fn from(entry: &'a KeyEntry) -> Self {
        Self {
            kid: &entry.kid,
            key_use: entry.algorithm.key_use().as_str(),
            algorithm: entry.algorithm.as_str(),
            state: entry.state.as_str(),
            created: entry.created,
            public_jwk: &entry.public,
        }
    }
}

fn init(place: &Place, surroundings: &Surroundings, output: &mut Output<'_>) -> Result<(), Failure> {
    let id = place::create_file(place, surroundings)?.id().to_string();
    output.one(&json!({ "ringId": id }), &[("ring id", id)])
}

fn list(ring: &dyn KeyRing, output: &mut Output<'_>) -> Result<(), Failure> {
    let entries = ring.entries()?;
    let views: Vec<KeyView<'_>> = entries.iter().map(KeyView::from).collect();
    output.list(&views, ["KID", "USE", "ALGORITHM", "STATE", "CREATED"], |key| {
        let created = key.created.to_string();
        [key.kid.to_string(), key.key_use.into(), key.algorithm.into(), key.state.into(), created]
    })
}

fn show(entry: &KeyEntry, output: &mut Output<'_>) -> Result<(), Failure> {
    let view = KeyView::from(entry);
    let lines = [
        ("kid", view.kid.to_string()),
        ("use", view.key_use.to_owned()),
        ("algorithm", view.algorithm.to_owned()),
        ("state", view.state.to_owned()),
        ("created", view.created.to_string()),
    ];
    output.one(&view, &lines)
}

fn export(entry: &KeyEntry, form: Option<FormName>, output: &mut Output<'_>) -> Result<(), Failure> {
    let pem = entry.public_pem().map_err(std::io::Error::other)?;
    let jwk = serde_json::to_string(&entry.public).map_err(std::io::Error::other)?;
    let text = match form {
        Some(FormName::Jwk) => format!("{jwk}\n"),
        Some(FormName::Pem) => pem.clone(),
        None => format!("{jwk}\n{pem}"),
    };
    output.text(&json!({ "kid": entry.kid, "jwk": entry.public, "pem": pem }), text.as_bytes())
}

const fn algorithm_of(key_use: UseName, signing: SigningName) -> KeyAlgorithm {
    match (key_use, signing) {
        (UseName::Envelope, _) => KeyAlgorithm::EcdhP256,
        (UseName::Signing, SigningName::Es256) => KeyAlgorithm::Es256,
        (UseName::Signing, SigningName::Ed25519) => KeyAlgorithm::Ed25519,
    }
}
