//! What handlers give, by what they return.

use axum::Json;
use axum::response::{NoContent, Response};
use schemars::JsonSchema;
use serde_json::{Value, json};

use super::Operation;
use crate::http::{Created, Document, ExactJson, Kind, Refusal};

/// What a handler gives.
pub trait Answer {
    /// Notes it.
    fn describe(operation: &mut Operation<'_>);
}

impl<T: JsonSchema> Answer for Json<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.answers::<T>(200, "What was asked for, or how things stand now.");
    }
}

impl<T: JsonSchema> Answer for ExactJson<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.answers::<T>(200, "JSON whose exact bytes count.");
    }
}

impl<T: JsonSchema> Answer for Created<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.answers::<T>(201, "What was made.");
    }
}

impl Answer for NoContent {
    fn describe(operation: &mut Operation<'_>) {
        operation.answers_empty(204, "Done.", &[]);
    }
}

impl<K: Kind> Answer for Document<K> {
    fn describe(operation: &mut Operation<'_>) {
        operation.answers_content(200, "The document, byte for byte.", K::MEDIA_TYPE, &json!({}));
    }
}

impl Answer for &'static str {
    fn describe(operation: &mut Operation<'_>) {
        let text: Value = json!({ "schema": { "type": "string" } });
        operation.answers_content(200, "A word.", "text/plain", &text);
    }
}

impl<T: Answer> Answer for Result<T, Refusal> {
    fn describe(operation: &mut Operation<'_>) {
        T::describe(operation);
        operation.refuses();
    }
}

/// Says nothing: only for routes that are described elsewhere. A document with an operation without answer is no document.
impl Answer for Response {
    fn describe(_operation: &mut Operation<'_>) {}
}
