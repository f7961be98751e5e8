//! Taking requests back over HTTP: by the application, by staff, and on the portal's pages without scripts.

use http::Method;
use mpp_api::client::{ApplicationNotificationType as Kind, CaseQuery, StaffClient};
use mpp_core::{CaseRef, ConsentRequestId};

use crate::journey::problem;
use crate::people::{join, join_with_key};
use crate::town::{Town, asking};
use crate::window::Window;

fn case(text: &str) -> CaseRef {
    text.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn an_application_and_staff_take_requests_back_and_the_application_is_told() {
    let mut town = Town::start().await;
    let partner = town.onboard().await;
    let clerk = StaffClient::new(join(&town, "clerk", &["caseworker"]).await);
    let started = town.ask(&partner, "LOAN-1").await;
    let first = partner.application.take_back(&town.call(), started.consent_request_id).await.unwrap();
    assert_eq!(first.state, "cancelled");
    let again = partner.application.take_back(&town.call(), started.consent_request_id).await.unwrap();
    assert_eq!(first, again);
    let (_, news) = town.next_push().await;
    assert_eq!((news.kind, news.data.case_ref), (Kind::ConsentCancelled, case("LOAN-1")));

    town.ask(&partner, "LOAN-2").await;
    let by_staff = clerk.take_back(&town.call(), &case("LOAN-2")).await.unwrap();
    assert_eq!((by_staff.state.as_str(), by_staff.case_ref), ("cancelled", case("LOAN-2")));
    assert_eq!(town.next_push().await.1.kind, Kind::ConsentCancelled);
    let row = clerk.case_file(&case("LOAN-2")).await.unwrap().case;
    assert_eq!(row.taken_back.unwrap().staff.unwrap().as_str(), "clerk");

    let decided = town.ask(&partner, "LOAN-3").await;
    town.approve(&decided).await;
    let late = partner.application.take_back(&town.call(), decided.consent_request_id).await;
    let late = problem(late.unwrap_err());
    assert_eq!((late.status, late.code.as_str()), (409, "request_decided"));
    assert!(late.title.contains("ask the customer to withdraw"), "{}", late.title);
    let unknown = partner.application.take_back(&town.call(), ConsentRequestId::from_random([9; 16])).await;
    assert_eq!(problem(unknown.unwrap_err()).status, 404);

    let taken = CaseQuery { status: Some("cancelled".into()), ..CaseQuery::default() };
    let listed: Vec<_> =
        clerk.cases(&taken).await.unwrap().items.into_iter().map(|row| row.case_ref).collect();
    assert_eq!(listed, [case("LOAN-2"), case("LOAN-1")]);
    // central tells of the decision a moment later
    let decided = CaseQuery { status: Some("decided".into()), ..CaseQuery::default() };
    let listed = loop {
        let found = clerk.cases(&decided).await.unwrap().items;
        if !found.is_empty() {
            break found;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!((listed[0].case_ref.as_str(), listed[0].status.as_str()), ("LOAN-3", "decided"));
    let unheard_of = CaseQuery { status: Some("withdrawn".into()), ..CaseQuery::default() };
    assert_eq!(problem(clerk.cases(&unheard_of).await.unwrap_err()).code, "invalid_request");
    let taken =
        problem(partner.application.start("anew", &asking(partner.product, "LOAN-1")).await.unwrap_err());
    assert_eq!(taken.code, "case_ref_taken");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_asks_first_takes_back_once_and_shows_it() {
    let town = Town::start().await;
    let partner = town.onboard().await;
    town.ask(&partner, "LOAN-1").await;
    let cookie = join_with_key(&town, "asha", &["caseworker"]).await;
    let asha = Window::signed_in(town.client_url(), "__Host-mpp-client", &cookie);
    let auditor = join_with_key(&town, "ravi", &["auditor"]).await;
    let ravi = Window::signed_in(town.client_url(), "__Host-mpp-client", &auditor);
    let page = asha.page("/portal/cases/LOAN-1").await.1;
    assert!(page.contains("href=\"/portal/cases/LOAN-1/take-back\""), "{page}");
    assert!(page.contains("Consent was asked for by"), "{page}");
    assert!(!ravi.page("/portal/cases/LOAN-1").await.1.contains("take-back"));
    let form = [("once", "once-1")];
    let forbidden = ravi.send(Method::POST, "/portal/cases/LOAN-1/take-back", &form).await;
    assert_eq!(forbidden.status.as_u16(), 403);

    let (status, question) = asha.page("/portal/cases/LOAN-1/take-back").await;
    assert!(status == 200 && question.contains("This cannot be undone"), "{question}");
    for _ in 0..2 {
        let answer = asha.send(Method::POST, "/portal/cases/LOAN-1/take-back", &form).await;
        assert_eq!(answer.headers["location"], "/portal/cases/LOAN-1?done=taken_back");
    }
    let page = asha.page("/portal/cases/LOAN-1?done=taken_back").await.1;
    for text in ["The request is taken back.", "Taken back by asha", ">Taken back</span>"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("/take-back"), "there is nothing left to take back");
    let open = asha.page("/portal/cases?status=open").await.1;
    assert!(!open.contains("LOAN-1"), "{open}");
    let listed = asha.page("/portal/cases?status=cancelled").await.1;
    assert!(listed.contains("LOAN-1") && listed.contains(">Taken back</span>"), "{listed}");

    town.approve(&town.ask(&partner, "LOAN-2").await).await;
    let late = asha.send(Method::POST, "/portal/cases/LOAN-2/take-back", &[("once", "once-2")]).await;
    assert_eq!(late.status.as_u16(), 409);
    let said = String::from_utf8(late.body.collect(1_000_000).await.unwrap().to_vec()).unwrap();
    assert!(said.contains("Ask the customer to withdraw"), "{said}");
}
