//! `cargo demo`: the whole of MPP on loopback.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::Parser;
use mpp_demo::journey::Journey;
use mpp_demo::once;
use mpp_demo::timeline::{Form, Timeline};
use mpp_demo::visit::Visit;
use mpp_demo::world::{Hosting, Keeping, ProviderPatience, World};
use serde_json::{Value, json};

/// Runs one complete journey on loopback and prints its timeline with proofs; then stays up for a visitor.
#[derive(Debug, Parser)]
#[command(name = "mpp-demo", version)]
struct Args {
    /// Run the journeys, print the proof, and exit.
    #[arg(long)]
    once: bool,
    /// Print one JSON object a line instead of text.
    #[arg(long)]
    json: bool,
    /// Keep every role's files in a sub-folder of this folder; else they are removed at the end.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// What keeps the roles' records: sqlite, sled, memory, or a PostgreSQL database (postgres://...), in which each has a
    /// schema of its own, which stays.
    #[arg(long, value_name = "STORE", default_value = "sqlite")]
    store: String,
    /// How many customers walk at the same time.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=500))]
    customers: u16,
    /// Run the roles as programs of their own, found in this folder, instead of in this process.
    #[arg(long, value_name = "DIR")]
    programs: Option<PathBuf>,
    /// Make every financial document at least so many bytes long.
    #[arg(long, value_name = "BYTES", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=33_554_432))]
    document_bytes: u32,
    /// The port of the phone page; 0 takes a free one.
    #[arg(long, value_name = "PORT", default_value_t = 7080)]
    port: u16,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse_from(without_separator(std::env::args_os()));
    if std::env::var_os("MPP_LOG").is_some() {
        mpp_server::runtime::start_logging();
    }
    let form = if args.json { Form::Json } else { Form::Human };
    let timeline = Arc::new(Timeline::new(form));
    match run(&args, &timeline).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let text = format!("{error:#}");
            timeline.close(&json!({ "outcome": "failed", "error": text }), &format!("failed: {text}"));
            ExitCode::FAILURE
        }
    }
}

/// The arguments without a `--` in front of them: the alias `cargo demo` brings one of its own, so that `cargo demo --once`
/// and `cargo demo -- --once` mean the same.
fn without_separator(given: impl Iterator<Item = OsString>) -> impl Iterator<Item = OsString> {
    given
        .enumerate()
        .filter(|(place, argument)| *place != 1 || argument != "--")
        .map(|(_, argument)| argument)
}

async fn run(args: &Args, timeline: &Arc<Timeline>) -> anyhow::Result<()> {
    let folder = DataFolder::of(args.data.as_deref())?;
    let hosting = args.programs.clone().map_or(Hosting::InProcess, |folder| Hosting::Programs { folder });
    let begun = mpp_demo::stopwatch::now();
    let keeping = Keeping { records: args.store.parse()?, bucket: None };
    let patience = ProviderPatience::default();
    let world = World::start_on(folder.path(), hosting, patience, &keeping).await?;
    let started_in = begun.elapsed();
    let outcome = tokio::select! {
        outcome = walk(args, timeline, &world) => outcome,
        () = interrupted() => Err(anyhow::anyhow!("interrupted")),
    };
    let outcome = match outcome {
        Ok(mut summary) => {
            if let Value::Object(members) = &mut summary {
                members.insert("startMillis".to_owned(), json!(u64::try_from(started_in.as_millis())?));
            }
            timeline.close(&summary, &in_words(&summary));
            if args.once { Ok(()) } else { stay(args, timeline, &world).await }
        }
        Err(error) => Err(error),
    };
    world.stop().await;
    outcome
}

async fn walk(args: &Args, timeline: &Arc<Timeline>, world: &World) -> anyhow::Result<Value> {
    let settings = json!({ "documentPaddingBytes": args.document_bytes });
    let _: Value = world.outside().post("/control/settings", &settings).await?;
    once::run(world, timeline, usize::from(args.customers)).await
}

async fn stay(args: &Args, timeline: &Arc<Timeline>, world: &World) -> anyhow::Result<()> {
    let mut handsets = Vec::new();
    for number in 1..=usize::from(args.customers).max(3) {
        handsets.push(world.phone(number).await?);
    }
    let journey = Journey {
        outside: world.outside().clone(),
        product: world.product(),
        timeline: Arc::clone(timeline),
        begun: mpp_demo::stopwatch::now(),
    };
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port));
    let visit = Visit::open(world, journey, handsets, listen).await?;
    let page = visit.page();
    let sandbox = &world.places().sandbox;
    let staff = page.replace("/phone", "/staff");
    timeline.close(
        &json!({ "visit": page, "sandbox": sandbox, "central": world.places().central, "client": world.places().client, "staff": staff }),
        &format!("\nOpen the phone page:    {page}\nThe two portals:        {staff}\nThe outside world:      {sandbox}\nCtrl-C ends the demo."),
    );
    interrupted().await;
    visit.close();
    Ok(())
}

async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn in_words(summary: &Value) -> String {
    let number = |pointer: &str| summary.pointer(pointer).and_then(Value::as_f64).unwrap_or_default();
    format!(
        "\nErased. {:.0} ms from the partner's request to the last erasure; every document was delivered byte for byte.\n\
         Central holds {} parcels and {} keys; {} files of it ({} bytes) were searched for planted values: none found.",
        number("/wallMillis"),
        number("/held/parcels"),
        number("/held/parcelKeys"),
        number("/searched/files"),
        number("/searched/bytes"),
    )
}

/// The folder everything is kept in: the visitor's, or one that is removed at the end.
struct DataFolder {
    path: PathBuf,
    ours: bool,
}

impl DataFolder {
    fn of(wanted: Option<&Path>) -> anyhow::Result<Self> {
        if let Some(path) = wanted {
            std::fs::create_dir_all(path).with_context(|| format!("making {}", path.display()))?;
            let path = path.canonicalize()?;
            let used = std::fs::read_dir(&path)?.next().is_some();
            anyhow::ensure!(!used, "{} is not empty: give a new folder for each run", path.display());
            return Ok(Self { path, ours: false });
        }
        let name = hex::encode(mpp_core::draw::<8>(&mpp_server::runtime::SystemEntropy));
        let path = std::env::temp_dir().join(format!("mpp-demo-{name}"));
        std::fs::create_dir(&path).with_context(|| format!("making {}", path.display()))?;
        Ok(Self { path, ours: true })
    }

    fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for DataFolder {
    fn drop(&mut self) {
        if self.ours && std::fs::remove_dir_all(&self.path).is_err() {
            eprintln!("could not remove {}", self.path.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_to_hand_arguments_on_are_understood() {
        for given in [vec!["mpp-demo", "--once", "--json"], vec!["mpp-demo", "--", "--once", "--json"]] {
            let args = Args::parse_from(without_separator(given.into_iter().map(OsString::from)));
            assert!(args.once && args.json);
        }
    }
}
