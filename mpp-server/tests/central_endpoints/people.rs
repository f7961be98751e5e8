//! People with accounts: how they come in, and what each role may do.

use std::sync::Arc;

use http::Method;
use mpp_api::desk::{DeskClient, InviteStaff, Join, OpenInvitation, SignIn};
use mpp_api::{Bearer, Caller};
use mpp_core::{Clock, Span};
use mpp_server::central::{Access, all_routes};
use totp_rs::{Builder, Secret};

use crate::proofs::{filled, json, status};
use crate::town::{STAFF_KEY, Town};

pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// The code an authenticator app would show: by a library of its own, from the secret as text.
pub(crate) fn code(secret: &str, town: &Town) -> String {
    let secret = Secret::try_from_base32(secret).unwrap();
    let totp = Builder::new().with_secret(secret).build_noncompliant();
    totp.generate(town.clock.now().as_unix_seconds().try_into().unwrap()).to_string()
}

pub(crate) fn bearer(town: &Town, key: &str) -> Caller {
    town.caller(Arc::new(Bearer::new(key).unwrap()))
}

/// Invites somebody and lets them join; gives the session's caller and the secret of the second factor.
pub(crate) async fn join(town: &Town, id: &str, role: &str) -> (Caller, String) {
    let invite = InviteStaff { id: id.into(), name: format!("Name of {id}"), roles: vec![role.into()] };
    let invited = DeskClient::new(bearer(town, STAFF_KEY)).invite(id, &invite).await.unwrap();
    let door = DeskClient::new(town.anonymous());
    let invitation = invited.invitation;
    let open = OpenInvitation { invitation: invitation.clone(), shown: None };
    let opened = door.open_invitation(&open).await.unwrap();
    let code = code(&opened.secret, town);
    let joined = door.join(&Join { invitation, password: PASSWORD.into(), code }).await.unwrap();
    (bearer(town, &joined.session_key), opened.secret)
}

/// Who may do what at central: every route of staff, the roles that may. A route without a row fails the test.
const TABLE: &[(&str, &str, &[&str])] = {
    const ADMIN: &[&str] = &["administrator"];
    const FINANCE: &[&str] = &["finance"];
    const SEES_USE: &[&str] = &["administrator", "finance", "auditor"];
    const SEES_WORK: &[&str] = &["administrator", "operations", "auditor"];
    const EVERYBODY: &[&str] = &["administrator", "operations", "finance", "auditor"];
    &[
        ("POST", "/v1/operator/partners", ADMIN),
        ("POST", "/v1/operator/partners/{id}/enrolment", ADMIN),
        ("POST", "/v1/operator/partners/{id}/suspend", ADMIN),
        ("POST", "/v1/operator/partners/{id}/reinstate", ADMIN),
        ("POST", "/v1/operator/partners/{id}/notification-address", ADMIN),
        ("POST", "/v1/operator/partners/{id}/contacts", ADMIN),
        ("GET", "/v1/operator/partners", EVERYBODY),
        ("GET", "/v1/operator/partners/{id}", EVERYBODY),
        ("GET", "/v1/operator/products", EVERYBODY),
        ("GET", "/v1/operator/settings", EVERYBODY),
        ("GET", "/v1/operator/usage", SEES_USE),
        ("GET", "/v1/operator/usage/summary", SEES_USE),
        ("GET", "/v1/operator/partners/{id}/billing-address", SEES_USE),
        ("POST", "/v1/operator/partners/{id}/billing-address", FINANCE),
        ("GET", "/v1/operator/price-plans", SEES_USE),
        ("GET", "/v1/operator/price-plans/{plan}", SEES_USE),
        ("POST", "/v1/operator/price-plans", FINANCE),
        ("POST", "/v1/operator/price-plans/{plan}/approve", FINANCE),
        ("POST", "/v1/operator/price-plans/{plan}/withdraw", FINANCE),
        ("GET", "/v1/operator/bills", SEES_USE),
        ("GET", "/v1/operator/bills/{id}", SEES_USE),
        ("GET", "/v1/operator/bills/{id}/document", SEES_USE),
        ("GET", "/v1/operator/bills/{id}/document.pdf", SEES_USE),
        ("POST", "/v1/operator/bills", FINANCE),
        ("POST", "/v1/operator/bills/{id}/approve", FINANCE),
        ("POST", "/v1/operator/bills/{id}/finalise", FINANCE),
        ("POST", "/v1/operator/bills/{id}/discard", FINANCE),
        ("POST", "/v1/operator/bills/{id}/cancel", FINANCE),
        ("POST", "/v1/operator/bills/{id}/credit-notes", FINANCE),
        ("POST", "/v1/operator/bills/{id}/registration", FINANCE),
        ("POST", "/v1/operator/reconciliations", SEES_USE),
        ("GET", "/v1/operator/partner-logs", SEES_USE),
        ("GET", "/v1/operator/partner-logs/{partner}/{month}", SEES_USE),
        ("GET", "/v1/operator/partner-logs/{partner}/{month}/signed", SEES_USE),
        ("POST", "/v1/operator/partner-logs", FINANCE),
        ("GET", "/v1/operator/holdings", EVERYBODY),
        ("GET", "/v1/operator/today", EVERYBODY),
        ("GET", "/v1/operator/parked-jobs", SEES_WORK),
        ("POST", "/v1/operator/parked-jobs/{id}/replay", &["operations"]),
        ("GET", "/v1/operator/requests", SEES_WORK),
        ("GET", "/v1/operator/requests/{id}", SEES_WORK),
        ("POST", "/v1/operator/find", SEES_WORK),
        ("GET", "/v1/operator/activity", SEES_WORK),
        ("GET", "/v1/operator/fetches", SEES_WORK),
        ("GET", "/v1/operator/deliveries", SEES_WORK),
        ("GET", "/v1/operator/deliveries/replay", SEES_WORK),
        ("POST", "/v1/operator/deliveries/replay", &["operations"]),
        ("GET", "/v1/operator/sources", SEES_WORK),
        ("GET", "/v1/operator/audit", &["administrator", "auditor"]),
        ("GET", "/v1/desk/me", EVERYBODY),
        ("GET", "/v1/desk/sessions", EVERYBODY),
        ("POST", "/v1/desk/sessions/{session}/end", EVERYBODY),
        ("POST", "/v1/desk/password", EVERYBODY),
        ("GET", "/v1/desk/passkeys", EVERYBODY),
        ("POST", "/v1/desk/passkeys/begin", EVERYBODY),
        ("POST", "/v1/desk/passkeys", EVERYBODY),
        ("POST", "/v1/desk/passkeys/{passkey}/remove", EVERYBODY),
        ("GET", "/v1/desk/people/{id}/passkeys", ADMIN),
        ("POST", "/v1/desk/people/{id}/passkeys/{passkey}/remove", ADMIN),
        ("GET", "/v1/desk/views", EVERYBODY),
        ("POST", "/v1/desk/views", EVERYBODY),
        ("POST", "/v1/desk/views/{number}/rename", EVERYBODY),
        ("POST", "/v1/desk/views/{number}/remove", EVERYBODY),
        ("GET", "/v1/desk/exports", EVERYBODY),
        ("POST", "/v1/desk/exports", EVERYBODY),
        ("GET", "/v1/desk/exports/{export}", EVERYBODY),
        ("GET", "/v1/desk/exports/{export}/file", EVERYBODY),
        ("POST", "/v1/desk/exports/{export}/parts/{part}/{rows}", EVERYBODY),
        ("POST", "/v1/desk/exports/{export}/note", EVERYBODY),
        ("POST", "/v1/desk/exports/{export}/finish", EVERYBODY),
        ("POST", "/v1/desk/exports/{export}/stop", EVERYBODY),
        ("POST", "/v1/desk/exports/{export}/remove", EVERYBODY),
        ("GET", "/v1/desk/people", ADMIN),
        ("POST", "/v1/desk/people", ADMIN),
        ("POST", "/v1/desk/people/{id}/roles", ADMIN),
        ("POST", "/v1/desk/people/{id}/disable", ADMIN),
        ("GET", "/v1/desk/people/{id}/sessions", ADMIN),
        ("POST", "/v1/desk/people/{id}/sessions/{session}/end", ADMIN),
        ("GET", "/v1/desk/single-sign-on/links", ADMIN),
        ("POST", "/v1/desk/people/{id}/single-sign-on", ADMIN),
        ("POST", "/v1/desk/people/{id}/single-sign-on/end", ADMIN),
        // the last: it ends the session
        ("POST", "/v1/desk/sign-out", EVERYBODY),
    ]
};

#[tokio::test]
pub(crate) async fn every_route_lets_exactly_its_roles_in() {
    let staffs = all_routes().into_iter().filter(|route| matches!(route.access, Access::Operator(_)));
    let mut served: Vec<_> = staffs.map(|route| (route.method, route.path)).collect();
    let mut listed: Vec<_> = TABLE.iter().map(|(method, path, _)| (*method, *path)).collect();
    served.sort_unstable();
    listed.sort_unstable();
    assert_eq!(served, listed, "the table lists every route of staff once");

    let town = Town::start().await;
    for role in ["administrator", "operations", "finance", "auditor"] {
        let (person, _) = join(&town, &format!("the-{role}"), role).await;
        for (method, path, roles) in TABLE {
            let method: Method = method.parse().unwrap();
            let answer = person.send_raw(method, &filled(path), json(), "{}".into()).await;
            let refused = matches!(&answer, Err(error) if status(error) == (403, "role_missing"));
            assert_eq!(!refused, roles.contains(&role), "{role} {path}: {answer:?}");
            let unknown = matches!(&answer, Err(error) if status(error).0 == 401);
            assert!(!unknown, "{role} {path}");
        }
        let after = person.send_raw(Method::GET, "/v1/desk/me", json(), "".into()).await.unwrap_err();
        assert_eq!(status(&after), (401, "unauthenticated"), "signed out");
    }
}

#[tokio::test]
pub(crate) async fn a_person_signs_in_and_is_shut_out_after_wrong_passwords() {
    let town = Town::start().await;
    let (session, secret) = join(&town, "asha", "auditor").await;
    let me = DeskClient::new(session).me().await.unwrap();
    assert_eq!((me.id.as_str(), me.roles.as_slice()), ("asha", &["auditor".to_owned()][..]));
    assert!(me.may("see_audit") && !me.may("manage_staff"));

    town.clock.advance(Span::from_minutes(1));
    let door = DeskClient::new(town.anonymous());
    let try_with = async |password: &str| {
        let body = SignIn { name: "Asha".into(), password: password.into(), code: code(&secret, &town) };
        door.sign_in(&body).await
    };
    let opened = try_with(PASSWORD).await.unwrap();
    DeskClient::new(bearer(&town, &opened.session_key)).sign_out().await.unwrap();
    town.clock.advance(Span::from_minutes(1));
    for turn in 0..10 {
        let refused = try_with("not the password").await.unwrap_err();
        let expected = if turn < 5 { (401, "credentials_wrong") } else { (429, "sign_in_locked") };
        assert_eq!(status(&refused), expected, "{turn}");
    }
    assert_eq!(status(&try_with(PASSWORD).await.unwrap_err()), (429, "sign_in_locked"));
    town.clock.advance(Span::from_minutes(16));
    try_with(PASSWORD).await.unwrap();
}

#[tokio::test]
pub(crate) async fn an_administrator_sees_people_and_ends_their_sessions() {
    let town = Town::start().await;
    let (asha, _) = join(&town, "asha", "auditor").await;
    let (admin, _) = join(&town, "root", "administrator").await;
    let desk = DeskClient::new(admin);
    let people = desk.people(None).await.unwrap().items;
    let named: Vec<_> = people.iter().map(|person| (person.id.as_str(), person.name.as_str())).collect();
    assert_eq!(named, [("asha", "Name of asha"), ("root", "Name of root")]);
    let id = people[0].id.clone();
    let sessions = desk.sessions_of(&id).await.unwrap();
    assert_eq!(sessions.len(), 1);
    desk.end_session_of(&id, sessions[0].session_id).await.unwrap();
    let refused = DeskClient::new(asha).me().await.unwrap_err();
    assert_eq!(status(&refused), (401, "unauthenticated"));
    let own = desk.disable("own", &people[1].id).await.unwrap_err();
    assert_eq!(status(&own), (409, "oneself"));
}
