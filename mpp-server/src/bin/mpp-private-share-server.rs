//! `mpp-private-share-server --config private-share.toml`: the private share service.

use std::path::PathBuf;

use clap::Parser;
use mpp_server::private_share::{self, PrivateShareConfig};
use mpp_server::runtime::{load_config, run_until_signal, start_logging};

/// The private share service: between customers' phones and the Account Aggregator.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Arguments {
    /// The configuration file (TOML).
    #[arg(long)]
    config: PathBuf,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    start_logging();
    let config: PrivateShareConfig = load_config(&arguments.config)?;
    let running = private_share::start(config).await?;
    run_until_signal("private-share", running).await;
    Ok(())
}
