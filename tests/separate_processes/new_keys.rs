//! Central's keys are replaced between journeys: apps that pin the first key, and client servers that know it, follow.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use mpp_crypto::jws::CompactJws;
use mpp_demo::world::Role;
use serde_json::Value;

use crate::customer::{Customer, EVERY_SOURCE};
use crate::programs::{folder, hosting};
use crate::town::{Town, until};

/// What a customer is asked for who refuses to share accounts.
const PROVIDERS: &[&str] = &["bureau", "operator"];

/// Runs `mpp central-keys` on central's machine.
fn central_keys(town: &Town, arguments: &[&str]) -> Result<Value> {
    let mut mpp = Command::new(folder().join("mpp"));
    mpp.args(["--json", "central-keys"])
        .args(arguments)
        .arg("--config")
        .arg(town.world.config(Role::Central));
    let ended = mpp.output()?;
    ensure!(ended.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ended.stderr));
    Ok(serde_json::from_slice(&ended.stdout)?)
}

/// Replaces both keys while central does not run; the name of the new signing key.
async fn replaced(town: &mut Town) -> Result<String> {
    town.world.stop_role(Role::Central).await?;
    let signing = central_keys(town, &["replace", "signing"])?;
    central_keys(town, &["replace", "notification"])?;
    town.world.start_again(Role::Central).await?;
    Ok(signing["kid"].as_str().context("a name")?.to_owned())
}

/// Who signed the erasure receipts of the client server's parcels, oldest first, once there is one of each.
async fn signers(town: &Town) -> Result<Vec<String>> {
    until("every parcel has its receipt", async || {
        let parcels = town.world.client_staff().parcels(None).await?.items;
        let receipts = parcels.iter().map(|parcel| parcel.erasure_receipt.as_deref());
        let Some(receipts) = receipts.collect::<Option<Vec<&str>>>() else { return Ok(None) };
        let signers = receipts.iter().map(|receipt| Ok(receipt.parse::<CompactJws>()?.kid().to_string()));
        signers.collect::<Result<_>>().map(Some)
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_keys_of_central_are_followed_from_the_first_one() -> Result<()> {
    let mut town = Town::new(hosting()).await?;
    let one = Customer::decides(&town.world, 1, &[]).await?;
    one.partner_hears("data.available", PROVIDERS.len()).await?;
    town.nothing_is_held().await?;
    let by_the_first = signers(&town).await?.len();

    // a journey that was begun under the first key ends under the second
    let second = replaced(&mut town).await?;
    one.shares(&|_| {}).await?;
    one.has_everything_delivered_once(&town, EVERY_SOURCE).await?;
    town.nothing_is_held().await?;
    let since = signers(&town).await?.split_off(by_the_first);
    assert!(since.len() > 2 && since.iter().all(|signer| *signer == second), "{since:?}");
    assert!(one.news().await?.iter().any(|news| news.erasure_receipt.is_some()), "checked on the phone");

    // one whose app has never heard of the second begins under the third
    let third = replaced(&mut town).await?;
    let two = Customer::decides(&town.world, 2, &["account-aggregator"]).await?;
    two.has_everything_delivered_once(&town, PROVIDERS).await?;
    town.nothing_is_held().await?;
    let signers = signers(&town).await?;
    let last = signers.last_chunk::<2>().context("two parcels")?;
    assert!(last.iter().all(|signer| *signer == third), "{signers:?}");

    let listed = central_keys(&town, &["list"])?;
    let of_signing: Vec<&Value> =
        listed.as_array().context("a list")?.iter().filter(|key| key["key"] == "signing").collect();
    assert_eq!(of_signing.len(), 3, "{listed}");
    assert_eq!((&of_signing[0]["kid"], &of_signing[1]["kid"]), (&third.into(), &second.into()));
    town.world.stop().await;
    Ok(())
}
