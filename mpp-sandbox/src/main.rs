//! `mpp-sandbox`: the outside world as a program of its own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Parser;
use mpp_sandbox::{Sandbox, SandboxConfig};
use tracing_subscriber::EnvFilter;

/// The Account Aggregator, FIPs, bureau, operator, SMS and partner application of MPP's tests and demo.
#[derive(Debug, Parser)]
struct Arguments {
    /// A TOML file with settings.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Where to listen; port 0 takes a free one.
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// Where the keys of the simulated parties are kept between starts.
    #[arg(long)]
    data: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let mut config = arguments.config.as_deref().map_or_else(|| Ok(SandboxConfig::default()), read)?;
    if let Some(listen) = arguments.listen {
        config.listen = listen;
    }
    if let Some(data) = arguments.data {
        config.keys_dir = Some(data.join("keys"));
    }
    let running = Sandbox::start(config).await?;
    println!("{}", serde_json::json!({ "ready": true, "baseUrl": running.base_url }));
    wait_for_end().await?;
    running.shutdown().await;
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<SandboxConfig> {
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("in {}", path.display()))
}

async fn wait_for_end() -> anyhow::Result<()> {
    #[cfg(unix)]
    {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            ended = tokio::signal::ctrl_c() => ended?,
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await?;
    Ok(())
}
