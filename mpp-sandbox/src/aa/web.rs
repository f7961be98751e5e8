//! The Account Aggregator's own pages, where a person logs in, links accounts and decides. They work without
//! scripts.

use crate::world::Shared;
use axum::Router;

pub(super) fn routes() -> Router<Shared> {
    Router::new()
}
