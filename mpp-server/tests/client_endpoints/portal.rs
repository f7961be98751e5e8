//! The portal as a browser without scripts meets it.

use http::{HeaderValue, Method};
use mpp_transport::{ConnectionSettings, HyperTransport, Request, Response, Transport};

use crate::people::join_with_key;
use crate::town::Town;

const COOKIE: &str = "__Host-mpp-client";

/// A browser without scripts, with the cookie it was given.
struct Window<'a> {
    town: &'a Town,
    cookie: String,
}

impl Window<'_> {
    async fn send(&self, method: Method, path: &str, form: &[(&str, &str)]) -> Response {
        let mut request = Request::new(method, self.town.client_url().join(path).unwrap());
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        for (name, value) in [
            ("content-type", "application/x-www-form-urlencoded"),
            ("sec-fetch-site", "same-origin"),
            ("cookie", &format!("{COOKIE}={}", self.cookie)),
        ] {
            request.headers.insert(name, HeaderValue::from_str(value).unwrap());
        }
        request.body = body.into();
        HyperTransport::new(ConnectionSettings::default()).unwrap().send(request).await.unwrap()
    }

    async fn page(&self, path: &str) -> (u16, String) {
        let answer = self.send(Method::GET, path, &[]).await;
        let status = answer.status.as_u16();
        (status, String::from_utf8_lossy(&answer.body.collect(1_000_000).await.unwrap()).into_owned())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_this_enterprises_is_not_there() {
    let town = Town::start().await;
    town.onboard().await;
    let everything = ["administrator", "product_manager", "caseworker", "data_reader", "finance"];
    let cookie = join_with_key(&town, "asha", &everything).await;
    let asha = Window { town: &town, cookie };
    // identifiers as another enterprise has them, and what is none
    for id in ["7d444840-9dc0-41d1-b245-5ffdce74fad2", "..%2Fadmin", "%3Cscript%3E"] {
        for place in [
            format!("/portal/cases/{id}"),
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
            (format!("/portal/views/{id}/remove"), [("page", "/data"), ("query", "")]),
        ] {
            let answer = asha.send(Method::POST, &place, &form).await;
            assert_eq!(answer.status.as_u16(), 404, "{place}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filter_of_documents_is_kept_and_use_is_a_workbook_too() {
    let town = Town::start().await;
    town.onboard().await;
    let cookie = join_with_key(&town, "asha", &["auditor"]).await;
    let asha = Window { town: &town, cookie };
    let form = [("page", "/data"), ("query", "status=held"), ("name", "What we hold")];
    let saved = asha.send(Method::POST, "/portal/views", &form).await;
    assert_eq!(saved.headers["location"], "/portal/data?status=held&done=view_saved");
    assert!(asha.page("/portal/data").await.1.contains(">What we hold</a>"));
    assert!(asha.page("/portal/usage").await.1.contains("href=\"/portal/usage.xlsx?month="));
    let book = asha.send(Method::GET, "/portal/usage.xlsx", &[]).await;
    assert!(book.body.collect(1_000_000).await.unwrap().starts_with(b"PK"));
}
