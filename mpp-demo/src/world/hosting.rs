//! Where the parts run: in this process, or as the programs an operator would start.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use mpp_sandbox::{RunningSandbox, Sandbox, SandboxConfig};
use mpp_server::runtime::{Running, load_config};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use url::Url;

/// The sandbox's program.
const SANDBOX: &str = "mpp-sandbox";

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
    starts: Vec<(&'static str, Duration)>,
}

#[derive(Debug)]
enum Part {
    Role { name: &'static str, running: Box<Running> },
    Sandbox(Box<RunningSandbox>),
    Program { name: &'static str, child: Child },
}

/// How a part ended that was asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped {
    /// The part: the name of its program.
    pub part: &'static str,
    /// How long it took.
    pub after: Duration,
    /// How its process ended; `None` when it ran in this process.
    pub status: Option<ExitStatus>,
}

/// A part that runs as a program of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Program {
    /// Its name.
    pub name: &'static str,
    /// Its process.
    pub process: u32,
    /// How long it took from its start to its word that it is ready.
    pub ready_in: Duration,
}

/// A role of MPP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The central service.
    Central,
    /// The partner's client server.
    Client,
    /// The private share service.
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
        Self { hosting, parts: Vec::new(), starts: Vec::new() }
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
                let mut command = Command::new(programs.join(SANDBOX));
                command.arg("--listen").arg("127.0.0.1:0").arg("--data").arg(folder);
                self.start_program(SANDBOX, command).await
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
                self.parts.push(Part::Role { name: role.program(), running: Box::new(running) });
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
        let begun = crate::stopwatch::now();
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
        self.starts.push((name, begun.elapsed()));
        // what it prints later must find a reader
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let ready: serde_json::Value = serde_json::from_str(&line).context("not a ready line")?;
        let base = ready.get("baseUrl").and_then(serde_json::Value::as_str).context("no address")?;
        Ok(Url::parse(base)?)
    }

    /// The process a role is, when the parts run as programs.
    pub(super) fn process_id(&self, role: Role) -> Option<u32> {
        self.parts.iter().find_map(|part| match part {
            Part::Program { name, child } if *name == role.program() => child.id(),
            Part::Program { .. } | Part::Role { .. } | Part::Sandbox(_) => None,
        })
    }

    /// Every program that runs: its name, process, and how long its last start took.
    pub(super) fn programs(&self) -> Vec<Program> {
        let program = |part: &Part| match part {
            Part::Program { name, child } => {
                let start = self.starts.iter().rev().find(|(started, _)| started == name)?;
                Some(Program { name, process: child.id()?, ready_in: start.1 })
            }
            Part::Role { .. } | Part::Sandbox(_) => None,
        };
        self.parts.iter().filter_map(program).collect()
    }

    /// Kills the process of a role: it has no chance to finish anything.
    pub(super) async fn kill_role(&mut self, role: Role) -> anyhow::Result<()> {
        match self.take(role)? {
            Part::Program { mut child, .. } => Ok(child.kill().await?),
            part @ (Part::Role { .. } | Part::Sandbox(_)) => {
                self.parts.push(part);
                bail!("{} runs in this process and cannot be killed", role.program())
            }
        }
    }

    /// Stops a role, draining.
    pub(super) async fn stop_role(&mut self, role: Role) -> anyhow::Result<Stopped> {
        Ok(self.take(role)?.stop().await)
    }

    /// Stops everything, last started first.
    pub(super) async fn stop(self) -> Vec<Stopped> {
        let mut stopped = Vec::with_capacity(self.parts.len());
        for part in self.parts.into_iter().rev() {
            stopped.push(part.stop().await);
        }
        stopped
    }

    fn take(&mut self, role: Role) -> anyhow::Result<Part> {
        let name = role.program();
        let at = self.parts.iter().position(|part| part.name() == name);
        let at = at.with_context(|| format!("{name} does not run"))?;
        Ok(self.parts.remove(at))
    }
}

impl Part {
    const fn name(&self) -> &'static str {
        match self {
            Self::Role { name, .. } | Self::Program { name, .. } => name,
            Self::Sandbox(_) => SANDBOX,
        }
    }

    async fn stop(self) -> Stopped {
        let (part, begun) = (self.name(), crate::stopwatch::now());
        let status = match self {
            Self::Role { running, .. } => {
                running.stop().await;
                None
            }
            Self::Sandbox(running) => {
                running.shutdown().await;
                None
            }
            Self::Program { name, child } => stop_program(name, child).await,
        };
        Stopped { part, after: begun.elapsed(), status }
    }
}

/// Asks a program to end, as an operator would, and insists after a while.
async fn stop_program(name: &str, mut child: Child) -> Option<ExitStatus> {
    if let Some(id) = child.id() {
        let asked = Command::new("kill").arg("-TERM").arg(id.to_string()).status().await;
        if asked.is_ok()
            && let Ok(Ok(status)) = tokio::time::timeout(Duration::from_secs(15), child.wait()).await
        {
            return Some(status);
        }
    }
    tracing::warn!(program = name, "did not end when asked and is killed");
    if let Err(error) = child.kill().await {
        tracing::warn!(program = name, %error, "could not be killed");
    }
    child.wait().await.ok()
}
