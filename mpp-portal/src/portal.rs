//! What both portals are made of.

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn;
use axum::response::Response;
use axum::routing::MethodRouter;
use futures::future::{BoxFuture, Shared};
use jiff::civil::Date;
use mpp_api::{Bearer, Caller};
use mpp_core::{Clock, Entropy, Timestamp, draw};
use tokio::sync::Semaphore;

use crate::export::{self, List};
use crate::signed::Visitor;
use crate::trouble::Trouble;
use crate::view::NavEntry;
use crate::{assets, desk, safety};

/// Where a portal is mounted.
pub const PREFIX: &str = "/portal";

/// What a portal needs.
#[derive(Debug, Clone)]
pub struct PortalParts {
    /// The admin interface, called without proof; the session of whoever looks is added.
    pub interface: Caller,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Whose portal it is, shown at the top.
    pub owner: String,
    /// Comes to its end when the server stops.
    pub stopping: Shared<BoxFuture<'static, ()>>,
}

/// What tells the two portals apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    /// The name of the text with its name.
    pub(crate) name: &'static str,
    /// The cookie of the session. Cookies do not tell ports apart, so each portal has a name of its own.
    pub(crate) cookie: &'static str,
    /// The menu, and the action each entry takes.
    pub(crate) nav: &'static [(NavEntry, &'static str)],
    /// The roles people can have, by name.
    pub(crate) roles: &'static [&'static str],
    /// Whether things can be looked for.
    pub(crate) finds: &'static str,
    /// The lists that can be had as files.
    pub(crate) lists: &'static [List],
}

/// A form of one button: what it does is done once under this key.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct OnceForm {
    pub(crate) once: String,
}

/// A portal.
#[derive(Debug, Clone)]
pub(crate) struct Portal {
    parts: Arc<PortalParts>,
    pub(crate) kind: &'static Kind,
    /// One permit for every file that may be made at this moment.
    pub(crate) making: Arc<Semaphore>,
}

impl Portal {
    pub(crate) fn new(parts: PortalParts, kind: &'static Kind) -> Self {
        Self { parts: Arc::new(parts), kind, making: Arc::new(Semaphore::new(export::MOST_AT_ONCE)) }
    }

    /// The interface, called by nobody in particular.
    pub(crate) fn anonymous(&self) -> Caller {
        self.parts.interface.clone()
    }

    /// The interface, called with a session; `None` when the key is not one a header can carry.
    pub(crate) fn with_session(&self, key: &str) -> Option<Caller> {
        Some(self.parts.interface.as_party(Arc::new(Bearer::new(key).ok()?)))
    }

    pub(crate) fn owner(&self) -> &str {
        &self.parts.owner
    }

    /// Comes to its end when the server stops.
    pub(crate) fn stopping(&self) -> Shared<BoxFuture<'static, ()>> {
        self.parts.stopping.clone()
    }

    /// The present instant.
    pub(crate) fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    /// Today in India.
    pub(crate) fn today(&self) -> Date {
        self.parts.clock.now().day_in_india()
    }

    /// A fresh key under which a form is done once.
    pub(crate) fn once(&self) -> String {
        let bytes: [u8; 16] = draw(self.parts.entropy.as_ref());
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// A portal as a router: its own pages, those every portal has, and the files.
pub(crate) fn router(portal: Portal, home: MethodRouter<Portal>, pages: Router<Portal>) -> Router {
    let inside = pages
        .route("/", home.clone())
        .merge(desk::router())
        .merge(export::router())
        .merge(assets::router())
        .fallback(nowhere);
    Router::new()
        .nest(PREFIX, inside)
        // with the stroke at the end it is the same page
        .route("/portal/", home)
        .with_state(portal)
        .layer(from_fn(safety::protect))
}

async fn nowhere(visitor: Visitor) -> Response {
    Trouble::NotFound.page(&visitor, StatusCode::NOT_FOUND)
}
