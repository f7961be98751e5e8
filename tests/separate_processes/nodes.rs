//! Two processes of central over one PostgreSQL, as two machines behind one name: who signed in at one is signed in at the other,
//! and a file of a list that one was making when it was killed is made by the other.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use http::Method;
use mpp_api::central::RequestSearchQuery;
use mpp_api::desk::SetRoles;
use mpp_core::{Clock, Span};
use mpp_demo::staff::{Account, take_on};
use mpp_demo::world::{Database, Keeping, RecordsIn, Role, World};
use mpp_server::runtime::SystemClock;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use url::Url;

use crate::customer::{Asked, Customer};
use crate::postgres_support::FreshDatabase;
use crate::programs::{folder, hosting};
use crate::town::{Town, until};
use crate::window::{Window, session_of};

const COOKIE: &str = "__Host-mpp-central";

/// How many consents are copied beside those of the journey: three to a request, so that the file has several tens of pages.
const COPIES: u64 = 9_000;

/// Another process of central, on the records, keys and parcels of the first.
struct Node {
    url: Url,
    _process: Child,
    // a program whose words nobody takes would stop
    _words: Lines<BufReader<ChildStdout>>,
}

impl Node {
    async fn beside(first: &Path) -> Result<Self> {
        let text = fs::read_to_string(first)?;
        let lines = text.lines().map(|line| match line.starts_with("listen = ") {
            true => "listen = \"127.0.0.1:0\"\n".to_owned(),
            false => format!("{line}\n"),
        });
        let config = first.with_file_name("other.toml");
        fs::write(&config, lines.collect::<String>())?;
        let mut program = Command::new(folder().join("mpp-central"));
        program.arg("--config").arg(&config).stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = program.spawn()?;
        let mut words = BufReader::new(process.stdout.take().context("what it says")?).lines();
        let ready = words.next_line().await?.context("it ended before it was ready")?;
        let ready: Value = serde_json::from_str(&ready)?;
        let url = ready["baseUrl"].as_str().context("an address")?.parse()?;
        Ok(Self { url, _process: process, _words: words })
    }
}

/// Central with many decided requests and one that is not decided, killed and started again at the same address.
async fn many_requests(database: &Database) -> Result<Town> {
    let keeping = Keeping { records: RecordsIn::Database(database.clone()), bucket: None };
    let mut town = Town::keeping(hosting(), &keeping).await?;
    let customer = Customer::decides(&town.world, 1, &["account-aggregator"]).await?;
    customer.has_everything_delivered_once(&town, &["bureau", "operator"]).await?;
    let _undecided = Asked::in_world(&town.world, 2).await?;
    town.world.stop_role(Role::Central).await?;
    let mut seed = Command::new(folder().join("mpp"));
    seed.arg("--json").arg("seed").arg("--config").arg(town.world.config(Role::Central));
    let seeded = seed.args(["--consents", &COPIES.to_string()]).output().await?;
    ensure!(seeded.status.success(), "{}", String::from_utf8_lossy(&seeded.stderr));
    town.world.start_again(Role::Central).await?;
    Ok(town)
}

/// The decided requests as the operator's key reads them, in the order of the list.
async fn decided(world: &World) -> Result<Vec<String>> {
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let query = RequestSearchQuery { status: Some("decided".into()), after, ..Default::default() };
        let page = world.operator().requests(&query).await?;
        ids.extend(page.items.iter().map(|row| row.consent_request_id.to_string()));
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(ids),
        }
    }
}

/// From the second time on that somebody says how far a file is, it waits for a lock that the test has.
async fn files_stop_half_way(database: &FreshDatabase, schema: &str) {
    database
        .run(&format!(
            "CREATE SEQUENCE {schema}.told_how_far;
             CREATE FUNCTION {schema}.wait_half_way() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN
                 IF nextval('{schema}.told_how_far') > 1 THEN
                     PERFORM pg_advisory_xact_lock_shared(46);
                 END IF;
                 RETURN NEW;
             END $$;
             CREATE TRIGGER wait_half_way BEFORE UPDATE ON {schema}.record FOR EACH ROW
                 WHEN (NEW.kind = 'staff-export') EXECUTE FUNCTION {schema}.wait_half_way();"
        ))
        .await;
}

/// A browser of somebody who has just signed in, and the session it was given.
async fn signed_in(node: &Url, account: &Account) -> Result<(Window, String)> {
    // the code of this moment was good for joining, and is good once
    let code = account.code(SystemClock.now().plus(Span::from_seconds(30)));
    let form = [("name", account.id), ("password", &account.password), ("code", &code), ("next", "/")];
    let answer = Window::with_cookies(node, "").send(Method::POST, "/portal/sign-in", &form).await;
    let session = session_of(&answer, COOKIE).context("no session")?;
    Ok((Window::signed_in(node, COOKIE, &session), session))
}

/// Where an answer leads.
fn led(answer: &mpp_transport::Response) -> Result<String> {
    Ok(answer.headers.get("location").context("it leads nowhere")?.to_str()?.to_owned())
}

async fn says(window: &Window, place: &str, words: &str) -> Result<String> {
    until(&format!("{place} says: {words}"), async || {
        let (status, page) = window.page(place).await;
        ensure!(status == 200, "{status} {page}");
        Ok(page.contains(words).then_some(page))
    })
    .await
}

/// The value of the last column of each row of a file: the request.
async fn requests_in(window: &Window, file: &str) -> Result<Vec<String>> {
    let answer = window.send(Method::GET, file, &[]).await;
    ensure!(answer.status == 200, "{}", answer.status);
    let bytes = answer.body.collect(50_000_000).await?;
    let text = std::str::from_utf8(&bytes)?;
    text.lines().skip(1).map(|row| Ok(row.rsplit(',').next().context("a column")?.to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_whose_node_was_killed_is_made_by_the_other() -> Result<()> {
    let fresh = FreshDatabase::new().await;
    let database = Database::of(&fresh.url())?;
    let schema = format!("{}_central", database.run());
    let mut town = many_requests(&database).await?;
    let accounts = take_on(&town.world).await?;
    let auditor = SetRoles { roles: vec!["auditor".into()], shown: None };
    town.world.central_desk().set_roles("one role", &"kiran".parse()?, &auditor).await?;
    let account = |id| accounts.iter().find(|account| account.id == id).context("an account");
    let wanted = decided(&town.world).await?;
    ensure!(wanted.len() > 3_000, "{} requests", wanted.len());
    let other = Node::beside(&town.world.config(Role::Central)).await?;

    let (here, session) = signed_in(&town.world.places().central, account("nandini")?).await?;
    files_stop_half_way(&fresh, &schema).await;
    let held = fresh.lock("SELECT pg_advisory_xact_lock(46)").await;
    let wish = [("list", "/requests"), ("query", "status=decided"), ("format", "csv"), ("once", "one")];
    let place = led(&here.send(Method::POST, "/portal/exports", &wish).await)?;
    fresh.until_somebody_waits_for_advice().await;
    town.world.kill(Role::Central).await?;
    // as the database does when it sees that nobody is there any more: what was not committed is undone
    fresh.terminate_who_waits_for_advice().await;
    held.release().await;

    let there = Window::signed_in(&other.url, COOKIE, &session);
    let page = says(&there, &place, "The file is being made").await?;
    ensure!(!page.contains("Start it again"), "{page}");
    let (kiran, _) = signed_in(&other.url, account("kiran")?).await?;
    let (status, _) = kiran.page("/portal/requests?status=decided").await;
    ensure!(status == 200, "the list itself: {status}");
    sees_nothing_of(&kiran, &place).await?;

    says(&there, &place, "The server that made the file was stopped before it was ready").await?;
    let again = there.send(Method::POST, &format!("{place}/again"), &[("once", "again")]).await;
    let anew = led(&again)?;
    let anew = anew.strip_suffix("/file").unwrap_or(&anew);
    ensure!(anew != place, "the same file");
    says(&there, anew, "The file is ready").await?;
    let rows = requests_in(&there, &format!("{anew}/file")).await?;
    ensure!(rows == wanted, "{} rows for {} requests", rows.len(), wanted.len());
    sees_nothing_of(&kiran, anew).await?;
    let (status, _) = there.page(&place).await;
    ensure!(status == 404, "what was interrupted is gone: {status}");
    town.world.stop().await;
    Ok(())
}

/// Somebody else, who may see the same list.
async fn sees_nothing_of(window: &Window, place: &str) -> Result<()> {
    for part in ["", "/file"] {
        let (status, _) = window.page(&format!("{place}{part}")).await;
        ensure!(status == 404, "{part}: {status}");
    }
    for step in ["again", "cancel", "remove"] {
        let answer = window.send(Method::POST, &format!("{place}/{step}"), &[("once", "x")]).await;
        ensure!(answer.status == 404, "{step}: {}", answer.status);
    }
    let (_, page) = window.page("/portal/exports").await;
    ensure!(page.contains("There is no file of yours"), "{page}");
    Ok(())
}

/// What a form is answered that a browser sends from there.
async fn posted_from(window: &Window, site: &[(&str, &str)]) -> u16 {
    let form = [("page", "/requests"), ("query", "status=opened"), ("name", "From elsewhere")];
    window.post_from(site, "/portal/views", &form).await.status.as_u16()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_signed_in_at_one_node_is_signed_in_at_the_other() -> Result<()> {
    let fresh = FreshDatabase::new().await;
    let keeping = Keeping { records: fresh.url().parse()?, bucket: None };
    let town = Town::keeping(hosting(), &keeping).await?;
    let accounts = take_on(&town.world).await?;
    let nandini = accounts.iter().find(|account| account.id == "nandini").context("an account")?;
    let first = town.world.places().central.clone();
    let other = Node::beside(&town.world.config(Role::Central)).await?;
    let (here, session) = signed_in(&first, nandini).await?;
    let there = Window::signed_in(&other.url, COOKIE, &session);
    let (status, page) = there.page("/portal/account").await;
    ensure!(status == 200 && page.contains("<dd>nandini"), "{status} {page}");
    // a code is good once, whichever node took it
    ensure!(signed_in(&other.url, nandini).await.is_err(), "the code was good twice");

    // a page of the other node is another site, and so is everybody else's
    let origin = |node: &Url| node.origin().ascii_serialization();
    let (ours, theirs) = (origin(&other.url), origin(&first));
    ensure!(posted_from(&there, &[("origin", &theirs)]).await == 403);
    ensure!(posted_from(&there, &[("sec-fetch-site", "cross-site")]).await == 403);
    ensure!(posted_from(&there, &[]).await == 403);
    ensure!(posted_from(&there, &[("origin", &ours)]).await == 303, "our own form");

    let form = [("page", "/requests"), ("query", "status=placed"), ("name", "Kept there")];
    there.send(Method::POST, "/portal/views", &form).await;
    let (_, page) = here.page("/portal/requests").await;
    ensure!(page.contains("Kept there"), "{page}");
    there.send(Method::POST, "/portal/sign-out", &[]).await;
    for window in [&here, &there] {
        let (_, page) = window.page("/portal/account").await;
        ensure!(!page.contains("<dd>nandini"), "the session goes on: {page}");
    }
    town.world.stop().await;
    Ok(())
}
