//! A role is killed at the worst moment and started again on the same folder: the journey ends as if nothing had been.

use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use mpp_core::Persistence;
use mpp_demo::world::Role;
use mpp_sdk::{Shared, UploadStep};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::customer::{Asked, Customer, EVERY_SOURCE};
use crate::held_line::HeldLine;
use crate::programs::hosting;
use crate::town::{PATIENCE, Town, until};

/// Has a party of the sandbox leave one call without an answer.
pub(crate) async fn leaves_a_call_open(town: &Town, entity: &str, operation: &str) -> Result<()> {
    let line = json!({ "entity": entity, "operation": operation, "fault": { "kind": "never" }, "times": 1 });
    let _: Value = town.world.outside().post("/control/faults", &line).await?;
    Ok(())
}

/// Shares as an app does it: what may pass is tried again.
async fn shares_in_the_end(customer: Customer) -> Result<Shared> {
    let sharing = async {
        loop {
            match customer.shares(&|_| {}).await {
                Err(error) if error.persistence() == Persistence::Temporary => {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                settled => return settled,
            }
        }
    };
    Ok(tokio::time::timeout(PATIENCE, sharing).await??)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn central_killed_in_the_middle_of_an_upload() -> Result<()> {
    let mut town = Town::new(hosting()).await?;
    // so long that a parcel takes several appends
    let padding = json!({ "documentPaddingBytes": 1_600_000 });
    let _: Value = town.world.outside().post("/control/settings", &padding).await?;
    let customer = Customer::decides(&town.world, 1, &[]).await?;

    let (reached, mut at_the_point) = mpsc::unbounded_channel();
    let (go_on, held) = std::sync::mpsc::channel::<()>();
    let (held, complete) = (Mutex::new(Some(held)), AtomicUsize::new(0));
    // holds the upload when one parcel is at central and half of the next
    let on_step = move |step: UploadStep| {
        if step.sent == step.size {
            complete.fetch_add(1, Ordering::SeqCst);
        } else if step.sent > 0
            && complete.load(Ordering::SeqCst) > 0
            && let Some(held) = held.lock().unwrap().take()
        {
            reached.send(()).unwrap();
            tokio::task::block_in_place(|| held.recv()).unwrap();
        }
    };
    let sharing = tokio::spawn({
        let customer = customer.clone();
        async move { customer.shares(&on_step).await }
    });
    at_the_point.recv().await.context("the upload was over before it could be cut")?;
    town.world.kill(Role::Central).await?;
    go_on.send(())?;
    let cut = sharing.await?.unwrap_err();
    assert_eq!(cut.persistence(), Persistence::Temporary, "{cut:?}");

    town.world.start_again(Role::Central).await?;
    assert!(customer.resumes_uploads().await? > 0);
    customer.has_everything_delivered_once(&town, EVERY_SOURCE).await?;
    town.world.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn central_killed_while_the_bureau_makes_the_report() -> Result<()> {
    let mut town = Town::new(hosting()).await?;
    leaves_a_call_open(&town, "bureau", "reports").await?;
    let customer = Customer::decides(&town.world, 1, &["account-aggregator"]).await?;
    until("the bureau is asked", async || Ok((town.calls("bureau", "reports").await? == 1).then_some(())))
        .await?;
    town.world.kill(Role::Central).await?;
    town.world.start_again(Role::Central).await?;
    customer.has_everything_delivered_once(&town, &["bureau", "operator"]).await?;
    assert_eq!(town.calls("bureau", "enquiries").await?, 1, "asking again is not another enquiry");
    town.world.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn client_server_killed_between_storing_and_acknowledging() -> Result<()> {
    let mut town = Town::new(hosting()).await?;
    let central = town.world.places().central.socket_addrs(|| None)?[0];
    let mut line = HeldLine::to(central, "/acknowledgement ").await?;
    // the client server speaks to central over the line from now on
    town.world.stop_role(Role::Client).await?;
    let config = town.world.config(Role::Client);
    let text = fs::read_to_string(&config)?;
    let earlier = town.world.places().central.to_string();
    assert!(text.contains(&earlier));
    fs::write(&config, text.replace(&earlier, &format!("http://{}/", line.address)))?;
    town.world.start_again(Role::Client).await?;

    let customer = Asked::in_world(&town.world, 1).await?.decides(&[]).await?;
    customer.shares(&|_| {}).await?;
    line.holds_one().await;
    town.world.kill(Role::Client).await?;
    assert!(town.world.holdings().await?.parcels > 0, "central keeps what is not acknowledged");
    line.open();
    town.world.start_again(Role::Client).await?;
    customer.has_everything_delivered_once(&town, EVERY_SOURCE).await?;
    town.world.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn private_share_service_killed_between_approval_and_fetching() -> Result<()> {
    let mut town = Town::new(hosting()).await?;
    // the Account Aggregator has the approval, the service is about to read it
    leaves_a_call_open(&town, "ONEMONEYDEMO_AA", "Consent/fetch").await?;
    let customer = Customer::decides(&town.world, 1, &[]).await?;
    let sharing = tokio::spawn(shares_in_the_end(customer.clone()));
    until("the approved consent is read", async || {
        Ok((town.calls("ONEMONEYDEMO_AA", "Consent/fetch").await? == 1).then_some(()))
    })
    .await?;
    assert_eq!(town.calls("ONEMONEYDEMO_AA", "FI/request").await?, 0);
    town.world.kill(Role::PrivateShare).await?;
    town.world.start_again(Role::PrivateShare).await?;
    sharing.await??;
    customer.has_everything_delivered_once(&town, EVERY_SOURCE).await?;
    assert_eq!(town.calls("ONEMONEYDEMO_AA", "Consent").await?, 1, "the customer is asked once");
    assert_eq!(town.calls("ONEMONEYDEMO_AA", "FI/request").await?, 1);
    town.world.stop().await;
    Ok(())
}
