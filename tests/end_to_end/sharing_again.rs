//! Under a periodic consent the app shares accounts again when it is time.

use anyhow::{Result, ensure};
use async_trait::async_trait;
use mpp_core::{FetchType, Frequency, FrequencyUnit, ProductContent, PurposeCode};
use mpp_demo::product::personal_loan;
use mpp_demo::world::Hosting;
use mpp_private_share::{Approval, ApprovalUi, LeftPage};
use mpp_sdk::Phase;

use crate::customer::{Customer, Sent};
use crate::town::Town;

const ACCOUNTS: &[&str] = &["account-aggregator"];

/// Accounts for a year, so often that the next fetch need not wait for another day.
fn wealth_report() -> Result<ProductContent> {
    let mut content = personal_loan()?;
    content.name = "Wealth report".to_owned();
    content.items.truncate(1);
    for item in &mut content.items {
        item.terms.purpose.code = PurposeCode::WealthManagement;
        item.terms.fetch_type = FetchType::Periodic;
        item.terms.frequency = Frequency { unit: FrequencyUnit::Month, value: 31 };
    }
    Ok(content)
}

/// The customer has approved before, and is not asked again.
#[derive(Debug)]
struct NobodyAsked;

#[async_trait]
impl ApprovalUi for NobodyAsked {
    async fn show(&self, approval: &Approval) -> LeftPage {
        panic!("asked again, at {}", approval.page)
    }
}

/// Accounts were shared so often, each time by a data session of its own, and all of them came to central.
async fn was_shared(town: &Town, customer: &Customer, times: usize, accounts: usize) -> Result<()> {
    customer.has_everything_delivered_once(town, ACCOUNTS).await?;
    let kept = customer.phone.mpp.requests().await?;
    ensure!(kept.len() == 1 && kept[0].phase == Phase::Complete, "{kept:?}");
    let consents = customer.phone.mpp.history().await?;
    let uses = consents.iter().flat_map(|consent| &consent.uses);
    let fetched = uses.filter(|used| used.what == "fetched").count();
    ensure!(fetched == times * accounts, "{fetched} fetched of {accounts} accounts");
    let sessions = usize::try_from(town.calls("ONEMONEYDEMO_AA", "FI/request").await?)?;
    ensure!(sessions == times, "{sessions} data sessions");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_a_periodic_consent_accounts_are_shared_once_more() -> Result<()> {
    let town = Town::new(Hosting::InProcess).await?;
    let product = town.world.offer(&wealth_report()?).await?;
    let customer = Sent::for_product(&town.world, product, 1).await?.opens().await?.decides(&[]).await?;
    let accounts = customer.shares(&|_| {}).await?.uploaded.len();
    was_shared(&town, &customer, 1, accounts).await?;
    let again = customer.shares_with(&NobodyAsked, &|_| {}).await?;
    ensure!(accounts > 0 && again.uploaded.len() == accounts, "{again:?}");
    was_shared(&town, &customer, 2, accounts).await?;
    town.world.stop().await;
    Ok(())
}
