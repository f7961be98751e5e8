//! How long the pages of the portals take when central and the client server hold very many consents: one real journey, copied
//! as `mpp seed` does at both, then every page asked for in turn, over HTTP, and by clicking through the menu in a
//! browser.
//! Started by `cargo xtask bench portal`.
#![allow(clippy::disallowed_methods, missing_docs, reason = "a measurement")]

#[allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    dead_code,
    reason = "the driver is that of the tests"
)]
#[path = "../../tests/pages/browser.rs"]
mod browser;
mod central_places;
mod client_places;
mod files;
mod paint;
mod visiting;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::{Parser, ValueEnum};
use mpp_api::client::StaffClient;
use mpp_api::desk::{DeskClient, InviteStaff, Join, OpenInvitation};
use mpp_api::{Anonymous, Bearer, Caller};
use mpp_core::Clock;
use mpp_demo::once;
use mpp_demo::timeline::{Form, Timeline};
use mpp_demo::world::{Hosting, World};
use mpp_server::central::CentralConfig;
use mpp_server::client::ClientConfig;
use mpp_server::runtime::{SystemClock, load_config};
use mpp_server::{central, client};
use mpp_transport::{ConnectionSettings, HyperTransport, Transport};
use totp_rs::{Builder, Secret};
use url::Url;

use visiting::Visitor;

/// What is asked for.
#[derive(Debug, Parser)]
struct Options {
    /// How many consents a server holds.
    #[arg(long, default_value_t = 100_000)]
    consents: u64,
    /// How often each page is asked for.
    #[arg(long, default_value_t = 40)]
    rounds: usize,
    /// Only this part.
    #[arg(long)]
    only: Option<Part>,
    /// Be central with this configuration, for whoever measures it.
    #[arg(long, hide = true)]
    serve: Option<PathBuf>,
    /// What cargo passes to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Central's: the staff of Moneyone.
    Central,
    /// A client server's: the staff of an enterprise.
    Client,
    /// Files of a long list of central's. A workbook holds 1,00,000 rows, so there must be fewer consents than that.
    Files,
}

/// How often each file is made at most.
const MOST_FILES: usize = 5;
const PASSWORD: &str = "correct horse battery staple";
/// How long the client server may take to hear of the erasures.
const PROVING: Duration = Duration::from_secs(20);
/// Roles that may see everything.
const AT_CENTRAL: [&str; 4] = ["administrator", "operations", "finance", "auditor"];
const AT_CLIENT: [&str; 7] =
    ["administrator", "operations", "product_manager", "caseworker", "data_reader", "finance", "auditor"];

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    if let Some(config) = &options.serve {
        return files::serve(config).await;
    }
    let folder = std::env::temp_dir().join(format!("mpp-bench-portal-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let measured = measure(&options, &folder).await;
    std::fs::remove_dir_all(&folder).context("clearing away")?;
    measured
}

/// A world that has ended, and who may look at what is left of it.
struct Left {
    central: PathBuf,
    client: PathBuf,
    /// The case of the journey.
    case: String,
    at_central: String,
    at_client: String,
    /// Invitations to both portals, for the browser.
    to_central: String,
    to_client: String,
}

async fn measure(options: &Options, folder: &Path) -> anyhow::Result<()> {
    let left = journey(folder).await?;
    match options.only {
        Some(Part::Central) => measure_central(options, &left).await,
        Some(Part::Client) => measure_client(options, &left).await,
        Some(Part::Files) => measure_files(options, &left).await,
        None => {
            measure_central(options, &left).await?;
            measure_client(options, &left).await
        }
    }
}

/// One customer's journey to its end, and accounts at both portals.
async fn journey(folder: &Path) -> anyhow::Result<Left> {
    let world = World::start(folder, Hosting::InProcess).await?;
    let summary = once::run(&world, &Arc::new(Timeline::new(Form::Silent)), 1).await?;
    let case = summary.pointer("/sources/0/caseRef").and_then(serde_json::Value::as_str);
    let (central, client) = (world.places().central.clone(), world.places().client.clone());
    let invitation = invite(world.central_desk(), "asha", &AT_CENTRAL).await?;
    let at_central = join(central, invitation).await?;
    let invitation = invite(world.client_desk(), "leela", &AT_CLIENT).await?;
    let at_client = join(client.clone(), invitation).await?;
    until_proven(client, &at_client).await?;
    let left = Left {
        central: world.folder("central").join("central.toml"),
        client: world.folder("client").join("client.toml"),
        case: case.context("the journey names no case")?.to_owned(),
        at_central,
        at_client,
        to_central: invite(world.central_desk(), "vikram", &AT_CENTRAL).await?,
        to_client: invite(world.client_desk(), "omar", &AT_CLIENT).await?,
    };
    world.stop().await;
    Ok(left)
}

/// The proofs of erasure come to the client server after the erasure.
async fn until_proven(server: Url, session: &str) -> anyhow::Result<()> {
    let caller = Caller::new(server, transport()?, Arc::new(Bearer::new(session)?));
    let staff = StaffClient::new(caller);
    let begun = Instant::now();
    loop {
        let parcels = staff.parcels(None).await?.items;
        if !parcels.is_empty() && parcels.iter().all(|parcel| parcel.state == "acknowledged") {
            return Ok(());
        }
        let states: Vec<&str> = parcels.iter().map(|parcel| parcel.state.as_str()).collect();
        anyhow::ensure!(begun.elapsed() < PROVING, "parcels are still {states:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn measure_central(options: &Options, left: &Left) -> anyhow::Result<()> {
    let config: CentralConfig = load_config(&left.central)?;
    println!("\ncentral");
    let mut filling = Filling::begin();
    let done = central::multiply(&config, options.consents, &mut |done| filling.tell(done.consents)).await?;
    filling.end(&done);
    let running = central::start(config).await?;
    let visitor = Visitor::new(running.base_url(), "__Host-mpp-central", &left.at_central)?;
    visitor.time_all(&central_places::places(&visitor).await?, options.rounds).await?;
    click(running.base_url(), &left.to_central, options.rounds).await?;
    running.stop().await;
    Ok(())
}

async fn click(at: &Url, invitation: &str, rounds: usize) -> anyhow::Result<()> {
    let (at, invitation) = (at.clone(), invitation.to_owned());
    tokio::task::spawn_blocking(move || paint::measure(&at, &invitation, rounds)).await?
}

async fn measure_files(options: &Options, left: &Left) -> anyhow::Result<()> {
    println!("\nfiles");
    let mut filling = Filling::begin();
    let config = load_config(&left.central)?;
    let done = central::multiply(&config, options.consents, &mut |done| filling.tell(done.consents)).await?;
    filling.end(&done);
    files::measure(&left.central, &left.at_central, options.rounds.min(MOST_FILES)).await
}

async fn measure_client(options: &Options, left: &Left) -> anyhow::Result<()> {
    let mut config: ClientConfig = load_config(&left.client)?;
    println!("\nclient server");
    let mut filling = Filling::begin();
    let done = client::multiply(&config, options.consents, &mut |done| filling.tell(done.consents)).await?;
    filling.end(&done);
    // some pages ask central
    let central = central::start(load_config(&left.central)?).await?;
    config.central.url = central.base_url().clone();
    let running = client::start(config).await?;
    let visitor = Visitor::new(running.base_url(), "__Host-mpp-client", &left.at_client)?;
    visitor.time_all(&client_places::places(&visitor, &left.case).await?, options.rounds).await?;
    client_places::copies_have_no_bytes(&visitor).await?;
    click(running.base_url(), &left.to_client, options.rounds).await?;
    running.stop().await;
    central.stop().await;
    Ok(())
}

/// Says how far the filling of a server is.
struct Filling {
    begun: Instant,
    said: u64,
}

impl Filling {
    fn begin() -> Self {
        Self { begun: Instant::now(), said: 0 }
    }

    fn tell(&mut self, consents: u64) {
        if consents / 50_000 > self.said {
            self.said = consents / 50_000;
            println!("{consents} consents after {:.0} s", self.begun.elapsed().as_secs_f64());
        }
    }

    fn end(&self, done: &impl std::fmt::Debug) {
        println!("{done:?} in {:.0} s", self.begun.elapsed().as_secs_f64());
    }
}

fn transport() -> anyhow::Result<Arc<dyn Transport>> {
    Ok(Arc::new(HyperTransport::new(ConnectionSettings::default())?))
}

/// Invites somebody; gives the invitation.
async fn invite(desk: &DeskClient, id: &str, roles: &[&str]) -> anyhow::Result<String> {
    let roles = roles.iter().map(|role| (*role).to_owned()).collect();
    let invite = InviteStaff { id: id.into(), name: format!("{id} (bench)"), roles };
    Ok(desk.invite(&format!("bench-{id}"), &invite).await?.invitation.clone())
}

/// Makes an account of an invitation; gives its session.
async fn join(server: Url, invitation: String) -> anyhow::Result<String> {
    let door = DeskClient::new(Caller::new(server, transport()?, Arc::new(Anonymous)));
    let open = OpenInvitation { invitation: invitation.clone(), shown: None };
    let opened = door.open_invitation(&open).await?;
    let code = code(&opened.secret)?;
    let join = Join { invitation, password: PASSWORD.into(), code };
    Ok(door.join(&join).await?.session_key.clone())
}

/// What an authenticator app shows now.
fn code(secret: &str) -> anyhow::Result<String> {
    let secret = Secret::try_from_base32(secret).map_err(|_| anyhow::anyhow!("no secret"))?;
    let now = u64::try_from(SystemClock.now().as_unix_seconds())?;
    Ok(Builder::new().with_secret(secret).build_noncompliant().generate(now).to_string())
}
