//! The phone page: a phone for every customer, in which a visitor walks through the whole journey with real SDKs.
//!
//! [`router`] is mounted at [`PREFIX`]. Every screen is written by the server, works without scripts, and is made in
//! three parts that do not know of each other: [`view`] says what a screen shows (pure), the templates under
//! `assets/phone` say how it looks, and the handlers ask the SDKs and lead from screen to screen. Addresses hold the
//! phone's number and opaque ids only; whatever is personal or secret is posted.

mod assets;
mod desk;
mod fleet;
mod handlers;
mod sharing;
mod templates;
pub mod view;

use std::sync::Arc;

use axum::Router;

pub use assets::{SCRIPT, STYLE};
pub use desk::{DemoDesk, DeskError, Invitation, TextMessage};
pub use fleet::{Owner, Phone, PhoneFleet};
pub use sharing::Sharing;
pub use templates::Screenful;

/// Where the page is mounted.
pub const PREFIX: &str = "/phone";

/// The phone page; nest it at [`PREFIX`].
pub fn router(fleet: Arc<PhoneFleet>) -> Router {
    handlers::router(fleet)
}
