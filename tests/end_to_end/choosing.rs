//! Item by item: what is refused is never asked for, what is paused does not move.

use anyhow::Result;
use mpp_demo::product::BUREAU;
use mpp_demo::world::Hosting;

use crate::customer::{Customer, EVERY_SOURCE};
use crate::town::Town;
use crate::withdrawing::consent;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_bureau_is_never_called_and_the_rest_is_delivered() -> Result<()> {
    let town = Town::new(Hosting::InProcess).await?;
    let customer = Customer::decides(&town.world, 1, &[&format!("provider:{BUREAU}")]).await?;
    assert_eq!(customer.request.artefacts.len(), 2);
    customer.shares(&|_| {}).await?;
    customer.has_everything_delivered_once(&town, &["account-aggregator", "operator"]).await?;
    assert_eq!(town.calls("bureau", "reports").await?, 0);
    assert_eq!(town.calls("bureau", "enquiries").await?, 0);
    assert!(town.calls("operator", "profiles").await? > 0);
    town.world.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_accounts_leave_nothing_to_share() -> Result<()> {
    let town = Town::new(Hosting::InProcess).await?;
    let customer = Customer::decides(&town.world, 1, &["account-aggregator"]).await?;
    let error = customer.shares(&|_| {}).await.unwrap_err();
    assert_eq!(error.to_string(), "there is no financial information to share");
    customer.has_everything_delivered_once(&town, &["bureau", "operator"]).await?;
    assert_eq!(town.calls("ONEMONEYDEMO_AA", "Consent").await?, 0);
    town.world.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_uploaded_under_a_paused_consent_until_it_is_resumed() -> Result<()> {
    let town = Town::new(Hosting::InProcess).await?;
    let customer = Customer::decides(&town.world, 1, &[]).await?;
    let consent = consent(&customer, "account-aggregator")?;
    assert_eq!(customer.phone.mpp.pause(consent).await?.state, "paused");
    let error = customer.shares(&|_| {}).await.unwrap_err();
    assert_eq!(error.code(), Some("consent_paused"));
    customer.partner_hears("consent.paused", 1).await?;
    assert_eq!(customer.phone.mpp.resume(consent).await?.state, "active");
    assert!(customer.resumes_uploads().await? > 0, "what was sealed had waited on the phone");
    customer.has_everything_delivered_once(&town, EVERY_SOURCE).await?;
    customer.partner_hears("consent.resumed", 1).await?;
    town.world.stop().await;
    Ok(())
}
