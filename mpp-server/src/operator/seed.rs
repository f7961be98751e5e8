//! `mpp seed`: a central with very many consents, to be measured.

use serde_json::json;

use super::Failure;
use super::arguments::Seed;
use super::output::Output;
use crate::central::{CentralConfig, multiply};
use crate::runtime::load_config;

pub(super) async fn run(seed: &Seed, output: &mut Output<'_>) -> Result<(), Failure> {
    let config: CentralConfig = load_config(&seed.config)?;
    let done = multiply(&config, seed.consents, &mut |_| ()).await;
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

fn cause(error: &dyn std::error::Error) -> String {
    error.source().map(ToString::to_string).unwrap_or_default()
}
