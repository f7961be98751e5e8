//! `mpp seed`: a central or a client server with very many consents, to be measured.

use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use super::Failure;
use super::arguments::Seed;
use super::output::Output;
use crate::central::{self, CentralConfig};
use crate::client::{self, ClientConfig};
use crate::runtime::load_config;

/// Whose configuration a file is.
enum Server {
    Central(Box<CentralConfig>),
    Client(Box<ClientConfig>),
}

pub(super) async fn run(seed: &Seed, output: &mut Output<'_>) -> Result<(), Failure> {
    let quiet = &mut |_| ();
    let done = match server(&seed.config)? {
        Server::Central(config) => central::multiply(&config, seed.consents, quiet).await,
        Server::Client(config) => client::multiply(&config, seed.consents, quiet).await,
    };
    let done = done.map_err(|error| Failure::Content {
        path: seed.config.clone(),
        message: format!("{error}: {}", cause(&error)),
    })?;
    let answer = json!({ "requests": done.requests, "consents": done.consents, "events": done.events });
    let lines = [
        ("requests", done.requests.to_string()),
        ("consents", done.consents.to_string()),
        ("events", done.events.to_string()),
    ];
    output.one(&answer, &lines)
}

/// What tells the files apart: a client server says where central is, and central who operates it.
#[derive(Deserialize)]
struct Sections {
    central: Option<IgnoredAny>,
    operator: Option<IgnoredAny>,
}

fn server(path: &Path) -> Result<Server, Failure> {
    let sections: Sections = load_config(path)?;
    match (sections.central, sections.operator) {
        (Some(_), None) => Ok(Server::Client(Box::new(load_config(path)?))),
        (None, Some(_)) => Ok(Server::Central(Box::new(load_config(path)?))),
        (Some(_), Some(_)) | (None, None) => Err(Failure::Content {
            path: path.to_owned(),
            message: "it is of neither server that can be filled: a client server's has [central], central's has [operator]"
                .to_owned(),
        }),
    }
}

fn cause(error: &dyn std::error::Error) -> String {
    error.source().map(ToString::to_string).unwrap_or_default()
}
