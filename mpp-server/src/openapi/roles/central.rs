//! Central.

use serde_json::json;

use super::{SIGNED, bearer, signature};
use crate::central::{Access, Route, all_routes};
use crate::openapi::document::{Interface, RouteSaid};
use crate::openapi::refusals::EVERYWHERE;
use crate::openapi::refusals::central::{CENTRAL, LOGS, PRODUCTS};
use crate::openapi::refusals::desk::{DESK, EXPORTS, PASSKEYS, SIGN_ON};

pub(super) fn interface() -> Interface {
    Interface {
        title: "MPP central",
        about: "What is asked of central: by the client servers of partners, by phones with the MPP SDK, and by the operator's staff \
and their portal.",
        tags: &[
            ("client server", "The client servers of partners."),
            ("phone", "Phones with the MPP SDK."),
            ("staff", "The operator's staff."),
            ("desk", "Signing in, accounts, and what people keep at the portal."),
            ("anybody", "No proof is asked for, or it stands in the body."),
        ],
        schemes: json!({
            "partnerSignature": signature("signature", &format!("By the signing key that the client server enrolled. {SIGNED}")),
            "deviceSignature": signature("signature", &format!("By the device key that opened a link. {SIGNED}")),
            "staffKey": bearer("The key of a signed-in session (`/v1/desk/sign-in`), or a key of the configuration."),
        }),
        refusals: &[EVERYWHERE, CENTRAL, LOGS, PRODUCTS, DESK, PASSKEYS, SIGN_ON, EXPORTS],
        routes: all_routes().into_iter().map(said).collect(),
    }
}

fn said(route: Route) -> RouteSaid {
    let desk = route.path.starts_with("/v1/desk/");
    let (tag, proofs, action): (_, &[&str], _) = match route.access {
        Access::Operator(action) => (if desk { "desk" } else { "staff" }, &["staffKey"], Some(action.name())),
        Access::Partner => ("client server", &["partnerSignature"], None),
        Access::Phone => ("phone", &["deviceSignature"], None),
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
        is_limited: matches!(route.access, Access::Partner | Access::Phone),
        action,
    }
}
