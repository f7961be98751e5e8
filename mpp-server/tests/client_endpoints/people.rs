//! People with accounts at the client server: what each role may do, and reading data masked or for a reason.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, Method, header};
use mpp_api::client::{DocumentQuery, StaffClient, Unmask};
use mpp_api::desk::{DeskClient, InviteStaff, Join, OpenInvitation};
use mpp_api::{Anonymous, Caller};
use mpp_core::Clock;
use mpp_server::client::{Access, all_routes};
use totp_rs::{Builder, Secret};

use crate::journey::problem;
use crate::proofs::filled;
use crate::town::{AUTHOR_KEY, Town, bearer};

pub(crate) async fn join(town: &Town, id: &str, roles: &[&str]) -> Caller {
    town.at_client(bearer(&join_with_key(town, id, roles).await))
}

pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// Somebody who has joined.
pub(crate) struct Joined {
    /// The key of the session.
    pub(crate) session: String,
    /// The secret of the second factor.
    pub(crate) secret: String,
}

/// The code an authenticator app would show.
pub(crate) fn code(secret: &str, town: &Town) -> String {
    let secret = Secret::try_from_base32(secret).unwrap();
    let seconds = town.clock.now().as_unix_seconds().try_into().unwrap();
    Builder::new().with_secret(secret).build_noncompliant().generate(seconds).to_string()
}

/// Invites somebody and lets them join; gives the key of the session.
pub(crate) async fn join_with_key(town: &Town, id: &str, roles: &[&str]) -> String {
    join_with_secret(town, id, roles).await.session
}

pub(crate) async fn join_with_secret(town: &Town, id: &str, roles: &[&str]) -> Joined {
    let desk = DeskClient::new(town.at_client(bearer(AUTHOR_KEY)));
    let roles = roles.iter().map(|role| (*role).to_owned()).collect();
    let invite = InviteStaff { id: id.into(), name: format!("Name of {id}"), roles };
    let invitation = desk.invite(&town.call(), &invite).await.unwrap().invitation;
    let door = DeskClient::new(town.at_client(Arc::new(Anonymous)));
    let open = OpenInvitation { invitation: invitation.clone(), shown: None };
    let opened = door.open_invitation(&open).await.unwrap();
    let join = Join { invitation, password: PASSWORD.into(), code: code(&opened.secret, town) };
    Joined { session: door.join(&join).await.unwrap().session_key, secret: opened.secret }
}

/// Who may do what at a client server: every route of staff, the roles that may. A route without a row fails the test.
const TABLE: &[(&str, &str, &[&str])] = {
    const ADMIN: &[&str] = &["administrator"];
    const SEES_WORK: &[&str] = &["administrator", "operations", "auditor"];
    const SEES_CASES: &[&str] =
        &["administrator", "operations", "product_manager", "caseworker", "data_reader", "auditor"];
    const SEES_PRODUCTS: &[&str] = &["administrator", "product_manager", "caseworker", "auditor"];
    const SEES_DATA: &[&str] = &["caseworker", "data_reader", "auditor"];
    const SEES_USE: &[&str] = &["administrator", "finance", "auditor"];
    const LOGS: &[&str] = &["administrator", "auditor"];
    &[
        ("POST", "/v1/staff/enrolment", ADMIN),
        ("POST", "/v1/staff/keys/rotation", ADMIN),
        ("POST", "/v1/staff/keys/rotation/approve", ADMIN),
        ("POST", "/v1/staff/keys/rotation/withdraw", ADMIN),
        ("POST", "/v1/staff/api-keys", ADMIN),
        ("POST", "/v1/staff/api-keys/{id}/revoke", ADMIN),
        ("POST", "/v1/staff/webhook", ADMIN),
        ("POST", "/v1/staff/webhook/test", ADMIN),
        ("GET", "/v1/staff/find", SEES_CASES),
        ("GET", "/v1/staff/products", SEES_PRODUCTS),
        ("GET", "/v1/staff/products/{id}/versions/{version}", SEES_PRODUCTS),
        ("GET", "/v1/staff/products/{id}/versions", SEES_PRODUCTS),
        ("POST", "/v1/staff/products", &["product_manager"]),
        ("POST", "/v1/staff/products/check", &["product_manager"]),
        ("POST", "/v1/staff/products/{id}/versions/{version}/approve", &["product_manager"]),
        ("POST", "/v1/staff/products/{id}/retirement", &["product_manager"]),
        ("POST", "/v1/staff/products/{id}/retirement/approve", &["product_manager"]),
        ("POST", "/v1/staff/products/{id}/retirement/withdraw", &["product_manager"]),
        ("GET", "/v1/staff/usage", SEES_USE),
        ("GET", "/v1/staff/own-uses", SEES_USE),
        ("GET", "/v1/staff/own-uses/counts", SEES_USE),
        ("GET", "/v1/staff/usage-log", SEES_USE),
        ("POST", "/v1/staff/usage-log", &["finance"]),
        ("GET", "/v1/staff/bills", SEES_USE),
        ("GET", "/v1/staff/bills/{bill}", SEES_USE),
        ("GET", "/v1/staff/accesses", LOGS),
        ("GET", "/v1/staff/audit", LOGS),
        ("GET", "/v1/staff/parcels", SEES_DATA),
        ("GET", "/v1/staff/items", SEES_DATA),
        ("GET", "/v1/staff/items/{id}/proof", SEES_DATA),
        ("GET", "/v1/staff/items/{id}/masked", SEES_DATA),
        ("GET", "/v1/staff/purge-calendar", SEES_DATA),
        ("GET", "/v1/staff/purge-calendar/{day}", SEES_DATA),
        ("POST", "/v1/staff/items/{id}/unmask", &["data_reader"]),
        ("GET", "/v1/staff/parked", SEES_WORK),
        ("POST", "/v1/staff/parked/{job}/replay", &["operations"]),
        ("GET", "/v1/staff/overview", ALL),
        ("GET", "/v1/staff/cases", SEES_CASES),
        ("GET", "/v1/staff/cases/{caseRef}", SEES_CASES),
        ("POST", "/v1/staff/cases", &["caseworker"]),
        ("POST", "/v1/staff/cases/{caseRef}/take-back", &["caseworker"]),
        ("GET", "/v1/staff/fetches", SEES_CASES),
        ("GET", "/v1/staff/keys", SEES_WORK),
        ("GET", "/v1/staff/news", SEES_WORK),
        ("GET", "/v1/staff/news/replay", SEES_WORK),
        ("POST", "/v1/staff/news/replay", &["operations"]),
        ("GET", "/v1/staff/settings", SEES_WORK),
        ("GET", "/v1/desk/me", ALL),
        ("GET", "/v1/desk/sessions", ALL),
        ("POST", "/v1/desk/sessions/{session}/end", ALL),
        ("POST", "/v1/desk/password", ALL),
        ("GET", "/v1/desk/passkeys", ALL),
        ("POST", "/v1/desk/passkeys/begin", ALL),
        ("POST", "/v1/desk/passkeys", ALL),
        ("POST", "/v1/desk/passkeys/{passkey}/remove", ALL),
        ("GET", "/v1/desk/people/{id}/passkeys", ADMIN),
        ("POST", "/v1/desk/people/{id}/passkeys/{passkey}/remove", ADMIN),
        ("GET", "/v1/desk/views", ALL),
        ("POST", "/v1/desk/views", ALL),
        ("POST", "/v1/desk/views/{number}/rename", ALL),
        ("POST", "/v1/desk/views/{number}/remove", ALL),
        ("GET", "/v1/desk/exports", ALL),
        ("POST", "/v1/desk/exports", ALL),
        ("GET", "/v1/desk/exports/{export}", ALL),
        ("GET", "/v1/desk/exports/{export}/file", ALL),
        ("POST", "/v1/desk/exports/{export}/parts/{part}/{rows}", ALL),
        ("POST", "/v1/desk/exports/{export}/note", ALL),
        ("POST", "/v1/desk/exports/{export}/finish", ALL),
        ("POST", "/v1/desk/exports/{export}/stop", ALL),
        ("POST", "/v1/desk/exports/{export}/remove", ALL),
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
        ("POST", "/v1/desk/sign-out", ALL),
    ]
};

const ALL: &[&str] =
    &["administrator", "operations", "finance", "product_manager", "caseworker", "data_reader", "auditor"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn every_route_lets_exactly_its_roles_in() {
    let staffs = all_routes().into_iter().filter(|route| matches!(route.access, Access::Staff(_)));
    let mut served: Vec<_> = staffs.map(|route| (route.method, route.path)).collect();
    let mut listed: Vec<_> = TABLE.iter().map(|(method, path, _)| (*method, *path)).collect();
    served.sort_unstable();
    listed.sort_unstable();
    assert_eq!(served, listed, "the table lists every route of staff once");

    let town = Town::start().await;
    for role in ALL {
        let person = join(&town, &format!("the-{role}"), &[role]).await;
        for (method, path, roles) in TABLE {
            let method: Method = method.parse().unwrap();
            let json =
                HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
            let answer = person.send_raw(method, &filled(path), json, "{}".into()).await;
            let refused = answer.map_err(problem).err();
            let code = refused.as_ref().map_or("", |problem| problem.code.as_str());
            assert_eq!(code != "role_missing", roles.contains(role), "{role} {path}: {code}");
            assert_ne!(code, "unauthenticated", "{role} {path}");
        }
    }
}

const DOCUMENT: &str = r#"<Account xmlns="http://api.rebit.org.in/FISchema/deposit" type="deposit" maskedAccNumber="XXXX4321" version="1.1" linkedAccRef="r1">
<Profile><Holders type="SINGLE"><Holder name="CANARY Asha Rao" dob="1990-01-15" mobile="9876543210" nominee="REGISTERED" email="a@b.example" pan="ABCDE1234F" ckycCompliance="true"/></Holders></Profile>
<Summary currentBalance="120500.25" currency="INR" branch="Mysuru" balanceDateTime="2026-01-10T10:00:00+05:30" type="SAVINGS" status="ACTIVE"/></Account>"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn data_is_masked_until_somebody_gives_a_reason() {
    let mut town = Town::start().await;
    let partner = town.onboard().await;
    let started = town.ask(&partner, "LOAN-1").await;
    let phone = town.approve(&started).await;
    town.upload(&partner, &phone, DOCUMENT.as_bytes()).await;
    let item = loop {
        let (_, news) = town.next_push().await;
        if let Some(item) = news.data.item_id {
            break item;
        }
    };
    let clerk = StaffClient::new(join(&town, "clerk", &["caseworker"]).await);
    let reader = StaffClient::new(join(&town, "reader", &["data_reader"]).await);
    let auditor = StaffClient::new(join(&town, "auditor", &["auditor"]).await);

    let held = DocumentQuery { status: Some("held".into()), ..DocumentQuery::default() };
    let rows = clerk.items(&held).await.unwrap().items;
    assert_eq!((rows.len(), rows[0].item_id), (1, item));
    let masked = clerk.masked(item).await.unwrap();
    let text = masked.document.to_string();
    assert!(masked.masked && text.contains("120500.25") && text.contains("SAVINGS"), "{text}");
    for personal in ["CANARY", "9876543210", "ABCDE1234F", "1990-01-15", "Mysuru", "a@b.example"] {
        assert!(!text.contains(personal), "{personal}");
    }
    let why = Unmask { reason: "complaint 4711 of the customer".into() };
    let refused = problem(clerk.unmask(item, &why).await.unwrap_err());
    assert_eq!((refused.status, refused.code.as_str()), (403, "role_missing"));
    let refused = problem(reader.unmask(item, &Unmask { reason: "x".into() }).await.unwrap_err());
    assert_eq!((refused.status, refused.code.as_str()), (400, "invalid_request"));
    let whole = reader.unmask(item, &why).await.unwrap();
    assert!(!whole.masked && whole.document.to_string().contains("CANARY Asha Rao"));

    let reads = auditor.accesses().await.unwrap().items;
    let told: Vec<_> =
        reads.iter().map(|read| (read.staff.as_ref().unwrap().as_str(), read.form.as_str())).collect();
    assert_eq!(told, [("clerk", "masked"), ("reader", "normalised")]);
    assert_eq!(reads[1].reason.as_deref(), Some("complaint 4711 of the customer"));
    let file = clerk.case_file(&"LOAN-1".parse().unwrap()).await.unwrap();
    assert_eq!((file.documents.len(), file.standing.unwrap().state.as_str()), (1, "decided"));
    let operations = StaffClient::new(join(&town, "opal", &["operations"]).await);
    let file = operations.case_file(&"LOAN-1".parse().unwrap()).await.unwrap();
    assert_eq!(file.documents, [], "who may not see data is not told of any");
    assert_eq!(file.standing.unwrap().state, "decided");
    let log = serde_json::to_string(&auditor.audit(None).await.unwrap().leaves).unwrap();
    assert!(log.contains("item.read") && !log.contains("complaint 4711") && !log.contains("CANARY"));
}
