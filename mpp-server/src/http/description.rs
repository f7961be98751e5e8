//! The description of an interface, served beside it.

use serde_json::Value;

use super::{ExactJson, RouteGroup};

/// The route of a role's own OpenAPI document, for whoever may call.
pub(crate) fn description_group<S: Clone + Send + Sync + 'static, A: Copy>(
    anybody: A,
    document: &'static str,
) -> RouteGroup<S, A> {
    let serve = move || async move { ExactJson::<Value>::new(document.to_owned()) };
    RouteGroup::new(anybody).get("/v1/openapi.json", "This description", serve)
}
