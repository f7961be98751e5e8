//! A client server.

use serde_json::json;

use super::{bearer, signature};
use crate::client::{Access, Route, all_routes};
use crate::openapi::document::{Interface, RouteSaid};
use crate::openapi::refusals::EVERYWHERE;
use crate::openapi::refusals::client::{CLIENT, PRODUCTS};
use crate::openapi::refusals::desk::{DESK, EXPORTS, PASSKEYS, SIGN_ON};

pub(super) fn interface() -> Interface {
    Interface {
        title: "MPP client server",
        about: "What is asked of the client server that a partner runs: by the partner's own application, by the enterprise's staff \
and their portal, and by central with its notifications.",
        tags: &[
            ("application", "The partner's application."),
            ("staff", "The enterprise's staff."),
            ("desk", "Signing in, accounts, and what people keep at the portal."),
            ("central", "Central."),
            ("anybody", "No proof is asked for."),
        ],
        schemes: json!({
            "applicationKey": bearer("A key that staff made for the application (`/v1/staff/api-keys`), within its scopes."),
            "staffKey": bearer("The key of a signed-in session (`/v1/desk/sign-in`), or a key of the configuration."),
            "webhookSignature": signature(
                "webhook-signature",
                "Standard Webhooks: `webhook-id`, `webhook-timestamp` and `webhook-signature` (`v1a`, Ed25519) by a notification key \
        of central."
            ),
        }),
        refusals: &[EVERYWHERE, CLIENT, PRODUCTS, DESK, PASSKEYS, SIGN_ON, EXPORTS],
        routes: all_routes().into_iter().map(said).collect(),
    }
}

fn said(route: Route) -> RouteSaid {
    let desk = route.path.starts_with("/v1/desk/");
    let (tag, proofs, action): (_, &[&str], _) = match route.access {
        Access::Application => ("application", &["applicationKey"], None),
        Access::Staff(action) => (if desk { "desk" } else { "staff" }, &["staffKey"], Some(action.name())),
        Access::Central => ("central", &["webhookSignature"], None),
        Access::Anybody => (if desk { "desk" } else { "anybody" }, &[], None),
    };
    RouteSaid {
        method: route.method,
        path: route.path,
        summary: route.summary,
        answers_repeats: route.answers_repeats,
        describe: route.describe,
        tag,
        proofs,
        is_limited: route.access == Access::Application,
        action,
    }
}
