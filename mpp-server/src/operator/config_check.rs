//! Checking configuration files without starting anything.

use serde_json::json;

use super::Failure;
use super::arguments::{ConfigCheck, ConfigCommand, RoleName};
use super::output::Output;
use crate::central::CentralConfig;
use crate::client::ClientConfig;
use crate::private_share::PrivateShareConfig;
use crate::runtime::load_config;

pub(super) fn run(command: &ConfigCommand, output: &mut Output<'_>) -> Result<(), Failure> {
    let ConfigCommand::Check(check) = command;
    let role = match check.role {
        RoleName::Central => {
            central(check)?;
            "central"
        }
        RoleName::Client => {
            client(check)?;
            "client"
        }
        RoleName::PrivateShare => {
            private_share(check)?;
            "private-share"
        }
    };
    let answer = json!({ "role": role, "file": check.file, "valid": true });
    output.one(&answer, &[("valid", format!("{} as configuration of {role}", check.file.display()))])
}

fn client(check: &ConfigCheck) -> Result<(), Failure> {
    let config: ClientConfig = load_config(&check.file)?;
    config.check().map_err(|error| Failure::Content { path: check.file.clone(), message: error.to_string() })
}

fn central(check: &ConfigCheck) -> Result<(), Failure> {
    let config: CentralConfig = load_config(&check.file)?;
    config.check().map_err(|error| Failure::Content { path: check.file.clone(), message: error.to_string() })
}

fn private_share(check: &ConfigCheck) -> Result<(), Failure> {
    let _: PrivateShareConfig = load_config(&check.file)?;
    Ok(())
}
