//! The private share service.

use serde_json::json;

use super::{SIGNED, bearer, signature};
use crate::openapi::document::{Interface, RouteSaid};
use crate::openapi::refusals::{EVERYWHERE, private_share::PRIVATE_SHARE};
use crate::private_share::{Access, Route, all_routes};

pub(super) fn interface() -> Interface {
    Interface {
        title: "MPP private data share service",
        about: "What phones ask of the private data share service: logging in, self consents at the Account Aggregator, and \
data sessions whose contents stay encrypted to the phone. What the Account Aggregator tells the service under `/v2` follows the \
files that ReBIT publishes (Account Aggregator ecosystem, FIU side, 2.x) to the letter and is described there.",
        tags: &[
            ("phone", "Phones with a session."),
            ("login", "Opening a session."),
            ("operator", "Whoever runs the service."),
            ("anybody", "No proof is asked for."),
        ],
        schemes: json!({
            "session": bearer("The key of a session, from `/v1/logins/{id}/verify`."),
            "deviceSignature": signature("signature", &format!("By the device key that the session is bound to. {SIGNED}")),
            "operatorKey": bearer("A key of the configuration."),
        }),
        refusals: &[EVERYWHERE, PRIVATE_SHARE],
        routes: all_routes().into_iter().filter_map(said).collect(),
    }
}

/// Nothing for what ReBIT describes.
fn said(route: Route) -> Option<RouteSaid> {
    let (tag, proofs): (_, &[&str]) = match route.access {
        Access::Session => ("phone", &["session", "deviceSignature"]),
        Access::Login => ("login", &[]),
        Access::Operator => ("operator", &["operatorKey"]),
        Access::AccountAggregator => return None,
        Access::Anybody => ("anybody", &[]),
    };
    Some(RouteSaid {
        method: route.method,
        path: route.path,
        summary: route.summary,
        answers_repeats: route.answers_repeats,
        describe: route.describe,
        tag,
        proofs,
        is_limited: route.access == Access::Session,
        action: None,
    })
}
