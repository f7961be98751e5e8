//! Routes on record: what is served is what the checks of who may call go through, and what is described.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, on};

use super::described::Described;

/// A route and who may call it; `A` names the callers of a role.
#[derive(Debug, Clone, Copy)]
pub struct Route<A> {
    /// The method, in capitals.
    pub method: &'static str,
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// Who may call it.
    pub access: A,
    /// Whether a repeat under the same idempotency key gets the answer that was given before.
    pub answers_repeats: bool,
    /// What it takes and gives, by the types of its handler.
    #[cfg(feature = "openapi")]
    pub describe: crate::openapi::Describe,
}

/// Routes of one group of callers, on record as they are added.
#[derive(Debug)]
pub struct RouteGroup<S, A> {
    access: A,
    router: Router<S>,
    routes: Vec<Route<A>>,
}

impl<S: Clone + Send + Sync + 'static, A: Copy> RouteGroup<S, A> {
    /// A group without routes.
    #[must_use]
    pub fn new(access: A) -> Self {
        Self { access, router: Router::new(), routes: Vec::new() }
    }

    /// With a route for a method and its name in capitals.
    #[must_use]
    pub fn add<H: Handler<T, S> + Described<T>, T: 'static>(
        mut self,
        (filter, method): (MethodFilter, &'static str),
        path: &'static str,
        summary: &'static str,
        handler: H,
    ) -> Self {
        self.router = self.router.route(path, on(filter, handler));
        self.routes.push(Route {
            method,
            path,
            summary,
            access: self.access,
            answers_repeats: false,
            #[cfg(feature = "openapi")]
            describe: H::describe,
        });
        self
    }

    /// With a route that reads; `summary` says in one sentence what it does.
    #[must_use]
    pub fn get<H: Handler<T, S> + Described<T>, T: 'static>(
        self,
        path: &'static str,
        summary: &'static str,
        handler: H,
    ) -> Self {
        self.add((MethodFilter::GET, "GET"), path, summary, handler)
    }

    /// With a route that changes something; `summary` says in one sentence what it does.
    #[must_use]
    pub fn post<H: Handler<T, S> + Described<T>, T: 'static>(
        self,
        path: &'static str,
        summary: &'static str,
        handler: H,
    ) -> Self {
        self.add((MethodFilter::POST, "POST"), path, summary, handler)
    }

    /// The same group, on record as one whose answers are kept for repeats (`answer_repeats` is layered round it).
    #[must_use]
    pub fn answering_repeats(mut self) -> Self {
        self.routes.iter_mut().for_each(|route| route.answers_repeats = route.method == "POST");
        self
    }

    /// What serves the group; the proof of who calls is to be layered round it.
    pub fn into_router(self) -> Router<S> {
        self.router
    }

    /// The record.
    #[must_use]
    pub fn into_routes(self) -> Vec<Route<A>> {
        self.routes
    }
}
