//! The whole world on one listener.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::response::Response;
use axum::routing::get;
use mpp_transport::BaseUrl;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::config::{SandboxConfig, Surroundings};
use crate::error::SandboxError;
use crate::html::Page;
use crate::keys::EntityKeys;
use crate::world::{Shared, World};
use crate::{aa, bureau, control, fip, operator, partner_app, registry, sms};

const LARGEST_REQUEST_BYTES: usize = 4 << 20;
const SWEEP_EVERY: Duration = Duration::from_secs(5);
const SHUTDOWN_PATIENCE: Duration = Duration::from_secs(3);

/// A sandbox, listening or not.
#[derive(Debug, Clone)]
pub struct Sandbox {
    world: Shared,
}

impl Sandbox {
    /// A sandbox that announces `base` as its address. Its parties call each other through the surroundings'
    /// transport at that address.
    ///
    /// # Errors
    /// When its keys cannot be made or read.
    pub fn new(
        config: SandboxConfig,
        surroundings: Surroundings,
        base: BaseUrl,
    ) -> Result<Self, SandboxError> {
        let keys = EntityKeys::prepare(config.keys_dir.as_deref(), &*surroundings.entropy)?;
        Ok(Self::with_keys(config, surroundings, base, &keys))
    }

    /// As [`Sandbox::new`], with keys made before; `keys_dir` of the configuration is not looked at.
    #[must_use]
    pub fn with_keys(
        config: SandboxConfig,
        surroundings: Surroundings,
        base: BaseUrl,
        keys: &EntityKeys,
    ) -> Self {
        Self { world: Arc::new(World::new(config, surroundings, base, keys.ring())) }
    }

    /// Everything the sandbox serves.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/", get(index))
            .nest("/registry", registry::routes())
            .nest("/aa", aa::routes())
            .nest("/fip", fip::routes())
            .nest("/bureau", bureau::routes())
            .nest("/operator", operator::routes())
            .nest("/sms", sms::routes())
            .nest("/partner-app", partner_app::routes())
            .nest("/control", control::routes())
            .layer(DefaultBodyLimit::max(LARGEST_REQUEST_BYTES))
            .with_state(self.world.clone())
    }

    /// Starts a sandbox on this machine's clock, generator and network.
    ///
    /// # Errors
    /// When it cannot be set up; see [`SandboxError`].
    pub async fn start(config: SandboxConfig) -> Result<RunningSandbox, SandboxError> {
        Self::start_in(config, Surroundings::of_this_machine()?).await
    }

    /// Starts a sandbox in surroundings of the caller's choice.
    ///
    /// # Errors
    /// When it cannot be set up; see [`SandboxError`].
    pub async fn start_in(
        config: SandboxConfig,
        surroundings: Surroundings,
    ) -> Result<RunningSandbox, SandboxError> {
        let listener = TcpListener::bind(config.listen).await.map_err(SandboxError::Listen)?;
        let address = listener.local_addr().map_err(SandboxError::Listen)?;
        let base: BaseUrl = format!("http://{address}").parse()?;
        let (dir, entropy) = (config.keys_dir.clone(), Arc::clone(&surroundings.entropy));
        let keys = tokio::task::spawn_blocking(move || EntityKeys::prepare(dir.as_deref(), &*entropy)).await;
        let keys = keys.map_err(|_| SandboxError::KeyMaking)??;
        let sandbox = Self::with_keys(config, surroundings, base.clone(), &keys);
        let (stop, stopped) = watch::channel(());
        let server = tokio::spawn(serve(listener, sandbox.router(), stopped.clone()));
        let sweeper = tokio::spawn(keep_sweeping(sandbox.world.clone(), stopped));
        let base_url = base.to_string().trim_end_matches('/').to_owned();
        Ok(RunningSandbox { base_url, sandbox, stop, server, sweeper })
    }

    /// Does what is due by now: ends consents, fails sessions that waited too long, deletes data kept long enough.
    /// A started sandbox does this every few seconds by itself.
    pub fn sweep(&self) {
        aa::sweep(&self.world);
    }
}

/// A sandbox that listens.
#[derive(Debug)]
pub struct RunningSandbox {
    /// The address, for example `http://127.0.0.1:40123`, without trailing slash.
    pub base_url: String,
    /// The sandbox itself.
    pub sandbox: Sandbox,
    stop: watch::Sender<()>,
    server: JoinHandle<()>,
    sweeper: JoinHandle<()>,
}

impl RunningSandbox {
    /// Stops listening, lets calls under way finish for a few seconds, then drops them.
    pub async fn shutdown(self) {
        self.sandbox.world.faults.clear();
        let _ = self.stop.send(());
        let mut server = self.server;
        if tokio::time::timeout(SHUTDOWN_PATIENCE, &mut server).await.is_err() {
            server.abort();
        }
        self.sweeper.abort();
    }
}

async fn serve(listener: TcpListener, router: Router, mut stopped: watch::Receiver<()>) {
    let until_stopped = async move {
        let _ = stopped.changed().await;
    };
    if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(until_stopped).await {
        tracing::error!(%error, "the sandbox stopped serving");
    }
}

async fn keep_sweeping(world: Shared, mut stopped: watch::Receiver<()>) {
    let mut ticks = tokio::time::interval(SWEEP_EVERY);
    loop {
        tokio::select! {
            _ = ticks.tick() => aa::sweep(&world),
            _ = stopped.changed() => return,
        }
    }
}

async fn index() -> Response {
    let mut page = Page::new("MPP sandbox");
    page.paragraph("The outside world in one program. Everything here is invented.");
    for (link, words) in [
        ("/aa/web", "Account Aggregator: log in, link accounts, decide"),
        ("/partner-app", "Partner application: cases and received data"),
        ("/control/counters", "Counters"),
        ("/registry/v2/entityInfo/FIP", "Central Registry: FIPs"),
    ] {
        page.raw(&format!("<article class=\"card\"><a href=\"{link}\">{words}</a></article>"));
    }
    page.respond()
}
