//! The restore drill of a whole journey: half way, central and the client server are backed up with `mpp store`; their machines are
//! gone; what was backed up is restored in other places, with the keys that were kept apart; and the journey ends as if nothing had been.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use mpp_api::client::ParcelView;
use mpp_core::UsageEventId;
use mpp_demo::world::{Role, World};
use serde_json::{Value, json};

use crate::customer::{Customer, EVERY_SOURCE};
use crate::held_line::HeldLine;
use crate::killing::leaves_a_call_open;
use crate::postgres_support::FreshDatabase;
use crate::programs::{folder, hosting};
use crate::town::{Town, until};

/// What a customer is asked for who refuses to share accounts.
const PROVIDERS: &[&str] = &["bureau", "operator"];

/// Runs `mpp store` on the server of a configuration.
fn store(command: &str, config: &Path, arguments: &[&str]) -> Result<Value> {
    let mut mpp = Command::new(folder().join("mpp"));
    mpp.args(["--json", "store", command, "--config"]).arg(config).args(arguments);
    let ended = mpp.output()?;
    ensure!(ended.status.success(), "{command}: {}", String::from_utf8_lossy(&ended.stderr));
    Ok(serde_json::from_slice(&ended.stdout)?)
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let target = to.join(path.file_name().context("a name")?);
        if path.is_dir() {
            copy_folder(&path, &target)?;
        } else {
            fs::copy(&path, target)?;
        }
    }
    Ok(())
}

/// What an operator keeps of a server: a backup, and apart from it the keys, and the configuration with its secrets.
struct Kept {
    role: Role,
    /// The folder of the machine that will be gone.
    machine: PathBuf,
    backup: PathBuf,
    keys: PathBuf,
    settings: PathBuf,
}

/// A server restored in another place.
struct Restored {
    config: PathBuf,
    /// How long its audit log was then.
    audit_leaves: u64,
}

impl Kept {
    /// Taken while the server runs.
    fn of(world: &World, role: Role, place: &Path, portable: bool) -> Result<Self> {
        let config = world.config(role);
        let machine = config.parent().context("a folder")?.to_owned();
        let place = place.join(machine.file_name().context("a name")?);
        let [backup, keys, settings] = ["backup", "keys", "settings"].map(|name| place.join(name));
        let arguments = ["--to", backup.to_str().context("a name")?, "--portable"];
        store("backup", &config, if portable { &arguments } else { &arguments[..2] })?;
        copy_folder(&machine.join("data/keys"), &keys)?;
        fs::create_dir_all(&settings)?;
        for entry in fs::read_dir(&machine)? {
            let file = entry?;
            if file.file_type()?.is_file() {
                fs::copy(file.path(), settings.join(file.file_name()))?;
            }
        }
        Ok(Self { role, machine, backup, keys, settings })
    }

    /// Restores it on a machine that has nothing yet.
    fn restored(&self, machine: &Path, records: &str) -> Result<Restored> {
        copy_folder(&self.settings, machine)?;
        let name = self.machine.file_name().and_then(|name| name.to_str()).context("a name")?;
        let config = machine.join(format!("{name}.toml"));
        let (here, there) = (self.machine.to_str().context("a path")?, machine.to_str().context("a path")?);
        let text = fs::read_to_string(&config)?;
        ensure!(text.contains(here), "the configuration names no folder");
        fs::write(&config, text.replace(here, there) + records)?;
        let restored = store("restore", &config, &["--from", self.backup.to_str().context("a path")?])?;
        ensure!(restored["withKeys"] == false, "keys are kept apart");
        copy_folder(&self.keys, &machine.join("data/keys"))?;
        let audit_leaves = store("check", &config, &[])?["auditLeaves"].as_u64().context("a number")?;
        Ok(Restored { config, audit_leaves })
    }
}

impl Restored {
    /// What was written to the audit log here follows what was there, without a gap.
    fn has_gone_on(&self) -> Result<()> {
        let checked = store("check", &self.config, &[])?;
        ensure!(checked["faults"] == json!([]), "{checked}");
        ensure!(
            checked["auditLeaves"].as_u64().is_some_and(|leaves| leaves > self.audit_leaves),
            "{checked}"
        );
        ensure!(checked["parkedJobs"] == 0, "{checked}");
        Ok(())
    }
}

/// What was metered at central, each use once.
async fn uses(world: &World) -> Result<BTreeSet<UsageEventId>> {
    let (mut seen, mut after) = (BTreeSet::new(), None);
    loop {
        let page = world.operator().usage(after.as_deref()).await?;
        for used in page.items {
            ensure!(seen.insert(used.usage_event_id), "one use twice");
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(seen),
        }
    }
}

async fn collections(world: &World) -> Result<Vec<ParcelView>> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = world.client_staff().parcels(after.as_deref()).await?;
        all.extend(page.items);
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(all),
        }
    }
}

/// Two customers half way. The first one's reports are with the partner, the accounts lie at central, and the client server hangs
/// in the middle of fetching a parcel; the second one's bureau has been asked and does not answer.
async fn half_way(town: &mut Town) -> Result<(Customer, Customer, HeldLine)> {
    let one = Customer::decides(&town.world, 1, &[]).await?;
    one.partner_hears("data.available", PROVIDERS.len()).await?;
    town.nothing_is_held().await?;
    let central = town.world.places().central.socket_addrs(|| None)?[0];
    let mut line = HeldLine::to(central, "/content HTTP").await?;
    town.world.stop_role(Role::Client).await?;
    client_speaks_to(&town.world, &town.world.places().central, &format!("http://{}/", line.address))?;
    town.world.start_again(Role::Client).await?;

    let asked = town.calls("bureau", "reports").await?;
    leaves_a_call_open(town, "bureau", "reports").await?;
    let two = Customer::decides(&town.world, 2, &["account-aggregator"]).await?;
    until("the bureau is asked", async || Ok((town.calls("bureau", "reports").await? > asked).then_some(())))
        .await?;
    one.shares(&|_| {}).await?;
    line.holds_one().await;
    two.partner_hears("consent.approved", 1).await?;
    let produced = town.world.outside().produced(&one.phone.person.mobile).await?;
    let accounts = produced.iter().filter(|document| document.source == "account-aggregator").count();
    until("the accounts and the operator's report are announced to the client server", async || {
        let due = collections(&town.world).await?.iter().filter(|found| found.state == "due").count();
        Ok((due == accounts + 1 && accounts > 2).then_some(()))
    })
    .await?;
    Ok((one, two, line))
}

/// Writes another address of central into the client server's configuration.
fn client_speaks_to(world: &World, earlier: impl ToString, central: &str) -> Result<()> {
    let config = world.config(Role::Client);
    let (text, earlier) = (fs::read_to_string(&config)?, earlier.to_string());
    ensure!(text.contains(&earlier), "central has another address");
    Ok(fs::write(&config, text.replace(&earlier, central))?)
}

/// A backup, the end of both machines, and everything after it on others. `records` says where central keeps them there.
async fn drill(records: &str, portable: bool) -> Result<()> {
    let mut town = Town::new(hosting()).await?;
    let places = tempfile::tempdir()?;
    let (one, two, line) = half_way(&mut town).await?;
    let before = uses(&town.world).await?;
    let vault = places.path().join("vault");
    let central = Kept::of(&town.world, Role::Central, &vault, portable)?;
    let line_address = format!("http://{}/", line.address);
    client_speaks_to(&town.world, &line_address, town.world.places().central.as_str())?;
    let client = Kept::of(&town.world, Role::Client, &vault, false)?;
    for kept in [&client, &central] {
        town.world.kill(kept.role).await?;
        fs::remove_dir_all(&kept.machine)?;
    }
    drop(line);

    let new_central = central.restored(&places.path().join("other/central"), records)?;
    let new_client = client.restored(&places.path().join("other/client"), "")?;
    town.world.start_from(Role::Central, &new_central.config).await?;
    town.world.start_from(Role::Client, &new_client.config).await?;
    one.has_everything_delivered_once(&town, EVERY_SOURCE).await?;
    two.has_everything_delivered_once(&town, PROVIDERS).await?;
    let after = uses(&town.world).await?;
    ensure!(before.is_subset(&after), "what was counted stays counted");
    // the fetch of accounts as a whole, two reports of bureau and operator each
    ensure!(after.len() == 5, "{} uses", after.len());
    let held_by_partner = collections(&town.world).await?;
    ensure!(
        held_by_partner.iter().all(|found| found.state == "acknowledged" && found.erasure_receipt.is_some())
    );

    a_second_collection_is_refused(&mut town, &client, &places.path().join("third/client")).await?;
    one.has_everything_delivered_once(&town, EVERY_SOURCE).await?;
    two.has_everything_delivered_once(&town, PROVIDERS).await?;
    ensure!(uses(&town.world).await? == after, "nothing is counted anew");
    town.world.stop_role(Role::Central).await?;
    new_central.has_gone_on()?;
    new_client.has_gone_on()?;
    town.world.stop().await;
    Ok(())
}

/// The same backup of the client server once more, which thinks that everything is still to be fetched.
async fn a_second_collection_is_refused(town: &mut Town, client: &Kept, machine: &Path) -> Result<()> {
    town.world.stop_role(Role::Client).await?;
    let restored = client.restored(machine, "")?;
    town.world.start_from(Role::Client, &restored.config).await?;
    let settled = until("central has refused everything", async || {
        let found = collections(&town.world).await?;
        Ok(found.iter().all(|found| found.state != "due").then_some(found))
    })
    .await?;
    let gone = settled.iter().filter(|found| found.state == "gone").count();
    ensure!(gone > 2 && settled.iter().all(|found| ["gone", "acknowledged"].contains(&&*found.state)));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journey_goes_on_where_its_backup_was_restored() -> Result<()> {
    drill("", false).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journey_goes_on_in_postgres_where_it_was_restored() -> Result<()> {
    let database = FreshDatabase::new().await;
    let url: url::Url = database.url().parse()?;
    let secrets = tempfile::tempdir()?;
    let password = secrets.path().join("password");
    fs::write(&password, url.password().context("a password")?)?;
    let mut without = url.clone();
    without.set_password(None).ok().context("an address with a host")?;
    let file = password.to_str().context("a path")?;
    drill(
        &format!(
            "\n[records]\nurl = \"{without}\"\nschema = \"central\"\npassword = {{ file = {file:?} }}\n"
        ),
        true,
    )
    .await
}
