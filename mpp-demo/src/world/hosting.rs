//! Where the parts run: in this process, or as the programs an operator would start.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use mpp_sandbox::{RunningSandbox, Sandbox, SandboxConfig};
use mpp_server::runtime::{Running, load_config};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use url::Url;

/// How long a program may take to say that it is ready.
const START: Duration = Duration::from_secs(30);

/// Where the parts run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hosting {
    /// In this process.
    InProcess,
    /// As programs of their own.
    Programs {
        /// The folder in which the programs are.
        folder: PathBuf,
    },
}

/// What runs, so that it can be stopped: last started, first stopped.
#[derive(Debug)]
pub(super) struct Host {
    hosting: Hosting,
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Role(Box<Running>),
    Sandbox(Box<RunningSandbox>),
    Program { name: &'static str, child: Child },
}

/// A role of MPP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Central,
    Client,
    PrivateShare,
}

impl Role {
    /// Its folder, and the name of its configuration file.
    pub(super) const fn folder(self) -> &'static str {
        match self {
            Self::Central => "central",
            Self::Client => "client",
            Self::PrivateShare => "private-share",
        }
    }

    const fn program(self) -> &'static str {
        match self {
            Self::Central => "mpp-central",
            Self::Client => "mpp-client",
            Self::PrivateShare => "mpp-private-share-server",
        }
    }
}

impl Host {
    pub(super) const fn new(hosting: Hosting) -> Self {
        Self { hosting, parts: Vec::new() }
    }

    /// Starts the sandbox on its folder.
    pub(super) async fn start_sandbox(&mut self, folder: &Path) -> anyhow::Result<Url> {
        std::fs::create_dir_all(folder)?;
        match self.hosting.clone() {
            Hosting::InProcess => {
                let config =
                    SandboxConfig { keys_dir: Some(folder.join("keys")), ..SandboxConfig::default() };
                let running = Sandbox::start(config).await?;
                let base = Url::parse(&running.base_url)?;
                self.parts.push(Part::Sandbox(Box::new(running)));
                Ok(base)
            }
            Hosting::Programs { folder: programs } => {
                let mut command = Command::new(programs.join("mpp-sandbox"));
                command.arg("--listen").arg("127.0.0.1:0").arg("--data").arg(folder);
                self.start_program("mpp-sandbox", command).await
            }
        }
    }

    /// Starts a role on a configuration file.
    pub(super) async fn start_role(&mut self, role: Role, config: &Path) -> anyhow::Result<Url> {
        match self.hosting.clone() {
            Hosting::InProcess => {
                let running = match role {
                    Role::Central => mpp_server::central::start(load_config(config)?).await?,
                    Role::Client => mpp_server::client::start(load_config(config)?).await?,
                    Role::PrivateShare => mpp_server::private_share::start(load_config(config)?).await?,
                };
                let base = running.base_url().clone();
                self.parts.push(Part::Role(Box::new(running)));
                Ok(base)
            }
            Hosting::Programs { folder } => {
                let mut command = Command::new(folder.join(role.program()));
                command.arg("--config").arg(config);
                self.start_program(role.program(), command).await
            }
        }
    }

    async fn start_program(&mut self, name: &'static str, mut command: Command) -> anyhow::Result<Url> {
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true).spawn().with_context(
                || format!("starting the program {name}; build it with `cargo build --workspace --bins`"),
            )?;
        let out = child.stdout.take().context("no standard output")?;
        self.parts.push(Part::Program { name, child });
        let mut lines = BufReader::new(out).lines();
        let line = tokio::time::timeout(START, lines.next_line())
            .await
            .with_context(|| format!("{name} was not ready in time"))??;
        let Some(line) = line else { bail!("{name} ended before it was ready") };
        // what it prints later must find a reader
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let ready: serde_json::Value = serde_json::from_str(&line).context("not a ready line")?;
        let base = ready.get("baseUrl").and_then(serde_json::Value::as_str).context("no address")?;
        Ok(Url::parse(base)?)
    }

    /// The process of a program, when the parts run as programs.
    pub(super) fn process(&mut self, program: &str) -> Option<&mut Child> {
        self.parts.iter_mut().find_map(|part| match part {
            Part::Program { name, child } if *name == program => Some(child),
            Part::Program { .. } | Part::Role(_) | Part::Sandbox(_) => None,
        })
    }

    /// Stops everything, last started first.
    pub(super) async fn stop(self) {
        for part in self.parts.into_iter().rev() {
            match part {
                Part::Role(running) => running.stop().await,
                Part::Sandbox(running) => running.shutdown().await,
                Part::Program { name, child } => stop_program(name, child).await,
            }
        }
    }
}

/// Asks a program to end, as an operator would, and insists after a while.
async fn stop_program(name: &str, mut child: Child) {
    if let Some(id) = child.id() {
        let asked = Command::new("kill").arg("-TERM").arg(id.to_string()).status().await;
        if asked.is_ok() && tokio::time::timeout(Duration::from_secs(15), child.wait()).await.is_ok() {
            return;
        }
    }
    tracing::warn!(program = name, "did not end when asked and is killed");
    if let Err(error) = child.kill().await {
        tracing::warn!(program = name, %error, "could not be killed");
    }
}
