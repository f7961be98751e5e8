//! Requests are taken back by staff, and both servers are killed right after: nothing of it is forgotten, and nobody decides on
//! what was taken back.

use anyhow::{Result, ensure};
use mpp_api::central::RequestSearchQuery;
use mpp_api::client::CaseQuery;
use mpp_core::{Decision, LanguageTag, Persistence};
use mpp_demo::world::{Keeping, Role, World};
use mpp_sdk::Phase;

use crate::customer::{Asked, Case, Customer, Sent};
use crate::postgres_support::FreshDatabase;
use crate::programs::hosting;
use crate::town::{Town, until};

const TAKEN_BACK: &str = "cancelled";

/// How a request stands after staff took it back; `None` when the answer says that the customer was faster. What may pass is
/// tried again under the same name: a line of before to a server that was killed breaks off once.
async fn take_back(world: &World, case: &str, once: &str) -> Result<Option<String>> {
    let case = case.parse()?;
    until("an answer of the client server", async || {
        match world.client_staff().take_back(once, &case).await {
            Ok(request) => Ok(Some(Some(request.state))),
            Err(refused) if refused.code() == Some("request_decided") => Ok(Some(None)),
            Err(broken) if broken.persistence() == Persistence::Temporary => Ok(None),
            Err(other) => Err(other.into()),
        }
    })
    .await
}

/// The cases that both servers list as taken back, in the order in which they were placed.
async fn listed(world: &World) -> Result<[Vec<String>; 2]> {
    let status = Some(TAKEN_BACK.to_owned());
    let query = RequestSearchQuery { status: status.clone(), ..Default::default() };
    let at_central = world.operator().requests(&query).await?.items;
    let query = CaseQuery { status, ..Default::default() };
    let at_client = world.client_staff().cases(&query).await?.items;
    let mut lists = [
        at_central.into_iter().map(|row| row.case_ref.to_string()).collect::<Vec<_>>(),
        at_client.into_iter().map(|row| row.case_ref.to_string()).collect::<Vec<_>>(),
    ];
    for list in &mut lists {
        list.sort();
    }
    Ok(lists)
}

/// Whoever had it open learns that it was taken back, and cannot decide any more.
async fn is_over_for_who_had_it_open(asked: &Asked) -> Result<()> {
    let decisions = asked.screen.decisions().all(Decision::Approved);
    let late = asked.phone.mpp.decide(&asked.screen, &decisions, &LanguageTag::english()).await;
    let code = late.as_ref().err().and_then(|error| error.code());
    ensure!(code == Some("request_cancelled"), "a late decision: {late:?}");
    let kept = asked.phone.mpp.look_again(asked.screen.content().consent_request_id).await?;
    ensure!(kept.phase == Phase::Cancelled && kept.artefacts.is_empty(), "{:?}", kept.phase);
    Ok(())
}

/// A link that nobody has opened opens nowhere.
async fn is_over_for_who_has_the_link(sent: &Sent) -> Result<()> {
    let opened = sent.phone.mpp.open_link(&sent.link).await;
    let code = opened.as_ref().err().and_then(|error| error.code());
    ensure!(code == Some("request_cancelled"), "a link that was not opened before: {code:?}");
    Ok(())
}

/// The partner's application hears that a request was taken back.
async fn application_is_told(sent: &Sent, case_ref: &str) -> Result<()> {
    until("the partner hears that it was taken back", async || {
        let case: Case = sent.outside.get(&format!("/partner-app/cases/{case_ref}")).await?;
        Ok((case.times("consent.cancelled") >= 1).then_some(()))
    })
    .await
}

async fn requests_are_taken_back(keeping: &Keeping) -> Result<()> {
    let mut town = Town::keeping(hosting(), keeping).await?;
    let open = Asked::in_world(&town.world, 1).await?;
    let unopened = Sent::in_world(&town.world, 2).await?;
    let decided = Customer::decides(&town.world, 3, &["account-aggregator"]).await?;
    decided.has_everything_delivered_once(&town, &["bureau", "operator"]).await?;
    for (case, once) in [(&open.case, "open"), (&unopened.case, "unopened")] {
        ensure!(take_back(&town.world, case, once).await?.as_deref() == Some(TAKEN_BACK), "{once}");
    }
    for role in [Role::Client, Role::Central] {
        town.world.kill(role).await?;
    }
    for role in [Role::Central, Role::Client] {
        town.world.start_again(role).await?;
    }
    is_over_for_who_has_the_link(&unopened).await?;
    is_over_for_who_had_it_open(&open).await?;
    let mut cases = vec![open.case.clone(), unopened.case.clone()];
    cases.sort();
    let wanted = [cases.clone(), cases];
    until("both servers list them", async || {
        Ok(listed(&town.world).await.ok().filter(|lists| *lists == wanted))
    })
    .await?;
    for case in [&open.case, &unopened.case] {
        application_is_told(&unopened, case).await?;
    }
    // a second time says the same, and what a customer has decided is the customer's
    let again = take_back(&town.world, &open.case, "again").await?;
    ensure!(again.as_deref() == Some(TAKEN_BACK), "{again:?}");
    ensure!(take_back(&town.world, &decided.case, "too late").await?.is_none(), "the customer was faster");
    town.world.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_were_taken_back_stay_so_when_both_servers_are_killed() -> Result<()> {
    requests_are_taken_back(&Keeping::default()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_were_taken_back_stay_so_in_postgres() -> Result<()> {
    let database = FreshDatabase::new().await;
    requests_are_taken_back(&Keeping { records: database.url().parse()?, bucket: None }).await
}
