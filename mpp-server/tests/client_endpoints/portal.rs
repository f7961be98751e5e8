//! The portal as a browser without scripts meets it.

use http::Method;
use mpp_api::desk::{DeskClient, SetRoles};
use mpp_core::Span;
use mpp_transport::Response;

use crate::journey::problem;
use crate::people::{PASSWORD, code, join_with_key, join_with_secret};
use crate::town::{AUTHOR_KEY, Town, bearer};
use crate::window::{Window, session_of};

const COOKIE: &str = "__Host-mpp-client";

fn window(town: &Town, session: &str) -> Window {
    Window::signed_in(town.client_url(), COOKIE, session)
}

/// Signs in where `planted` is the session's cookie already.
async fn sign_in(town: &Town, planted: &str, name: &str, secret: &str) -> Response {
    // a code is good once
    town.clock.advance(Span::from_minutes(1));
    let code = code(secret, town);
    let form = [("name", name), ("password", PASSWORD), ("code", code.as_str()), ("next", "/cases")];
    window(town, planted).send(Method::POST, "/portal/sign-in", &form).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn a_session_cookie_set_before_signing_in_is_never_the_one_after() {
    let town = Town::start().await;
    let ravis = join_with_secret(&town, "ravi", &["auditor"]).await.secret;
    let ashas = join_with_secret(&town, "asha", &["auditor"]).await.secret;
    let his = session_of(&sign_in(&town, "", "ravi", &ravis).await, COOKIE).unwrap();
    for planted in ["chosen-by-somebody", "mpps_0000", his.as_str()] {
        let wrong = [("name", "asha"), ("password", "x"), ("code", "000000")];
        let refused = window(&town, planted).send(Method::POST, "/portal/sign-in", &wrong).await;
        assert_eq!((refused.status.as_u16(), session_of(&refused, COOKIE)), (401, None), "{planted}");
        let answer = sign_in(&town, planted, "asha", &ashas).await;
        assert_eq!(answer.status.as_u16(), 303, "{planted}");
        let hers = session_of(&answer, COOKIE).unwrap();
        assert_ne!(hers, planted);
        let me = DeskClient::new(town.at_client(bearer(&hers))).me().await.unwrap();
        assert_eq!(me.id.as_str(), "asha");
        // whoever planted it is no more than before
        match DeskClient::new(town.at_client(bearer(planted))).me().await {
            Ok(person) => assert_eq!((person.id.as_str(), planted), ("ravi", his.as_str())),
            Err(error) => assert_eq!(problem(error).code, "unauthenticated", "{planted}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn what_is_not_this_enterprises_is_not_there() {
    let town = Town::start().await;
    town.onboard().await;
    let everything = ["administrator", "product_manager", "caseworker", "data_reader", "finance"];
    let cookie = join_with_key(&town, "asha", &everything).await;
    let asha = window(&town, &cookie);
    // identifiers as another enterprise has them, and what is none
    for id in ["7d444840-9dc0-41d1-b245-5ffdce74fad2", "..%2Fadmin", "%3Cscript%3E"] {
        for place in [
            format!("/portal/cases/{id}"),
            format!("/portal/cases/{id}/take-back"),
            format!("/portal/products/{id}/1/retire"),
            format!("/portal/data/{id}"),
            format!("/portal/products/{id}/1"),
            format!("/portal/products/{id}/compare?from=1&to=2"),
            format!("/portal/bills/{id}/document.json"),
        ] {
            let (status, page) = asha.page(&place).await;
            assert_eq!(status, 404, "{place}: {page}");
            assert!(page.contains("There is no such thing"), "{place}: {page}");
        }
        for (place, form) in [
            (format!("/portal/data/{id}"), [("reason", "a complaint of the customer"), ("once", "1")]),
            (format!("/portal/products/{id}/1/approve"), [("reason", ""), ("once", "2")]),
            (format!("/portal/cases/{id}/take-back"), [("reason", ""), ("once", "3")]),
            (format!("/portal/products/{id}/1/retire"), [("reason", ""), ("once", "4")]),
            (format!("/portal/products/{id}/1/retire/approve"), [("reason", ""), ("once", "5")]),
            (format!("/portal/products/{id}/1/retire/withdraw"), [("reason", ""), ("once", "6")]),
            (format!("/portal/views/{id}/remove"), [("page", "/data"), ("query", "")]),
        ] {
            let answer = asha.send(Method::POST, &place, &form).await;
            assert_eq!(answer.status.as_u16(), 404, "{place}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn a_filter_of_documents_is_kept_and_every_list_is_a_file_too() {
    let town = Town::start().await;
    town.onboard().await;
    let cookie = join_with_key(&town, "asha", &["auditor"]).await;
    let asha = window(&town, &cookie);
    let form = [("page", "/data"), ("query", "status=held"), ("name", "What we hold")];
    let saved = asha.send(Method::POST, "/portal/views", &form).await;
    assert_eq!(saved.headers["location"], "/portal/data?status=held&done=view_saved");
    assert!(asha.page("/portal/data").await.1.contains(">What we hold</a>"));
    let (_, page) = asha.page("/portal/usage").await;
    assert!(page.contains("name=\"list\" value=\"/usage\"") && page.contains("value=\"month="), "{page}");
    let (status, wrong) = asha.page("/portal/usage?month=x").await;
    assert!(status == 409 && wrong.contains("Write the month as 2026-01."), "{wrong}");
    assert!(!wrong.contains("Choose a partner"), "there is none to choose: {wrong}");
    // a list that is no entry of the menu
    let form = [("page", "/usage"), ("query", "month=2026-01"), ("name", "January")];
    let saved = asha.send(Method::POST, "/portal/views", &form).await;
    assert_eq!(saved.headers["location"], "/portal/usage?month=2026-01&done=view_saved");
    let removed = asha.send(Method::POST, "/portal/views/2/remove", &form).await;
    assert_eq!(removed.headers["location"], "/portal/usage?month=2026-01&done=view_removed");
    const LISTS: [&str; 9] = [
        "/cases",
        "/fetches",
        "/data",
        "/news",
        "/reads",
        "/audit",
        "/usage",
        "/usage/own",
        "/usage/entries",
    ];
    for (at, list) in LISTS.into_iter().enumerate() {
        for (format, begins) in [("xlsx", &b"PK"[..]), ("csv", b"\xEF\xBB\xBF")] {
            let once = at.to_string();
            let form = [("list", list), ("query", ""), ("format", format), ("once", once.as_str())];
            let led = asha.send(Method::POST, "/portal/exports", &form).await;
            let file = asha.send(Method::GET, led.headers["location"].to_str().unwrap(), &[]).await;
            let kind = file.headers["content-disposition"].to_str().unwrap().to_owned();
            assert!(kind.ends_with(&format!(".{format}\"")), "{list}: {kind}");
            let bytes = file.body.collect(1_000_000).await.unwrap();
            assert!(bytes.starts_with(begins), "{list}");
        }
    }
    assert_eq!(asha.page("/portal/exports").await.1.matches("Ready").count(), 2 * LISTS.len());
    let ravi = window(&town, &join_with_key(&town, "ravi", &["auditor"]).await);
    assert!(ravi.page("/portal/exports").await.1.contains("There is no file of yours"));
}

/// Numbers lead to rows only for who may see them: finance sees the overview, and nothing behind it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn numbers_lead_only_where_their_reader_may_go() {
    let town = Town::start().await;
    town.onboard().await;
    let (every, some) =
        ("Every number leads to the rows behind it.", "Numbers whose rows you may see lead to them.");
    for (name, role, leads) in [("ravi", "finance", false), ("asha", "auditor", true)] {
        let person = window(&town, &join_with_key(&town, name, &[role]).await);
        let (status, page) = person.page("/portal/").await;
        assert_eq!(status, 200);
        assert_eq!((page.contains(every), page.contains(some)), (leads, !leads), "{role}: {page}");
        let list = page.split("<ul class=\"figures\">").nth(1).unwrap().split("</ul>").next().unwrap();
        assert_eq!(list.contains("<a "), leads, "{role}: {list}");
        let reached = person.page("/portal/cases").await.0;
        assert_eq!(reached, if leads { 200 } else { 403 }, "{role}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn a_page_with_roles_of_before_sets_none() {
    let town = Town::start().await;
    let admin = window(&town, &join_with_key(&town, "asha", &["administrator"]).await);
    join_with_key(&town, "ravi", &["auditor", "finance"]).await;
    let shows = |page: &str, role: &str| page.contains(&format!("name=\"shown\" value=\"{role}\""));
    let page = admin.page("/portal/people").await.1;
    assert!(shows(&page, "auditor") && shows(&page, "finance") && !shows(&page, "operations"), "{page}");
    let before = [("shown", "auditor"), ("shown", "finance")];
    let set = async |once: &str, shown: &[(&str, &str)], roles: &[(&str, &str)]| {
        let form = [&[("once", once)], shown, roles].concat();
        admin.send(Method::POST, "/portal/people/ravi/roles", &form).await
    };
    let taken = set("1", &before, &[("role", "auditor")]).await;
    assert_eq!(taken.headers["location"], "/portal/people?done=roles_set");
    // another administrator still looks at the page of before
    let more = [("role", "auditor"), ("role", "finance"), ("role", "operations")];
    let refused = set("2", &before, &more).await;
    let refused = String::from_utf8(refused.body.collect(1_000_000).await.unwrap().to_vec()).unwrap();
    assert!(refused.contains("Somebody else has set the roles of this person"), "{refused}");
    assert!(shows(&refused, "auditor") && !shows(&refused, "finance"), "{refused}");
    let more = [("role", "auditor"), ("role", "operations")];
    let added = set("3", &[("shown", "auditor")], &more).await;
    assert_eq!(added.headers["location"], "/portal/people?done=roles_set");
    // programs need not say what they saw
    let desk = DeskClient::new(town.at_client(bearer(AUTHOR_KEY)));
    let auditor = SetRoles { roles: vec!["auditor".into()], shown: None };
    desk.set_roles("4", &"ravi".parse().unwrap(), &auditor).await.unwrap();
}
