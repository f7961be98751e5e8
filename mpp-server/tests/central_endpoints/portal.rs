//! The portal as a browser without scripts meets it.

use futures::StreamExt;
use http::Method;
use mpp_api::desk::{DeskClient, InviteStaff};
use mpp_core::Span;
use mpp_transport::Response;

use crate::people::{PASSWORD, bearer, code, join};
use crate::proofs::status;
use crate::samples::{account_item, bureau_item};
use crate::town::{BUREAU, STAFF_KEY, Town};
use crate::window::{self, Window};

pub(crate) const COOKIE: &str = "__Host-mpp-central";

pub(crate) fn window(town: &Town, session: &str) -> Window {
    Window::signed_in(town.base_url(), COOKIE, session)
}

/// The session an answer lets the browser keep.
pub(crate) fn session_of(answer: &Response) -> Option<String> {
    window::session_of(answer, COOKIE)
}

/// Signs in where `planted` is the session's cookie already.
pub(crate) async fn sign_in(town: &Town, planted: &str, name: &str, secret: &str) -> Response {
    // a code is good once
    town.clock.advance(Span::from_minutes(1));
    let window = window(town, planted);
    let code = code(secret, town);
    let form = [("name", name), ("password", PASSWORD), ("code", code.as_str()), ("next", "/requests")];
    window.send(Method::POST, "/portal/sign-in", &form).await
}

#[tokio::test]
pub(crate) async fn a_session_cookie_set_before_signing_in_is_never_the_one_after() {
    let town = Town::start().await;
    let (_, ravis) = join(&town, "ravi", "auditor").await;
    let (_, ashas) = join(&town, "asha", "auditor").await;
    let his = session_of(&sign_in(&town, "", "ravi", &ravis).await).unwrap();
    for planted in ["chosen-by-somebody", "mpps_0000", his.as_str()] {
        let refused = window(&town, planted)
            .send(Method::POST, "/portal/sign-in", &[("name", "asha"), ("password", "x"), ("code", "000000")])
            .await;
        assert_eq!((refused.status.as_u16(), session_of(&refused)), (401, None), "{planted}");
        let answer = sign_in(&town, planted, "asha", &ashas).await;
        assert_eq!(answer.status.as_u16(), 303, "{planted}");
        let hers = session_of(&answer).unwrap();
        assert_ne!(hers, planted);
        let me = DeskClient::new(bearer(&town, &hers)).me().await.unwrap();
        assert_eq!(me.id.as_str(), "asha");
        // whoever planted it is no more than before
        match DeskClient::new(bearer(&town, planted)).me().await {
            Ok(person) => assert_eq!((person.id.as_str(), planted), ("ravi", his.as_str())),
            Err(error) => assert_eq!(status(&error), (401, "unauthenticated"), "{planted}"),
        }
    }
}

#[tokio::test]
pub(crate) async fn a_mistake_in_joining_shows_the_same_second_factor_and_another_opening_does_not() {
    let town = Town::start().await;
    let invite = InviteStaff { id: "asha".into(), name: "Asha Rao".into(), roles: vec!["auditor".into()] };
    let invited = DeskClient::new(bearer(&town, STAFF_KEY)).invite("asha", &invite).await.unwrap();
    let invitation = ("invitation", invited.invitation.as_str());
    let visitor = Window::with_cookies(town.base_url(), "");
    let opened = shown(visitor.send(Method::POST, "/portal/welcome", &[invitation]).await).await;
    let refused = try_joining(&visitor, invitation, &opened, "000000").await;
    assert_eq!(refused.status.as_u16(), 422);
    assert_eq!(shown(refused).await, opened);

    let anew = shown(visitor.send(Method::POST, "/portal/welcome", &[invitation]).await).await;
    assert_ne!(anew, opened);
    for (secret, status) in [(&opened, 422), (&anew, 303)] {
        let answer = try_joining(&visitor, invitation, &anew, &code(secret, &town)).await;
        assert_eq!(answer.status.as_u16(), status);
    }
}

async fn try_joining(visitor: &Window, invitation: (&str, &str), shown: &str, code: &str) -> Response {
    let form = [invitation, ("shown", shown), ("password", PASSWORD), ("again", PASSWORD), ("code", code)];
    visitor.send(Method::POST, "/portal/join", &form).await
}

/// The secret of the second factor on the page of an invitation.
async fn shown(page: Response) -> String {
    let bytes = page.body.collect(1_000_000).await.unwrap();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let rest = text.split("name=\"shown\" value=\"").nth(1).unwrap_or_else(|| panic!("{text}"));
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
pub(crate) async fn views_lead_only_to_lists_and_belong_to_who_keeps_them() {
    let town = Town::start().await;
    let (_, ravis) = join(&town, "ravi", "auditor").await;
    let (_, ashas) = join(&town, "asha", "auditor").await;
    let his = session_of(&sign_in(&town, "", "ravi", &ravis).await).unwrap();
    let hers = session_of(&sign_in(&town, "", "asha", &ashas).await).unwrap();
    let [ravi, asha] = [his, hers].map(|session| window(&town, &session));
    let script = "\"><script>alert('1')</script>";
    let query = format!("status=placed&caseRef={script}&after=x&done=evil");
    let form = [("page", "/requests"), ("query", query.as_str()), ("name", script)];
    let saved = asha.send(Method::POST, "/portal/views", &form).await;
    let led = saved.headers["location"].to_str().unwrap();
    assert!(led.starts_with("/portal/requests?status=placed&caseRef=%22%3E%3Cscript"), "{led}");
    assert!(led.ends_with("&done=view_saved"), "{led}");
    assert!(
        asha.page("/portal/requests?status=placed&done=view_saved").await.1.contains("The view is saved")
    );
    for list in ["fetches", "deliveries", "usage"] {
        let (status, page) = asha.page(&format!("/portal/{list}?done=view_saved")).await;
        assert!(status == 200 && page.contains("The view is saved"), "{list}: {page}");
    }

    let (_, page) = asha.page("/portal/requests").await;
    assert!(page.contains("Saved views") && !page.contains("<script>alert"), "{page}");
    let link = "href=\"/portal/requests?status=placed&#38;caseRef=%22%3E%3Cscript";
    assert!(page.contains(link) && !page.contains("after=x"), "{page}");
    assert!(!asha.page("/portal/deliveries").await.1.contains("Saved views"), "a list shows its own views");
    assert!(!ravi.page("/portal/requests").await.1.contains("Saved views"), "nobody sees those of others");
    for step in ["rename", "remove"] {
        let form = [("page", "/requests"), ("query", ""), ("name", "x")];
        let refused = ravi.send(Method::POST, &format!("/portal/views/1/{step}"), &form).await;
        assert_eq!(refused.status.as_u16(), 404, "{step}");
    }

    let elsewhere = [("page", "//evil.example"), ("query", "status=placed"), ("name", "Mine")];
    let refused = asha.send(Method::POST, "/portal/views", &elsewhere).await;
    assert_eq!((refused.status.as_u16(), refused.headers.get("location")), (409, None));
    let renamed = asha.send(Method::POST, "/portal/views/1/rename", &elsewhere).await;
    assert_eq!(renamed.headers["location"], "/portal/?done=view_renamed", "nothing leads out of the portal");
    assert!(asha.page("/portal/requests").await.1.contains(">Mine</a>"));
    let own = [("page", "/requests"), ("query", "status=placed")];
    let removed = asha.send(Method::POST, "/portal/views/1/remove", &own).await;
    assert_eq!(removed.headers["location"], "/portal/requests?status=placed&done=view_removed");
    assert!(!asha.page("/portal/requests").await.1.contains(">Mine</a>"));
}

#[tokio::test]
pub(crate) async fn lists_suggest_the_sources_that_products_ask_for() {
    let town = Town::start().await;
    let partner = town.onboard(None).await;
    town.publish(&partner, vec![bureau_item(), account_item()]).await;
    let listed = town.staff().products(None).await.unwrap().items;
    assert_eq!(listed[0].sources, [BUREAU, "account-aggregator"]);
    let (_, secret) = join(&town, "ravi", "auditor").await;
    let session = session_of(&sign_in(&town, "", "ravi", &secret).await).unwrap();
    let ravi = window(&town, &session);
    let suggestions = format!(
        "<datalist id=\"known-source\"><option value=\"account-aggregator\"></option><option value=\"{BUREAU}\">"
    );
    for list in ["requests", "fetches"] {
        let (_, page) = ravi.page(&format!("/portal/{list}")).await;
        assert!(page.contains(&suggestions), "{list}: {page}");
    }
}

#[tokio::test]
async fn what_is_refused_is_said_in_the_language_of_the_page() {
    let town = Town::start().await;
    let partner = town.onboard(None).await;
    let product = town.publish(&partner, vec![bureau_item(), account_item()]).await;
    town.place(&partner, product, "LOAN-1").await;
    let (_, secret) = join(&town, "ravi", "auditor").await;
    let session = session_of(&sign_in(&town, "", "ravi", &secret).await).unwrap();
    for (language, frame, approved) in [
        ("en", "The server did not take this: ", "0 of 2"),
        ("hi", "सर्वर ने इसे स्वीकार नहीं किया। उसका उत्तर: ", "0 (कुल 2 में से)"),
    ] {
        let cookies = format!("{COOKIE}={session}; mpp-language={language}");
        let ravi = Window::with_cookies(town.base_url(), &cookies);
        let (status, page) = ravi.page("/portal/requests?source=sandbox-bureau").await;
        assert_eq!(status, 409, "{page}");
        let said = format!("{frame}The request is not valid: source is not valid");
        assert!(page.contains(&said), "{page}");
        let (_, list) = ravi.page("/portal/requests").await;
        assert!(list.contains(&format!("<td class=\"number\">{approved}")), "{list}");
    }
}

#[tokio::test]
pub(crate) async fn administrators_end_sessions_of_others_and_nobody_else_does() {
    let town = Town::start().await;
    let (_, ravis) = join(&town, "ravi", "auditor").await;
    let (_, ashas) = join(&town, "asha", "administrator").await;
    let his = session_of(&sign_in(&town, "", "ravi", &ravis).await).unwrap();
    let hers = session_of(&sign_in(&town, "", "asha", &ashas).await).unwrap();
    let [ravi, asha] = [his, hers].map(|session| window(&town, &session));
    assert!(asha.page("/portal/people").await.1.contains("href=\"/portal/people/ravi/sessions\""));
    let (_, page) = asha.page("/portal/people/ravi/sessions").await;
    let ends: Vec<&str> =
        page.split("action=\"").filter(|rest| rest.starts_with("/portal/people/ravi/")).collect();
    let end = ends[0].split('"').next().unwrap();
    assert_eq!(ravi.page("/portal/people/asha/sessions").await.0, 403);
    let refused = ravi.send(Method::POST, &end.replace("ravi", "asha"), &[]).await;
    assert_eq!(refused.status.as_u16(), 403);
    assert_eq!(ravi.page("/portal/").await.0, 200);
    for end in ends {
        let ended = asha.send(Method::POST, end.split('"').next().unwrap(), &[]).await;
        assert_eq!(ended.headers["location"], "/portal/people/ravi/sessions?done=session_ended");
    }
    assert_eq!(ravi.page("/portal/").await.0, 303, "he is to sign in again");
    assert_eq!(asha.page("/portal/people/Ra%20vi/sessions").await.0, 404);
}

/// Numbers lead to rows only for who may see them: finance sees the overview, and no request.
#[tokio::test]
pub(crate) async fn numbers_lead_only_where_their_reader_may_go() {
    let town = Town::start().await;
    for (name, role, leads) in [("ravi", "finance", false), ("asha", "operations", true)] {
        let (_, secret) = join(&town, name, role).await;
        let session = session_of(&sign_in(&town, "", name, &secret).await).unwrap();
        let (status, page) = window(&town, &session).page("/portal/").await;
        assert_eq!(status, 200);
        assert!(page.contains("Consents given today"), "{page}");
        let list = page.split("<ul class=\"figures\">").nth(1).unwrap().split("</ul>").next().unwrap();
        assert_eq!(list.contains("<a "), leads, "{role}: {list}");
        assert_eq!(list.contains("/portal/activity?what=given&#38;day="), leads, "{role}: {list}");
        let reached = window(&town, &session).page("/portal/activity?what=held").await.0;
        assert_eq!(reached, if leads { 200 } else { 403 }, "{role}");
    }
}

/// The first event of a stream.
async fn first_event(answer: Response) -> String {
    let mut chunks = answer.body.into_stream();
    let mut text = String::new();
    while !text.contains("\n\n") {
        text.push_str(&String::from_utf8_lossy(&chunks.next().await.unwrap().unwrap()));
    }
    text
}

#[tokio::test]
pub(crate) async fn an_overview_left_open_over_midnight_names_the_new_day() {
    let town = Town::start().await;
    // five minutes before midnight in India
    town.clock.advance(Span::from_minutes(9 * 60));
    let (_, secret) = join(&town, "asha", "operations").await;
    let session = session_of(&sign_in(&town, "", "asha", &secret).await).unwrap();
    let asha = window(&town, &session);
    let page = asha.page("/portal/").await.1;
    let live = page.split("data-live=\"/portal/live\"").nth(1).unwrap_or_else(|| panic!("{page}"));
    assert!(live.contains("What happened today, 15 Jan 2026, in India"), "{page}");
    for day in ["15 Jan 2026", "16 Jan 2026"] {
        let event = first_event(asha.send(Method::GET, "/portal/live", &[]).await).await;
        assert!(event.contains(&format!("What happened today, {day}, in India")), "{event}");
        town.clock.advance(Span::from_minutes(10));
    }
}

#[tokio::test]
pub(crate) async fn an_address_that_cannot_be_read_is_answered_with_a_page() {
    let town = Town::start().await;
    let (_, secret) = join(&town, "ravi", "auditor").await;
    let session = session_of(&sign_in(&town, "", "ravi", &secret).await).unwrap();
    let ravi = window(&town, &session);
    for place in ["/portal/audit?before=x", "/portal/requests?limit=x", "/portal/partners?after=a&after=b"] {
        let (status, page) = ravi.page(place).await;
        assert_eq!(status, 404, "{place}: {page}");
        assert!(page.contains("There is no such thing"), "{place}: {page}");
        assert!(page.contains("<nav class=\"side\""), "{place}: {page}");
        assert_eq!(window(&town, "").page(place).await.0, 303, "{place}: to the entrance");
    }
    let (status, entrance) = window(&town, "").page("/portal/sign-in?next=/audit&next=/people").await;
    assert!(status == 200 && entrance.contains("name=\"password\""), "{entrance}");
}
