//! Listening, announcing, draining.

use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use url::Url;

use super::{Stopper, Stopping};

/// How long open requests and workers may take to end after the signal to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// A server could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {listen}")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
    /// A part of the server could not be made ready.
    #[error("cannot start: {what}")]
    Part {
        /// Which part, and why.
        what: String,
        /// What it said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl StartError {
    /// A part of the server could not be made ready.
    pub fn part(
        what: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Part { what: what.into(), source: source.into() }
    }
}

/// A running server.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    base_url: Url,
    stopper: Stopper,
    tasks: Vec<JoinHandle<()>>,
}

impl Running {
    /// The address it listens on.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it is reached on this machine.
    #[must_use]
    pub const fn base_url(&self) -> &Url {
        &self.base_url
    }

    /// Lets a worker end with the server.
    pub fn attach(&mut self, worker: JoinHandle<()>) {
        self.tasks.push(worker);
    }

    /// Stops taking requests, ends long polls and workers, and waits for what is open, for ten seconds at most.
    pub async fn stop(self) {
        self.stopper.stop();
        for mut task in self.tasks {
            if tokio::time::timeout(DRAIN, &mut task).await.is_err() {
                tracing::warn!("a task did not end in time and was cut off");
                task.abort();
            }
        }
    }
}

/// Listens and serves what `build` makes, which is told when to stop and where the server is reached.
///
/// # Errors
/// When the address cannot be listened on, or `build` fails.
pub async fn listen<F, R>(listen: SocketAddr, build: F) -> Result<Running, StartError>
where
    F: FnOnce(Stopping, Url) -> R,
    R: Future<Output = Result<(Router, Vec<JoinHandle<()>>), StartError>>,
{
    let failed = |source| StartError::Listen { listen, source };
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let base_url = Url::parse(&format!("http://{address}/"))
        .map_err(|source| StartError::part("the server's own address", source))?;
    let (stopper, stopping) = Stopper::new();
    let (router, mut tasks) = build(stopping.clone(), base_url.clone()).await?;
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps Nagle's algorithm");
        }
    });
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(async move { stopping.wait().await });
    tasks.insert(
        0,
        tokio::spawn(async move {
            if let Err(error) = serving.await {
                tracing::error!(%error, "the listener ended");
            }
        }),
    );
    Ok(Running { address, base_url, stopper, tasks })
}

/// Prints one JSON line on standard output that says where the server is reached, for the program that started it.
pub fn announce_ready(role: &str, running: &Running) {
    let line = serde_json::json!({ "ready": true, "role": role, "baseUrl": running.base_url() });
    let mut out = std::io::stdout().lock();
    if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
        tracing::debug!("nobody reads the ready line");
    }
    tracing::info!(server.role = role, server.address = %running.address(), "ready");
}

/// Serves until the process is told to stop (SIGTERM or Ctrl-C), then drains.
pub async fn run_until_signal(role: &str, running: Running) {
    // listen for the signal before saying "ready": whoever reads that may send it at once
    let told_to_stop = stop_signal();
    announce_ready(role, &running);
    told_to_stop.await;
    tracing::info!(server.role = role, "stopping");
    running.stop().await;
}

/// Ends when the process is told to stop. The handlers are installed before this returns.
fn stop_signal() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let handlers = [SignalKind::terminate(), SignalKind::interrupt()].map(signal);
    async move {
        let [terminate, interrupt] = handlers;
        tokio::select! {
            () = arrives(terminate) => {}
            () = arrives(interrupt) => {}
        }
    }
}

async fn arrives(handler: std::io::Result<tokio::signal::unix::Signal>) {
    match handler {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(error) => {
            tracing::warn!(%error, "one of the two signals cannot stop this server");
            std::future::pending::<()>().await;
        }
    }
}
