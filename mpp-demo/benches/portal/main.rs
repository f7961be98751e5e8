//! How long central's pages take when central holds very many consents: one real journey, copied as `mpp seed` does, then
//! every page asked for in turn, over HTTP and by clicking through them in a browser. Started by `cargo xtask bench portal`.
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
mod paint;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Parser;
use http::{HeaderValue, StatusCode, header};
use mpp_api::desk::{DeskClient, InviteStaff, Join, OpenInvitation};
use mpp_api::{Anonymous, Caller};
use mpp_core::Clock;
use mpp_demo::once;
use mpp_demo::timeline::{Form, Timeline};
use mpp_demo::world::{Hosting, World};
use mpp_server::central::{CentralConfig, multiply, start};
use mpp_server::runtime::{SystemClock, load_config};
use mpp_transport::{ConnectionSettings, HyperTransport, Request, Transport};
use totp_rs::{Builder, Secret};
use url::Url;

/// What is asked for.
#[derive(Debug, Parser)]
struct Options {
    /// How many consents central holds.
    #[arg(long, default_value_t = 100_000)]
    consents: u64,
    /// How often each page is asked for.
    #[arg(long, default_value_t = 40)]
    rounds: usize,
    /// What cargo passes to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

const PASSWORD: &str = "correct horse battery staple";
/// The largest page that is read, in bytes.
const LARGEST_PAGE: usize = 16 * 1024 * 1024;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let folder = std::env::temp_dir().join(format!("mpp-bench-portal-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let measured = measure(&options, &folder).await;
    std::fs::remove_dir_all(&folder).context("clearing away")?;
    measured
}

async fn measure(options: &Options, folder: &std::path::Path) -> anyhow::Result<()> {
    let world = World::start(folder, Hosting::InProcess).await?;
    once::run(&world, &Arc::new(Timeline::new(Form::Silent)), 1).await?;
    let session = join(&world).await?;
    let second = invite(&world, "vikram").await?;
    let config = world.folder("central").join("central.toml");
    world.stop().await;

    let config: CentralConfig = load_config(&config)?;
    let begun = Instant::now();
    let mut said = 0;
    let done = multiply(&config, options.consents, &mut |done| {
        if done.consents / 50_000 > said {
            said = done.consents / 50_000;
            println!("{} consents after {:.0} s", done.consents, begun.elapsed().as_secs_f64());
        }
    })
    .await?;
    println!("{done:?} in {:.0} s", begun.elapsed().as_secs_f64());

    let central = start(config).await?;
    let visitor = Visitor { at: central.base_url().clone(), session, transport: transport()? };
    println!("{:<44}{:>9}{:>9}{:>9}{:>10}", "page", "p50 ms", "p95 ms", "max ms", "bytes");
    for place in visitor.places().await? {
        visitor.time(&place, options.rounds).await?;
    }
    let (at, rounds) = (central.base_url().clone(), options.rounds);
    tokio::task::spawn_blocking(move || paint::measure(&at, &second, rounds)).await??;
    central.stop().await;
    Ok(())
}

fn transport() -> anyhow::Result<Arc<dyn Transport>> {
    Ok(Arc::new(HyperTransport::new(ConnectionSettings::default())?))
}

/// Invites somebody who may see everything; gives the invitation.
async fn invite(world: &World, id: &str) -> anyhow::Result<String> {
    let roles = ["administrator", "operations", "finance", "auditor"].map(str::to_owned).to_vec();
    let invite = InviteStaff { id: id.into(), name: format!("{id} (bench)"), roles };
    Ok(world.central_desk().invite(&format!("bench-{id}"), &invite).await?.invitation.clone())
}

/// An account that may see everything; gives its session.
async fn join(world: &World) -> anyhow::Result<String> {
    let invitation = invite(world, "asha").await?;
    let caller = Caller::new(world.places().central.clone(), transport()?, Arc::new(Anonymous));
    let door = DeskClient::new(caller);
    let opened = door.open_invitation(&OpenInvitation { invitation: invitation.clone() }).await?;
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

/// Somebody at the portal.
struct Visitor {
    at: Url,
    session: String,
    transport: Arc<dyn Transport>,
}

impl Visitor {
    async fn get(&self, place: &str) -> anyhow::Result<(StatusCode, usize, String, Duration)> {
        let cookie = HeaderValue::from_str(&format!("__Host-mpp-central={}", self.session))?;
        let request = Request::get(self.at.join(place)?)
            .with_header(header::COOKIE, cookie)
            .with_timeout(Duration::from_secs(120));
        let begun = Instant::now();
        let answer = self.transport.send(request).await?;
        let status = answer.status;
        let bytes = answer.collect(LARGEST_PAGE).await?;
        Ok((status, bytes.len(), String::from_utf8_lossy(&bytes).into_owned(), begun.elapsed()))
    }

    /// Every page without a form, with the filters people use, and the pages of one case.
    async fn places(&self) -> anyhow::Result<Vec<String>> {
        let today = SystemClock.now().day_in_india();
        let (_, _, listed, _) = self.get("/portal/requests").await?;
        let link = listed.split("href=\"/portal/requests/").nth(1).and_then(|rest| rest.split('"').next());
        let case = link.context("no case is listed")?;
        let (_, _, partners, _) = self.get("/portal/partners").await?;
        let link = partners.split("href=\"/portal/partners/").find(|rest| !rest.starts_with("new"));
        let partner = partners
            .split("href=\"/portal/partners/")
            .skip(1)
            .find_map(|rest| rest.split('"').next().filter(|id| id.len() == 36));
        let partner = partner.or(link).context("no partner is listed")?;
        let (_, _, second, _) = self.get("/portal/requests?status=decided").await?;
        let next = second.split("href=\"/portal/requests?").nth(1).and_then(|rest| rest.split('"').next());
        let onward = next.map(|query| format!("/portal/requests?{}", query.replace("&amp;", "&")));
        let mut places: Vec<String> = [
            "/portal/",
            "/portal/requests",
            "/portal/requests?status=decided",
            "/portal/requests?status=placed",
            "/portal/requests?source=provider:sandbox-bureau",
            "/portal/requests?caseRef=LOAN-NONE",
            "/portal/partners",
            "/portal/fetches",
            "/portal/fetches?status=failed",
            "/portal/deliveries",
            "/portal/parked",
            "/portal/sources",
            "/portal/usage",
            "/portal/usage/entries",
            "/portal/billing",
            "/portal/prices",
            "/portal/audit",
            "/portal/people",
            "/portal/account",
        ]
        .map(str::to_owned)
        .to_vec();
        places.push(format!("/portal/requests?from={today}&to={today}"));
        places.push(format!("/portal/requests?partner={partner}&status=decided"));
        places.push(format!("/portal/requests/{case}"));
        places.push(format!("/portal/partners/{partner}"));
        places.extend(onward);
        places.extend(["portal.css", "portal.js", "moves.js"].map(|file| format!("/portal/assets/{file}")));
        Ok(places)
    }

    async fn time(&self, place: &str, rounds: usize) -> anyhow::Result<()> {
        let mut times = Vec::new();
        let mut size = 0;
        for _ in 0..rounds.max(1) {
            let (status, bytes, _, took) = self.get(place).await?;
            anyhow::ensure!(status == StatusCode::OK, "{place}: {status}");
            size = bytes;
            times.push(took);
        }
        times.sort_unstable();
        let at = |share: usize| {
            let place = (times.len() * share / 100).min(times.len() - 1);
            times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1e3)
        };
        let shown: String = place.chars().take(43).collect();
        println!("{shown:<44}{:>9.1}{:>9.1}{:>9.1}{size:>10}", at(50), at(95), at(100));
        Ok(())
    }
}
