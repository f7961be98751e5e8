//! Withdrawal: what was not collected is erased at once, what was collected is purged at the partner.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use mpp_core::{ConsentId, Source};
use mpp_demo::product::{BUREAU, OPERATOR};
use mpp_demo::world::{Hosting, Role};

use crate::customer::{Asked, Customer, EVERY_SOURCE};
use crate::town::{Town, until};

/// The consent for a source.
pub(crate) fn consent(customer: &Customer, source: &str) -> Result<ConsentId> {
    let source: Source = source.parse()?;
    let artefact = customer.request.artefacts.iter().find(|artefact| artefact.source == source);
    Ok(artefact.context("not approved")?.consent)
}

async fn withdraw_all(customer: &Customer) -> Result<()> {
    let providers = [BUREAU, OPERATOR].map(|provider| format!("provider:{provider}"));
    for source in ["account-aggregator", &providers[0], &providers[1]] {
        let view = customer.phone.mpp.withdraw(consent(customer, source)?).await?;
        assert_eq!(view.state, "revoked");
    }
    Ok(())
}

/// How many files lie anywhere in a folder.
fn files(folder: &Path) -> Result<usize> {
    let mut count = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        count += if entry.file_type()?.is_dir() { files(&entry.path())? } else { 1 };
    }
    Ok(count)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_collected_is_erased_at_once_and_never_comes() -> Result<()> {
    let mut town = Town::new(Hosting::InProcess).await?;
    let asked = Asked::in_world(&town.world, 1).await?;
    // from here on nobody collects
    town.world.stop_role(Role::Client).await?;
    let customer = asked.decides(&[]).await?;
    let accounts = customer.shares(&|_| {}).await?.uploaded.len();
    let all = u64::try_from(accounts)? + 2;
    until("central holds everything", async || {
        Ok((town.world.holdings().await?.parcels == all).then_some(()))
    })
    .await?;
    let parcels = town.world.folder("central").join("data/parcels");
    assert!(files(&parcels)? > 0);

    let phone = &customer.phone.mpp;
    assert_eq!(phone.clear_ended().await?, [], "everything is in force");
    withdraw_all(&customer).await?;
    assert_eq!(
        phone.requests().await?.len(),
        1,
        "the customer's own evidence stays until the customer says so"
    );
    assert_eq!(phone.clear_ended().await?, [customer.request.request]);
    assert_eq!((phone.requests().await?, phone.clear_ended().await?), (vec![], vec![]));
    let held = town.world.holdings().await?;
    assert_eq!((held.parcels, held.parcel_keys), (0, 0), "erased before the answer");
    assert_eq!(files(&parcels)?, 0);

    town.world.start_again(Role::Client).await?;
    let case = customer.partner_hears("consent.revoked", 3).await?;
    assert_eq!(case.times("data.available"), 0);
    town.world.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_collected_is_purged_at_the_partner() -> Result<()> {
    let town = Town::new(Hosting::InProcess).await?;
    let customer = Customer::decides(&town.world, 1, &[]).await?;
    customer.shares(&|_| {}).await?;
    customer.has_everything_delivered_once(&town, EVERY_SOURCE).await?;
    let documents = customer.case().await?.times("data.available");
    let stored = town.world.folder("client").join("data/parcels");
    assert!(files(&stored)? >= documents);

    withdraw_all(&customer).await?;
    let accounts = consent(&customer, "account-aggregator")?;
    customer.phone.mpp.withdraw_everywhere(accounts, &customer.phone.private_share).await?;
    let calls: serde_json::Value = town.world.outside().get("/control/counters").await?;
    let told = calls.pointer("/ONEMONEYDEMO_AA/Consent~1Notification").and_then(serde_json::Value::as_u64);
    assert_eq!(told, Some(1), "the consent at the Account Aggregator ends as well");

    let case = customer.partner_hears("data.deleted", documents).await?;
    assert_eq!(case.times("consent.revoked"), 3);
    assert_eq!(case.times("data.deleted"), documents);
    until("the client server keeps no bytes", async || Ok((files(&stored)? == 0).then_some(()))).await?;
    town.world.stop().await;
    Ok(())
}
