//! Another language is chosen where one is, or, on the answer to a form, where one goes on from.

use http::Method;
use mpp_transport::Response;

use crate::people::join_with_key;
use crate::town::Town;
use crate::window::Window;

async fn text(answer: Response) -> String {
    String::from_utf8(answer.body.collect(1_000_000).await.unwrap().to_vec()).unwrap()
}

/// Where the buttons of the languages lead.
fn place(page: &str) -> String {
    let form = page.split_once("action=\"/portal/language\"").unwrap().1;
    let value = form.split_once("name=\"next\" value=\"").unwrap().1;
    value.split_once('"').unwrap().0.replace("&#38;", "&")
}

/// Where choosing Hindi leads in truth.
async fn chosen(window: &Window, place: &str) -> String {
    let form = [("language", "hi"), ("next", place)];
    let answer = window.send(Method::POST, "/portal/language", &form).await;
    assert!(answer.headers["set-cookie"].to_str().unwrap().starts_with("mpp-language=hi"));
    answer.headers["location"].to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_language_is_chosen_on_a_page_that_is_there() {
    let town = Town::start().await;
    let everything = ["administrator", "operations", "product_manager", "caseworker", "data_reader"];
    let key = join_with_key(&town, "asha", &everything).await;
    join_with_key(&town, "ravi", &["auditor"]).await;
    let asha = Window::signed_in(town.client_url(), "__Host-mpp-client", &key);
    let password = [("present", "x"), ("fresh", "y"), ("again", "z")];
    let carried = [("once", "1"), ("product", "none"), ("text", "")];
    for (posted, form, leads) in [
        ("/find", &[("text", "LOAN-9")][..], "/"),
        ("/keys/webhook/test", &[("once", "2")], "/keys"),
        ("/people/ravi/roles", &[("once", "3")], "/people"),
        ("/account/password", &password, "/account"),
        ("/cases", &[("once", "4")], "/cases"),
        ("/cases/upload", &[], "/cases"),
        ("/cases/upload/place", &carried, "/cases"),
        ("/products/none/1/approve", &[("once", "5")], "/"),
    ] {
        let answer = text(asha.send(Method::POST, &format!("/portal{posted}"), form).await).await;
        assert_eq!(place(&answer), leads, "{posted}");
        let led = chosen(&asha, leads).await;
        assert_eq!(led, format!("/portal{leads}"), "{posted}");
        assert_eq!(asha.page(&led).await.0, 200, "{posted}");
    }
    for (asked, leads) in [
        ("/", "/"),
        ("/cases?status=open&product=&done=x", "/cases?status=open"),
        ("/people?done=roles_set", "/people"),
        ("/nowhere", "/nowhere"),
    ] {
        assert_eq!(place(&asha.page(&format!("/portal{asked}")).await.1), leads, "{asked}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_signs_in_in_another_language_comes_to_where_they_wanted() {
    let town = Town::start().await;
    let visitor = Window::with_cookies(town.client_url(), "");
    let sent = visitor.send(Method::GET, "/portal/cases?status=open", &[]).await;
    let entrance = sent.headers["location"].to_str().unwrap().to_owned();
    let next = "name=\"next\" value=\"/cases?status=open\"";
    let (_, page) = visitor.page(&entrance).await;
    assert!(page.contains(next), "{page}");
    let wrong = [("name", "asha"), ("password", "x"), ("code", "000000"), ("next", "/cases?status=open")];
    let refused = text(visitor.send(Method::POST, "/portal/sign-in", &wrong).await).await;
    for page in [page, refused] {
        let led = chosen(&visitor, &place(&page)).await;
        assert_eq!(led, entrance);
        assert!(visitor.page(&led).await.1.contains(next));
    }
    let welcome = text(visitor.send(Method::POST, "/portal/welcome", &[("invitation", "x")]).await).await;
    assert_eq!(place(&welcome), "/welcome");
}
