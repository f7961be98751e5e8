//! How long a file of a long list takes, and how much memory: each file by a server of its own, so that the most it ever held is
//! that of this file.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use futures::StreamExt;
use mpp_api::desk::{DeskClient, ExportView};
use mpp_api::{Bearer, Caller};
use mpp_core::ExportId;
use mpp_demo::process::{Memory, memory};
use mpp_server::central;
use mpp_server::runtime::load_config;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use url::Url;

use crate::transport;
use crate::visiting::Visitor;

/// Every use by itself: about one to a consent.
const LIST: &str = "/usage/entries";
const COOKIE: &str = "__Host-mpp-central";
/// How often somebody looks how far a file is.
const LOOKS: Duration = Duration::from_millis(50);

/// Central in a process of its own, until its input ends.
pub(crate) async fn serve(config: &Path) -> anyhow::Result<()> {
    let running = central::start(load_config(config)?).await?;
    println!("{}", running.base_url());
    tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink())).await??;
    running.stop().await;
    Ok(())
}

/// What a file took.
struct Took {
    made: Duration,
    handed_over: Duration,
    rows: u64,
    bytes: u64,
    idle: Memory,
    after: Memory,
}

/// Makes each kind of file so many times and prints what it took.
pub(crate) async fn measure(config: &Path, session: &str, rounds: usize) -> anyhow::Result<()> {
    println!(
        "{:<6}{:>9}{:>9}{:>11}{:>9}{:>13}{:>10}{:>10}",
        "file", "rows", "made s", "rows/s", "MiB", "handed over", "idle MiB", "peak MiB"
    );
    for format in ["csv", "xlsx"] {
        for round in 0..rounds.max(1) {
            let server = Server::start(config).await?;
            let took = server.file(session, format, round).await.with_context(|| format.to_owned())?;
            server.stop().await?;
            took.print(format);
        }
    }
    Ok(())
}

impl Took {
    fn print(&self, format: &str) {
        let mib = |kib: u64| f64_of(kib) / 1024.0;
        println!(
            "{format:<6}{:>9}{:>9.2}{:>11.0}{:>9.1}{:>11.2} s{:>10.0}{:>10.0}",
            self.rows,
            self.made.as_secs_f64(),
            f64_of(self.rows) / self.made.as_secs_f64(),
            f64_of(self.bytes) / (1024.0 * 1024.0),
            self.handed_over.as_secs_f64(),
            mib(self.idle.resident_kib),
            mib(self.after.peak_kib),
        );
    }
}

fn f64_of(number: u64) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}

/// A server that makes one file.
struct Server {
    child: Child,
    url: Url,
}

impl Server {
    async fn start(config: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("--serve").arg(config).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let mut said = BufReader::new(child.stdout.take().context("what it says")?).lines();
        let url = said.next_line().await?.context("the server did not start")?.parse()?;
        Ok(Self { child, url })
    }

    async fn stop(mut self) -> anyhow::Result<()> {
        drop(self.child.stdin.take());
        self.child.wait().await?;
        Ok(())
    }

    fn memory(&self) -> anyhow::Result<Memory> {
        self.child.id().and_then(memory).context("the kernel does not tell its memory")
    }

    async fn file(&self, session: &str, format: &str, round: usize) -> anyhow::Result<Took> {
        let desk =
            DeskClient::new(Caller::new(self.url.clone(), transport()?, Arc::new(Bearer::new(session)?)));
        let visitor = Visitor::new(&self.url, COOKIE, session)?;
        // what a first look brings into memory is not the file's
        visitor.get(&format!("/portal{LIST}")).await?;
        let (idle, begun) = (self.memory()?, Instant::now());
        let form = [("list", LIST), ("query", ""), ("format", format), ("once", &format!("{format}{round}"))];
        let place = visitor.post("/portal/exports", &form).await?;
        let id = place.split('/').nth(3).context("it leads to no file")?.parse()?;
        let file = ready(&desk, id).await?;
        let (made, after, begun) = (begun.elapsed(), self.memory()?, Instant::now());
        let bytes = read(&desk, id).await?;
        anyhow::ensure!(bytes == file.size_bytes, "{bytes} bytes of {}", file.size_bytes);
        let handed_over = begun.elapsed();
        desk.remove_export(id).await?;
        Ok(Took { made, handed_over, rows: file.rows, bytes, idle, after })
    }
}

async fn ready(desk: &DeskClient, id: ExportId) -> anyhow::Result<ExportView> {
    loop {
        let file = desk.export(id).await?;
        match file.state.as_str() {
            "ready" => return Ok(file),
            "working" => tokio::time::sleep(LOOKS).await,
            other => anyhow::bail!("the file is {other}: {:?}", file.reason),
        }
    }
}

/// Reads a file without keeping it; gives its length.
async fn read(desk: &DeskClient, id: ExportId) -> anyhow::Result<u64> {
    let mut body = desk.export_file(id).await?.body.into_stream();
    let mut bytes = 0;
    while let Some(part) = body.next().await {
        bytes += u64::try_from(part?.len())?;
    }
    Ok(bytes)
}
