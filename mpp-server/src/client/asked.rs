//! What a list is asked for in the query of its address.

use std::str::FromStr;

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;

use crate::http::Refusal;

/// A query as it came.
pub(super) type Asked<T> = Result<Query<T>, QueryRejection>;

/// The query, if all of it is known.
pub(super) fn asked<T>(query: Asked<T>) -> Result<T, Refusal> {
    let refused = |_| Refusal::invalid_request("the query has an unknown or wrong parameter");
    query.map(|Query(query)| query).map_err(refused)
}

/// The value of the parameter of this name.
pub(super) fn wanted<T: FromStr>(name: &'static str, text: Option<&str>) -> Result<Option<T>, Refusal> {
    let parsed = text.map(str::parse).transpose();
    parsed.map_err(|_| Refusal::invalid_request(format!("{name} is not valid")))
}
