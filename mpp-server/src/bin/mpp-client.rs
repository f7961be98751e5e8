//! `mpp-client`: the client server of one partner. See `docs/cli.md`.

use std::path::PathBuf;

use anyhow::Context;
use clap::Parser;
use mpp_server::client::{self, ClientConfig};
use mpp_server::runtime::{load_config, run_until_signal, start_logging};

/// The client server: collects, opens and keeps one partner's data.
#[derive(Debug, Parser)]
#[command(name = "mpp-client", version)]
struct Arguments {
    /// The configuration file (TOML).
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    start_logging();
    let config: ClientConfig = load_config(&arguments.config)?;
    let running = client::start(config).await.context("the client server could not start")?;
    run_until_signal("client", running).await;
    Ok(())
}
