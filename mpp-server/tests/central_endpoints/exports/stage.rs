//! Another node of central: a portal of its own over the same interface. What it reads of the list of fetches can be held up page
//! by page, and has as many rows as a test wants; whether the person may read it, the server itself says.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use futures::FutureExt;
use http::{Method, StatusCode};
use mpp_api::{Anonymous, Caller};
use mpp_portal::PortalParts;
use mpp_transport::{Body, ConnectionSettings, HyperTransport, Request, Response, Transport, TransportError};
use serde_json::{Value, json};
use tokio::sync::{Semaphore, oneshot};
use url::Url;

use crate::portal::COOKIE;
use crate::town::Town;
use crate::window::Window;
use crate::witness::watched;

/// Stands in every row.
pub(super) const CANARY: &str = "provider:canary-in-a-row";

/// The list as a test wants it.
#[derive(Debug)]
pub(super) struct Held {
    inner: Arc<dyn Transport>,
    /// One permit for every page after the first that may be read.
    pub(super) gate: Semaphore,
    /// Whether no further page can be read.
    pub(super) broken: AtomicBool,
    pages: usize,
    rows: usize,
}

impl Held {
    fn page(&self, at: usize) -> Value {
        let row = json!({
            "fetchId": "00000000-0000-4000-8000-000000000001",
            "consentId": "00000000-0000-4000-8000-000000000002",
            "consentRequestId": "00000000-0000-4000-8000-000000000003",
            "partnerId": "00000000-0000-4000-8000-000000000004",
            "source": CANARY,
            "status": "sealed",
            "attempts": at,
            "at": "2026-01-15T10:00:00.000Z",
        });
        let next = (at + 1 < self.pages).then(|| (at + 1).to_string());
        json!({ "items": vec![row; self.rows], "next": next })
    }
}

#[async_trait]
impl Transport for Held {
    async fn send(&self, mut request: Request) -> Result<Response, TransportError> {
        if request.url.path() != "/v1/operator/fetches" {
            return self.inner.send(request).await;
        }
        let pairs: Vec<(String, String)> = request.url.query_pairs().into_owned().collect();
        let after = pairs.iter().find(|(name, _)| name == "after").map(|(_, at)| at.parse().unwrap());
        if after.is_some() {
            self.gate.acquire().await.unwrap().forget();
        }
        if self.broken.load(Ordering::SeqCst) {
            return Ok(Response::new(StatusCode::INTERNAL_SERVER_ERROR, Body::Empty));
        }
        // the server knows no such cursor, but says whether the person may read the list
        let mut url = request.url.clone();
        url.query_pairs_mut().clear().extend_pairs(pairs.iter().filter(|(name, _)| name != "after"));
        request.url = url;
        let said = self.inner.send(request).await?;
        if said.status != StatusCode::OK {
            return Ok(said);
        }
        let page = serde_json::to_vec(&self.page(after.unwrap_or_default())).unwrap();
        Ok(Response::new(StatusCode::OK, page))
    }
}

/// The other node, and the list it reads.
pub(super) struct Node {
    pub(super) held: Arc<Held>,
    url: Url,
    _serving: Serving,
    stop: Option<oneshot::Sender<()>>,
}

struct Serving(tokio::task::JoinHandle<()>);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Node {
    /// A node whose list has so many pages of so many rows; only the first can be read yet.
    pub(super) async fn start(town: &Town, pages: usize, rows: usize) -> Self {
        let inner: Arc<dyn Transport> = Arc::new(HyperTransport::new(ConnectionSettings::default()).unwrap());
        let inner = watched("central", inner);
        let (gate, broken) = (Semaphore::new(0), AtomicBool::new(false));
        let held = Arc::new(Held { inner, gate, broken, pages, rows });
        let transport: Arc<dyn Transport> = held.clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let portal = mpp_portal::central::router(PortalParts {
            interface: Caller::new(town.base_url().clone(), transport, Arc::new(Anonymous)),
            entropy: town.entropy.clone(),
            clock: town.clock.clone(),
            owner: "another node".into(),
            stopping: stopped.map(drop).boxed().shared(),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let serving = tokio::spawn(async move { axum::serve(listener, portal).await.unwrap() });
        Self { held, url, _serving: Serving(serving), stop: Some(stop) }
    }

    pub(super) fn window(&self, session: &str) -> Window {
        Window::signed_in(&self.url, COOKIE, session)
    }

    /// Lets so many pages be read.
    pub(super) fn open(&self, pages: usize) {
        self.held.gate.add_permits(pages);
    }

    /// The node is told to stop.
    pub(super) fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }
}

/// Starts a file of the fetches; gives where the answer leads.
pub(super) async fn start(window: &Window, format: &str, once: &str) -> Result<String, String> {
    start_of(window, "/fetches", &format!("status=sealed&source={CANARY}&after=7&done=x"), (format, once))
        .await
}

pub(super) async fn start_of(
    window: &Window,
    list: &str,
    query: &str,
    (format, once): (&str, &str),
) -> Result<String, String> {
    let form = [("list", list), ("query", query), ("format", format), ("once", once)];
    led(window.send(Method::POST, "/portal/exports", &form).await).await
}

/// Where an answer leads, or what its page says.
pub(super) async fn led(answer: Response) -> Result<String, String> {
    match answer.headers.get("location") {
        Some(place) => Ok(place.to_str().unwrap().to_owned()),
        None => Err(String::from_utf8(answer.body.collect(1_000_000).await.unwrap().to_vec()).unwrap()),
    }
}

/// The page once it says these words.
pub(super) async fn until(window: &Window, place: &str, words: &str) -> String {
    loop {
        let (status, page) = window.page(place).await;
        assert_eq!(status, 200, "{page}");
        if page.contains(words) {
            return page;
        }
        tokio::task::yield_now().await;
    }
}

/// A file as the browser gets it.
pub(super) async fn taken(window: &Window, place: &str) -> (u16, Vec<u8>) {
    let answer = window.send(Method::GET, place, &[]).await;
    let status = answer.status.as_u16();
    (status, answer.body.collect(50_000_000).await.unwrap().to_vec())
}

/// How many files below a folder hold these bytes.
pub(super) fn holding(folder: &Path, wanted: &str) -> usize {
    let mut found = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found += holding(&path, wanted);
        } else if let Ok(bytes) = std::fs::read(&path) {
            found += usize::from(bytes.windows(wanted.len()).any(|window| window == wanted.as_bytes()));
        }
    }
    found
}

/// How many parts of sealed bytes are stored, and how many keys of them.
pub(super) fn stored(data: &Path) -> (usize, usize) {
    fn files(folder: &Path) -> usize {
        let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
        entries
            .map(|entry| entry.unwrap().path())
            .map(|path| if path.is_dir() { files(&path) } else { 1 })
            .sum()
    }
    (files(&data.join("parcels")), files(&data.join("keys").join("items")))
}

/// Waits until neither bytes nor keys are left: they go right after the record says that there is no file.
pub(super) async fn nothing_is_left(data: &Path) {
    while stored(data) != (0, 0) {
        tokio::task::yield_now().await;
    }
}
