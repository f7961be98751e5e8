//! Queries whose refusals are problem documents.

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query};
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::Refusal;

/// The most entries that a page of a list has.
const MOST_ENTRIES: u32 = 200;

/// How many entries a page shall have: what was asked for, within bounds, or what is usual.
pub fn page_size(limit: Option<u32>, usual: u32) -> u32 {
    limit.unwrap_or(usual).clamp(1, MOST_ENTRIES)
}

/// What a query asks for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let query: Result<Query<T>, QueryRejection> = Query::from_request_parts(parts, state).await;
        query
            .map(|Query(asked)| Self(asked))
            .map_err(|_| Refusal::invalid_request("the query has an unknown or wrong parameter"))
    }
}

#[cfg(test)]
mod tests {
    use super::page_size;

    #[test]
    fn pages_have_one_entry_at_least_and_never_very_many() {
        let sizes = [None, Some(0), Some(1), Some(200), Some(201), Some(u32::MAX)];
        assert_eq!(sizes.map(|limit| page_size(limit, 50)), [50, 1, 1, 200, 200, 200]);
    }
}
