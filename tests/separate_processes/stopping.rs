//! Programs asked to end.

use std::time::Duration;

use anyhow::Result;
use mpp_demo::world::{Role, Stopped};

use crate::customer::{Customer, EVERY_SOURCE};
use crate::programs::hosting;
use crate::town::Town;

fn ended_well(stopped: &Stopped) {
    let Stopped { part, after, status } = stopped;
    let status = status.expect("it was a program");
    assert_eq!(status.code(), Some(0), "{part}: {status}");
    assert!(*after < Duration::from_secs(8), "{part} took {after:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_program_ends_when_asked_also_while_others_wait_for_its_answer() -> Result<()> {
    let mut town = Town::new(hosting()).await?;
    let customer = Customer::decides(&town.world, 1, &[]).await?;
    customer.shares(&|_| {}).await?;
    customer.has_everything_delivered_once(&town, EVERY_SOURCE).await?;
    // the client server's long poll is open all the time, this phone's is opened now
    let last = customer.news().await?.last().map_or(0, |event| event.sequence);
    let polling = tokio::spawn(async move { customer.phone.mpp.news(last, Duration::from_secs(60)).await });
    for role in [Role::Central, Role::Client, Role::PrivateShare] {
        ended_well(&town.world.stop_role(role).await?);
        assert_eq!(town.world.process_id(role), None);
    }
    // answered or cut off, but not left waiting
    drop(polling.await?);
    let sandbox = town.world.stop().await;
    assert_eq!(sandbox.len(), 1);
    ended_well(&sandbox[0]);
    Ok(())
}
