//! `mpp-central --config central.toml`: the central service.

use std::path::PathBuf;

use clap::Parser;
use mpp_server::central::{self, CentralConfig};
use mpp_server::runtime::{load_config, run_until_signal, start_logging};

/// The central MPP service.
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
    let config: CentralConfig = load_config(&arguments.config)?;
    let running = central::start(config).await?;
    run_until_signal("central", running).await;
    Ok(())
}
