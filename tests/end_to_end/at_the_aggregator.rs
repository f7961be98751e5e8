//! The customer says no at the Account Aggregator.

use anyhow::{Context, Result, ensure};
use async_trait::async_trait;
use mpp_core::MobileNumber;
use mpp_demo::outside::Outside;
use mpp_demo::world::Hosting;
use mpp_private_share::{Approval, ApprovalUi, LeftPage, ShareError};
use mpp_sdk::SdkError;
use mpp_transport::{HeaderValue, Request, header};
use serde_json::{Value, json};

use crate::customer::{Customer, EVERY_SOURCE, handle_of};
use crate::town::Town;

/// Says no on the Account Aggregator's page.
#[derive(Debug)]
struct Rejects {
    outside: Outside,
    mobile: MobileNumber,
}

impl Rejects {
    async fn reject(&self, handle: &str) -> Result<()> {
        let begun: Value = self.outside.post("/aa/app/login", &json!({ "mobile": self.mobile })).await?;
        let code = self.outside.one_time_password(&self.mobile, "").await?;
        let login = json!({ "loginId": begun["loginId"], "otp": code });
        let session: Value = self.outside.post("/aa/app/login/verify", &login).await?;
        let session = session["session"].as_str().context("no session")?;
        let url = self.outside.base().join(&format!("/aa/app/consents/{handle}/reject"))?;
        let request = Request::post(url)
            .with_header(header::AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {session}"))?)
            .with_header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .with_body("{}");
        let answer = self.outside.transport().send(request).await?;
        ensure!(answer.status.is_success(), "{}", answer.status);
        Ok(())
    }
}

#[async_trait]
impl ApprovalUi for Rejects {
    async fn show(&self, approval: &Approval) -> LeftPage {
        self.reject(&handle_of(approval).unwrap()).await.unwrap();
        LeftPage::CameBack
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_rejected_there_are_not_fetched_and_may_be_approved_later() -> Result<()> {
    let town = Town::new(Hosting::InProcess).await?;
    let customer = Customer::decides(&town.world, 1, &[]).await?;
    let rejects =
        Rejects { outside: town.world.outside().clone(), mobile: customer.phone.person.mobile.clone() };
    let error = customer.shares_with(&rejects, &|_| {}).await.unwrap_err();
    assert!(matches!(error, SdkError::Share(ShareError::Refused)), "{error:?}");
    assert_eq!(error.to_string(), "You did not approve the request. Nothing was shared.");
    assert_eq!(town.calls("ONEMONEYDEMO_AA", "FI/request").await?, 0);
    customer.has_everything_delivered_once(&town, &["bureau", "operator"]).await?;

    customer.shares(&|_| {}).await?;
    customer.has_everything_delivered_once(&town, EVERY_SOURCE).await?;
    town.world.stop().await;
    Ok(())
}
