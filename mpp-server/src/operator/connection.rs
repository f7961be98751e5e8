//! How the servers are reached, and how the caller proves who it is.

use std::path::PathBuf;
use std::sync::Arc;

use mpp_api::central::OperatorClient;
use mpp_api::client::StaffClient;
use mpp_api::desk::DeskClient;
use mpp_api::private_share::HealthClient;
use mpp_api::{Bearer, Caller};
use mpp_core::draw;
use url::Url;
use zeroize::Zeroizing;

use super::arguments::{Central, Client, Fips, Staff};
use super::{Failure, Surroundings};
use crate::runtime::SecretSource;

/// Central, as an operator.
pub(super) fn operator(central: &Central, surroundings: &Surroundings) -> Result<OperatorClient, Failure> {
    let url = address(central.central.as_ref(), "--central", "MPP_CENTRAL_URL")?;
    let key = secret(central.key_file.as_ref(), "MPP_OPERATOR_KEY")?;
    Ok(OperatorClient::new(caller(url, &key, surroundings)?))
}

/// A client server, as a member of staff.
pub(super) fn staff(client: &Client, surroundings: &Surroundings) -> Result<StaffClient, Failure> {
    let url = address(client.server.as_ref(), "--server", "MPP_CLIENT_URL")?;
    let key = secret(client.key_file.as_ref(), "MPP_STAFF_KEY")?;
    Ok(StaffClient::new(caller(url, &key, surroundings)?))
}

/// The private share service, as whoever runs it.
pub(super) fn health(fips: &Fips, surroundings: &Surroundings) -> Result<HealthClient, Failure> {
    let url = address(fips.server.as_ref(), "--server", "MPP_PRIVATE_SHARE_URL")?;
    let key = secret(fips.key_file.as_ref(), "MPP_PRIVATE_SHARE_KEY")?;
    Ok(HealthClient::new(caller(url, &key, surroundings)?))
}

/// The desk of a server, with a bearer key of its configuration; and the server's address.
pub(super) fn desk(staff: &Staff, surroundings: &Surroundings) -> Result<(Url, DeskClient), Failure> {
    let url = address(staff.server.as_ref(), "--server", "MPP_SERVER_URL")?;
    let key = secret(staff.key_file.as_ref(), "MPP_SERVER_KEY")?;
    Ok((url.clone(), DeskClient::new(caller(url, &key, surroundings)?)))
}

/// A secret from a file, else from the environment.
pub(super) fn secret(file: Option<&PathBuf>, variable: &str) -> Result<Zeroizing<String>, Failure> {
    let source = match file {
        Some(file) => SecretSource::File(file.clone()),
        None => SecretSource::Env(variable.to_owned()),
    };
    Ok(source.read()?)
}

/// The name of a call that changes something: as given, else a fresh one.
pub(super) fn call_name(given: Option<&String>, surroundings: &Surroundings) -> String {
    given.cloned().unwrap_or_else(|| hex::encode(draw::<16>(surroundings.entropy.as_ref())))
}

fn caller(url: Url, key: &str, surroundings: &Surroundings) -> Result<Caller, Failure> {
    Ok(Caller::new(url, Arc::clone(&surroundings.transport), Arc::new(Bearer::new(key)?)))
}

fn address(given: Option<&Url>, option: &'static str, variable: &'static str) -> Result<Url, Failure> {
    let missing = || Failure::NoAddress { option, variable };
    match given {
        Some(url) => Ok(url.clone()),
        None => std::env::var(variable).ok().and_then(|text| text.parse().ok()).ok_or_else(missing),
    }
}
