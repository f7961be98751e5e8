//! Routes on record: what is served is what the checks of who may call go through.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, on};

/// A route and who may call it; `A` names the callers of a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route<A> {
    /// The method, in capitals.
    pub method: &'static str,
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// Who may call it.
    pub access: A,
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
    pub fn add<H: Handler<T, S>, T: 'static>(
        mut self,
        filter: MethodFilter,
        method: &'static str,
        path: &'static str,
        handler: H,
    ) -> Self {
        self.router = self.router.route(path, on(filter, handler));
        self.routes.push(Route { method, path, access: self.access });
        self
    }

    /// With a route that reads.
    #[must_use]
    pub fn get<H: Handler<T, S>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.add(MethodFilter::GET, "GET", path, handler)
    }

    /// With a route that changes something.
    #[must_use]
    pub fn post<H: Handler<T, S>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.add(MethodFilter::POST, "POST", path, handler)
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
