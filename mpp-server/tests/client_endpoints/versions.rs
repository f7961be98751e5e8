//! Versions of products, also when there are more than a page of them has.

use http::Method;
use mpp_api::Place;
use mpp_api::client::DefineProduct;

use crate::people::join_with_key;
use crate::town::{APPROVER_KEY, AUTHOR_KEY, Partner, Town, definition};
use crate::window::Window;

/// More drafts than are read at once.
const DRAFTS: usize = 201;

/// Drafts that many products, then a second version of the first one that is approved, and a third that is not.
async fn draft_many(town: &Town, partner: &Partner) {
    let author = town.staff(AUTHOR_KEY);
    for at in 0..DRAFTS {
        let draft = DefineProduct { name: format!("Draft {at}"), ..definition() };
        author.define_product(&town.call(), &draft).await.unwrap();
    }
    let next = DefineProduct { product_id: Some(partner.product), ..definition() };
    author.define_product(&town.call(), &next).await.unwrap();
    town.staff(APPROVER_KEY).approve_product(&town.call(), partner.product, 2).await.unwrap();
    author.define_product(&town.call(), &next).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn customers_are_asked_for_the_newest_approved_version_however_many_there_are() {
    let town = Town::start().await;
    let partner = town.onboard().await;
    draft_many(&town, &partner).await;
    let everything = ["product_manager", "caseworker"];
    let key = join_with_key(&town, "asha", &everything).await;
    let asha = Window::signed_in(town.client_url(), "__Host-mpp-client", &key);

    let wrong = [("once", "1"), ("product", &partner.product.to_string()), ("case_ref", "")];
    let refused = asha.send(Method::POST, "/portal/cases", &wrong).await;
    assert_eq!(refused.status.as_u16(), 422);
    let refused = String::from_utf8(refused.body.collect(1_000_000).await.unwrap().to_vec()).unwrap();
    assert_eq!(refused.matches(" selected>").count(), 1, "{refused}");
    let form = asha.page("/portal/cases/new").await.1;
    let upload = asha.page("/portal/cases/upload").await.1;
    for page in [form, upload, refused] {
        assert_eq!(page.matches("Personal loan (v").count(), 1, "{page}");
        assert!(page.contains("Personal loan (v2)") && !page.contains("newer ones may be missing"), "{page}");
    }

    let parts = [("product\"", partner.product.to_string()), ("file\"; filename=\"a.csv\"", FILE.into())];
    let part =
        |(name, value)| format!("--xx\r\ncontent-disposition: form-data; name=\"{name}\r\n\r\n{value}\r\n");
    let body = format!("{}--xx--\r\n", parts.map(part).concat());
    let kind = "multipart/form-data; boundary=xx";
    let looked = asha.send_body(Method::POST, "/portal/cases/upload", kind, body).await;
    let looked = String::from_utf8(looked.body.collect(1_000_000).await.unwrap().to_vec()).unwrap();
    assert!(looked.contains("Personal loan (v2)"), "{looked}");
    let filter = asha.page("/portal/cases").await.1;
    assert!(
        filter.contains("<select name=\"product\">") && filter.contains(">Draft 200</option>"),
        "{filter}"
    );
}

const FILE: &str = "case_ref,mobile,name,date_of_birth,pan,pincode\nLOAN-1,9000000001,Asha Rao,,,\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_of_versions_goes_on_to_the_last_one() {
    let town = Town::start().await;
    let partner = town.onboard().await;
    draft_many(&town, &partner).await;
    let staff = town.staff(AUTHOR_KEY);
    let first = staff.products(Place { after: None, limit: Some(200) }).await.unwrap();
    let rest = staff.products(first.next.as_deref()).await.unwrap();
    assert_eq!((first.items.len(), rest.items.len(), rest.next), (200, DRAFTS + 3 - 200, None));

    let key = join_with_key(&town, "asha", &["auditor"]).await;
    let asha = Window::signed_in(town.client_url(), "__Host-mpp-client", &key);
    let (mut place, mut rows, mut pages) = ("/portal/products".to_owned(), 0, 0);
    loop {
        let (status, page) = asha.page(&place).await;
        assert_eq!(status, 200, "{page}");
        (rows, pages) = (rows + page.matches("<tr><td>").count(), pages + 1);
        let Some((before, _)) = page.split_once("\" rel=\"next\"") else { break };
        place = before.rsplit('"').next().unwrap().to_owned();
    }
    assert_eq!((rows, pages), (DRAFTS + 3, 9));
}
