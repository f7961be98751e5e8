//! What handlers take, by their extractors.

use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use http::HeaderMap;
use schemars::JsonSchema;

use super::Operation;
use crate::http::{Asked, FormBody, JsonBody};

/// What a handler takes of a request.
pub trait Input {
    /// Notes it, where there is more to say than the path and the callers of the route do.
    fn describe(_operation: &mut Operation<'_>) {}
}

impl<S> Input for State<S> {}

/// The path names its parameters itself.
impl<T> Input for Path<T> {}

/// Handlers that look at headers themselves take a type of their own where callers have to know of them.
impl Input for HeaderMap {}

impl<T: JsonSchema> Input for JsonBody<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.takes::<T>();
    }
}

impl<T: JsonSchema> Input for FormBody<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.takes_form::<T>();
    }
}

impl Input for Bytes {
    fn describe(operation: &mut Operation<'_>) {
        operation.takes_bytes(&["application/octet-stream"]);
    }
}

impl<T: JsonSchema> Input for Asked<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.asks::<T>();
    }
}

impl<T: JsonSchema> Input for Result<Query<T>, QueryRejection> {
    fn describe(operation: &mut Operation<'_>) {
        operation.asks::<T>();
    }
}
